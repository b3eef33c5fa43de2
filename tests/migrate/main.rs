//! The first runs over a build base that an older dsynth filled.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod base;

use std::fs;
use std::time::SystemTime;

use base::{Base, hash_file};
use dsynth::queries::inputs::Rules;
use insta::assert_snapshot;

const PKG: &str = "ports-mgmt/pkg";
const GREET: &str = "devel/libgreet";
const HELLO: &str = "misc/hello";

/// `hello`'s record no longer holds, `libgreet`'s does, and `pkg` has none.
fn c_base() -> Option<Base> {
    let base = Base::new()?;
    let ports = base.path("ports");
    let hello = base.checksum(ports.as_str(), HELLO);
    base.ports_crc(&[(GREET, base.checksum(ports.as_str(), GREET)), (HELLO, hello ^ 0xf), ("gone/port@x", 7)]);
    Some(base)
}

/// Checksums depend on times and on where the test runs.
fn masked(text: &str, base: &Base) -> String {
    let hello = base.checksum(base.path("ports").as_str(), HELLO);
    text.replace(&format!("{hello:08x}"), "<now>").replace(&format!("{:08x}", hello ^ 0xf), "<before>")
}

#[test]
fn packages_without_any_record_are_adopted() {
    let Some(base) = Base::new() else { return };
    assert_eq!(base.status(), (String::new(), String::new()));
}

#[test]
fn a_port_that_changed_since_the_c_dsynth_built_it_is_dirty_and_says_so() {
    let Some(base) = c_base() else { return };
    let (dirty, notes) = base.status();
    assert_snapshot!(masked(&dirty, &base), @"misc/hello: its port changed since the C dsynth built it: CRC <before> -> <now>");
    assert_snapshot!(notes, @"
    read 3 records of the C dsynth in B/build/ports_crc.db
    3 packages without a record of their own: 1 up to date by an old record that still holds, 1 for want of one; 1 to be built, for their ports changed since
    ");
    let (code, text) = base.run(&["status", HELLO], "");
    assert_eq!(code, Some(0));
    assert!(text.ends_with("  N => misc/hello\nTotal packages that would be built: 1/3\n"), "{text}");
}

#[test]
fn a_touched_port_is_dirty_as_it_was_for_the_c_dsynth() {
    let Some(base) = Base::new() else { return };
    base.ports_crc(&[PKG, GREET, HELLO].map(|origin| (origin, base.checksum(base.path("ports").as_str(), origin))));
    assert_eq!(base.status().0, "");
    let file = fs::File::options().append(true).open(base.path("ports/devel/libgreet/Makefile")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    assert!(base.status().0.starts_with("devel/libgreet: its port changed since"));
}

#[test]
fn old_files_are_never_changed() {
    let Some(base) = c_base() else { return };
    fs::write(base.path("build/crc_index"), "a/b:1\nrubbish\n").unwrap();
    let state = || {
        ["ports_crc.db", "crc_index"].map(|name| {
            let path = base.path("build").join(name);
            (fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap())
        })
    };
    let before = state();
    base.status();
    base.adopt(Rules { ignore_recipe: true, ignore_depends: true });
    assert_eq!(state(), before);
}

#[test]
fn what_is_adopted_once_needs_no_old_record_again() {
    let Some(base) = Base::new() else { return };
    base.ports_crc(&[(HELLO, base.checksum(base.path("ports").as_str(), HELLO))]);
    assert_ne!(base.adopt(Rules::default()), "");
    base.ports_crc(&[(HELLO, 1)]);
    assert_eq!(base.status(), (String::new(), String::new()));
}

#[test]
fn what_passes_by_xx_alone_is_not_adopted() {
    let Some(base) = c_base() else { return };
    let xx = Rules { ignore_depends: true, ignore_recipe: true };
    assert_eq!(base.status_with(xx).0, "");
    base.adopt(xx);
    let (dirty, notes) = base.status();
    assert!(dirty.starts_with("misc/hello: its port changed") && !dirty.contains('\n'), "{dirty}");
    assert!(notes.contains("\n1 package without"), "{notes}");
}

#[test]
fn a_slash_at_the_end_of_the_tree_s_path_was_part_of_the_c_dsynth_s_names() {
    let Some(base) = Base::new() else { return };
    let ports = base.path("ports/");
    base.ports_crc(&[(HELLO, base.checksum(ports.as_str(), HELLO))]);
    assert_eq!(base.status().0, "");
}

#[test]
fn a_database_that_cannot_be_read_is_told_and_stops_nothing() {
    let Some(base) = c_base() else { return };
    let whole = fs::read(base.path("build/ports_crc.db")).unwrap();
    for bytes in [&whole[..5000], &whole[..4096], b"SQLite format 3\0", b""] {
        fs::write(base.path("build/ports_crc.db"), bytes).unwrap();
        let (dirty, notes) = base.status();
        assert_eq!(dirty, "", "{notes}");
        assert!(notes.starts_with("cannot read B/build/ports_crc.db, the database of the C dsynth: it "), "{notes}");
    }
    fs::remove_file(base.path("build/ports_crc.db")).unwrap();
    fs::create_dir(base.path("build/ports_crc.db")).unwrap();
    assert!(base.status().1.contains("s a directory"), "an error of the system is told as well");
}

#[test]
fn records_that_make_no_sense_are_passed_over() {
    let Some(base) = Base::new() else { return };
    let records = [(HELLO, vec![1, 2, 3]), (GREET, vec![0; 8]), ("no origin", vec![0; 4]), (PKG, vec![])];
    fs::write(base.path("build/ports_crc.db"), hash_file(&records)).unwrap();
    let (dirty, notes) = base.status();
    assert_eq!(dirty, "");
    assert_snapshot!(notes, @"read 0 records of the C dsynth in B/build/ports_crc.db; 4 more make no sense");
}

#[test]
fn go_dsynth_s_index_is_of_contents() {
    let Some(base) = Base::new() else { return };
    let crc =
        |plan: &dsynth::model::Plan, origin| plan.jobs.iter().find(|job| job.spec.to_string() == origin).unwrap().crc;
    let plan = base.plan();
    let text = format!("# old\n{PKG}:{:x}\nrubbish\n{HELLO}:00000001\n\n{GREET}:0xff\n", crc(&plan, PKG));
    fs::write(base.path("build/crc_index"), text).unwrap();
    fs::write(base.path("build/dsynth.db"), "bbolt").unwrap();
    let (dirty, notes) = base.status();
    let dirty = dirty.replace(&format!("{:08x}", crc(&plan, HELLO)), "<now>");
    assert_snapshot!(dirty, @"misc/hello: its port changed since go-dsynth built it: CRC 00000001 -> <now>");
    assert_snapshot!(notes, @"
    warning: B/build/crc_index:3: expected category/name[@flavor]:checksum; the line does not count
    warning: B/build/crc_index:6: expected category/name[@flavor]:checksum; the line does not count
    read 2 records of go-dsynth in B/build/crc_index
    B/build/dsynth.db, a database of go-dsynth, is ignored: only its text file crc_index is read
    3 packages without a record of their own: 1 up to date by an old record that still holds, 1 for want of one; 1 to be built, for their ports changed since
    ");
    // Both programs were here, and the last to build hello was the C dsynth.
    base.ports_crc(&[(HELLO, base.checksum(base.path("ports").as_str(), HELLO))]);
    assert_eq!(base.status().0, "");
}

#[test]
fn old_records_do_not_count_beside_a_database_that_was_set_aside() {
    let Some(base) = c_base() else { return };
    fs::write(base.path("build/dsynth.redb"), "no database").unwrap();
    assert_eq!(base.status(), (String::new(), String::new()));
    assert_eq!(base.status(), (String::new(), String::new()), "nor later");
}

#[test]
fn reset_db_asks_and_removes_every_database() {
    let Some(base) = c_base() else { return };
    base.status();
    fs::write(base.path("build/crc_index"), "").unwrap();
    fs::write(base.path("build/crc_index.bak"), "").unwrap();
    fs::write(base.path("build/dsynth.db"), "").unwrap();
    for answer in ["n\n", "", "what\nN\n"] {
        let (code, text) = base.run(&["reset-db"], answer);
        assert_eq!(code, Some(1), "{text}");
        assert!(text.ends_with("nothing was removed\n"), "{text}");
    }
    let (code, text) = base.run(&["-y", "reset-db"], "");
    assert_eq!(code, Some(0));
    assert_snapshot!(text, @"
    B/build/ports_crc.db reset, will be regenerated on next build
    B/build/dsynth.redb removed
    B/build/crc_index removed
    B/build/crc_index.bak removed
    ");
    let left: Vec<String> =
        base.path("build").read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
    assert!(!left.iter().any(|name| name.contains("crc") || name.contains("redb")), "{left:?}");
    assert!(left.contains(&"dsynth.db".to_owned()), "what is never read is not ours to remove");
    let (code, text) = base.run(&["reset-db"], "");
    assert_eq!(code, Some(0));
    assert_snapshot!(text, @"
    B/build/ports_crc.db reset, will be regenerated on next build
    there was no B/build/dsynth.redb
    ");
    assert_eq!(base.status().0, "");
}
