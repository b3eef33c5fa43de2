//! A copy of a database that somebody else writes.

use std::fs;

use dsynth::store::{Store, StoreError};

use crate::crash::{Writer, assert_whole};
use crate::{place, spec};

#[test]
fn what_is_committed_is_seen_and_what_is_written_stays_in_the_copy() {
    let (_dir, path) = place();
    let owner = Store::open(&path).unwrap();
    owner.update_crc(&spec("a/b"), 7).unwrap();
    let copy = Store::open_copy(&path).unwrap();
    owner.update_crc(&spec("a/b"), 8).unwrap();
    assert_eq!(copy.get_crc(&spec("a/b")).unwrap(), Some(7));
    copy.update_crc(&spec("a/c"), 9).unwrap();
    drop(copy);
    let again = Store::open_copy(&path).unwrap();
    assert_eq!((again.get_crc(&spec("a/b")).unwrap(), again.get_crc(&spec("a/c")).unwrap()), (Some(8), None));
    drop((owner, again));
    assert_eq!(Store::open(&path).unwrap().get_crc(&spec("a/c")).unwrap(), None);
}

#[test]
fn nothing_is_left_beside_it() {
    let (dir, path) = place();
    let _owner = Store::open(&path).unwrap();
    let _copy = Store::open_copy(&path).unwrap();
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

/// The writer commits as fast as it can, which no run does.
#[test]
fn copies_hold_whole_transactions_and_newer_ones_each_time() {
    let (_dir, path) = place();
    drop(Store::open(&path).unwrap());
    let writer = Writer::begin(&path);
    let mut newest = 0;
    for _ in 0..30 {
        let copy = Store::open_copy(&path).unwrap();
        let now = assert_whole(&copy);
        assert!(now >= newest, "{now} after {newest}");
        newest = now;
    }
    assert!(newest > 0);
    drop(writer);
    assert!(assert_whole(&Store::open_copy(&path).unwrap()) >= newest, "after it was killed");
}

#[test]
fn what_is_no_database_is_told_and_left_alone() {
    let (_dir, path) = place();
    fs::write(&path, "no database").unwrap();
    assert!(matches!(Store::open_copy(&path), Err(StoreError::Unusable { .. })));
    assert_eq!(fs::read(&path).unwrap(), b"no database");
    fs::remove_file(&path).unwrap();
    let error = Store::open_copy(&path).err().unwrap().to_string();
    assert!(error.starts_with(&format!("copy the database `{path}` to look at it: ")), "{error}");
}
