//! Death in the middle of a write.

use std::env;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::store::{BuildStatus, RunRecord, Store};

use crate::{place, record, spec, succeed};

const CHILD: &str = "DSYNTH_TEST_STORE_CHILD";
const PORTS: u32 = 7;

/// Not a test by itself: the process that is killed in the one below.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = env::var_os(CHILD) else { return };
    let store = Store::open(&Utf8PathBuf::from_path_buf(path.into()).unwrap()).unwrap();
    store.recover().unwrap();
    store.begin_run(&RunRecord::begin("build", "test")).unwrap();
    store.save_record(&record("a/running", "1", BuildStatus::Running)).unwrap();
    for n in 0.. {
        succeed(&store, &format!("a/port{}", n % PORTS), &n.to_string(), n);
    }
}

/// A process that writes as fast as it can, killed when dropped.
pub(crate) struct Writer(Child);

impl Writer {
    pub(crate) fn begin(path: &Utf8Path) -> Writer {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "crash::child_that_writes_until_it_is_killed"]).env(CHILD, path);
        Writer(command.stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Each success is there with all that belongs to it; says how many there were.
pub(crate) fn assert_whole(store: &Store) -> u32 {
    let mut newest = 0;
    for (port, trace) in store.all_traces().unwrap() {
        let trace = trace.unwrap();
        let build = store.get_record(trace.build.unwrap()).unwrap();
        let crc = store.get_crc(&port).unwrap();
        assert_eq!(crc.map(|crc| crc.to_string()), Some(build.version.clone()));
        assert_eq!(trace.package.version, build.version);
        assert_eq!(store.latest_for(&port, Some(&build.version)).unwrap(), Some(build));
        newest = newest.max(crc.unwrap());
    }
    newest
}

#[test]
fn a_killed_process_leaves_whole_transactions_only() {
    let (_dir, path) = place();
    for round in 0..8 {
        let writer = Writer::begin(&path);
        thread::sleep(Duration::from_millis(60 + 17 * round));
        drop(writer);

        let store = Store::open(&path).unwrap();
        assert_whole(&store);
        if let Some(run) = store.active_run().unwrap() {
            let found = store.recover().unwrap();
            assert_eq!(found.runs.iter().map(|run| run.id).collect::<Vec<_>>(), [run.id]);
            assert!(found.builds.iter().all(|build| build.spec == spec("a/running")));
        }
    }
    assert!(!Store::open(&path).unwrap().all_traces().unwrap().is_empty());
}
