//! The terminal that commands print on: without one, much of what they say would be held back in buffers.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::OFlag;
use nix::libc;
use nix::pty::{grantpt, posix_openpt, unlockpt};
use nix::sys::termios::{LocalFlags, OutputFlags, SetArg, tcgetattr, tcsetattr};

use super::super::platform;
use super::sys;

const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

/// The end that dsynth reads from and the one that commands write to.
///
/// Both are closed on exec from the start: another jail's helper may be spawned at any moment.
pub(super) fn open() -> io::Result<(File, OwnedFd)> {
    let master = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = platform::terminal_name(&master)?;
    let slave = OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOCTTY).open(name)?;
    sys::resize(slave.as_fd(), COLUMNS, ROWS)?;
    let master = File::from(OwnedFd::from(master));
    settle(&master)?;
    Ok((master, slave.into()))
}

/// Logs have no carriage returns. A command may have changed that, so it is said before each.
pub(super) fn settle(master: &File) -> io::Result<()> {
    let mut settings = tcgetattr(master)?;
    settings.output_flags.remove(OutputFlags::OPOST);
    settings.local_flags.remove(LocalFlags::ECHO);
    Ok(tcsetattr(master, SetArg::TCSANOW, &settings)?)
}
