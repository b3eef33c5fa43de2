//! Builds, checksums and traces.

use std::thread;

use dsynth::model::{Fingerprint, Notice, Plan};
use dsynth::store::{BuildRecord, BuildStatus, Cost, Findings, PackageFile, Store, StoreError, Success};
use uuid::Uuid;

use crate::{recipe, record, spec, succeed, trace};

#[test]
fn a_port_needs_a_build_unless_its_checksum_is_the_one_stored() {
    let store = Store::in_memory().unwrap();
    let port = spec("a/b");
    assert!(store.needs_build(&port, 0).unwrap(), "nothing is stored");
    for (stored, asked) in [(5, 6), (0, 1), (1, 0), (u32::MAX, 0), (0, u32::MAX)] {
        store.update_crc(&port, stored).unwrap();
        assert_eq!(store.get_crc(&port).unwrap(), Some(stored));
        assert!(!store.needs_build(&port, stored).unwrap());
        assert!(store.needs_build(&port, asked).unwrap());
    }
    assert!(store.needs_build(&spec("a/b@c"), 0).unwrap(), "a flavor is another port");
}

#[test]
fn a_record_comes_back_as_it_was_and_is_replaced_by_its_id() {
    let store = Store::in_memory().unwrap();
    let first = BuildRecord {
        failure: Some("exit 1".into()),
        phases: vec![("fetch".into(), 12), ("build".into(), u64::MAX)],
        ..record("a/b@c", "1.0", BuildStatus::Failed)
    };
    store.save_record(&first).unwrap();
    assert_eq!(store.get_record(first.id).unwrap(), first);
    let second = BuildRecord { phase: Some("stage".into()), ..first.clone() };
    store.save_record(&second).unwrap();
    assert_eq!(store.get_record(first.id).unwrap(), second);
}

#[test]
fn empty_and_unknown_ids_are_told_apart() {
    let store = Store::in_memory().unwrap();
    let nil = BuildRecord { id: Uuid::nil(), ..record("a/b", "1", BuildStatus::Running) };
    assert!(matches!(store.save_record(&nil), Err(StoreError::Validation { .. })));
    assert!(matches!(store.get_record(Uuid::nil()), Err(StoreError::Validation { .. })));
    let unknown = Uuid::now_v7();
    assert!(matches!(store.get_record(unknown), Err(StoreError::NotFound { id, .. }) if id == unknown));
    let update = store.update_status(unknown, BuildStatus::Failed, None);
    assert!(matches!(update, Err(StoreError::NotFound { .. })));
}

#[test]
fn an_update_of_the_status_changes_status_and_end_alone() {
    let store = Store::in_memory().unwrap();
    let before = record("a/b", "1", BuildStatus::Running);
    store.save_record(&before).unwrap();
    store.update_status(before.id, BuildStatus::Failed, Some(99)).unwrap();
    let after = BuildRecord { status: BuildStatus::Failed, end: Some(99), ..before };
    assert_eq!(store.get_record(after.id).unwrap(), after);
}

#[test]
fn the_latest_success_is_found_by_version_or_as_the_newest_in_time() {
    let store = Store::in_memory().unwrap();
    let port = spec("a/b");
    assert_eq!(store.latest_for(&port, None).unwrap(), None);
    assert_eq!(store.latest_for(&port, Some("1")).unwrap(), None);
    let newer = succeed(&store, "a/b", "9", 1);
    let newest = succeed(&store, "a/b", "10", 1);
    assert_eq!(store.latest_for(&port, Some("9")).unwrap(), Some(newer));
    assert_eq!(store.latest_for(&port, None).unwrap(), Some(newest));
    let again = succeed(&store, "a/b", "9", 1);
    assert_eq!(store.latest_for(&port, None).unwrap().map(|build| build.id), Some(again.id));
    assert_eq!(store.builds_of(&port).unwrap().len(), 3);
}

#[test]
fn flavors_and_versions_never_collide() {
    let store = Store::in_memory().unwrap();
    let ports = [("a/b", "@c-1"), ("a/b@c", "-1"), ("a/b@c-1", ""), ("a/b-1", "1"), ("a/b", "1-1"), ("a/b", "")];
    let records = ports.map(|(port, version)| succeed(&store, port, version, 1));
    for (record, (port, version)) in records.iter().zip(ports) {
        let found = store.latest_for(&spec(port), Some(version)).unwrap();
        assert_eq!(found.as_ref(), Some(record), "{port} {version}");
    }
    let newest = store.latest_for(&spec("a/b@c"), None).unwrap().unwrap();
    assert_eq!((newest.spec, newest.version.as_str()), (spec("a/b@c"), "-1"));
}

#[test]
fn a_success_writes_record_index_checksum_trace_and_file_and_a_failure_none_of_them() {
    let store = Store::in_memory().unwrap();
    let port = spec("a/b");
    store.save_record(&record("a/b", "1", BuildStatus::Failed)).unwrap();
    assert!(store.needs_build(&port, 5).unwrap());
    assert_eq!(store.latest_for(&port, None).unwrap(), None);
    assert_eq!(store.trace(&port).unwrap(), None);

    let record = record("a/b", "1", BuildStatus::Success);
    let (trace, recipe, stamp) = (trace(&record), recipe(&record), Fingerprint::of(b"stamp"));
    let cost = Cost { milliseconds: 7, jobs: 2, extracted: 9, ..Cost::default() };
    let success = Success { record: &record, crc: 5, trace: &trace, recipe: &recipe, stamp: Some(stamp), cost };
    store.record_success(&success).unwrap();
    assert!(!store.needs_build(&port, 5).unwrap());
    assert_eq!(store.latest_for(&port, Some("1")).unwrap(), Some(record));
    assert_eq!(store.trace(&port).unwrap().as_ref(), Some(&trace));
    assert_eq!(store.traced_recipe(&port).unwrap(), Some(recipe));
    let file = PackageFile { stamp, facts: trace.package.clone() };
    assert_eq!(store.package_file(&trace.pkgfile).unwrap(), Some(file.clone()));
    assert_eq!(store.package_files().unwrap()[&trace.pkgfile], file);
    store.forget_package_files([trace.pkgfile.as_str(), "unknown.pkg"]).unwrap();
    assert_eq!(store.package_file(&trace.pkgfile).unwrap(), None);
}

#[test]
fn readers_and_writers_work_at_the_same_time() {
    let store = Store::in_memory().unwrap();
    let store = &store;
    thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                for crc in 0..25 {
                    succeed(store, &format!("w/port{writer}"), "1", crc);
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..50 {
                    // One transaction wrote both, so no reader sees one without the other.
                    for (port, trace) in store.all_traces().unwrap() {
                        assert!(store.get_crc(&port).unwrap().is_some());
                        assert!(store.get_record(trace.unwrap().build.unwrap()).is_ok());
                    }
                }
            });
        }
    });
    assert_eq!(store.all_traces().unwrap().len(), 4);
    assert!((0..4).all(|writer| store.get_crc(&spec(&format!("w/port{writer}"))).unwrap() == Some(24)));
}

#[test]
fn plans_go_with_the_first_change_of_contents() {
    let store = Store::in_memory().unwrap();
    let key = |n: usize| Fingerprint::of(n.to_string().as_bytes());
    let plan = |n: usize| {
        let notice = Notice { spec: Some(spec("a/b@c")), text: n.to_string() };
        Plan { jobs: Vec::new(), notices: vec![notice] }
    };
    let kept = |store: &Store| (0..20).filter(|n| store.plan(key(*n)).unwrap() == Some(plan(*n))).count();
    for n in 0..8 {
        store.keep_plan(key(n), &plan(n)).unwrap();
    }
    store.keep(&Findings { disk: vec![("a".into(), Vec::new())], ..Findings::default() }).unwrap();
    assert_eq!(kept(&store), 8, "other stamps");
    store.keep_plan(key(8), &plan(8)).unwrap();
    assert!((1..=8).contains(&kept(&store)), "they do not grow without end");
    store.keep(&Findings { disk: vec![("a".into(), Vec::new())], moved: true, ..Findings::default() }).unwrap();
    assert_eq!(kept(&store), 0, "other contents");
}
