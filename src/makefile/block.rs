//! From a makefile to its statements.
//!
//! Statements lie in a row; conditionals are jumps, so that nesting costs no stack, and each `.for` has its body.

use super::cond;
use super::directive::{
    assignment, body_length, default_of, exported, for_header, has_operator, include_of, is_for, message_of,
    split_command, traditional_include,
};
use super::expr::{Expr, Key, Part};
use super::lines::{Line, lines};
use super::references::{Loops, parse};
use super::statement::{Assigned, Assignment, Block, Dependency, For, Include, Severity, Statement};
use super::words::{first_word, is_space, skip_space};

/// A makefile, read. It can be shared by any number of evaluations, also at the same time.
#[derive(Debug)]
pub struct Makefile {
    /// To show lines in messages.
    pub(super) text: Box<[u8]>,
    pub(super) block: Block,
    /// The line that a NUL cuts short.
    pub(super) nul: Option<u32>,
}

/// Loops in each other.
const DEEPEST: usize = 64;

impl Makefile {
    pub fn parse(text: &[u8]) -> Makefile {
        let mut lexed = lines(text);
        let rows: Vec<Line> = lexed.by_ref().collect();
        let mut loops = Loops::default();
        let block = Parser::new(&mut loops).block(&rows);
        Makefile { text: text.into(), block, nul: lexed.nul }
    }

    /// A physical line, without its newline.
    pub(super) fn line(&self, number: u32) -> &[u8] {
        let mut lines = self.text.split(|byte| *byte == b'\n');
        lines.nth(number.saturating_sub(1) as usize).unwrap_or_default()
    }
}

/// An `.if` that is open.
struct Open {
    number: u32,
    /// The jump of the arm before, to be told where the next one begins.
    arm: Option<usize>,
    /// Jumps to the end.
    ends: Vec<usize>,
    otherwise: bool,
}

struct Parser<'l> {
    loops: &'l mut Loops,
    block: Block,
    open: Vec<Open>,
}

impl<'l> Parser<'l> {
    fn new(loops: &'l mut Loops) -> Parser<'l> {
        Parser { loops, block: Block::default(), open: Vec::new() }
    }

    fn block(mut self, rows: &[Line]) -> Block {
        let mut at = 0;
        while at < rows.len() {
            at += self.line(&rows[at..]);
        }
        let number = rows.last().map_or(1, |line| line.number);
        if let Some(first) = self.open.first() {
            let count = self.open.len();
            let ending = if count == 1 { "" } else { "s" };
            let message = format!("{count} open conditional{ending}: `.if` of line {} has no `.endif`", first.number);
            while let Some(open) = self.open.pop() {
                self.close(open);
            }
            self.push(number, Statement::Wrong(Severity::Error, message.into()));
        }
        self.block
    }

    fn here(&self) -> u32 {
        self.block.statements.len() as u32
    }

    fn push(&mut self, number: u32, statement: Statement) {
        self.block.statements.push(statement);
        self.block.numbers.push(number);
    }

    fn wrong(&mut self, number: u32, severity: Severity, message: &str) {
        self.push(number, Statement::Wrong(severity, message.into()));
    }

    fn parse(&self, text: &[u8]) -> Expr {
        parse(text, self.loops)
    }

    /// Reads the first of these lines; how many that took.
    fn line(&mut self, rows: &[Line]) -> usize {
        let Line { number, text } = &rows[0];
        if let [b'.', rest @ ..] = text.as_slice() {
            let rest = skip_space(rest);
            if self.conditional(*number, rest) {
                return 1;
            }
            if is_for(rest) {
                return self.for_loop(rows, rest);
            }
            if rest.starts_with(b"endfor") {
                self.wrong(*number, Severity::Error, "for-less endfor");
                return 1;
            }
            if self.directive(*number, rest) {
                return 1;
            }
        }
        self.plain(*number, text);
        1
    }

    fn conditional(&mut self, number: u32, rest: &[u8]) -> bool {
        let alone = |word: &[u8]| rest.starts_with(word) && !rest.get(word.len()).is_some_and(u8::is_ascii_alphabetic);
        if alone(b"endif") {
            match self.open.pop() {
                Some(open) => self.close(open),
                None => self.wrong(number, Severity::Error, "if-less endif"),
            }
        } else if alone(b"else") {
            self.other(number);
        } else if let Some(rest) = rest.strip_prefix(b"elif") {
            self.elif(number, rest);
        } else if let Some(rest) = rest.strip_prefix(b"if") {
            let arm = self.arm(number, rest);
            self.open.push(Open { number, arm: Some(arm), ends: Vec::new(), otherwise: false });
        } else {
            return false;
        }
        true
    }

    fn arm(&mut self, number: u32, rest: &[u8]) -> usize {
        let (rest, default) = default_of(rest);
        let cond = cond::parse(rest, default, true, self.loops);
        self.push(number, Statement::If { cond: Box::new(cond), otherwise: 0, end: 0 });
        self.block.statements.len() - 1
    }

    /// The end of an arm: from there on to the end of all of them.
    fn leave_arm(&mut self, number: u32) {
        let jump = self.block.statements.len();
        self.push(number, Statement::Jump(0));
        let here = self.here();
        let Some(open) = self.open.last_mut() else { return };
        open.ends.push(jump);
        if let Some(arm) = open.arm.take() {
            open.ends.push(arm);
            if let Statement::If { otherwise, .. } = &mut self.block.statements[arm] {
                *otherwise = here;
            }
        }
    }

    fn elif(&mut self, number: u32, rest: &[u8]) {
        match self.open.last() {
            None => self.wrong(number, Severity::Error, "if-less elif"),
            Some(open) => {
                if open.otherwise {
                    self.wrong(number, Severity::Warning, "extra elif");
                    // What follows is reached by nothing.
                    return self.leave_arm(number);
                }
                self.leave_arm(number);
                let arm = self.arm(number, rest);
                if let Some(open) = self.open.last_mut() {
                    open.arm = Some(arm);
                }
            }
        }
    }

    fn other(&mut self, number: u32) {
        match self.open.last() {
            None => self.wrong(number, Severity::Error, "if-less else"),
            Some(open) => {
                let extra = open.otherwise;
                if extra {
                    self.wrong(number, Severity::Warning, "extra else");
                }
                self.leave_arm(number);
                if let Some(open) = self.open.last_mut() {
                    open.otherwise = true;
                }
            }
        }
    }

    fn close(&mut self, open: Open) {
        let end = self.here();
        let arms = open.arm.into_iter().map(|arm| (arm, true));
        for (at, last) in open.ends.into_iter().map(|at| (at, false)).chain(arms) {
            match &mut self.block.statements[at] {
                Statement::If { otherwise, end: to, .. } => {
                    *to = end;
                    if last {
                        *otherwise = end;
                    }
                }
                Statement::Jump(to) => *to = end,
                _ => {}
            }
        }
    }

    fn for_loop(&mut self, rows: &[Line], rest: &[u8]) -> usize {
        let number = rows[0].number;
        let Some(length) = body_length(&rows[1..]) else {
            let message = "Unexpected end of file in for loop: `.for` without `.endfor`";
            self.push(number, Statement::End(message.into()));
            return 1;
        };
        let body = &rows[1..=length];
        let header = for_header(&rest[3..]);
        match header {
            Err(message) => {
                // Its lines are read all the same, and its `.endfor` has no loop.
                self.wrong(number, Severity::Error, message);
                return 1;
            }
            Ok(_) if self.loops.0.len() == DEEPEST => {
                self.wrong(number, Severity::Error, "loops nested too deeply");
            }
            Ok((names, list)) => {
                let list = self.parse(list);
                self.loops.0.push(names.clone());
                let body = Parser::new(self.loops).block(body);
                self.loops.0.pop();
                self.push(number, Statement::For(Box::new(For { names, list, body })));
            }
        }
        length + 2
    }

    fn directive(&mut self, number: u32, rest: &[u8]) -> bool {
        if let Some((kind, file)) = include_of(rest) {
            self.include(number, kind, file);
        } else if let Some(rest) = rest.strip_prefix(b"undef") {
            let name = self.parse(first_word(skip_space(rest)));
            self.push(number, Statement::Undefine(name));
        } else if let Some(rest) = rest.strip_prefix(b"export") {
            let list = self.parse(skip_space(rest));
            self.push(number, Statement::Export(list));
        } else if let Some(rest) = rest.strip_prefix(b"unexport") {
            self.push(number, Statement::Unexport(rest.into()));
        } else if let Some((severity, text)) = message_of(rest) {
            let text = self.parse(text);
            self.push(number, Statement::Message(severity, text));
        } else {
            return false;
        }
        true
    }

    fn include(&mut self, number: u32, kind: u8, file: &[u8]) {
        let file = skip_space(file);
        let (system, end) = match file.first() {
            Some(b'<') => (true, b'>'),
            Some(b'"') => (false, b'"'),
            _ => {
                let message = ".include filename must be delimited by '\"' or '<'";
                return self.wrong(number, Severity::Error, message);
            }
        };
        match file[1..].iter().position(|byte| *byte == end) {
            None => {
                let message = format!("Unclosed .include filename. '{}' expected", char::from(end));
                self.wrong(number, Severity::Error, &message);
            }
            Some(length) => {
                let file = self.parse(&file[1..=length]);
                let silent = kind != b'i';
                self.push(number, Statement::Include(Box::new(Include { file, system, silent, many: false })));
            }
        }
    }

    fn plain(&mut self, number: u32, text: &[u8]) {
        if text[0] == b'\t' {
            let command = skip_space(text);
            if !command.is_empty() {
                self.push(number, Statement::Command(command.into()));
            }
            return;
        }
        if let Some((kind, files)) = traditional_include(text) {
            if files.is_empty() {
                return self.wrong(number, Severity::Error, "Filename missing from \"include\"");
            }
            let silent = kind != b'i';
            let file = self.parse(files);
            return self
                .push(number, Statement::Include(Box::new(Include { file, system: false, silent, many: true })));
        }
        if let Some((name, value)) = exported(text) {
            let value = self.parse(value);
            return self.push(number, Statement::Environment(name.into(), value));
        }
        match assignment(text) {
            Some((name, how, value)) => {
                let name = self.parse(name);
                let name = match &*name.parts {
                    [] => return,
                    [Part::Literal(text)] => Assigned::Known(Key::new(text)),
                    _ => Assigned::Made(name),
                };
                let value = self.parse(value);
                self.push(number, Statement::Assign(Box::new(Assignment { name, how, value })));
            }
            None => self.dependency(number, text),
        }
    }

    fn dependency(&mut self, number: u32, text: &[u8]) {
        let indented = is_space(text[0]) && !has_operator(text);
        let (line, command) = split_command(text);
        let line = self.parse(line);
        let command = command.map(|command| skip_space(command).into());
        self.push(number, Statement::Dependency(Box::new(Dependency { line, command, indented })));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_conditionals_are_read() {
        let text = ".if 1\n".repeat(10_000) + &".endif\n".repeat(10_000);
        assert_eq!(Makefile::parse(text.as_bytes()).block.statements.len(), 10_000);
    }
}
