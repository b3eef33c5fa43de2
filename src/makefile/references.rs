//! From text to [`Expr`]: references and their names.

use super::expr::{Expr, Key, Name, Part, Reference, Slot};

/// Names of the `.for` loops around a text, the outermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Loops(pub(super) Vec<Vec<Box<[u8]>>>);

/// References within references before the text counts as broken.
const DEEPEST: usize = 120;
/// What seemed to be something else is looked at once more, and what is in it too, which may be so itself: when each byte
/// was looked at so often, the rest counts as broken.
const MOST_LOOKS: usize = 16;

/// Reads a text as a value or a line is read: `$$` is a dollar.
pub(super) fn parse(text: &[u8], loops: &Loops) -> Expr {
    Reader::new(text, loops).expr()
}

/// Reads one reference at the start of a text, which need not be a dollar: `(X:Mx)` of `empty(X:Mx)` is one. Says where
/// it ends.
pub(super) fn parse_one(text: &[u8], start: usize, loops: &Loops, named: bool) -> (Part, usize) {
    let mut reader = Reader::new(text, loops);
    if !named {
        reader.unnamed = Some(start);
    }
    reader.reference(start)
}

pub(super) struct Reader<'t> {
    pub(super) bytes: &'t [u8],
    pub(super) loops: &'t Loops,
    depth: usize,
    /// Bytes that may still be looked at.
    pub(super) left: usize,
    /// Dollars that a loop does not look at, for they stand behind another; sorted.
    hidden: Vec<usize>,
    /// A reference here is no loop's.
    unnamed: Option<usize>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(bytes: &'t [u8], loops: &'t Loops) -> Reader<'t> {
        let hidden = if loops.0.is_empty() { Vec::new() } else { hidden_dollars(bytes) };
        Reader { bytes, loops, depth: 0, left: (bytes.len() + 64) * MOST_LOOKS, hidden, unnamed: None }
    }

    fn expr(&mut self) -> Expr {
        let parts = self.text();
        Expr { text: self.bytes.into(), parts: parts.into() }
    }

    /// A text that is a part of this one, and as deep in it.
    pub(super) fn within(&mut self, text: &[u8]) -> Expr {
        let mut reader = Reader::new(text, self.loops);
        (reader.depth, reader.left) = (self.depth, self.left);
        let expr = reader.expr();
        self.left = reader.left;
        expr
    }

    /// The byte there; 0 behind the end.
    pub(super) fn peek(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn text(&mut self) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(found) = memchr::memchr(b'$', &self.bytes[at..]) {
            let dollar = at + found;
            if dollar > at {
                parts.push(Part::Literal(self.bytes[at..dollar].into()));
            }
            if self.peek(dollar + 1) == b'$' {
                parts.push(Part::Dollar);
                at = dollar + 2;
            } else {
                let (part, end) = self.reference(dollar);
                parts.push(part);
                at = end;
            }
        }
        if at < self.bytes.len() {
            parts.push(Part::Literal(self.bytes[at..].into()));
        }
        parts
    }

    /// What the dollar at `start` begins, and where that ends.
    pub(super) fn reference(&mut self, start: usize) -> (Part, usize) {
        let (open, close) = match self.peek(start + 1) {
            b'(' => (b'(', b')'),
            b'{' => (b'{', b'}'),
            0 | b')' | b'}' | b':' | b'$' => return (Part::Broken, start + 1),
            _ => return (self.short(start), start + 2),
        };
        if self.depth == DEEPEST || self.left == 0 {
            return (Part::Broken, self.bytes.len());
        }
        self.left -= 1;
        self.depth += 1;
        let read = self.long(start, open, close);
        self.depth -= 1;
        read
    }

    fn short(&self, start: usize) -> Part {
        let text = &self.bytes[start + 1..start + 2];
        let name = match self.slot(start, |name| name == text) {
            Some(slot) => Name::Loop(slot),
            None => Name::Known(Key::new(text)),
        };
        reference(name, Vec::new(), start, start + 2, true)
    }

    fn long(&mut self, start: usize, open: u8, close: u8) -> (Part, usize) {
        let rest = &self.bytes[start + 2..];
        let fits = |name: &[u8]| {
            rest.starts_with(name) && rest.get(name.len()).is_some_and(|byte| *byte == b':' || *byte == close)
        };
        let (name, at) = match self.slot(start, fits) {
            Some(slot) => (Name::Loop(slot), start + 2 + self.name_of(slot).len()),
            None => match self.name(start + 2, open, close) {
                Some(read) => read,
                None => return (Part::Broken, self.bytes.len()),
            },
        };
        if self.peek(at) == close {
            return (reference(name, Vec::new(), start, at + 1, false), at + 1);
        }
        let (modifiers, end) = self.modifiers(at + 1, open, close);
        // Behind the closing brace, or behind what stopped the reading.
        let end = (end + 1).min(self.bytes.len());
        (reference(name, modifiers, start, end, false), end)
    }

    /// The name that begins at `at`, and where it ends: at a colon or the closing brace.
    pub(super) fn name(&mut self, mut at: usize, open: u8, close: u8) -> Option<(Name, usize)> {
        let start = at;
        let mut parts = Vec::new();
        let mut literal = Vec::new();
        let mut depth = 1;
        loop {
            match self.peek(at) {
                0 => return None,
                b'$' => {
                    if !literal.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut literal).into()));
                    }
                    let (part, end) = self.reference(at);
                    parts.push(part);
                    at = end;
                    continue;
                }
                byte if byte == open => depth += 1,
                byte if byte == close => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                b':' if depth == 1 => break,
                _ => {}
            }
            literal.push(self.peek(at));
            at += 1;
        }
        if parts.is_empty() {
            return Some((Name::Known(Key::new(&self.bytes[start..at])), at));
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.into()));
        }
        Some((Name::Made(parts.into()), at))
    }

    /// The loop variable that a reference at `start` means. An outer loop puts its values in first.
    fn slot(&self, start: usize, is: impl Fn(&[u8]) -> bool) -> Option<Slot> {
        if self.loops.0.is_empty() || self.unnamed == Some(start) || self.hidden.binary_search(&start).is_ok() {
            return None;
        }
        let inmost = self.loops.0.len() - 1;
        self.loops.0.iter().enumerate().find_map(|(level, names)| {
            let index = names.iter().position(|name| is(name))?;
            Some(Slot { out: (inmost - level) as u16, index: index as u16 })
        })
    }

    fn name_of(&self, slot: Slot) -> &[u8] {
        let level = self.loops.0.len() - 1 - usize::from(slot.out);
        &self.loops.0[level][usize::from(slot.index)]
    }
}

fn reference(name: Name, modifiers: Vec<super::expr::Modifier>, start: usize, end: usize, short: bool) -> Part {
    let span = (start as u32, end as u32);
    Part::Reference(Box::new(Reference { name, modifiers: modifiers.into(), span, short }))
}

/// Second dollars of pairs: `$$` hides what follows from loops.
fn hidden_dollars(bytes: &[u8]) -> Vec<usize> {
    let mut hidden = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'$', &bytes[at..]) {
        let dollar = at + found;
        if bytes.get(dollar + 1) == Some(&b'$') {
            hidden.push(dollar + 1);
        }
        at = (dollar + 2).min(bytes.len());
    }
    hidden
}
