//! Runs the statements of makefiles.

use std::sync::Arc;

use super::block::Makefile;
use super::ere::{Ere, Scratch};
use super::error::{Complaint, Place};
use super::expand::{Context, Undefined};
use super::expr::Expr;
use super::host::Host;
use super::leftover::Stop;
use super::request::Request;
use super::statement::{Block, For, Severity, Statement};
use super::table::{Arena, Env, Frame, Item, Scope, Table, Value, escaped};
use super::targets::Targets;
use super::words::{skip_space, words};

/// The evaluation is over; what `make` would exit with.
#[derive(Debug)]
pub(super) struct Stopped(pub(super) i32);

pub(super) type Run<T> = Result<T, Stopped>;

/// Complaints that are kept; a makefile may make millions.
const MOST_COMPLAINTS: usize = 200;
/// Steps from one look at what was asked for to the next.
const LOOKS_UP: u64 = 1 << 16;
/// Files that include each other.
const DEEPEST_INCLUDE: usize = 100;

pub(super) struct Evaluation<'a> {
    pub(super) arena: &'a Arena,
    pub(super) host: &'a dyn Host,
    pub(super) request: &'a Request,
    pub(super) table: Table<'a>,
    pub(super) targets: Targets<'a>,
    pub(super) complaints: Vec<Complaint>,
    /// There was an error, so that there is no answer.
    pub(super) failed: bool,
    /// All files are read.
    pub(super) finished: bool,
    /// Files being read, the first one first.
    pub(super) files: Vec<Open<'a>>,
    /// The statement's line in the last of them.
    pub(super) line: u32,
    /// Where variables are looked for first.
    pub(super) scope: Scope,
    pub(super) undefined: Undefined,
    /// The modifier that failed in the reference that was expanded last.
    pub(super) left: Option<Stop>,
    pub(super) save_dollars: bool,
    /// `.PATH`.
    pub(super) paths: Vec<Vec<u8>>,
    /// `.OBJDIR`.
    pub(super) objects: Vec<u8>,
    pub(super) level: u32,
    /// `.unexport-env` was seen.
    pub(super) bare_environment: bool,
    pub(super) export_all: bool,
    /// Set by `export` without a dot.
    pub(super) environment: Vec<(Vec<u8>, Vec<u8>)>,
    pub(super) spare: Vec<Vec<u8>>,
    /// Texts of values that are being joined, the last one first.
    pub(super) joins: Vec<Value<'a>>,
    pub(super) scratch: Scratch,
    pub(super) patterns: std::collections::HashMap<Vec<u8>, Arc<Result<Ere, String>>>,
    pub(super) random: u64,
    steps: u64,
    /// At this step it is time to see whether to go on.
    looks_up: u64,
    stack: usize,
}

/// Memory that one evaluation after the other uses.
#[derive(Default)]
pub(super) struct Room {
    index: hashbrown::HashTable<u32>,
    spare: Vec<Vec<u8>>,
    scratch: Scratch,
}

pub(super) struct Open<'a> {
    /// As it was spelled.
    pub(super) name: &'a [u8],
    file: &'a Makefile,
    /// Where it includes the next one.
    line: u32,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(arena: &'a Arena, host: &'a dyn Host, request: &'a Request, room: Room) -> Evaluation<'a> {
        let Room { index, spare, scratch } = room;
        Evaluation {
            arena,
            host,
            request,
            table: Table::new(arena, index),
            targets: Targets::default(),
            complaints: Vec::new(),
            failed: false,
            finished: false,
            files: Vec::new(),
            line: 0,
            scope: Scope::Global,
            undefined: Undefined::Vanishes,
            left: None,
            save_dollars: false,
            paths: Vec::new(),
            objects: Vec::new(),
            level: 0,
            bare_environment: false,
            export_all: false,
            environment: Vec::new(),
            spare,
            joins: Vec::new(),
            scratch,
            patterns: std::collections::HashMap::new(),
            random: 0x2545_F491_4F6C_DD1D,
            steps: 0,
            looks_up: LOOKS_UP,
            stack: stack_pointer(),
        }
    }

    /// Leaves what the next one can use.
    pub(super) fn into_room(self) -> Room {
        Room { index: self.table.into_index(), spare: self.spare, scratch: self.scratch }
    }

    pub(super) fn complain(&mut self, severity: Severity, message: impl Into<String>) {
        self.failed |= severity >= Severity::Error;
        // The first ones matter, and those that explain a failure.
        if self.complaints.len() < MOST_COMPLAINTS {
            let complaint = Complaint { severity, message: message.into(), place: self.place() };
            self.complaints.push(complaint);
        }
    }

    /// Passes on what a command complains of.
    pub(super) fn hear(&mut self, line: &str) {
        if self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push(Complaint { severity: Severity::Heard, message: line.to_owned(), place: None });
        }
    }

    /// Says what makes the whole evaluation worthless.
    pub(super) fn stop<T>(&mut self, message: impl Into<String>, status: i32) -> Run<T> {
        let complaint = Complaint { severity: Severity::Stop, message: message.into(), place: self.place() };
        self.complaints.push(complaint);
        self.failed = true;
        Err(Stopped(status))
    }

    fn place(&self) -> Option<Place> {
        let (last, others) = self.files.split_last()?;
        let text = String::from_utf8_lossy(last.file.line(self.line)).trim().chars().take(200).collect();
        let name = |file: &Open<'_>| String::from_utf8_lossy(&self.absolute(file.name)).into_owned();
        Some(Place {
            file: name(last),
            line: self.line,
            text,
            included_from: others.iter().rev().map(|file| (name(file), file.line)).collect(),
        })
    }

    /// Counts what is done; whether it was too much is seen at the next step.
    pub(super) fn spend(&mut self, count: u64) {
        self.steps += count;
    }

    /// Counts what is done, and how deep.
    #[inline]
    pub(super) fn step(&mut self, count: u64) -> Run<()> {
        self.steps += count;
        if self.steps >= self.looks_up {
            self.looks_up = self.steps + LOOKS_UP;
            if self.steps > self.request.limits.steps {
                let message = format!("given up after {} steps: does it ever end?", self.request.limits.steps);
                return self.stop(message, 2);
            }
            if self.host.is_stopped() {
                return self.stop("interrupted", 2);
            }
        }
        if self.stack.abs_diff(stack_pointer()) > self.request.limits.stack {
            return self.stop("nested too deeply", 2);
        }
        Ok(())
    }

    /// A value of this length is about to be kept.
    pub(super) fn room(&mut self, length: usize) -> Run<()> {
        let limits = &self.request.limits;
        if length > limits.value {
            return self.stop(format!("a value grows longer than {} bytes", limits.value), 2);
        }
        if self.arena.bytes.allocated_bytes() > limits.memory {
            return self.stop(format!("values take more than {} bytes", limits.memory), 2);
        }
        Ok(())
    }

    /// Reads a file as if it stood here.
    pub(super) fn run_file(&mut self, name: &[u8], file: Arc<Makefile>) -> Run<()> {
        if self.files.len() == DEEPEST_INCLUDE {
            return self.stop(format!("{DEEPEST_INCLUDE} files include each other"), 1);
        }
        let file: &'a Makefile = self.arena.files.alloc(file);
        let name = self.arena.keep(name);
        if let Some(open) = self.files.last_mut() {
            open.line = self.line;
        }
        self.track(name);
        self.files.push(Open { name, file, line: 0 });
        self.line = 1;
        self.set_parse_names(name);
        if let Some(line) = file.nul {
            self.line = line;
            self.complain(Severity::Warning, "Zero byte read from file, skipping rest of line.");
        }
        let end = self.block(&file.block, None)?;
        if let End::File(message) = end {
            self.complain(Severity::Error, message);
        }
        self.files.pop();
        match self.files.last() {
            Some(open) => {
                let name = open.name;
                self.line = open.line;
                self.set_parse_names(name);
            }
            None => self.forget_parse_names(),
        }
        Ok(())
    }

    fn block(&mut self, block: &'a Block, env: Env<'a>) -> Run<End<'a>> {
        let mut at = 0;
        while let Some(statement) = block.statements.get(at) {
            self.line = block.numbers[at];
            self.step(1)?;
            at += 1;
            match statement {
                Statement::Assign(assignment) => self.assign(assignment, env)?,
                Statement::If { cond, otherwise, end } => match self.condition(cond, env)? {
                    Some(true) => {}
                    Some(false) => at = *otherwise as usize,
                    None => {
                        let text = String::from_utf8_lossy(skip_space(&cond.text));
                        self.complain(Severity::Error, format!("Malformed conditional ({text})"));
                        at = *end as usize;
                    }
                },
                Statement::Jump(to) => at = *to as usize,
                Statement::For(inner) => {
                    let end = self.each(inner, env)?;
                    if let End::File(_) = end {
                        return Ok(end);
                    }
                }
                Statement::End(message) => return Ok(End::File(message)),
                other => self.statement(other, env)?,
            }
        }
        Ok(End::Here)
    }

    fn statement(&mut self, statement: &'a Statement, env: Env<'a>) -> Run<()> {
        match statement {
            Statement::Include(include) => {
                let file = self.line_text(&include.file, env, Scope::Command)?;
                if !include.many {
                    return self.include(&file, include.system, include.silent);
                }
                for file in file.split(|byte| super::words::is_space(*byte)) {
                    self.include(file, false, include.silent)?;
                }
                Ok(())
            }
            Statement::Undefine(name) => {
                let name = self.line_text(name, env, Scope::Global)?;
                self.delete(&name, Scope::Global);
                Ok(())
            }
            Statement::Export(list) => {
                let list = self.line_text(list, env, Scope::Global)?;
                self.export(&list);
                Ok(())
            }
            Statement::Unexport(rest) => self.unexport(rest),
            Statement::Environment(name, value) => {
                let value = self.line_text(value, env, Scope::Command)?;
                let at = self.variable(name);
                self.table.variables[at].outer = Some(self.arena.value(&value));
                self.environment.push((name.to_vec(), value));
                Ok(())
            }
            Statement::Message(severity, text) => {
                let text = self.line_text(text, env, Scope::Command)?;
                let text = String::from_utf8_lossy(&text).into_owned();
                if *severity == Severity::Stop {
                    return self.stop(text, 1);
                }
                self.complain(*severity, text);
                Ok(())
            }
            Statement::Dependency(dependency) => self.dependency(dependency, env),
            Statement::Command(text) => {
                if !self.targets.add_command() {
                    let message = format!("Unassociated shell command \"{}\"", String::from_utf8_lossy(text));
                    self.complain(Severity::Error, message);
                }
                Ok(())
            }
            Statement::Wrong(severity, message) => {
                self.complain(*severity, &**message);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Expands a text of the current line.
    pub(super) fn line_text(&mut self, expr: &Expr, env: Env<'a>, scope: Scope) -> Run<Vec<u8>> {
        let before = std::mem::replace(&mut self.scope, scope);
        let mut out = self.spare.pop().unwrap_or_default();
        let done = self.expr(expr, env, &mut out);
        self.scope = before;
        done?;
        Ok(out)
    }

    pub(super) fn give_back(&mut self, mut buffer: Vec<u8>) {
        // A few that are not huge are worth keeping.
        if self.spare.len() < 64 && buffer.capacity() < 1 << 16 {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    fn each(&mut self, inner: &'a For, env: Env<'a>) -> Run<End<'a>> {
        let list = self.line_text(&inner.list, env, Scope::Global)?;
        let arena = self.arena;
        let mut items = Vec::new();
        for word in words(&list).filter(|word| !word.is_empty()) {
            self.step(1)?;
            items.push(self.item(word));
        }
        self.give_back(list);
        if items.iter().any(|item| item.text.contains(&b'\n')) {
            // `make` tears the lines of the body in two there.
            self.complain(Severity::Error, "newline in a word of .for");
            return Ok(End::Here);
        }
        let width = inner.names.len();
        if !items.len().is_multiple_of(width) {
            let message =
                format!("Wrong number of words ({}) in .for substitution list with {width} vars", items.len());
            self.complain(Severity::Error, message);
            return Ok(End::Here);
        }
        let items = &*arena.bytes.alloc_slice_copy(&items);
        for items in items.chunks_exact(width) {
            let frame = arena.bytes.alloc(Frame { names: &inner.names, items, outer: env });
            let end = self.block(&inner.body, Some(frame))?;
            if let End::File(message) = end {
                // The rest of the loop's text is gone, the next round begins.
                self.complain(Severity::Error, message);
            }
        }
        Ok(End::Here)
    }

    fn item(&mut self, word: &[u8]) -> Item<'a> {
        let text = self.arena.keep(word);
        let live = memchr::memchr(b'$', word).map(|_| {
            let written = [b"${:U".as_slice(), &escaped(word, b'}'), b"}"].concat();
            &*self.arena.exprs.alloc(super::references::parse(&written, &Default::default()))
        });
        Item { text, live }
    }

    /// The context of an expression written in a file.
    pub(super) fn context<'e>(expr: &'e Expr, env: Env<'a>) -> Context<'e, 'a> {
        Context { text: &expr.text, env }
    }
}

/// Why a block ended.
enum End<'a> {
    Here,
    /// The rest of the file cannot be read.
    File(&'a str),
}

/// Roughly: the address of a local variable.
#[inline]
fn stack_pointer() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)) as usize
}
