//! From text to [`Modifier`]s.

use std::sync::OnceLock;

use super::argument::{Parts, Side};
use super::expr::{Assign, Flags, Modifier, Order, Part, PathPart, Replace, Substitute};
use super::references::{Loops, Reader};

/// Reads a value as the modifiers of `:${...}`; all of it, or `None` if something stops the reading before its end.
pub(super) fn parse_modifiers(text: &[u8], loops: &Loops) -> (Vec<Modifier>, usize) {
    Reader::new(text, loops).modifiers(0, 0, 0)
}

/// A modifier, where it ends, and whether nothing can follow.
pub(super) struct Ended {
    modifier: Modifier,
    pub(super) end: usize,
    last: bool,
}

/// A modifier and where it ends.
enum Read {
    Done(Modifier, usize),
    /// Nothing of the rest is read.
    Stop(Modifier, usize),
    /// Not what its letter promised: perhaps `from=to`.
    No,
}

impl Reader<'_> {
    /// Modifiers up to `close`; where they end. Without a closing brace (0) they go to the end of the text.
    pub(super) fn modifiers(&mut self, mut at: usize, open: u8, close: u8) -> (Vec<Modifier>, usize) {
        let mut modifiers = Vec::new();
        while self.peek(at) != 0 && self.peek(at) != close {
            let Ended { modifier, end, last } = self.next(at, open, close);
            modifiers.push(modifier);
            if last {
                return (modifiers, end);
            }
            if self.peek(end) == 0 && close != 0 && self.peek(at) != b'$' {
                modifiers.push(Modifier::Unclosed { close, modifier: self.peek(at) });
            }
            at = end + usize::from(self.peek(end) == b':');
        }
        (modifiers, at)
    }

    /// The modifier that begins at `at`.
    pub(super) fn next(&mut self, at: usize, open: u8, close: u8) -> Ended {
        if self.peek(at) == b'$' {
            return self.indirect(at, open, close);
        }
        match self.modifier(at, open, close) {
            Ok((modifier, end)) => Ended { modifier, end, last: false },
            Err((modifier, end)) => Ended { modifier, end, last: true },
        }
    }

    /// `$` where a modifier should begin.
    fn indirect(&mut self, at: usize, open: u8, close: u8) -> Ended {
        let (part, end) = self.reference(at);
        let next = self.peek(end);
        let alone = next == b':' || next == close || next == 0;
        let suffix = (!alone).then(|| match self.suffix(at, open, close) {
            Read::Done(modifier, _) | Read::Stop(modifier, _) => [modifier].into(),
            Read::No => [Modifier::Unknown(b'$')].into(),
        });
        match part {
            Part::Reference(reference) => {
                Ended { modifier: Modifier::Indirect { reference, suffix }, end, last: false }
            }
            _ => Ended { modifier: Modifier::Bad(self.bytes[at..].into()), end, last: true },
        }
    }

    fn modifier(&mut self, at: usize, open: u8, close: u8) -> Result<(Modifier, usize), (Modifier, usize)> {
        let read = self.by_letter(at, open, close);
        match read {
            Read::Done(modifier, end) => Ok((modifier, end)),
            Read::Stop(modifier, end) => Err((modifier, end)),
            Read::No => match self.suffix(at, open, close) {
                Read::Done(modifier, end) => Ok((modifier, end)),
                Read::Stop(modifier, end) => Err((modifier, end)),
                Read::No => Ok((Modifier::Unknown(self.peek(at)), self.end_of(at + 1, close))),
            },
        }
    }

    fn by_letter(&mut self, at: usize, open: u8, close: u8) -> Read {
        let ends = |reader: &Self, at: usize| reader.peek(at) == close || reader.peek(at) == b':';
        let single = |reader: &Self, modifier: Modifier| {
            if ends(reader, at + 1) { Read::Done(modifier, at + 1) } else { Read::No }
        };
        match self.peek(at) {
            b'M' => self.match_words(at, open, close, true),
            b'N' => self.match_words(at, open, close, false),
            b'S' => self.substitute(at),
            b'C' => self.replace(at),
            b'U' => self.default(at, close, false),
            b'D' => self.default(at, close, true),
            b'H' => single(self, Modifier::Path(PathPart::Head)),
            b'T' => single(self, Modifier::Path(PathPart::Tail)),
            b'E' => single(self, Modifier::Path(PathPart::Suffix)),
            b'R' => single(self, Modifier::Path(PathPart::Root)),
            b'u' => single(self, Modifier::Unique),
            b'Q' => single(self, Modifier::Quote { dollars: false }),
            b'q' => single(self, Modifier::Quote { dollars: true }),
            b'L' => Read::Done(Modifier::Itself, at + 1),
            b'P' => Read::Done(Modifier::Found, at + 1),
            b's' if self.peek(at + 1) == b'h' && ends(self, at + 2) => Read::Done(Modifier::Output, at + 2),
            b'h' if self.word(at, b"hash", close) && self.peek(at + 4) != b'=' => Read::Done(Modifier::Hash, at + 4),
            b'O' => self.order(at, close),
            b't' => self.to(at, close),
            b'[' => self.select(at, close),
            b'@' => self.each(at),
            b'?' => self.choose(at, close),
            b'!' => self.command(at),
            b':' => self.assign(at, close),
            b'_' => self.remember(at, close),
            b'r' => self.range(at, close),
            b'g' => self.time(at, close, b"gmtime"),
            b'l' => self.time(at, close, b"localtime"),
            _ => Read::No,
        }
    }

    /// Where a text without structure ends.
    fn end_of(&self, mut at: usize, close: u8) -> usize {
        while !matches!(self.peek(at), 0 | b':') && self.peek(at) != close {
            at += 1;
        }
        at
    }

    /// Whether this whole word stands there.
    fn word(&self, at: usize, word: &[u8], close: u8) -> bool {
        let next = self.peek(at + word.len());
        self.bytes[at..].starts_with(word) && (next == close || next == b':' || next == b'=')
    }

    /// A pattern ends at a colon or brace that is not in braces of either kind.
    fn match_words(&mut self, start: usize, open: u8, close: u8, wanted: bool) -> Read {
        let (mut at, mut depth) = (start + 1, 1);
        let (mut quoted, mut made) = (false, false);
        loop {
            match self.peek(at) {
                0 => break,
                b':' if depth == 1 => break,
                b'\\' if [b':', close, open].contains(&self.peek(at + 1)) && self.peek(at + 1) != 0 => {
                    quoted |= !made;
                    at += 1;
                }
                b'$' => made = true,
                b'(' | b'{' => depth += 1,
                b')' | b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        let written = &self.bytes[start + 1..at];
        let pattern = if quoted { without_quotes(written, close) } else { written.to_vec() };
        Read::Done(Modifier::Match { pattern: self.within(&pattern), wanted }, at)
    }

    fn substitute(&mut self, start: usize) -> Read {
        let delimiter = self.peek(start + 1);
        let at_start = self.peek(start + 2) == b'^';
        let from = start + 2 + usize::from(at_start);
        if delimiter == 0 {
            return Read::Stop(Modifier::Endless(delimiter), start + 1);
        }
        let (left, at_end, at) = match self.argument(from, delimiter, Side::Left) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(delimiter), end),
        };
        let (right, _, at) = match self.argument(at, delimiter, Side::Right) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(delimiter), end),
        };
        let (flags, at) = self.flags(at);
        Read::Done(Modifier::Substitute(Box::new(Substitute { left, right, at_start, at_end, flags })), at)
    }

    fn replace(&mut self, start: usize) -> Read {
        let delimiter = self.peek(start + 1);
        if delimiter == 0 {
            return Read::Stop(Modifier::Endless(delimiter), start + 1);
        }
        let (pattern, _, at) = match self.argument(start + 2, delimiter, Side::Plain) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(delimiter), end),
        };
        let (replacement, _, at) = match self.argument(at, delimiter, Side::Plain) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(delimiter), end),
        };
        let (flags, at) = self.flags(at);
        Read::Done(Modifier::Replace(Box::new(Replace { pattern, replacement, flags, compiled: OnceLock::new() })), at)
    }

    fn flags(&self, mut at: usize) -> (Flags, usize) {
        let mut flags = Flags::default();
        loop {
            match self.peek(at) {
                b'g' => flags.all = true,
                b'1' => flags.once = true,
                b'W' => flags.one_word = true,
                _ => return (flags, at),
            }
            at += 1;
        }
    }

    fn default(&mut self, start: usize, close: u8, defined: bool) -> Read {
        let mut parts = Parts::default();
        let mut at = start + 1;
        while !matches!(self.peek(at), 0 | b':') && self.peek(at) != close {
            let next = self.peek(at + 1);
            match self.peek(at) {
                b'\\' if matches!(next, b':' | b'$' | b'\\') || (next == close && close != 0) => {
                    parts.push(next);
                    at += 2;
                }
                b'$' => {
                    let (part, end) = self.reference(at);
                    parts.part(part);
                    at = end;
                }
                byte => {
                    parts.push(byte);
                    at += 1;
                }
            }
        }
        Read::Done(Modifier::Default { text: parts.done(), defined }, at)
    }

    fn order(&mut self, at: usize, close: u8) -> Read {
        let ends = |at: usize| self.peek(at) == close || self.peek(at) == b':';
        match self.peek(at + 1) {
            _ if ends(at + 1) => Read::Done(Modifier::Order(Order::Up), at + 1),
            b'r' if ends(at + 2) => Read::Done(Modifier::Order(Order::Down), at + 2),
            b'x' if ends(at + 2) => Read::Done(Modifier::Order(Order::Random), at + 2),
            _ => self.bad(at, at + 1),
        }
    }

    /// Shows what cannot be read: up to a colon or brace.
    fn bad(&self, at: usize, end: usize) -> Read {
        let shown = self.bytes[at..].split(|byte| matches!(byte, b':' | b')' | b'}')).next().unwrap_or_default();
        Read::Stop(Modifier::Bad(shown.into()), end)
    }

    fn to(&mut self, at: usize, close: u8) -> Read {
        let ends = |at: usize| self.peek(at) == close || self.peek(at) == b':';
        if self.peek(at + 1) == b's' && !ends(at + 1) {
            return self.separator(at, close);
        }
        let modifier = match self.peek(at + 1) {
            _ if ends(at + 1) || !ends(at + 2) => return self.bad(at, at + 1),
            b'A' => Modifier::Path(PathPart::Real),
            b'u' => Modifier::Upper,
            b'l' => Modifier::Lower,
            b'W' => Modifier::OneWord(true),
            b'w' => Modifier::OneWord(false),
            _ => return self.bad(at, at + 1),
        };
        Read::Done(modifier, at + 2)
    }

    fn separator(&mut self, at: usize, close: u8) -> Read {
        let ends = |at: usize| self.peek(at) == close || self.peek(at) == b':';
        if self.peek(at + 2) != close && ends(at + 3) {
            return Read::Done(Modifier::Separator(Some(self.peek(at + 2))), at + 3);
        }
        if ends(at + 2) {
            return Read::Done(Modifier::Separator(None), at + 2);
        }
        if self.peek(at + 2) != b'\\' {
            return self.bad(at, at + 1);
        }
        let number = |from: usize, radix: u32| {
            let end = self.end_of(from, close);
            let digits = std::str::from_utf8(&self.bytes[from..end]).ok()?;
            let value = if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, radix).ok() };
            Some((value? as u8, end))
        };
        let read = match self.peek(at + 3) {
            b'n' => Some((b'\n', at + 4)),
            b't' => Some((b'\t', at + 4)),
            b'x' => number(at + 4, 16),
            b'0'..=b'9' => number(at + 3, 8),
            _ => None,
        };
        match read {
            // A separator of no character joins the words.
            Some((0, end)) => Read::Done(Modifier::Separator(None), end),
            Some((byte, end)) => Read::Done(Modifier::Separator(Some(byte)), end),
            None => self.bad(at, at + 1),
        }
    }

    fn select(&mut self, start: usize, close: u8) -> Read {
        match self.argument(start + 1, b']', Side::Plain) {
            Err(end) => Read::Stop(Modifier::Endless(b']'), end),
            Ok((argument, _, at)) if self.peek(at) == b':' || self.peek(at) == close => {
                Read::Done(Modifier::Select(argument), at)
            }
            Ok((_, _, at)) => self.bad(start, at),
        }
    }

    fn each(&mut self, start: usize) -> Read {
        let Some((name, at)) = self.verbatim(start + 1, b'@') else {
            return Read::Done(Modifier::Unknown(b'@'), self.bytes.len());
        };
        let Some((body, at)) = self.verbatim(at, b'@') else {
            return Read::Done(Modifier::Unknown(b'@'), self.bytes.len());
        };
        Read::Done(Modifier::Each { name: self.within(&name), body: self.within(&body) }, at)
    }

    fn choose(&mut self, start: usize, close: u8) -> Read {
        let (then, _, at) = match self.argument(start + 1, b':', Side::Plain) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(b':'), end),
        };
        match self.argument(at, close, Side::Plain) {
            Ok((otherwise, _, at)) => Read::Done(Modifier::Choose { then, otherwise }, before(at, close)),
            Err(end) => Read::Stop(Modifier::Endless(close), end),
        }
    }

    fn command(&mut self, start: usize) -> Read {
        match self.argument(start + 1, b'!', Side::Plain) {
            Ok((command, _, at)) => Read::Done(Modifier::Command(command), at),
            Err(end) => Read::Stop(Modifier::Endless(b'!'), end),
        }
    }

    fn assign(&mut self, at: usize, close: u8) -> Read {
        let (how, from) = match (self.peek(at + 1), self.peek(at + 2)) {
            (b'=', _) => (Assign::Set, at + 2),
            (b'+', b'=') => (Assign::Append, at + 3),
            (b'?', b'=') => (Assign::Default, at + 3),
            (b'!', b'=') => (Assign::Shell, at + 3),
            _ => return Read::No,
        };
        match self.argument(from, close, Side::Plain) {
            Ok((value, _, at)) => Read::Done(Modifier::Assign { how, value }, before(at, close)),
            Err(end) => Read::Stop(Modifier::Endless(close), end),
        }
    }

    fn remember(&mut self, at: usize, close: u8) -> Read {
        if !self.word(at, b"_", close) {
            return Read::No;
        }
        if self.peek(at + 1) != b'=' {
            return Read::Done(Modifier::Remember(b"_".as_slice().into()), at + 1);
        }
        let length = self.bytes[at + 2..].iter().take_while(|byte| !b":)}".contains(byte)).count();
        Read::Done(Modifier::Remember(self.bytes[at + 2..at + 2 + length].into()), at + 2 + length)
    }

    fn range(&mut self, at: usize, close: u8) -> Read {
        if !self.word(at, b"range", close) {
            return Read::No;
        }
        let (count, end) = self.number(at + 5);
        Read::Done(Modifier::Range(count.unwrap_or(0) as usize), end)
    }

    fn time(&mut self, at: usize, close: u8, word: &[u8]) -> Read {
        if !self.word(at, word, close) {
            return Read::No;
        }
        let (moment, end) = self.number(at + word.len());
        Read::Done(Modifier::Time { moment: moment.filter(|moment| *moment > 0) }, end)
    }

    /// `=number`, if it stands there.
    fn number(&self, at: usize) -> (Option<i64>, usize) {
        if self.peek(at) != b'=' {
            return (None, at);
        }
        let length = self.bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let digits = std::str::from_utf8(&self.bytes[at + 1..at + 1 + length]).unwrap_or_default();
        (digits.parse().ok(), at + 1 + length)
    }

    /// `from=to`, which goes to the closing brace.
    fn suffix(&mut self, start: usize, open: u8, close: u8) -> Read {
        let (mut at, mut depth, mut equals) = (start, 1, false);
        while self.peek(at) != 0 {
            match self.peek(at) {
                b'=' => equals = true,
                byte if byte == close => depth -= 1,
                byte if byte == open => depth += 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            at += 1;
        }
        self.left = self.left.saturating_sub(at - start);
        if self.left == 0 {
            return Read::Stop(Modifier::Endless(close), self.bytes.len());
        }
        if self.peek(at) != close || !equals {
            return Read::No;
        }
        let (from, _, at) = match self.argument(start, b'=', Side::Left) {
            Ok(read) => read,
            Err(end) => return Read::Stop(Modifier::Endless(b'='), end),
        };
        match self.argument(at, close, Side::Right) {
            Ok((to, _, at)) => Read::Done(Modifier::Suffix { from, to }, before(at, close)),
            Err(end) => Read::Stop(Modifier::Endless(close), end),
        }
    }
}

/// Arguments that end at the closing brace leave it to be read.
fn before(at: usize, close: u8) -> usize {
    if close == 0 { at.saturating_sub(1) } else { at - 1 }
}

/// Backslashes before colons and the closing brace go.
fn without_quotes(written: &[u8], close: u8) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(written.len());
    let mut at = 0;
    while let Some(&byte) = written.get(at) {
        let quotes = byte == b'\\' && written.get(at + 1).is_some_and(|next| *next == b':' || *next == close);
        at += usize::from(quotes);
        pattern.push(written[at]);
        at += 1;
    }
    pattern
}
