//! The jails that `debug` leaves for a look.

use crossbeam_channel::Receiver;

use crate::model::Stop;
use crate::session::Session;

use super::args::Invocation;
use super::terminal;

/// Says how to get into them, and waits until the user has seen enough.
pub(super) fn wait(invocation: &Invocation, session: &Session, stop: &Stop, bell: &Receiver<()>) {
    let frozen = session.frozen.list();
    if frozen.is_empty() || stop.requested() {
        return;
    }
    frozen.iter().for_each(|(spec, how)| terminal::say(invocation, &format!("{spec} is left as it was: {how}")));
    terminal::say(invocation, "^C takes it away");
    // A closed bell rings too: there is nobody who could be heard any more.
    let _ = bell.recv();
}
