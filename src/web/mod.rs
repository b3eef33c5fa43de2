//! A run in a browser: a report in files, and a server.

mod assets;
mod data;
mod left;
mod place;
mod plots;
mod report;
mod server;

pub use report::Report;
pub use server::{Backend, BuildCounts, PastRun, Setting, Status, serve};
