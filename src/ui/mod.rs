//! A terminal, and the logs for those who look later.

mod front;
mod json;
mod line;
mod lines;
mod numbered;
mod plain;
mod progress;
#[cfg(test)]
mod samples;
mod summary;
mod ticker;

pub use front::Front;
pub use json::json_line;
pub use line::{Color, LogKind, LogLine};
pub use lines::lines;
pub use numbered::NumberedLogs;
pub use plain::{Plain, wants_color};
pub use progress::{Progress, Screen};
pub use summary::summary;
