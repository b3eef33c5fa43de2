//! Packages made here, read by what users call.

mod reading;
mod repository;
mod unpacking;

use std::fs;
use std::io::Write;

use camino::Utf8PathBuf;
use tar::{Builder, EntryType, Header};
use tempfile::TempDir;

const FILES: &str = r#","files":{"/usr/local/bin/b":"1$00ff"}"#;

struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.dir.path().join(name)).unwrap()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Utf8PathBuf {
        fs::write(self.path(name), bytes).unwrap();
        self.path(name)
    }
}

/// Name, type, mode, and contents or link target.
type Part<'a> = (&'a str, EntryType, u32, &'a [u8]);

fn archive(parts: &[Part<'_>]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, kind, mode, data) in parts {
        let mut header = Header::new_ustar();
        // The builder would refuse the names that matter here.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_mtime(1_000_000_000);
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        if is_link {
            header.as_old_mut().linkname[..data.len()].copy_from_slice(data);
        }
        let data = if is_link { &[] } else { *data };
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, data).unwrap();
    }
    builder.into_inner().unwrap()
}

fn manifest(more: &str) -> String {
    format!(r#"{{"name":"b","version":"1.0","origin":"a/b"{more}}}"#)
}

/// A package with one file; `more` are further fields of its manifest.
fn package(more: &str, file: &[u8]) -> Vec<u8> {
    let manifest = manifest(more);
    archive(&[
        ("+COMPACT_MANIFEST", EntryType::Regular, 0o644, b"{}"),
        ("+MANIFEST", EntryType::Regular, 0o644, manifest.as_bytes()),
        ("/usr/local/bin/b", EntryType::Regular, 0o755, file),
    ])
}

fn compressed(bytes: &[u8]) -> [(&'static str, Vec<u8>); 5] {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(bytes).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(bytes).unwrap();
    [
        ("tar", bytes.to_vec()),
        ("zst", zstd(bytes)),
        ("xz", xz.finish().unwrap()),
        ("bz2", bzip2.finish().unwrap()),
        ("gz", gzip.finish().unwrap()),
    ]
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}
