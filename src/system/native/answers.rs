//! Answers to the commands that makefiles run while they are read.
//!
//! A `make -V` is answered in process. A command whose programs look neither at the tree nor at where they are started
//! says the same for all ports: it is run once. All others are run each time.

use std::sync::Arc;

use super::said;
use super::words::commands;
use super::world::{Here, Saw};
use crate::makefile::{Command, Failure, Output, Request, evaluate};
use crate::system::MakeError;
use crate::system::disk::{changed_before, now};

/// How deep it is in others.
fn level(request: &Request) -> usize {
    let level = request.environment.iter().find(|(name, _)| name == b"MAKELEVEL");
    level.and_then(|(_, level)| std::str::from_utf8(level).ok()?.parse().ok()).unwrap_or(0)
}

/// An answer, and what it rests on.
#[derive(Clone)]
pub(super) struct Answered(Arc<(Output, Saw)>);

impl Answered {
    /// Where all that it rests on lies.
    pub(super) fn looked_at(&self) -> impl Iterator<Item = &[u8]> {
        self.0.1.sought.keys().map(Vec::as_slice)
    }
}

/// Programs that answer for the platform or work on their words alone.
const INDIFFERENT: [&str; 24] = [
    "echo",
    "printf",
    "true",
    "false",
    ":",
    "uname",
    "sysctl",
    "id",
    "hostname",
    "ipcrm",
    "cc",
    "c++",
    "gcc",
    "g++",
    "cpp",
    "clang",
    "clang++",
    "tail",
    "head",
    "tr",
    "cut",
    "pkg-static",
    "pkg",
    "getconf",
];
/// Makes within makes: each takes its part of the stack.
const DEEPEST: usize = 8;
/// Words of the shell that a program follows.
const LEADING: [&str; 7] = ["if", "then", "else", "elif", "while", "do", "!"];

impl Here<'_> {
    pub(super) fn answer(&self, command: &Command<'_>) -> Output {
        if self.trouble.borrow().is_some() {
            return self.run(command);
        }
        let Ok(text) = std::str::from_utf8(command.text) else { return self.run(command) };
        let (words, is_quiet) = match text.trim_end().strip_suffix("2>/dev/null") {
            Some(words) => (words, true),
            None => (text, false),
        };
        if let Some(request) = self.nested(command, words) {
            let mut output = self.once(command, &request.directory, |here| here.make(&request));
            if is_quiet {
                output.complaints.clear();
            }
            return output;
        }
        if is_indifferent(text) {
            return self.once(command, b"", |here| here.run(command));
        }
        self.run(command)
    }

    /// Answers anew only if what it looked at is in doubt.
    fn once(&self, command: &Command<'_>, place: &[u8], answer: impl FnOnce(&Self) -> Output) -> Output {
        let mut key = [command.text, b"\0", place].concat();
        for (name, value) in &command.environment {
            key.extend([b"\0".as_slice(), name, b"=", value].concat());
        }
        if let Some(Answered(known)) = self.world.view.answer(&key) {
            self.saw.borrow_mut().extend(&known.1);
            return known.0.clone();
        }
        let begin = now();
        let inner = Here::new(self.world, self.directory);
        let output = answer(&inner);
        let mut saw = inner.saw.into_inner();
        self.saw.borrow_mut().extend(&saw);
        if let Some(trouble) = inner.trouble.into_inner() {
            *self.trouble.borrow_mut() = Some(trouble);
            return output;
        }
        // What changed meanwhile may be answered with what it was.
        let settled = |place| std::str::from_utf8(place).is_ok_and(|path| changed_before(path.into(), begin));
        if !saw.live || saw.sought.keys().all(|place| settled(place)) {
            saw.live = false;
            self.world.view.keep_answer(key, Answered(Arc::new((output.clone(), saw))));
        }
        output
    }

    fn make(&self, request: &Request) -> Output {
        if level(request) > DEEPEST {
            let complaint = format!("{DEEPEST} makes run each other: is there an end to it?");
            let complaints = vec![complaint];
            *self.trouble.borrow_mut() = Some(MakeError::Failed { status: "exit status: 2".into(), complaints });
            return Output::default();
        }
        let here = Here::new(self.world, self.directory);
        let answer = evaluate(request, &here);
        self.saw.borrow_mut().extend(&here.saw.into_inner());
        if let Some(trouble) = here.trouble.into_inner() {
            *self.trouble.borrow_mut() = Some(trouble);
        }
        let ended = said(answer, &self.world.setting.program);
        Output { text: ended.stdout, complaints: ended.stderr, failure: ended.failure.map(|_| Failure::Status) }
    }

    /// A command that is one `make -V`, perhaps after a `cd`.
    fn nested(&self, command: &Command<'_>, text: &str) -> Option<Request> {
        let commands = commands(text)?;
        let (directory, words) = match commands.as_slice() {
            [make] => (None, make),
            [cd, make] => match cd.as_slice() {
                [cd, directory] if cd == "cd" => (Some(directory), make),
                _ => return None,
            },
            _ => return None,
        };
        let mut words = words.iter().map(String::as_str);
        let program = words.next()?;
        let setting = &self.world.setting;
        if program != setting.program && !matches!(program.rsplit('/').next(), Some("make" | "bmake")) {
            return None;
        }
        let mut request = Request {
            directory: directory.map_or(command.directory.to_vec(), |path| below(command.directory, path)),
            environment: command.environment.clone(),
            system: vec![setting.system.clone().into_bytes()],
            program: setting.program.clone().into_bytes(),
            dialect: setting.dialect.clone(),
            ..Request::default()
        };
        while let Some(word) = words.next() {
            match word {
                "-C" => request.directory = below(&request.directory, words.next()?),
                "-f" => request.makefiles.push(words.next()?.into()),
                "-V" => request.expressions.push(words.next()?.into()),
                _ => match (word.strip_prefix("-V"), word.split_once('=')) {
                    (Some(name), _) => request.expressions.push(name.into()),
                    (None, Some((name, value))) if !name.starts_with('-') => {
                        request.assignments.push((name.into(), value.into()));
                    }
                    _ => return None,
                },
            }
        }
        (!request.expressions.is_empty()).then_some(request)
    }
}

/// A path below a directory, without dots.
fn below(directory: &[u8], path: &str) -> Vec<u8> {
    let whole =
        if path.starts_with('/') { path.as_bytes().to_vec() } else { [directory, b"/", path.as_bytes()].concat() };
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in whole.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    [b"/".as_slice(), &parts.join(&b'/')].concat()
}

/// Whether each program in it is one that says the same everywhere.
fn is_indifferent(text: &str) -> bool {
    let text = without_quoted(text);
    if text.contains(['`', '$', '<', '*', '?', '[']) || text.contains("../") {
        return false;
    }
    text.split(['|', ';', '&', '(', ')', '\n']).all(|part| {
        let mut words = part.split_whitespace().skip_while(|word| LEADING.contains(word));
        match words.next() {
            None | Some("fi" | "done" | "1" | "2") => true,
            Some(word) => {
                let name = word.rsplit('/').next().unwrap_or_default();
                INDIFFERENT.contains(&name) || name.starts_with("python")
            }
        }
    })
}

/// Without what stands in single quotes.
fn without_quoted(text: &str) -> String {
    text.split('\'').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_at_files_is_run_each_time() {
        let yes = [
            "(/usr/local/bin/python2.7 -c 'import sys; print(sys.prefix)'  2> /dev/null || echo /usr/local) | /usr/bin/tail -1",
            "cc --version",
            "echo | cc -std=c11 -c -x c /dev/null -o /dev/null 2>&1; echo",
            "if cc -std=c11 -c -x c /dev/null -o /dev/null 2>&1; then echo yes; fi; echo",
            "/usr/local/sbin/pkg-static info -g -Ex openldap.\\-client 2>/dev/null; echo",
            "id -g",
        ];
        let no = ["cat Makefile", "echo *", "grep x /tree/GIDs | awk '{print}'", "echo `ls`", "cd .. && ls", "ls"];
        yes.iter().for_each(|text| assert!(is_indifferent(text), "{text}"));
        no.iter().for_each(|text| assert!(!is_indifferent(text), "{text}"));
    }

    #[test]
    fn paths_lose_their_dots() {
        assert_eq!(below(b"/a/b", "../c/./d"), b"/a/c/d");
        assert_eq!(below(b"/a/b", "/x//y"), b"/x/y");
    }
}
