//! A port's log: headings, what the phases print, footers (spec 7.3).

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::diagnosis::LOOKED_AT;
use crate::model::{Failure, Fault, OriginSpec};

/// `<LOGS>/<category>___<name>[@flavor].log`.
#[derive(Debug)]
pub struct PortLog {
    pub path: Utf8PathBuf,
    file: File,
    lines: u64,
    begin: Instant,
    size: u64,
    limit: u64,
    /// Where the output of the phase begins, in bytes of the file, and how much there is.
    phase: (u64, u64),
    written: u64,
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
        let (last, begin) = (Vec::new(), Instant::now());
        Ok(PortLog { path, file, lines: 0, begin, size: 0, limit, phase: (0, 0), written: 0, last, trouble: None })
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
        self.phase = (self.written, 0);
    }

    /// What the phase printed; of very much the end.
    pub(super) fn phase_output(&self) -> io::Result<impl BufRead> {
        let (begin, length) = self.phase;
        let passed_over = length.saturating_sub(LOOKED_AT);
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(begin + passed_over))?;
        Ok(BufReader::new(file.take(length - passed_over)))
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
        self.phase.1 = self.written - self.phase.0;
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

    /// Why a phase failed, and what to read of its output first.
    pub fn failure(&mut self, spec: &OriginSpec, fault: &Fault) {
        let name = fault.phase.name();
        let mut text = match fault.why {
            Failure::Silent { minutes } => format!("WATCHDOG TIMEOUT FOR {spec} in {name} after {minutes} minutes"),
            _ => format!("dsynth: {spec} failed in {name}: {}", fault.text()),
        };
        fault.diagnosis.lines.iter().for_each(|line| text += &format!("\n    {line}"));
        self.write(format!("--------\n{text}\n--------\n").as_bytes());
    }

    /// A line of dsynth's own.
    pub fn remark(&mut self, text: &str) {
        self.write(format!("{text}\n").as_bytes());
    }

    fn write(&mut self, bytes: &[u8]) {
        match self.file.write_all(bytes) {
            Ok(()) => self.written += bytes.len() as u64,
            Err(error) => drop(self.trouble.get_or_insert(error)),
        }
    }
}

/// `HH:MM:SS`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
