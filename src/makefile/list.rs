//! Modifiers that take a value as a list of words.

use super::eval::{Evaluation, Run};
use super::expand::{Context, Outcome, Subject};
use super::expr::{Argument, Order, PathPart};
use super::modify::{Next, Work};
use super::search::join;
use super::shape;
use super::words::{find, is_blank, is_plain, matches, split_path, split_pattern, words};

impl<'a> Evaluation<'a> {
    /// Builds the value anew from what `change` makes of each word; it says whether it added anything.
    pub(super) fn each_word(&mut self, work: &mut Work, mut change: impl FnMut(&[u8], &mut Vec<u8>) -> bool) {
        let mut out = self.spare.pop().unwrap_or_default();
        let limit = self.request.limits.value;
        let mut spaced = false;
        let mut one = |word: &[u8], out: &mut Vec<u8>| {
            let before = out.len();
            if spaced {
                out.extend(work.separator);
            }
            if change(word, out) {
                spaced = true;
            } else {
                out.truncate(before);
            }
        };
        if work.one_word {
            one(&work.text, &mut out);
        } else {
            // What is too long is given up by who asked.
            for word in words(&work.text) {
                one(word, &mut out);
                if out.len() > limit {
                    break;
                }
            }
        }
        let old = std::mem::replace(&mut work.text, out);
        self.give_back(old);
    }

    pub(super) fn match_words(&mut self, pattern: &[u8], wanted: bool, work: &mut Work) {
        let (start, rest) = split_pattern(pattern);
        // Most lists are asked for one name that is not in them.
        if wanted && !start.is_empty() && find(&work.text, start).is_none() {
            work.text.clear();
            return;
        }
        let plain = is_plain(&work.text) && memchr::memchr(b'\n', &work.text).is_none();
        if wanted && plain && !work.one_word && !start.is_empty() && !start.iter().any(|byte| is_blank(*byte)) {
            return self.match_beginnings(start, rest, work);
        }
        let negates = self.request.dialect.negates;
        self.each_word(work, |word, out| {
            let keep = word.strip_prefix(start).is_some_and(|word| matches(word, rest, negates)) == wanted;
            if keep {
                out.extend_from_slice(word);
            }
            keep
        });
    }

    /// Of words that blanks alone end, those that begin so and match behind it: the others are not even looked at.
    fn match_beginnings(&mut self, start: &[u8], rest: &[u8], work: &mut Work) {
        let mut out = self.spare.pop().unwrap_or_default();
        let text = &work.text;
        let mut at = 0;
        while let Some(found) = find(&text[at..], start).map(|found| at + found) {
            let behind = found + start.len();
            let end = memchr::memchr2(b' ', b'\t', &text[behind..]).map_or(text.len(), |more| behind + more);
            if (found == 0 || is_blank(text[found - 1]))
                && matches(&text[behind..end], rest, self.request.dialect.negates)
            {
                if !out.is_empty() {
                    out.extend(work.separator);
                }
                out.extend_from_slice(&text[found..end]);
            }
            at = end;
        }
        let old = std::mem::replace(&mut work.text, out);
        self.give_back(old);
    }

    pub(super) fn path(&mut self, part: PathPart, work: &mut Work) {
        let host = self.host;
        let directory = if part == PathPart::Real { self.objects.clone() } else { Vec::new() };
        self.each_word(work, |word, out| {
            let (directories, name) = split_path(word);
            let dot = memchr::memrchr(b'.', word);
            match part {
                PathPart::Head if directories.is_empty() => out.push(b'.'),
                PathPart::Head => out.extend_from_slice(&directories[..directories.len() - 1]),
                PathPart::Tail => out.extend_from_slice(name),
                PathPart::Suffix => match dot {
                    Some(dot) => out.extend_from_slice(&word[dot + 1..]),
                    None => return false,
                },
                PathPart::Root => out.extend_from_slice(&word[..dot.unwrap_or(word.len())]),
                PathPart::Real => {
                    let real = if word.is_empty() { None } else { host.real_path(&join(&directory, word)) };
                    out.extend_from_slice(real.as_deref().unwrap_or(word));
                }
            }
            true
        });
    }

    pub(super) fn order(&mut self, order: Order, work: &mut Work) {
        let mut list: Vec<&[u8]> = words(&work.text).collect();
        match order {
            Order::Up => list.sort_unstable(),
            Order::Down => list.sort_unstable_by(|a, b| b.cmp(a)),
            Order::Random => {
                for at in (1..list.len()).rev() {
                    self.random ^= self.random << 13;
                    self.random ^= self.random >> 7;
                    self.random ^= self.random << 17;
                    list.swap(at, (self.random % (at as u64 + 1)) as usize);
                }
            }
        }
        work.text = list.join(b" ".as_slice());
    }

    pub(super) fn select(
        &mut self,
        argument: &Argument,
        context: Context<'_, 'a>,
        subject: &Subject<'_>,
        work: &mut Work,
        before: Outcome,
    ) -> Run<Next> {
        let mut text = self.spare.pop().unwrap_or_default();
        self.argument(argument, context, &mut text)?;
        let selection = shape::Selection::parse(&text);
        match selection {
            Some(shape::Selection::Count) => {
                let count = if work.one_word { 1 } else { words(&work.text).count() };
                work.text = count.to_string().into_bytes();
            }
            Some(shape::Selection::OneWord(one)) => {
                work.one_word = one;
                work.outcome = before;
            }
            Some(shape::Selection::Range(first, last)) => work.text = shape::selected(work, first, last),
            None => {
                let name = String::from_utf8_lossy(subject.name);
                self.complain_of(format!("Bad modifier `:[{}]' for {name}", String::from_utf8_lossy(&text)));
                work.fail();
                return Ok(Next::Stops);
            }
        }
        self.give_back(text);
        Ok(Next::Goes)
    }
}
