//! The acceptance cases, over the fixture tree, with real builds in real jails.
//!
//! They run as root and as an ordinary user. Where the kernel gives neither namespaces, what needs a jail says so
//! and passes; what `status` answers is asserted there too.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod ccache;
mod changed;
mod engine;
mod evaluators;
mod failures;
mod killed;
mod ordinary_user;
mod planning;
mod queue;
mod rebuilds;
mod requests;
mod watch;
mod world;
