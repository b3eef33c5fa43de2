//! What a round of `watch` comes to, and how it is told.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Event, EventSink, Fate, Fingerprint, Job, JobId, Notice, OriginSpec, Plan, Reason, Verdict};

use super::build::announce;

/// So many are named in a line.
const NAMED: usize = 3;

/// What is to be done, and what cannot be done.
pub(super) struct Outlook<'p> {
    plan: &'p Plan,
    /// To be built, and why; what they need comes first.
    pub(super) dirty: Vec<(JobId, Vec<Reason>)>,
}

/// What was told so far, so that only news is told again.
#[derive(Default)]
pub(super) struct Told {
    rounds: usize,
    dirty: BTreeMap<OriginSpec, (Fingerprint, Vec<Reason>)>,
    fates: BTreeMap<OriginSpec, Fate>,
    notices: BTreeSet<Notice>,
}

impl<'p> Outlook<'p> {
    /// Leaves out what `failed` when it was made from the same, and what waits for that.
    pub(super) fn new(
        plan: &'p Plan,
        mut verdicts: BTreeMap<JobId, Verdict>,
        failed: impl Fn(JobId) -> bool,
    ) -> Outlook<'p> {
        let mut dirty = Vec::new();
        let (mut hopeless, mut changing) = (BTreeSet::new(), BTreeSet::new());
        for id in plan.ids() {
            let needs = |jobs: &BTreeSet<JobId>| plan.job(id).depends.iter().any(|depend| jobs.contains(&depend.job));
            if plan.job(id).fate != Fate::Open || needs(&hopeless) {
                hopeless.insert(id);
            } else if let Some(Verdict::Dirty(reasons)) = verdicts.remove(&id) {
                if !needs(&changing) && failed(id) {
                    hopeless.insert(id);
                } else {
                    changing.insert(id);
                    dirty.push((id, reasons));
                }
            }
        }
        Outlook { plan, dirty }
    }

    /// A plan of what is to be built and what that needs, and of what it should be said of that it cannot be built.
    pub(super) fn to_build(&self, told: &Told, all: bool) -> Plan {
        if self.dirty.is_empty() && !all {
            return Plan::default();
        }
        let closed = told.closed(self);
        self.plan.only(self.dirty.iter().map(|(id, _)| *id).chain(closed))
    }
}

impl Told {
    pub(super) fn is_empty(&self) -> bool {
        self.rounds == 0
    }

    /// One line: what changed, what is to be built now that was not before, and why. Nothing if nothing is new.
    pub(super) fn tell(&self, outlook: &Outlook<'_>, changed: &[String], events: &dyn EventSink) {
        let new: Vec<Notice> =
            outlook.plan.notices.iter().filter(|notice| !self.notices.contains(notice)).cloned().collect();
        announce(&new, events);
        let news: Vec<String> = self.news(outlook).map(|(spec, reasons)| effect(spec, reasons)).collect();
        let closed = self.closed(outlook).count();
        if changed.is_empty() && news.is_empty() && closed == 0 && !self.is_empty() {
            return;
        }
        let cause = match (changed, self.is_empty()) {
            (_, true) => "the tree as it is".to_owned(),
            ([], false) => "after the builds".to_owned(),
            (changed, false) => some(changed),
        };
        let effect = match news.len() {
            0 => "nothing more to build".to_owned(),
            count => format!("{count} to be built: {}", some(&news)),
        };
        let closed = if closed > 0 { format!("; {closed} cannot be built") } else { String::new() };
        events.send(Event::Note { text: format!("round {}: {cause}; {effect}{closed}", self.rounds + 1) });
    }

    /// The rest, where no run will tell it: what cannot be built, and with `dirty` each port to be built.
    pub(super) fn tell_all(&self, outlook: &Outlook<'_>, dirty: bool, events: &dyn EventSink) {
        self.closed(outlook).filter_map(|id| fate(outlook.plan.job(id))).for_each(|event| events.send(event));
        if dirty {
            for (spec, _) in self.news(outlook) {
                events.send(Event::Note { text: format!("  N => {spec}") });
            }
        }
    }

    pub(super) fn remember(&mut self, outlook: &Outlook<'_>) {
        let job = |id: &JobId| outlook.plan.job(*id);
        self.rounds += 1;
        self.dirty = outlook
            .dirty
            .iter()
            .map(|(id, reasons)| (job(id).spec.clone(), (job(id).recipe, reasons.clone())))
            .collect();
        let closed = outlook.plan.jobs.iter().filter(|job| job.fate != Fate::Open);
        self.fates = closed.map(|job| (job.spec.clone(), job.fate.clone())).collect();
        self.notices = outlook.plan.notices.iter().cloned().collect();
    }

    /// What is to be built for other reasons, or from something else, than in the round before.
    fn news<'o>(&self, outlook: &'o Outlook<'_>) -> impl Iterator<Item = (&'o OriginSpec, &'o [Reason])> {
        let is_news = |(id, reasons): &&(JobId, Vec<Reason>)| {
            let job = outlook.plan.job(*id);
            self.dirty.get(&job.spec).is_none_or(|(recipe, before)| before != reasons || *recipe != job.recipe)
        };
        outlook.dirty.iter().filter(is_news).map(|(id, reasons)| (&outlook.plan.job(*id).spec, reasons.as_slice()))
    }

    /// What the tree says no to, if it said something else before.
    fn closed(&self, outlook: &Outlook<'_>) -> impl Iterator<Item = JobId> {
        let plan = outlook.plan;
        let is_news = |job: &Job| job.fate != Fate::Open && self.fates.get(&job.spec) != Some(&job.fate);
        plan.ids().filter(move |id| is_news(plan.job(*id)))
    }
}

fn effect(spec: &OriginSpec, reasons: &[Reason]) -> String {
    let more = if reasons.len() > 1 { format!(" and {} more", reasons.len() - 1) } else { String::new() };
    match reasons.first() {
        Some(reason) => format!("{spec} ({reason}{more})"),
        None => spec.to_string(),
    }
}

/// The first few of a list.
fn some(list: &[String]) -> String {
    let more = list.len().saturating_sub(NAMED);
    let named = list[..list.len() - more].join(", ");
    if more > 0 { format!("{named} and {more} more") } else { named }
}

fn fate(job: &Job) -> Option<Event> {
    let (spec, pkgfile) = (job.spec.clone(), job.pkgfile.clone());
    match &job.fate {
        Fate::Open => None,
        Fate::Ignored(reason) => Some(Event::Ignored { spec, pkgfile, reason: reason.clone(), skips: 0 }),
        Fate::Skipped(chain) => Some(Event::Skipped { spec, pkgfile, chain: chain.clone() }),
        Fate::Broken(reason) => Some(Event::Broken { spec, reason: reason.clone() }),
        Fate::Cyclic(cycle) => Some(Event::Broken { spec, reason: format!("dependency cycle: {cycle}") }),
    }
}
