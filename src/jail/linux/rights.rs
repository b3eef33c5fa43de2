//! What commands in a jail may do: the capabilities of root that builds need, and no others.

use nix::sys::prctl;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::super::Limits;
use super::super::unix::{Step, Trouble};
use super::sys;

/// By their numbers in capabilities(7): owners and modes of files, other users, signals to them.
///
/// Not among them, on purpose: mounts and namespaces (SYS_ADMIN), SYS_CHROOT, device nodes (MKNOD), other processes' memory
/// (SYS_PTRACE), files by handle (DAC_READ_SEARCH), raw sockets, low ports, limits and the clock.
const KEPT: &[u8] = &[CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID];

const CHOWN: u8 = 0;
const DAC_OVERRIDE: u8 = 1;
const FOWNER: u8 = 3;
const FSETID: u8 = 4;
const KILL: u8 = 5;
const SETGID: u8 = 6;
const SETUID: u8 = 7;

/// The set as the kernel has it: a bit each.
pub(super) fn kept() -> u64 {
    KEPT.iter().fold(0, |set, capability| set | 1 << capability)
}

/// For process 1, once its place is made. It keeps its own rights; what it starts gets [`kept`] and can never get more.
pub(super) fn cut(limits: &Limits) -> Result<(), Trouble> {
    for capability in 0..=63 {
        if kept() & (1 << capability) == 0 && !sys::forbid_capability(capability).step("cut the bounding set")? {
            break;
        }
    }
    sys::clear_ambient_capabilities().step("clear the ambient capabilities")?;
    // Nothing in a jail gains rights by a set-id program.
    prctl::set_no_new_privs().step("forbid new privileges")?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0).step("forbid core files")?;
    limits.processes.map_or(Ok(()), limit_processes).step("limit the processes")
}

/// The kernel exempts real root, whatever is set here; only a cgroup does not.
fn limit_processes(count: u32) -> nix::Result<()> {
    let (_, highest) = getrlimit(Resource::RLIMIT_NPROC)?;
    let count = highest.min(count.into());
    setrlimit(Resource::RLIMIT_NPROC, count, count)
}
