//! What tells that a path may have changed, and what is in it.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use nix::sys::stat::{FileStat, SFlag, lstat, stat};

use crate::model::{Contents, EntryRecord, FileKind, Stamp};

/// A change within so many nanoseconds of being looked at might leave the same stamp behind: it is looked at again.
const RACY: i64 = 1_000_000_000;

/// Nanoseconds by which the clock of a file system may lag behind ours: it moves with the kernel's timer.
const TICK: i64 = 20_000_000;

/// How a path differs from what was known of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// What was known has to be written down again.
    pub(super) stamps: bool,
    /// It has other contents, or is no longer there.
    pub(super) contents: bool,
}

impl Difference {
    pub(super) fn add(&mut self, other: Difference) {
        self.stamps |= other.stamps;
        self.contents |= other.contents;
    }
}

/// Nanoseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// Looks at a name again.
pub(super) fn look(path: &str, entry: &mut EntryRecord) -> Difference {
    // Gone since the listing, or unreadable: then it is as good as not there.
    let now = stamp_of(path);
    if let (Some(now), Some((before, _))) = (now, entry.read)
        && before == now
    {
        return Difference::default();
    }
    let before = entry.read;
    entry.read = now.and_then(|now| read(path, now));
    entry.kind = now.map_or(entry.kind, |now| now.kind);
    let contents = |read: Option<(Stamp, Contents)>| read.map(|(_, contents)| contents);
    Difference { stamps: entry.read != before, contents: contents(entry.read) != contents(before) }
}

/// What is in a file, with the stamp it has.
pub(super) fn read(path: &str, now: Stamp) -> Option<(Stamp, Contents)> {
    let bytes = match now.kind {
        FileKind::Regular => fs::read(path).ok()?,
        FileKind::Symlink => fs::read_link(path).ok()?.into_os_string().into_encoded_bytes(),
        FileKind::Directory | FileKind::Other => return None,
    };
    Some((trusted(now), Contents::of(&bytes)))
}

/// A stamp taken right after a change equals none, so that the path is looked at again.
pub(super) fn trusted(stamp: Stamp) -> Stamp {
    if is_settled(&stamp) { stamp } else { Stamp { ctime: 0, ..stamp } }
}

/// Whether a change made from now on will leave another stamp.
pub(in crate::system) fn is_settled(stamp: &Stamp) -> bool {
    stamp.mtime.max(stamp.ctime) <= now() - RACY
}

/// Whether it surely has not changed since a moment. A time that is yet to come was set by a clock that is wrong, and
/// says nothing.
pub(super) fn before(stamp: &Stamp, since: i64) -> bool {
    stamp.ctime < since - TICK || stamp.ctime > now() + RACY
}

/// The same of where a path leads; of what is absent its directory tells.
pub(in crate::system) fn changed_before(path: &Utf8Path, since: i64) -> bool {
    match followed(path.as_str()) {
        Some(stamp) => before(&stamp, since),
        None => path.parent().is_none_or(|parent| changed_before(parent, since)),
    }
}

/// Of a path itself, whatever a link leads to.
pub(in crate::system) fn stamp_of(path: &str) -> Option<Stamp> {
    lstat(path).ok().map(|meta| stamp(&meta))
}

/// Of where a path leads.
pub(super) fn followed(path: &str) -> Option<Stamp> {
    stat(path).ok().map(|meta| stamp(&meta))
}

fn stamp(meta: &FileStat) -> Stamp {
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    let kind = match SFlag::from_bits_truncate(meta.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFREG => FileKind::Regular,
        SFlag::S_IFDIR => FileKind::Directory,
        SFlag::S_IFLNK => FileKind::Symlink,
        _ => FileKind::Other,
    };
    Stamp {
        kind,
        size: meta.st_size as u64,
        mtime: nanoseconds(meta.st_mtime, meta.st_mtime_nsec),
        ctime: nanoseconds(meta.st_ctime, meta.st_ctime_nsec),
        inode: meta.st_ino,
    }
}

pub(super) fn kind_of(file_type: fs::FileType) -> FileKind {
    if file_type.is_file() {
        FileKind::Regular
    } else if file_type.is_dir() {
        FileKind::Directory
    } else if file_type.is_symlink() {
        FileKind::Symlink
    } else {
        FileKind::Other
    }
}
