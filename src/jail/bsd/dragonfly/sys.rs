//! The system calls of DragonFly that no safe library has, one function each. Layouts: read in sys/sys/procctl.h and
//! sys/sys/mount.h of DragonFlyBSD/DragonFlyBSD; capabilities in sys/sys/caps.h.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::ffi::{CString, c_void};
use std::io;
use std::mem::offset_of;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

use camino::Utf8Path;
use nix::errno::Errno;
use nix::libc::{self, c_int, c_long};
use nix::pty::PtyMaster;
use nix::sys::signal::{SigSet, Signal, kill};
use nix::unistd::{Pid, chroot, getpid, setsid};

/// `struct reaper_status`, the one member of `union reaper_info`.
#[repr(C)]
struct ReaperStatus {
    flags: u32,
    references: u32,
    reserved: [c_long; 15],
    /// A child, or -1.
    head: libc::pid_t,
    reserved_too: [c_int; 15],
}

const _: () = assert!(size_of::<ReaperStatus>() == 192 && offset_of!(ReaperStatus, head) == 128);

/// Bytes of a path in the list of mounts, its NUL included: `MNAMELEN` of sys/sys/mount.h.
pub(in super::super) const LONGEST_NAME: usize = 80;

const _: () = assert!(offset_of!(libc::statfs, f_fsid) == 64 && offset_of!(libc::statfs, f_mntonname) == 120);
const _: () = assert!(offset_of!(libc::statfs, f_syncreads) == 120 + LONGEST_NAME);

/// What builds are denied, as the C dsynth does it: restricted and sensitive root, jails, sensitive network and file systems,
/// mounts, reserved ports, raw sockets.
const DENIED: [c_int; 8] = [0x01, 0x02, 0x05, 0x07, 0x09, 0x0a, 0x60, 0x61];
/// `__SYSCAP_ALL`: for this process and all that it starts.
const FOR_ALL: c_int = 3;

type SyscapSet = unsafe extern "C" fn(c_int, c_int, *const c_void, usize) -> c_int;

/// procctl(2): what descends from this process and loses its parent becomes its child.
pub(in super::super) fn become_reaper() -> io::Result<()> {
    let own = getpid().as_raw().into();
    // SAFETY: the request takes no data.
    Errno::result(unsafe { libc::procctl(libc::P_PID, own, libc::PROC_REAP_ACQUIRE, ptr::null_mut()) })?;
    Ok(())
}

/// SIGKILL for one child. When it is dead, its own children are this process's, so whoever waits and asks again gets them all.
pub(in super::super::super) fn kill_all() {
    // SAFETY: all of its fields are numbers.
    let mut status: ReaperStatus = unsafe { std::mem::zeroed() };
    let own = getpid().as_raw().into();
    // SAFETY: the request writes one `ReaperStatus`.
    let asked = unsafe { libc::procctl(libc::P_PID, own, libc::PROC_REAP_STATUS, (&raw mut status).cast()) };
    if asked == 0 && status.head > 0 {
        // Dead already, if that fails.
        let _ = kill(Pid::from_raw(status.head), Signal::SIGKILL);
    }
}

/// Makes the command's process the leader of a session without a terminal, with no signal blocked, its root in the slot, and
/// without the rights in [`DENIED`]. Kernels before October 2023 have no syscap_set(2); there the rights stay.
pub(super) fn enter_root(command: &mut Command, slot: &Utf8Path) -> io::Result<()> {
    let slot = CString::new(slot.as_str())?;
    let deny = syscap_set();
    let prepare = move || {
        setsid()?;
        SigSet::empty().thread_set_mask()?;
        chroot(slot.as_c_str())?;
        nix::unistd::chdir(c"/")?;
        if let Some(deny) = deny {
            for right in DENIED {
                // SAFETY: it is given no data.
                Errno::result(unsafe { deny(right, FOR_ALL, ptr::null(), 0) })?;
            }
        }
        Ok(())
    };
    // SAFETY: nothing but system calls between fork and exec.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}

/// dlsym(3): an executable that named it would not start where libc has none.
fn syscap_set() -> Option<SyscapSet> {
    // SAFETY: a name that ends with a NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"syscap_set".as_ptr()) };
    // SAFETY: a function of that name has that type (sys/caps.h); null is none.
    unsafe { std::mem::transmute::<*mut c_void, Option<SyscapSet>>(found) }
}

/// statfs(2).
pub(super) fn file_system_id(path: &Utf8Path) -> io::Result<[i32; 2]> {
    let path = CString::new(path.as_str())?;
    // SAFETY: all of its fields are numbers and bytes.
    let mut found: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: a path that ends with a NUL, and a place for one `statfs`.
    Errno::result(unsafe { libc::statfs(path.as_ptr(), &raw mut found) })?;
    // SAFETY: two numbers of 32 bits, which libc keeps private.
    Ok(unsafe { std::mem::transmute::<libc::fsid_t, [i32; 2]>(found.f_fsid) })
}

/// ptsname(3), which has a buffer for each thread here (lib/libc/stdlib/ptsname.c).
pub(in super::super::super) fn terminal_name(master: &PtyMaster) -> nix::Result<String> {
    // SAFETY: the name is copied before this thread can ask again.
    unsafe { nix::pty::ptsname(master) }
}
