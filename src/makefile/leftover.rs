//! Text behind a modifier that failed. `make` stops reading the reference there and takes what follows for plain text.

use super::eval::{Evaluation, Run};
use super::expand::Context;
use super::expr::{Modifier, Reference};
use super::references::{Loops, Reader, parse};
use super::table::unlooped;

/// Which modifier of a reference failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub(super) index: usize,
}

impl<'a> Evaluation<'a> {
    /// Adds what stands behind it, as text.
    #[cold]
    pub(super) fn add_leftover(
        &mut self,
        reference: &Reference,
        stop: Stop,
        context: Context<'_, 'a>,
        out: &mut Vec<u8>,
    ) -> Run<()> {
        let rest = leftover(reference, stop, context.text);
        self.expr(&parse(&unlooped(rest, context.env), &Loops::default()), None, out)
    }

    /// In another reference it would change where that one ends, which is known before.
    #[cold]
    pub(super) fn refuse_leftover(&mut self, reference: &Reference, stop: Stop, context: Context<'_, 'a>) -> Run<()> {
        let rest = String::from_utf8_lossy(leftover(reference, stop, context.text)).into_owned();
        if rest.is_empty() { Ok(()) } else { self.stop(format!("`{rest}` is left behind a modifier that failed"), 2) }
    }
}

fn leftover<'t>(reference: &Reference, stop: Stop, text: &'t [u8]) -> &'t [u8] {
    let (start, end) = (reference.span.0 as usize, reference.span.1 as usize);
    let text = text.get(..end).unwrap_or_default();
    let loops = Loops::default();
    let mut reader = Reader::new(text, &loops);
    let behind = match reference.modifiers.get(stop.index) {
        Some(Modifier::Assign { .. }) => reader.behind(start, stop.index, true),
        // A letter that is not known behind `:O`.
        Some(Modifier::Order(_)) => reader.behind(start, stop.index, true) + 1,
        _ => reader.behind(start, stop.index, false),
    };
    text.get(behind + 1..).unwrap_or_default()
}

impl Reader<'_> {
    /// Where the modifier of that number ends; one that failed before it was read ends where it begins.
    fn behind(&mut self, start: usize, index: usize, unread: bool) -> usize {
        let open = self.peek(start + 1);
        let close = if open == b'(' { b')' } else { b'}' };
        let Some((_, colon)) = self.name(start + 2, open, close) else { return self.bytes.len() };
        let mut at = colon + 1;
        for _ in 0..index {
            let end = self.next(at, open, close).end;
            at = end + usize::from(self.peek(end) == b':');
        }
        if unread { at } else { self.next(at, open, close).end }
    }
}
