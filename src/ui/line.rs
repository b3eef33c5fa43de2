//! A line, and the log it belongs to (spec 7.1).

/// One of the eight numbered logs; what goes to any of them goes to the first too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Results,
    Success,
    Failure,
    Ignored,
    Skipped,
    Abnormal,
    Obsolete,
    Debug,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Green,
    Red,
}

/// A line for the logs and the screen, without its newline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub log: LogKind,
    pub text: String,
    pub color: Option<Color>,
    /// Whether it is for the screen too.
    pub show: bool,
}

impl LogKind {
    pub const ALL: [LogKind; 8] = [
        LogKind::Results,
        LogKind::Success,
        LogKind::Failure,
        LogKind::Ignored,
        LogKind::Skipped,
        LogKind::Abnormal,
        LogKind::Obsolete,
        LogKind::Debug,
    ];

    pub fn file_name(self) -> &'static str {
        match self {
            LogKind::Results => "00_last_results.log",
            LogKind::Success => "01_success_list.log",
            LogKind::Failure => "02_failure_list.log",
            LogKind::Ignored => "03_ignored_list.log",
            LogKind::Skipped => "04_skipped_list.log",
            LogKind::Abnormal => "05_abnormal_command_output.log",
            LogKind::Obsolete => "06_obsolete_packages.log",
            LogKind::Debug => "07_debug.log",
        }
    }
}

impl LogLine {
    /// Text of ports gets here too: what is no printable character would move the cursor or end the line.
    pub fn new(log: LogKind, text: impl AsRef<str>) -> LogLine {
        let text = text.as_ref().trim_end().replace('\t', " ").replace(char::is_control, "?");
        LogLine { log, text, color: None, show: true }
    }

    pub(super) fn colored(self, color: Color) -> LogLine {
        LogLine { color: Some(color), ..self }
    }

    /// For the logs alone.
    pub(super) fn hidden(self) -> LogLine {
        LogLine { show: false, ..self }
    }
}
