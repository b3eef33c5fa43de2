//! Whether a package file is all there, behind its manifest too.
//!
//! pkg(8) writes xz and zstd, and these tell without being decompressed: xz ends in a footer with a sum, zstd is a chain of
//! blocks that say how long they are. The rest is read to its end.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::FileExt;

use camino::Utf8Path;

use super::PackageError;
use super::archive::{classified, detected, walk};
use super::compression::{Compression, Source};

/// `Truncated` if something is missing.
pub(super) fn check(path: &Utf8Path) -> Result<(), PackageError> {
    let (file, compression) = detected(path)?;
    let whole = match compression {
        Compression::Xz => xz(file.get_ref()),
        Compression::Zstd => zstd(file.get_ref()),
        Compression::None => return walk(path, |_| Ok(ControlFlow::Continue(()))),
        Compression::Gzip | Compression::Bzip2 => {
            let (source, ended) = Source::new(file);
            let read = io::copy(&mut compression.decoder(source), &mut io::sink());
            return read.map(drop).map_err(|error| classified(path, ended.get(), error));
        }
    };
    match whole {
        Ok(true) => Ok(()),
        Ok(false) => Err(PackageError::Truncated { path: path.into() }),
        Err(error) => Err(classified(path, false, error)),
    }
}

/// The xz file format 2.1.2: a stream's footer is the CRC-32 of the next six bytes, these, and `YZ`.
fn xz(file: &File) -> io::Result<bool> {
    let mut footer = [0; 12];
    file.read_exact_at(&mut footer, file.metadata()?.len().saturating_sub(12))?;
    Ok(footer[..4] == crc32fast::hash(&footer[4..10]).to_le_bytes() && footer[10..] == *b"YZ")
}

/// RFC 8878, 3.1: frames one behind the other up to the end of the file.
fn zstd(file: &File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    let mut position = 0;
    while position < length {
        position = frame_end(file, position)?;
    }
    Ok(position == length)
}

fn frame_end(file: &File, start: u64) -> io::Result<u64> {
    let magic = little(file, start, 4)?;
    if (0x184d_2a50..=0x184d_2a5f).contains(&magic) {
        return Ok(start + 8 + little(file, start + 4, 4)?);
    }
    let descriptor = little(file, start + 4, 1)?;
    let single_segment = descriptor >> 5 & 1;
    let dictionary = [0, 1, 2, 4][(descriptor & 3) as usize];
    let content_size = [single_segment, 2, 4, 8][(descriptor >> 6) as usize];
    let mut position = start + 5 + (1 - single_segment) + dictionary + content_size;
    loop {
        let header = little(file, position, 3)?;
        // Of a block that repeats one byte, that byte alone is there.
        let is_run = header >> 1 & 3 == 1;
        position += 3 + if is_run { 1 } else { header >> 3 };
        if header & 1 == 1 {
            let checksum = if descriptor >> 2 & 1 == 1 { 4 } else { 0 };
            return Ok(position + checksum);
        }
    }
}

/// A number of at most eight bytes.
fn little(file: &File, position: u64, bytes: usize) -> io::Result<u64> {
    let mut number = [0; 8];
    file.read_exact_at(&mut number[..bytes], position)?;
    Ok(u64::from_le_bytes(number))
}
