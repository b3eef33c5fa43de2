//! The helper: dsynth started once more, to make a jail's namespaces.
//!
//! It forks their process 1 and waits for it; its own death is that one's too. Standard input is the socket
//! to dsynth, standard output the terminal for commands.

use std::fs;
use std::process::ExitCode;

use camino::Utf8PathBuf;
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, getegid, geteuid};

use super::super::unix::{Channel, Reply, Server, Step, Trouble, fork_helper, inherited, wait_for};
use super::cgroup;
use super::hint::Hint;
use super::network;
use super::place::Place;
use super::sys;

pub(in super::super) fn helper_main() -> ExitCode {
    let Ok((socket, terminal)) = inherited() else { return ExitCode::FAILURE };
    let channel = Channel::new(socket);
    match begin(&channel) {
        // Process 1 ends when the helper does, and takes the whole namespace with it.
        Ok(Side::Init { place }) if prctl::set_pdeathsig(Signal::SIGKILL).is_ok() => {
            Server::new(channel, terminal, place).serve()
        }
        Ok(Side::Init { .. }) => ExitCode::FAILURE,
        Ok(Side::Helper { init }) => {
            // The end of the socket must be seen when process 1 is gone.
            drop((channel, terminal));
            wait_for(init);
            ExitCode::SUCCESS
        }
        Err(trouble) => {
            // Nobody to tell, if that fails.
            let _ = channel.send(&Reply::Failed(trouble));
            ExitCode::FAILURE
        }
    }
}

enum Side {
    Helper { init: Pid },
    Init { place: Place },
}

fn begin(channel: &Channel) -> Result<Side, Trouble> {
    // For `ps`: it would be called `exe`.
    let _ = prctl::set_name(c"dsynth-jail");
    sys::close_others_on_exec().step("keep dsynth's files from the jail")?;
    if let Some(cgroup) = cgroup_argument() {
        cgroup::enter(&cgroup).step(format!("enter the cgroup `{cgroup}`"))?;
    }
    // In the root directory, so that pivot_root moves this process as well.
    std::env::set_current_dir("/").step("go to `/`")?;
    let root = geteuid().is_root();
    if !root {
        become_root()?;
    }
    let spaces = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    unshare(spaces).step_with("make the jail's namespaces", Hint::Namespaces)?;
    // Before the process namespace: no thread can be started once that waits for its first process.
    let network = network::loopback_only().step_with("make a network of its own", Hint::Namespaces)?;
    unshare(CloneFlags::CLONE_NEWPID).step_with("make a process namespace", Hint::Namespaces)?;
    match fork_helper().step("fork the jail's process 1")? {
        None => Ok(Side::Init { place: Place::new(network, root) }),
        Some(init) => {
            channel.send(&Reply::Started(init.as_raw())).step("report")?;
            Ok(Side::Helper { init })
        }
    }
}

/// After `WORKER` and the slot.
fn cgroup_argument() -> Option<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(std::env::args_os().nth(3)?.into()).ok()
}

/// An ordinary user becomes root over nothing but what is made from here on.
fn become_root() -> Result<(), Trouble> {
    let (uid, gid) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER).step_with("make a user namespace", Hint::UserNamespace)?;
    for (file, text) in
        [("setgroups", "deny".to_owned()), ("uid_map", format!("0 {uid} 1")), ("gid_map", format!("0 {gid} 1"))]
    {
        let path = format!("/proc/self/{file}");
        fs::write(&path, text).step_with(format!("write `{path}`"), Hint::UserNamespace)?;
    }
    Ok(())
}
