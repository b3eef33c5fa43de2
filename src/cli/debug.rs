//! What `-d` shows: on standard error and, once there is one, in 07_debug.log; with `-dd` on standard output instead.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::OnceLock;

use camino::Utf8Path;

use crate::ui::{LogKind, leave};

/// Open for the rest of the process.
static LOG: OnceLock<File> = OnceLock::new();

/// `DSYNTH_LOG` selects in the way of `tracing`.
pub(super) fn start(debug: u8) {
    let level = if debug > 0 { "dsynth=debug" } else { "dsynth=error" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("DSYNTH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let writer = move || Writer { out: debug > 1 };
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(writer).try_init();
}

/// For who said `-d` once; a log that cannot be written is the trouble of the other logs too, and told there.
pub(super) fn log_in(logs: &Utf8Path, debug: u8) {
    if debug == 1
        && let Ok(file) = OpenOptions::new().append(true).open(logs.join(LogKind::Debug.file_name()))
    {
        let _ = LOG.set(file);
    }
}

struct Writer {
    out: bool,
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(mut log) = LOG.get() {
            let _ = log.write_all(bytes);
        }
        leave();
        if self.out { io::stdout().write(bytes) } else { io::stderr().write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.out { io::stdout().flush() } else { io::stderr().flush() }
    }
}
