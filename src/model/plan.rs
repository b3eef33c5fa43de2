//! A plan: jobs, what each depends on, and what each is made from. Plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::fingerprint::Digest;
use super::{Fingerprint, JobId, KindSet, Origin, OriginSpec};

/// Jobs in an order in which each comes after all it depends on; members of cycles come last.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub jobs: Vec<Job>,
    /// What is wrong with the tree or the request but stops nothing.
    pub notices: Vec<Notice>,
}

/// One origin spec to have a package of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// With the flavor, if the port has any.
    pub spec: OriginSpec,
    /// `name-version`; empty if the port could not be evaluated.
    pub pkgname: String,
    /// File name in the repository, with suffix.
    pub pkgfile: String,
    /// `USES` names `metaport`: a package without files of its own.
    pub meta: bool,
    /// Paths below the distfiles directory.
    pub distfiles: Vec<String>,
    /// The port that it is a variant of, and may take as long as.
    pub master: Option<Origin>,
    pub asked: Asked,
    pub fate: Fate,
    /// Of its `Recipe`; all zeros if it has none.
    pub recipe: Fingerprint,
    /// CRC-32 of the port's directory; 0 if there is none.
    pub crc: u32,
    /// By job, each once.
    pub depends: Vec<JobDepend>,
}

/// An edge. With no kind at all it is one of order: the package manager comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct JobDepend {
    pub job: JobId,
    pub kinds: KindSet,
}

/// How a job came into the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Asked {
    /// Another job needs it.
    Needed,
    /// One of all flavors of a port that was asked for; nobody asked for this one in particular.
    OtherFlavor,
    /// Asked for: by its flavor, or as the default flavor.
    Named,
}

/// What the tree says of a job before anything is built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// To be judged when its dependencies are in place.
    Open,
    /// The port says no, and why (`IGNORE`).
    Ignored(String),
    /// A dependency will never be there; the chain ends with the culprit.
    Skipped(String),
    /// It is not in the tree, or the tree's `make` fails on it.
    Broken(String),
    /// It depends on itself: the whole loop, as `a -> b -> a`.
    Cyclic(String),
}

/// What a job is made from, short of the packages it depends on (design 0.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub parts: Vec<RecipePart>,
}

/// One ingredient of a recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipePart {
    /// `port`, `directory`, `file`, `flavor`, `value` or `abi`; `values` stands for all values where they are lost.
    pub kind: String,
    pub name: String,
    pub digest: Fingerprint,
    /// The value itself, cut short; empty for directories.
    pub shown: String,
    /// What is in a directory, sorted by name, so that an explanation can name what changed.
    pub files: Arc<[SourceFile]>,
}

/// A file of the tree, as an explanation compares it; the decision goes by the digest of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Below the directory it was found in.
    pub name: String,
    pub crc: u32,
}

/// A thing that is wrong, and with whom; it stops nothing by itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Notice {
    /// The port, if it is one port's trouble.
    pub spec: Option<OriginSpec>,
    pub text: String,
}

impl Plan {
    pub fn job(&self, id: JobId) -> &Job {
        &self.jobs[id.index()]
    }

    pub fn ids(&self) -> impl Iterator<Item = JobId> + use<> {
        (0..self.jobs.len() as u32).map(JobId)
    }

    /// The jobs that the tree says nothing against.
    pub fn open(&self) -> impl Iterator<Item = JobId> + '_ {
        self.ids().filter(|id| self.job(*id).fate == Fate::Open)
    }

    /// Some jobs and all that they depend on, in the same order; without notices.
    pub fn only(&self, wanted: impl IntoIterator<Item = JobId>) -> Plan {
        let (mut kept, mut open): (BTreeSet<JobId>, Vec<JobId>) = (BTreeSet::new(), wanted.into_iter().collect());
        while let Some(id) = open.pop() {
            if kept.insert(id) {
                open.extend(self.job(id).depends.iter().map(|depend| depend.job));
            }
        }
        let places: BTreeMap<JobId, JobId> = kept.iter().zip(0..).map(|(id, place)| (*id, JobId(place))).collect();
        let job = |id: &JobId| {
            let mut job = self.job(*id).clone();
            job.depends.iter_mut().for_each(|depend| depend.job = places[&depend.job]);
            job
        };
        Plan { jobs: kept.iter().map(job).collect(), notices: Vec::new() }
    }

    pub fn find(&self, spec: &OriginSpec) -> Option<JobId> {
        self.ids().find(|id| self.job(*id).spec == *spec)
    }

    /// Who waits for whom: for each job, the jobs that depend on it.
    pub fn dependents(&self) -> Vec<Vec<JobId>> {
        let mut dependents = vec![Vec::new(); self.jobs.len()];
        for id in self.ids() {
            for depend in &self.job(id).depends {
                dependents[depend.job.index()].push(id);
            }
        }
        dependents
    }
}

impl Job {
    /// Edges of order alone are left out: a new package manager makes nobody's package old.
    pub fn needs(&self) -> impl Iterator<Item = &JobDepend> {
        self.depends.iter().filter(|depend| !depend.kinds.is_empty())
    }
}

impl Recipe {
    /// `shown` is how to tell a person: a value cut to a sensible length, or nothing.
    pub fn push(&mut self, kind: &str, name: &str, digest: Fingerprint, shown: &str) {
        let (kind, name, shown) = (kind.into(), name.into(), shown.into());
        self.parts.push(RecipePart { kind, name, digest, shown, files: Arc::default() });
    }

    pub fn push_directory(&mut self, kind: &str, name: &str, digest: Fingerprint, files: Arc<[SourceFile]>) {
        self.parts.push(RecipePart { kind: kind.into(), name: name.into(), digest, shown: String::new(), files });
    }

    /// Of the same parts that an explanation compares, in their order, the values last and as one.
    pub fn fingerprint(&self) -> Fingerprint {
        let is_value = |part: &&RecipePart| part.kind == "value";
        let values = self.parts.iter().filter(is_value).map(|part| (part.name.as_str(), part.digest));
        let values = self.parts.iter().any(|part| part.kind == "value").then(|| digest_of_values(values));
        let others = self.parts.iter().filter(|part| !is_value(part));
        let others = others.map(|part| (part.kind.as_str(), part.name.as_str(), part.digest));
        digest_of_parts(others.chain(values.map(|digest| (VALUES, "", digest))))
    }
}

/// A part that stands for all values of a recipe.
pub const VALUES: &str = "values";

/// Of parts by kind, name and digest; the values are one part, the last.
pub fn digest_of_parts<'a>(parts: impl Iterator<Item = (&'a str, &'a str, Fingerprint)>) -> Fingerprint {
    let mut digest = Digest::default();
    for (kind, name, part) in parts {
        digest.field(kind.as_bytes());
        digest.field(name.as_bytes());
        digest.field(part.as_bytes());
    }
    digest.finish()
}

/// Of values by name and digest.
pub fn digest_of_values<'a>(values: impl Iterator<Item = (&'a str, Fingerprint)>) -> Fingerprint {
    let mut digest = Digest::default();
    for (name, value) in values {
        digest.field(name.as_bytes());
        digest.field(value.as_bytes());
    }
    digest.finish()
}
