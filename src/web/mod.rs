//! A run in a browser: a report in files.

mod report;

pub use report::Report;
