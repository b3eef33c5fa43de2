//! What decides a rebuild, short of the packages it will depend on (design 0.3).

use std::sync::Arc;

use super::Db;
use super::inputs::Pkg;
use super::port::port;
use super::scan::{SHAPING, evaluation};
use super::tree::port_path;
use crate::model::{Fingerprint, Origin, Recipe};

/// The ingredients of a package in their fixed order; empty for a port that cannot be evaluated.
#[salsa::tracked]
pub fn recipe(db: &dyn Db, pkg: Pkg) -> Arc<Recipe> {
    let mut recipe = Recipe::default();
    let (Ok(evaluation), Ok(port)) = (&**evaluation(db, pkg), port(db, pkg)) else { return Arc::new(recipe) };
    let settings = db.settings().fields(db);
    recipe.push("abi", "", Fingerprint::of(settings.abi.as_bytes()), &settings.abi);
    if let Some(contents) = db.directory(&port_path(db, &port.spec.origin)).contents(db) {
        recipe.push_directory("port", port.spec.origin.as_str(), contents.digest, contents.files.clone());
    }
    for source in &evaluation.sources {
        let name = source.strip_prefix(&settings.ports).unwrap_or(source).as_str();
        let directory = || db.directory(source).contents(db);
        if Origin::parse(name).is_ok()
            && let Some(contents) = directory()
        {
            recipe.push_directory("directory", name, contents.digest, contents.files.clone());
        } else if let Some(contents) = db.file(source).contents(db) {
            recipe.push("file", name, contents.digest, "");
        }
    }
    if let Some(flavor) = &port.spec.flavor {
        recipe.push("value", "FLAVOR", Fingerprint::of(flavor.as_str().as_bytes()), flavor.as_str());
    }
    for (name, (digest, shown)) in SHAPING.iter().zip(&evaluation.shaping) {
        recipe.push("value", name, *digest, shown);
    }
    Arc::new(recipe)
}

/// CRC of the port's own directory, as the store's index keeps it.
pub fn port_crc(db: &dyn Db, pkg: Pkg) -> Option<u32> {
    db.directory(&port_path(db, &pkg.spec(db).origin)).contents(db).as_ref().map(|contents| contents.crc)
}
