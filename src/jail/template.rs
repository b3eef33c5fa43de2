//! The files that every jail begins with: a cleaned copy of the world's `/etc`, and empty directories.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use camino::{Utf8Path, Utf8PathBuf};

use super::copy::Copy;
use super::{JailError, World, sanitize};

/// Directories of every jail and their modes; those of /var are a BSD's.
const DIRECTORIES: &[(&str, u32)] = &[
    ("etc", 0o755),
    ("mnt", 0o755),
    ("root", 0o755),
    ("tmp", 0o1777),
    ("usr/local/etc/pkg", 0o755),
    ("usr/local/bin", 0o755),
    ("usr/local/lib", 0o755),
    ("usr/local/sbin", 0o755),
    ("var/account", 0o755),
    ("var/at/jobs", 0o755),
    ("var/at/spool", 0o755),
    ("var/backups", 0o755),
    ("var/cache/pkg", 0o755),
    ("var/crash", 0o755),
    ("var/cron/tabs", 0o755),
    ("var/db/pkg", 0o755),
    ("var/db/ports", 0o755),
    ("var/empty", 0o555),
    ("var/games", 0o775),
    ("var/lib", 0o755),
    ("var/log", 0o755),
    ("var/mail", 0o775),
    ("var/msgs", 0o755),
    ("var/preserve", 0o755),
    ("var/run", 0o755),
    ("var/rwho", 0o775),
    ("var/spool/lock", 0o775),
    ("var/spool/mqueue", 0o755),
    ("var/tmp", 0o1777),
    ("var/yp", 0o755),
];

/// `<BB>/Template`, and beside it `.template.good` which says what it was made from.
#[derive(Clone, Debug)]
pub struct Template {
    place: Utf8PathBuf,
    good: Utf8PathBuf,
    world: Utf8PathBuf,
}

impl Template {
    pub fn new(buildbase: &Utf8Path, world: &World) -> Template {
        let place = buildbase.join("Template");
        Template { place, good: buildbase.join(".template.good"), world: world.root().to_owned() }
    }

    pub fn path(&self) -> &Utf8Path {
        &self.place
    }

    /// Whether it was built with the same `stamp` (what the caller put in) from the same world.
    pub fn is_current(&self, stamp: &str) -> bool {
        self.place.is_dir() && fs::read_to_string(&self.good).is_ok_and(|good| good == self.stamp(stamp))
    }

    /// Builds it anew; `fill` adds what the caller wants in every jail, such as pkg. The old one stays until
    /// the new one is complete.
    pub fn build(&self, stamp: &str, fill: impl FnOnce(&Utf8Path) -> io::Result<()>) -> Result<(), JailError> {
        let (new, old) = (self.place.with_extension("new"), self.place.with_extension("old"));
        remove(&new)?;
        self.make(&new)?;
        fill(&new).map_err(JailError::path("fill", &new))?;
        self.forget()?;
        remove(&old)?;
        if self.place.exists() {
            rename(&self.place, &old)?;
        }
        rename(&new, &self.place)?;
        fs::write(&self.good, self.stamp(stamp)).map_err(JailError::path("write", &self.good))?;
        remove(&old)
    }

    fn make(&self, new: &Utf8Path) -> Result<(), JailError> {
        let root = nix::unistd::geteuid().is_root();
        for (name, mode) in DIRECTORIES {
            directory(&new.join(name), *mode)?;
        }
        let (host, etc) = (self.world.join("etc"), new.join("etc"));
        let copy = Copy { owners: root, skip_unreadable: !root, leave_out: &sanitize::left_out };
        copy.tree(host.as_std_path(), etc.as_std_path())?;
        sanitize::sanitize(&etc, &host)?;
        if root {
            adopt(&etc.join("group"), "mail", &new.join("var/mail"))?;
            adopt(&etc.join("group"), "games", &new.join("var/games"))?;
        }
        self.borrow_from_world(new)
    }

    /// What only some worlds have: the BSDs' hints for the loader, Linux's `/run`.
    fn borrow_from_world(&self, new: &Utf8Path) -> Result<(), JailError> {
        let hints = "var/run/ld-elf.so.hints";
        if self.world.join(hints).is_file() {
            fs::copy(self.world.join(hints), new.join(hints))
                .map_err(JailError::path("copy", &self.world.join(hints)))?;
        }
        if self.world.join("run").is_dir() {
            directory(&new.join("run"), 0o755)?;
        }
        Ok(())
    }

    /// From here on, until it is written again, the template counts as stale.
    fn forget(&self) -> Result<(), JailError> {
        match fs::remove_file(&self.good) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(JailError::path("remove", &self.good)(error)),
            _ => Ok(()),
        }
    }

    /// A system upgrade replaces `ls` and `sh`.
    fn stamp(&self, given: &str) -> String {
        let mut stamp = format!("1 {given}\n{}\n", self.world);
        for name in ["bin/ls", "bin/sh"] {
            if let Ok(found) = fs::metadata(self.world.join(name)) {
                stamp += &format!("{name} {} {}\n", found.mtime(), found.len());
            }
        }
        stamp
    }
}

fn directory(path: &Utf8Path, mode: u32) -> Result<(), JailError> {
    fs::create_dir_all(path).map_err(JailError::path("make", path))?;
    // A call of its own: the umask has no say in it.
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(JailError::path("set the mode of", path))
}

/// Gives a directory to a group, if the world has that.
fn adopt(groups: &Utf8Path, group: &str, path: &Utf8Path) -> Result<(), JailError> {
    let text = fs::read(groups).map_err(JailError::path("read", groups))?;
    let text = String::from_utf8_lossy(&text);
    let of_group = |line: &str| match line.split(':').collect::<Vec<_>>()[..] {
        [name, _, gid, ..] if name == group => gid.parse().ok(),
        _ => None,
    };
    match text.lines().find_map(of_group) {
        Some(gid) => chown(path, None, Some(gid)).map_err(JailError::path("set the group of", path)),
        None => Ok(()),
    }
}

fn rename(from: &Utf8Path, to: &Utf8Path) -> Result<(), JailError> {
    fs::rename(from, to).map_err(JailError::path("rename", from))
}

/// Nothing is ever mounted below a template, and links are removed rather than followed.
fn remove(path: &Utf8Path) -> Result<(), JailError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(JailError::path("remove", path)(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        _scratch: tempfile::TempDir,
        base: Utf8PathBuf,
        world: World,
    }

    fn place() -> Place {
        let scratch = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(scratch.path().to_owned()).unwrap();
        for directory in ["world/bin", "world/etc/ssh"] {
            fs::create_dir_all(base.join(directory)).unwrap();
        }
        for (name, text) in [
            ("bin/sh", "shell"),
            ("etc/ssh/ssh_host_key", "secret"),
            ("etc/ssh/sshd_config", "plain"),
            ("etc/shadow", "root:secret:1:\n"),
            ("etc/group", "root:x:0:\n"),
            ("resolv.conf", "nameserver ::1\n"),
        ] {
            fs::write(base.join("world").join(name), text).unwrap();
        }
        std::os::unix::fs::symlink("../resolv.conf", base.join("world/etc/resolv.conf")).unwrap();
        let world = World::inspect(&base.join("world")).unwrap();
        Place { _scratch: scratch, base, world }
    }

    #[test]
    fn it_has_the_worlds_etc_without_its_secrets() {
        let place = place();
        let template = Template::new(&place.base, &place.world);
        template.build("x", |new| fs::write(new.join("usr/local/sbin/pkg"), "pkg")).unwrap();

        let read = |name: &str| fs::read_to_string(template.path().join(name)).unwrap_or_default();
        assert_eq!(read("etc/shadow"), "root:*:1:\n");
        assert_eq!(read("etc/group"), "root:*:0:\nwheel:*:0:root\n");
        assert_eq!(read("etc/resolv.conf"), "nameserver ::1\n");
        assert_eq!((read("etc/ssh/ssh_host_key"), read("etc/ssh/sshd_config")), (String::new(), "plain".to_owned()));
        assert_eq!(read("usr/local/sbin/pkg"), "pkg");
        assert_eq!(fs::metadata(template.path().join("var/tmp")).unwrap().mode() & 0o7777, 0o1777);
    }

    #[test]
    fn it_is_stale_when_the_stamp_or_the_world_changed() {
        let place = place();
        let template = Template::new(&place.base, &place.world);
        assert!(!template.is_current("pkg-1"));
        template.build("pkg-1", |_| Ok(())).unwrap();
        assert!(template.is_current("pkg-1") && !template.is_current("pkg-2"));
        fs::write(place.base.join("world/bin/sh"), "a new shell").unwrap();
        assert!(!template.is_current("pkg-1"));
        template.build("pkg-1", |_| Ok(())).unwrap();
        assert!(template.is_current("pkg-1"));
    }

    #[test]
    fn a_build_that_fails_leaves_the_old_one() {
        let place = place();
        let template = Template::new(&place.base, &place.world);
        template.build("x", |_| Ok(())).unwrap();
        let error = template.build("y", |_| Err(io::ErrorKind::StorageFull.into())).unwrap_err();
        assert!(error.to_string().starts_with("fill `"), "{error}");
        assert!(template.is_current("x"));
    }
}
