//! What an evaluation complains of, and where.

use std::fmt;

use super::statement::Severity;

/// Something to be said of a makefile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub severity: Severity,
    pub message: String,
    /// `None` where no file is being read.
    pub place: Option<Place>,
}

/// A line of a makefile, and how it came to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    /// From 1.
    pub line: u32,
    /// As it stands in the file.
    pub text: String,
    /// Files and lines that included it, the nearest first.
    pub included_from: Vec<(String, u32)>,
}

/// An evaluation that gave no values; why, in the order of its complaints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub complaints: Vec<Complaint>,
    /// What `make` would exit with.
    pub status: i32,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Heard | Severity::Info => "",
            Severity::Warning => "warning: ",
            Severity::Error | Severity::Stop => "error: ",
        };
        let Some(place) = &self.place else { return write!(f, "{kind}{}", self.message) };
        write!(f, "{}:{}: {kind}{}", place.file, place.line, self.message)?;
        if !place.text.is_empty() {
            write!(f, "\n    {}", place.text)?;
        }
        place.included_from.iter().try_for_each(|(file, line)| write!(f, "\n    included from {file}:{line}"))
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worst = self.complaints.iter().find(|complaint| complaint.severity >= Severity::Error);
        match worst.or(self.complaints.first()) {
            Some(complaint) => complaint.fmt(f),
            None => write!(f, "make failed"),
        }
    }
}

impl std::error::Error for Failed {}
