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
    /// It may be missing: see `is_here`.
    pub program: Utf8PathBuf,
    pub arguments: Vec<String>,
    /// Where the makefiles were unpacked, if this host needs them.
    pub makefiles: Option<Utf8PathBuf>,
}

/// Where a BSD make may be.
const PROGRAMS: [&str; 2] = if cfg!(target_os = "linux") {
    ["/usr/bin/bmake", "/usr/local/bin/bmake"]
} else {
    ["/usr/bin/make", "/usr/bin/bmake"]
};

#[derive(Debug, thiserror::Error)]
pub enum HostError {
    #[error("there is no BSD make at {}; install it ({remedy})", tried.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(" or "))]
    NoMake { tried: Vec<Utf8PathBuf>, remedy: &'static str },
    #[error("cannot unpack dsynth's makefiles to `{path}`: {source}")]
    Unpack { path: Utf8PathBuf, source: io::Error },
}

impl HostMake {
    /// For reading the tree: `make` is told `facts` about the platform, and finds tools that answer with them.
    pub fn for_scan(buildbase: &Utf8Path, facts: &[(&str, String)]) -> Result<HostMake, HostError> {
        let mut host = HostMake::find();
        if host.needs_makefiles() {
            let directory = buildbase.join("scan-mk");
            unpack(&directory)?;
            write(&directory.join("platform.mk"), &platform_mk(&directory, facts), false)?;
            host.arguments = vec!["-m".into(), directory.to_string()];
            host.makefiles = Some(directory);
        }
        Ok(host)
    }

    /// For building: the makefiles are to be laid over the world's.
    pub fn for_jails(buildbase: &Utf8Path) -> Result<HostMake, HostError> {
        let mut host = HostMake::find();
        host.is_here()?;
        if host.needs_makefiles() {
            let directory = buildbase.join("mk");
            unpack(&directory)?;
            host.makefiles = Some(directory);
        }
        Ok(host)
    }

    /// The first that is there, else the first that could be.
    fn find() -> HostMake {
        let program = PROGRAMS.iter().find(|path| Utf8Path::new(path).is_file()).unwrap_or(&PROGRAMS[0]);
        HostMake { program: program.into(), arguments: Vec::new(), makefiles: None }
    }

    pub fn is_here(&self) -> Result<(), HostError> {
        let remedy =
            if cfg!(target_os = "linux") { "Debian: apt-get install bmake" } else { "it is part of the base system" };
        let none = || HostError::NoMake { tried: PROGRAMS.map(Utf8PathBuf::from).to_vec(), remedy };
        self.program.is_file().then_some(()).ok_or_else(none)
    }

    fn needs_makefiles(&self) -> bool {
        cfg!(target_os = "linux")
    }

    /// What the scan sees in addition to the profile's environment.
    pub fn environment(&self, platform: &Platform) -> Vec<(String, String)> {
        let Some(makefiles) = &self.makefiles else { return Vec::new() };
        let pairs = [
            ("PATH", format!("{makefiles}/bin:/usr/bin:/bin:/usr/sbin:/sbin")),
            ("MACHINE", platform.machine.clone()),
            ("MACHINE_ARCH", platform.arch.clone()),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// See `sys.mk` for the names; no blanks around `?=`, for the tools in `bin/` read it too.
fn platform_mk(directory: &Utf8Path, facts: &[(&str, String)]) -> String {
    let mut text = String::from("# Written by dsynth: what is to be known of the platform.\n");
    for (name, value) in facts {
        text += &format!("{name}?={value}\n");
    }
    text + &format!("DSYNTH_BIN?={directory}/bin\nDSYNTH_CC_VERSION?={}\n", compiler_version())
}

/// Asked once, and not by each port.
fn compiler_version() -> String {
    let output = std::process::Command::new("/usr/bin/cc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or_default().replace(['$', '#'], "")
}

macro_rules! embedded {
    ($($name:literal),* $(,)?) => {
        /// The base system's makefiles and tools, by path below the directory they are unpacked to.
        const EMBEDDED: &[(&str, &str)] = &[$(($name, include_str!(concat!("mk/", $name)))),*];
    };
}

embedded![
    "bin/c++",
    "bin/cc",
    "bin/cpp",
    "bin/facts",
    "bin/g++",
    "bin/gcc",
    "bin/hostname",
    "bin/id",
    "bin/jot",
    "bin/make",
    "bin/md5",
    "bin/pkg",
    "bin/sha1",
    "bin/sha256",
    "bin/sha512",
    "bin/sysctl",
    "bin/uname",
    "bsd.compiler.mk",
    "bsd.cpu.mk",
    "bsd.files.mk",
    "bsd.init.mk",
    "bsd.kmod.mk",
    "bsd.lib.mk",
    "bsd.opts.mk",
    "bsd.own.mk",
    "bsd.port.mk",
    "bsd.port.options.mk",
    "bsd.port.post.mk",
    "bsd.port.pre.mk",
    "bsd.port.subdir.mk",
    "bsd.prog.mk",
    "bsd.subdir.mk",
    "src.opts.mk",
    "sys.mk",
];

/// Writes what is missing or different, each file by rename, so that a running `make` never sees half of one.
fn unpack(directory: &Utf8Path) -> Result<(), HostError> {
    EMBEDDED.iter().try_for_each(|(name, text)| write(&directory.join(name), text, name.starts_with("bin/")))
}

fn write(path: &Utf8Path, text: &str, program: bool) -> Result<(), HostError> {
    let unpacked = || -> io::Result<()> {
        if fs::read_to_string(path).is_ok_and(|present| present == text) {
            return Ok(());
        }
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let new = Utf8PathBuf::from(format!("{path}.new{}", std::process::id()));
        fs::write(&new, text)?;
        fs::set_permissions(&new, fs::Permissions::from_mode(if program { 0o755 } else { 0o644 }))?;
        fs::rename(new, path)
    };
    unpacked().map_err(|source| HostError::Unpack { path: path.to_owned(), source })
}
