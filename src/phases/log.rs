//! A port's log: headings, what the phases print, footers (spec 7.3).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Failure, OriginSpec, Phase};

/// `<LOGS>/<category>___<name>[@flavor].log`.
#[derive(Debug)]
pub struct PortLog {
    pub path: Utf8PathBuf,
    file: File,
    lines: u64,
    begin: Instant,
    size: u64,
    limit: u64,
    /// The end of what the phases printed.
    last: Vec<u8>,
    /// The first time that it could not be written.
    trouble: Option<io::Error>,
}

/// How much of the end is kept in mind.
const LAST: usize = 8 << 10;

const RULE: &str = "-------------------------------------------------------------------------------";

impl PortLog {
    /// Starts the log anew; after `limit` bytes of output it takes no more.
    pub fn create(logs: &Utf8Path, spec: &OriginSpec, limit: u64) -> io::Result<PortLog> {
        let path = logs.join(spec.log_name());
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o666).open(&path)?;
        Ok(PortLog { path, file, lines: 0, begin: Instant::now(), size: 0, limit, last: Vec::new(), trouble: None })
    }

    /// Lines printed by phases so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// False once it is full, or cannot be written.
    pub fn takes_more(&self) -> bool {
        self.trouble.is_none() && self.size <= self.limit
    }

    /// The error of a log that could not be written, once.
    pub fn trouble(&mut self) -> io::Result<()> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    pub fn last_words(&self) -> String {
        String::from_utf8_lossy(&self.last).into_owned()
    }

    pub fn heading(&mut self, title: &str) {
        self.write(format!("{RULE}\n-- Phase: {title}\n{RULE}\n").as_bytes());
    }

    pub fn output(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if !self.takes_more() {
            return;
        }
        self.lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.last.extend_from_slice(bytes);
        self.last.drain(..self.last.len().saturating_sub(LAST));
        self.write(bytes);
    }

    /// `extracted`: bytes that are in the work directory now.
    pub fn footer(&mut self, succeeded: bool, took: Duration, last: bool, extracted: Option<u64>) {
        let verdict = if succeeded { "SUCCEEDED" } else { "FAILED" };
        let extracted = extracted.filter(|bytes| *bytes > 0).map_or(String::new(), |bytes| {
            format!("Extracted Memory Use: {:6.2}M\n", bytes as f64 / f64::from(1 << 20))
        });
        let mut text = format!("\n{extracted}{verdict} {}\n", clock(took));
        if last {
            text += &format!("TOTAL TIME {}\n", clock(self.begin.elapsed()));
        }
        self.write((text + "\n").as_bytes());
    }

    /// Why a phase failed, where its output may not say so.
    pub fn failure(&mut self, spec: &OriginSpec, phase: Phase, why: &Failure) {
        let text = match why {
            Failure::Exit(_) => return,
            Failure::Silent { minutes } => {
                format!("WATCHDOG TIMEOUT FOR {spec} in {} after {minutes} minutes", phase.name())
            }
            _ => format!("dsynth: {spec} failed in {}: {why}", phase.name()),
        };
        self.write(format!("--------\n{text}\n--------\n").as_bytes());
    }

    /// A line of dsynth's own.
    pub fn remark(&mut self, text: &str) {
        self.write(format!("{text}\n").as_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Err(error) = self.file.write_all(bytes) {
            self.trouble.get_or_insert(error);
        }
    }
}

/// `HH:MM:SS`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
