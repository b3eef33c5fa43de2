//! Runs a compiled pattern over a text.

use super::{Ere, Op, Place};

/// What a search needs, kept for the next one.
#[derive(Debug, Default)]
pub(in super::super) struct Scratch {
    /// Pairs of a split and a place that were entered.
    entered: Vec<u64>,
    stack: Vec<Todo>,
    /// Where groups begin and end on the way that is tried.
    slots: Vec<usize>,
    best: Vec<usize>,
    places: Vec<Place>,
}

#[derive(Debug)]
enum Todo {
    Try(u32, usize),
    Restore(u32, usize),
}

const NOWHERE: usize = usize::MAX;

impl Scratch {
    /// The match that was found, and its groups.
    pub(in super::super) fn places(&self) -> &[Place] {
        &self.places
    }
}

fn is_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

impl Ere {
    /// Looks for the leftmost longest match; `^` matches at the start only if that is the start of a line.
    pub(in super::super) fn find(&self, text: &[u8], line_start: bool, scratch: &mut Scratch) -> bool {
        let mut start = 0;
        let mut fresh = true;
        loop {
            if let Some(first) = &self.first {
                match text[start..].iter().position(|byte| first.has(*byte)) {
                    Some(more) => start += more,
                    None => return false,
                }
            }
            if self.anchored && (start > 0 || !line_start) {
                return false;
            }
            if fresh && self.splits {
                scratch.entered.clear();
                scratch.entered.resize((self.program.len() * (text.len() + 1)).div_ceil(64), 0);
                fresh = false;
            }
            if let Some(end) = self.from(start, text, line_start, scratch) {
                scratch.places.clear();
                scratch.places.push(Some((start, end)));
                let groups = scratch.best.chunks_exact(2).skip(1);
                scratch.places.extend(groups.map(|pair| (pair[1] != NOWHERE).then(|| (pair[0], pair[1]))));
                return true;
            }
            start += 1;
            if start > text.len() {
                return false;
            }
        }
    }

    /// The end of the longest match that begins there.
    fn from(&self, start: usize, text: &[u8], line_start: bool, scratch: &mut Scratch) -> Option<usize> {
        let Scratch { entered, stack, slots, best, .. } = scratch;
        slots.clear();
        slots.resize(self.groups * 2 + 2, NOWHERE);
        stack.clear();
        stack.push(Todo::Try(0, start));
        let width = text.len() + 1;
        let mut longest: Option<usize> = None;
        while let Some(todo) = stack.pop() {
            let (mut op, mut at) = match todo {
                Todo::Try(op, at) => (op, at),
                Todo::Restore(slot, old) => {
                    slots[slot as usize] = old;
                    continue;
                }
            };
            loop {
                let goes_on = match &self.program[op as usize] {
                    Op::Byte(byte) => text.get(at) == Some(byte) && step(&mut at),
                    Op::Set(set) => text.get(at).is_some_and(|byte| set.has(*byte)) && step(&mut at),
                    Op::Split(one, other) => {
                        let bit = op as usize * width + at;
                        if entered[bit >> 6] >> (bit & 63) & 1 == 1 {
                            break;
                        }
                        entered[bit >> 6] |= 1 << (bit & 63);
                        stack.push(Todo::Try(*other, at));
                        op = *one;
                        continue;
                    }
                    Op::Jump(to) => {
                        op = *to;
                        continue;
                    }
                    Op::Save(slot) => {
                        stack.push(Todo::Restore(*slot, slots[*slot as usize]));
                        slots[*slot as usize] = at;
                        true
                    }
                    Op::Start => at == 0 && line_start,
                    Op::End => at == text.len(),
                    Op::WordStart => !is_word(before(text, at)) && is_word(text.get(at)),
                    Op::WordEnd => is_word(before(text, at)) && !is_word(text.get(at)),
                    Op::WordEdge(edge) => (is_word(before(text, at)) != is_word(text.get(at))) == *edge,
                    Op::Match => {
                        if longest.is_none_or(|longest| at > longest) {
                            longest = Some(at);
                            best.clone_from(slots);
                        }
                        if self.plain || at == text.len() {
                            return longest;
                        }
                        false
                    }
                };
                if !goes_on {
                    break;
                }
                op += 1;
            }
        }
        longest
    }
}

fn step(at: &mut usize) -> bool {
    *at += 1;
    true
}

fn before(text: &[u8], at: usize) -> Option<&u8> {
    at.checked_sub(1).and_then(|at| text.get(at))
}
