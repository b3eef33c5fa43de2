//! The only Salsa inputs: files, directories, settings, outcomes; and the names that queries are asked by.

use std::sync::Arc;

use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;
use salsa::Durability;

use super::Db;
use crate::model::{Contents, DirectoryContents, Entry, Fingerprint, JobId, OriginSpec, PackageFacts, Plan, Trace};

/// A path of the tree or the host, whether there is a file or not.
#[salsa::input]
pub struct File {
    pub path: Utf8PathBuf,
    #[returns(copy)]
    pub contents: Option<Contents>,
}

/// All that is below a directory, whether it is there or not.
#[salsa::input]
pub struct Directory {
    pub path: Utf8PathBuf,
    #[returns(copy)]
    pub contents: Option<DirectoryContents>,
}

/// The names in a directory, whether it is there or not.
#[salsa::input]
pub struct Names {
    pub path: Utf8PathBuf,
    pub names: Option<Vec<Entry>>,
}

impl File {
    pub(super) fn create(db: &dyn Db, path: Utf8PathBuf, contents: Option<Contents>) -> File {
        File::builder(path, contents)
            .path_durability(Durability::NEVER_CHANGE)
            .contents_durability(Durability::HIGH)
            .new(db)
    }
}

impl Directory {
    pub(super) fn create(db: &dyn Db, path: Utf8PathBuf, contents: Option<DirectoryContents>) -> Directory {
        Directory::builder(path, contents)
            .path_durability(Durability::NEVER_CHANGE)
            .contents_durability(Durability::MEDIUM)
            .new(db)
    }
}

impl Names {
    pub(super) fn create(db: &dyn Db, path: Utf8PathBuf, names: Option<Vec<Entry>>) -> Names {
        Names::builder(path, names)
            .path_durability(Durability::NEVER_CHANGE)
            .names_durability(Durability::MEDIUM)
            .new(db)
    }
}
/// What the profile says about planning.
#[salsa::input]
pub struct Settings {
    pub fields: SettingsFields,
}

/// The values of `Settings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFields {
    /// `Directory_portsdir`.
    pub ports: Utf8PathBuf,
    /// `Directory_options`.
    pub options: Utf8PathBuf,
    /// The directory given to `make` as `LOCALBASE`: empty, so that no Makefile sees the host's packages.
    pub localbase: Utf8PathBuf,
    /// What else decides the answers of `make`: the profile's make.conf and the environment. Only compared.
    pub evaluation: String,
    /// System, major release, architecture: part of every recipe.
    pub abi: String,
    /// `-x`, `-xx`.
    pub rules: Rules,
}

/// What is left out of the judgement on request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// `-x`: a rebuilt dependency is no reason, unless its package has another name now.
    pub ignore_depends: bool,
    /// `-xx`: a changed port is no reason either.
    pub ignore_recipe: bool,
}

impl Settings {
    pub(super) fn create(db: &dyn Db, fields: SettingsFields) -> Settings {
        Settings::builder(fields).durability(Durability::HIGH).new(db)
    }
}

/// A plan that still holds, of an earlier process.
#[salsa::input]
pub struct Remembered {
    pub plan: Option<RememberedPlan>,
}

/// With the names that queries know its jobs by.
#[derive(Clone, Debug)]
pub struct RememberedPlan {
    pub plan: Arc<Plan>,
    /// By job.
    pub pkgs: Vec<Pkg>,
    pub places: FxHashMap<Pkg, JobId>,
}

impl Remembered {
    pub(super) fn create(db: &dyn Db) -> Remembered {
        Remembered::builder(None).durability(Durability::HIGH).new(db)
    }
}

/// Which look at the world this is. Only answers that may not last depend on it.
#[salsa::input]
pub struct Attempt {
    #[returns(copy)]
    pub number: u64,
}

impl Attempt {
    pub(super) fn create(db: &dyn Db) -> Attempt {
        Attempt::builder(0).durability(Durability::LOW).new(db)
    }
}

/// What is recorded of one package.
#[salsa::input]
pub struct OutcomeInput {
    pub recorded: Option<Arc<Recorded>>,
}

/// The trace of the last success, and the package file as it is now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    pub trace: Option<Trace>,
    /// There is a trace, and it cannot be read: the package must not be taken for up to date.
    pub damaged: bool,
    /// What a readable package file says; `None` if there is none.
    pub package: Option<PackageFacts>,
    /// For want of a trace: what an older dsynth recorded.
    pub old: Option<OldRecord>,
}

/// The checksum of a port's directory in another program's database, and that of the directory now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldRecord {
    /// Whose database.
    pub program: &'static str,
    pub before: u32,
    pub now: u32,
}

impl OldRecord {
    pub fn changed(&self) -> bool {
        self.before != self.now
    }
}

impl OutcomeInput {
    pub(super) fn create(db: &dyn Db, recorded: Option<Arc<Recorded>>) -> OutcomeInput {
        // Low: a finished build must not make salsa look at the whole tree again.
        OutcomeInput::builder(recorded).durability(Durability::LOW).new(db)
    }
}

/// The name of a package in queries: a port, and a flavor if one is meant.
#[salsa::interned(unsafe(no_lifetime), debug, revisions = usize::MAX)]
pub struct Pkg {
    pub spec: OriginSpec,
}

/// A list of files that the evaluations of many ports read, by the digest of their names.
#[salsa::interned(unsafe(no_lifetime), revisions = usize::MAX)]
pub struct FrameworkList {
    #[returns(copy)]
    pub list: Fingerprint,
}
