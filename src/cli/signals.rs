//! ^C and its like.

use std::process;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
use signal_hook::iterator::Signals;

use crate::model::{Stop, StopReason};
use crate::ui::leave_or_not;

use super::error::CliError;

/// The first signal asks the run to stop; the second ends dsynth at once. The jails' helpers notice that and
/// take their mounts with them. SIGUSR1 lets what runs come to its end, and counts as no first signal.
pub(super) fn listen(stop: &Stop) -> std::io::Result<()> {
    listen_and(stop, || ())
}

/// The same; the bell rings once for the first signal.
pub(super) fn listen_with_bell(stop: &Stop) -> Result<Receiver<()>, CliError> {
    let (ring, bell) = bounded(1);
    let listened = listen_and(stop, move || {
        // One ring is enough.
        let _ = ring.try_send(());
    });
    listened.map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    Ok(bell)
}

/// The same; who sleeps is woken by `tell` when the first signal has come.
pub(super) fn listen_and(stop: &Stop, tell: impl Fn() + Send + 'static) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGUSR1])?;
    let stop = stop.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            let reason = match signal {
                SIGINT => StopReason::Interrupt,
                SIGUSR1 => StopReason::Finish,
                _ => StopReason::Terminate,
            };
            if stop.requested() && reason != StopReason::Finish {
                leave_or_not();
                process::exit(if reason == StopReason::Interrupt { 130 } else { 143 });
            }
            stop.request(reason);
            tell();
        }
    })?;
    Ok(())
}
