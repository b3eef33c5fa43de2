//! What needs a hand inside: rows that nobody would write.

use camino::Utf8Path;
use uuid::Uuid;

use super::codec;
use super::costs::CostV1;
use super::older::{BuildRecordV1, RecipePartV1, RecipeV1, TraceOf};
use super::tables::{BUILDS, COSTS, CRC_INDEX, META, PACKAGES, PLACING, RUNNING, RUNS, TRACES, Table, package_key};
use super::*;
use crate::model::{
    DepKind, DependTrace, Diagnosis, FailureClass, Fingerprint, OriginSpec, PackageFacts, Recipe, RecipePart,
    SourceFile, Trace,
};

fn spec(text: &str) -> OriginSpec {
    OriginSpec::parse(text).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn record() -> BuildRecord {
    BuildRecord {
        id: id(1),
        spec: spec("a/b@c"),
        version: "1.0_2,3".into(),
        status: BuildStatus::Failed,
        ready: Some(0),
        start: Some(1),
        end: None,
        run: id(2),
        phase: Some("build".into()),
        failure: Some("exit 1".into()),
        phases: vec![("fetch".into(), 300)],
        diagnosis: Some(Diagnosis { class: FailureClass::Compile, exit: Some(1), lines: vec!["error: x".into()] }),
    }
}

fn run_record() -> RunRecord {
    RunRecord {
        id: id(2),
        directive: "build".into(),
        start: -1,
        end: Some(i64::MAX),
        pid: 77,
        owner: "boot".into(),
        state: RunState::Interrupted,
        counters: Counters { queued: 1, built: 2, ..Counters::default() },
    }
}

fn recipe() -> Recipe {
    let mut recipe = Recipe::default();
    let files = [SourceFile { name: "files/patch-a".into(), crc: 77 }];
    recipe.push_directory("port", "a/b", Fingerprint::of(b"port"), files.into());
    recipe.push("flavor", "", Fingerprint::of(b"c"), "c");
    recipe.push("value", "PKGNAME", Fingerprint::of(b"x"), "x");
    recipe
}

fn trace() -> Trace {
    let depend = DependTrace {
        spec: spec("d/e"),
        kinds: [DepKind::Build, DepKind::Run].into_iter().collect(),
        pkgname: "e-1".into(),
        output: Fingerprint::of(b"e"),
    };
    let package = PackageFacts {
        name: "b-c".into(),
        version: "1.0_2,3".into(),
        origin: "a/b".into(),
        flavor: Some("c".into()),
        output: Fingerprint::of(b"output"),
        plist: Fingerprint::of(b"plist"),
        shlibs_provided: vec!["libb.so.1".into()],
        shlibs_required: vec!["libe.so.2".into()],
        depends: vec![("e".into(), "1".into())],
    };
    let (recipe, depends) = (recipe().fingerprint(), vec![depend]);
    Trace { build: Some(id(1)), recipe, depends, pkgfile: "b-c-1.0_2,3.pkg".into(), package }
}

/// The row that a version wrote for `trace`: with the recipe inside, the flavor a value.
fn old_row<R: serde::Serialize>(version: u8, recipe: R) -> Vec<u8> {
    let Trace { build, depends, pkgfile, package, .. } = trace();
    row(version, &TraceOf { build, recipe, depends, pkgfile, package })
}

fn row(version: u8, value: &impl serde::Serialize) -> Vec<u8> {
    let body = postcard::to_stdvec(value).unwrap();
    [&[version], &crc32fast::hash(&body).to_le_bytes()[..], &body].concat()
}

fn old_cost() -> Vec<u8> {
    row(1, &CostV1 { milliseconds: 300, jobs: 8, extracted: 1 << 20, cpu_milliseconds: None, peak_memory: None })
}

/// The row that version 1 wrote for `record`.
fn old_record() -> Vec<u8> {
    let BuildRecord { id, spec, version, status, start, end, run, phase, failure, phases, ready: _, diagnosis: _ } =
        record();
    row(1, &BuildRecordV1 { id, spec, version, status, start, end, run, phase, failure, phases })
}

fn old_rows() -> [Vec<u8>; 2] {
    let mut recipe = recipe();
    (recipe.parts[1].kind, recipe.parts[1].name) = ("value".into(), "FLAVOR".into());
    let part = |part: &RecipePart| RecipePartV1 {
        kind: part.kind.clone(),
        name: part.name.clone(),
        digest: part.digest,
        shown: part.shown.clone(),
    };
    let first = RecipeV1 { parts: recipe.parts.iter().map(part).collect() };
    [old_row(1, first), old_row(2, recipe)]
}

fn put<V>(store: &Store, table: &Table<V>, key: &[u8], bytes: &[u8]) {
    store.write(|writer| writer.put_bytes(table, key, bytes)).unwrap();
}

/// A type that changes, here or in `model`, needs a new `VERSION`: without it old rows would be misread.
#[test]
fn the_bytes_of_a_type_change_only_with_its_version() {
    let file = PackageFile { stamp: Fingerprint::of(b"stamp"), facts: trace().package };
    let samples = [
        ("BuildRecord", codec::encode(&record())),
        ("RunRecord", codec::encode(&run_record())),
        ("Trace", codec::encode(&trace())),
        ("Recipe", codec::encode(&recipe())),
        ("PackageFile", codec::encode(&file)),
        (
            "Cost",
            codec::encode(&Cost { milliseconds: 300, jobs: 8, extracted: 1 << 20, work: 1 << 21, ..Cost::default() }),
        ),
        ("Placing", codec::encode(&Placing { trace: trace(), recipe: recipe() })),
    ];
    let old = old_rows().map(|row| ("Trace", Ok(row)));
    let shown =
        samples.into_iter().chain(old).chain([("BuildRecord", Ok(old_record())), ("Cost", Ok(old_cost()))]).map(
            |(name, bytes)| {
                let bytes = bytes.unwrap();
                format!("{name}/{} {} {}\n", bytes[0], bytes.len(), Fingerprint::of(&bytes))
            },
        );
    insta::assert_snapshot!(shown.collect::<String>(), @"
    BuildRecord/2 98 d8de7c24fc240af86824c1b19813e86f
    RunRecord/1 56 7e693a46dfda45fab8f8e98a7da39ca2
    Trace/3 160 cbc49e01b63ff8271a9e046d3ea973d3
    Recipe/1 108 e43c2ca2ad8f4d184295290b4021a355
    PackageFile/1 99 9116c6f054c21d892f1c905f9934a9b2
    Cost/2 17 d66da2afd97c1c18cab42e5597cf1d61
    Placing/1 263 0a9bcf2c6e997e206d94d0cc1168dbf9
    Trace/1 234 2f0ccfe9cba4ea56aa443ea090693282
    Trace/2 252 99719aa64123775085fe7640804cd0e2
    BuildRecord/1 82 6df85d14ed30f864bbcb9d2ec83b96d6
    Cost/1 13 b12ce6ed21f3b455aba3c079efdfc000
    ");
}

#[test]
fn a_value_of_another_length_version_or_kind_is_corrupted_and_named() {
    let store = Store::in_memory().unwrap();
    let port = spec("a/b");
    for bytes in [&b""[..], b"\x01", b"\xde\xad\xbe\xef", b"\x02\0\0\0\0\0", b"\x01\0\0\0\0garbage", &[1; 400]] {
        put(&store, &CRC_INDEX, b"a/b", bytes);
        put(&store, &TRACES, b"a/b", bytes);
        put(&store, &BUILDS, id(1).as_bytes(), bytes);
        let named = |error: StoreError, table: &str, key: &str| match error {
            StoreError::Corrupted { table: t, key: k, .. } => assert_eq!((t, k.as_str()), (table, key)),
            other => panic!("{other}"),
        };
        named(store.get_crc(&port).unwrap_err(), "crc_index/1", "a/b");
        named(store.needs_build(&port, 0).unwrap_err(), "crc_index/1", "a/b");
        named(store.trace(&port).unwrap_err(), "traces/1", "a/b");
        named(store.get_record(id(1)).unwrap_err(), "builds/1", &id(1).to_string());
        named(store.update_status(id(1), BuildStatus::Failed, None).unwrap_err(), "builds/1", &id(1).to_string());
    }
}

#[test]
fn traces_of_older_versions_mean_the_same_recipe() {
    let store = Store::in_memory().unwrap();
    for row in old_rows() {
        put(&store, &TRACES, b"a/b", &row);
        assert_eq!(store.trace(&spec("a/b")).unwrap(), Some(trace()), "version {}", row[0]);
        assert_eq!(store.traced_recipe(&spec("a/b")).unwrap(), None);
    }
    let [mut broken, _] = old_rows();
    broken[20] ^= 1;
    put(&store, &TRACES, b"a/b", &broken);
    assert!(matches!(store.trace(&spec("a/b")), Err(StoreError::Corrupted { .. })));
}

#[test]
fn a_build_of_an_older_version_has_no_diagnosis() {
    let store = Store::in_memory().unwrap();
    put(&store, &BUILDS, id(1).as_bytes(), &old_record());
    assert_eq!(store.get_record(id(1)).unwrap(), BuildRecord { ready: None, diagnosis: None, ..record() });
    put(&store, &COSTS, b"a/b", &old_cost());
    let known = Cost { milliseconds: 300, jobs: 8, extracted: 1 << 20, ..Cost::default() };
    assert_eq!(store.costs().unwrap()[&spec("a/b")], known, "nor a work directory");
}

#[test]
fn a_broken_trace_among_many_is_an_error_in_its_place() {
    let store = Store::in_memory().unwrap();
    store.put_trace(&spec("a/b"), &trace(), &recipe()).unwrap();
    put(&store, &TRACES, b"a/c", b"\x07\0\0\0\0");
    let traces = store.all_traces().unwrap();
    assert_eq!(traces[&spec("a/b")].as_ref().unwrap(), &trace());
    let broken = traces[&spec("a/c")].as_ref().unwrap_err().to_string();
    assert_eq!(broken, "read `a/c` in the database's table `traces/1`: its version is 7, not 3");
    put(&store, &TRACES, b"\xff", b"");
    assert!(matches!(store.all_traces(), Err(StoreError::Corrupted { .. })));
}

#[test]
fn a_package_that_was_announced_is_recorded_if_it_is_there() {
    let store = Store::in_memory().unwrap();
    let placing = Placing { trace: trace(), recipe: recipe() };
    let old = Trace { recipe: Fingerprint::of(b"old"), ..trace() };
    store.put_trace(&spec("a/b"), &old, &Recipe::default()).unwrap();
    store.announce(&spec("a/b"), &placing).unwrap();
    assert_eq!(store.settle(|_| false).unwrap(), 0);
    assert_eq!(store.trace(&spec("a/b")).unwrap(), Some(old));
    assert_eq!(store.settle(|_| true).unwrap(), 0, "what was settled is forgotten");
    store.announce(&spec("a/b"), &placing).unwrap();
    assert_eq!(store.settle(|trace| *trace == placing.trace).unwrap(), 1);
    assert_eq!(store.trace(&spec("a/b")).unwrap(), Some(trace()));
    assert_eq!(store.traced_recipe(&spec("a/b")).unwrap(), Some(recipe()));
}

#[test]
fn a_success_that_is_recorded_takes_its_announcement_back() {
    let store = Store::in_memory().unwrap();
    store.announce(&spec("a/b@c"), &Placing { trace: trace(), recipe: recipe() }).unwrap();
    let success =
        Success { record: &record(), crc: 1, trace: &trace(), recipe: &recipe(), stamp: None, cost: Cost::default() };
    store.record_success(&success).unwrap();
    assert_eq!(store.settle(|_| true).unwrap(), 0);
}

#[test]
fn an_announcement_that_cannot_be_read_has_its_port_built() {
    let store = Store::in_memory().unwrap();
    put(&store, &PLACING, b"a/b", b"rubbish");
    assert_eq!(store.settle(|_| true).unwrap(), 0);
    assert!(matches!(store.trace(&spec("a/b")), Err(StoreError::Corrupted { .. })));
    assert!(store.write(|writer| writer.keys(&PLACING)).unwrap().is_empty());
}

#[test]
fn an_index_that_points_at_nothing_is_orphaned() {
    let store = Store::in_memory().unwrap();
    put(&store, &PACKAGES, &package_key(&spec("a/b"), "1"), &codec::encode(&id(9)).unwrap());
    for version in [Some("1"), None] {
        let error = store.latest_for(&spec("a/b"), version).unwrap_err();
        assert!(matches!(error, StoreError::Orphaned { build, .. } if build == id(9)), "{error}");
    }
    assert_eq!(store.latest_for(&spec("a/b"), Some("2")).unwrap(), None);
}

#[test]
fn recovery_gets_past_records_that_cannot_be_read() {
    let store = Store::in_memory().unwrap();
    put(&store, &BUILDS, id(1).as_bytes(), b"rubbish");
    put(&store, &RUNNING, id(1).as_bytes(), b"rubbish");
    put(&store, &RUNNING, id(3).as_bytes(), b"");
    put(&store, &RUNS, id(2).as_bytes(), b"rubbish");
    assert_eq!(store.recover().unwrap(), Recovered::default());
    assert!(store.write(|writer| writer.keys(&RUNNING)).unwrap().is_empty());
    store.begin_run(&run_record()).unwrap();
    assert_eq!(store.recent_runs(9).unwrap(), [run_record()]);
}

#[test]
fn a_database_of_a_newer_schema_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(dir.path()).unwrap().join("dsynth.redb");
    let store = Store::open(&path).unwrap();
    store.write(|writer| writer.put(&META, b"schema", &"2".to_owned())).unwrap();
    drop(store);
    let error = Store::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1, .. }), "{error}");
    assert!(error.to_string().contains("run the newer dsynth"));
    assert!(path.exists());
}

#[test]
fn a_database_of_another_program_is_unusable() {
    let dir = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(dir.path()).unwrap().join("dsynth.redb");
    let db = redb::Database::create(&path).unwrap();
    let writing = db.begin_write().unwrap();
    writing.open_table(redb::TableDefinition::<u64, u64>::new("traces/1")).unwrap();
    writing.commit().unwrap();
    drop(db);
    assert!(matches!(Store::open(&path), Err(StoreError::Unusable { .. })));
}
