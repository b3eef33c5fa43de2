//! A reader of the BSD `make` language: what `make -V` would say, found out in process.
//!
//! A makefile is read once ([`Makefile`]) and evaluated any number of times ([`evaluate`]), also by many threads at a
//! time. An evaluation knows of the world what its [`Host`] tells it, and nothing of it outlives it but its [`Answer`].
//! It knows what `-V` can see: variables, conditions, loops, includes, and the names of targets; recipes are not run.
//!
//! The language is that of bmake; `docs/make-language.md` lists what may surprise, and where this reader differs.

mod argument;
mod assign;
mod block;
mod cond;
mod dialect;
mod directive;
mod disk;
mod ere;
mod error;
mod eval;
mod expand;
mod expr;
mod host;
mod leftover;
mod lines;
mod list;
mod modifiers;
mod modify;
mod references;
mod request;
mod search;
mod shape;
mod shell;
mod statement;
mod substitute;
mod table;
mod targets;
mod test;
mod words;

pub use block::Makefile;
pub use dialect::Dialect;
pub use disk::{Disk, path};
pub use error::{Complaint, Failed, Place};
pub use host::{Command, Failure, Host, Output, Unreadable};
pub use request::{Answer, Limits, Request, evaluate};
pub use statement::Severity;
