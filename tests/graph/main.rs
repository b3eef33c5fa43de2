//! `graph`, `check` and `explain`, run as users run them; no jails are needed.

mod check;
mod explain;
mod graph;
mod world;
