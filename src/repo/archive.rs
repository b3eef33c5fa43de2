//! A package file, opened and walked through.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::ops::ControlFlow;

use camino::Utf8Path;
use tar::{Archive, Entry};

use super::compression::{Compression, PEEK, Source};
use super::manifest::{Content, Manifest};
use super::{PackageError, ending};
use crate::model::PackageFacts;

/// A manifest larger than this is none.
const MANIFEST_LIMIT: u64 = 256 << 20;

pub(super) type Member<'a> = Entry<'a, Box<dyn Read>>;

/// What a package says of itself, if it is all there. Reads its manifest and looks at its end, unless the manifest
/// leaves out the files' checksums.
pub fn read_facts(path: &Utf8Path) -> Result<PackageFacts, PackageError> {
    let text = read_manifest(path)?;
    ending::check(path)?;
    let not_a_package = |reason| PackageError::NotAPackage { path: path.into(), reason };
    let manifest = Manifest::parse(&text).map_err(not_a_package)?;
    let contents = if manifest.has_sums() { Vec::new() } else { read_contents(path)? };
    manifest.facts(contents).map_err(not_a_package)
}

fn read_manifest(path: &Utf8Path) -> Result<Vec<u8>, PackageError> {
    let mut manifest = None;
    walk(path, |member| {
        let name = name_of(member);
        if name == "+MANIFEST" {
            manifest = Some(read_whole(member)?);
        }
        // The descriptions come first; behind them nothing is of interest.
        Ok(if manifest.is_some() || !name.starts_with('+') {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    let reason = "it has no `+MANIFEST` at its beginning".to_owned();
    manifest.ok_or(PackageError::NotAPackage { path: path.into(), reason })
}

fn read_whole(member: &mut Member<'_>) -> io::Result<Vec<u8>> {
    if member.size() > MANIFEST_LIMIT {
        return Err(io::Error::new(ErrorKind::InvalidData, "its manifest is too large"));
    }
    let mut bytes = Vec::new();
    let size = member.size();
    member.read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < size { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

/// Digests of everything but the descriptions, in the archive's order.
fn read_contents(path: &Utf8Path) -> Result<Vec<Content>, PackageError> {
    let mut contents = Vec::new();
    walk(path, |member| {
        let name = name_of(member);
        if !name.starts_with('+') {
            contents.push(content(name, member)?);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(contents)
}

fn content(name: String, member: &mut Member<'_>) -> io::Result<Content> {
    let mut hasher = blake3::Hasher::new();
    let header = member.header();
    hasher.update(&[header.entry_type().as_byte()]);
    hasher.update(&header.mode()?.to_le_bytes());
    let link = member.link_name_bytes().unwrap_or_default().into_owned();
    hasher.update(&(link.len() as u64).to_le_bytes());
    hasher.update(&link);
    io::copy(member, &mut hasher)?;
    Ok(Content { path: name, digest: *hasher.finalize().as_bytes() })
}

pub(super) fn name_of(member: &Member<'_>) -> String {
    String::from_utf8_lossy(&member.path_bytes()).into_owned()
}

/// Calls `visit` for each member in turn until it breaks off.
pub(super) fn walk(
    path: &Utf8Path,
    mut visit: impl FnMut(&mut Member<'_>) -> io::Result<ControlFlow<()>>,
) -> Result<(), PackageError> {
    let (file, compression) = detected(path)?;
    let (source, ended) = Source::new(file);
    let mut archive = Archive::new(compression.decoder(source));
    match visit_all(&mut archive, &mut visit) {
        // Archives have an end of their own, before that of the file.
        Ok(ControlFlow::Continue(())) if ended.get() && compression == Compression::None => {
            Err(PackageError::Truncated { path: path.into() })
        }
        Ok(_) => Ok(()),
        Err(error) => Err(classified(path, ended.get(), error)),
    }
}

/// The file from its beginning, and what it is compressed with.
pub(super) fn detected(path: &Utf8Path) -> Result<(BufReader<File>, Compression), PackageError> {
    let mut file = BufReader::with_capacity(64 << 10, open(path)?);
    let head = file.fill_buf().map_err(|source| PackageError::Io { action: "read", path: path.into(), source })?;
    match Compression::detect(&head[..head.len().min(PEEK)]) {
        Some(compression) => Ok((file, compression)),
        None => {
            let reason = if head.is_empty() { "it is empty" } else { "it is no archive that dsynth knows" };
            Err(PackageError::NotAPackage { path: path.into(), reason: reason.into() })
        }
    }
}

fn visit_all(
    archive: &mut Archive<Box<dyn Read>>,
    visit: &mut dyn FnMut(&mut Member<'_>) -> io::Result<ControlFlow<()>>,
) -> io::Result<ControlFlow<()>> {
    for member in archive.entries()? {
        if visit(&mut member?)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Decoders have many words for the same two things: there is too little of it, or it is wrong.
pub(super) fn classified(path: &Utf8Path, ended: bool, error: io::Error) -> PackageError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::UnexpectedEof => PackageError::Truncated { path },
        ErrorKind::Other | ErrorKind::InvalidData | ErrorKind::InvalidInput if ended => {
            PackageError::Truncated { path }
        }
        ErrorKind::Other | ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            PackageError::NotAPackage { path, reason: error.to_string() }
        }
        _ => PackageError::Io { action: "read", path, source: error },
    }
}

/// A regular file or a link to one. Others are never opened: a pipe would wait for a writer.
fn open(path: &Utf8Path) -> Result<File, PackageError> {
    metadata(path)?;
    File::open(path).map_err(|source| PackageError::Io { action: "open", path: path.into(), source })
}

/// Of the file that is read, behind any links.
pub(super) fn metadata(path: &Utf8Path) -> Result<fs::Metadata, PackageError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => Ok(found),
        Ok(found) => Err(PackageError::NotAFile { path: path.into(), kind: kind(&found) }),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(match fs::read_link(path) {
            Ok(target) => PackageError::DanglingLink { path: path.into(), target: target.display().to_string() },
            Err(_) => PackageError::Missing { path: path.into() },
        }),
        Err(source) => Err(PackageError::Io { action: "look at", path: path.into(), source }),
    }
}

pub(super) fn kind(found: &fs::Metadata) -> &'static str {
    if found.is_dir() { "a directory" } else { "a pipe, socket or device" }
}
