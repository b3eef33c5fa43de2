//! The system calls that no safe library has and both BSDs do, one function each.
#![expect(unsafe_code, reason = "thin wrappers; each says why its call is sound")]

use std::ffi::CStr;
use std::io;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use nix::libc::{self, c_char};

use super::mounted::Mounted;

/// `MNT_NOWAIT` of sys/mount.h, on both: a file server that answers no more keeps nobody waiting.
const NOWAIT: libc::c_int = 2;

/// closefrom(2): keeps from commands whatever was inherited beyond the three standard files.
pub(super) fn close_others() {
    // SAFETY: the helper has just been executed and has opened nothing; nobody owns what was inherited.
    unsafe { libc::closefrom(3) };
}

/// getmntinfo(3).
pub(super) fn mounts() -> io::Result<Vec<Mounted>> {
    // The list is libc's, and lies where the last one lay.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut list = ptr::null_mut();
    // SAFETY: it is given a place for one pointer.
    let count = unsafe { libc::getmntinfo(&raw mut list, NOWAIT) };
    let count = usize::try_from(count).ok().filter(|count| *count > 0).ok_or_else(io::Error::last_os_error)?;
    // SAFETY: the list has so many entries until it is asked for again.
    Ok(unsafe { std::slice::from_raw_parts(list, count) }.iter().map(mounted).collect())
}

fn mounted(found: &libc::statfs) -> Mounted {
    Mounted {
        path: name(&found.f_mntonname).into(),
        kind: name(&found.f_fstypename),
        // SAFETY: on both an fsid_t is two numbers of 32 bits, which libc keeps private.
        id: unsafe { std::mem::transmute::<libc::fsid_t, [i32; 2]>(found.f_fsid) },
    }
}

fn name(bytes: &[c_char]) -> String {
    let bytes: Vec<u8> = bytes.iter().map(|byte| byte.cast_unsigned()).collect();
    CStr::from_bytes_until_nul(&bytes).map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned())
}
