//! A story: a tree is built, edited, and built again through whatever goes wrong; what must hold after each run, and at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::config::{PerPort, PortLimits};
use dsynth::model::{JobId, Outcome, Plan, SlotId, Stop, StopReason, Trace, Verdict};
use dsynth::phases::Make;
use dsynth::queries::inputs::Rules;
use dsynth::repo::Repository;
use dsynth::schedule::{JobEnd, Next, Report, Round, RunOptions, Runner, run_by};
use dsynth::session::fresh::Fresh;
use dsynth::session::halt::Halt;
use dsynth::session::packages::Packages;
use dsynth::session::placing::{self, Made};
use dsynth::session::slots::Slots;
use dsynth::session::worker::{How, Worker};
use dsynth::store::{BuildRecord, BuildStatus, Cost, Counters, RunRecord, RunState, Store, Success};

use uuid::Uuid;

use crate::dice::Dice;
use crate::hands::SimHands;
use crate::jail::{PowerCut, Shared, SimJails};
use crate::tree::Tree;

/// Who builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runners {
    Real,
    /// With a bug: the trace is written before the package is in place.
    TraceFirst,
    /// With a bug: nobody knows what a package was made from whose run died before its trace was written.
    Unannounced,
}

/// What a story came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Story {
    pub runs: u32,
    pub built: u32,
    pub faults: Vec<&'static str>,
    /// Each run's ends, to see that the story is the same when it is told again.
    pub ends: Vec<Vec<JobEnd>>,
}

const SLOTS: u32 = 3;

/// What outlives a run, and a power cut.
struct World {
    store: Store,
    place: Utf8PathBuf,
    _directory: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        // In memory, if there is such a place: it is about the order of things and not about disks.
        let memory = Utf8Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { Utf8PathBuf::from("/tmp") };
        let directory = tempfile::Builder::new().prefix("dsynth-sim-").tempdir_in(parent).unwrap();
        let place = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        ["packages", "logs"].iter().for_each(|name| fs::create_dir(place.join(name)).unwrap());
        World { store: Store::in_memory().unwrap(), place, _directory: directory }
    }

    fn repository(&self) -> Utf8PathBuf {
        self.place.join("packages")
    }
}

pub fn tell(seed: u64, runners: Runners) -> Result<Story, String> {
    let dice = Arc::new(Dice::new(seed));
    let (world, mut tree) = (World::new(), Tree::new(&dice));
    let mut story = Story { runs: 0, built: 0, faults: Vec::new(), ends: Vec::new() };
    for round in 0..4 {
        // The first is quiet, so that there are packages and traces to lose; the last sets all right.
        let trouble = if round == 0 || round == 3 { 0 } else { 1 + dice.below(4) };
        if round < 3 {
            tree.edit(&dice);
        }
        let shared = Arc::new(Shared {
            dice: Arc::clone(&dice),
            tree: tree.clone(),
            repository: world.repository(),
            stop: Stop::default(),
            trouble,
            make: Make { program: "/usr/bin/make".into(), environment: Vec::new() },
            seen: Mutex::default(),
        });
        let report = one_run(&world, &shared, runners, &mut story)?;
        let seen = std::mem::take(&mut *shared.seen.lock().unwrap());
        story.faults.extend(seen.iter().flat_map(|(name, count)| vec![*name; *count as usize]));
        let ended = report.as_ref().is_some_and(|report| report.ends.iter().all(is_good));
        if trouble == 0 && !ended {
            return Err(format!("round {round}: nothing went wrong, and yet {report:?}"));
        }
    }
    // Resumed or not: the end is what one quiet run would have made.
    for place in 0..tree.len() {
        let found = fs::read(world.repository().join(format!("p{place}-1.pkg"))).unwrap_or_default();
        if found != tree.package(place, &world.repository()) {
            return Err(format!("p{place} is not made from what is there now"));
        }
    }
    Ok(story)
}

fn is_good(end: &JobEnd) -> bool {
    matches!(end, JobEnd::Built | JobEnd::Fresh)
}

/// `None` if the power was cut.
fn one_run(world: &World, shared: &Arc<Shared>, runners: Runners, story: &mut Story) -> Result<Option<Report>, String> {
    let plan = Arc::new(shared.tree.plan());
    // As a session does at its start.
    world.store.recover().map_err(|error| error.to_string())?;
    if world.store.active_run().unwrap().is_some() {
        return Err("a dead run is active".to_owned());
    }
    let repository = Repository::open(&world.repository()).unwrap();
    repository.remove_garbage().unwrap();
    let spoiled = spoil_a_log(world, shared, &plan);
    let packages = Packages::new(repository, &world.store).unwrap();
    placing::settle(&world.store, &packages).unwrap();
    let before = files(world);
    let record = RunRecord::begin("build", "simulation");
    world.store.begin_run(&record).map_err(|error| error.to_string())?;
    let mut started = Vec::new();
    let done = catch_unwind(AssertUnwindSafe(|| {
        let worker = worker(world, shared, &plan, &packages, &record);
        let options = RunOptions {
            run: record.id,
            workers: SLOTS as usize,
            logs: world.place.join("logs"),
            fetch_only: false,
            throttle: None,
        };
        let runner: Arc<dyn Runner + '_> = match runners {
            Runners::Real => Arc::new(CutInBetween { worker: &worker, world, shared }),
            Runners::Unannounced => Arc::new(Unannounced { worker: &worker, shared }),
            Runners::TraceFirst => Arc::new(TraceFirst { worker: &worker, world, shared }),
        };
        let mut hands = SimHands::new(SLOTS, &shared.dice);
        let round = Round { plan: Arc::clone(&plan), runner };
        let (news, mut next) = (crossbeam_channel::never(), |()| Next::Same);
        let report = run_by(&mut hands, round, (&news, &mut next), &options, &shared.stop, &|_| {});
        started = std::mem::take(&mut hands.started);
        drop(hands);
        worker.keep_adopted().unwrap();
        let halted = worker.halt.result().is_err();
        let state = if halted { RunState::Aborted } else { RunState::Finished };
        world.store.finish_run(record.id, state, Counters::from(&report.summary)).unwrap();
        (report, halted)
    }));
    story.runs += 1;
    spoiled.into_iter().for_each(|path| fs::remove_file(path).unwrap());
    let (report, halted) = match done {
        Ok(done) => done,
        Err(panic) if panic.is::<PowerCut>() => return Ok(None),
        Err(panic) => resume_unwind(panic),
    };
    if halted != (shared.stop.reason() == Some(StopReason::Trouble)) {
        return Err(format!("a run that was halted says so, and no other: {:?}", shared.stop.reason()));
    }
    if shared.stop.reason() == Some(StopReason::Finish) && report.ends.contains(&JobEnd::Interrupted) {
        return Err(format!("a gentle stop cuts nothing short: {:?}", report.ends));
    }
    check(world, &plan, &report, &started, &before)?;
    story.built += report.summary.built as u32;
    story.ends.push(report.ends.clone());
    Ok(Some(report))
}

/// The log of some port is a device that is always full.
fn spoil_a_log(world: &World, shared: &Shared, plan: &Plan) -> Option<Utf8PathBuf> {
    let job = &plan.jobs[shared.dice.below(plan.jobs.len() as u64) as usize];
    let path = world.place.join("logs").join(job.spec.log_name());
    shared.fault("full logs", 300).then(|| {
        let _ = fs::remove_file(&path);
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        path
    })
}

fn worker<'a>(
    world: &'a World,
    shared: &'a Arc<Shared>,
    plan: &Arc<Plan>,
    packages: &'a Packages,
    record: &RunRecord,
) -> Worker<'a> {
    let fresh = Fresh {
        store: &world.store,
        plan: Arc::clone(plan),
        recipes: shared.tree.recipes(),
        packages,
        old: BTreeMap::new(),
        forced: BTreeSet::new(),
        rules: Rules::default(),
    };
    Worker {
        run: record.id,
        expected: Vec::new(),
        extracted: Mutex::default(),
        ready: Mutex::default(),
        suffix: ".txz",
        jobs: 1,
        fresh,
        jails: Arc::new(SimJails(Arc::clone(shared))),
        logs: world.place.join("logs"),
        how: How::default(),
        stop: &shared.stop,
        events: &|_| {},
        adopted: Mutex::default(),
        distfiles: Arc::default(),
        limits: limits(),
        slots: Arc::new(Slots::new(SLOTS as usize)),
        halt: Arc::new(Halt::new(&shared.stop)),
        frozen: Arc::default(),
    }
}

/// A log of two KiB is a full one.
fn limits() -> &'static PortLimits {
    static LIMITS: std::sync::OnceLock<PortLimits> = std::sync::OnceLock::new();
    LIMITS.get_or_init(|| PortLimits { log_size: PerPort::of(2048), ..PortLimits::default() })
}

/// After every run, whatever happened in it.
fn check(
    world: &World,
    plan: &Plan,
    report: &Report,
    started: &[JobId],
    before: &BTreeMap<String, Vec<u8>>,
) -> Result<(), String> {
    let summary = &report.summary;
    let unstarted = report.ends.iter().filter(|end| **end == JobEnd::NotStarted).count();
    let done = summary.built + summary.failed + summary.skipped + summary.interrupted + summary.fresh + unstarted;
    if done != plan.jobs.len() {
        return Err(format!("the counters do not add up: {summary:?}"));
    }
    if started.iter().collect::<BTreeSet<_>>().len() != started.len() {
        return Err(format!("built twice: {started:?}"));
    }
    for id in started {
        for depend in &plan.job(*id).depends {
            if !is_good(&report.ends[depend.job.index()]) {
                return Err(format!("p{} was started without p{}", id.0, depend.job.0));
            }
        }
    }
    let after = files(world);
    for (job, end) in plan.jobs.iter().zip(&report.ends) {
        let (old, new) = (before.get(&job.pkgfile), after.get(&job.pkgfile));
        if *end == JobEnd::Built && (new.is_none() || world.store.trace(&job.spec).unwrap().is_none()) {
            return Err(format!("{} is built and not there", job.spec));
        }
        if *end != JobEnd::Built && old != new {
            // In place, but not recorded: only where the store failed.
            return Err(format!("{} has another package though it is {end:?}", job.spec));
        }
    }
    let running = world.store.recover().unwrap();
    if !(running.runs.is_empty() && running.builds.is_empty()) {
        return Err(format!("recorded as running after the run: {running:?}"));
    }
    let odd: Vec<&String> = after.keys().filter(|name| !name.ends_with("-1.pkg")).collect();
    if odd.is_empty() { Ok(()) } else { Err(format!("left over: {odd:?}")) }
}

fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let names = world.repository().read_dir_utf8().unwrap().map(|entry| entry.unwrap());
    names.map(|entry| (entry.file_name().to_owned(), fs::read(entry.path()).unwrap())).collect()
}

const IN_BETWEEN: &str = "power cut before the trace";

/// The real worker; but sometimes the power is cut when a package is in place and not yet recorded.
struct CutInBetween<'a> {
    worker: &'a Worker<'a>,
    world: &'a World,
    shared: &'a Shared,
}

impl Runner for CutInBetween<'_> {
    fn judge(&self, job: JobId) -> Verdict {
        self.worker.judge(job)
    }

    fn build(&self, id: JobId, slot: SlotId) -> Outcome {
        if self.shared.fault(IN_BETWEEN, 200) {
            let fresh = &self.worker.fresh;
            let job = fresh.plan.job(id);
            let recipe = fresh.recipe(&job.spec).as_ref().clone();
            let made = Made { build: Uuid::from_u128(1), depends: fresh.depend_traces(job), recipe };
            let bytes = self.shared.tree.package(id.index(), &self.shared.repository);
            placing::put(&self.world.store, fresh.packages, job, made, &mut bytes.as_slice()).unwrap();
            self.shared.cut();
        }
        self.worker.build(id, slot)
    }

    fn expected(&self, job: JobId) -> Duration {
        self.worker.expected(job)
    }

    fn memory(&self, job: JobId) -> u64 {
        self.worker.memory(job)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        self.worker.keeps(slot)
    }
}

/// A planted bug.
struct Unannounced<'a> {
    worker: &'a Worker<'a>,
    shared: &'a Shared,
}

impl Runner for Unannounced<'_> {
    fn judge(&self, job: JobId) -> Verdict {
        self.worker.judge(job)
    }

    fn build(&self, id: JobId, slot: SlotId) -> Outcome {
        if self.shared.fault(IN_BETWEEN, 2000) {
            let packages = self.worker.fresh.packages;
            let bytes = self.shared.tree.package(id.index(), &self.shared.repository);
            packages.repository.put(&self.worker.fresh.plan.job(id).pkgfile, &mut bytes.as_slice()).unwrap();
            self.shared.cut();
        }
        self.worker.build(id, slot)
    }

    fn expected(&self, job: JobId) -> Duration {
        self.worker.expected(job)
    }

    fn memory(&self, job: JobId) -> u64 {
        self.worker.memory(job)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        self.worker.keeps(slot)
    }
}

/// A planted bug.
struct TraceFirst<'a> {
    worker: &'a Worker<'a>,
    world: &'a World,
    shared: &'a Shared,
}

impl Runner for TraceFirst<'_> {
    fn judge(&self, job: JobId) -> Verdict {
        self.worker.judge(job)
    }

    fn build(&self, id: JobId, slot: SlotId) -> Outcome {
        let job = self.worker.fresh.plan.job(id);
        // What the package will say of itself.
        let bytes = self.shared.tree.package(id.index(), &self.shared.repository);
        let aside = Repository::open(&self.world.place.join("aside")).unwrap();
        let package = aside.put(&job.pkgfile, &mut bytes.as_slice()).unwrap();
        let mut record = BuildRecord::begin(self.worker.run, job.spec.clone(), "1");
        record.status = BuildStatus::Success;
        let trace = Trace {
            build: Some(record.id),
            recipe: job.recipe,
            depends: self.worker.fresh.depend_traces(job),
            pkgfile: job.pkgfile.clone(),
            package,
        };
        let recipe = self.worker.fresh.recipe(&job.spec);
        let success = Success {
            record: &record,
            crc: job.crc,
            trace: &trace,
            recipe: &recipe,
            stamp: None,
            cost: Cost::default(),
        };
        self.world.store.record_success(&success).unwrap();
        self.worker.build(id, slot)
    }

    fn expected(&self, job: JobId) -> Duration {
        self.worker.expected(job)
    }

    fn memory(&self, job: JobId) -> u64 {
        self.worker.memory(job)
    }

    fn keeps(&self, slot: SlotId) -> bool {
        self.worker.keeps(slot)
    }
}
