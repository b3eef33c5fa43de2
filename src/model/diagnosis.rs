//! What a failure comes down to: what people sort failures by, and the words that say why.

use serde::{Deserialize, Serialize};

use super::{Failure, Phase};

/// How a build failed: in which phase, of what, and what that comes down to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub phase: Phase,
    pub why: Failure,
    pub diagnosis: Diagnosis,
}

/// A kind of failure. Stored by place: new ones go last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClass {
    /// The port refuses this system or these options.
    Sanity,
    /// A package or a shared library that it needs is not there.
    MissingDependency,
    Fetch,
    Checksum,
    Extract,
    Patch,
    Configure,
    Compile,
    Link,
    Stage,
    /// Its list of files is not what it staged.
    Plist,
    Package,
    /// The finished package cannot be installed, or taken away again.
    Install,
    /// Nothing was printed for too long.
    NoOutput,
    Timeout,
    TooMuchOutput,
    OutOfMemory,
    OutOfSpace,
    Killed,
    /// The package could not be put into the repository.
    Repository,
    /// The place to build in could not be made or broke down.
    Jail,
}

/// A failure's class, and what its log says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub class: FailureClass,
    /// What the phase ended with, if it ended by itself.
    pub exit: Option<i32>,
    /// The first lines of its output that look like the error; of any phase a few, none of them long.
    pub lines: Vec<String>,
}

impl Fault {
    /// Without a look at the output.
    pub fn new(phase: Phase, why: Failure) -> Fault {
        let exit = if let Failure::Exit(code) = why { Some(code) } else { None };
        let diagnosis = Diagnosis { class: FailureClass::of(phase, &why), exit, lines: Vec::new() };
        Fault { phase, why, diagnosis }
    }

    /// See [`Diagnosis::text`].
    pub fn text(&self) -> String {
        self.diagnosis.text(self.phase.name(), &self.why.to_string())
    }
}

impl Diagnosis {
    /// `compile, exit 1`, with the class where neither the name of the phase nor `why` says it.
    pub fn text(&self, phase: &str, why: &str) -> String {
        let class = self.class.name();
        if self.exit.is_some() && class != phase { format!("{class}, {why}") } else { why.to_owned() }
    }
}

impl FailureClass {
    fn of(phase: Phase, why: &Failure) -> FailureClass {
        match why {
            Failure::Exit(_) => FailureClass::in_phase(phase),
            Failure::Signal(_) => FailureClass::Killed,
            Failure::Silent { .. } => FailureClass::NoOutput,
            Failure::TimedOut { .. } => FailureClass::Timeout,
            Failure::TooMuchOutput { .. } => FailureClass::TooMuchOutput,
            Failure::NoSpace(_) => FailureClass::OutOfSpace,
            Failure::OutOfMemory(_) => FailureClass::OutOfMemory,
            Failure::NoPackage(_) => FailureClass::Package,
            Failure::Repository(_) => FailureClass::Repository,
            Failure::Jail(_) => FailureClass::Jail,
        }
    }

    fn in_phase(phase: Phase) -> FailureClass {
        match phase {
            Phase::InstallPkgs
            | Phase::PkgDepends
            | Phase::FetchDepends
            | Phase::ExtractDepends
            | Phase::PatchDepends
            | Phase::BuildDepends
            | Phase::LibDepends
            | Phase::RunDepends => FailureClass::MissingDependency,
            Phase::Fetch => FailureClass::Fetch,
            Phase::Checksum => FailureClass::Checksum,
            Phase::Extract => FailureClass::Extract,
            Phase::Patch => FailureClass::Patch,
            Phase::Configure => FailureClass::Configure,
            Phase::Build => FailureClass::Compile,
            Phase::Stage => FailureClass::Stage,
            Phase::CheckPlist => FailureClass::Plist,
            Phase::Package => FailureClass::Package,
            Phase::Install | Phase::Deinstall => FailureClass::Install,
            _dump_or_sanity => FailureClass::Sanity,
        }
    }

    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            FailureClass::Sanity => "sanity",
            FailureClass::MissingDependency => "missing dependency",
            FailureClass::Fetch => "fetch",
            FailureClass::Checksum => "checksum",
            FailureClass::Extract => "extract",
            FailureClass::Patch => "patch",
            FailureClass::Configure => "configure",
            FailureClass::Compile => "compile",
            FailureClass::Link => "link",
            FailureClass::Stage => "stage",
            FailureClass::Plist => "plist",
            FailureClass::Package => "package",
            FailureClass::Install => "install",
            FailureClass::NoOutput => "no output",
            FailureClass::Timeout => "timeout",
            FailureClass::TooMuchOutput => "too much output",
            FailureClass::OutOfMemory => "out of memory",
            FailureClass::OutOfSpace => "out of space",
            FailureClass::Killed => "killed",
            FailureClass::Repository => "repository",
            FailureClass::Jail => "jail",
        }
    }
}
