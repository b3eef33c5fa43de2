//! The programs of the host that a scan root is made with, and the libraries they need.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::system::base::TOOLS;

/// Where they are looked for; what the user has in PATH does not matter.
const DIRECTORIES: &[&str] = &["/usr/bin", "/bin", "/usr/sbin", "/sbin"];

/// A program under the name that it has in the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) name: String,
    /// With all links followed, as of `/etc/alternatives`.
    pub(super) program: Utf8PathBuf,
}

/// What is not there.
#[derive(Debug, thiserror::Error)]
#[error("this host has no `{0}` in {dirs}", dirs = DIRECTORIES.join(", "))]
pub struct NoTool(String);

/// All of them: `make` is bmake here, if there is one, and `sh` is the shell that is most like a BSD's.
pub(super) fn find(make: &Utf8Path) -> Result<Vec<Tool>, NoTool> {
    let named = |name: &str, program: Option<Utf8PathBuf>| match program {
        Some(program) => Ok(Tool { name: name.to_owned(), program }),
        None => Err(NoTool(name.to_owned())),
    };
    let make = make
        .canonicalize_utf8()
        .ok()
        .filter(|make| make.is_file())
        .map(|program| Tool { name: "bmake".into(), program });
    let mut tools: Vec<Tool> = make.into_iter().collect();
    tools.push(named("sh", look_for("dash").or_else(|| look_for("sh")))?);
    for name in TOOLS {
        tools.push(named(name, look_for(name))?);
    }
    Ok(tools)
}

fn look_for(name: &str) -> Option<Utf8PathBuf> {
    let mut places = DIRECTORIES.iter().map(|directory| Utf8Path::new(directory).join(name));
    places.find(|path| path.is_file())?.canonicalize_utf8().ok()
}

/// Shared libraries and the loader, by the paths at which the loader finds them here. It is asked itself: where they
/// are differs from one distribution to the next.
pub(super) fn libraries(tools: &[Tool]) -> io::Result<Vec<Utf8PathBuf>> {
    let mut programs: Vec<&Utf8Path> = tools.iter().map(|tool| tool.program.as_path()).collect();
    programs.sort();
    programs.dedup();
    let programs = programs.into_iter().filter(|program| is_elf(program));
    let ldd = look_for("ldd").unwrap_or_else(|| "ldd".into());
    let asked = Command::new(ldd).args(programs).env("LC_ALL", "C").stdin(Stdio::null()).output()?;
    // Its status says that one of them is linked statically, which is all right.
    let mut libraries: Vec<Utf8PathBuf> =
        String::from_utf8_lossy(&asked.stdout).lines().filter_map(library).map(Utf8PathBuf::from).collect();
    libraries.sort();
    libraries.dedup();
    Ok(libraries)
}

/// Of `libc.so.6 => /lib/libc.so.6 (0x7f…)` or `/lib64/ld-linux.so.2 (0x7f…)`.
fn library(line: &str) -> Option<&str> {
    let path = line.rsplit_once(" (0x")?.0.trim();
    let path = path.rsplit_once("=> ").map_or(path, |(_, path)| path);
    path.starts_with('/').then_some(path)
}

/// Some tools are scripts of the shell.
fn is_elf(program: &Utf8Path) -> bool {
    let mut magic = [0; 4];
    File::open(program).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// A line that changes when the file does.
pub(super) fn stamp(path: &Utf8Path) -> String {
    match fs::metadata(path) {
        Ok(found) => format!("{path} {} {}.{:09}", found.len(), found.mtime(), found.mtime_nsec()),
        Err(_) => format!("{path} is gone"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_and_the_loader_are_told_from_the_rest() {
        let said = "/bin/a:\n\tlinux-vdso.so.1 (0x7f)\n\tlibc.so.6 => /lib/libc.so.6 (0x7e)\n\tlibx.so => not found\n\
                    \t/lib64/ld.so.2 (0x7d)\n/bin/b:\n\tnot a dynamic executable\n";
        let found: Vec<&str> = said.lines().filter_map(library).collect();
        assert_eq!(found, ["/lib/libc.so.6", "/lib64/ld.so.2"]);
    }

    #[test]
    fn a_stamp_follows_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("tool");
        assert_eq!(stamp(&path), format!("{path} is gone"));
        fs::write(&path, "one").unwrap();
        let before = stamp(&path);
        fs::write(&path, "more").unwrap();
        assert_ne!(stamp(&path), before);
    }
}
