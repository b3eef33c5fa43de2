//! The system calls of FreeBSD that no safe library has, one function each. Layouts: scripts/freebsd-layout.c.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::ffi::{CStr, CString};
use std::io;
use std::mem::offset_of;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use nix::errno::Errno;
use nix::libc::{self, c_int, c_uint, c_void};
use nix::pty::PtyMaster;
use nix::sys::signal::SigSet;
use nix::unistd::{getpid, setsid};

/// `struct procctl_reaper_kill` of sys/procctl.h.
#[repr(C)]
struct ReaperKill {
    signal: c_int,
    flags: c_uint,
    subtree: libc::pid_t,
    killed: c_uint,
    failed: libc::pid_t,
    pad: [c_uint; 15],
}

const _: () = assert!(size_of::<ReaperKill>() == 80);
const _: () = assert!(offset_of!(ReaperKill, subtree) == 8 && offset_of!(ReaperKill, failed) == 16);

/// Bytes of a path in the list of mounts, its NUL included: `MNAMELEN` of sys/mount.h.
pub(in super::super) const LONGEST_NAME: usize = 1024;

const _: () = assert!(offset_of!(libc::statfs, f_fsid) == 192 && offset_of!(libc::statfs, f_fstypename) == 280);
const _: () = assert!(offset_of!(libc::statfs, f_mntonname) == 1320);
const _: () = assert!(size_of::<libc::statfs>() == 1320 + LONGEST_NAME);

/// procctl(2): what descends from this process and loses its parent becomes its child.
pub(in super::super) fn become_reaper() -> io::Result<()> {
    let own = getpid().as_raw().into();
    // SAFETY: the request takes no data.
    Errno::result(unsafe { libc::procctl(libc::P_PID, own, libc::PROC_REAP_ACQUIRE, ptr::null_mut()) })?;
    Ok(())
}

/// procctl(2): SIGKILL for all that descends from this process.
pub(in super::super::super) fn kill_all() {
    let mut kill = ReaperKill { signal: libc::SIGKILL, flags: 0, subtree: 0, killed: 0, failed: 0, pad: [0; 15] };
    // SAFETY: the request reads and writes one `ReaperKill`. ESRCH: there is nothing.
    let _ =
        unsafe { libc::procctl(libc::P_PID, getpid().as_raw().into(), libc::PROC_REAP_KILL, (&raw mut kill).cast()) };
}

/// Makes the command's process the leader of a session without a terminal, with no signal blocked, in a new jail of these
/// parameters: jail_set(2), which changes its root and directory too.
pub(super) fn enter_jail(command: &mut Command, parameters: Vec<(&'static str, Vec<u8>)>) {
    let mut parameters: Vec<(CString, Vec<u8>)> =
        parameters.into_iter().filter_map(|(name, value)| Some((CString::new(name).ok()?, value))).collect();
    let prepare = move || {
        setsid()?;
        SigSet::empty().thread_set_mask()?;
        let part = |start: *mut c_void, length| libc::iovec { iov_base: start, iov_len: length };
        let mut parts: Vec<libc::iovec> = parameters
            .iter_mut()
            .flat_map(|(name, value)| {
                let name = part(name.as_ptr().cast_mut().cast(), name.as_bytes_with_nul().len());
                [name, part(value.as_mut_ptr().cast(), value.len())]
            })
            .collect();
        // SAFETY: names and values outlive the call, and it writes to none that it was not asked to.
        let made =
            unsafe { libc::jail_set(parts.as_mut_ptr(), parts.len() as c_uint, libc::JAIL_CREATE | libc::JAIL_ATTACH) };
        Errno::result(made).map(drop).map_err(io::Error::from)
    };
    // SAFETY: the helper has one thread, so the child may do as it likes between fork and exec.
    unsafe { command.pre_exec(prepare) };
}

/// ptsname_r(3).
pub(in super::super::super) fn terminal_name(master: &PtyMaster) -> nix::Result<String> {
    let mut name = [0; 128];
    // SAFETY: the name goes into a place of that length.
    let error = unsafe { libc::ptsname_r(master.as_raw_fd(), name.as_mut_ptr().cast(), name.len()) };
    match (error, CStr::from_bytes_until_nul(&name)) {
        (0, Ok(name)) => Ok(name.to_string_lossy().into_owned()),
        _ => Err(Errno::last()),
    }
}
