//! Real jails over the host's own base system.
//!
//! They run as root and, once more in one test, as an ordinary user. Where the kernel gives neither
//! namespaces, they say so and pass.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a test that is skipped says so, and one that plays another program speaks"
)]

#[cfg(target_os = "linux")]
mod harness;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod isolation;
#[cfg(target_os = "linux")]
mod lifetime;
#[cfg(target_os = "linux")]
mod ordinary_user;
#[cfg(target_os = "linux")]
mod running;
