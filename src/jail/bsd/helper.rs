//! The helper: dsynth started once more, to guard a jail.
//!
//! It forks the process that serves and waits for it. Whatever that one leaves behind by dying, processes and mounts, the helper
//! takes away.

use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::Pid;

use super::super::unix::{Channel, Reply, Server, Step, Trouble, end_all, fork_helper, inherited, wait_for};
use super::mounted::bare;
use super::place::Place;
use super::{sys, system};

pub(in super::super) fn helper_main() -> ExitCode {
    sys::close_others();
    let Ok((socket, terminal)) = inherited() else { return ExitCode::FAILURE };
    let channel = Channel::new(socket);
    match begin(&channel) {
        Ok(Side::Server { slot }) => Server::new(channel, terminal, Place::new(slot)).serve(),
        Ok(Side::Helper { slot, server }) => {
            // The end of the socket must be seen when the one that serves is gone.
            drop((channel, terminal));
            wait_for(server);
            end_all();
            // dsynth looks for itself, if it is still there, and says what does not go.
            let _ = bare(&slot);
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
    Helper { slot: Utf8PathBuf, server: Pid },
    Server { slot: Utf8PathBuf },
}

fn begin(channel: &Channel) -> Result<Side, Trouble> {
    // Not in a directory that has to be unmounted.
    std::env::set_current_dir("/").step("go to `/`")?;
    let slot = slot_argument()?;
    // Both: what outlives the one that serves must come to the helper.
    system::become_reaper().step("become a reaper")?;
    match fork_helper().step("fork the process that serves")? {
        None => {
            system::become_reaper().step("become a reaper")?;
            Ok(Side::Server { slot })
        }
        Some(server) => {
            channel.send(&Reply::Started(server.as_raw())).step("report")?;
            Ok(Side::Helper { slot, server })
        }
    }
}

/// After `WORKER`; as the kernel lists it.
fn slot_argument() -> Result<Utf8PathBuf, Trouble> {
    let slot = std::env::args().nth(2).unwrap_or_default();
    Utf8Path::new(&slot).canonicalize_utf8().step(format!("look at `{slot}`"))
}
