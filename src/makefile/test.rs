//! Evaluates conditions.

use super::cond::{Cond, Default_, Operand, Operator, Test, Tree};
use super::eval::{Evaluation, Run};
use super::expand::{Context, Outcome};
use super::expr::Part;
use super::statement::Severity;
use super::table::{Env, Scope};
use super::words::{is_space, matches, number};

impl<'a> Evaluation<'a> {
    /// Whether it holds; `None` if it is malformed.
    pub(super) fn condition(&mut self, cond: &Cond, env: Env<'a>) -> Run<Option<bool>> {
        let before = std::mem::replace(&mut self.scope, Scope::Command);
        let holds = self.tree(&cond.tree, cond.default, Context { text: &cond.text, env });
        self.scope = before;
        Ok(holds?.filter(|_| !cond.trailing))
    }

    fn tree(&mut self, tree: &Tree, default: Default_, context: Context<'_, 'a>) -> Run<Option<bool>> {
        self.step(1)?;
        Ok(match tree {
            Tree::And(left, right) => match self.tree(left, default, context)? {
                Some(true) => self.tree(right, default, context)?,
                other => other,
            },
            Tree::Or(left, right) => match self.tree(left, default, context)? {
                Some(false) => self.tree(right, default, context)?,
                other => other,
            },
            Tree::Not(inner) => self.tree(inner, default, context)?.map(|holds| !holds),
            Tree::Call(test, Operand { parts, .. }) if let [Part::Literal(argument)] = &**parts => {
                Some(self.test(*test, argument))
            }
            Tree::Call(test, argument) => {
                let argument = self.loose(argument, context)?;
                let holds = !argument.is_empty() && self.test(*test, &argument);
                self.give_back(argument);
                Some(holds)
            }
            Tree::Empty(part) => {
                let mut value = self.spare.pop().unwrap_or_default();
                let outcome = match part {
                    Part::Reference(reference) => self.reference(reference, context, &mut value)?,
                    _ => Outcome::Wrong,
                };
                let empty = value.iter().all(|byte| is_space(*byte));
                self.give_back(value);
                (outcome != Outcome::Wrong).then_some(empty)
            }
            Tree::Compare(sides) => {
                let (left, operator, right) = &**sides;
                self.compare(left, *operator, right, context)?
            }
            Tree::Value(operand) => {
                let Some(value) = self.strict(operand, context)? else { return Ok(None) };
                let holds = if operand.quoted {
                    !value.is_empty()
                } else if let Some(number) = number(&value) {
                    number != 0.0
                } else if default.plain {
                    !value.is_empty()
                } else {
                    self.test(default.test, &value) != default.negated
                };
                self.give_back(value);
                Some(holds)
            }
            Tree::Word(Operand { parts, .. }) if let [Part::Literal(word)] = &**parts => {
                Some(self.test(default.test, word) != default.negated)
            }
            Tree::Word(word) => {
                let word = self.loose(word, context)?;
                let holds = self.test(default.test, &word) != default.negated;
                self.give_back(word);
                Some(holds)
            }
            Tree::Broken(why) => {
                if let Some(why) = why {
                    self.complain(Severity::Warning, String::from_utf8_lossy(why));
                }
                None
            }
            Tree::Unclosed(name) => {
                let name = String::from_utf8_lossy(name);
                self.complain(Severity::Warning, format!("Missing closing parenthesis for {name}()"));
                Some(false)
            }
        })
    }

    fn test(&mut self, test: Test, argument: &[u8]) -> bool {
        match test {
            Test::Defined => {
                self.table.find_name(argument).is_some_and(|at| self.table.value(at, Scope::Command).is_some())
            }
            Test::Make => self.goals().any(|goal| matches(goal, argument, self.request.dialect.negates)),
            Test::Exists => self.exists(argument),
            Test::Target => self.targets.is_target(argument),
            Test::Commands => self.targets.has_commands(argument),
        }
    }

    /// A text in which what is undefined is empty.
    fn loose(&mut self, operand: &Operand, context: Context<'_, 'a>) -> Run<Vec<u8>> {
        let mut text = self.spare.pop().unwrap_or_default();
        let before = self.undefined;
        self.undefined = before.in_condition(false);
        let done = operand.parts.iter().try_for_each(|part| self.piece(part, context, &mut text));
        self.undefined = before;
        done?;
        Ok(text)
    }

    /// A side of a comparison: nothing undefined in it, but in quotes.
    fn strict(&mut self, operand: &Operand, context: Context<'_, 'a>) -> Run<Option<Vec<u8>>> {
        let mut text = self.spare.pop().unwrap_or_default();
        for part in &operand.parts {
            let outcome = match part {
                Part::Reference(reference) => {
                    let before = self.undefined;
                    self.undefined = before.in_condition(operand.quoted);
                    let outcome = self.reference(reference, context, &mut text);
                    self.undefined = before;
                    outcome?
                }
                Part::Broken => Outcome::Wrong,
                part => {
                    self.piece(part, context, &mut text)?;
                    Outcome::Value
                }
            };
            if outcome == Outcome::Wrong || outcome == Outcome::Undefined && !operand.quoted {
                if let (Part::Reference(reference), Outcome::Undefined) = (part, outcome) {
                    self.note_undefined(reference, context);
                }
                return Ok(None);
            }
        }
        Ok(Some(text))
    }

    /// `make` says only that the conditional is malformed.
    fn note_undefined(&mut self, reference: &super::expr::Reference, context: Context<'_, 'a>) {
        let (start, end) = reference.span;
        let written = context.text.get(start as usize..end as usize).unwrap_or_default();
        let message = format!("{} is undefined; in quotes it would be empty", String::from_utf8_lossy(written));
        self.complain(Severity::Info, message);
    }

    fn compare(
        &mut self,
        left: &Operand,
        operator: Operator,
        right: &Operand,
        context: Context<'_, 'a>,
    ) -> Run<Option<bool>> {
        let Some(a) = self.strict(left, context)? else { return Ok(None) };
        let Some(b) = self.strict(right, context)? else { return Ok(None) };
        let quoted = left.quoted || right.quoted;
        let numbers = if quoted { None } else { number(&a).zip(number(&b)) };
        let holds = match (numbers, operator) {
            (Some((a, b)), Operator::Equal) => Some(a == b),
            (Some((a, b)), Operator::Differs) => Some(a != b),
            (Some((a, b)), Operator::Less) => Some(a < b),
            (Some((a, b)), Operator::LessOrEqual) => Some(a <= b),
            (Some((a, b)), Operator::Greater) => Some(a > b),
            (Some((a, b)), Operator::GreaterOrEqual) => Some(a >= b),
            (None, Operator::Equal) => Some(a == b),
            (None, Operator::Differs) => Some(a != b),
            (Some(_), Operator::Unknown) => {
                self.complain(Severity::Warning, "Unknown operator");
                None
            }
            (None, _) => {
                self.complain(Severity::Warning, "String comparison operator should be either == or !=");
                None
            }
        };
        self.give_back(a);
        self.give_back(b);
        Ok(holds)
    }
}
