//! Why a package has to be built: what the one decision says, for logs, `explain` and tools.

use std::fmt;

use super::OriginSpec;

/// One reason; its text is a line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Forced,
    /// It depends on itself, so nothing can be said of it.
    Cycle,
    NeverBuilt,
    PackageMissing {
        pkgfile: String,
    },
    /// An ingredient of its recipe is another one now.
    Recipe {
        /// `port`, `directory`, `file`, `value` or `abi`.
        kind: String,
        name: String,
        change: Change,
    },
    /// Its recipe is another one now, and what was in the old one is not recorded.
    RecipeUnknown,
    /// The same ingredients in another order.
    Reordered,
    /// A dependency's package is another one now; of the same name, its contents are.
    Dependency {
        spec: OriginSpec,
        /// `name-version`, then and now.
        before: String,
        now: String,
    },
    /// An older dsynth recorded another checksum of the port's directory.
    OldRecord {
        program: &'static str,
        before: u32,
        now: u32,
    },
    /// What it was made from was recorded and cannot be read any more.
    RecordDamaged,
    /// The decision broke down: a needless build costs time, a stale package costs trust.
    NotJudged(String),
}

/// What became of an ingredient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    Gone,
    /// A value, as far as it is kept for people.
    Value {
        before: String,
        now: String,
    },
    /// Something that is known by its digest; of a directory also the files, if they were recorded.
    Contents(Vec<FileChange>),
}

/// One file of a directory that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// Below the directory.
    pub name: String,
    pub how: FileFate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFate {
    New,
    Gone,
    Changed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Forced => write!(f, "forced"),
            Reason::Cycle => write!(f, "it depends on itself"),
            Reason::NeverBuilt => write!(f, "never built"),
            Reason::PackageMissing { pkgfile } => write!(f, "its package {pkgfile} is missing"),
            Reason::Recipe { kind, name, change } => write!(f, "{} {change}", format!("{kind} {name}").trim()),
            Reason::RecipeUnknown => write!(f, "its recipe changed, and what the old one was made of is not recorded"),
            Reason::Reordered => write!(f, "the order of its ingredients changed"),
            Reason::Dependency { spec, before, now } if before == now => {
                write!(f, "dependency {spec}: the contents of {now} changed")
            }
            Reason::Dependency { spec, before, now } => write!(f, "dependency {spec}: {before} -> {now}"),
            Reason::OldRecord { program, before, now } => {
                write!(f, "its port changed since {program} built it: CRC {before:08x} -> {now:08x}")
            }
            Reason::RecordDamaged => write!(f, "the record of what it was made from is damaged"),
            Reason::NotJudged(why) => write!(f, "cannot be judged: {why}"),
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::New => write!(f, "is new"),
            Change::Gone => write!(f, "is gone"),
            Change::Value { before, now } => write!(f, "changed: `{before}` -> `{now}`"),
            Change::Contents(_) => write!(f, "changed"),
        }
    }
}

impl fmt::Display for FileChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.how {
            FileFate::New => write!(f, "{} is new", self.name),
            FileFate::Gone => write!(f, "{} is gone", self.name),
            FileFate::Changed => write!(f, "{} changed", self.name),
        }
    }
}
