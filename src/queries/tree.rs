//! Which ports there are.

use camino::Utf8PathBuf;

use super::Db;
use super::files::listing;
use super::inputs::File;
use crate::model::Origin;
use crate::system::FileKind;

/// Directories of the tree's own that hold no ports.
const NOT_CATEGORIES: [&str; 8] = ["Mk", "Templates", "Tools", "Keywords", "distfiles", "packages", "Distfiles", "CVS"];

/// Every port: a directory on the second level that has a Makefile (spec 3.3), sorted.
pub fn origins(db: &dyn Db) -> Vec<Origin> {
    let root = &db.settings().fields(db).ports;
    let categories = directories(db, db.file(root)).into_iter().filter(|name| !NOT_CATEGORIES.contains(&name.as_str()));
    let mut origins = Vec::new();
    for category in categories {
        for name in directories(db, db.file(&root.join(&category))) {
            if let Ok(origin) = Origin::parse(&format!("{category}/{name}"))
                && has_makefile(db, db.file(&port_path(db, &origin)))
            {
                origins.push(origin);
            }
        }
    }
    origins
}

/// Whether a directory is a port; the listing's other names do not matter to who asks.
#[salsa::tracked(returns(copy))]
pub fn has_makefile(db: &dyn Db, directory: File) -> bool {
    listing(db, directory).as_ref().is_some_and(|entries| entries.iter().any(|entry| entry.name == "Makefile"))
}

pub fn port_path(db: &dyn Db, origin: &Origin) -> Utf8PathBuf {
    db.settings().fields(db).ports.join(origin.as_str())
}

fn directories(db: &dyn Db, directory: File) -> Vec<String> {
    let entries = listing(db, directory).as_deref().unwrap_or_default();
    entries.iter().filter(|entry| entry.kind == FileKind::Directory).map(|entry| entry.name.clone()).collect()
}
