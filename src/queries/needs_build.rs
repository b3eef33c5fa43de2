//! Whether a package is out of date, and why (design 0.3).

use std::sync::Arc;

use super::Db;
use super::graph::edges;
use super::inputs::{OldRecord, Pkg, Recorded, RememberedPlan, Rules};
use super::port::port;
use super::recipe::{fingerprint, recipe};
use crate::model::{
    Change, DependTrace, FileChange, FileFate, Fingerprint, Job, KindSet, OriginSpec, PackageFacts, Reason, Recipe,
    RecipePart, SourceFile, Trace, Verdict,
};

/// A dependency's package as the dependent would find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DependNow<'a> {
    pub spec: &'a OriginSpec,
    pub kinds: KindSet,
    /// `name-version`.
    pub pkgname: &'a str,
    pub package: Expected,
}

/// The recipe of a job: its fingerprint decides, and what it and the recorded one are made of is asked for only where
/// they differ.
pub struct Ingredients<'a> {
    pub fingerprint: Fingerprint,
    pub now: &'a dyn Fn() -> Arc<Recipe>,
    pub before: &'a dyn Fn() -> Option<Recipe>,
}

/// What a job's package comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    Output(Fingerprint),
    /// It will be made from a changed recipe; until it is there it counts as different.
    Changed,
}

/// The answer for one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub verdict: Verdict,
    /// What dependents will find once the verdict is carried out.
    pub package: Expected,
}

/// Whether a package is out of date, each dependency taken as it is expected to come out.
#[salsa::tracked(cycle_result = in_a_cycle)]
pub fn needs_build(db: &dyn Db, pkg: Pkg) -> Need {
    let (recorded, nothing) = (db.outcome(pkg).recorded(db), Recorded::default());
    let made = Made::of(db, pkg);
    let depends = || made.depends(db);
    let now = || recipe(db, pkg).clone();
    // Names the recorded fingerprint's recipe or counts for nothing, so nothing unseen decides here.
    let before = || db.saved().traced_recipe(pkg.spec(db));
    let ingredients = Ingredients { fingerprint: made.fingerprint(db), now: &now, before: &before };
    judge(&ingredients, &depends, recorded.as_deref().unwrap_or(&nothing), db.settings().fields(db).rules)
}

/// Where it says what a package would be made from.
enum Made<'db> {
    Tree(Pkg),
    Plan(&'db RememberedPlan, &'db Job),
}

impl<'db> Made<'db> {
    fn of(db: &'db dyn Db, pkg: Pkg) -> Made<'db> {
        let remembered = db.remembered().plan(db).as_ref();
        let job = remembered.and_then(|plan| Some((plan, plan.plan.job(*plan.places.get(&pkg)?))));
        job.map_or(Made::Tree(pkg), |(plan, job)| Made::Plan(plan, job))
    }

    fn fingerprint(&self, db: &dyn Db) -> Fingerprint {
        match self {
            Made::Tree(pkg) => fingerprint(db, *pkg),
            Made::Plan(_, job) => job.recipe,
        }
    }

    fn depends(&self, db: &'db dyn Db) -> Vec<DependNow<'db>> {
        let now = |target: Pkg, kinds, pkgname| DependNow {
            spec: target.spec(db),
            kinds,
            pkgname,
            package: needs_build(db, target).package,
        };
        match self {
            Made::Tree(pkg) => {
                let name = |pkg| port(db, pkg).as_ref().map_or("", |port| port.pkgname.as_str());
                edges(db, *pkg).iter().map(|(target, kinds)| now(*target, *kinds, name(*target))).collect()
            }
            Made::Plan(plan, job) => job
                .needs()
                .map(|depend| now(plan.pkgs[depend.job.index()], depend.kinds, &plan.plan.job(depend.job).pkgname))
                .collect(),
        }
    }
}

fn in_a_cycle(_: &dyn Db, _: salsa::Id, _: Pkg) -> Need {
    Need { verdict: Verdict::Dirty(vec![Reason::Cycle]), package: Expected::Changed }
}

/// Of a package of which nothing is recorded, whatever it would be made from.
pub fn unrecorded() -> Verdict {
    let ingredients = Ingredients { fingerprint: Fingerprint::default(), now: &Arc::default, before: &|| None };
    judge(&ingredients, &Vec::new, &Recorded::default(), Rules::default()).verdict
}

/// The one decision: is what is recorded still what would be made?
///
/// The dependencies are asked for only where they matter: what was never built is dirty whatever they are.
pub fn judge<'d>(
    recipe: &Ingredients<'_>,
    depends: &dyn Fn() -> Vec<DependNow<'d>>,
    recorded: &Recorded,
    rules: Rules,
) -> Need {
    let (mut reasons, mut same_recipe) = (Vec::new(), true);
    let changed = recorded.trace.as_ref().map(|trace| recipe.changes(trace.recipe)).unwrap_or_default();
    if recorded.damaged {
        reasons.push(Reason::RecordDamaged);
    } else if let Some(trace) = &recorded.trace {
        if !rules.ignore_recipe {
            reasons.extend(changed.iter().cloned());
        }
        let kept = |now: &&DependNow| rules.ignore_depends && !renamed(now, trace);
        reasons.extend(depends().iter().filter(|now| !kept(now)).filter_map(|now| follows(now, trace)));
    } else if let Some(package) = &recorded.package {
        if !rules.ignore_recipe {
            reasons.extend(recorded.old.and_then(changed_since));
        }
        if !rules.ignore_depends {
            reasons.extend(depends().iter().filter_map(|now| packaged_with_another(now, package)));
        }
    }
    if !reasons.is_empty() || recorded.trace.is_none() {
        same_recipe = false;
    }
    match (&recorded.package, &recorded.trace) {
        (None, None) => reasons.insert(0, Reason::NeverBuilt),
        (None, Some(trace)) => match changed.into_iter().find(is_name) {
            None => reasons.insert(0, Reason::PackageMissing { pkgfile: trace.pkgfile.clone() }),
            // The old package may well be there; under the new name there never was one.
            Some(reason) if !reasons.contains(&reason) => reasons.insert(0, reason),
            Some(_) => {}
        },
        (Some(_), _) => {}
    }
    let before = recorded.trace.as_ref().map(|trace| &trace.package);
    let package = match (recorded.package.as_ref(), before) {
        (Some(package), _) if reasons.is_empty() => Expected::Output(package.output),
        (None, Some(package)) if same_recipe => Expected::Output(package.output),
        _ => Expected::Changed,
    };
    let verdict = if reasons.is_empty() { Verdict::Fresh } else { Verdict::Dirty(reasons) };
    Need { verdict, package }
}

/// For a package without a trace, what an older dsynth recorded stands for its recipe.
fn changed_since(old: OldRecord) -> Option<Reason> {
    let OldRecord { program, before, now } = old;
    old.changed().then_some(Reason::OldRecord { program, before, now })
}

impl Ingredients<'_> {
    fn changes(&self, recorded: Fingerprint) -> Vec<Reason> {
        if recorded == self.fingerprint {
            return Vec::new();
        }
        match (self.before)().filter(|before| before.fingerprint() == recorded) {
            Some(before) => changes(&before, &(self.now)()),
            None => vec![Reason::RecipeUnknown],
        }
    }
}

/// The parts of two recipes that are different.
fn changes(before: &Recipe, now: &Recipe) -> Vec<Reason> {
    let reason =
        |part: &RecipePart, change| Reason::Recipe { kind: part.kind.clone(), name: part.name.clone(), change };
    let mut reasons = Vec::new();
    for part in &now.parts {
        match same_part(before, part) {
            None => reasons.push(reason(part, Change::New)),
            Some(old) if old.digest != part.digest => reasons.push(reason(part, change(old, part))),
            Some(_) => {}
        }
    }
    let gone = before.parts.iter().filter(|part| same_part(now, part).is_none());
    reasons.extend(gone.map(|part| reason(part, Change::Gone)));
    if reasons.is_empty() {
        reasons.push(Reason::Reordered);
    }
    reasons
}

fn is_name(reason: &Reason) -> bool {
    matches!(reason, Reason::Recipe { name, .. } if name == "PKGNAME")
}

fn same_part<'a>(recipe: &'a Recipe, part: &RecipePart) -> Option<&'a RecipePart> {
    recipe.parts.iter().find(|other| other.kind == part.kind && other.name == part.name)
}

fn change(before: &RecipePart, now: &RecipePart) -> Change {
    if before.shown != now.shown {
        return Change::Value { before: before.shown.clone(), now: now.shown.clone() };
    }
    // Records of an older dsynth have no files: then which of them changed is not known.
    Change::Contents(if before.files.is_empty() { Vec::new() } else { file_changes(&before.files, &now.files) })
}

/// By name; both lists are sorted.
fn file_changes(before: &[SourceFile], now: &[SourceFile]) -> Vec<FileChange> {
    let find = |files: &[SourceFile], name: &String| {
        files.binary_search_by(|file| file.name.cmp(name)).ok().map(|place| files[place].crc)
    };
    let change = |file: &SourceFile, how| FileChange { name: file.name.clone(), how };
    let present = now.iter().filter_map(|file| match find(before, &file.name) {
        None => Some(change(file, FileFate::New)),
        Some(crc) if crc != file.crc => Some(change(file, FileFate::Changed)),
        Some(_) => None,
    });
    let gone = before.iter().filter(|file| find(now, &file.name).is_none());
    let mut changes: Vec<FileChange> = present.chain(gone.map(|file| change(file, FileFate::Gone))).collect();
    changes.sort_by(|a, b| a.name.cmp(&b.name));
    changes
}

/// The judgement of one edge: does this dependent have to follow that dependency, and why?
fn follows(now: &DependNow, trace: &Trace) -> Option<Reason> {
    let before: &DependTrace = trace.depends.iter().find(|depend| depend.spec == *now.spec)?;
    let changed = match now.package {
        Expected::Output(output) => output != before.output,
        Expected::Changed => true,
    };
    changed.then(|| moved_on(now, before.pkgname.clone()))
}

/// Whether a package that the dependent asks for by name is no longer made: then it cannot be installed any more,
/// and is of no use whatever is to be kept.
fn renamed(now: &DependNow, trace: &Trace) -> bool {
    let base = |pkgname: &str| pkgname.rsplit_once('-').map(|(base, _)| base.to_owned());
    let before = trace.depends.iter().find(|depend| depend.spec == *now.spec);
    now.kinds.installs() && before.is_some_and(|before| base(&before.pkgname) != base(now.pkgname))
}

/// The same for a package without a trace: all that is known is the versions in its manifest.
fn packaged_with_another(now: &DependNow, package: &PackageFacts) -> Option<Reason> {
    let (name, version) = now.pkgname.rsplit_once('-')?;
    let (_, before) = package.depends.iter().find(|(depend, _)| depend == name)?;
    (now.kinds.installs() && before != version).then(|| moved_on(now, format!("{name}-{before}")))
}

fn moved_on(now: &DependNow, before: String) -> Reason {
    Reason::Dependency { spec: now.spec.clone(), before, now: now.pkgname.to_owned() }
}
