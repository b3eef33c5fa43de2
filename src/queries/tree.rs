//! Which ports there are.

use camino::Utf8PathBuf;
use rayon::prelude::*;

use super::db::{Database, Db};
use crate::model::{FileKind, Origin};

/// Directories of the tree's own that hold no ports.
const NOT_CATEGORIES: [&str; 8] = ["Mk", "Templates", "Tools", "Keywords", "distfiles", "packages", "Distfiles", "CVS"];

/// Every port: a directory on the second level that has a Makefile (spec 3.3), sorted.
pub fn origins(db: &Database) -> Vec<Origin> {
    let root = &db.settings().fields(db).ports;
    let is_category = |name: &String| !name.starts_with('.') && !NOT_CATEGORIES.contains(&name.as_str());
    let categories = directories(db, root).into_iter().filter(is_category);
    let named: Vec<Origin> = categories
        .flat_map(|category| {
            let names = directories(db, &root.join(&category)).into_iter();
            names.filter_map(move |name| Origin::parse(&format!("{category}/{name}")).ok()).collect::<Vec<_>>()
        })
        .collect();
    // Reading the directories is most of the work of a start: all threads take part.
    let are_ports: Vec<bool> = named.par_iter().map_with(db.clone(), |db, origin| is_port(db, origin)).collect();
    named.into_iter().zip(are_ports).filter(|(_, is_port)| *is_port).map(|(origin, _)| origin).collect()
}

pub fn is_port(db: &dyn Db, origin: &Origin) -> bool {
    let contents = db.directory(&port_path(db, origin)).contents(db);
    contents.is_some_and(|contents| contents.makefile)
}

pub fn port_path(db: &dyn Db, origin: &Origin) -> Utf8PathBuf {
    db.settings().fields(db).ports.join(origin.as_str())
}

fn directories(db: &Database, path: &camino::Utf8Path) -> Vec<String> {
    let entries = db.names(path).names(db).as_deref().unwrap_or_default();
    entries.iter().filter(|entry| entry.kind == FileKind::Directory).map(|entry| entry.name.clone()).collect()
}
