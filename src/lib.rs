//! dsynth builds the packages of a BSD ports tree: just those that are out of date by content, in
//! parallel, each in a clean jail. ARCHITECTURE.md is the map.

pub mod model;

pub mod config;
pub mod makefile;
pub mod system;

pub mod queries;

pub mod repo;
pub mod store;

pub mod jail;
pub mod phases;
pub mod schedule;

pub mod session;

pub mod view;

pub mod live;

pub mod ui;
pub mod web;

pub mod cli;

/// That of glibc takes a seventh of a scan's time, this one half of that; a BSD's own is as good.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
