//! Packages laid out below a directory.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::repo::{PackageError, no_manuals, unpack};

const FILE: EntryType = EntryType::Regular;
const DIR: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const HARD: EntryType = EntryType::Link;

/// A place with an `outside` beside `dest`, in which nothing may change.
fn arena() -> Place {
    let place = Place::new();
    fs::create_dir(place.path("dest")).unwrap();
    fs::create_dir(place.path("outside")).unwrap();
    fs::set_permissions(place.path("outside"), fs::Permissions::from_mode(0o700)).unwrap();
    place.file("outside/file", b"precious");
    place
}

fn unpacked(place: &Place, parts: &[Part<'_>]) -> Result<usize, PackageError> {
    unpack(&place.file("b.pkg", &archive(parts)), &place.path("dest"), no_manuals)
}

fn mode(path: Utf8PathBuf) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn files_links_and_modes_arrive_but_descriptions_and_manuals_do_not() {
    let place = arena();
    let parts: [Part<'_>; 8] = [
        ("+MANIFEST", FILE, 0o644, b"{}"),
        ("/usr/local/sbin/pkg", FILE, 0o4751, b"program"),
        ("/usr/local/sbin/pkg2", HARD, 0o755, b"/usr/local/sbin/pkg"),
        ("/usr/local/lib/libpkg.so", LINK, 0o755, b"libpkg.so.4"),
        ("/usr/local/etc/empty/", DIR, 0o750, b""),
        ("/usr/local/man/man8/pkg.8.gz", FILE, 0o644, b"manual"),
        ("/usr/local/share/man/man8/pkg.8", FILE, 0o644, b"manual"),
        ("usr/local/share/pkg", FILE, 0o600, b"data"),
    ];
    // Twice, since a template may be there already.
    for _ in 0..2 {
        assert_eq!(unpacked(&place, &parts).unwrap(), 5);
    }
    let dest = place.path("dest");
    assert_eq!(fs::read(dest.join("usr/local/sbin/pkg2")).unwrap(), b"program");
    assert_eq!(mode(dest.join("usr/local/sbin/pkg")), 0o4751);
    assert_eq!(mode(dest.join("usr/local/share/pkg")), 0o600);
    assert_eq!(mode(dest.join("usr/local/etc/empty")), 0o750);
    assert_eq!(fs::read_link(dest.join("usr/local/lib/libpkg.so")).unwrap().to_str(), Some("libpkg.so.4"));
    assert!(!dest.join("usr/local/man").exists() && !dest.join("usr/local/share/man").exists());
    assert!(!dest.join("+MANIFEST").exists());
}

#[test]
fn nothing_gets_out_of_the_directory() {
    let ways: [&[Part<'_>]; 10] = [
        &[("../outside/file", FILE, 0o644, b"gotcha")],
        &[("/usr/../../outside/file", FILE, 0o644, b"gotcha")],
        &[("out", LINK, 0o777, b"../outside"), ("out/file", FILE, 0o644, b"gotcha")],
        &[("out", LINK, 0o777, b"../outside"), ("out/", DIR, 0o777, b"")],
        &[("there/file", FILE, 0o644, b"gotcha")],
        &[("there/new/dir/", DIR, 0o777, b"")],
        &[("hard", HARD, 0o644, b"../outside/file"), ("hard", FILE, 0o644, b"gotcha")],
        &[("hard", HARD, 0o644, b"/there/file"), ("hard", FILE, 0o644, b"gotcha")],
        &[("mine", FILE, 0o644, b"gotcha"), ("there/hard", HARD, 0o644, b"/mine")],
        &[("file", FILE, 0o666, b"gotcha"), ("there/", DIR, 0o777, b"")],
    ];
    for parts in ways {
        let place = arena();
        symlink(place.path("outside"), place.path("dest/there")).unwrap();
        symlink(place.path("outside/file"), place.path("dest/file")).unwrap();
        let _answer = unpacked(&place, parts);
        assert_eq!(fs::read(place.path("outside/file")).unwrap(), b"precious", "{parts:?}");
        assert_eq!(fs::read_dir(place.path("outside")).unwrap().count(), 1, "{parts:?}");
        assert_eq!(mode(place.path("outside")), 0o700, "{parts:?}");
    }
}

#[test]
fn names_that_lead_upwards_and_devices_are_errors() {
    let told = |part: Part<'_>| unpacked(&arena(), &[part]).unwrap_err().to_string();
    assert!(told(("a/../b", FILE, 0o644, b"")).contains("unpack `a/../b` of the package "));
    assert!(told(("/dev/null", EntryType::Char, 0o666, b"")).ends_with("it is neither file, directory nor link"));
    assert!(told(("/tmp/pipe", EntryType::Fifo, 0o666, b"")).ends_with("it is neither file, directory nor link"));
}

#[test]
fn a_place_that_is_no_directory_is_an_error_about_the_place() {
    let place = arena();
    let package = place.file("b.pkg", &package("", b"x"));
    let error = unpack(&package, &place.path("outside/file"), no_manuals).unwrap_err().to_string();
    assert!(error.starts_with(&format!("unpack a package in `{}`: ", place.path("outside/file"))), "{error}");
}
