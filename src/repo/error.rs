//! What can be wrong with a package file or its directory.

use std::io;

use camino::Utf8PathBuf;

/// Messages read after "cannot".
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    #[error("use `{name}` as a package's file name: it has to be a plain name")]
    Name { name: String },
    #[error("read the package `{path}`: there is no such file")]
    Missing { path: Utf8PathBuf },
    #[error("read the package `{path}`: it is a link to `{target}`, which does not exist; remove it")]
    DanglingLink { path: Utf8PathBuf, target: String },
    #[error("use the package `{path}`: it is {kind}, not a file; move it away")]
    NotAFile { path: Utf8PathBuf, kind: &'static str },
    #[error("read the package `{path}`: it ends too early; build the port again")]
    Truncated { path: Utf8PathBuf },
    #[error("read the package `{path}`: {reason}; build the port again")]
    NotAPackage { path: Utf8PathBuf, reason: String },
    #[error("use `{path}` as the repository: it is not a directory; correct `Directory_repository`")]
    NotADirectory { path: Utf8PathBuf },
    #[error("{action} `{path}`: {source}")]
    Io { action: &'static str, path: Utf8PathBuf, source: io::Error },
    #[error("unpack `{member}` of the package `{path}`: {reason}")]
    Member { path: Utf8PathBuf, member: String, reason: &'static str },
}
