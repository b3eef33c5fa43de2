//! Sets variables.

use super::directive::split_command;
use super::eval::{Evaluation, Run};
use super::expand::Undefined;
use super::expr;
use super::references::{Loops, parse};
use super::statement::{Assigned, Assignment, Dependency, How, Severity};
use super::table::{Env, Scope, Value, unlooped};
use super::words::{split_path, words};

impl<'a> Evaluation<'a> {
    pub(super) fn assign(&mut self, assignment: &'a Assignment, env: Env<'a>) -> Run<()> {
        self.targets.close();
        let at = match &assignment.name {
            Assigned::Known(key) => self.table.entry(key.hash, &key.text, || &key.text),
            Assigned::Made(name) => {
                let mut text = self.spare.pop().unwrap_or_default();
                self.expr(name, env, &mut text)?;
                if env.is_some() && hides_operator(name, env, &text) {
                    return self.rule_instead(name, assignment, env);
                }
                // `make` sets what it cannot append to, and expands the name once more for that.
                if assignment.how == How::Append && text.contains(&b'$') && self.table.find_name(&text).is_none() {
                    text = self.expand_text(&text, Scope::Global)?;
                }
                if text.is_empty() {
                    self.give_back(text);
                    return Ok(());
                }
                let at = self.variable(&text);
                self.give_back(text);
                at
            }
        };
        match assignment.how {
            How::Set => self.set(at, Value::late(&assignment.value, env))?,
            How::Default if self.table.value(at, Scope::Global).is_some() => return Ok(()),
            How::Default => self.set(at, Value::late(&assignment.value, env))?,
            How::Append => self.append(at, Value::late(&assignment.value, env))?,
            How::Expand => {
                // So that the variable itself is not undefined in its value.
                self.define(assignment, at, env)?;
                self.assign_expanded(at, &assignment.value, env)?;
            }
            How::Shell => {
                let command = self.line_text(&assignment.value, env, Scope::Command)?;
                let output = self.shell(&command, Severity::Warning)?;
                self.give_back(command);
                let value = self.kept(&output);
                self.set(at, value)?;
            }
        }
        Ok(())
    }

    /// Gives a variable an empty value if it has none. Here `make` keeps what is undefined in its name too.
    fn define(&mut self, assignment: &Assignment, mut at: usize, env: Env<'a>) -> Run<()> {
        if let Assigned::Made(name) = &assignment.name {
            let mut text = self.spare.pop().unwrap_or_default();
            self.expand_kept(name, env, &mut text)?;
            at = self.variable(&text);
            self.give_back(text);
        }
        match self.table.value(at, Scope::Global) {
            Some(_) => Ok(()),
            None => self.set(at, Value::Text(b"")),
        }
    }

    /// Words of a loop hide the operator of an assignment: what `make` sees then is a rule.
    #[cold]
    fn rule_instead(&mut self, name: &expr::Expr, assignment: &Assignment, env: Env<'a>) -> Run<()> {
        let text = [&name.text, assignment.how.operator(), &assignment.value.text].concat();
        let text = unlooped(&text, env);
        let (line, command) = split_command(&text);
        let line = parse(line, &Loops::default());
        self.dependency(&Dependency { line, command: command.map(Into::into), indented: false }, None)
    }

    fn assign_expanded(&mut self, at: usize, value: &'a expr::Expr, env: Env<'a>) -> Run<()> {
        let value = match Value::late(value, env) {
            Value::Text(text) => Value::Text(text),
            _ => {
                let mut out = self.spare.pop().unwrap_or_default();
                self.expand_kept(value, env, &mut out)?;
                self.room(out.len())?;
                let value = self.kept(&out);
                self.give_back(out);
                value
            }
        };
        self.set(at, value)
    }

    /// What is undefined stays as it is written.
    fn expand_kept(&mut self, expr: &expr::Expr, env: Env<'a>, out: &mut Vec<u8>) -> Run<()> {
        let before = std::mem::replace(&mut self.undefined, Undefined::Stays);
        let done = self.expr(expr, env, out);
        self.undefined = before;
        done
    }

    /// Sets a variable as a makefile does: not against the command line.
    pub(super) fn set(&mut self, at: usize, value: Value<'a>) -> Run<()> {
        let variable = &mut self.table.variables[at];
        if variable.fixed {
            return Ok(());
        }
        variable.global = Some(value);
        if variable.name.first() == Some(&b'.') {
            self.set_special(at, value)?;
        }
        Ok(())
    }

    /// Variables that `make` itself looks at.
    #[cold]
    fn set_special(&mut self, at: usize, value: Value<'a>) -> Run<()> {
        match self.table.variables[at].name {
            b".MAKE.SAVE_DOLLARS" => {
                let mut text = Vec::new();
                value.raw(&mut text);
                self.save_dollars = match text.first() {
                    Some(b'0' | b'N' | b'n' | b'F' | b'f') => false,
                    Some(b'1' | b'Y' | b'y' | b'T' | b't') => true,
                    Some(b'O' | b'o') => !matches!(text.get(1), Some(b'f' | b'F')),
                    _ => self.save_dollars,
                };
            }
            b".MAKE.EXPORTED" => {
                let mut text = Vec::new();
                self.value(at, value, &mut text)?;
                self.export_list(&text);
            }
            _ => {}
        }
        Ok(())
    }

    fn append(&mut self, at: usize, value: Value<'a>) -> Run<()> {
        let variable = &self.table.variables[at];
        if let Some(before) = variable.global {
            let joined = self.joined(before, value);
            return self.set(at, joined);
        }
        if variable.fixed && !self.request.dialect.appends {
            return Ok(());
        }
        if let Some(before) = variable.command {
            let joined = self.joined(before, value);
            self.table.variables[at].command = Some(joined);
            return Ok(());
        }
        let value = match variable.outer {
            Some(before) => self.joined(before, value),
            None => value,
        };
        self.set(at, value)
    }

    /// A text as a value; to read references takes time in proportion to its length.
    fn kept(&mut self, text: &[u8]) -> Value<'a> {
        let value = self.arena.value(text);
        if !matches!(value, Value::Text(_)) {
            self.spend(text.len() as u64 / 4);
        }
        value
    }

    fn joined(&mut self, before: Value<'a>, value: Value<'a>) -> Value<'a> {
        if !before.is_open() {
            return Value::Join(self.arena.bytes.alloc((before, value)));
        }
        // What was open may be closed by what is appended: only the text as a whole says so.
        let mut text = Vec::new();
        before.raw(&mut text);
        text.push(b' ');
        value.raw(&mut text);
        self.kept(&text)
    }

    /// Sets a variable to a text; not on the command line for good.
    pub(super) fn set_text(&mut self, name: &[u8], text: &[u8], scope: Scope) {
        let value = self.arena.value(text);
        let at = self.variable(name);
        let variable = &mut self.table.variables[at];
        match scope {
            Scope::Global if variable.fixed => {}
            Scope::Global => variable.global = Some(value),
            Scope::Command => variable.command = Some(value),
        }
    }

    /// Sets a variable as if it stood on the command line.
    pub(super) fn set_fixed(&mut self, name: &[u8], text: &[u8]) {
        let value = self.arena.value(text);
        let at = self.variable(name);
        let variable = &mut self.table.variables[at];
        variable.command = Some(value);
        variable.global = None;
        variable.fixed = true;
        let name = Value::Text(variable.name);
        let overrides = self.variable(b".MAKEOVERRIDES");
        let before = self.table.variables[overrides].global.unwrap_or(Value::Text(b""));
        self.table.variables[overrides].global = Some(self.joined(before, name));
    }

    /// Sets a variable where variables are looked for first just now.
    pub(super) fn set_scoped(&mut self, name: &[u8], text: &[u8]) -> Run<()> {
        self.room(text.len())?;
        match self.scope {
            Scope::Command => self.set_fixed(name, text),
            Scope::Global => {
                let value = self.kept(text);
                let at = self.variable(name);
                self.set(at, value)?;
            }
        }
        Ok(())
    }

    pub(super) fn append_scoped(&mut self, name: &[u8], text: &[u8]) -> Run<()> {
        self.room(text.len())?;
        let at = self.variable(name);
        if self.scope == Scope::Global {
            let value = self.arena.value(text);
            return self.append(at, value);
        }
        match self.table.variables[at].command {
            None => self.set_fixed(name, text),
            Some(before) => {
                let value = self.arena.value(text);
                let joined = self.joined(before, value);
                self.table.variables[at].command = Some(joined);
            }
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, name: &[u8], scope: Scope) {
        let Some(at) = self.table.find_name(name) else { return };
        let variable = &mut self.table.variables[at];
        match scope {
            Scope::Global => {
                variable.global = None;
                variable.exported = false;
            }
            Scope::Command => {
                variable.command = None;
                variable.fixed = false;
            }
        }
    }

    /// `.MAKE.MAKEFILES`: each file once, as it was spelled; but `make` overlooks that it was the last one already.
    pub(super) fn track(&mut self, name: &'a [u8]) {
        let at = self.variable(b".MAKE.MAKEFILES");
        let before = self.table.variables[at].global;
        let is_name = |piece: &Value<'a>| matches!(piece, Value::Text(text) if *text == name);
        let known = before.map(Value::pieces).unwrap_or_default();
        if known.iter().rev().skip(1).any(is_name) {
            return;
        }
        let value = match before {
            Some(before) => self.joined(before, Value::Text(name)),
            None => Value::Text(name),
        };
        self.table.variables[at].global = Some(value);
    }

    /// `.PARSEDIR` and `.PARSEFILE`.
    pub(super) fn set_parse_names(&mut self, name: &'a [u8]) {
        let (directory, file) = split_path(name);
        let request = self.request;
        let directory: &'a [u8] = match directory {
            [] => &request.directory,
            [inner @ .., _] => inner,
        };
        for (name, value) in [(b".PARSEDIR".as_slice(), directory), (b".PARSEFILE", file)] {
            let at = self.variable(name);
            self.table.variables[at].global = Some(Value::Text(value));
        }
    }

    /// `.INCLUDEDFROMDIR` and `.INCLUDEDFROMFILE`: where the next file is included from.
    pub(super) fn set_included_from(&mut self) {
        for (from, to) in [(&b".PARSEDIR"[..], &b".INCLUDEDFROMDIR"[..]), (b".PARSEFILE", b".INCLUDEDFROMFILE")] {
            let value = self.table.find_name(from).and_then(|at| self.table.variables[at].global);
            let at = self.variable(to);
            self.table.variables[at].global = value;
        }
    }

    pub(super) fn forget_parse_names(&mut self) {
        for name in [&b".PARSEDIR"[..], b".PARSEFILE", b".INCLUDEDFROMDIR", b".INCLUDEDFROMFILE"] {
            self.delete(name, Scope::Global);
        }
    }

    /// `.export`: `-env` and `-literal` before the names are passed over.
    pub(super) fn export(&mut self, list: &[u8]) {
        if list.is_empty() {
            self.export_all = true;
            return;
        }
        let (list, kept) = match list.strip_prefix(b"-env").or(list.strip_prefix(b"-literal")) {
            Some(list) => (list, false),
            None => (list, true),
        };
        for name in self.export_list(list) {
            if kept {
                let at = self.variable(b".MAKE.EXPORTED");
                let name = Value::Text(self.arena.keep(&name));
                let before = self.table.variables[at].global;
                let value = before.map_or(name, |before| self.joined(before, name));
                self.table.variables[at].global = Some(value);
            }
        }
    }

    /// Those that there were to export.
    fn export_list(&mut self, list: &[u8]) -> Vec<Vec<u8>> {
        let mut exported = Vec::new();
        for name in words(list).filter(|name| !name.is_empty() && name[0] != b'.') {
            let Some(at) = self.table.find_name(name) else { continue };
            let variable = &mut self.table.variables[at];
            if variable.global.is_some() && !matches!(name, b"@" | b"%" | b"*" | b"!") {
                variable.exported = true;
                exported.push(name.to_vec());
            }
        }
        exported
    }

    /// `.unexport` and `.unexport-env`, behind the word.
    pub(super) fn unexport(&mut self, rest: &[u8]) -> Run<()> {
        let list = super::words::skip_space(rest);
        let all = rest.starts_with(b"-env");
        if all {
            self.bare_environment = true;
            self.environment.clear();
        }
        let names: Vec<Vec<u8>> = if all || list.is_empty() {
            let listed = self.expand_text(b"${.MAKE.EXPORTED:O:u}", Scope::Global)?;
            self.delete(b".MAKE.EXPORTED", Scope::Global);
            words(&listed).map(<[u8]>::to_vec).collect()
        } else {
            words(list).map(<[u8]>::to_vec).collect()
        };
        for name in names {
            if let Some(at) = self.table.find_name(&name) {
                self.table.variables[at].exported = false;
            }
        }
        Ok(())
    }
}

/// Whether words of a loop that `make` puts into the line have a brace too many, behind which it sees no operator.
fn hides_operator(name: &expr::Expr, env: Env<'_>, expanded: &[u8]) -> bool {
    let balance = |text: &[u8]| {
        let count = |braces: [u8; 2]| text.iter().filter(|byte| braces.contains(byte)).count();
        count(*b"({") == count(*b")}")
    };
    !balance(expanded) && !balance(&unlooped(&name.text, env))
}
