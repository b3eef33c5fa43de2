//! The host's `make`: which program it is, and what it is given so that it reads a ports tree as a BSD would.
//!
//! A BSD has all it needs in its base system. Linux has Debian's `bmake`, and gets the base system's makefiles
//! and a few tools (uname, sysctl, cc and their like, which answer for the platform and not for the host) from
//! dsynth itself, unpacked into the build base.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Platform;

/// How to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostMake {
    pub program: Utf8PathBuf,
    pub arguments: Vec<String>,
    /// Where the makefiles were unpacked, if this host needs them.
    pub makefiles: Option<Utf8PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("there is no BSD make at {}; install it ({remedy})", tried.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(" or "))]
    NoMake { tried: Vec<Utf8PathBuf>, remedy: &'static str },
    #[error("cannot unpack dsynth's makefiles to `{path}`: {source}")]
    Unpack { path: Utf8PathBuf, source: io::Error },
}

impl HostMake {
    #[cfg(target_os = "linux")]
    pub fn prepare(buildbase: &Utf8Path) -> Result<HostMake, HostError> {
        let tried = vec![Utf8PathBuf::from("/usr/bin/bmake"), Utf8PathBuf::from("/usr/local/bin/bmake")];
        let Some(program) = tried.iter().find(|path| path.is_file()).cloned() else {
            return Err(HostError::NoMake { tried, remedy: "Debian: apt-get install bmake" });
        };
        let makefiles = unpack(buildbase)?;
        let arguments = vec!["-m".into(), makefiles.to_string()];
        Ok(HostMake { program, arguments, makefiles: Some(makefiles) })
    }

    #[cfg(not(target_os = "linux"))]
    pub fn prepare(_: &Utf8Path) -> Result<HostMake, HostError> {
        let program = Utf8PathBuf::from("/usr/bin/make");
        if !program.is_file() {
            return Err(HostError::NoMake { tried: vec![program], remedy: "it is part of the base system" });
        }
        Ok(HostMake { program, arguments: Vec::new(), makefiles: None })
    }

    /// What the scan sees in addition to the profile's environment.
    pub fn environment(&self, platform: &Platform) -> Vec<(String, String)> {
        let Some(makefiles) = &self.makefiles else { return Vec::new() };
        let pairs = [
            ("PATH", format!("{makefiles}/bin:/usr/bin:/bin:/usr/sbin:/sbin")),
            ("MACHINE", platform.machine.clone()),
            ("MACHINE_ARCH", platform.arch.clone()),
            ("UNAME_s", platform.os.clone()),
            ("UNAME_r", platform.release.clone()),
            ("UNAME_m", platform.machine.clone()),
            ("UNAME_p", platform.arch.clone()),
            ("OSVERSION", platform.version.to_string()),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// The base system's makefiles and tools, by path below the directory they are unpacked to.
        const EMBEDDED: &[(&str, &str)] = &[$(($name, include_str!(concat!("mk/", $name)))),*];
    };
}

embedded![];

/// Writes what is missing or different, each file by rename, so that a running `make` never sees half of one.
fn unpack(buildbase: &Utf8Path) -> Result<Utf8PathBuf, HostError> {
    let directory = buildbase.join("mk");
    for (name, text) in EMBEDDED {
        let path = directory.join(name);
        write(&path, text, name.starts_with("bin/")).map_err(|source| HostError::Unpack { path, source })?;
    }
    Ok(directory)
}

fn write(path: &Utf8Path, text: &str, program: bool) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|present| present == text) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let new = path.with_extension(format!("new{}", std::process::id()));
    fs::write(&new, text)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(if program { 0o755 } else { 0o644 }))?;
    fs::rename(new, path)
}
