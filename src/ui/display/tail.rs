//! The end of a file that grows.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use camino::Utf8Path;

use crate::ui::{LogKind, LogLine};

/// So much of it can be looked at.
const BYTES: u64 = 256 * 1024;

/// Its last lines, newest first. One that is being written counts; one that was cut at the beginning does not.
pub(super) fn last_lines(path: &Utf8Path) -> io::Result<Vec<LogLine>> {
    let mut file = File::open(path)?;
    let skipped = file.metadata()?.len().saturating_sub(BYTES);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    // It may grow faster than it is read.
    file.take(2 * BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    let whole = if skipped > 0 { text.split_once('\n').map_or("", |(_, whole)| whole) } else { &text };
    Ok(whole.lines().rev().map(shown).collect())
}

/// As a terminal would leave it: what was written over again and again is there once.
fn shown(line: &str) -> LogLine {
    let line = line.trim_end_matches('\r');
    LogLine::new(LogKind::Results, line.rsplit('\r').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_end_of_a_file_is_shown_without_what_moves_a_cursor() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("log");
        let texts = |text: &[u8]| {
            fs::write(&path, text).unwrap();
            last_lines(&path).unwrap().into_iter().map(|line| line.text).collect::<Vec<_>>()
        };
        assert_eq!(texts(b"one\r\n 1%\r 99%\r100%\n\x1b[2Jthree"), ["?[2Jthree", "100%", "one"]);
        let long = "0123456789\n".repeat(40_000);
        let end = texts(long.as_bytes());
        assert!(end.len() > 20_000 && end.len() < 40_000 && end.iter().all(|line| line == "0123456789"));
        assert!(last_lines("/nowhere".into()).is_err());
    }
}
