//! What a makefile is made of, as data.

use super::cond::Cond;
use super::expr::{Expr, Key};

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) statements: Vec<Statement>,
    /// The first line of each statement.
    pub(super) numbers: Vec<u32>,
}

#[derive(Debug)]
pub(super) enum Statement {
    Assign(Box<Assignment>),
    /// If it does not hold go to `otherwise`; if it is malformed go to `end`.
    If {
        cond: Box<Cond>,
        otherwise: u32,
        end: u32,
    },
    Jump(u32),
    For(Box<For>),
    Include(Box<Include>),
    Undefine(Expr),
    Export(Expr),
    Unexport(Box<[u8]>),
    /// `export NAME=value`.
    Environment(Box<[u8]>, Expr),
    Message(Severity, Expr),
    Dependency(Box<Dependency>),
    Command(Box<[u8]>),
    /// What is wrong with a line that is reached.
    Wrong(Severity, Box<str>),
    /// Nothing behind it in this file is read.
    End(Box<str>),
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What a command wrote to standard error.
    Heard,
    Info,
    Warning,
    /// Reading goes on, and fails at the end.
    Error,
    /// Reading stops.
    Stop,
}

#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) name: Assigned,
    pub(super) how: How,
    pub(super) value: Expr,
}

#[derive(Debug)]
pub(super) enum Assigned {
    Known(Key),
    Made(Expr),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Set,
    Append,
    Default,
    Expand,
    Shell,
}

impl How {
    pub(super) fn operator(self) -> &'static [u8] {
        match self {
            How::Set => b"=",
            How::Append => b"+=",
            How::Default => b"?=",
            How::Expand => b":=",
            How::Shell => b"!=",
        }
    }
}

/// Of the variables of a `.for`.
pub(super) type Names = Vec<Box<[u8]>>;

#[derive(Debug)]
pub(super) struct For {
    pub(super) names: Names,
    pub(super) list: Expr,
    pub(super) body: Block,
}

#[derive(Debug)]
pub(super) struct Include {
    pub(super) file: Expr,
    /// `<file>`.
    pub(super) system: bool,
    /// A missing file is fine.
    pub(super) silent: bool,
    /// `include file file`, without a dot.
    pub(super) many: bool,
}

#[derive(Debug)]
pub(super) struct Dependency {
    pub(super) line: Expr,
    /// Behind a `;`.
    pub(super) command: Option<Box<[u8]>>,
    /// It is indented and has no operator: a command, if a rule is open.
    pub(super) indented: bool,
}
