//! Whether a package is out of date, and why (design 0.3).

use super::Db;
use super::graph::edges;
use super::inputs::{OldRecord, Pkg, Recorded, Rules};
use super::port::port;
use super::recipe::recipe;
use crate::model::{DependTrace, Fingerprint, KindSet, OriginSpec, PackageFacts, Recipe, Trace, Verdict};

/// A dependency's package as the dependent would find it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DependNow {
    pub spec: OriginSpec,
    pub kinds: KindSet,
    /// `name-version`.
    pub pkgname: String,
    pub package: Expected,
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
    let recorded = db.outcome(pkg.spec(db)).recorded(db).clone().unwrap_or_default();
    let depends: Vec<DependNow> = edges(db, pkg)
        .iter()
        .map(|(spec, kinds)| {
            let target = Pkg::new(db, spec.clone());
            let pkgname = port(db, target).as_ref().map(|port| port.pkgname.clone()).unwrap_or_default();
            DependNow { spec: spec.clone(), kinds: *kinds, pkgname, package: needs_build(db, target).package }
        })
        .collect();
    judge(recipe(db, pkg), &depends, &recorded, db.settings().fields(db).rules)
}

fn in_a_cycle(_: &dyn Db, _: salsa::Id, _: Pkg) -> Need {
    Need { verdict: Verdict::Dirty(vec!["it depends on itself".into()]), package: Expected::Changed }
}

/// The one decision: is what is recorded still what would be made?
pub fn judge(recipe: &Recipe, depends: &[DependNow], recorded: &Recorded, rules: Rules) -> Need {
    let (mut reasons, mut same_recipe) = (Vec::new(), true);
    if let Some(trace) = &recorded.trace {
        if !rules.ignore_recipe {
            reasons.extend(changes(&trace.recipe, recipe));
        }
        if !rules.ignore_depends {
            reasons.extend(depends.iter().filter_map(|now| follows(now, trace)));
        }
    } else if let Some(package) = &recorded.package {
        if !rules.ignore_recipe {
            reasons.extend(recorded.old.and_then(changed_since));
        }
        if !rules.ignore_depends {
            reasons.extend(depends.iter().filter_map(|now| packaged_with_another(now, package)));
        }
    }
    if !reasons.is_empty() || recorded.trace.is_none() {
        same_recipe = false;
    }
    match (&recorded.package, &recorded.trace) {
        (None, None) => reasons.insert(0, "never built".into()),
        (None, Some(trace)) => reasons.insert(0, format!("its package {} is missing", trace.pkgfile)),
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
fn changed_since(old: OldRecord) -> Option<String> {
    let OldRecord { program, before, now } = old;
    old.changed().then(|| format!("its port changed since {program} built it: CRC {before:08x} -> {now:08x}"))
}

/// The parts of a recipe that are different, a line each.
fn changes(before: &Recipe, now: &Recipe) -> Vec<String> {
    if before.fingerprint() == now.fingerprint() {
        return Vec::new();
    }
    let find = |recipe: &Recipe, kind: &str, name: &str| {
        recipe.parts.iter().find(|part| part.kind == kind && part.name == name).cloned()
    };
    let mut lines = Vec::new();
    for part in &now.parts {
        let what = format!("{} {}", part.kind, part.name);
        match find(before, &part.kind, &part.name) {
            None => lines.push(format!("{} is new", what.trim())),
            Some(old) if old.digest != part.digest && old.shown == part.shown => {
                lines.push(format!("{} changed", what.trim()));
            }
            Some(old) if old.digest != part.digest => {
                lines.push(format!("{} changed: `{}` -> `{}`", what.trim(), old.shown, part.shown));
            }
            Some(_) => {}
        }
    }
    let gone = before.parts.iter().filter(|part| find(now, &part.kind, &part.name).is_none());
    lines.extend(gone.map(|part| format!("{} {} is gone", part.kind, part.name)));
    if lines.is_empty() {
        lines.push("the order of its ingredients changed".into());
    }
    lines
}

/// The judgement of one edge: does this dependent have to follow that dependency, and why?
fn follows(now: &DependNow, trace: &Trace) -> Option<String> {
    let before: &DependTrace = trace.depends.iter().find(|depend| depend.spec == now.spec)?;
    let changed = match now.package {
        Expected::Output(output) => output != before.output,
        Expected::Changed => true,
    };
    changed.then(|| {
        if before.pkgname == now.pkgname {
            format!("dependency {}: the contents of {} changed", now.spec, now.pkgname)
        } else {
            format!("dependency {}: {} -> {}", now.spec, before.pkgname, now.pkgname)
        }
    })
}

/// The same for a package without a trace: all that is known is the versions in its manifest.
fn packaged_with_another(now: &DependNow, package: &PackageFacts) -> Option<String> {
    let (name, version) = now.pkgname.rsplit_once('-')?;
    let (_, before) = package.depends.iter().find(|(depend, _)| depend == name)?;
    (now.kinds.installs() && before != version)
        .then(|| format!("dependency {}: {name}-{before} -> {}", now.spec, now.pkgname))
}
