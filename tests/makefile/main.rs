//! The reader of the make language, beside the host's own `make`.

#![expect(clippy::print_stderr, reason = "what was compared, and why not")]

mod bmake;
mod dialects;
mod fuzz;
mod limits;
mod random;
mod tables;
mod trouble;
