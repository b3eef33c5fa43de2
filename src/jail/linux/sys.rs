//! The system calls that no safe library has, one function each.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use camino::Utf8Path;
use nix::errno::Errno;
use nix::libc;
use nix::sys::signal::SigSet;
use nix::unistd::setsid;

/// Makes the command's process the leader of a session without a terminal, with no signal blocked, in `network` if one
/// is given, and with no more than these capabilities.
pub(super) fn detach(command: &mut Command, network: Option<OwnedFd>, capabilities: u64) {
    let prepare = move || {
        setsid()?;
        SigSet::empty().thread_set_mask()?;
        if let Some(network) = &network {
            nix::sched::setns(network, nix::sched::CloneFlags::CLONE_NEWNET)?;
        }
        set_capabilities(capabilities)
    };
    // SAFETY: nothing but system calls between fork and exec.
    unsafe { command.pre_exec(prepare) };
}

/// Takes a capability from all that is executed from here on; false if the kernel knows none of that number.
pub(super) fn forbid_capability(capability: u8) -> io::Result<bool> {
    // SAFETY: takes numbers.
    match Errno::result(unsafe { libc::prctl(libc::PR_CAPBSET_DROP, libc::c_ulong::from(capability), 0, 0, 0) }) {
        Err(Errno::EINVAL) => Ok(false),
        done => done.map(|_| true).map_err(io::Error::from),
    }
}

pub(super) fn clear_ambient_capabilities() -> io::Result<()> {
    // SAFETY: takes numbers.
    Errno::result(unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) })?;
    Ok(())
}

/// capset(2), which libc leaves to libcap: what this process has and may have, as bits; nothing is inherited.
fn set_capabilities(set: u64) -> io::Result<()> {
    #[repr(C)]
    struct Header {
        version: u32,
        process: i32,
    }
    #[repr(C)]
    struct Half {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, process: 0 };
    let half = |bits: u64| Half { effective: bits as u32, permitted: bits as u32, inheritable: 0 };
    let halves = [half(set), half(set >> 32)];
    // SAFETY: version 3 reads one header and two halves, and both outlive the call.
    Errno::result(unsafe { libc::syscall(libc::SYS_capset, &raw const header, halves.as_ptr()) })?;
    Ok(())
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
