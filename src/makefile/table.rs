//! Variables and their values, for one evaluation.

use hashbrown::HashTable;

use super::block::Makefile;
use super::expr::{self, Expr, Key, Part};
use super::references::{self, Loops};

/// What lives as long as an evaluation, and goes with it.
pub(super) struct Arena {
    pub(super) bytes: bumpalo::Bump,
    pub(super) exprs: typed_arena::Arena<Expr>,
    pub(super) files: typed_arena::Arena<std::sync::Arc<Makefile>>,
}

/// The loops around a text, the innermost first, with what they stand at.
pub(super) type Env<'a> = Option<&'a Frame<'a>>;

#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) names: &'a [Box<[u8]>],
    pub(super) items: &'a [Item<'a>],
    pub(super) outer: Env<'a>,
}

/// A word that a loop stands at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) text: &'a [u8],
    /// With a dollar in it, which is expanded where the item is used.
    pub(super) live: Option<&'a Expr>,
}

/// Text that is expanded when it is used: shared syntax, and the loops it was written in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    /// Without references.
    Text(&'a [u8]),
    Expr(&'a Expr, Env<'a>),
    /// The two with a blank between them, from `+=`.
    Join(&'a (Value<'a>, Value<'a>)),
}

/// A variable, wherever it is set.
#[derive(Debug)]
pub(super) struct Variable<'a> {
    pub(super) name: &'a [u8],
    hash: u64,
    /// Set by a makefile.
    pub(super) global: Option<Value<'a>>,
    /// Set on the command line, or for a while by `:@`.
    pub(super) command: Option<Value<'a>>,
    /// From the environment, or from `make` itself.
    pub(super) outer: Option<Value<'a>>,
    /// On the command line: makefiles cannot set it.
    pub(super) fixed: bool,
    pub(super) exported: bool,
    /// Being expanded.
    pub(super) busy: bool,
}

/// Where a variable is set, and which place is looked at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Global,
    Command,
}

pub(super) struct Table<'a> {
    index: HashTable<u32>,
    pub(super) variables: bumpalo::collections::Vec<'a, Variable<'a>>,
}

/// A port has a thousand or two.
const USUAL: usize = 2048;

impl<'a> Table<'a> {
    /// `index`: one that was used before.
    pub(super) fn new(arena: &'a Arena, mut index: HashTable<u32>) -> Table<'a> {
        index.clear();
        Table { index, variables: bumpalo::collections::Vec::with_capacity_in(USUAL, &arena.bytes) }
    }

    pub(super) fn into_index(self) -> HashTable<u32> {
        self.index
    }

    pub(super) fn find(&self, hash: u64, name: &[u8]) -> Option<usize> {
        let found = self.index.find(hash, |at| self.variables[*at as usize].name == name)?;
        Some(*found as usize)
    }

    pub(super) fn find_name(&self, name: &[u8]) -> Option<usize> {
        self.find(expr::hash(name), name)
    }

    /// The variable of that name, made if there is none; `name` is asked for the bytes to keep.
    pub(super) fn entry(&mut self, hash: u64, name: &[u8], keep: impl FnOnce() -> &'a [u8]) -> usize {
        if let Some(found) = self.find(hash, name) {
            return found;
        }
        let at = self.variables.len();
        self.variables.push(Variable {
            name: keep(),
            hash,
            global: None,
            command: None,
            outer: None,
            fixed: false,
            exported: false,
            busy: false,
        });
        let variables = &self.variables;
        self.index.insert_unique(hash, at as u32, |at| variables[*at as usize].hash);
        at
    }

    /// The value that counts.
    pub(super) fn value(&self, at: usize, scope: Scope) -> Option<Value<'a>> {
        let variable = &self.variables[at];
        match scope {
            Scope::Global => variable.global.or(variable.command),
            Scope::Command => variable.command.or(variable.global),
        }
        .or(variable.outer)
    }

    pub(super) fn get(&self, key: &Key, scope: Scope) -> Option<(usize, Value<'a>)> {
        let at = self.find(key.hash, &key.text)?;
        Some((at, self.value(at, scope)?))
    }
}

impl Arena {
    /// `bytes`: one that was used before, and has room.
    pub(super) fn new(bytes: bumpalo::Bump) -> Arena {
        Arena { bytes, exprs: Default::default(), files: Default::default() }
    }

    pub(super) fn keep(&self, text: &[u8]) -> &[u8] {
        self.bytes.alloc_slice_copy(text)
    }

    /// A text as a value: read now if it has references.
    pub(super) fn value<'a>(&'a self, text: &[u8]) -> Value<'a> {
        if memchr::memchr(b'$', text).is_none() {
            return Value::Text(self.keep(text));
        }
        Value::Expr(self.exprs.alloc(references::parse(text, &Loops::default())), None)
    }
}

impl<'a> Value<'a> {
    /// The value of an assignment with `=`.
    pub(super) fn late(expr: &'a Expr, env: Env<'a>) -> Value<'a> {
        match &*expr.parts {
            [] => Value::Text(b""),
            [Part::Literal(text)] => Value::Text(text),
            _ => Value::Expr(expr, env),
        }
    }

    /// The texts it is made of, which blanks join.
    pub(super) fn pieces(self) -> Vec<Value<'a>> {
        let mut pieces = Vec::new();
        let mut rest = self;
        while let Value::Join((left, right)) = rest {
            pieces.push(*right);
            rest = *left;
        }
        pieces.push(rest);
        pieces.reverse();
        pieces
    }

    /// As a makefile would write it.
    pub(super) fn raw(self, out: &mut Vec<u8>) {
        for (index, piece) in self.pieces().into_iter().enumerate() {
            if index > 0 {
                out.push(b' ');
            }
            match piece {
                Value::Text(text) => out.extend_from_slice(text),
                Value::Expr(expr, env) => out.extend(unlooped(&expr.text, env)),
                Value::Join(_) => {}
            }
        }
    }

    /// A reference that is open at its end swallows what is appended.
    pub(super) fn is_open(self) -> bool {
        match self {
            Value::Text(_) => false,
            Value::Expr(expr, _) => expr.parts.iter().any(|part| match part {
                Part::Broken => true,
                Part::Reference(reference) => reference.modifiers.iter().any(expr::Modifier::is_open),
                _ => false,
            }),
            Value::Join((_, right)) => right.is_open(),
        }
    }
}

/// A text with the words of the loops around it put in, the outermost first, as `make` itself does it.
pub(super) fn unlooped(text: &[u8], env: Env<'_>) -> Vec<u8> {
    let Some(frame) = env else { return text.to_vec() };
    let text = unlooped(text, frame.outer);
    let mut out = Vec::with_capacity(text.len());
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'$', &text[at..]) {
        let dollar = at + found;
        let Some(&open) = text.get(dollar + 1) else { break };
        at = dollar + 2;
        let close = match open {
            b'(' => b')',
            b'{' => b'}',
            _ => {
                if let Some(item) = frame.named(|name| name == [open] && !b"}):$".contains(&open)) {
                    out.extend_from_slice(&text[copied..=dollar]);
                    out.extend_from_slice(b"{:U");
                    out.extend(item.escaped(b'}'));
                    out.push(b'}');
                    copied = at;
                }
                continue;
            }
        };
        let rest = &text[at..];
        let ends = |next: &u8| *next == b':' || *next == close || *next == b'\\';
        let fits = |name: &[u8]| rest.starts_with(name) && rest.get(name.len()).is_some_and(ends);
        let length = frame.names.iter().find(|name| fits(name)).map_or(0, |name| name.len());
        if let Some(item) = frame.named(fits) {
            out.extend_from_slice(&text[copied..at]);
            out.extend_from_slice(b":U");
            out.extend(item.escaped(close));
            at += length;
            copied = at;
        }
    }
    out.extend_from_slice(&text[copied..]);
    out
}

impl<'a> Frame<'a> {
    fn named(&self, is: impl Fn(&[u8]) -> bool) -> Option<&Item<'a>> {
        let index = self.names.iter().position(|name| is(name))?;
        self.items.get(index)
    }
}

impl Item<'_> {
    /// As it is written behind `:U`.
    pub(super) fn escaped(&self, close: u8) -> Vec<u8> {
        escaped(self.text, close)
    }
}

pub(super) fn escaped(item: &[u8], close: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(item.len());
    let mut at = 0;
    while let Some(&byte) = item.get(at) {
        at += 1;
        if byte == b'$' {
            let length = reference_length(&item[at..]);
            if length > 0 {
                out.extend_from_slice(&item[at - 1..at + length]);
                at += length;
                continue;
            }
        }
        if matches!(byte, b'$' | b':' | b'\\') || byte == close {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out
}

/// Of what follows a dollar; 0 if that is no reference.
fn reference_length(rest: &[u8]) -> usize {
    let (open, close) = match rest.first() {
        None => return 0,
        Some(b'(') => (b'(', b')'),
        Some(b'{') => (b'{', b'}'),
        Some(_) => return 1,
    };
    let mut depth = 0;
    for (at, byte) in rest.iter().enumerate() {
        depth += i32::from(*byte == open);
        depth -= i32::from(*byte == close);
        if depth == 0 {
            return at + 1;
        }
    }
    0
}
