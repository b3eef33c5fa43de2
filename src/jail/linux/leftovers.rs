//! Mounts that the host itself still sees.

use std::fs;
use std::io;
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use nix::mount::{MntFlags, umount2};

use super::super::{JailError, Leftovers};

const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// Unmounts whatever `is_ours`, leaves first; what is busy gets a few more chances and is then detached.
pub(in super::super) fn unmount(is_ours: impl Fn(&Utf8Path) -> bool) -> Result<Leftovers, JailError> {
    let mut done = Leftovers::default();
    for attempt in 0..TRIES {
        if attempt > 0 {
            thread::sleep(PAUSE);
        }
        done.stuck.clear();
        for mount in mounted()?.into_iter().rev().filter(|mount| is_ours(mount)) {
            match umount2(mount.as_str(), MntFlags::UMOUNT_NOFOLLOW) {
                Ok(()) => done.unmounted.push(mount),
                Err(errno) => done.stuck.push((mount, io::Error::from(errno))),
            }
        }
        if !done.stuck.iter().any(|(_, error)| is_busy(error)) {
            return Ok(done);
        }
    }
    detach(&mut done);
    Ok(done)
}

/// Takes what is still busy out of everybody's sight.
fn detach(done: &mut Leftovers) {
    for (mount, error) in std::mem::take(&mut done.stuck) {
        let flags = MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW;
        if is_busy(&error) && umount2(mount.as_str(), flags).is_ok() {
            done.detached.push(mount);
        } else {
            done.stuck.push((mount, error));
        }
    }
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}

/// Mount points, each after the one it lies in.
pub(in super::super) fn mounted() -> Result<Vec<Utf8PathBuf>, JailError> {
    let list = Utf8Path::new("/proc/self/mountinfo");
    let text = fs::read(list).map_err(JailError::path("read", list))?;
    Ok(String::from_utf8_lossy(&text).lines().filter_map(mount_point).collect())
}

/// The fifth word; a space in it is written `\040`.
pub(super) fn mount_point(line: &str) -> Option<Utf8PathBuf> {
    let word = line.split(' ').nth(4)?;
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = (byte == b'\\').then(|| octal(after.get(..3)?)).flatten();
        bytes.push(escaped.unwrap_or(byte));
        rest = if escaped.is_some() { &after[3..] } else { after };
    }
    String::from_utf8(bytes).ok().map(Utf8PathBuf::from)
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_unescaped() {
        let line = r"36 35 98:0 /mnt1 /build/my\040place\134x rw,noatime master:1 - ext3 /dev/root rw";
        assert_eq!(mount_point(line).unwrap(), r"/build/my place\x");
        assert_eq!(mount_point(r"36 35 98:0 / /odd\9 rw").unwrap(), r"/odd\9");
        assert_eq!(mount_point("36 35"), None);
    }
}
