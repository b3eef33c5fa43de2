//! Runs of small plans with a runner that only remembers.

mod order;
mod replanning;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use insta::assert_snapshot;

use super::*;
use crate::model::{
    Asked, Failure, Fate, Fault, Fingerprint, Job, JobDepend, KindSet, OriginSpec, PackageFacts, Phase, Reason,
    StopReason,
};

/// `app: lib tool` for each job, in any order, `=reason` for what the tree says no to.
fn plan(text: &str) -> Plan {
    let mut lines: Vec<(&str, Vec<&str>)> = text
        .split([';', '\n'])
        .filter_map(|line| line.split_once(':'))
        .map(|(name, needs)| (name.trim(), needs.split_whitespace().collect()))
        .collect();
    let mut places: BTreeMap<&str, JobId> = BTreeMap::new();
    let mut plan = Plan::default();
    while let Some(next) =
        lines.iter().position(|(_, needs)| needs.iter().all(|need| need.starts_with('=') || places.contains_key(need)))
    {
        let (name, needs) = lines.remove(next);
        places.insert(name, JobId(plan.jobs.len() as u32));
        let mut depends: Vec<JobDepend> = needs
            .iter()
            .filter_map(|need| places.get(need))
            .map(|job| JobDepend { job: *job, kinds: KindSet::default() })
            .collect();
        depends.sort();
        let fate = needs.iter().find_map(|need| need.strip_prefix('=')).map_or(Fate::Open, fate);
        plan.jobs.push(job(name, depends, fate));
    }
    assert!(lines.is_empty(), "cyclic or unknown: {lines:?}");
    plan
}

/// With `_` for blanks.
fn fate(text: &str) -> Fate {
    let text = text.replace('_', " ");
    match text.split_once('=') {
        Some(("broken", reason)) => Fate::Broken(reason.into()),
        Some(("skipped", chain)) => Fate::Skipped(chain.into()),
        Some(("cyclic", cycle)) => Fate::Cyclic(cycle.into()),
        _ => Fate::Ignored(text),
    }
}

fn job(name: &str, depends: Vec<JobDepend>, fate: Fate) -> Job {
    Job {
        spec: OriginSpec::parse(&format!("c/{name}")).unwrap(),
        pkgname: format!("{name}-1"),
        pkgfile: format!("{name}-1.pkg"),
        crc: 0,
        distfiles: Vec::new(),
        master: None,
        meta: name.starts_with("meta"),
        asked: Asked::Needed,
        fate,
        recipe: Fingerprint::default(),
        depends,
    }
}

/// Remembers who was judged and built; does with each name what it was told.
#[derive(Default)]
struct Fake<'a> {
    names: Vec<String>,
    fresh: BTreeSet<&'a str>,
    fails: BTreeSet<&'a str>,
    crashes: BTreeSet<&'a str>,
    /// Requests a stop when it starts to build this one.
    stops: BTreeMap<&'a str, (Stop, StopReason)>,
    /// Is silent until the channel says something (or ten seconds have passed: then the test fails).
    waits: BTreeMap<&'a str, Receiver<()>>,
    /// Seconds; an hour for all others.
    expected: BTreeMap<&'a str, u64>,
    tells: BTreeMap<&'a str, Sender<()>>,
    log: Mutex<Vec<String>>,
}

impl<'a> Fake<'a> {
    fn of(plan: &Plan) -> Fake<'a> {
        Fake { names: plan.jobs.iter().map(|job| job.spec.origin.name().to_owned()).collect(), ..Fake::default() }
    }

    fn note(&self, text: String) {
        self.log.lock().unwrap().push(text);
    }

    fn logged(&self, prefix: &str) -> String {
        let log = self.log.lock().unwrap();
        log.iter().filter_map(|line| line.strip_prefix(prefix)).collect::<Vec<_>>().join(" ")
    }

    fn built(&self) -> Outcome {
        let package = PackageFacts {
            name: "p".into(),
            version: "1".into(),
            origin: "c/p".into(),
            flavor: None,
            output: Fingerprint::of(b""),
            plist: Fingerprint::of(b""),
            shlibs_provided: Vec::new(),
            shlibs_required: Vec::new(),
            depends: Vec::new(),
        };
        Outcome::Built { build: Uuid::nil(), package, took: Duration::from_secs(1) }
    }
}

impl Runner for Fake<'_> {
    fn judge(&self, job: JobId) -> Verdict {
        let name = self.names[job.index()].as_str();
        self.note(format!("judge {name}"));
        if self.fresh.contains(name) { Verdict::Fresh } else { Verdict::Dirty(vec![Reason::Forced]) }
    }

    fn expected(&self, job: JobId) -> Duration {
        self.expected.get(self.names[job.index()].as_str()).map_or(UNKNOWN, |seconds| Duration::from_secs(*seconds))
    }

    fn memory(&self, _: JobId) -> u64 {
        0
    }

    fn keeps(&self, _: SlotId) -> bool {
        true
    }

    fn build(&self, job: JobId, slot: SlotId) -> Outcome {
        let name = self.names[job.index()].as_str();
        self.note(format!("start {name}"));
        self.note(format!("slot {}={name}", slot.0));
        if let Some((stop, reason)) = self.stops.get(name) {
            stop.request(*reason);
            if stop.requested() {
                return Outcome::Interrupted { took: Duration::ZERO };
            }
        }
        if let Some(wait) = self.waits.get(name) {
            wait.recv_timeout(Duration::from_secs(10)).expect("the other job should have ended by now");
        }
        self.note(format!("end {name}"));
        if let Some(tell) = self.tells.get(name) {
            tell.send(()).unwrap();
        }
        assert!(!self.crashes.contains(name), "no such luck");
        if self.fails.contains(name) {
            let fault = Fault::new(Phase::Build, Failure::Exit(1));
            return Outcome::Failed { fault, took: Duration::from_secs(2) };
        }
        self.built()
    }
}

fn options(workers: usize) -> RunOptions {
    RunOptions { run: Uuid::nil(), workers, logs: "/logs".into(), fetch_only: false, throttle: None }
}

/// The run's events in short, and its report.
fn heard(plan: &Plan, fake: &Fake<'_>, options: &RunOptions, stop: &Stop) -> (String, Report) {
    let lines = Mutex::new(Vec::new());
    let round = Round { plan: Arc::new(plan.clone()), runner: Arc::new(fake) };
    let report = run(round, options, stop, &|event| lines.lock().unwrap().extend(short(&event))).unwrap();
    (lines.into_inner().unwrap().join("\n"), report)
}

fn short(event: &Event) -> Option<String> {
    Some(match event {
        Event::JobStarted { slot, spec, depends, dependents, depth, .. } => {
            format!("{spec} starts in {} needs {depends} for {dependents} deep {depth}", slot.0)
        }
        Event::Built { spec, pkgfile, .. } => format!("{spec} built {pkgfile}"),
        Event::Fresh { spec } => format!("{spec} fresh"),
        Event::Failed { spec, fault: Fault { phase, why, .. }, skips, log, .. } => {
            format!("{spec} failed in {}: {why}, skips {skips}, {log}", phase.name())
        }
        Event::Ignored { spec, reason, skips, .. } => format!("{spec} ignored: {reason}, skips {skips}"),
        Event::Skipped { spec, chain, .. } => format!("{spec} skipped: {chain}"),
        Event::Broken { spec, reason } => format!("{spec} broken: {reason}"),
        Event::Interrupted { spec, .. } => format!("{spec} interrupted"),
        Event::Replanned { queued } => format!("now {queued}"),
        Event::RunStarted { queued, workers, .. } => format!("run of {queued} with {workers}"),
        Event::RunEnded { summary } => format!("ended: {}", counters(summary)),
        _ => return None,
    })
}

fn counters(summary: &Summary) -> String {
    let Summary { queued, built, ignored, skipped, failed, missing, meta, fresh, interrupted, .. } = summary;
    format!(
        "queued {queued} built {built} ignored {ignored} skipped {skipped} failed {failed} missing {missing} \
         meta {meta} fresh {fresh} interrupted {interrupted}"
    )
}

/// Each job needs the one before it.
fn row(jobs: u32) -> Plan {
    let need = |n: u32| n.checked_sub(1).map(|before| JobDepend { job: JobId(before), kinds: KindSet::default() });
    let job = |n| job(&format!("j{n}"), need(n).into_iter().collect(), Fate::Open);
    Plan { jobs: (0..jobs).map(job).collect(), notices: Vec::new() }
}

#[test]
fn a_hundred_thousand_jobs_in_a_row_are_no_trouble() {
    let plan = row(100_000);
    let fresh = simulate(&plan, &|_| UNKNOWN, &mut |_| Verdict::Fresh);
    assert_eq!((fresh.summary.fresh, fresh.summary.queued, fresh.builds.len()), (100_000, 0, 0));
    let built = simulate(&plan, &|_| UNKNOWN, &mut |_| Verdict::Dirty(Vec::new()));
    assert_eq!(built.builds.len(), 100_000);
}

#[test]
fn a_failure_far_below_skips_all_with_chains_of_bearable_length() {
    let plan = row(10_000);
    let fake = Fake { fails: ["j0"].into(), ..Fake::of(&plan) };
    let (_, report) = heard(&plan, &fake, &options(1), &Stop::default());
    assert_eq!((report.summary.failed, report.summary.skipped), (1, 9_999));
    let Some(JobEnd::Skipped(chain)) = report.ends.last() else { panic!("it is skipped") };
    assert!(chain.starts_with("c/j9998->c/j9997->") && chain.ends_with("->c/j0") && chain.len() < 300, "{chain}");
}

#[test]
fn a_failure_skips_what_is_behind_it_and_nothing_else() {
    let plan = plan("x:; y: x; z: y; other:; both: y other");
    let fake = Fake { fails: ["x"].into(), ..Fake::of(&plan) };
    let (events, report) = heard(&plan, &fake, &options(1), &Stop::default());
    assert_snapshot!(events, @"
    run of 5 with 1
    c/x starts in 0 needs 0 for 1 deep 2
    c/x failed in build: exit 1, skips 3, /logs/c___x.log
    c/y skipped: c/x
    c/z skipped: c/y->c/x
    c/both skipped: c/y->c/x
    c/other starts in 0 needs 0 for 1 deep 1
    c/other built other-1.pkg
    ended: queued 5 built 1 ignored 0 skipped 3 failed 1 missing 0 meta 0 fresh 0 interrupted 0
    ");
    assert_eq!(report.ends[0], JobEnd::Failed(Fault::new(Phase::Build, Failure::Exit(1))));
}

#[test]
fn a_job_behind_two_failures_is_skipped_once() {
    let plan = plan("a:; b:; c: a b");
    let fake = Fake { fails: ["a", "b"].into(), ..Fake::of(&plan) };
    let (events, _) = heard(&plan, &fake, &options(1), &Stop::default());
    assert_snapshot!(events, @"
    run of 3 with 1
    c/a starts in 0 needs 0 for 1 deep 1
    c/a failed in build: exit 1, skips 1, /logs/c___a.log
    c/c skipped: c/a
    c/b starts in 0 needs 0 for 1 deep 1
    c/b failed in build: exit 1, skips 1, /logs/c___b.log
    ended: queued 3 built 0 ignored 0 skipped 1 failed 2 missing 0 meta 0 fresh 0 interrupted 0
    ");
}

#[test]
fn what_the_tree_decided_is_said_first_and_never_started() {
    let plan = plan(
        "open:; no: =is_marked_as_broken; behind: no =skipped=c/no; gone: =broken=not_in_the_tree; \
         late: behind; loop: =cyclic=c/loop_->_c/loop; gone2: gone",
    );
    let fake = Fake::of(&plan);
    let (events, _) = heard(&plan, &fake, &options(2), &Stop::default());
    assert_snapshot!(events, @"
    run of 7 with 2
    c/no ignored: is marked as broken, skips 2
    c/behind skipped: c/no
    c/gone broken: not in the tree
    c/late skipped: c/behind->c/no
    c/loop broken: dependency cycle: c/loop -> c/loop
    c/gone2 skipped: c/gone
    c/open starts in 0 needs 0 for 0 deep 0
    c/open built open-1.pkg
    ended: queued 7 built 1 ignored 1 skipped 3 failed 0 missing 2 meta 0 fresh 0 interrupted 0
    ");
    assert_eq!(fake.logged("judge "), "open");
}

#[test]
fn a_plan_that_waits_for_itself_ends_all_the_same() {
    let mut plan = plan("a:; b: a; c: b");
    plan.jobs[1].depends.push(JobDepend { job: JobId(2), kinds: KindSet::default() });
    let fake = Fake::of(&plan);
    let (_, report) = heard(&plan, &fake, &options(1), &Stop::default());
    assert_eq!(report.ends[1], JobEnd::Broken("depends on a later job".into()));
    assert_eq!(report.ends[2], JobEnd::Skipped("c/b".into()));
}

#[test]
fn without_the_package_manager_nothing_is_built() {
    let plan = plan("pkg:; a: pkg; b: pkg a");
    let fake = Fake { fails: ["pkg"].into(), ..Fake::of(&plan) };
    let (_, report) = heard(&plan, &fake, &options(2), &Stop::default());
    assert_eq!(fake.logged("start "), "pkg");
    assert_eq!(report.ends[1..], [JobEnd::Skipped("c/pkg".into()), JobEnd::Skipped("c/pkg".into())]);
}

#[test]
fn fetching_goes_on_behind_a_failure() {
    let plan = plan("a:; b: a");
    let fake = Fake { fails: ["a"].into(), ..Fake::of(&plan) };
    let options = RunOptions { fetch_only: true, ..options(1) };
    let (_, report) = heard(&plan, &fake, &options, &Stop::default());
    assert_eq!((report.summary.failed, report.summary.built, report.summary.skipped), (1, 1, 0));
}

#[test]
fn fresh_jobs_release_their_dependents_without_a_slot() {
    let plan = plan("a:; b: a; c: b; meta: c");
    let fake = Fake { fresh: ["a", "b"].into(), ..Fake::of(&plan) };
    let (events, _) = heard(&plan, &fake, &options(4), &Stop::default());
    assert_snapshot!(events, @"
    run of 4 with 4
    c/a fresh
    c/b fresh
    c/c starts in 0 needs 1 for 1 deep 1
    c/c built c-1.pkg
    c/meta starts in 0 needs 1 for 0 deep 0
    c/meta built meta-1.pkg
    ended: queued 2 built 2 ignored 0 skipped 0 failed 0 missing 0 meta 1 fresh 2 interrupted 0
    ");
    assert_eq!(fake.logged("judge "), "a b c meta");
}

#[test]
fn a_job_starts_when_its_last_dependency_ends_whatever_else_runs() {
    let mut text = "s1: slow; slow:; base:; c0: base".to_owned();
    (1..10).for_each(|n| text.push_str(&format!("; c{n}: c{}", n - 1)));
    let plan = plan(&text);
    let (tell, wait) = unbounded();
    let fake = Fake { waits: [("slow", wait)].into(), tells: [("c9", tell)].into(), ..Fake::of(&plan) };
    let (_, report) = heard(&plan, &fake, &options(2), &Stop::default());
    assert_eq!(report.summary.built, 13);
    let ends = fake.logged("end ");
    assert_eq!(ends, "base c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 slow s1");
}

#[test]
fn the_lowest_free_slot_is_taken() {
    let plan = plan("a:; b: a; x:; y: x; z: y");
    let (tell, wait) = unbounded();
    // `a` holds slot 1 until the chain in slot 0 is through; only then `b` gets the lowest free one.
    let fake = Fake { waits: [("a", wait)].into(), tells: [("z", tell)].into(), ..Fake::of(&plan) };
    heard(&plan, &fake, &options(2), &Stop::default());
    let slots = fake.logged("slot ");
    assert!(slots.ends_with("0=y 0=z 0=b") && slots.contains("1=a"), "{slots}");
}

#[test]
fn each_job_is_judged_and_built_once_by_any_number_of_workers() {
    let text: String = (0..200).map(|n| format!("j{n}: {}\n", needs_of(n))).collect();
    let plan = plan(&text);
    for workers in [0, 1, 3, 16] {
        let fake = Fake::of(&plan);
        let (_, report) = heard(&plan, &fake, &options(workers), &Stop::default());
        for what in ["judge ", "start ", "end "] {
            let log = fake.logged(what);
            let names: BTreeSet<&str> = log.split(' ').collect();
            assert_eq!((names.len(), log.split(' ').count()), (200, 200), "{what} {workers}");
        }
        assert!(report.ends.iter().all(|end| *end == JobEnd::Built));
    }
}

fn needs_of(n: usize) -> String {
    [2, 3, 7]
        .iter()
        .filter(|step| n >= **step && n.is_multiple_of(**step))
        .map(|step| format!("j{} ", n / step))
        .collect()
}

#[test]
fn a_crash_is_the_failure_of_one_port_and_gives_its_slot_back() {
    let plan = plan("a:; b: a; c:");
    let fake = Fake { crashes: ["a"].into(), ..Fake::of(&plan) };
    let (_, report) = heard(&plan, &fake, &options(1), &Stop::default());
    let why = Failure::Jail("crashed: no such luck".into());
    let expected = [JobEnd::Failed(Fault::new(Phase::InstallPkgs, why)), JobEnd::Built, JobEnd::Skipped("c/a".into())];
    let by_name = |name: &str| report.ends[fake.names.iter().position(|n| n == name).unwrap()].clone();
    assert_eq!([by_name("a"), by_name("c"), by_name("b")], expected);
}

#[test]
fn a_stop_lets_running_builds_end_and_starts_nothing_more() {
    let plan = plan("a:; b: a; c:; d: c");
    let stop = Stop::default();
    let fake = Fake { stops: [("a", (stop.clone(), StopReason::Interrupt))].into(), ..Fake::of(&plan) };
    let (events, report) = heard(&plan, &fake, &options(1), &stop);
    assert_snapshot!(events, @"
    run of 4 with 1
    c/a starts in 0 needs 0 for 1 deep 1
    c/a interrupted
    ended: queued 4 built 0 ignored 0 skipped 0 failed 0 missing 0 meta 0 fresh 0 interrupted 1
    ");
    let ends = [JobEnd::Interrupted, JobEnd::NotStarted, JobEnd::NotStarted, JobEnd::NotStarted];
    assert_eq!(report.ends, ends);
}

#[test]
fn what_runs_is_finished_where_a_stop_leaves_time() {
    let plan = plan("a:; b: a; c:; d: c");
    let stop = Stop::default();
    let fake = Fake { stops: [("a", (stop.clone(), StopReason::Finish))].into(), ..Fake::of(&plan) };
    let (_, report) = heard(&plan, &fake, &options(1), &stop);
    assert_eq!(report.ends, [JobEnd::Built, JobEnd::NotStarted, JobEnd::NotStarted, JobEnd::NotStarted]);
    assert_eq!(fake.logged("start "), "a");
}

#[test]
fn a_stop_before_the_start_judges_nothing() {
    let plan = plan("a:; no: =never");
    let stop = Stop::default();
    stop.request(StopReason::Terminate);
    let fake = Fake::of(&plan);
    let (_, report) = heard(&plan, &fake, &options(1), &stop);
    assert_eq!(report.ends, [JobEnd::NotStarted, JobEnd::Ignored("never".into())]);
    assert_eq!(fake.logged(""), "");
}
