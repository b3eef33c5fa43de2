//! The system calls that no safe library has, one function each.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use camino::Utf8Path;
use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::SigSet;
use nix::unistd::{ForkResult, Pid, fork, setsid};

/// Forks. For the helper alone: dsynth itself has many threads and much memory.
///
/// `None` in the child.
pub(super) fn fork_helper() -> io::Result<Option<Pid>> {
    // SAFETY: the helper has one thread; it joined the only other it ever had.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// Makes the command's process the leader of a session without a terminal, with no signal blocked, and in
/// `network` if one is given.
pub(super) fn detach(command: &mut Command, network: Option<OwnedFd>) {
    let prepare = move || {
        setsid()?;
        SigSet::empty().thread_set_mask()?;
        if let Some(network) = &network {
            nix::sched::setns(network, nix::sched::CloneFlags::CLONE_NEWNET)?;
        }
        Ok(())
    };
    // SAFETY: nothing but system calls between fork and exec.
    unsafe { command.pre_exec(prepare) };
}

/// Adds flags to the mount at `target` and to all below it. What is set already stays, which matters where a
/// user namespace may not clear it.
pub(super) fn restrict(target: &Utf8Path, flags: u64) -> io::Result<()> {
    let target = std::ffi::CString::new(target.as_str())?;
    let attributes = libc::mount_attr { attr_set: flags, attr_clr: 0, propagation: 0, userns_fd: 0 };
    // SAFETY: both pointers outlive the call, and the size is that of the struct.
    Errno::result(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    })?;
    Ok(())
}

/// Keeps from commands whatever was inherited beyond the three standard files.
pub(super) fn close_others_on_exec() -> io::Result<()> {
    // SAFETY: closes nothing now; a file's owner does not care about its flag.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Errno::result(done)?;
    Ok(())
}

/// Sets the size of a terminal.
pub(super) fn resize(terminal: BorrowedFd<'_>, columns: u16, rows: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the request reads one `winsize`.
    Errno::result(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) })?;
    Ok(())
}

/// Adds to this process's niceness.
pub(super) fn renice(by: i32) -> io::Result<()> {
    Errno::clear();
    // SAFETY: takes and gives a number. -1 is a niceness as good as any: only errno tells.
    let nice = unsafe { libc::nice(by) };
    match Errno::last_raw() {
        errno if nice == -1 && errno != 0 => Err(io::Error::from_raw_os_error(errno)),
        _ => Ok(()),
    }
}

/// A file that came over a socket.
pub(super) fn received(file: RawFd) -> File {
    // SAFETY: the kernel made it for us just now, and nobody else knows it.
    File::from(unsafe { OwnedFd::from_raw_fd(file) })
}
