//! `NN_history.json`: what became of each port, in the order in which it ended (spec 8.5).
//!
//! Programs read these files, so field names, the types of values and the separators in `info` stay as they are.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::quoted;
use crate::model::clock;
use crate::view::{End, Finished};
use crate::web::place::place;

/// A file that is longer is followed by the next one.
const LONG: usize = 50_000;

/// The file that is being written, and how many there are.
pub(super) struct History {
    dir: Utf8PathBuf,
    files: usize,
    entries: usize,
    text: String,
    is_written: bool,
}

impl History {
    pub(super) fn new(dir: &Utf8Path) -> History {
        History { dir: dir.to_owned(), files: 0, entries: 0, text: String::new(), is_written: true }
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        self.files
    }

    pub(super) fn add(&mut self, finished: &Finished) -> io::Result<()> {
        let Some((result, info)) = told(&finished.end) else { return Ok(()) };
        if self.files == 0 || self.text.len() > LONG {
            self.write()?;
            self.files += 1;
            self.text.clear();
        }
        self.entries += 1;
        let slot = finished.slot.map_or("-1".into(), |slot| format!("{:02}", slot.0));
        let took = finished.slot.map_or(String::new(), |_| clock(finished.took));
        let before = self.text.strip_suffix("]\n").map_or("[\n  ".into(), |text| format!("{text}  ,"));
        self.text = format!(
            "{before}{{\n   \"entry\":{}\n   ,\"elapsed\":\"{}\"\n   ,\"ID\":\"{slot}\"\n   ,\"result\":\"{result}\"\n   \
             ,\"origin\":{}\n   ,\"info\":{}\n   ,\"duration\":\"{took}\"\n  }}\n]\n",
            self.entries,
            clock(finished.ended),
            quoted(&finished.spec.to_string()),
            quoted(&info),
        );
        self.is_written = false;
        Ok(())
    }

    /// Nothing if nothing was added.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if !self.is_written {
            place(&self.dir, &format!("{:02}_history.json", self.files), &self.text)?;
            self.is_written = true;
        }
        Ok(())
    }
}

/// The result and its `info`. The C program has no words for the rest, and its page would show them as `??`.
fn told(end: &End) -> Option<(&'static str, String)> {
    match end {
        End::Built { .. } => Some(("built", String::new())),
        End::Failed { fault, skips: 0, .. } => Some(("failed", format!("{}:", fault.phase.name()))),
        End::Failed { fault, skips, .. } => Some(("failed", format!("{}: {skips}", fault.phase.name()))),
        End::Ignored { reason, skips } => Some(("ignored", format!("{reason}:|:{skips}"))),
        End::Skipped { chain } => Some(("skipped", chain.clone())),
        End::Broken { .. } | End::Interrupted => None,
    }
}
