//! From a profile to a database of queries, and from there to plans and forecasts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{MakeConf, Profile, scan_environment, scan_facts};
use crate::model::{Chart, Fate, JobId, Plan, Platform, Stop, Verdict};
use crate::queries::Database;
use crate::queries::chart::chart;
use crate::queries::graph::Scan;
use crate::queries::inputs::{Pkg, Recorded, Rules, SettingsFields};
use crate::queries::needs_build::needs_build;
use crate::queries::plan::{PlanError, plan};
use crate::queries::request::Request;
use crate::system::host::{self, HostMake};
use crate::system::make::MakeTool;
use crate::system::os::OsSystem;

/// How long `make` may take for one port.
const TIME_LIMIT: Duration = Duration::from_secs(120);

/// Holds the only database. It is dropped before anything is built, so that no handle outlives planning.
pub struct Planner {
    db: Database,
}

/// What makes a tree readable on this host.
#[derive(Debug, thiserror::Error)]
pub enum PlannerError {
    #[error(transparent)]
    Host(#[from] host::HostError),
    #[error("`{path}` is no ports tree: {reason}; set Directory_portsdir to one")]
    NoTree { path: Utf8PathBuf, reason: String },
}

impl Planner {
    pub fn new(
        profile: &Profile,
        make_conf: &MakeConf,
        platform: &Platform,
        rules: Rules,
    ) -> Result<Planner, PlannerError> {
        check_tree(&profile.portsdir)?;
        let facts = scan_facts(platform, cfg!(target_os = "linux"));
        let host = HostMake::for_scan(&profile.buildbase, &facts)?;
        let mut environment = scan_environment(profile, platform, make_conf.path.as_deref());
        environment.extend(host.environment(platform));
        let settings = SettingsFields {
            ports: profile.portsdir.clone(),
            localbase: profile.empty_dir(),
            evaluation: format!("{}{facts:?}{environment:?}", make_conf.text),
            abi: platform.abi(),
            rules,
        };
        let make = MakeTool { program: host.program, arguments: host.arguments, environment, time_limit: TIME_LIMIT };
        Ok(Planner { db: Database::new(Arc::new(OsSystem { make }), settings) })
    }

    /// For those who measure: queries may be asked directly.
    pub fn database(&self) -> &Database {
        &self.db
    }

    pub fn plan(
        &self,
        request: &Request,
        strict: bool,
        progress: &(dyn Fn(usize, usize) + Sync),
        stop: &Stop,
    ) -> Result<Plan, PlanError> {
        plan(&self.db, request, strict, progress, stop)
    }

    /// See `queries::chart`.
    pub fn chart(
        &self,
        roots: &Request,
        among: &Request,
        progress: &(dyn Fn(usize, usize) + Sync),
        stop: &Stop,
    ) -> Result<Chart, PlanError> {
        chart(&self.db, roots, among, &Scan::new(progress, stop))
    }

    /// Whether each open job would be built now, and why: the same decision as in a run, each dependency taken as
    /// it is expected to come out.
    pub fn needs(&mut self, plan: &Plan, recorded: impl Fn(JobId) -> Recorded) -> BTreeMap<JobId, Verdict> {
        let open: Vec<JobId> = plan.ids().filter(|id| plan.job(*id).fate == Fate::Open).collect();
        for id in &open {
            self.db.set_recorded(&plan.job(*id).spec, recorded(*id));
        }
        let db = &self.db;
        // In the plan's order, so that a dependency's answer is there when its dependents ask.
        let verdict = |id: JobId| needs_build(db, Pkg::new(db, plan.job(id).spec.clone())).verdict.clone();
        open.into_iter().map(|id| (id, verdict(id))).collect()
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
