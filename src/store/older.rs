//! Values as older versions wrote them: read, never written.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::{DependTrace, Fingerprint, PackageFacts, Recipe, Trace};

/// A trace before recipes kept the files of their directories. What it shares with the present type must not change:
/// then it needs a copy here too.
#[derive(Serialize, Deserialize)]
pub(super) struct TraceV1 {
    pub(super) build: Option<Uuid>,
    pub(super) recipe: RecipeV1,
    pub(super) depends: Vec<DependTrace>,
    pub(super) pkgfile: String,
    pub(super) package: PackageFacts,
}

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

impl From<TraceV1> for Trace {
    fn from(old: TraceV1) -> Trace {
        let TraceV1 { build, recipe: parts, depends, pkgfile, package } = old;
        let mut recipe = Recipe::default();
        parts.parts.iter().for_each(|part| recipe.push(&part.kind, &part.name, part.digest, &part.shown));
        Trace { build, recipe, depends, pkgfile, package }
    }
}
