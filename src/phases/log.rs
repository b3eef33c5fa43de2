//! A port's log: headings, what the phases print, footers (spec 7.3).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{OriginSpec, Phase};

/// `<LOGS>/<category>___<name>[@flavor].log`.
#[derive(Debug)]
pub struct PortLog {
    pub path: Utf8PathBuf,
    file: File,
    lines: u64,
    begin: Instant,
}

const RULE: &str = "-------------------------------------------------------------------------------";

impl PortLog {
    /// Starts the log anew.
    pub fn create(logs: &Utf8Path, spec: &OriginSpec) -> io::Result<PortLog> {
        let path = logs.join(spec.log_name());
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o666).open(&path)?;
        Ok(PortLog { path, file, lines: 0, begin: Instant::now() })
    }

    /// Lines printed by phases so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    pub fn heading(&mut self, title: &str) {
        self.write(format!("{RULE}\n-- Phase: {title}\n{RULE}\n").as_bytes());
    }

    pub fn output(&mut self, bytes: &[u8]) {
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.write(bytes);
    }

    pub fn footer(&mut self, succeeded: bool, took: Duration, last: bool) {
        let verdict = if succeeded { "SUCCEEDED" } else { "FAILED" };
        let mut text = format!("\n{verdict} {}\n", clock(took));
        if last {
            text += &format!("TOTAL TIME {}\n", clock(self.begin.elapsed()));
        }
        self.write((text + "\n").as_bytes());
    }

    pub fn watchdog(&mut self, spec: &OriginSpec, phase: Phase, minutes: u64) {
        let text = format!("WATCHDOG TIMEOUT FOR {spec} in {} after {minutes} minutes", phase.name());
        self.write(format!("--------\n{text}\n--------\n").as_bytes());
    }

    /// A line of dsynth's own.
    pub fn remark(&mut self, text: &str) {
        self.write(format!("{text}\n").as_bytes());
    }

    /// A full disk must not stop the build: the package may fit, and the failure will show elsewhere.
    fn write(&mut self, bytes: &[u8]) {
        if let Err(error) = self.file.write_all(bytes) {
            tracing::warn!(path = %self.path, %error, "cannot write the port's log");
        }
    }
}

/// `HH:MM:SS`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
