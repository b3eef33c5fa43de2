//! The system calls that no safe library has, of all systems alike; one function each.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::libc;
use nix::unistd::{ForkResult, Pid, dup2_stdin, dup2_stdout, fork};

/// Forks. For the helper alone: dsynth itself has many threads and much memory.
///
/// `None` in the child.
pub(in super::super) fn fork_helper() -> io::Result<Option<Pid>> {
    // SAFETY: the helper has one thread; it joined the only other it ever had.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok(Some(child)),
        ForkResult::Child => Ok(None),
    }
}

/// For the helper: the socket and the terminal, moved away from where a command would look for them.
pub(in super::super) fn inherited() -> io::Result<(OwnedFd, OwnedFd)> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let terminal = io::stdout().as_fd().try_clone_to_owned()?;
    let null = fs::OpenOptions::new().read(true).write(true).open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    Ok((socket, terminal))
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
