//! One origin spec in one run, and how it ended.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fault, PackageFacts, Reason};

/// A job's place in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub u32);

impl JobId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A worker's numbered place, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlotId(pub u32);

/// What is to be done with a job whose dependencies are all in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its package is up to date.
    Fresh,
    /// It has to be built, and why.
    Dirty(Vec<Reason>),
}

/// How a job that went to a worker ended. A port that fails is an answer, not an error.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Its package is in the repository and its trace is written.
    Built {
        build: Uuid,
        package: PackageFacts,
        took: Duration,
    },
    /// Its distfiles are there and their sums are right (fetch-only).
    Fetched {
        took: Duration,
    },
    Failed {
        fault: Fault,
        took: Duration,
    },
    /// dsynth was told to stop while it was built.
    Interrupted {
        took: Duration,
    },
}

/// Why a phase failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    Exit(i32),
    Signal(i32),
    /// Silent for that many minutes.
    Silent {
        minutes: u64,
    },
    /// It took longer in all.
    TimedOut {
        minutes: u64,
    },
    /// Its log would have become longer; in bytes.
    TooMuchOutput {
        limit: u64,
    },
    /// A file system of its jail is full.
    NoSpace(String),
    /// The kernel killed processes of it for want of memory.
    OutOfMemory(String),
    /// All phases succeeded, yet there is no package that can be read.
    NoPackage(String),
    /// The package could not be put into the repository.
    Repository(String),
    /// The place to build in could not be made or broke down.
    Jail(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Exit(code) => write!(f, "exit {code}"),
            Failure::Signal(signal) => write!(f, "signal {signal}"),
            Failure::Silent { minutes } => write!(f, "no output for {minutes} minutes"),
            Failure::TimedOut { minutes } => write!(f, "not done after {minutes} minutes"),
            Failure::TooMuchOutput { limit } => write!(f, "more than {} of output", size_text(*limit)),
            Failure::NoSpace(what) => f.write_str(what),
            Failure::OutOfMemory(how) => write!(f, "out of memory: {how}"),
            Failure::NoPackage(why) => write!(f, "no package: {why}"),
            Failure::Repository(why) => write!(f, "repository: {why}"),
            Failure::Jail(why) => write!(f, "jail: {why}"),
        }
    }
}

/// `64 GiB`, or what is whole; rounded down.
pub fn size_text(bytes: u64) -> String {
    let (unit, shift) = if bytes >= 1 << 30 && bytes.trailing_zeros() >= 30 { ("GiB", 30) } else { ("MiB", 20) };
    format!("{} {unit}", bytes >> shift)
}
