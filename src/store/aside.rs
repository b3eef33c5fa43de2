//! Making room for a new database when the old one cannot be used.

use std::fs;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use super::StoreError;

/// Renames the file to `<name>.broken-<time>` beside it and says so; nothing is ever overwritten.
pub fn set_aside(path: &Utf8Path) -> Result<Utf8PathBuf, StoreError> {
    let failed = |source| StoreError::SetAside { path: path.into(), source };
    let target = free_name(path, SystemTime::now());
    fs::rename(path, &target).map_err(failed)?;
    Ok(target)
}

fn free_name(path: &Utf8Path, now: SystemTime) -> Utf8PathBuf {
    let seconds = Timestamp::try_from(now).unwrap_or_default().as_second();
    let time = Timestamp::from_second(seconds).unwrap_or_default();
    let first = format!("{path}.broken-{}", time.strftime("%Y%m%dT%H%M%SZ"));
    let more = (2..).map(|n| format!("{first}-{n}"));
    let mut names = std::iter::once(first.clone()).chain(more).map(Utf8PathBuf::from);
    names.find(|name| name.symlink_metadata().is_err()).unwrap_or_else(|| first.into())
}
