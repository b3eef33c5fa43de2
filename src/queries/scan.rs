//! What `make` says of a port.
//!
//! Verify, then evaluate, then register: an answer that an earlier process kept is used if everything it read still has
//! the same digest; else `make` runs, and what it read becomes inputs of the query.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use super::Db;
use super::depends::{Words, words};
use super::inputs::{FrameworkList, Pkg, Settings};
use super::reads::{is_there, reads, unsettled};
use super::sources::{self, DIRECTORIES, below};
use super::tree::{is_port, port_path};
use crate::model::{
    Digest, Evaluation, Fingerprint, Flavor, Origin, OriginSpec, Reads, ScanRecord, Value, digest_of_values,
};
use crate::system::looked::{normal, normalise};
use crate::system::{Looked, MakeAnswer, MakeError, MakeQuery};

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
    #[error("{0}")]
    Make(String),
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
    Some(fingerprint(files.iter().map(|file| contents(db, file))))
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
        return record.evaluation.map_err(ScanError::Make);
    }
    let asked = db.system().make(&question(db, spec));
    match (asked.answer.and_then(|answer| Answer(answer).of_port(&port_path(db, &spec.origin))), asked.looked) {
        (Ok((answer, makefiles)), looked) => Ok(register(db, spec, answer, makefiles, looked)),
        (Err(error), looked) => {
            fail(db, spec, &error, looked);
            Err(ScanError::Make(error.to_string()))
        }
    }
}

/// Keeps an answer with what it may depend on.
fn register(
    db: &dyn Db,
    spec: &OriginSpec,
    answer: Answer,
    makefiles: Vec<Utf8PathBuf>,
    looked: Option<Looked>,
) -> Evaluation {
    let values = answer.values(db);
    let mut evaluation = answer.evaluation(db, spec, &makefiles, &values);
    db.saved().keep_values(spec, values);
    let live = looked.as_ref().is_none_or(|looked| looked.live);
    let reads = reads(db, spec, makefiles, looked, &evaluation.sources);
    if let Some(moved) = keep(db, spec, reads, live, Ok(&evaluation)) {
        evaluation.complaints.push(format!("`{moved}` changed while the port was read: the answer is used once"));
    }
    evaluation
}

/// Keeps why there is no answer, if the port is to blame and it is known what was read.
fn fail(db: &dyn Db, spec: &OriginSpec, error: &MakeError, looked: Option<Looked>) {
    match looked {
        Some(looked) if !error.is_passing() => {
            let makefiles: Vec<Utf8PathBuf> = looked.read.iter().map(Utf8PathBuf::from).collect();
            let sources = sources::sources(
                makefiles.iter().cloned(),
                &db.settings().fields(db).ports,
                &port_path(db, &spec.origin),
            );
            let live = looked.live;
            let reads = reads(db, spec, makefiles, Some(looked), &sources);
            keep(db, spec, reads, live, Err(&error.to_string()));
        }
        // Nothing was learned. The next attempt asks again, and so does the next process.
        _ => db.asks_again(),
    }
}

/// A tree that moves while it is read may give an answer that belongs to no state of it: that is not kept, and the next
/// attempt asks again. Says what moved.
fn keep(
    db: &dyn Db,
    spec: &OriginSpec,
    reads: Reads,
    live: bool,
    found: Result<&Evaluation, &String>,
) -> Option<Utf8PathBuf> {
    let digest = digest(db, &reads)?;
    let moved = unsettled(db, &port_path(db, &spec.origin), &reads, live);
    match &moved {
        Some(_) => db.moved(),
        None => {
            let evaluation = found.cloned().map_err(String::clone);
            db.saved().keep_evaluation(spec, ScanRecord { reads, digest, evaluation });
        }
    }
    moved
}

fn question(db: &dyn Db, spec: &OriginSpec) -> MakeQuery {
    let mut assignments: Vec<String> = spec.flavor.iter().map(|flavor| format!("FLAVOR={flavor}")).collect();
    assignments.push(format!("LOCALBASE={}", db.settings().fields(db).localbase));
    let expressions = names().map(|name| format!("${{{name}}}")).collect();
    MakeQuery { directory: port_path(db, &spec.origin), assignments, expressions }
}

/// Variables that are asked for, in this order.
pub fn names() -> impl Iterator<Item = &'static str> {
    SHAPING.into_iter().chain(DIRECTORIES).chain(NAMED)
}

/// What `make` printed, by name.
struct Answer(MakeAnswer);

impl Answer {
    /// With the makefiles that were read; without any of the port `make` answers too.
    fn of_port(self, directory: &Utf8Path) -> Result<(Answer, Vec<Utf8PathBuf>), MakeError> {
        let read = makefiles(directory, self.get(".MAKE.MAKEFILES"));
        let is_of_port = read.is_empty() || read.iter().any(|file| below(file.as_str(), directory).is_some());
        if is_of_port { Ok((self, read)) } else { Err(MakeError::NoMakefile { directory: directory.to_owned() }) }
    }

    fn get(&self, name: &str) -> &str {
        let value = names().position(|known| known == name).and_then(|index| self.0.values.get(index));
        value.map_or("", |value| value.trim())
    }

    /// In the order of `SHAPING`.
    fn values(&self, db: &dyn Db) -> Vec<Value> {
        let settings = db.settings().fields(db);
        let value = |name: &&str| portable(self.get(name), &settings.localbase, &settings.ports);
        SHAPING.iter().map(value).map(|value| (Fingerprint::of(value.as_bytes()), cut(&value))).collect()
    }

    fn evaluation(&self, db: &dyn Db, spec: &OriginSpec, makefiles: &[Utf8PathBuf], values: &[Value]) -> Evaluation {
        let settings = db.settings().fields(db);
        let Words { depends, malformed } = words(|kind| self.get(kind.variable()), &settings.ports);
        let values = SHAPING.iter().zip(values).map(|(name, (digest, _))| (*name, *digest));
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
            depends,
            malformed,
            values: digest_of_values(values),
            sources: sources::sources(read, &settings.ports, &port_path(db, &spec.origin)),
            complaints: self.0.complaints.clone(),
            master: origin_of(self.get("MASTERDIR"), &settings.ports).filter(|master| *master != spec.origin),
        }
    }
}

/// The port that a directory of the tree is of.
fn origin_of(directory: &str, ports: &Utf8Path) -> Option<Origin> {
    Origin::parse(normalise(Utf8Path::new(directory)).strip_prefix(ports).ok()?.as_str()).ok()
}

/// `name[:group,group]` words, in the port's own directory of distfiles if it has one.
fn distfiles(words: &str, directory: &str) -> Vec<String> {
    let name = |word: &str| word.split(':').next().unwrap_or_default().to_owned();
    let path = |word: &str| if directory.is_empty() { name(word) } else { format!("{directory}/{}", name(word)) };
    words.split_whitespace().map(path).collect()
}

/// Over all that was read, as it is now; this is what registers it with salsa. `None` if a shared list is unknown.
fn digest(db: &dyn Db, reads: &Reads) -> Option<Fingerprint> {
    let shared = framework(db, FrameworkList::new(db, reads.framework))?;
    let directory = |path: &Utf8PathBuf| db.directory(path).contents(db).map(|contents| contents.digest);
    let there = Fingerprint::of(b"there");
    let sought = reads.sought.iter().map(|path| is_there(db, path).then_some(there));
    let others = [Some(surroundings(db, db.settings())), Some(shared)];
    let files = reads.files.iter().map(|path| contents(db, path));
    Some(fingerprint(others.into_iter().chain(reads.directories.iter().map(directory)).chain(files).chain(sought)))
}

fn contents(db: &dyn Db, path: &Utf8Path) -> Option<Fingerprint> {
    db.file(path).contents(db).map(|contents| contents.digest)
}

fn fingerprint(digests: impl Iterator<Item = Option<Fingerprint>>) -> Fingerprint {
    let mut all = Digest::default();
    digests.for_each(|digest| all.field(digest.as_ref().map_or(&[], |digest| digest.as_bytes())));
    all.finish()
}

/// `.MAKE.MAKEFILES` has relative, repeated and unnormalised names.
fn makefiles(directory: &Utf8Path, words: &str) -> Vec<Utf8PathBuf> {
    let mut known = FxHashSet::default();
    let files = words.split_whitespace().map(|word| normal(directory.join(word)));
    files.filter(|file| known.insert(file.clone())).map(Utf8PathBuf::from).collect()
}

/// Paths of this host are nothing that a package is made of; blanks in lists neither.
fn portable(value: &str, localbase: &Utf8Path, ports: &Utf8Path) -> String {
    let mut text = String::with_capacity(value.len());
    for word in value.split_whitespace() {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    for (here, there) in [(localbase, "/usr/local"), (ports, "/xports")] {
        if memchr::memmem::find(text.as_bytes(), here.as_str().as_bytes()).is_some() {
            text = text.replace(here.as_str(), there);
        }
    }
    text
}

fn cut(value: &str) -> Box<str> {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &value[..end]).into(),
        None => value.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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
