//! Opening: new, old and impossible files.

use std::fs;

use camino::Utf8Path;
use dsynth::store::{Store, StoreError, set_aside};

use crate::{place, spec};

#[test]
fn what_was_written_is_there_after_opening_again() {
    let (_dir, path) = place();
    Store::open(&path).unwrap().update_crc(&spec("a/b"), 7).unwrap();
    let again = Store::open(&path).unwrap();
    assert_eq!(again.get_crc(&spec("a/b")).unwrap(), Some(7));
    assert_eq!(again.path(), path);
}

#[test]
fn an_impossible_path_is_an_open_error() {
    let (dir, _) = place();
    for path in ["/nonexistent/dir/dsynth.redb", dir.path().to_str().unwrap()] {
        let error = Store::open(Utf8Path::new(path)).err().unwrap();
        assert!(matches!(error, StoreError::Open { .. }), "{error}");
        assert!(error.to_string().starts_with(&format!("open the database `{path}`: ")));
    }
}

#[test]
fn a_second_owner_is_told_that_the_database_is_in_use() {
    let (_dir, path) = place();
    let _first = Store::open(&path).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::InUse { .. })));
}

#[test]
fn a_file_that_is_no_database_is_set_aside_and_a_new_one_begun() {
    let (dir, path) = place();
    for _ in 0..3 {
        fs::write(&path, "this is no database".repeat(100)).unwrap();
        let error = Store::open(&path).err().unwrap();
        assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
        let aside = set_aside(&path).unwrap();
        assert!(aside.as_str().starts_with(&format!("{path}.broken-2")), "{aside}");
        assert!(!path.exists() && aside.exists());
        drop(Store::open(&path).unwrap());
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3);
}

#[test]
fn setting_aside_what_is_not_there_is_an_error() {
    let (_dir, path) = place();
    assert!(matches!(set_aside(&path), Err(StoreError::SetAside { .. })));
}

#[test]
fn an_empty_file_is_a_new_database() {
    let (_dir, path) = place();
    fs::write(&path, "").unwrap();
    assert!(Store::open(&path).unwrap().all_traces().unwrap().is_empty());
}
