//! Work that must see the jail as its commands do, so that no symbolic link leads out of it.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::exit;

use camino::Utf8Path;
use nix::sys::wait::waitpid;
use nix::unistd::chroot;

use super::super::unix::{Channel, Reply, Step, Trouble, fork_helper};

/// Has a child change its root to the slot and do it there.
pub(super) fn inside(
    slot: &Utf8Path,
    work: impl FnOnce() -> (Reply, Option<File>),
) -> io::Result<(Reply, Option<File>)> {
    let (ours, theirs) = Channel::pair()?;
    let theirs = Channel::new(theirs);
    match fork_helper()? {
        None => {
            drop(ours);
            let (reply, file) = enter(slot).map_or_else(|trouble| (Reply::Failed(trouble), None), |()| work());
            let sent = match file {
                Some(file) => theirs.send_with(&reply, file.as_fd()),
                None => theirs.send(&reply),
            };
            exit(i32::from(sent.is_err()))
        }
        Some(child) => {
            drop(theirs);
            let answer = ours.receive();
            waitpid(child, None)?;
            answer
        }
    }
}

fn enter(slot: &Utf8Path) -> Result<(), Trouble> {
    chroot(slot.as_str()).step(format!("go to `{slot}`"))?;
    std::env::set_current_dir("/").step("go to the jail's root")
}
