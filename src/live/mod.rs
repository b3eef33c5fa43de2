//! A run, seen from other processes while it goes on.
//!
//! The dsynth that runs listens on a socket in its build base. Who connects is sent a line of JSON with the picture as it
//! is, then a line for each event, and need not say anything. Both sides are of one build of dsynth, or the one that follows
//! says that they are not: lines are as serde writes the types, and promise nothing to others (docs/json.md does).

mod follow;
mod publish;
#[cfg(test)]
mod tests;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::model::Event;
use crate::view::RunView;

pub use follow::{FollowError, follow};
pub use publish::{PublishError, Publisher};

/// Raised whenever a line would be read as something else.
const VERSION: u32 = 2;

/// The socket in a build base.
pub fn socket(buildbase: &Utf8Path) -> Utf8PathBuf {
    buildbase.join("live.sock")
}

/// First of all, and in all versions.
#[derive(Serialize, Deserialize)]
struct Hello {
    version: u32,
}

/// What is known by now.
#[derive(Serialize, Deserialize)]
struct Greeting {
    view: RunView,
    /// What the clock of its times shows.
    age: Duration,
}

/// What comes from then on.
#[derive(Serialize, Deserialize)]
struct Line {
    at: Duration,
    event: Event,
}
