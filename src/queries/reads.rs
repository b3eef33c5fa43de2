//! What an answer of `make` may depend on.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Db;
use super::inputs::SettingsFields;
use super::sources::{below, is_framework};
use super::tree::port_path;
use crate::model::{FileKind, Fingerprint, OriginSpec, Reads};
use crate::system::Looked;
use crate::system::looked::normalise;

/// Accounts: commands in makefiles read them, which `make` does not tell.
const ACCOUNTS: [(&str, &str); 2] = [("UIDs", "UID_FILES"), ("GIDs", "GID_FILES")];

/// The port's directory and its sources, whole; the makefiles; and what was looked for. Where `make` did not tell the
/// last, it is what the framework is known to look for.
pub(super) fn reads(
    db: &dyn Db,
    spec: &OriginSpec,
    makefiles: Vec<Utf8PathBuf>,
    looked: Option<Looked>,
    sources: &[Utf8PathBuf],
) -> Reads {
    let mut listed = Listed::new(db, spec, sources);
    match &looked {
        Some(looked) => {
            if looked.ran {
                listed.files.extend(accounts(db, &makefiles).iter().map(ToString::to_string));
            }
            looked.read.iter().for_each(|path| listed.read(path));
            makefiles.iter().for_each(|path| listed.read(path.as_str()));
            looked.sought.iter().for_each(|path| listed.sought(path));
            // `.sinclude` of an absolute name looks for nothing that is told.
            options(db, spec).iter().for_each(|path| listed.sought(path.as_str()));
        }
        None => {
            listed.files.extend(probes(db, spec).iter().map(ToString::to_string));
            makefiles.iter().for_each(|path| listed.read(path.as_str()));
        }
    }
    listed.reads()
}

/// A path that changed since the inputs were made, if there is one. `live`: a program looked at these paths itself; else
/// everybody was told the same of all but the port's `own` directory.
pub(super) fn unsettled(db: &dyn Db, own: &Utf8Path, reads: &Reads, live: bool) -> Option<Utf8PathBuf> {
    let shared = db.saved().framework(reads.framework).unwrap_or_default();
    let all = reads.directories.iter().chain(&reads.files).chain(&reads.sought).chain(shared.iter());
    let (system, since) = (db.system(), db.since());
    let settled = |path: &Utf8PathBuf| match live || below(path.as_str(), own).is_some() {
        true => system.settled(path, since),
        false => system.settled_for_all(path, since),
    };
    all.into_iter().find(|path| !settled(path)).cloned()
}

pub(super) fn is_there(db: &dyn Db, path: &Utf8Path) -> bool {
    kind(db, path).is_some()
}

fn kind(db: &dyn Db, path: &Utf8Path) -> Option<FileKind> {
    let (parent, name) = (path.parent()?, path.file_name()?);
    // Few ports have options: the one listing of all of them tells of most that there is nothing to look at.
    if parent.parent() == Some(&db.settings().fields(db).options) && !is_there(db, parent) {
        return None;
    }
    let names = db.names(parent).names(db).as_deref()?;
    let found = names.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
    Some(names[found].kind)
}

/// Paths by how they count; as text, for paths compare by their components, which is slow.
struct Listed<'a> {
    fields: &'a SettingsFields,
    db: &'a dyn Db,
    directories: BTreeSet<String>,
    files: BTreeSet<String>,
    sought: BTreeSet<String>,
    shared: BTreeSet<String>,
}

impl<'a> Listed<'a> {
    fn new(db: &'a dyn Db, spec: &OriginSpec, sources: &[Utf8PathBuf]) -> Listed<'a> {
        let is_directory = |source: &&Utf8PathBuf| db.directory(source).contents(db).is_some();
        let (directories, files): (Vec<&Utf8PathBuf>, Vec<&Utf8PathBuf>) = sources.iter().partition(is_directory);
        let texts = |paths: Vec<&Utf8PathBuf>| paths.into_iter().map(ToString::to_string).collect();
        let mut listed = Listed {
            fields: db.settings().fields(db),
            db,
            directories: texts(directories),
            files: texts(files),
            sought: BTreeSet::new(),
            shared: BTreeSet::new(),
        };
        listed.directories.insert(port_path(db, &spec.origin).into_string());
        listed
    }

    /// Of the tree, but for its framework, few ports read the same files.
    fn read(&mut self, path: &str) {
        let of_ports = below(path, &self.fields.ports).is_some() && !is_framework(path.into(), &self.fields.ports);
        if !self.is_known(path) {
            (if of_ports { &mut self.files } else { &mut self.shared }).insert(path.to_owned());
        }
        // The contents of a link are where it leads; make has read what is there.
        if of_ports && let Some(target) = self.target(path.into()) {
            self.read(target.as_str());
        }
    }

    fn target(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        let target = normalise(&path.parent()?.join(self.db.system().link(path)?));
        // A loop of links is no makefile, but who knows when it was made one.
        (target != path && !self.files.contains(target.as_str())).then_some(target)
    }

    /// What is outside of the tree and the options is the base system, whose contents are not the tree's affair.
    fn sought(&mut self, path: &str) {
        let is_ours = below(path, &self.fields.ports).is_some() || below(path, &self.fields.options).is_some();
        if !is_ours || self.is_known(path) {
            return;
        }
        let framework = is_framework(path.into(), &self.fields.ports);
        let shared = framework && kind(self.db, path.into()) != Some(FileKind::Directory);
        (if shared { &mut self.shared } else { &mut self.sought }).insert(path.to_owned());
    }

    fn is_known(&self, path: &str) -> bool {
        // A leftover is no part of a directory's contents.
        let in_directory = |directory: &String| below(path, directory.as_str().into()).is_some();
        self.files.contains(path) || self.shared.contains(path) || self.directories.iter().any(in_directory)
    }

    fn reads(self) -> Reads {
        let paths = |texts: BTreeSet<String>| texts.into_iter().map(Utf8PathBuf::from).collect::<Vec<_>>();
        let shared = paths(self.shared);
        let framework = Fingerprint::of_fields(shared.iter().map(|file| file.as_str().as_bytes()));
        self.db.saved().keep_framework(framework, shared);
        Reads { directories: paths(self.directories), files: paths(self.files), sought: paths(self.sought), framework }
    }
}

/// Those of the two that a makefile of a port speaks of.
fn accounts(db: &dyn Db, makefiles: &[Utf8PathBuf]) -> Vec<Utf8PathBuf> {
    let ports = &db.settings().fields(db).ports;
    let of_ports = makefiles.iter().filter(|path| path.starts_with(ports) && !is_framework(path, ports));
    let texts: Vec<String> = of_ports.filter_map(|path| db.system().text(path)).collect();
    let spoken_of = |(file, variable): &&(&str, &str)| texts.iter().any(|t| t.contains(file) || t.contains(variable));
    ACCOUNTS.iter().filter(spoken_of).map(|(file, _)| ports.join(file)).collect()
}

/// What the framework looks for, for all ports.
fn probes(db: &dyn Db, spec: &OriginSpec) -> Vec<Utf8PathBuf> {
    let fields = db.settings().fields(db);
    let of_tree = ["UIDs", "GIDs", "Makefile.inc"].map(|name| fields.ports.join(name));
    let category = fields.ports.join(spec.origin.category()).join("Makefile.inc");
    of_tree.into_iter().chain(options(db, spec)).chain([category]).collect()
}

fn options(db: &dyn Db, spec: &OriginSpec) -> [Utf8PathBuf; 2] {
    let directory = db.settings().fields(db).options.join(spec.origin.as_str().replace('/', "_"));
    ["options", "options.local"].map(|name| directory.join(name))
}
