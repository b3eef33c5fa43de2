//! Arguments of modifiers, read up to their delimiters.

use super::expr::{Argument, Part};
use super::references::Reader;

/// What an argument is read for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Plain,
    /// The left side of `:S`, where a dollar at the end anchors.
    Left,
    /// The right side of `:S`, where `&` is the left one.
    Right,
}

impl Reader<'_> {
    /// Text up to a delimiter, which `\` quotes, as it does `\` and `$`; whether a dollar stood at its end, and where the
    /// next begins. The error is where the text ended.
    pub(super) fn argument(
        &mut self,
        mut at: usize,
        delimiter: u8,
        side: Side,
    ) -> Result<(Argument, bool, usize), usize> {
        let mut parts = Parts::default();
        let mut anchored = false;
        loop {
            let (byte, next) = (self.peek(at), self.peek(at + 1));
            match byte {
                _ if byte == delimiter => break,
                0 => return Err(at),
                b'\\' if next == delimiter && next != 0 || matches!(next, b'\\' | b'$') => {
                    parts.push(next);
                    at += 2;
                }
                b'\\' if next == b'&' && side == Side::Right => {
                    parts.push(next);
                    at += 2;
                }
                b'$' if next == delimiter => {
                    if side == Side::Left {
                        anchored = true;
                    } else {
                        parts.push(byte);
                    }
                    at += 1;
                }
                b'$' => {
                    let (part, end) = self.reference(at);
                    parts.part(part);
                    at = end;
                }
                b'&' if side == Side::Right => {
                    parts.part(Part::Ampersand);
                    at += 1;
                }
                _ => {
                    parts.push(byte);
                    at += 1;
                }
            }
        }
        Ok((parts.done(), anchored, at + 1))
    }

    /// As `argument`, but references are taken over as they stand, to be read later: so it is a look at each byte.
    pub(super) fn verbatim(&mut self, start: usize, delimiter: u8) -> Option<(Vec<u8>, usize)> {
        let read = self.until(start, delimiter);
        let end = read.as_ref().map_or(self.bytes.len(), |(_, end)| *end);
        self.left = self.left.saturating_sub(end.saturating_sub(start));
        read.filter(|_| self.left > 0)
    }

    fn until(&self, mut at: usize, delimiter: u8) -> Option<(Vec<u8>, usize)> {
        let mut text = Vec::new();
        loop {
            let (byte, next) = (self.peek(at), self.peek(at + 1));
            match byte {
                0 => return None,
                _ if byte == delimiter => return Some((text, at + 1)),
                b'\\' if next == delimiter || matches!(next, b'\\' | b'$') => {
                    text.push(next);
                    at += 2;
                }
                // A dollar before the delimiter anchors nothing here, and is lost.
                b'$' if next == delimiter => at += 1,
                b'$' if matches!(next, b'(' | b'{') => {
                    let end = self.matching(at + 1);
                    text.extend_from_slice(&self.bytes[at..end]);
                    at = end;
                }
                _ => {
                    text.push(byte);
                    at += 1;
                }
            }
        }
    }

    /// Behind the brace that closes the one at `start`; a backslash quotes braces.
    pub(super) fn matching(&self, start: usize) -> usize {
        let open = self.peek(start);
        let close = if open == b'(' { b')' } else { b'}' };
        let (mut at, mut depth) = (start + 1, 1);
        while self.peek(at) != 0 && depth > 0 {
            if self.peek(at - 1) != b'\\' {
                depth += i32::from(self.peek(at) == open);
                depth -= i32::from(self.peek(at) == close);
            }
            at += 1;
        }
        at
    }
}

/// Collects an argument.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    literal: Vec<u8>,
}

impl Parts {
    pub(super) fn push(&mut self, byte: u8) {
        self.literal.push(byte);
    }

    pub(super) fn part(&mut self, part: Part) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal).into()));
        }
        self.parts.push(part);
    }

    pub(super) fn done(mut self) -> Argument {
        if self.parts.is_empty() {
            return Argument::Plain(self.literal.into());
        }
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(self.literal.into()));
        }
        Argument::Made(self.parts.into())
    }
}
