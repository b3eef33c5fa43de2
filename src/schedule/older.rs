//! What goes on when one plan takes the place of another.

use std::collections::BTreeMap;

use crate::model::{Fate, Fingerprint, JobId, OriginSpec, Plan, SlotId, Summary};

/// What a walk leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) running: BTreeMap<SlotId, Build>,
    /// What was counted so far.
    pub(super) summary: Summary,
}

/// A build in its slot, as it was begun.
#[derive(Clone, Debug)]
pub(super) struct Build {
    pub(super) spec: OriginSpec,
    pub(super) pkgfile: String,
    pub(super) meta: bool,
    recipe: Fingerprint,
    pub(super) part: Part,
}

/// What a build is to the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// It builds this job.
    Job(JobId),
    /// This job is the same port made from something else now: it comes after.
    Before(JobId),
    Nothing,
}

impl Build {
    pub(super) fn of(plan: &Plan, id: JobId) -> Build {
        let job = plan.job(id);
        let (spec, pkgfile, recipe) = (job.spec.clone(), job.pkgfile.clone(), job.recipe);
        Build { spec, pkgfile, meta: job.meta, recipe, part: Part::Job(id) }
    }

    fn beside(mut self, plan: &Plan) -> Build {
        let job = plan.find(&self.spec).filter(|id| plan.job(*id).fate == Fate::Open);
        self.part = match job {
            Some(id) if plan.job(id).recipe == self.recipe => Part::Job(id),
            Some(id) => Part::Before(id),
            None => Part::Nothing,
        };
        self
    }
}

impl Left {
    /// The builds that go on, beside another plan.
    pub(super) fn builds_beside(&self, plan: &Plan) -> BTreeMap<SlotId, Build> {
        self.running.iter().map(|(slot, build)| (*slot, build.clone().beside(plan))).collect()
    }
}
