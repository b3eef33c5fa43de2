//! Why each port asked for is fresh or dirty, down to what changed.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::model::{Asked, EventSink, Fate, Fingerprint, JobId, OriginSpec, Plan, Reason, Stop, Trace, Verdict};
use crate::queries::request::Request;
use crate::store::{BuildRecord, BuildStatus};

use super::build::{BuildOptions, announce};
use super::{Session, SessionError};

/// One port's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    pub spec: OriginSpec,
    /// File name in the repository; empty if the port could not be evaluated.
    pub pkgfile: String,
    /// Named by the user, as opposed to being the reason for another answer.
    pub asked: bool,
    pub answer: Answer,
    /// Its last build, if that failed and it is to be built.
    pub failed: Option<BuildRecord>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Fresh(Past),
    Dirty(Vec<Reason>),
    /// The tree says that it will never be built.
    Never(Fate),
}

/// What is known of a package that is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// Made by this build from the present recipe.
    Made(Uuid),
    /// By this one, from another recipe, which does not count (`-xx`).
    Kept(Uuid),
    /// Found without a record.
    Found,
}

impl Session {
    /// Answers for the ports of `request` by name, and for every port that is a reason in one of the answers.
    pub fn explain(
        &self,
        request: &Request,
        options: &BuildOptions,
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<Vec<Explained>, SessionError> {
        let (mut planner, plan) = self.plan(request, options, stop, events)?;
        announce(&plan.notices, events);
        let fresh = self.fresh(&plan, options, events)?;
        let needs = planner.needs(&plan, |id| fresh.recorded(plan.job(id)));
        self.tell_troubles(events);
        let mut explained = explain(&plan, &needs, |spec| self.store.trace(spec).ok().flatten());
        let dirty = explained.iter().filter(|one| matches!(one.answer, Answer::Dirty(_)));
        let mut ended = self.store.last_ended(dirty.map(|one| one.spec.clone()).collect())?;
        for one in &mut explained {
            one.failed = ended.remove(&one.spec).filter(|build| build.status == BuildStatus::Failed);
        }
        Ok(explained)
    }
}

/// Puts the verdicts of a plan together; sorted by port.
pub fn explain(
    plan: &Plan,
    needs: &BTreeMap<JobId, Verdict>,
    trace: impl Fn(&OriginSpec) -> Option<Trace>,
) -> Vec<Explained> {
    let places: BTreeMap<&OriginSpec, JobId> = plan.ids().map(|id| (&plan.job(id).spec, id)).collect();
    let asked = |id: &JobId| plan.job(*id).asked != Asked::Needed;
    let mut open: Vec<JobId> = plan.ids().filter(asked).collect();
    let mut seen: BTreeSet<JobId> = open.iter().copied().collect();
    let mut explained = Vec::new();
    while let Some(id) = open.pop() {
        let job = plan.job(id);
        let answer = match (&job.fate, needs.get(&id)) {
            (Fate::Open, Some(Verdict::Dirty(reasons))) => Answer::Dirty(reasons.clone()),
            (Fate::Open, _) => Answer::Fresh(Past::of(trace(&job.spec), job.recipe)),
            (fate, _) => Answer::Never(fate.clone()),
        };
        let causes = answer.causes();
        open.extend(causes.iter().filter_map(|spec| places.get(spec)).filter(|id| seen.insert(**id)));
        let (spec, pkgfile) = (job.spec.clone(), job.pkgfile.clone());
        explained.push(Explained { spec, pkgfile, asked: asked(&id), answer, failed: None });
    }
    explained.sort_by(|a, b| a.spec.cmp(&b.spec));
    explained
}

impl Past {
    fn of(trace: Option<Trace>, recipe: Fingerprint) -> Past {
        match trace.and_then(|trace| Some((trace.build?, trace.recipe))) {
            Some((build, before)) if before == recipe => Past::Made(build),
            Some((build, _)) => Past::Kept(build),
            None => Past::Found,
        }
    }
}

impl Answer {
    /// The ports whose own answers go on with this one.
    pub fn causes(&self) -> Vec<OriginSpec> {
        match self {
            Answer::Dirty(reasons) => reasons
                .iter()
                .filter_map(|reason| match reason {
                    Reason::Dependency { spec, .. } => Some(spec.clone()),
                    _ => None,
                })
                .collect(),
            Answer::Never(Fate::Skipped(chain)) => {
                chain.split("->").next().and_then(|spec| OriginSpec::parse(spec).ok()).into_iter().collect()
            }
            Answer::Fresh(_) | Answer::Never(_) => Vec::new(),
        }
    }
}
