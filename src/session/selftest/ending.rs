//! What the host looks like before a jail and after it.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::Answer;
use crate::jail;

/// What must be the same: the mounts in the directory, and what is in the slot.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct HostState {
    mounts: Result<Vec<Utf8PathBuf>, String>,
    slot: Vec<String>,
    helpers: usize,
}

impl HostState {
    pub(super) fn now(directory: &Utf8Path) -> HostState {
        let slot = directory.join("SL00");
        let names =
            slot.read_dir_utf8().map(|names| names.flatten().map(|entry| entry.file_name().to_owned()).collect());
        HostState {
            mounts: jail::mounts_below(directory).map_err(|error| error.to_string()),
            slot: names.unwrap_or_default(),
            helpers: helpers_of(&slot),
        }
    }

    pub(super) fn compare(&self, directory: &Utf8Path) -> Answer {
        let after = HostState::now(directory);
        match (&after.mounts, *self == after) {
            (Err(why), _) => Answer::Missing(why.clone()),
            (Ok(_), true) => Answer::Kept,
            (Ok(mounts), false) => {
                Answer::Broken(format!("mounts {mounts:?}, in the slot {:?}, helpers {}", after.slot, after.helpers))
            }
        }
    }
}

/// Processes that were started for this slot.
fn helpers_of(slot: &Utf8Path) -> usize {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let arguments = numbers.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    arguments.filter(|line| line.split(|byte| *byte == 0).any(|word| word == slot.as_str().as_bytes())).count()
}
