//! The words of the field: plain data, no I/O.

mod causes;
mod chart;
mod clock;
mod depend;
mod diagnosis;
mod disk;
mod evaluator;
mod event;
mod fingerprint;
mod job;
mod origin;
mod package;
mod phase;
mod plan;
mod platform;
mod reason;
#[cfg(test)]
pub mod samples;
mod scan;
mod stop;
mod trace;

pub use causes::with_causes;
pub use chart::{Chart, ChartEdge, ChartPort, PortState, Problem, ProblemKind, Selection};
pub use clock::clock;
pub use depend::{DepKind, KindSet};
pub use diagnosis::{Diagnosis, FailureClass, Fault};
pub use disk::{Contents, DirectoryContents, DirectoryRecord, Entry, EntryRecord, FileKind, Stamp, is_leftover};
pub use evaluator::Evaluator;
pub use event::{Event, EventSink, HostLoad, Summary};
pub use fingerprint::{Digest, Fingerprint};
pub use job::{Failure, JobId, Outcome, SlotId, Verdict, size_text};
pub use origin::{Flavor, Origin, OriginSpec, SpecError};
pub use package::PackageFacts;
pub use phase::Phase;
pub use plan::{
    Asked, Fate, Job, JobDepend, Notice, Plan, Recipe, RecipePart, SourceFile, VALUES, digest_of_parts,
    digest_of_values,
};
pub use platform::Platform;
pub use reason::{Change, FileChange, FileFate, Reason};
pub use scan::{Evaluation, Reads, ScanRecord, Value};
pub use stop::{Stop, StopReason};
pub use trace::{DependTrace, Trace};
