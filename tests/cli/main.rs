//! What dsynth says to what it cannot use: whole outputs, and the exit status.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod arguments;
mod beside;
mod building;
mod configure;
mod directives;
mod display;
mod host;
mod live;
mod places;
mod serving;
mod trouble;
#[path = "../acceptance/world.rs"]
#[allow(dead_code, reason = "made for the acceptance tests, which use all of it")]
mod world;
