//! Hostile ports, full disks, kills: what a run and the host look like afterwards.
//!
//! Everything is bounded by itself, so that a defence that fails does no harm.

#![allow(unreachable_pub, reason = "a test has no public face")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so, and one that counts says what")]

mod disks;
mod evil;
mod host;
mod kills;
mod ordinary_user;
mod selftest;
mod slots;
#[path = "../acceptance/world.rs"]
#[allow(dead_code, reason = "made for the acceptance tests, which use all of it")]
mod world;
