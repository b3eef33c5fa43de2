//! Makes the place: the mount table below the slot, the template's files in it.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::process::{Command, Stdio};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use nix::libc;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::statvfs::statvfs;
use nix::unistd::Pid;

use super::super::unix::{Reply, Setup, Step, Trouble, Usage, fill};
use super::super::unmount::unmount;
use super::super::{Mount, MountKind};
use super::hint::Hint;
use super::inside::inside;
use super::mounted::Kernel;
use super::options::{FileSystem, directory, file_system, on_host};
use super::system;

/// Where the template lies while it is copied.
const TEMPLATE: &str = "/.template";

/// What a helper that was asked to end gets before it is killed: it unmounts, and tries again for two seconds.
pub(in super::super) const PATIENCE: Duration = Duration::from_secs(10);

pub(in super::super) fn own_program() -> io::Result<Utf8PathBuf> {
    let program = std::env::current_exe()?;
    Utf8PathBuf::from_path_buf(program)
        .map_err(|path| io::Error::other(format!("`{}` has an odd name", path.display())))
}

/// What is mounted is there for the host too.
pub(in super::super) fn way_in(slot: &Utf8Path, _server: Pid) -> String {
    format!("chroot {slot} /bin/sh")
}

/// What may run full. A devfs always says that it is.
pub(in super::super) fn is_sized(kind: &MountKind) -> bool {
    matches!(kind, MountKind::Tmpfs { .. })
}

/// What a jail's commands see; the process that serves is outside.
pub(in super::super) struct Place {
    slot: Utf8PathBuf,
    hostname: String,
}

impl Place {
    pub(super) fn new(slot: Utf8PathBuf) -> Place {
        Place { slot, hostname: String::new() }
    }

    pub(in super::super) fn make(&mut self, setup: &Setup) -> Result<(), Trouble> {
        self.hostname.clone_from(&setup.hostname);
        setrlimit(Resource::RLIMIT_CORE, 0, 0).step("forbid core files")?;
        setup.mounts.iter().try_for_each(|line| self.apply(line))?;
        self.fill(setup)
    }

    fn apply(&self, line: &Mount) -> Result<(), Trouble> {
        let target = on_host(&self.slot, &line.target);
        if let MountKind::Symlink { to } = &line.kind {
            return target
                .parent()
                .map_or(Ok(()), fs::create_dir_all)
                .and_then(|()| symlink(to, &target))
                .step(format!("link {line}"));
        }
        let Some(found) = file_system(system::NULL, &line.kind) else { return Ok(()) };
        mount(&found, &target)?;
        if line.kind == MountKind::Devices {
            system::show_nodes(&self.slot, &target).step(format!("hide devices in `{target}`"))?;
        }
        Ok(())
    }

    fn fill(&self, setup: &Setup) -> Result<(), Trouble> {
        let borrowed = on_host(&self.slot, TEMPLATE.into());
        mount(&directory(system::NULL, &setup.template, true), &borrowed)?;
        let filled = inside(&self.slot, || match fill(TEMPLATE.into(), &setup.files, true) {
            Ok(()) => (Reply::Ready, None),
            Err(trouble) => (Reply::Failed(trouble), None),
        });
        match filled.step("copy the template")? {
            (Reply::Ready, _) => {}
            (Reply::Failed(trouble), _) => return Err(trouble),
            _ => return Err(io::Error::from(io::ErrorKind::InvalidData)).step("copy the template"),
        }
        let left = unmount(&Kernel, |mount| mount == borrowed).step(format!("unmount `{borrowed}`"))?;
        left.stuck.into_iter().try_for_each(|(path, error)| Err(error).step(format!("unmount `{path}`")))?;
        fs::remove_dir(&borrowed).step(format!("remove `{borrowed}`"))
    }

    /// A pipe must not keep us waiting. dsynth looks at what it gets.
    pub(in super::super) fn open(&self, path: &Utf8Path) -> io::Result<File> {
        let opened = inside(&self.slot, || {
            match OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path) {
                Ok(file) => (Reply::Opened, Some(file)),
                Err(error) => (Reply::NotOpened(error.raw_os_error().unwrap_or_default()), None),
            }
        });
        match opened? {
            (Reply::Opened, Some(file)) => Ok(file),
            (Reply::NotOpened(errno), _) => Err(io::Error::from_raw_os_error(errno)),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    pub(in super::super) fn usage(&self, place: &Utf8Path) -> Usage {
        statvfs(on_host(&self.slot, place).as_str()).map_or_else(|_| Usage::default(), |found| Usage::of(&found))
    }

    /// Has the command's process enter the jail before it is executed.
    pub(in super::super) fn confine(&self, command: &mut Command, network: bool) -> io::Result<()> {
        system::confine(command, &self.slot, &self.hostname, network)
    }
}

/// Mounts on a directory of the slot, made if it is missing.
fn mount(found: &FileSystem, target: &Utf8Path) -> Result<(), Trouble> {
    let step = || format!("mount {found} on `{target}`");
    // Cut short in the kernel's list, it would not be found again.
    if target.as_str().len() >= system::LONGEST_NAME {
        return Err(io::Error::other("the kernel lists no path of that length; take a shorter `Directory_buildbase`"))
            .step(step());
    }
    fs::create_dir_all(target).step_with(format!("make `{target}` to mount on"), Hint::MountPoint)?;
    // A link of the world, or of the template, must not lead a mount out of the slot.
    let resolved = target.canonicalize_utf8().step(step())?;
    if resolved != target {
        return Err(io::Error::other(format!("it is a link to `{resolved}`"))).step(step());
    }
    system::mount(found, target).step_with(step(), Hint::Mount)
}

/// Runs a program of the host and waits for it; an error has what it said.
pub(super) fn run(program: &str, arguments: &[String]) -> io::Result<()> {
    let done = Command::new(program).args(arguments).stdin(Stdio::null()).output()?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim().replace('\n', "; ");
    Err(io::Error::other(format!("`{program} {}` ended with {}: {said}", arguments.join(" "), done.status)))
}
