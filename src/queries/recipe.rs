//! What decides a rebuild, short of the packages it will depend on (design 0.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Db;
use super::files::{contents, directory};
use super::inputs::{Pkg, SettingsFields};
use super::port::port;
use super::scan::{Evaluation, evaluation, normalise};
use super::tree::port_path;
use crate::model::{Fingerprint, Recipe};

/// Values that shape the package or what the phases run.
const SHAPING: &[&str] = &[
    "PKGNAME",
    "FETCH_DEPENDS",
    "EXTRACT_DEPENDS",
    "PATCH_DEPENDS",
    "BUILD_DEPENDS",
    "LIB_DEPENDS",
    "RUN_DEPENDS",
    "SELECTED_OPTIONS",
    "DESELECTED_OPTIONS",
    "PORT_OPTIONS",
    "LICENSE",
    "IGNORE",
    "ALLFILES",
    "CONFIGURE_ARGS",
    "CONFIGURE_ENV",
    "MAKE_ARGS",
    "MAKE_ENV",
    "CFLAGS",
    "CPPFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "PLIST_SUB",
    "SUB_LIST",
    "PREFIX",
];

/// Values that name directories whose files end up in the package.
const DIRECTORIES: &[&str] = &["MASTERDIR", "FILESDIR", "PATCHDIR", "SCRIPTDIR", "PKGDIR"];

/// Directories of the tree that act through the values they set, and not by what is in them.
const FRAMEWORK: &[&str] = &["Mk", "Templates", "Keywords", "Tools"];

/// How much of a value a person is shown, in characters.
const SHOWN: usize = 160;

/// The ingredients of a package in their fixed order; empty for a port that cannot be evaluated.
#[salsa::tracked]
pub fn recipe(db: &dyn Db, pkg: Pkg) -> Arc<Recipe> {
    let mut recipe = Recipe::default();
    let (Ok(evaluation), Ok(port)) = (&**evaluation(db, pkg), port(db, pkg)) else { return Arc::new(recipe) };
    let settings = db.settings().fields(db);
    recipe.push("abi", "", Fingerprint::of(settings.abi.as_bytes()), &settings.abi);
    let own = port_path(db, &port.spec.origin);
    if let Some(contents) = directory(db, db.file(&own)) {
        recipe.push_directory("port", port.spec.origin.as_str(), contents.digest, contents.files.clone());
    }
    for source in sources(evaluation, &settings.ports, &own) {
        let file = db.file(&source);
        let name = source.strip_prefix(&settings.ports).unwrap_or(&source).as_str();
        if let Some(contents) = directory(db, file) {
            recipe.push_directory("directory", name, contents.digest, contents.files.clone());
        } else if let Some(contents) = contents(db, file) {
            recipe.push("file", name, contents.digest, "");
        }
    }
    if let Some(flavor) = &port.spec.flavor {
        recipe.push("value", "FLAVOR", Fingerprint::of(flavor.as_str().as_bytes()), flavor.as_str());
    }
    for name in SHAPING {
        let value = portable(evaluation.value(name), settings);
        recipe.push("value", name, Fingerprint::of(value.as_bytes()), &cut(&value));
    }
    Arc::new(recipe)
}

/// CRC of the port's own directory, as the store's index keeps it.
pub fn port_crc(db: &dyn Db, pkg: Pkg) -> Option<u32> {
    directory(db, db.file(&port_path(db, &pkg.spec(db).origin))).as_ref().map(|contents| contents.crc)
}

/// What the evaluation read of the tree beside the port itself and the framework: the whole directory where
/// it is another port's, else the one file.
fn sources(evaluation: &Evaluation, ports: &Utf8Path, own: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
    let named = DIRECTORIES.iter().map(|name| normalise(Utf8Path::new(evaluation.value(name))));
    let distinfo = normalise(Utf8Path::new(evaluation.value("DISTINFO_FILE")));
    let read = evaluation.makefiles.iter().cloned().chain(named).chain([distinfo]);
    let outside = read.filter(|path| path.starts_with(ports) && !path.starts_with(own));
    outside.filter_map(|path| source(&path, ports)).collect()
}

fn source(path: &Utf8Path, ports: &Utf8Path) -> Option<Utf8PathBuf> {
    let below: Vec<&str> = path.strip_prefix(ports).ok()?.components().map(|part| part.as_str()).collect();
    match below[..] {
        [] => None,
        [top, ..] if FRAMEWORK.contains(&top) => None,
        [file] => Some(ports.join(file)),
        [category, name, ..] => Some(ports.join(category).join(name)),
    }
}

/// Paths of this host are nothing that a package is made of; blanks in lists neither.
fn portable(value: &str, settings: &SettingsFields) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" ").replace(settings.localbase.as_str(), "/usr/local").replace(settings.ports.as_str(), "/xports")
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_ports_file_stands_for_its_whole_directory() {
        let cases = [
            ("/p/Mk/Uses/x.mk", None),
            ("/p/lang/perl/version.mk", Some("/p/lang/perl")),
            ("/p/arabic/Makefile.inc", Some("/p/arabic/Makefile.inc")),
            ("/p/Makefile.inc", Some("/p/Makefile.inc")),
            ("/p", None),
        ];
        for (path, expected) in cases {
            assert_eq!(source(Utf8Path::new(path), Utf8Path::new("/p")), expected.map(Utf8PathBuf::from), "{path}");
        }
    }
}
