//! Is a ready job dirty? Its recipe and the packages its dependencies really ended up with, against its trace.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{DependTrace, Job, JobId, OriginSpec, PackageFacts, Plan, Reason, Recipe, Trace, Verdict};
use crate::queries::inputs::{OldRecord, Recorded, Rules};
use crate::queries::needs_build::{DependNow, Expected, Ingredients, judge};
use crate::store::{Store, StoreError};

use super::packages::Packages;

/// What packages are made from.
pub type Recipes = BTreeMap<OriginSpec, Arc<Recipe>>;

/// What a decision needs, for all jobs of a plan.
pub struct Fresh<'a> {
    pub plan: Arc<Plan>,
    /// Empty where nothing will be built.
    pub recipes: Recipes,
    pub packages: &'a Packages,
    /// Traces are looked up when they are needed: a whole tree's are hundreds of megabytes, and builds write new ones.
    pub store: &'a Store,
    /// For packages without a trace.
    pub old: BTreeMap<OriginSpec, OldRecord>,
    pub forced: BTreeSet<JobId>,
    pub rules: Rules,
}

impl Fresh<'_> {
    /// Asked once, when the dependencies are all in place.
    pub fn verdict(&self, id: JobId) -> Verdict {
        let job = self.plan.job(id);
        let (now, before) = (|| self.recipe(&job.spec), || self.store.traced_recipe(&job.spec).ok()?);
        let recipe = Ingredients { fingerprint: job.recipe, now: &now, before: &before };
        let need = judge(&recipe, &|| self.depends(job), &self.recorded(job), self.rules);
        with_force(need.verdict, self.forced.contains(&id))
    }

    /// What a job is made from.
    pub fn recipe(&self, spec: &OriginSpec) -> Arc<Recipe> {
        self.recipes.get(spec).cloned().unwrap_or_default()
    }

    /// What is recorded of a job: its trace, and its package as it is now.
    pub fn recorded(&self, job: &Job) -> Recorded {
        self.recorded_with(self.store.trace(&job.spec), job)
    }

    /// The same, by a trace that was looked up already.
    pub fn recorded_with(&self, trace: Result<Option<Trace>, StoreError>, job: &Job) -> Recorded {
        Recorded {
            damaged: trace.is_err(),
            trace: trace.unwrap_or_default(),
            package: self.package(job),
            old: self.old.get(&job.spec).copied(),
        }
    }

    /// A job's package, if there is one that can be read and is what its name says.
    fn package(&self, job: &Job) -> Option<PackageFacts> {
        self.packages.facts(&job.pkgfile).filter(|facts| facts.pkgname() == job.pkgname)
    }

    /// The dependencies' packages, as a trace keeps them.
    pub fn depend_traces(&self, job: &Job) -> Vec<DependTrace> {
        let depends = self.depends(job).into_iter().filter_map(|now| match now.package {
            Expected::Output(output) => {
                Some(DependTrace { spec: now.spec.clone(), kinds: now.kinds, pkgname: now.pkgname.to_owned(), output })
            }
            Expected::Changed => None,
        });
        depends.collect()
    }

    /// A package that was found without a trace counts as up to date; this is the trace it gets.
    ///
    /// None if it only passes because `-xx` looks away from its port: a trace would hide that for good.
    pub fn adopted(&self, job: &Job) -> Option<Trace> {
        if self.old.get(&job.spec).is_some_and(OldRecord::changed) {
            return None;
        }
        let package = self.package(job)?;
        let depends = self.depend_traces(job);
        Some(Trace { build: None, recipe: job.recipe, depends, pkgfile: job.pkgfile.clone(), package })
    }

    fn depends(&self, job: &Job) -> Vec<DependNow<'_>> {
        job.needs()
            .map(|depend| {
                let on = self.plan.job(depend.job);
                let package = self.package(on);
                let package = package.map_or(Expected::Changed, |facts| Expected::Output(facts.output));
                DependNow { spec: &on.spec, kinds: depend.kinds, pkgname: &on.pkgname, package }
            })
            .collect()
    }
}

/// Force comes first among the reasons (design 0.3).
pub fn with_force(verdict: Verdict, forced: bool) -> Verdict {
    if !forced {
        return verdict;
    }
    let mut reasons = vec![Reason::Forced];
    if let Verdict::Dirty(others) = verdict {
        reasons.extend(others);
    }
    Verdict::Dirty(reasons)
}
