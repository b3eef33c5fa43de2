//! A package's files, put under a directory without the help of pkg(8): how pkg(8) itself gets there.

use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::path::{Component, Path, PathBuf};

use camino::Utf8Path;
use tar::EntryType;

use super::PackageError;
use super::archive::{Member, name_of, walk};

/// Extracts the members that `wanted` says yes to; the package's own descriptions never.
///
/// Everything lands below `dest`: absolute names lose their slash, `..` is an error, and a link that is there already
/// or was just unpacked is replaced or refused, never followed out of `dest`. Modes are kept. Says how many it were.
pub fn unpack(package: &Utf8Path, dest: &Utf8Path, wanted: impl Fn(&str) -> bool) -> Result<usize, PackageError> {
    let mut count = 0;
    let mut refused = None;
    walk(package, |member| {
        let name = name_of(member);
        if name.starts_with('+') || !wanted(&name) {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(reason) = objection(member) {
            refused = Some(PackageError::Member { path: package.into(), member: name, reason });
            return Ok(ControlFlow::Break(()));
        }
        match extract(member, dest) {
            Err(source) if !is_about_package(source.kind()) => {
                refused = Some(PackageError::Io { action: "unpack a package in", path: dest.into(), source });
                Ok(ControlFlow::Break(()))
            }
            extracted => extracted.map(|()| {
                count += 1;
                ControlFlow::Continue(())
            }),
        }
    })?;
    refused.map_or(Ok(count), Err)
}

/// What the bootstrap of pkg(8) wants: all but manual pages.
pub fn no_manuals(name: &str) -> bool {
    !name.contains("/man/")
}

fn objection(member: &Member<'_>) -> Option<&'static str> {
    let path = member.path_bytes();
    if path.split(|byte| *byte == b'/').any(|part| part == b"..") {
        return Some("its name leads upwards");
    }
    match member.header().entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => None,
        EntryType::Directory | EntryType::Symlink | EntryType::Link => None,
        _ => Some("it is neither file, directory nor link"),
    }
}

fn extract(member: &mut Member<'_>, dest: &Utf8Path) -> io::Result<()> {
    if member.header().entry_type() == EntryType::Link {
        return hard_link(member, dest.as_std_path());
    }
    member.set_preserve_permissions(true);
    match member.unpack_in(dest)? {
        true => Ok(()),
        false => Err(outside()),
    }
}

/// Not left to the tar crate: pkg(8) writes the target with its leading slash, and means it below `dest`.
fn hard_link(member: &Member<'_>, dest: &Path) -> io::Result<()> {
    let target = member.link_name()?.ok_or_else(outside)?;
    let (from, to) = (home(dest, &target)?, home(dest, &member.path()?)?);
    if from == to {
        return Ok(());
    }
    match fs::remove_file(&to) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::hard_link(from, to),
    }
}

/// Where a name is below `dest`, after its directories are made; never through a link that leads out.
fn home(dest: &Path, name: &Path) -> io::Result<PathBuf> {
    let root = dest.canonicalize()?;
    let mut path = root.clone();
    let mut parts = name.components().filter(|part| !matches!(part, Component::RootDir | Component::CurDir)).peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(part) = part else { return Err(outside()) };
        path.push(part);
        if parts.peek().is_none() {
            return Ok(path);
        }
        match fs::create_dir(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => path = path.canonicalize()?,
        }
        if !path.starts_with(&root) {
            return Err(outside());
        }
    }
    Err(outside())
}

fn outside() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "it has names that lead elsewhere")
}

/// What the decoders say of a bad package; the rest comes from where it is unpacked.
fn is_about_package(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other)
}
