//! Values as older versions wrote them: read, never written.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BuildRecord, BuildStatus};
use crate::model::{DependTrace, Fingerprint, OriginSpec, PackageFacts, Recipe, Trace};

/// A trace with the recipe inside. What it shares with the present type must not change: then it needs a copy here too.
#[derive(Serialize, Deserialize)]
pub(super) struct TraceOf<R> {
    pub(super) build: Option<Uuid>,
    pub(super) recipe: R,
    pub(super) depends: Vec<DependTrace>,
    pub(super) pkgfile: String,
    pub(super) package: PackageFacts,
}

/// A recipe before it kept the files of its directories.
#[derive(Serialize, Deserialize)]
pub(super) struct RecipeV1 {
    pub(super) parts: Vec<RecipePartV1>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct RecipePartV1 {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) digest: Fingerprint,
    pub(super) shown: String,
}

impl From<RecipeV1> for Recipe {
    fn from(old: RecipeV1) -> Recipe {
        let mut recipe = Recipe::default();
        old.parts.iter().for_each(|part| recipe.push(&part.kind, &part.name, part.digest, &part.shown));
        recipe
    }
}

impl<R: Into<Recipe>> From<TraceOf<R>> for Trace {
    fn from(old: TraceOf<R>) -> Trace {
        let TraceOf { build, recipe, depends, pkgfile, package } = old;
        let mut recipe: Recipe = recipe.into();
        // The flavor was a value among the others then.
        let flavor = recipe.parts.iter_mut().filter(|part| part.kind == "value" && part.name == "FLAVOR");
        flavor.for_each(|part| (part.kind, part.name) = ("flavor".into(), String::new()));
        Trace { build, recipe: recipe.fingerprint(), depends, pkgfile, package }
    }
}

/// A build before its failure had a diagnosis.
#[derive(Serialize, Deserialize)]
pub(super) struct BuildRecordV1 {
    pub(super) id: Uuid,
    pub(super) spec: OriginSpec,
    pub(super) version: String,
    pub(super) status: BuildStatus,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) run: Uuid,
    pub(super) phase: Option<String>,
    pub(super) failure: Option<String>,
    pub(super) phases: Vec<(String, u64)>,
}

impl From<BuildRecordV1> for BuildRecord {
    fn from(old: BuildRecordV1) -> BuildRecord {
        let BuildRecordV1 { id, spec, version, status, start, end, run, phase, failure, phases } = old;
        BuildRecord { id, spec, version, status, ready: None, start, end, run, phase, failure, phases, diagnosis: None }
    }
}
