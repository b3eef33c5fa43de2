//! Removes a directory, and never what is mounted in it.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

/// Removes `top` and all that is in it. `mounts` are the host's of this moment: nothing is touched if one is at `top`
/// or below it, or as soon as something there turns out to lie on another file system. Links are removed and not followed.
pub(super) fn tree(top: &Utf8Path, mounts: &[Utf8PathBuf]) -> io::Result<()> {
    if let Some(mount) = mounts.iter().find(|mount| mount.starts_with(top)) {
        return Err(io::Error::other(format!("`{mount}` is mounted")));
    }
    let device = fs::symlink_metadata(top)?.dev();
    same_device(top, device)?;
    contents(top)
}

/// All of it is looked at before any of it goes: half a removal would be as bad.
fn same_device(directory: &Utf8Path, device: u64) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        let found = entry.metadata()?;
        if found.dev() != device {
            return Err(io::Error::other(format!("`{}` is on another file system", entry.path().display())));
        }
        if found.is_dir() {
            same_device(&utf8(entry.path())?, device)?;
        }
    }
    Ok(())
}

fn contents(directory: &Utf8Path) -> io::Result<()> {
    for entry in directory.read_dir()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            contents(&utf8(entry.path())?)?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    fs::remove_dir(directory)
}

fn utf8(path: std::path::PathBuf) -> io::Result<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(path).map_err(|path| io::Error::other(format!("`{}` has an odd name", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, Utf8PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(scratch.path().canonicalize().unwrap()).unwrap();
        fs::create_dir_all(base.join("slot/deep/er")).unwrap();
        fs::write(base.join("precious"), "").unwrap();
        fs::write(base.join("slot/deep/file"), "").unwrap();
        std::os::unix::fs::symlink(&base, base.join("slot/deep/out")).unwrap();
        (scratch, base)
    }

    #[test]
    fn links_go_and_what_they_point_to_stays() {
        let (_scratch, base) = place();
        tree(&base.join("slot"), &[]).unwrap();
        assert!(!base.join("slot").exists() && base.join("precious").exists());
    }

    #[test]
    fn below_a_mount_nothing_goes() {
        let (_scratch, base) = place();
        for mount in ["slot", "slot/deep/er"] {
            let error = tree(&base.join("slot"), &[base.join("slots"), base.join(mount)]).unwrap_err();
            assert_eq!(error.to_string(), format!("`{}` is mounted", base.join(mount)));
        }
        assert!(base.join("slot/deep/file").exists());
        tree(&base.join("slot"), &[base.join("slots"), base.clone()]).unwrap();
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_file_system_is_seen_without_the_list_too() {
        use nix::mount::{MntFlags, MsFlags, mount, umount2};
        let (_scratch, base) = place();
        let inner = base.join("slot/deep/er");
        if mount(Some("t"), inner.as_str(), Some("tmpfs"), MsFlags::empty(), None::<&str>).is_err() {
            return;
        }
        fs::write(inner.join("precious"), "").unwrap();
        let refused = tree(&base.join("slot"), &[]).unwrap_err().to_string();
        let kept = inner.join("precious").exists() && base.join("slot/deep/file").exists();
        umount2(inner.as_str(), MntFlags::MNT_DETACH).unwrap();
        assert!(refused.contains("is on another file system") && kept, "{refused}");
    }
}
