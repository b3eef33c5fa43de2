//! Pure and incremental: files in, plan out.
//!
//! | query | answers |
//! |---|---|
//! | `scan::evaluation` | what `make` says of a port |
//! | `scan::framework` | contents of a list of framework files |
//! | `port::port` | what a port declares |
//! | `depends::depends` | what a port depends on |
//! | `moved::moved` | renamed and deleted origins |
//! | `recipe::recipe` | what decides a rebuild, short of the packages it will depend on |
//! | `needs_build::needs_build` | whether a package is out of date, and why |
//!
//! `request` and `plan` put the answers together for what a user asked.

#![deny(clippy::disallowed_methods, reason = "queries read the world through `System`")]

pub mod changes;
pub mod chart;
pub mod cycles;
pub mod db;
pub mod depends;
pub mod graph;
pub mod inputs;
pub mod moved;
pub mod needs_build;
pub mod plan;
pub mod port;
pub mod reads;
pub mod recipe;
pub mod request;
pub mod saved;
pub mod scan;
pub mod sources;
pub mod tree;

pub use db::{Database, Db};
