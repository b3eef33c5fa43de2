//! Files that readers never see half written.

use std::fs;
use std::io;

use camino::Utf8Path;

/// Written beside its place and renamed. It may be lost with the power.
pub(super) fn place(dir: &Utf8Path, name: &str, text: &str) -> io::Result<()> {
    let new = dir.join(format!("{name}.new"));
    fs::write(&new, text)?;
    fs::rename(&new, dir.join(name))
}
