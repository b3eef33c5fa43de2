//! The C dsynth's checksum of a port's directory (spec 4.1): of names, times and sizes, not of contents.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::model::Origin;

/// CRC-32C, one for each file, combined by XOR; 0 if there is no file. The path of the tree is part of it, as it is written in
/// the profile.
pub(super) fn checksum(ports: &str, origin: &Origin) -> u32 {
    let mut checksum = 0;
    let mut paths = vec![PathBuf::from(format!("{ports}/{origin}"))];
    while let Some(path) = paths.pop() {
        let Ok(found) = path.symlink_metadata() else { continue };
        if found.is_dir() {
            // Also one whose name begins with a dot.
            paths.extend(fs::read_dir(&path).into_iter().flatten().flatten().map(|entry| entry.path()));
        } else if (found.is_file() || found.is_symlink()) && !is_left_out(&path) {
            checksum ^= of_file(path.as_os_str().as_bytes(), found.mtime(), found.size());
        }
    }
    checksum
}

fn is_left_out(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_bytes();
    name.starts_with(b".") || name.ends_with(b".core")
}

/// Numbers are in the order of bytes of this host, as the C dsynth has them in memory.
fn of_file(path: &[u8], mtime: i64, size: u64) -> u32 {
    let crc = crc32c(!0, &mtime.to_ne_bytes());
    let crc = crc32c(crc, &size.to_ne_bytes());
    !crc32c(crc, path)
}

/// Castagnoli's polynomial, lowest bit first.
const POLYNOMIAL: u32 = 0x82f6_3b78;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// One more piece of a stream; it begins with all bits set, and its last value is to be inverted.
fn crc32c(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A port `c/p` in a tree of its own; each file has the length and the time (since 1970) that the table says.
    struct Tree(tempfile::TempDir);

    impl Tree {
        fn new(files: &[(&str, usize, u64)]) -> Tree {
            let tree = Tree(tempfile::tempdir().unwrap());
            fs::create_dir_all(tree.path("")).unwrap();
            files.iter().for_each(|(name, size, mtime)| tree.file(name, *size, *mtime));
            tree
        }

        fn ports(&self) -> &str {
            self.0.path().to_str().unwrap()
        }

        fn path(&self, name: &str) -> String {
            format!("{}/c/p/{name}", self.ports()).trim_end_matches('/').to_owned()
        }

        fn file(&self, name: &str, size: usize, mtime: u64) {
            let path = self.path(name);
            fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
            fs::write(&path, vec![b'x'; size]).unwrap();
            let time = SystemTime::UNIX_EPOCH + Duration::new(mtime, 999_999_999);
            fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        }

        fn checksum(&self) -> u32 {
            checksum(self.ports(), &Origin::parse("c/p").unwrap())
        }

        /// Bit by bit, as the definition has it.
        fn expected(&self, files: &[(&str, usize, u64)]) -> u32 {
            let one = |(name, size, mtime): &(&str, usize, u64)| {
                let path = self.path(name);
                bitwise(&[&mtime.to_ne_bytes()[..], &(*size as u64).to_ne_bytes(), path.as_bytes()].concat())
            };
            files.iter().map(one).fold(0, |sum, crc| sum ^ crc)
        }
    }

    fn bitwise(bytes: &[u8]) -> u32 {
        let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
    }

    #[test]
    fn is_the_usual_crc_32c() {
        // The check value of the catalogue, and two of RFC 3720 B.4.
        let cases: [(&[u8], u32); 4] =
            [(b"123456789", 0xe306_9283), (&[0; 32], 0x8a91_36aa), (&[0xff; 32], 0x62a8_ab43), (b"", 0)];
        for (bytes, crc) in cases {
            assert_eq!(!crc32c(!0, bytes), crc);
            assert_eq!(!crc32c(crc32c(!0, &bytes[..bytes.len() / 2]), &bytes[bytes.len() / 2..]), crc);
            assert_eq!(bitwise(bytes), crc);
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_file_is_its_time_its_size_and_its_path() {
        // Computed with another implementation (Python): `struct.pack("<qq", mtime, size) + path`.
        assert_eq!(of_file(b"/usr/dports/editors/vim/Makefile", 1_700_000_000, 1234), 0x5fcf_ca17);
        assert_eq!(of_file(b"/usr/dports/editors/vim/Makefile", -1, 0), 0xe1fe_a739);
    }

    #[test]
    fn only_files_and_links_count_whose_names_do() {
        let counted =
            [("Makefile", 10, 1_700_000_000), ("files/patch-a", 0, 5), (".hidden/below", 3, 7), ("x.corex", 1, 1)];
        let others = [(".dot", 10, 1), ("sh.core", 10, 1), ("files/.keep", 0, 1), (".core", 0, 1)];
        let tree = Tree::new(&[&counted[..], &others].concat());
        fs::create_dir(tree.path("empty")).unwrap();
        assert_eq!(tree.checksum(), tree.expected(&counted));
        assert_ne!(tree.checksum(), 0);
    }

    #[test]
    fn a_link_counts_by_itself() {
        let tree = Tree::new(&[("target", 100, 1)]);
        symlink("target", tree.path("link")).unwrap();
        symlink("nowhere", tree.path("dangling")).unwrap();
        let of = |name: &str| {
            let found = Path::new(&tree.path(name)).symlink_metadata().unwrap();
            tree.expected(&[(name, found.size() as usize, found.mtime() as u64)])
        };
        assert_eq!(tree.checksum(), of("target") ^ of("link") ^ of("dangling"));
    }

    #[test]
    fn contents_and_fractions_of_seconds_do_not_count_and_times_sizes_and_names_do() {
        let before = [("a", 3, 100), ("b", 3, 100)];
        let tree = Tree::new(&before);
        let sum = tree.checksum();
        fs::write(tree.path("a"), "yyy").unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        fs::File::options().write(true).open(tree.path("a")).unwrap().set_modified(time).unwrap();
        assert_eq!(tree.checksum(), sum);
        for (name, size, mtime) in [("a", 3, 101), ("a", 4, 100), ("c", 3, 100)] {
            let tree = Tree::new(&before);
            tree.file(name, size, mtime);
            assert_ne!(tree.checksum(), tree.expected(&before), "{name} {size} {mtime}");
        }
    }

    #[test]
    fn nothing_there_is_zero() {
        let tree = Tree::new(&[]);
        assert_eq!(tree.checksum(), 0);
        assert_eq!(checksum("/nowhere", &Origin::parse("c/p").unwrap()), 0);
    }
}
