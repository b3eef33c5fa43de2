//! Package files, and the directory they live in.
//!
//! A package is a tar archive, compressed or not, whose first members (`+COMPACT_MANIFEST`, `+MANIFEST`) describe
//! the rest. To know a package only these and its end are read; damage in between shows when the package is installed.

mod archive;
mod compression;
mod ending;
mod error;
mod manifest;
mod repository;
mod unpack;

#[cfg(test)]
mod tests;

pub use archive::read_facts;
pub use error::PackageError;
pub use repository::{Repository, Unplaced};
pub use unpack::{no_manuals, unpack};
