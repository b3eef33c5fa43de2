//! From a profile to a database of queries, and from there to plans and forecasts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{MakeConf, Profile, scan_environment, scan_facts};
use crate::model::{
    Chart, Evaluator, Fingerprint, JobId, OriginSpec, Plan, Platform, Recipe, Stop, Verdict, with_causes,
};
use crate::queries::chart::chart;
use crate::queries::graph::Scan;
use crate::queries::inputs::{Pkg, Recorded, Rules, SettingsFields};
use crate::queries::needs_build::{needs_build, unrecorded};
use crate::queries::plan::{PlanError, plan};
use crate::queries::recipe::recipe;
use crate::queries::request::Request;
use crate::queries::{Database, Db};
use crate::store::{Store, StoreError};
use crate::system::disk::Disk;
use crate::system::host::{self, HostMake};
use crate::system::make::MakeTool;
use crate::system::native::{Compared, NativeMake};
use crate::system::os::OsSystem;
use crate::system::watch::Changes;

use super::dialect::dialect;
use super::findings::{SavedScans, save_disk};
use super::fresh::Recipes;
use super::reading::{Reading, reading};

/// How often a tree is read that changes meanwhile.
const ATTEMPTS: usize = 3;

/// How long `make` may take for one port.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Holds the only database, and lends no handle of it: nothing that is built may keep an input from being set.
pub struct Planner {
    /// What the user should know of how the tree is read.
    pub notices: Vec<String>,
    db: Database,
    system: Arc<OsSystem>,
    scans: Arc<SavedScans>,
    store: Arc<Store>,
    ports: Utf8PathBuf,
    native: Option<Arc<NativeMake>>,
}

/// What makes a tree readable on this host.
#[derive(Debug, thiserror::Error)]
pub enum PlannerError {
    #[error(transparent)]
    Host(#[from] host::HostError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("`{path}` is no ports tree: {reason}; set Directory_portsdir to one")]
    NoTree { path: Utf8PathBuf, reason: String },
}

impl Planner {
    pub fn new(
        profile: &Profile,
        make_conf: &MakeConf,
        platform: &Platform,
        rules: Rules,
        store: &Arc<Store>,
        stop: &Stop,
    ) -> Result<Planner, PlannerError> {
        check_tree(&profile.portsdir)?;
        let facts = scan_facts(platform, cfg!(target_os = "linux"));
        let host = HostMake::for_scan(&profile.buildbase, &facts)?;
        if profile.evaluator != Evaluator::Native {
            host.is_here()?;
        }
        let mut environment = scan_environment(profile, platform, make_conf.path.as_deref());
        environment.extend(host.environment(platform));
        let make = MakeTool { program: host.program, arguments: host.arguments, environment, time_limit: TIME_LIMIT };
        let dialect = dialect(&make.program, store)?;
        let said = format!("{}{facts:?}{:?}{dialect:?}", make_conf.text, make.environment);
        let Reading { make, native, trouble } = reading(make, host.makefiles, dialect, profile, make_conf, stop);
        let system = Arc::new(OsSystem { disk: Disk::with(store.disk()?), make: Box::new(make) });
        let scans = Arc::new(SavedScans::new(store.clone()));
        let settings = SettingsFields {
            ports: profile.portsdir.clone(),
            options: profile.options.clone(),
            localbase: profile.empty_dir(),
            evaluation: format!("{said}{}", trouble.is_some()),
            abi: platform.abi(),
            rules,
        };
        let notices = trouble.into_iter().map(|error| {
            format!(
                "the ports tree is read without a jail, so what this host has installed may change what ports say: {}",
                with_causes(&error)
            )
        });
        Ok(Planner {
            notices: notices.collect(),
            db: Database::new(system.clone(), scans.clone(), settings),
            system,
            scans,
            store: store.clone(),
            ports: profile.portsdir.clone(),
            native,
        })
    }

    /// For those who measure: queries may be asked directly.
    pub fn database(&self) -> &Database {
        &self.db
    }

    /// What came of comparing our own reader with `make`; of a few that were equal nothing is said.
    pub fn comparison(&self) -> Vec<String> {
        let Some(native) = &self.native else { return Vec::new() };
        let Compared { answers, is_sample, seed, different } = native.compared();
        let summary =
            format!("{answers} evaluations compared with make (DSYNTH_SEED={seed}), {} different", different.len());
        if answers > 0 {
            tracing::debug!("{summary}");
        }
        if different.is_empty() && !is_sample && !native.compares_all() {
            return Vec::new();
        }
        different.into_iter().chain([summary]).collect()
    }

    pub fn plan(
        &mut self,
        request: &Request,
        strict: bool,
        progress: &(dyn Fn(usize, usize) + Sync),
        stop: &Stop,
    ) -> Result<Plan, PlanError> {
        let plan = self.settled(stop, |db| plan(db, request, strict, progress, stop));
        // A port that was stopped in the middle looks broken.
        if stop.requested() { Err(PlanError::Interrupted) } else { plan }
    }

    /// The plan that an earlier process made, if nothing changed since that any plan is made from; no query runs.
    pub fn recall(&mut self, request: &Request, strict: bool) -> Option<Arc<Plan>> {
        let asked = self.system.disk.is_as_before().then(|| self.asked(request, strict))?;
        let plan = Arc::new(self.store.plan(asked).ok()??);
        self.db.remember(&plan);
        Some(plan)
    }

    /// Keeps a plan for `recall`. One that may not last is none to keep.
    pub fn remember(&self, request: &Request, strict: bool, plan: &Plan) {
        if self.db.is_lasting()
            && self.system.disk.is_as_before()
            && let Err(error) = self.store.keep_plan(self.asked(request, strict), plan)
        {
            tracing::warn!(%error, "cannot keep the plan");
        }
    }

    /// What a plan answers: the request, and all that decides beside the files of the tree. Another program may make
    /// another plan of it.
    fn asked(&self, request: &Request, strict: bool) -> Fingerprint {
        let SettingsFields { ports, options, localbase, evaluation, abi, rules: _ } =
            self.db.settings().fields(&self.db);
        let program =
            std::env::current_exe().and_then(std::fs::metadata).map(|meta| (meta.len(), meta.modified().ok()));
        let text = format!("{:?}", (ports, options, localbase, evaluation, abi, request, strict, program.ok()));
        Fingerprint::of(text.as_bytes())
    }

    /// Keeps what was found out for the next process. What cannot be kept is found out again.
    pub fn save(&self) {
        let saved = self.scans.flush().and_then(|()| save_disk(&self.system.disk, &self.ports, &self.store));
        if let Err(error) = saved {
            tracing::warn!(%error, "cannot keep what the scan found out");
        }
    }

    /// See `queries::chart`.
    pub fn chart(
        &mut self,
        roots: &Request,
        among: &Request,
        progress: &(dyn Fn(usize, usize) + Sync),
        stop: &Stop,
    ) -> Result<Chart, PlanError> {
        self.settled(stop, |db| chart(db, roots, among, &Scan::new(progress, stop)))
    }

    /// If the tree changes meanwhile, what changed is read again; where that has no end, the ports that it is about
    /// complain. What was found out is kept, of an interrupted scan too.
    fn settled<T>(&mut self, stop: &Stop, work: impl Fn(&Database) -> T) -> T {
        for _ in 1..ATTEMPTS {
            let found = work(&self.db);
            self.save();
            if stop.requested() || !self.db.take_moved() {
                return found;
            }
            self.db.refresh();
        }
        let found = work(&self.db);
        self.save();
        found
    }

    /// What each open job of a plan is made from; what is built leaves it beside its trace.
    pub fn recipes(&self, plan: &Plan) -> Recipes {
        plan.open().map(|id| (plan.job(id).spec.clone(), self.recipe(&plan.job(id).spec))).collect()
    }

    pub fn recipe(&self, spec: &OriginSpec) -> Arc<Recipe> {
        recipe(&self.db, Pkg::new(&self.db, spec.clone())).clone()
    }

    /// Whether each open job would be built now, and why: the same decision as in a run, each dependency taken as
    /// it is expected to come out.
    pub fn needs(&mut self, plan: &Plan, mut recorded: impl FnMut(JobId) -> Recorded) -> BTreeMap<JobId, Verdict> {
        let (nothing, never_built) = (Recorded::default(), unrecorded());
        let (mut verdicts, mut open) = (Vec::new(), Vec::new());
        for (id, pkg) in self.names(plan) {
            let recorded = recorded(id);
            match recorded == nothing {
                true => verdicts.push((id, never_built.clone())),
                false => open.push((id, pkg)),
            }
            self.db.set_recorded(pkg, recorded);
        }
        verdicts.extend(self.judged(open));
        verdicts.into_iter().collect()
    }

    /// Takes over what is recorded of a package.
    pub fn record(&mut self, spec: &OriginSpec, recorded: Recorded) {
        self.db.set_recorded(Pkg::new(&self.db, spec.clone()), recorded);
    }

    /// See `needs`: by what was recorded so far.
    pub fn verdicts(&self, plan: &Plan) -> BTreeMap<JobId, Verdict> {
        self.judged(self.names(plan))
    }

    /// Open jobs, as queries name them.
    fn names(&self, plan: &Plan) -> Vec<(JobId, Pkg)> {
        match self.db.remembered().plan(&self.db) {
            Some(known) if std::ptr::eq(&*known.plan, plan) => {
                plan.open().map(|id| (id, known.pkgs[id.index()])).collect()
            }
            _ => plan.open().map(|id| (id, Pkg::new(&self.db, plan.job(id).spec.clone()))).collect(),
        }
    }

    /// In the plan's order, so that a dependency's answer is there when its dependents ask.
    fn judged(&self, jobs: Vec<(JobId, Pkg)>) -> BTreeMap<JobId, Verdict> {
        jobs.into_iter().map(|(id, pkg)| (id, needs_build(&self.db, pkg).verdict.clone())).collect()
    }

    /// At the end of a process: the system takes its memory back at once, and we would do it name by name.
    pub fn leave(self) {
        self.system.disk.leave();
    }

    /// Looks at what may have changed; answers with the paths that are different, or with `None` if every answer stands.
    pub fn take_over(&mut self, changes: &Changes) -> Option<BTreeSet<Utf8PathBuf>> {
        let changed = self.db.take_over(changes);
        (self.db.try_again() || !changed.is_empty()).then_some(changed)
    }
}

fn check_tree(ports: &Utf8Path) -> Result<(), PlannerError> {
    let no_tree = |reason: String| PlannerError::NoTree { path: ports.to_owned(), reason };
    let mut entries = std::fs::read_dir(ports).map_err(|error| no_tree(error.to_string()))?;
    if entries.next().is_none() {
        return Err(no_tree("it is empty".into()));
    }
    if ports.join("Mk").is_dir() { Ok(()) } else { Err(no_tree("it has no `Mk` directory".into())) }
}
