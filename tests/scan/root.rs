//! The directory that scan jails are made from.

use std::fs;
use std::os::unix::fs::MetadataExt;

use dsynth::jail::JailError;
use dsynth::session::scan::{RootError, ScanMake};

use crate::harness::*;

#[test]
fn it_is_made_once_and_again_when_its_stamp_is_old() {
    let scratch = Scratch::new("A=b\n");
    let inode = || fs::metadata(scratch.base.join("build/scan-root")).unwrap().ino();
    if scratch.system().is_none() {
        return;
    }
    let first = inode();
    assert!(scratch.system().is_some());
    assert_eq!(inode(), first);

    let stamp = scratch.base.join("build/scan-root/stamp");
    let text = fs::read_to_string(&stamp).unwrap();
    fs::write(&stamp, text.replace("libc.so.6 ", "libc.so.6 1")).unwrap();
    let system = scratch.system().unwrap();
    assert_ne!(inode(), first);
    assert_eq!(fs::read_to_string(&stamp).unwrap(), text);
    assert_eq!(scratch.value(&system, "A"), "b");
    assert!(!scratch.base.join("build/scan-root.new").exists() && !scratch.base.join("build/scan-root.old").exists());
}

#[test]
fn a_root_that_was_never_tried_is_made_again() {
    let scratch = Scratch::new("A=b\n");
    if scratch.system().is_none() {
        return;
    }
    let place = scratch.base.join("build/scan-root");
    let inode = || fs::metadata(&place).unwrap().ino();
    let first = inode();
    fs::rename(place.join("stamp"), place.join("stamp.new")).unwrap();
    assert!(scratch.system().is_some());
    assert_ne!(inode(), first);
}

#[test]
fn without_jails_there_is_no_scan_system() {
    let scratch = Scratch::new("");
    if scratch.system().is_none() {
        return;
    }
    let (tool, makefiles) = scratch.tool();
    let mut shown = scratch.shown(makefiles);
    shown.helper_exe = Some("/bin/true".into());
    let error = ScanMake::open(tool, &shown, &scratch.stop).err();
    assert!(matches!(error, Some(RootError::Jail(JailError::HelperDied))), "{error:?}");
}

#[test]
fn none_of_the_tools_is_set_id_and_none_is_a_link_to_the_host() {
    let scratch = Scratch::new("");
    if scratch.system().is_none() {
        return;
    }
    let tools = fs::read_dir(scratch.base.join("build/scan-root/base/usr/bin")).unwrap();
    for tool in tools.map(|tool| tool.unwrap().path()) {
        let found = fs::symlink_metadata(&tool).unwrap();
        if found.is_symlink() {
            assert!(fs::read_link(&tool).unwrap().starts_with(&scratch.base), "{}", tool.display());
        } else {
            assert_eq!(found.mode() & 0o7000, 0, "{}", tool.display());
        }
    }
}
