//! The kernel's list of mounts, and how it takes one off.

use std::fs;
use std::io;

use camino::Utf8PathBuf;
use nix::mount::{MntFlags, umount2};

use super::super::unmount::MountTable;

/// The real one, as this process sees it.
pub(in super::super) struct Kernel;

impl MountTable for Kernel {
    type Mount = Utf8PathBuf;

    fn list(&self) -> io::Result<Vec<Utf8PathBuf>> {
        let text = fs::read("/proc/self/mountinfo")?;
        Ok(String::from_utf8_lossy(&text).lines().filter_map(mount_point).collect())
    }

    fn unmount(&self, mount: &Utf8PathBuf) -> io::Result<()> {
        Ok(umount2(mount.as_str(), MntFlags::UMOUNT_NOFOLLOW)?)
    }

    /// Takes it out of everybody's sight; it is gone when the last process there is.
    fn force(&self, mount: &Utf8PathBuf) -> io::Result<()> {
        Ok(umount2(mount.as_str(), MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW)?)
    }
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
