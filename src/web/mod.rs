//! A run in a browser: a report in files.

mod assets;
mod data;
mod left;
mod plots;
mod report;

pub use report::Report;
