//! The platform of a world: read from the world itself, never from the running kernel.
//!
//! A BSD says what it is in the ELF note of its shell and in `sys/param.h`. A Linux world has its name and
//! release in `os-release`, but it may stand for another system: then the profile says which, with a release
//! and a version that the world cannot know.

mod host;
mod note;
mod root;

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Platform;
pub use host::{kernel_version, load, load_now, ncpu, physmem, swap_used, system_name};
use note::{Elf, NoteError};

/// What the profile says of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared<'a> {
    /// `Operating_system`; the host's if it is not said.
    pub os: Option<&'a str>,
    /// `Platform_release` and `Platform_version`.
    pub release: Option<&'a str>,
    pub version: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    #[error("cannot read `{path}` of the world in `{system}`; correct `Directory_system`")]
    Read { system: Utf8PathBuf, path: &'static str, source: io::Error },
    #[error("cannot tell what system `{system}` is by `{path}`: {fault}; correct `Directory_system`")]
    Note { system: Utf8PathBuf, path: &'static str, fault: NoteError },
    #[error("`Operating_system` is {declared}, but the world in `{system}` is {found}; {way_out}")]
    Mismatch { system: Utf8PathBuf, declared: String, found: &'static str, way_out: &'static str },
    #[error("`{key}` is {declared}, but the world in `{system}` says {found}; take the key away")]
    Contradiction { system: Utf8PathBuf, key: &'static str, declared: String, found: String },
    #[error("`{path}` of the world in `{system}` does not define `{name}`; is the world complete?")]
    NoVersion { system: Utf8PathBuf, path: &'static str, name: String },
    #[error("the world in `{system}` has no os-release with a VERSION_ID; say `Platform_release` in the profile")]
    NoRelease { system: Utf8PathBuf },
}

const SHELL: &str = "bin/sh";
const PARAM_H: &str = "usr/include/sys/param.h";
const OS_RELEASE: [&str; 2] = ["etc/os-release", "usr/lib/os-release"];
const LINUX: &str = "Linux";

/// Reads the world in `system` and compares it with what is declared.
pub fn platform(system: &Utf8Path, declared: &Declared<'_>) -> Result<Platform, PlatformError> {
    let shell = read(system, SHELL)?;
    let elf =
        Elf::parse(&shell).map_err(|fault| PlatformError::Note { system: system.to_owned(), path: SHELL, fault })?;
    let os = declared.os.unwrap_or(system_name());
    match elf.bsd() {
        Some(bsd) if bsd.os == os => bsd_platform(system, declared, bsd.os, bsd.release(), elf.arch()),
        Some(bsd) => Err(mismatch(system, os, bsd.os, "one of the two must be wrong")),
        None => linux_platform(system, declared, os, elf.arch()),
    }
}

/// A line for the log if the kernel is not the one that belongs to the world.
pub fn out_of_sync(platform: &Platform, system: &Utf8Path, kernel: Option<u32>) -> Option<String> {
    let kernel = kernel.filter(|kernel| platform.os == system_name() && *kernel != platform.version)?;
    Some(format!("Kernel ({kernel}) out of sync with world ({}) on {system}", platform.version))
}

fn bsd_platform(
    system: &Utf8Path,
    declared: &Declared<'_>,
    os: &'static str,
    release: String,
    arch: &'static str,
) -> Result<Platform, PlatformError> {
    let version = header_version(system, os)?;
    let contradiction = |key, declared: String, found: String| PlatformError::Contradiction {
        system: system.to_owned(),
        key,
        declared,
        found,
    };
    if let Some(said) = declared.release.filter(|said| *said != release) {
        return Err(contradiction("Platform_release", said.into(), release));
    }
    if let Some(said) = declared.version.filter(|said| *said != version) {
        return Err(contradiction("Platform_version", said.to_string(), version.to_string()));
    }
    Ok(named(os, release, version, arch))
}

/// A Linux world, under its own name or that of the system it stands for.
fn linux_platform(
    system: &Utf8Path,
    declared: &Declared<'_>,
    os: &str,
    arch: &'static str,
) -> Result<Platform, PlatformError> {
    match (declared.release, declared.version) {
        (Some(release), Some(version)) => Ok(named(os, release.into(), version, arch)),
        _ if os != LINUX => Err(mismatch(
            system,
            os,
            LINUX,
            "say `Platform_release` and `Platform_version` as well if it stands for it",
        )),
        (Some(release), None) => Ok(named(os, release.into(), 0, arch)),
        (None, version) => Ok(named(os, linux_release(system)?, version.unwrap_or(0), arch)),
    }
}

fn named(os: &str, release: String, version: u32, arch: &'static str) -> Platform {
    let (arch, machine) = host::names_of(os, arch);
    Platform { os: os.into(), release, version, arch: arch.into(), machine: machine.into() }
}

fn mismatch(system: &Utf8Path, declared: &str, found: &'static str, way_out: &'static str) -> PlatformError {
    PlatformError::Mismatch { system: system.to_owned(), declared: declared.into(), found, way_out }
}

/// The number after `#define __FreeBSD_version`.
fn header_version(system: &Utf8Path, os: &str) -> Result<u32, PlatformError> {
    let name = format!("__{os}_version");
    let header = read(system, PARAM_H)?;
    defined(&String::from_utf8_lossy(&header), &name).ok_or_else(|| PlatformError::NoVersion {
        system: system.to_owned(),
        path: PARAM_H,
        name,
    })
}

fn defined(header: &str, name: &str) -> Option<u32> {
    header.lines().find_map(|line| {
        let mut words = line.trim_start().strip_prefix('#')?.split_whitespace();
        let found = words.next() == Some("define") && words.next() == Some(name);
        found.then(|| words.next()?.parse().ok())?
    })
}

fn linux_release(system: &Utf8Path) -> Result<String, PlatformError> {
    let release = OS_RELEASE.into_iter().find_map(|path| {
        let text = read(system, path).ok()?;
        version_id(&String::from_utf8_lossy(&text))
    });
    release.ok_or_else(|| PlatformError::NoRelease { system: system.to_owned() })
}

fn version_id(os_release: &str) -> Option<String> {
    let value = os_release.lines().find_map(|line| line.trim().strip_prefix("VERSION_ID="))?;
    let value = value.trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

fn read(system: &Utf8Path, path: &'static str) -> Result<Vec<u8>, PlatformError> {
    let found = root::resolve(system.as_std_path(), path.as_ref()).and_then(fs::read);
    found.map_err(|source| PlatformError::Read { system: system.to_owned(), path, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use note::tests::{FREEBSD, dragonfly, elf, linux};

    struct World {
        dir: tempfile::TempDir,
    }

    impl World {
        fn new(shell: &[u8]) -> World {
            let world = World { dir: tempfile::tempdir().unwrap() };
            world.write(SHELL, shell);
            world
        }

        fn write(&self, path: &str, content: &[u8]) {
            let path = self.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }

        fn path(&self) -> &Utf8Path {
            Utf8Path::from_path(self.dir.path()).unwrap()
        }

        /// `os release version arch machine`, or the message with the world's path as `W`.
        fn check(&self, os: &str, release: Option<&str>, version: Option<u32>) -> String {
            match platform(self.path(), &Declared { os: Some(os), release, version }) {
                Ok(p) => format!("{} {} {} {} {}", p.os, p.release, p.version, p.arch, p.machine),
                Err(error) => error.to_string().replace(self.path().as_str(), "W"),
            }
        }
    }

    fn freebsd() -> World {
        let world = World::new(&elf(&[FREEBSD]));
        world.write(PARAM_H, b"#undef __FreeBSD_version\n#define __FreeBSD_version 1401000\t/* x */\n");
        world
    }

    #[test]
    fn a_bsd_says_what_it_is() {
        assert_eq!(freebsd().check("FreeBSD", None, None), "FreeBSD 14.1 1401000 amd64 amd64");
        assert_eq!(freebsd().check("FreeBSD", Some("14.1"), Some(1401000)), "FreeBSD 14.1 1401000 amd64 amd64");
        let world = World::new(&elf(&[&dragonfly(600500)]));
        world.write(PARAM_H, b"# define __DragonFly_version 600512\n");
        assert_eq!(world.check("DragonFly", None, None), "DragonFly 6.5 600512 x86_64 x86_64");
    }

    #[test]
    fn a_bsd_is_no_other_system_and_no_other_release() {
        let table = [
            (
                freebsd().check("DragonFly", None, None),
                "`Operating_system` is DragonFly, but the world in `W` is FreeBSD; one of the two must be wrong",
            ),
            (
                freebsd().check("FreeBSD", Some("13.2"), None),
                "`Platform_release` is 13.2, but the world in `W` says 14.1; take the key away",
            ),
            (
                freebsd().check("FreeBSD", None, Some(7)),
                "`Platform_version` is 7, but the world in `W` says 1401000; take the key away",
            ),
        ];
        for (message, expected) in table {
            assert_eq!(message, expected);
        }
    }

    #[test]
    fn a_linux_world_takes_its_release_from_os_release() {
        let world = World::new(&linux());
        world.write(OS_RELEASE[1], b"NAME=x\nVERSION_ID=\"12\"\n");
        assert_eq!(world.check("Linux", None, None), "Linux 12 0 x86_64 x86_64");
        world.write(OS_RELEASE[0], b"VERSION_ID=22.04\n");
        assert_eq!(world.check("Linux", None, None), "Linux 22.04 0 x86_64 x86_64");
        assert_eq!(world.check("Linux", Some("9"), None), "Linux 9 0 x86_64 x86_64");
    }

    #[test]
    fn a_linux_world_may_stand_for_another_system_that_is_told_in_full() {
        let world = World::new(&linux());
        assert_eq!(world.check("FreeBSD", Some("14.1"), Some(1401000)), "FreeBSD 14.1 1401000 amd64 amd64");
        assert_eq!(world.check("DragonFly", Some("4.3"), Some(400300)), "DragonFly 4.3 400300 x86_64 x86_64");
        assert_eq!(
            world.check("FreeBSD", Some("14.1"), None),
            "`Operating_system` is FreeBSD, but the world in `W` is Linux; \
             say `Platform_release` and `Platform_version` as well if it stands for it"
        );
    }

    #[test]
    fn a_world_that_cannot_be_read_is_an_error_with_a_way_out() {
        let world = World::new(b"#!/usr/bin/env sh\n");
        let message = "cannot tell what system `W` is by `bin/sh`: it is no ELF file; correct `Directory_system`";
        assert_eq!(world.check("Linux", None, None), message);

        let world = World::new(&linux());
        let message = "the world in `W` has no os-release with a VERSION_ID; say `Platform_release` in the profile";
        assert_eq!(world.check("Linux", None, None), message);

        let world = World::new(&elf(&[FREEBSD]));
        let message = "cannot read `usr/include/sys/param.h` of the world in `W`; correct `Directory_system`";
        assert_eq!(world.check("FreeBSD", None, None), message);
        world.write(PARAM_H, b"#define __FreeBSD_version\n#define __FreeBSD_version_2 3\n");
        assert!(world.check("FreeBSD", None, None).contains("does not define `__FreeBSD_version`"));
    }

    #[test]
    fn the_machine_of_the_tests_is_readable() {
        let os = system_name();
        let found = platform("/".into(), &Declared { os: Some(os), release: None, version: None }).unwrap();
        assert_eq!(found.os, os);
        assert!(!found.release.is_empty() && !found.arch.is_empty());
    }

    #[test]
    fn a_kernel_that_is_not_the_worlds_is_worth_a_line() {
        let platform = Platform { version: 7, ..named(system_name(), "1".into(), 0, "x86_64") };
        let line = out_of_sync(&platform, "/w".into(), Some(8));
        assert_eq!(line.as_deref(), Some("Kernel (8) out of sync with world (7) on /w"));
        assert_eq!(out_of_sync(&platform, "/w".into(), Some(7)), None);
        assert_eq!(out_of_sync(&platform, "/w".into(), None), None);
    }
}
