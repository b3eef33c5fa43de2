//! What `make` says of a port.
//!
//! Verify, then evaluate, then register: an answer that an earlier process kept is used if everything it read still has
//! the same digest; else `make` runs, and what it read becomes inputs of the query.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Db;
use super::inputs::{FrameworkList, Pkg, Settings};
use super::sources::{self, DIRECTORIES};
use super::tree::{is_port, port_path};
use crate::model::{DepKind, Evaluation, Fingerprint, Flavor, OriginSpec, Reads, ScanRecord};
use crate::system::{MakeAnswer, MakeError, MakeQuery};

/// Values that shape the package or what the phases run; part of every recipe, in this order.
pub const SHAPING: [&str; 24] = [
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

/// What is asked beside the values that shape the package and the directories they come from.
const NAMED: [&str; 7] = ["PKGFILE", "DIST_SUBDIR", "FLAVOR", "FLAVORS", "USES", "DISTINFO_FILE", ".MAKE.MAKEFILES"];

/// How much of a value a person is shown, in characters.
const SHOWN: usize = 160;

/// A port could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    #[error("port not found: {spec} (path: {path})")]
    NotFound { spec: String, path: Utf8PathBuf },
    #[error(transparent)]
    Make(#[from] MakeError),
}

/// The flavors of a port, and the one that is meant if none is named: what it sets `FLAVOR` to, else the first.
pub fn flavors(evaluation: &Evaluation) -> (Vec<Flavor>, Option<Flavor>) {
    let flavors: Vec<Flavor> = evaluation.flavors.iter().filter_map(|word| Flavor::parse(word).ok()).collect();
    let default = flavors.iter().find(|flavor| flavor.as_str() == evaluation.flavor).or(flavors.first()).cloned();
    (flavors, default)
}

/// What `make` says of a port and a flavor; the default flavor, named or not, is asked for once.
#[salsa::tracked]
pub fn evaluation(db: &dyn Db, pkg: Pkg) -> Arc<Result<Evaluation, ScanError>> {
    let spec = pkg.spec(db);
    let Some(flavor) = &spec.flavor else { return Arc::new(evaluate(db, spec)) };
    let plain = evaluation(db, Pkg::new(db, OriginSpec::new(spec.origin.clone(), None)));
    if let Ok(evaluation) = &**plain {
        let (flavors, default) = flavors(evaluation);
        // An unknown flavor is left for `port` to report, with the ones there are.
        if flavors.contains(flavor) && default.as_ref() != Some(flavor) {
            return Arc::new(evaluate(db, spec));
        }
    }
    plain.clone()
}

/// Contents of a list of framework files; `None` if nobody knows the list. Thousands of ports share a list: one node
/// stands for a hundred edges.
#[salsa::tracked(returns(copy))]
pub fn framework(db: &dyn Db, list: FrameworkList) -> Option<Fingerprint> {
    // A list never changes: it is named by its own digest.
    let files = db.saved().framework(list.list(db))?;
    Some(fingerprint(files.iter().map(|file| db.file(file).contents(db).map(|contents| contents.digest))))
}

/// The settings that decide the answers of `make`.
#[salsa::tracked(returns(copy))]
fn surroundings(db: &dyn Db, settings: Settings) -> Fingerprint {
    let fields = settings.fields(db);
    // What is asked, too: an answer to other questions is no answer.
    let asked = names().collect::<Vec<_>>().join(" ");
    Fingerprint::of_fields(
        [fields.ports.as_str(), fields.localbase.as_str(), &fields.evaluation, &asked].map(str::as_bytes),
    )
}

fn evaluate(db: &dyn Db, spec: &OriginSpec) -> Result<Evaluation, ScanError> {
    if !is_port(db, &spec.origin) {
        return Err(ScanError::NotFound { spec: spec.to_string(), path: port_path(db, &spec.origin) });
    }
    if let Some(record) = db.saved().evaluation(spec)
        && digest(db, &record.reads) == Some(record.digest)
    {
        return Ok(record.evaluation);
    }
    let begin = db.system().now();
    let answer = db.system().make(&question(db, spec));
    let answer = Answer(answer.inspect_err(|_| db.not_for_long())?);
    let makefiles = makefiles(&port_path(db, &spec.origin), answer.get(".MAKE.MAKEFILES"));
    let evaluation = answer.evaluation(db, spec, &makefiles);
    let reads = reads(db, spec, makefiles, &evaluation);
    let digest = digest(db, &reads);
    // A tree that moves while it is read may give an answer that belongs to no state of it: it is used once.
    if let Some(digest) = digest
        && settled(db, &reads, begin)
    {
        db.saved().keep_evaluation(spec, ScanRecord { reads, digest, evaluation: evaluation.clone() });
    } else {
        db.not_for_long();
    }
    Ok(evaluation)
}

fn question(db: &dyn Db, spec: &OriginSpec) -> MakeQuery {
    let mut assignments: Vec<String> = spec.flavor.iter().map(|flavor| format!("FLAVOR={flavor}")).collect();
    assignments.push(format!("LOCALBASE={}", db.settings().fields(db).localbase));
    let expressions = names().map(|name| format!("${{{name}}}")).collect();
    MakeQuery { directory: port_path(db, &spec.origin), assignments, expressions }
}

fn names() -> impl Iterator<Item = &'static str> {
    SHAPING.into_iter().chain(DIRECTORIES).chain(NAMED)
}

/// What `make` printed, by name.
struct Answer(MakeAnswer);

impl Answer {
    fn get(&self, name: &str) -> &str {
        let value = names().position(|known| known == name).and_then(|index| self.0.values.get(index));
        value.map_or("", |value| value.trim())
    }

    fn evaluation(&self, db: &dyn Db, spec: &OriginSpec, makefiles: &[Utf8PathBuf]) -> Evaluation {
        let settings = db.settings().fields(db);
        let shaping = SHAPING.iter().map(|name| {
            let value = portable(self.get(name), &settings.localbase, &settings.ports);
            (Fingerprint::of(value.as_bytes()), cut(&value))
        });
        let named = DIRECTORIES.iter().chain(&["DISTINFO_FILE"]).map(|name| normalise(Utf8Path::new(self.get(name))));
        let read = makefiles.iter().cloned().chain(named);
        Evaluation {
            pkgname: self.get("PKGNAME").to_owned(),
            pkgfile: self.get("PKGFILE").to_owned(),
            flavor: self.get("FLAVOR").to_owned(),
            flavors: self.get("FLAVORS").split_whitespace().map(str::to_owned).collect(),
            ignore: self.get("IGNORE").to_owned(),
            meta: self.get("USES").contains("metaport"),
            distfiles: distfiles(self.get("ALLFILES"), self.get("DIST_SUBDIR")),
            depends: DepKind::ALL.map(|kind| self.get(kind.variable()).to_owned()),
            shaping: shaping.collect(),
            sources: sources::sources(read, &settings.ports, &port_path(db, &spec.origin)),
            complaints: self.0.complaints.clone(),
        }
    }
}

/// `name[:group,group]` words, in the port's own directory of distfiles if it has one.
fn distfiles(words: &str, directory: &str) -> Vec<String> {
    let name = |word: &str| word.split(':').next().unwrap_or_default().to_owned();
    let path = |word: &str| if directory.is_empty() { name(word) } else { format!("{directory}/{}", name(word)) };
    words.split_whitespace().map(path).collect()
}

/// Everything that the answer may depend on. What makefiles only look for is not told by `make`: the framework looks
/// for few files, and those are named here; what a port looks for lies in directories that are read whole.
fn reads(db: &dyn Db, spec: &OriginSpec, makefiles: Vec<Utf8PathBuf>, evaluation: &Evaluation) -> Reads {
    let settings = db.settings().fields(db);
    let (ports, own) = (&settings.ports, port_path(db, &spec.origin));
    let mut directories: BTreeSet<Utf8PathBuf> = [own.clone()].into();
    let mut files: BTreeSet<Utf8PathBuf> = ["UIDs", "GIDs", "Makefile.inc"].map(|name| ports.join(name)).into();
    files.insert(ports.join(spec.origin.category()).join("Makefile.inc"));
    let options = settings.options.join(spec.origin.as_str().replace('/', "_"));
    files.extend(["options", "options.local"].map(|name| options.join(name)));
    for source in &evaluation.sources {
        let is_directory = db.directory(source).contents(db).is_some();
        (if is_directory { &mut directories } else { &mut files }).insert(source.clone());
    }
    let mut shared: Vec<Utf8PathBuf> = makefiles
        .into_iter()
        .filter(|file| !directories.iter().any(|directory| file.starts_with(directory)) && !files.contains(file))
        .collect();
    shared.sort();
    let list = fingerprint_of_list(&shared);
    db.saved().keep_framework(list, shared);
    Reads { directories: directories.into_iter().collect(), files: files.into_iter().collect(), framework: list }
}

/// Over all that was read, as it is now; this is what registers it with salsa. `None` if a shared list is unknown.
fn digest(db: &dyn Db, reads: &Reads) -> Option<Fingerprint> {
    let shared = framework(db, FrameworkList::new(db, reads.framework))?;
    let directories =
        reads.directories.iter().map(|path| db.directory(path).contents(db).as_ref().map(|contents| contents.digest));
    let files = reads.files.iter().map(|path| db.file(path).contents(db).map(|contents| contents.digest));
    let others = [Some(surroundings(db, db.settings())), Some(shared)];
    Some(fingerprint(others.into_iter().chain(directories).chain(files)))
}

fn settled(db: &dyn Db, reads: &Reads, since: i64) -> bool {
    let shared = db.saved().framework(reads.framework).unwrap_or_default();
    reads.directories.iter().chain(&reads.files).chain(shared.iter()).all(|path| db.system().settled(path, since))
}

fn fingerprint(digests: impl Iterator<Item = Option<Fingerprint>>) -> Fingerprint {
    let fields: Vec<Vec<u8>> = digests.map(|digest| digest.map_or(Vec::new(), |d| d.as_bytes().to_vec())).collect();
    Fingerprint::of_fields(fields.iter().map(Vec::as_slice))
}

fn fingerprint_of_list(files: &[Utf8PathBuf]) -> Fingerprint {
    Fingerprint::of_fields(files.iter().map(|file| file.as_str().as_bytes()))
}

/// `.MAKE.MAKEFILES` has relative, repeated and unnormalised names.
fn makefiles(directory: &Utf8Path, words: &str) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for word in words.split_whitespace() {
        let file = normalise(&directory.join(word));
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

/// Takes `.` and `..` out of an absolute path by its text alone.
fn normalise(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::ParentDir => {
                normal.pop();
            }
            camino::Utf8Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// Paths of this host are nothing that a package is made of; blanks in lists neither.
fn portable(value: &str, localbase: &Utf8Path, ports: &Utf8Path) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    words.join(" ").replace(localbase.as_str(), "/usr/local").replace(ports.as_str(), "/xports")
}

fn cut(value: &str) -> Box<str> {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &value[..end]).into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_makefiles_become_absolute_and_unique() {
        let words = "/mk/sys.mk Makefile ../c/Makefile.common /p/a/b/../../Mk/x.mk Makefile";
        let files = makefiles(Utf8Path::new("/p/a/b"), words);
        assert_eq!(files, ["/mk/sys.mk", "/p/a/b/Makefile", "/p/a/c/Makefile.common", "/p/Mk/x.mk"]);
    }

    #[test]
    fn every_name_is_asked_once() {
        let all: BTreeSet<&str> = names().collect();
        assert_eq!(all.len(), names().count());
    }
}
