//! The world as an evaluation sees it.

use std::sync::Arc;

use super::block::Makefile;

/// All that an evaluation may learn; it learns nothing any other way, so what goes through here is what it read.
///
/// Paths are bytes as makefiles write them, made absolute.
pub trait Host {
    /// The makefile there. `Ok(None)` if there is none.
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable>;

    /// Whether anything is there. `follow`: a symbolic link to nothing is nothing.
    fn exists(&self, path: &[u8], follow: bool) -> bool;

    fn is_directory(&self, path: &[u8]) -> bool;

    /// Without symbolic links and dots; `None` if nothing is there.
    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>>;

    /// What a command says.
    fn shell(&self, command: &Command<'_>) -> Output;

    /// Seconds since 1970, for `:gmtime`.
    fn now(&self) -> i64;

    /// Nobody waits for the answer any more; asked now and then.
    fn is_stopped(&self) -> bool {
        false
    }
}

/// A file that is there and cannot be a makefile: what it is, or the system's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable(pub String);

/// What `sh -c` is given.
#[derive(Debug)]
pub struct Command<'a> {
    pub text: &'a [u8],
    pub directory: &'a [u8],
    /// Sorted by name.
    pub environment: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Standard output as it came, what was said beside it, and whether the command was content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    pub text: Vec<u8>,
    /// Standard error.
    pub complaints: Vec<u8>,
    pub failure: Option<Failure>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    Status,
    Signal,
    /// It could not be run, or gave no end.
    NotRun(String),
}
