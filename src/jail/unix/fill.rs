//! The template's files, and those that this jail is given besides.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use camino::Utf8Path;

use super::super::JailFile;
use super::super::copy::Copy;
use super::{Step, Trouble};

/// For a process whose root is the jail's, so that no link of the template or of the world leads out to the host.
pub(in super::super) fn fill(template: &Utf8Path, files: &[JailFile], owners: bool) -> Result<(), Trouble> {
    let copy = Copy { owners, skip_unreadable: false, leave_out: &|_| false };
    copy.tree(template.as_std_path(), Path::new("/"))?;
    files.iter().try_for_each(write)
}

fn write(file: &JailFile) -> Result<(), Trouble> {
    let path = &file.path;
    let write = || {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, &file.content)?;
        fs::set_permissions(path, fs::Permissions::from_mode(file.mode))
    };
    write().step(format!("write `{path}`"))
}
