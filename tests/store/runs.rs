//! Runs, and what a dead one leaves behind.

use dsynth::store::{BuildStatus, Counters, RunRecord, RunState, Store, StoreError};
use uuid::Uuid;

use crate::{place, record, succeed};

#[test]
fn a_run_is_active_until_it_is_finished() {
    let store = Store::in_memory().unwrap();
    let run = RunRecord::begin("build", "boot 1");
    assert_eq!(store.active_run().unwrap(), None);
    store.begin_run(&run).unwrap();
    assert_eq!(store.active_run().unwrap(), Some(run.clone()));
    let counters = Counters { queued: 3, built: 2, failed: 1, ..Counters::default() };
    store.finish_run(run.id, RunState::Finished, counters).unwrap();
    assert_eq!(store.active_run().unwrap(), None);
    let finished = store.run(run.id).unwrap();
    assert!(finished.end.is_some_and(|end| end >= run.start));
    assert_eq!(finished, RunRecord { end: finished.end, state: RunState::Finished, counters, ..run });
}

#[test]
fn a_second_run_is_refused_and_told_who_is_active() {
    let store = Store::in_memory().unwrap();
    let run = RunRecord { pid: 4711, start: 1_700_000_000_000_000_000, ..RunRecord::begin("everything", "boot") };
    store.begin_run(&run).unwrap();
    let error = store.begin_run(&RunRecord::begin("build", "boot")).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "begin a run: run {} (`everything`, pid 4711, since 2023-11-14 22:13:20 UTC) is still active; \
             wait for it, or if its process is gone start dsynth again",
            run.id
        )
    );
}

#[test]
fn empty_and_unknown_runs_are_told_apart() {
    let store = Store::in_memory().unwrap();
    let nil = RunRecord { id: Uuid::nil(), ..RunRecord::begin("build", "") };
    assert!(matches!(store.begin_run(&nil), Err(StoreError::Validation { .. })));
    let unknown = store.finish_run(Uuid::now_v7(), RunState::Finished, Counters::default());
    assert!(matches!(unknown, Err(StoreError::NotFound { .. })));
}

#[test]
fn the_most_recent_runs_come_first() {
    let store = Store::in_memory().unwrap();
    let runs = ["a", "b", "c"].map(|directive| RunRecord::begin(directive, ""));
    for run in &runs {
        store.begin_run(run).unwrap();
        store.finish_run(run.id, RunState::Finished, Counters::default()).unwrap();
    }
    let names = |limit| store.recent_runs(limit).unwrap().into_iter().map(|run| run.directive).collect::<Vec<_>>();
    assert_eq!(names(2), ["c", "b"]);
    assert_eq!(names(9), ["c", "b", "a"]);
    assert!(names(0).is_empty());
}

#[test]
fn a_new_owner_aborts_the_run_of_the_dead_one_and_interrupts_its_builds() {
    let (_dir, path) = place();
    let run = RunRecord::begin("build", "boot");
    let build = record("a/b", "1", BuildStatus::Running);
    {
        let store = Store::open(&path).unwrap();
        store.begin_run(&run).unwrap();
        store.save_record(&build).unwrap();
        succeed(&store, "a/c", "1", 1);
    }
    let store = Store::open(&path).unwrap();
    let found = store.recover().unwrap();
    assert_eq!(found.runs, [RunRecord { state: RunState::Aborted, ..run.clone() }]);
    assert_eq!(
        found.builds.iter().map(|build| (build.id, build.status)).collect::<Vec<_>>(),
        [(build.id, BuildStatus::Interrupted)]
    );
    assert_eq!(store.get_record(build.id).unwrap().status, BuildStatus::Interrupted);
    assert_eq!(store.run(run.id).unwrap().state, RunState::Aborted);
    assert_eq!(store.recover().unwrap(), Default::default(), "once is enough");
    store.begin_run(&RunRecord::begin("build", "boot")).unwrap();
}
