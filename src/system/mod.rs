//! To be written.
pub mod platform;
