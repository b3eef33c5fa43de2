//! Targets, as far as variables can depend on them.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

use super::eval::{Evaluation, Run};
use super::statement::{Dependency, Severity};
use super::table::{Arena, Env, Scope};
use super::words::{first_word, is_space, skip_space, words};

/// What is known of targets.
#[derive(Debug, Default)]
pub(super) struct Targets<'a> {
    index: HashMap<&'a [u8], usize, FxBuildHasher>,
    known: Vec<Target>,
    suffixes: Vec<Box<[u8]>>,
    /// Targets of the rule that commands belong to; `None` if there is none.
    open: Option<Vec<usize>>,
    /// Of `.MAIN`.
    main: Vec<Vec<u8>>,
}

#[derive(Debug, Default)]
struct Target {
    /// It stood before an operator.
    is_target: bool,
    has_commands: bool,
}

/// Targets that are none: they say something to `make`.
const SPECIAL: [&[u8]; 40] = [
    b".BEGIN",
    b".DEFAULT",
    b".DELETE_ON_ERROR",
    b".END",
    b".ERROR",
    b".EXEC",
    b".IGNORE",
    b".INCLUDES",
    b".INTERRUPT",
    b".INVISIBLE",
    b".JOIN",
    b".LIBS",
    b".MADE",
    b".MAIN",
    b".MAKE",
    b".MAKEFLAGS",
    b".META",
    b".MFLAGS",
    b".NOMETA",
    b".NOMETA_CMP",
    b".NOPATH",
    b".NOT",
    b".NOTMAIN",
    b".NOTPARALLEL",
    b".NO_PARALLEL",
    b".NULL",
    b".OBJDIR",
    b".OPTIONAL",
    b".ORDER",
    b".PARALLEL",
    b".PATH",
    b".PHONY",
    b".POSIX",
    b".PRECIOUS",
    b".RECURSIVE",
    b".SHELL",
    b".SILENT",
    b".SINGLESHELL",
    b".STALE",
    b".SUFFIXES",
];
/// Special ones that are targets as well.
const HOOKS: [&[u8]; 5] = [b".BEGIN", b".END", b".ERROR", b".INTERRUPT", b".STALE"];

impl<'a> Targets<'a> {
    pub(super) fn is_target(&self, name: &[u8]) -> bool {
        self.get(name).is_some_and(|target| target.is_target)
    }

    pub(super) fn has_commands(&self, name: &[u8]) -> bool {
        self.get(name).is_some_and(|target| target.is_target && target.has_commands)
    }

    fn get(&self, name: &[u8]) -> Option<&Target> {
        self.index.get(name).map(|at| &self.known[*at])
    }

    /// The rule ends.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// A command of the rule that is open; whether there is one.
    pub(super) fn add_command(&mut self) -> bool {
        let Some(open) = &self.open else { return false };
        for at in open {
            self.known[*at].has_commands = true;
        }
        true
    }

    fn add(&mut self, name: &[u8], arena: &'a Arena) {
        if self.is_transform(name) {
            return;
        }
        let at = match self.index.get(name) {
            Some(at) => *at,
            None => {
                self.known.push(Target::default());
                self.index.insert(arena.keep(name), self.known.len() - 1);
                self.known.len() - 1
            }
        };
        self.known[at].is_target = true;
        if let Some(open) = &mut self.open {
            open.push(at);
        }
    }

    /// `.c.o`: a rule for suffixes, which is no target.
    fn is_transform(&self, name: &[u8]) -> bool {
        let known = |suffix: &[u8]| self.suffixes.iter().any(|known| **known == *suffix);
        name.first() == Some(&b'.')
            && (known(name) || (1..name.len()).any(|cut| known(&name[..cut]) && known(&name[cut..])))
    }
}

impl<'a> Evaluation<'a> {
    pub(super) fn goals(&self) -> impl Iterator<Item = &[u8]> {
        self.request.goals.iter().chain(&self.targets.main).map(Vec::as_slice)
    }

    pub(super) fn dependency(&mut self, dependency: &Dependency, env: Env<'a>) -> Run<()> {
        if dependency.indented && self.targets.add_command() {
            self.complain(Severity::Warning, "Shell command needs a leading tab");
            return Ok(());
        }
        let line = self.line_text(&dependency.line, env, Scope::Command)?;
        let mut open = self.targets.open.take().unwrap_or_default();
        open.clear();
        self.targets.open = Some(open);
        self.rule(&line)?;
        self.give_back(line);
        if dependency.command.as_ref().is_some_and(|command| !command.is_empty()) {
            self.targets.add_command();
        }
        Ok(())
    }

    fn rule(&mut self, line: &[u8]) -> Run<()> {
        let Some(operator) = operator(line) else {
            let message = if line.first() == Some(&b'.') {
                "Unknown directive"
            } else if [&b"<<<<<<"[..], b"======", b">>>>>>"].iter().any(|mark| line.starts_with(mark)) {
                "Makefile appears to contain unresolved cvs/rcs/??? merge conflicts"
            } else {
                "Need an operator"
            };
            self.complain(Severity::Error, message);
            return Ok(());
        };
        let (names, rest) = line.split_at(operator);
        let doubled = rest.starts_with(b"::");
        let sources = skip_space(&rest[1 + usize::from(doubled)..]);
        let mut special: Option<Vec<u8>> = None;
        let mut list = names;
        loop {
            list = skip_space(list);
            let name = first_word(list);
            if name.is_empty() {
                break;
            }
            list = &list[name.len()..];
            if name[0] == b'.' && (SPECIAL.contains(&name) || name.starts_with(b".PATH")) {
                special = Some(name.to_vec());
                if HOOKS.contains(&name) {
                    self.targets.add(name, self.arena);
                }
            } else if special.is_none() {
                self.targets.add(name, self.arena);
            }
        }
        if let Some(special) = special {
            self.special(&special, sources)?;
        }
        Ok(())
    }

    /// A rule that says something to `make` itself.
    fn special(&mut self, name: &[u8], sources: &[u8]) -> Run<()> {
        let list = || sources.split(|byte| is_space(*byte)).filter(|word| !word.is_empty());
        match name {
            b".PATH" => {
                if sources.is_empty() {
                    self.paths.clear();
                }
                for path in list() {
                    if self.host.is_directory(&self.absolute(path)) && !self.paths.iter().any(|known| known == path) {
                        self.paths.push(path.to_vec());
                    }
                }
                self.show_paths();
            }
            b".SUFFIXES" => {
                if sources.is_empty() {
                    self.targets.suffixes.clear();
                }
                for suffix in list() {
                    self.targets.suffixes.push(suffix.into());
                }
            }
            b".MAKEFLAGS" | b".MFLAGS" => self.flags(sources)?,
            b".MAIN" if self.request.goals.is_empty() && self.targets.main.is_empty() => {
                for goal in list() {
                    self.targets.main.push(goal.to_vec());
                }
                let goals = sources.to_vec();
                self.set_text(b".TARGETS", &goals, Scope::Global);
            }
            b".OBJDIR" => {
                if let Some(directory) = list().next().map(|path| self.absolute(path))
                    && self.host.is_directory(&directory)
                {
                    self.set_text(b".OBJDIR", &directory, Scope::Global);
                    self.objects = directory;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Words of a command line: assignments, `-D NAME`; quotes are taken off.
    fn flags(&mut self, sources: &[u8]) -> Run<()> {
        let list: Vec<Vec<u8>> = words(sources).map(unquoted).collect();
        let mut at = 0;
        while let Some(word) = list.get(at) {
            at += 1;
            if let Some(name) = word.strip_prefix(b"-D") {
                let name = if name.is_empty() { list.get(at).cloned().unwrap_or_default() } else { name.to_vec() };
                at += usize::from(word.len() == 2);
                self.set_text(&name, b"1", Scope::Global);
            } else if let Some(equals) = memchr::memchr(b'=', word).filter(|equals| *equals > 0 && word[0] != b'-') {
                self.set_fixed(&word[..equals], &word[equals + 1..]);
            }
        }
        Ok(())
    }
}

/// Where targets end: at a `:` or `!` that neither a backslash nor a reference holds.
fn operator(line: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0);
    while at < line.len() {
        match line[at] {
            b'\\' => at += 1,
            b'$' if matches!(line.get(at + 1), Some(b'(' | b'{')) => {
                depth += 1;
                at += 1;
            }
            b')' | b'}' if depth > 0 => depth -= 1,
            b':' | b'!' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// A word without its quotes, as a shell would take it.
fn unquoted(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut quote = None;
    let mut bytes = word.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            (b'\\', _) => out.extend(bytes.next()),
            _ => out.push(byte),
        }
    }
    out
}
