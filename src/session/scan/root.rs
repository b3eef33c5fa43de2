//! `<BB>/scan-root`: the base system that `make` sees while it reads the tree.
//!
//! It is made once, of copies of a few of the host's programs, and mounted in each scan jail. It is made anew when one
//! of them, or what dsynth puts beside them, has changed.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::{Utf8Path, Utf8PathBuf};

use super::tools::{self, NoTool, Tool};
use crate::jail::{JailError, Mount, MountKind};
use crate::system::base::{ACCOUNTS, FILES, STUBS};

/// Copied into each jail, for these must be writable or lie at the top.
const TEMPLATE: &str = "template";
/// Its directories are mounted.
const BASE: &str = "base";
/// Says what it was made from, once it was tried.
const STAMP: &str = "stamp";
const UNTRIED: &str = "stamp.new";

pub(super) struct ScanRoot {
    place: Utf8PathBuf,
    /// `<BB>/scan-mk/bin`.
    stubs: Utf8PathBuf,
    tools: Vec<Tool>,
}

/// There can be no scan root on this host.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    #[error(transparent)]
    Tool(#[from] NoTool),
    #[error("{action} `{path}`")]
    Path { action: &'static str, path: Utf8PathBuf, source: io::Error },
    #[error("ask ldd for the libraries of the host's tools")]
    Libraries { source: io::Error },
    #[error("these of the host's tools do not run there: {0}")]
    Deaf(String),
    #[error(transparent)]
    Jail(#[from] JailError),
}

fn failed(action: &'static str, path: &Utf8Path) -> impl FnOnce(io::Error) -> RootError {
    let path = path.to_owned();
    move |source| RootError::Path { action, path, source }
}

impl ScanRoot {
    pub(super) fn new(buildbase: &Utf8Path, makefiles: &Utf8Path, make: &Utf8Path) -> Result<ScanRoot, RootError> {
        Ok(ScanRoot { place: buildbase.join("scan-root"), stubs: makefiles.join("bin"), tools: tools::find(make)? })
    }

    pub(super) fn template(&self) -> Utf8PathBuf {
        self.place.join(TEMPLATE)
    }

    /// Where the base system lies that is mounted.
    pub(super) fn base(&self) -> Utf8PathBuf {
        self.place.join(BASE)
    }

    pub(super) fn tool_names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|tool| tool.name.as_str())
    }

    /// Whether all is as it was when it was approved.
    pub(super) fn is_current(&self) -> bool {
        let Ok(stamp) = fs::read_to_string(self.place.join(STAMP)) else { return false };
        let (tools, libraries) = stamp.split_once("\n\n").unwrap_or_default();
        let unchanged = |line: &str| line.split(' ').next().is_some_and(|path| tools::stamp(path.into()) == line);
        tools == self.tool_stamps() && libraries.lines().all(unchanged)
    }

    /// Makes it anew; the old one is replaced at the end.
    pub(super) fn build(&self) -> Result<(), RootError> {
        let (new, old) = (self.place.with_extension("new"), self.place.with_extension("old"));
        remove(&new)?;
        let libraries = tools::libraries(&self.tools).map_err(|source| RootError::Libraries { source })?;
        self.fill(&new.join(BASE), &libraries)?;
        fill_template(&new.join(TEMPLATE))?;
        let stamps: Vec<String> = libraries.iter().map(|library| tools::stamp(library)).collect();
        write(&new.join(UNTRIED), &format!("{}\n\n{}", self.tool_stamps(), stamps.join("\n")))?;
        remove(&old)?;
        if self.place.exists() {
            fs::rename(&self.place, &old).map_err(failed("rename", &self.place))?;
        }
        fs::rename(&new, &self.place).map_err(failed("rename", &new))?;
        remove(&old)
    }

    /// It was tried, and may be used the next time.
    pub(super) fn approve(&self) -> Result<(), RootError> {
        let untried = self.place.join(UNTRIED);
        fs::rename(&untried, self.place.join(STAMP)).map_err(failed("rename", &untried))
    }

    /// Its directories, one by one: the tree or the build base may lie beside them, as in `/usr/ports`.
    pub(super) fn mounts(&self) -> Result<Vec<Mount>, RootError> {
        let base = self.place.join(BASE);
        let mut mounts = Vec::new();
        for directory in [base.clone(), base.join("usr")] {
            let listing = directory.read_dir_utf8().map_err(failed("list", &directory))?;
            for entry in listing {
                let source = entry.map_err(failed("list", &directory))?.into_path();
                let below = source.strip_prefix(&base).unwrap_or(&source);
                if below != "usr" {
                    let target = Utf8Path::new("/").join(below);
                    mounts.push(Mount { target, kind: MountKind::Null { source, read_only: true } });
                }
            }
        }
        mounts.sort_by(|a, b| a.target.cmp(&b.target));
        Ok(mounts)
    }

    fn fill(&self, base: &Utf8Path, libraries: &[Utf8PathBuf]) -> Result<(), RootError> {
        for directory in ["bin", "sbin", "usr/bin", "usr/sbin", "usr/include", "usr/lib"] {
            make_directory(&base.join(directory))?;
        }
        let mut copies = BTreeMap::new();
        for Tool { name, program } in &self.tools {
            copy(program, &base.join("usr/bin").join(name), &mut copies)?;
            link(&Utf8Path::new("../usr/bin").join(name), &base.join("bin").join(name))?;
        }
        for library in libraries {
            copy(library, &below(base, library), &mut copies)?;
        }
        for (path, stub) in STUBS {
            link(&self.stubs.join(stub), &base.join(path))?;
        }
        for path in FILES {
            write(&base.join(path), "")?;
        }
        Ok(())
    }

    /// A line each; what dsynth itself adds counts too, and so does where its stubs are.
    fn tool_stamps(&self) -> String {
        let own = format!("1 {} {STUBS:?} {FILES:?} {ACCOUNTS:?}", self.stubs);
        let tools = self.tools.iter().map(|tool| format!("{} {}", tool.name, tools::stamp(&tool.program)));
        std::iter::once(own).chain(tools).collect::<Vec<_>>().join("\n")
    }
}

fn fill_template(template: &Utf8Path) -> Result<(), RootError> {
    for directory in ["etc", "root", "var/db"] {
        make_directory(&template.join(directory))?;
    }
    for directory in ["tmp", "var/tmp"] {
        let path = template.join(directory);
        make_directory(&path)?;
        fs::set_permissions(&path, Permissions::from_mode(0o1777)).map_err(failed("set the mode of", &path))?;
    }
    ACCOUNTS.iter().try_for_each(|(path, text)| write(&template.join(path), text))?;
    // Where libraries lie in a place of the distribution's own, the loader knows it from this list alone.
    let cache = Utf8Path::new("/etc/ld.so.cache");
    if cache.exists() { copy(cache, &below(template, cache), &mut BTreeMap::new()) } else { Ok(()) }
}

/// What many names share, as with busybox, is copied once.
fn copy(from: &Utf8Path, to: &Utf8Path, copies: &mut BTreeMap<Utf8PathBuf, Utf8PathBuf>) -> Result<(), RootError> {
    to.parent().map_or(Ok(()), make_directory)?;
    if let Some(first) = copies.get(from) {
        return fs::hard_link(first, to).map_err(failed("link", to));
    }
    fs::copy(from, to).map_err(failed("copy", from))?;
    // No set-id bits, and readable: in a jail of an ordinary user they are that user's.
    fs::set_permissions(to, Permissions::from_mode(0o755)).map_err(failed("set the mode of", to))?;
    copies.insert(from.to_owned(), to.to_owned());
    Ok(())
}

fn link(to: &Utf8Path, path: &Utf8Path) -> Result<(), RootError> {
    symlink(to, path).map_err(failed("link", path))
}

fn write(path: &Utf8Path, text: &str) -> Result<(), RootError> {
    path.parent().map_or(Ok(()), make_directory)?;
    fs::write(path, text).map_err(failed("write", path))
}

fn make_directory(path: &Utf8Path) -> Result<(), RootError> {
    fs::create_dir_all(path).map_err(failed("make", path))
}

fn remove(path: &Utf8Path) -> Result<(), RootError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// An absolute path of the jail, in a directory of the host.
fn below(directory: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    directory.join(path.strip_prefix("/").unwrap_or(path))
}
