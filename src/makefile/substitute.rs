//! `:S`, `:C` and `:from=to`.

use std::sync::Arc;

use super::ere::{Ere, Place, Scratch};
use super::eval::{Evaluation, Run};
use super::expand::Context;
use super::expr::{Argument, Flags, Part, Replace, Substitute};
use super::modify::Work;
use super::statement::Severity;
use super::words::find;

impl<'a> Evaluation<'a> {
    pub(super) fn substitute(&mut self, substitute: &Substitute, context: Context<'_, 'a>, work: &mut Work) -> Run<()> {
        let mut left = self.spare.pop().unwrap_or_default();
        let mut right = self.spare.pop().unwrap_or_default();
        self.argument(&substitute.left, context, &mut left)?;
        self.right_side(&substitute.right, &left, context, &mut right)?;
        let one_word = work.one_word;
        work.one_word |= substitute.flags.one_word;
        let mut matched = false;
        // Without a separator `make` puts a NUL before a word that matches anywhere, which ends its value there.
        let fragile = work.separator.is_none() && !substitute.at_start && !substitute.at_end;
        let (mut later, mut end) = (false, None);
        self.each_word(work, |word, out| {
            let start = out.len();
            if matched && substitute.flags.once {
                out.extend_from_slice(word);
                return true;
            }
            let Some(changed) = change(word, &left, &right, substitute, out) else {
                out.extend_from_slice(word);
                let counts = !word.is_empty() || substitute.at_start || substitute.at_end;
                later |= counts;
                return counts;
            };
            matched = true;
            if fragile && later && changed {
                end = end.or(Some(start));
            }
            later |= changed;
            changed
        });
        if let Some(end) = end {
            work.text.truncate(end);
        }
        work.one_word = one_word;
        self.give_back(left);
        self.give_back(right);
        Ok(())
    }

    /// The right side of `:S`, in which `&` is the left one.
    fn right_side(&mut self, argument: &Argument, left: &[u8], context: Context<'_, 'a>, out: &mut Vec<u8>) -> Run<()> {
        match argument {
            Argument::Plain(text) => out.extend_from_slice(text),
            Argument::Made(parts) => {
                for part in parts {
                    match part {
                        Part::Ampersand => out.extend_from_slice(left),
                        part => self.piece(part, context, out)?,
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the pattern was one.
    pub(super) fn replace(&mut self, replace: &Replace, context: Context<'_, 'a>, work: &mut Work) -> Run<bool> {
        let mut replacement = self.spare.pop().unwrap_or_default();
        let compiled;
        let ere = match &replace.pattern {
            Argument::Plain(pattern) => {
                self.argument(&replace.replacement, context, &mut replacement)?;
                replace.compiled.get_or_init(|| Ere::new(pattern))
            }
            made => {
                let mut pattern = Vec::new();
                self.argument(made, context, &mut pattern)?;
                self.argument(&replace.replacement, context, &mut replacement)?;
                compiled = self.pattern(pattern);
                &*compiled
            }
        };
        let ere = match ere {
            Ok(ere) => ere,
            Err(error) => {
                self.complain(Severity::Warning, format!("RE substitution error: {error}"));
                return Ok(false);
            }
        };
        let mut scratch = std::mem::take(&mut self.scratch);
        let one_word = work.one_word;
        work.one_word |= replace.flags.one_word;
        // Words are joined by blanks here, whatever `:ts` said.
        let separator = work.separator.replace(b' ');
        let mut state = Replacing { matched: false, errors: Vec::new(), beyond: false };
        let mut looked = 0;
        self.each_word(work, |word, out| {
            looked += word.len() as u64;
            state.word(ere, word, &replacement, replace.flags, &mut scratch, out)
        });
        work.separator = separator;
        work.one_word = one_word;
        self.scratch = scratch;
        self.give_back(replacement);
        for error in state.errors {
            self.complain(Severity::Warning, error);
        }
        if state.beyond {
            let group = ere.groups + 1;
            return self.stop(format!("`:C` puts \\{group}, and its pattern has no group {group}"), 2);
        }
        self.step(looked / 8)?;
        Ok(true)
    }

    fn pattern(&mut self, pattern: Vec<u8>) -> Arc<Result<Ere, String>> {
        if let Some(known) = self.patterns.get(&pattern) {
            return known.clone();
        }
        let compiled = Arc::new(Ere::new(&pattern));
        self.patterns.insert(pattern, compiled.clone());
        compiled
    }

    pub(super) fn suffix(
        &mut self,
        from: &Argument,
        to: &Argument,
        context: Context<'_, 'a>,
        work: &mut Work,
    ) -> Run<()> {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        self.argument(from, context, &mut left)?;
        self.right_side(to, &left, context, &mut right)?;
        if left.is_empty() && work.text.is_empty() {
            return Ok(());
        }
        if right.contains(&b'$') {
            let scope = self.scope;
            right = self.expand_text(&right, scope)?;
            self.scope = scope;
        }
        self.each_word(work, |word, out| {
            match stem(word, &left) {
                None => out.extend_from_slice(word),
                Some(stem) => put_stem(stem, &right, left.contains(&b'%'), out),
            }
            true
        });
        Ok(())
    }
}

/// Puts `right` for `left` in a word; whether anything was added. `None` if it does not match.
fn change(word: &[u8], left: &[u8], right: &[u8], substitute: &Substitute, out: &mut Vec<u8>) -> Option<bool> {
    let before = out.len();
    match (substitute.at_start, substitute.at_end) {
        (true, true) => {
            (word == left).then(|| out.extend_from_slice(right))?;
        }
        (true, false) => {
            let rest = word.strip_prefix(left)?;
            out.extend_from_slice(right);
            out.extend_from_slice(rest);
        }
        (false, true) => {
            out.extend_from_slice(word.strip_suffix(left)?);
            out.extend_from_slice(right);
        }
        (false, false) => {
            let mut rest = word;
            let mut at = find(rest, left)?;
            loop {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(right);
                rest = &rest[at + left.len()..];
                if !substitute.flags.all {
                    break;
                }
                match find(rest, left) {
                    Some(next) => at = next,
                    None => break,
                }
            }
            out.extend_from_slice(rest);
        }
    }
    Some(out.len() > before)
}

/// What `:C` remembers from word to word.
struct Replacing {
    matched: bool,
    errors: Vec<String>,
    /// A group was put that is one behind the last: `make` reads memory there that nobody wrote.
    beyond: bool,
}

impl Replacing {
    /// Whether anything was added.
    fn word(
        &mut self,
        ere: &Ere,
        word: &[u8],
        replacement: &[u8],
        flags: Flags,
        scratch: &mut Scratch,
        out: &mut Vec<u8>,
    ) -> bool {
        let before = out.len();
        let mut rest = word;
        let mut line_start = true;
        while !(self.matched && flags.once && line_start) && ere.find(rest, line_start, scratch) {
            let Some(Some((from, to))) = scratch.places().first().copied() else { break };
            self.matched = true;
            out.extend_from_slice(&rest[..from]);
            self.put(rest, ere, scratch.places(), replacement, out);
            rest = &rest[to..];
            if !flags.all {
                break;
            }
            line_start = false;
            // After an empty match a byte is passed over, so that there is an end.
            if to == 0 {
                let Some((first, behind)) = rest.split_first() else { break };
                out.push(*first);
                rest = behind;
            }
            if rest.is_empty() {
                break;
            }
        }
        out.extend_from_slice(rest);
        out.len() > before
    }

    fn put(&mut self, text: &[u8], ere: &Ere, places: &[Place], replacement: &[u8], out: &mut Vec<u8>) {
        let mut bytes = replacement.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let group = match (byte, bytes.peek()) {
                (b'\\', Some(quoted @ (b'&' | b'\\'))) => {
                    out.push(*quoted);
                    bytes.next();
                    continue;
                }
                (b'&', _) => 0,
                (b'\\', Some(digit @ b'0'..=b'9')) => {
                    let group = usize::from(digit - b'0');
                    bytes.next();
                    group
                }
                _ => {
                    out.push(byte);
                    continue;
                }
            };
            if group > ere.groups + 1 || group > 9 {
                self.errors.push(format!("No subexpression \\{group}"));
            }
            match places.get(group) {
                Some(Some((from, to))) => out.extend_from_slice(&text[*from..*to]),
                Some(None) => self.errors.push(format!("No match for subexpression \\{group}")),
                None => self.beyond |= group == ere.groups + 1,
            }
        }
    }
}

/// What `%`, or all that stands before, is in a word that matches the left side.
fn stem<'w>(word: &'w [u8], left: &[u8]) -> Option<&'w [u8]> {
    if left.is_empty() {
        return Some(word);
    }
    let Some(percent) = memchr::memchr(b'%', left) else { return word.strip_suffix(left) };
    if word.is_empty() {
        return None;
    }
    word.strip_prefix(&left[..percent])?.strip_suffix(&left[percent + 1..])
}

fn put_stem(stem: &[u8], right: &[u8], percent: bool, out: &mut Vec<u8>) {
    match memchr::memchr(b'%', right).filter(|_| percent) {
        Some(at) => {
            out.extend_from_slice(&right[..at]);
            out.extend_from_slice(stem);
            out.extend_from_slice(&right[at + 1..]);
        }
        None => {
            if !percent {
                out.extend_from_slice(stem);
            }
            out.extend_from_slice(right);
        }
    }
}
