//! The ports tree is read in jails: what makefiles see there, and how a reading ends.
//!
//! As root and, once more in one test, as an ordinary user. Where the kernel gives no namespaces they say so and pass.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[cfg(target_os = "linux")]
mod asking;
#[cfg(target_os = "linux")]
mod bad;
#[cfg(target_os = "linux")]
mod ending;
#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod hermetic;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod seeing;
#[cfg(target_os = "linux")]
mod tree;
#[cfg(target_os = "linux")]
mod whole;
