//! What decides a rebuild, short of the packages it will depend on (design 0.3).

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Db;
use super::inputs::Pkg;
use super::port::{Port, port};
use super::scan::{SHAPING, evaluation};
use super::tree::port_path;
use crate::model::{
    Contents, DirectoryContents, Evaluation, Fingerprint, Origin, OriginSpec, Recipe, SourceFile, VALUES,
    digest_of_parts, digest_of_values,
};

/// Of the recipe: all that most decisions need. Zeros for a port that cannot be evaluated.
#[salsa::tracked(returns(copy))]
pub fn fingerprint(db: &dyn Db, pkg: Pkg) -> Fingerprint {
    let (Ok(evaluation), Ok(port)) = (&**evaluation(db, pkg), port(db, pkg)) else { return Fingerprint::default() };
    let parts = parts(db, port, evaluation);
    let parts = parts.iter().map(|part| (part.kind, part.name, part.digest));
    digest_of_parts(parts.chain([(VALUES, "", evaluation.values)]))
}

/// The ingredients themselves, in the same order: for explanations and for traces.
#[salsa::tracked]
pub fn recipe(db: &dyn Db, pkg: Pkg) -> Arc<Recipe> {
    let mut recipe = Recipe::default();
    let (Ok(evaluation), Ok(port)) = (&**evaluation(db, pkg), port(db, pkg)) else { return Arc::new(recipe) };
    for part in parts(db, port, evaluation) {
        match part.shown {
            Shown::Directory(path, contents) => {
                recipe.push_directory(part.kind, part.name, part.digest, files(db, &path, contents));
            }
            Shown::Text(text) => recipe.push(part.kind, part.name, part.digest, text),
        }
    }
    // Asked for under one name, evaluated under another: the default flavor is evaluated without its name.
    let asked = [pkg.spec(db).clone(), OriginSpec::new(port.spec.origin.clone(), None)];
    let digest =
        |values: &Vec<_>| digest_of_values(SHAPING.iter().zip(values).map(|(name, (digest, _))| (*name, *digest)));
    let saved = asked.iter().filter_map(|spec| db.saved().values(spec));
    match saved.into_iter().find(|values| digest(values) == evaluation.values) {
        Some(values) => {
            let values = SHAPING.iter().zip(&values);
            values.for_each(|(name, (digest, shown))| recipe.push("value", name, *digest, shown));
        }
        None => recipe.push(VALUES, "", evaluation.values, ""),
    }
    Arc::new(recipe)
}

/// An ingredient other than a value.
struct Part<'a> {
    kind: &'static str,
    name: &'a str,
    digest: Fingerprint,
    shown: Shown<'a>,
}

enum Shown<'a> {
    Text(&'a str),
    Directory(Utf8PathBuf, DirectoryContents),
}

fn parts<'a>(db: &'a dyn Db, port: &'a Port, evaluation: &'a Evaluation) -> Vec<Part<'a>> {
    let settings = db.settings().fields(db);
    let text = |kind, name, text: &'a str| Part {
        kind,
        name,
        digest: Fingerprint::of(text.as_bytes()),
        shown: Shown::Text(text),
    };
    let directory = |kind, name, path: &Utf8Path| {
        let contents = db.directory(path).contents(db)?;
        Some(Part { kind, name, digest: contents.digest, shown: Shown::Directory(path.to_owned(), contents) })
    };
    let mut parts = vec![text("abi", "", &settings.abi)];
    parts.extend(directory("port", port.spec.origin.as_str(), &port_path(db, &port.spec.origin)));
    for source in &evaluation.sources {
        let name = source.strip_prefix(&settings.ports).unwrap_or(source).as_str();
        let whole = Origin::parse(name).ok().and_then(|_| directory("directory", name, source));
        let file = |Contents { digest, .. }| Part { kind: "file", name, digest, shown: Shown::Text("") };
        parts.extend(whole.or_else(|| db.file(source).contents(db).map(file)));
    }
    parts.extend(port.spec.flavor.iter().map(|flavor| text("flavor", "", flavor.as_str())));
    parts
}

/// The files of a directory; none if it was changed since it was looked at.
fn files(db: &dyn Db, path: &Utf8Path, contents: DirectoryContents) -> Arc<[SourceFile]> {
    let files = db.system().files(path);
    if DirectoryContents::of(&files) != contents {
        return Arc::default();
    }
    files.into_iter().map(|(name, contents)| SourceFile { name, crc: contents.crc }).collect()
}

/// CRC of the port's own directory, as the store's index keeps it.
pub fn port_crc(db: &dyn Db, pkg: Pkg) -> Option<u32> {
    db.directory(&port_path(db, &pkg.spec(db).origin)).contents(db).map(|contents| contents.crc)
}
