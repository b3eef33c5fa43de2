//! Expands references.

use super::eval::{Evaluation, Run};
use super::expr::{Argument, Expr, Name, Part, Reference};
use super::references::{Loops, parse};
use super::statement::Severity;
use super::table::{Env, Item, Value, unlooped};

/// The text around a reference, and the loops around that.
#[derive(Clone, Copy)]
pub(super) struct Context<'e, 'a> {
    pub(super) text: &'e [u8],
    pub(super) env: Env<'a>,
}

/// What becomes of a reference to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undefined {
    Vanishes,
    /// It stays as it is written: `:=`.
    Stays,
    /// It is an error: a condition of `:?` in `:=`.
    Wrong,
}

impl Undefined {
    pub(super) fn in_condition(self, quoted: bool) -> Undefined {
        match self {
            Undefined::Vanishes => Undefined::Vanishes,
            _ if quoted => Undefined::Stays,
            _ => Undefined::Wrong,
        }
    }
}

/// What became of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Its value was added.
    Value,
    Undefined,
    /// It is what `::=` leaves: nothing, which is no value either.
    Nothing,
    Wrong,
}

/// A variable as modifiers see it.
pub(super) struct Subject<'n> {
    pub(super) name: &'n [u8],
    pub(super) defined: bool,
    /// Undefined, but a modifier gave it a value.
    pub(super) kept: bool,
}

impl<'a> Evaluation<'a> {
    pub(super) fn expr(&mut self, expr: &Expr, env: Env<'a>, out: &mut Vec<u8>) -> Run<()> {
        self.text(&expr.parts, Context { text: &expr.text, env }, out)
    }

    /// Expands text: what is undefined vanishes, or stays as it is written during `:=`.
    pub(super) fn text(&mut self, parts: &[Part], context: Context<'_, 'a>, out: &mut Vec<u8>) -> Run<()> {
        for part in parts {
            match part {
                Part::Literal(text) => out.extend_from_slice(text),
                Part::Dollar => {
                    out.push(b'$');
                    if self.save_dollars && self.undefined == Undefined::Stays {
                        out.push(b'$');
                    }
                }
                Part::Ampersand => out.push(b'&'),
                Part::Broken if self.undefined == Undefined::Vanishes => {}
                Part::Broken => self.complain(Severity::Error, "Undefined variable \"$\""),
                Part::Reference(reference) => {
                    let outcome = self.found(reference, context, out)?;
                    let left = self.left.take();
                    if outcome != Outcome::Value && self.undefined != Undefined::Vanishes {
                        self.keep(reference, context, outcome, out)?;
                    } else if let Some(stop) = left {
                        self.add_leftover(reference, stop, context, out)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// A reference to nothing, in `:=`: it stays, but references within it are expanded; in a condition there it is an error.
    #[cold]
    fn keep(
        &mut self,
        reference: &Reference,
        context: Context<'_, 'a>,
        outcome: Outcome,
        out: &mut Vec<u8>,
    ) -> Run<()> {
        let written = written(reference, context);
        if outcome == Outcome::Wrong || self.undefined == Undefined::Wrong {
            let message = format!("Undefined variable \"{}\"", String::from_utf8_lossy(&written));
            self.complain(Severity::Error, message);
            return Ok(());
        }
        out.push(b'$');
        let rest = parse(&written[1..], &Loops::default());
        self.expr(&rest, None, out)
    }

    /// Expands a part of a name or of an argument, where what is undefined is empty.
    pub(super) fn piece(&mut self, part: &Part, context: Context<'_, 'a>, out: &mut Vec<u8>) -> Run<()> {
        match part {
            Part::Literal(text) => out.extend_from_slice(text),
            Part::Reference(reference) => {
                self.reference(reference, context, out)?;
            }
            Part::Dollar => out.push(b'$'),
            Part::Ampersand => out.push(b'&'),
            Part::Broken => {}
        }
        Ok(())
    }

    pub(super) fn argument(&mut self, argument: &Argument, context: Context<'_, 'a>, out: &mut Vec<u8>) -> Run<()> {
        match argument {
            Argument::Plain(text) => {
                out.extend_from_slice(text);
                Ok(())
            }
            Argument::Made(parts) => parts.iter().try_for_each(|part| self.piece(part, context, out)),
        }
    }

    /// Adds the value of a reference that stands in another, or in a condition.
    pub(super) fn reference(
        &mut self,
        reference: &Reference,
        context: Context<'_, 'a>,
        out: &mut Vec<u8>,
    ) -> Run<Outcome> {
        let outcome = self.found(reference, context, out)?;
        if let Some(stop) = self.left.take() {
            self.refuse_leftover(reference, stop, context)?;
        }
        Ok(outcome)
    }

    fn found(&mut self, reference: &Reference, context: Context<'_, 'a>, out: &mut Vec<u8>) -> Run<Outcome> {
        self.step(1)?;
        match &reference.name {
            Name::Known(key) => {
                let found = self.table.get(key, self.scope);
                self.named(reference, context, &key.text, found, out)
            }
            Name::Made(parts) => {
                let mut name = self.spare.pop().unwrap_or_default();
                for part in parts {
                    self.piece(part, context, &mut name)?;
                }
                let found = self.table.find_name(&name);
                let found = found.and_then(|at| Some((at, self.table.value(at, self.scope)?)));
                let outcome = self.named(reference, context, &name, found, out);
                self.give_back(name);
                outcome
            }
            Name::Loop(slot) => {
                let mut frame = context.env;
                for _ in 0..slot.out {
                    frame = frame.and_then(|frame| frame.outer);
                }
                let item = frame.and_then(|frame| frame.items.get(usize::from(slot.index)).copied());
                self.loop_item(reference, context, item, out)
            }
        }
    }

    fn loop_item(
        &mut self,
        reference: &Reference,
        context: Context<'_, 'a>,
        item: Option<Item<'a>>,
        out: &mut Vec<u8>,
    ) -> Run<Outcome> {
        let Some(item) = item else { return Ok(Outcome::Undefined) };
        if reference.modifiers.is_empty() {
            match item.live {
                None => out.extend_from_slice(item.text),
                Some(live) => self.expr(live, None, out)?,
            }
            return Ok(Outcome::Value);
        }
        let mut value = self.spare.pop().unwrap_or_default();
        match item.live {
            None => value.extend_from_slice(item.text),
            Some(live) => self.expr(live, None, &mut value)?,
        }
        let mut subject = Subject { name: b"", defined: false, kept: true };
        let outcome = self.modified(value, reference, context, &mut subject, out)?;
        Ok(outcome)
    }

    fn named(
        &mut self,
        reference: &Reference,
        context: Context<'_, 'a>,
        name: &[u8],
        found: Option<(usize, Value<'a>)>,
        out: &mut Vec<u8>,
    ) -> Run<Outcome> {
        // `${}` and references to local variables by their long names.
        let found = found.or_else(|| self.local(name));
        let plain = reference.modifiers.is_empty();
        match found {
            Some((at, value)) if plain => {
                self.value(at, value, out)?;
                Ok(Outcome::Value)
            }
            Some((at, value)) => {
                let mut text = self.spare.pop().unwrap_or_default();
                self.value(at, value, &mut text)?;
                let mut subject = Subject { name, defined: true, kept: false };
                self.modified(text, reference, context, &mut subject, out)
            }
            None => {
                let dynamic = is_dynamic(name, reference.short);
                if plain && !dynamic {
                    return Ok(Outcome::Undefined);
                }
                if !plain {
                    let text = self.spare.pop().unwrap_or_default();
                    let mut subject = Subject { name, defined: false, kept: false };
                    let outcome = self.modified(text, reference, context, &mut subject, out)?;
                    if subject.kept || !dynamic {
                        return Ok(outcome);
                    }
                }
                // It will have a value when a recipe runs.
                if reference.short {
                    out.extend_from_slice(long_form(name));
                } else {
                    out.extend(written(reference, context));
                }
                Ok(Outcome::Value)
            }
        }
    }

    fn local(&self, name: &[u8]) -> Option<(usize, Value<'a>)> {
        let short: &[u8] = match name {
            b".ALLSRC" => b">",
            b".ARCHIVE" => b"!",
            b".IMPSRC" => b"<",
            b".MEMBER" => b"%",
            b".OODATE" => b"?",
            b".PREFIX" => b"*",
            b".TARGET" => b"@",
            _ => return None,
        };
        let at = self.table.find_name(short)?;
        Some((at, self.table.value(at, self.scope)?))
    }

    /// Expands the value of a variable.
    pub(super) fn value(&mut self, at: usize, value: Value<'a>, out: &mut Vec<u8>) -> Run<()> {
        if let Value::Text(text) = value {
            out.extend_from_slice(text);
            return Ok(());
        }
        self.check_idle(at)?;
        self.table.variables[at].busy = true;
        let done = self.pieces(value, out);
        self.table.variables[at].busy = false;
        if out.len() > self.request.limits.value {
            self.room(out.len())?;
        }
        done
    }

    /// A variable that is being expanded cannot be expanded.
    pub(super) fn check_idle(&mut self, at: usize) -> Run<()> {
        if !self.table.variables[at].busy {
            return Ok(());
        }
        let name = String::from_utf8_lossy(self.table.variables[at].name).into_owned();
        self.stop(format!("Variable {name} is recursive."), 2)
    }

    fn pieces(&mut self, value: Value<'a>, out: &mut Vec<u8>) -> Run<()> {
        match value {
            Value::Text(text) => {
                out.extend_from_slice(text);
                Ok(())
            }
            Value::Expr(expr, env) => self.text(&expr.parts, Self::context(expr, env), out),
            Value::Join(&(mut left, right)) => {
                let others = self.joins.len();
                self.joins.push(right);
                while let Value::Join(&(more, right)) = left {
                    self.joins.push(right);
                    left = more;
                }
                self.pieces(left, out)?;
                while self.joins.len() > others
                    && let Some(piece) = self.joins.pop()
                {
                    out.push(b' ');
                    self.pieces(piece, out)?;
                }
                Ok(())
            }
        }
    }
}

/// The reference as it stands in the file, loops put in.
fn written(reference: &Reference, context: Context<'_, '_>) -> Vec<u8> {
    let (start, end) = reference.span;
    unlooped(&context.text[start as usize..end as usize], context.env)
}

/// Variables of recipes, which outside of one stay as they are.
fn is_dynamic(name: &[u8], short: bool) -> bool {
    match name {
        [b'@' | b'%' | b'*' | b'!'] => true,
        [b'@' | b'%' | b'*' | b'!', b'F' | b'D'] => !short,
        [b'.', b'A'..=b'Z', _, ..] => {
            let start = &name[..name.len() - 1];
            [&b".TARGET"[..], b".ARCHIVE", b".PREFIX", b".MEMBER"].iter().any(|long| long.starts_with(start))
        }
        _ => false,
    }
}

fn long_form(name: &[u8]) -> &'static [u8] {
    match name {
        b"@" => b"$(.TARGET)",
        b"%" => b"$(.MEMBER)",
        b"*" => b"$(.PREFIX)",
        _ => b"$(.ARCHIVE)",
    }
}
