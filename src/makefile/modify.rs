//! Applies modifiers to a value.

use super::cond;
use super::directive::PLAIN;
use super::eval::{Evaluation, Run};
use super::expand::{Context, Outcome, Subject};
use super::expr::{Argument, Assign, Modifier, Name, Order, Part, Reference};
use super::leftover::Stop;
use super::modifiers::parse_modifiers;
use super::references::Loops;
use super::shape;
use super::statement::Severity;
use super::table::Scope;
use super::words::words;

/// A value between two modifiers.
pub(super) struct Work {
    pub(super) text: Vec<u8>,
    pub(super) outcome: Outcome,
    /// Between words; `None` joins them.
    pub(super) separator: Option<u8>,
    /// The whole value counts as one word.
    pub(super) one_word: bool,
}

impl Work {
    pub(super) fn new(text: Vec<u8>) -> Work {
        Work { text, outcome: Outcome::Value, separator: Some(b' '), one_word: false }
    }

    pub(super) fn fail(&mut self) {
        self.text.clear();
        self.outcome = Outcome::Wrong;
    }
}

/// Whether the modifiers behind this one count.
#[derive(PartialEq)]
pub(super) enum Next {
    Goes,
    /// It failed, and what is behind it is no part of the reference.
    Stops,
    /// It took what is behind it.
    Done,
}

impl<'a> Evaluation<'a> {
    /// Applies a reference's modifiers to its value and adds the result.
    pub(super) fn modified(
        &mut self,
        value: Vec<u8>,
        reference: &Reference,
        context: Context<'_, 'a>,
        subject: &mut Subject<'_>,
        out: &mut Vec<u8>,
    ) -> Run<Outcome> {
        let mut work = Work::new(value);
        self.left = self.apply(&reference.modifiers, context, subject, &mut work)?;
        let outcome = if subject.defined || subject.kept { work.outcome } else { Outcome::Undefined };
        if outcome == Outcome::Value {
            out.extend_from_slice(&work.text);
        }
        self.give_back(work.text);
        Ok(outcome)
    }

    /// Which of them stopped the others.
    fn apply(
        &mut self,
        modifiers: &[Modifier],
        context: Context<'_, 'a>,
        subject: &mut Subject<'_>,
        work: &mut Work,
    ) -> Run<Option<Stop>> {
        for (index, modifier) in modifiers.iter().enumerate() {
            self.step(1 + work.text.len() as u64 / 32)?;
            let next = self.one(modifier, context, subject, work)?;
            self.room(work.text.len())?;
            match next {
                Next::Goes => {}
                Next::Stops => return Ok(Some(Stop { index })),
                Next::Done => return Ok(None),
            }
        }
        Ok(None)
    }

    fn one(
        &mut self,
        modifier: &Modifier,
        context: Context<'_, 'a>,
        subject: &mut Subject<'_>,
        work: &mut Work,
    ) -> Run<Next> {
        let before = std::mem::replace(&mut work.outcome, Outcome::Value);
        match modifier {
            Modifier::Match { pattern, wanted } => {
                if let [Part::Literal(pattern)] = &*pattern.parts {
                    self.match_words(pattern, *wanted, work);
                } else {
                    let mut text = self.spare.pop().unwrap_or_default();
                    self.expr(pattern, context.env, &mut text)?;
                    self.match_words(&text, *wanted, work);
                    self.give_back(text);
                }
            }
            Modifier::Substitute(substitute) => self.substitute(substitute, context, work)?,
            Modifier::Replace(replace) => {
                if !self.replace(replace, context, work)? {
                    work.fail();
                    return Ok(Next::Stops);
                }
            }
            Modifier::Suffix { from, to } => self.suffix(from, to, context, work)?,
            Modifier::Path(part) => self.path(*part, work),
            Modifier::Order(Order::Down) if !self.request.dialect.reverses => {
                return Ok(self.refuse(b"Or", subject, work));
            }
            Modifier::Order(order) => self.order(*order, work),
            Modifier::Unique => shape::unique(&mut work.text),
            Modifier::Upper => work.text.make_ascii_uppercase(),
            Modifier::Lower => work.text.make_ascii_lowercase(),
            Modifier::Quote { dollars: true } if !self.request.dialect.remembers => self.refuse_letter(b'q', work),
            Modifier::Quote { dollars } => work.text = shape::quoted(&work.text, *dollars),
            Modifier::OneWord(one) => {
                work.one_word = *one;
                work.outcome = before;
            }
            Modifier::Separator(separator) => {
                work.separator = *separator;
                self.each_word(work, |word, out| {
                    out.extend_from_slice(word);
                    true
                });
            }
            Modifier::Select(argument) => return self.select(argument, context, subject, work, before),
            Modifier::Default { text, defined } => {
                if *defined == subject.defined {
                    work.text.clear();
                    let mut value = std::mem::take(&mut work.text);
                    self.argument(text, context, &mut value)?;
                    work.text = value;
                } else {
                    self.pass_over(text)?;
                    work.outcome = before;
                }
                subject.kept |= !subject.defined;
            }
            Modifier::Itself => {
                work.text = subject.name.to_vec();
                subject.kept |= !subject.defined;
            }
            Modifier::Found => {
                work.text = self.path_of(subject.name);
                subject.kept |= !subject.defined;
            }
            Modifier::Output => {
                let command = std::mem::take(&mut work.text);
                work.text = self.shell(&command, Severity::Warning)?;
            }
            Modifier::Command(command) => {
                let mut text = Vec::new();
                self.argument(command, context, &mut text)?;
                work.text = self.shell(&text, Severity::Warning)?;
                subject.kept |= !subject.defined;
            }
            Modifier::Each { name, body } => self.each_body(name, body, context, work)?,
            Modifier::Choose { then, otherwise } => {
                return self.choose(then, otherwise, context, subject, work);
            }
            Modifier::Assign { how, value } => return self.assign_in(*how, value, context, subject, work),
            Modifier::Remember(name) if !self.request.dialect.remembers && **name == *b"_" => {
                self.refuse_letter(b'_', work);
            }
            Modifier::Range(0) if !self.request.dialect.remembers => self.refuse_letter(b'r', work),
            // A `from=to` there, to the end, and nothing to be replaced.
            Modifier::Remember(_) | Modifier::Range(_) | Modifier::Time { moment: Some(_) }
                if !self.request.dialect.remembers =>
            {
                return Ok(Next::Done);
            }
            Modifier::Remember(name) => {
                let text = std::mem::take(&mut work.text);
                self.set_scoped(name, &text)?;
                work.text = text;
                work.outcome = before;
            }
            Modifier::Hash => work.text = shape::hashed(&work.text),
            Modifier::Range(count) => {
                let count = if *count == 0 { words(&work.text).count() } else { *count };
                self.step(count as u64)?;
                self.room(count)?;
                work.text = shape::range(count);
            }
            Modifier::Time { moment } => {
                let moment = moment.unwrap_or_else(|| self.host.now());
                work.text = shape::time(&work.text, moment);
            }
            Modifier::Indirect { reference, suffix } => {
                work.outcome = before;
                return self.indirect(reference, suffix.as_deref(), context, subject, work);
            }
            Modifier::Unknown(letter) => self.refuse_letter(*letter, work),
            Modifier::Bad(text) => return Ok(self.refuse(text, subject, work)),
            Modifier::Endless(delimiter) => {
                let name = String::from_utf8_lossy(subject.name);
                let message = format!("Unclosed substitution for {name} ({} missing)", char::from(*delimiter));
                self.complain_of(message);
                work.fail();
                return Ok(Next::Stops);
            }
            Modifier::Unclosed { close, modifier } => {
                work.outcome = before;
                let message = format!(
                    "Unclosed variable specification (expecting '{}') for \"{}\" modifier {}",
                    char::from(*close),
                    String::from_utf8_lossy(subject.name),
                    char::from(*modifier)
                );
                self.complain_of(message);
            }
        }
        Ok(Next::Goes)
    }

    #[cold]
    fn refuse_letter(&mut self, letter: u8, work: &mut Work) {
        self.complain_of(format!("Unknown modifier '{}'", char::from(letter)));
        work.fail();
    }

    #[cold]
    fn refuse(&mut self, text: &[u8], subject: &Subject<'_>, work: &mut Work) -> Next {
        let name = String::from_utf8_lossy(subject.name);
        self.complain_of(format!("Bad modifier `:{}' for {name}", String::from_utf8_lossy(text)));
        work.fail();
        Next::Stops
    }

    /// Said, and not fatal in this `make`.
    pub(super) fn complain_of(&mut self, message: String) {
        self.complain(Severity::Warning, message);
    }

    /// `:@`: the variable is a real one, and is gone afterwards.
    fn each_body(
        &mut self,
        name: &super::expr::Expr,
        body: &super::expr::Expr,
        context: Context<'_, 'a>,
        work: &mut Work,
    ) -> Run<()> {
        let mut variable = Vec::new();
        self.expr(name, context.env, &mut variable)?;
        let text = std::mem::take(&mut work.text);
        let mut out = self.spare.pop().unwrap_or_default();
        let one = std::iter::once(text.as_slice()).filter(|_| work.one_word);
        let list = one.chain(words(&text).filter(|_| !work.one_word));
        let mut spaced = false;
        for word in list.filter(|word| !word.is_empty()) {
            self.step(1)?;
            self.room(out.len())?;
            if !variable.is_empty() {
                self.set_text(&variable, word, self.scope);
            }
            let start = out.len();
            if spaced {
                out.push(b' ');
            }
            let text = out.len();
            self.expr(body, context.env, &mut out)?;
            match out.get(text) {
                None => {
                    out.truncate(start);
                    continue;
                }
                // A newline needs no blank before it.
                Some(b'\n') if spaced => drop(out.remove(start)),
                Some(_) => {}
            }
            spaced = out.last() != Some(&b'\n');
        }
        self.delete(&variable, self.scope);
        work.text = out;
        Ok(())
    }

    /// A text that is not needed. `make` reads it all the same, and finds variables in it that are being expanded.
    fn pass_over(&mut self, argument: &Argument) -> Run<()> {
        let Argument::Made(parts) = argument else { return Ok(()) };
        for part in parts {
            let Part::Reference(reference) = part else { continue };
            if let Name::Known(key) = &reference.name
                && let Some((at, _)) = self.table.get(key, self.scope)
            {
                self.check_idle(at)?;
            }
            for modifier in &reference.modifiers {
                if let Modifier::Default { text, .. } = modifier {
                    self.pass_over(text)?;
                }
            }
        }
        Ok(())
    }

    fn choose(
        &mut self,
        then: &Argument,
        otherwise: &Argument,
        context: Context<'_, 'a>,
        subject: &mut Subject<'_>,
        work: &mut Work,
    ) -> Run<Next> {
        let cond = cond::parse(subject.name, PLAIN, false, &Loops::default());
        let Some(holds) = self.condition(&cond, None)? else {
            let name = String::from_utf8_lossy(subject.name);
            self.complain_of(format!("Bad conditional expression `{name}' in {name}?...:..."));
            work.fail();
            return Ok(Next::Stops);
        };
        work.text.clear();
        let mut value = std::mem::take(&mut work.text);
        self.argument(if holds { then } else { otherwise }, context, &mut value)?;
        work.text = value;
        subject.kept |= !subject.defined;
        Ok(Next::Goes)
    }

    fn assign_in(
        &mut self,
        how: Assign,
        value: &Argument,
        context: Context<'_, 'a>,
        subject: &Subject<'_>,
        work: &mut Work,
    ) -> Run<Next> {
        if subject.name.is_empty() {
            self.complain_of("Bad modifier `:=' for a variable without a name".into());
            work.fail();
            return Ok(Next::Stops);
        }
        let mut text = Vec::new();
        self.argument(value, context, &mut text)?;
        // What a makefile set is set there, whatever is being expanded.
        let here = self.table.find_name(subject.name).is_some_and(|at| self.table.variables[at].command.is_some());
        let scope = if subject.defined && !here { Scope::Global } else { self.scope };
        let before = std::mem::replace(&mut self.scope, scope);
        let done = match how {
            Assign::Default if subject.defined => Ok(()),
            Assign::Set | Assign::Default => self.set_scoped(subject.name, &text),
            Assign::Append => self.append_scoped(subject.name, &text),
            Assign::Shell => match self.shell(&text, Severity::Warning) {
                Ok(output) => self.set_scoped(subject.name, &output),
                Err(stopped) => Err(stopped),
            },
        };
        self.scope = before;
        done?;
        work.text.clear();
        work.outcome = Outcome::Nothing;
        Ok(Next::Goes)
    }

    fn indirect(
        &mut self,
        reference: &Reference,
        suffix: Option<&[Modifier]>,
        context: Context<'_, 'a>,
        subject: &mut Subject<'_>,
        work: &mut Work,
    ) -> Run<Next> {
        let mut text = Vec::new();
        self.reference(reference, context, &mut text)?;
        if text.is_empty() {
            return Ok(Next::Goes);
        }
        if let Some(suffix) = suffix {
            self.apply(suffix, context, subject, work)?;
            return Ok(Next::Done);
        }
        let (modifiers, _) = parse_modifiers(&text, &Loops::default());
        // Words and their separator begin anew within.
        let mut inner = Work::new(std::mem::take(&mut work.text));
        inner.outcome = work.outcome;
        let stop = self.apply(&modifiers, Context { text: &text, env: None }, subject, &mut inner)?;
        work.text = inner.text;
        work.outcome = inner.outcome;
        Ok(if stop.is_none() && work.outcome == Outcome::Value { Next::Goes } else { Next::Stops })
    }
}
