//! The numbered logs (spec 7.1).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use camino::Utf8Path;

use super::{LogKind, LogLine};

/// All eight, open; the first gets every line.
pub struct NumberedLogs {
    files: Vec<(LogKind, File)>,
}

impl NumberedLogs {
    /// Starts them anew, or goes on where they end.
    pub fn open(dir: &Utf8Path, clean: bool) -> io::Result<NumberedLogs> {
        let open = |kind: LogKind| {
            // For everyone, as far as the umask lets them: several users may run dsynth in turn.
            let path = dir.join(kind.file_name());
            let file = OpenOptions::new().append(true).create(true).mode(0o666).open(path)?;
            if clean {
                file.set_len(0)?;
            }
            Ok((kind, file))
        };
        Ok(NumberedLogs { files: LogKind::ALL.into_iter().map(open).collect::<io::Result<_>>()? })
    }

    /// One write for a line, so that lines of several writers never mix.
    pub fn write(&mut self, line: &LogLine) -> io::Result<()> {
        let text = format!("{}\n", line.text);
        self.files
            .iter_mut()
            .filter(|(kind, _)| matches!(kind, LogKind::Results) || *kind == line.log)
            .try_for_each(|(_, file)| file.write_all(text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use insta::assert_snapshot;

    use super::*;
    use crate::ui::{lines, samples};

    fn written(dir: &Utf8Path) -> String {
        let log = |kind: LogKind| {
            let text = fs::read_to_string(dir.join(kind.file_name())).unwrap();
            format!("{}: {} lines\n{}", kind.file_name(), text.lines().count(), text.lines().next().unwrap_or(""))
        };
        LogKind::ALL.map(log).join("\n")
    }

    fn write(dir: &Utf8Path, clean: bool) {
        let mut logs = NumberedLogs::open(dir, clean).unwrap();
        samples::run().iter().flat_map(lines).for_each(|line| logs.write(&line).unwrap());
    }

    #[test]
    fn each_line_goes_to_its_log_and_all_to_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        write(dir, true);
        assert_snapshot!(written(dir), @"
        00_last_results.log: 17 lines
        pkg is taken from the repository
        01_success_list.log: 2 lines
        [000] SUCCESS lang/python@py39                                         00:01:02
        02_failure_list.log: 1 lines
        [000] FAILURE c/bad 12                                           build 00:12:05
        03_ignored_list.log: 1 lines
        [XXX] c/no 2 ignored due to is marked as broken
        04_skipped_list.log: 1 lines
        [XXX] c/late skipped due to c/between->c/bad
        05_abnormal_command_output.log: 1 lines
        [XXX] c/gone lost in the ether: not in the tree
        06_obsolete_packages.log: 0 lines

        07_debug.log: 0 lines
        ");
    }

    #[test]
    fn logs_go_on_unless_they_are_cleaned() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let failures = || fs::read_to_string(dir.join("02_failure_list.log")).unwrap().lines().count();
        let counted = [true, false, true].map(|clean| {
            write(dir, clean);
            failures()
        });
        assert_eq!(counted, [1, 2, 1]);
    }

    #[test]
    fn a_directory_that_is_not_there_is_an_error() {
        assert!(NumberedLogs::open(Utf8Path::new("/nowhere/at/all"), true).is_err());
    }
}
