//! What the host looks like before a jail and after it.

use std::fs;
use std::process::Command;

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
    let ours = |line: &String| line.split(['\0', ' ']).any(|word| word == slot.as_str());
    arguments().iter().filter(|line| ours(line)).count()
}

/// The arguments of each process. A BSD has no /proc of its own accord.
fn arguments() -> Vec<String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    if fs::exists("/proc/self/cmdline").unwrap_or(false) {
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
        return numbers.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok()).map(text).collect();
    }
    let listed = Command::new("ps").args(["-axww", "-o", "args="]).output().map(|done| text(done.stdout));
    listed.unwrap_or_default().lines().map(str::to_owned).collect()
}
