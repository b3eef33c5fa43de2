//! What a crash, or the C program, left mounted in the slots.

use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{JailError, platform};

/// What could not be taken away, and why.
#[derive(Debug, Default)]
pub struct Leftovers {
    pub unmounted: Vec<Utf8PathBuf>,
    pub stuck: Vec<(Utf8PathBuf, io::Error)>,
}

/// Unmounts whatever is mounted in the slots `<BB>/SLnn` and removes those slots that are empty then.
///
/// Deletes no file: what is below a mount that stays belongs to the host.
pub fn clean_leftovers(buildbase: &Utf8Path) -> Result<Leftovers, JailError> {
    // The kernel's list has resolved paths.
    let base = buildbase.canonicalize_utf8().map_err(JailError::path("look at", buildbase))?;
    let leftovers = platform::unmount(|mount| is_in_slot(&base, mount))?;
    for slot in slots(&base)? {
        // Fails where something is left, as it should.
        let _ = fs::remove_dir(slot);
    }
    Ok(leftovers)
}

fn is_in_slot(base: &Utf8Path, mount: &Utf8Path) -> bool {
    let first = mount.strip_prefix(base).ok().and_then(|below| below.components().next());
    first.is_some_and(|name| is_slot(name.as_str()))
}

fn is_slot(name: &str) -> bool {
    name.strip_prefix("SL").is_some_and(|digits| digits.len() >= 2 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn slots(base: &Utf8Path) -> Result<Vec<Utf8PathBuf>, JailError> {
    let listing = base.read_dir_utf8().map_err(JailError::path("list", base))?;
    let slots = listing.flatten().filter(|entry| is_slot(entry.file_name()));
    Ok(slots.map(|entry| entry.into_path()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_slots_count() {
        let inside = |mount: &str| is_in_slot("/build".into(), mount.into());
        assert!(inside("/build/SL00") && inside("/build/SL07/usr/local") && inside("/build/SL100"));
        assert!(!inside("/build") && !inside("/build/SL") && !inside("/build/SL0x") && !inside("/builds/SL00"));
        assert!(!inside("/build/Template/SL00") && !inside("/other/SL00"));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn empty_slots_go_and_others_stay() {
        let scratch = tempfile::tempdir().unwrap();
        let base = Utf8Path::from_path(scratch.path()).unwrap();
        for name in ["SL00", "SL01/kept", "SLxx"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        assert!(clean_leftovers(base).unwrap().stuck.is_empty());
        assert!(!base.join("SL00").exists() && base.join("SL01/kept").exists() && base.join("SLxx").exists());
    }
}
