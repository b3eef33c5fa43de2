//! The reader of the make language, beside the host's own `make`.

mod bmake;
mod fuzz;
mod limits;
mod random;
mod tables;
mod trouble;
