//! One evaluation: what is asked, and the answer.

use std::cell::Cell;

use bumpalo::Bump;

use super::dialect::Dialect;
use super::error::{Complaint, Failed};
use super::eval::{Evaluation, Room, Stopped};
use super::expr;
use super::host::Host;
use super::references::{Loops, parse};
use super::statement::Severity;
use super::table::{Arena, Scope};

/// What `make -C directory -m system NAME=value -V expression` is told.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Absolute.
    pub directory: Vec<u8>,
    /// `-f`; if there is none, `makefile` or `Makefile`.
    pub makefiles: Vec<Vec<u8>>,
    /// Where `<file>` is looked for, and `sys.mk`.
    pub system: Vec<Vec<u8>>,
    /// `NAME=value`, beyond the reach of makefiles.
    pub assignments: Vec<(Vec<u8>, Vec<u8>)>,
    pub environment: Vec<(Vec<u8>, Vec<u8>)>,
    /// What `make(target)` knows.
    pub goals: Vec<Vec<u8>>,
    /// As `${PKGNAME}`; a name alone is expanded too.
    pub expressions: Vec<Vec<u8>>,
    /// What `${MAKE}` is.
    pub program: Vec<u8>,
    pub dialect: Dialect,
    pub limits: Limits,
}

/// What an evaluation may use before it is given up.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Statements, references and words that are looked at; a large port takes a few million.
    pub steps: u64,
    /// Of a value, in bytes.
    pub value: usize,
    /// Of the stack, in bytes, counted from where the evaluation begins.
    pub stack: usize,
    /// Bytes of all values that are kept.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 100_000_000, value: 16 << 20, stack: 1 << 20, memory: 256 << 20 }
    }
}

/// What `make` would print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// One for each expression.
    pub values: Vec<Vec<u8>>,
    /// Warnings and messages.
    pub complaints: Vec<Complaint>,
}

/// Reads the makefiles of a directory and expands expressions.
pub fn evaluate(request: &Request, host: &dyn Host) -> Result<Answer, Failed> {
    let (bytes, room) = KEPT.take().unwrap_or_default();
    let mut arena = Arena::new(bytes);
    let mut evaluation = Evaluation::new(&arena, host, request, room);
    let answered = evaluation.start().and_then(|()| evaluation.answer(request));
    let complaints = std::mem::take(&mut evaluation.complaints);
    let room = evaluation.into_room();
    arena.bytes.reset();
    if answered.is_ok() && arena.bytes.allocated_bytes() <= LARGEST_KEPT {
        KEPT.set(Some((arena.bytes, room)));
    }
    match answered {
        Ok(values) => Ok(Answer { values, complaints }),
        Err(Stopped(status)) => Err(Failed { complaints, status }),
    }
}

thread_local! {
    /// Of the last evaluation in this thread: the next one finds its memory there. One within another has its own.
    static KEPT: Cell<Option<(Bump, Room)>> = const { Cell::new(None) };
}

/// Bytes that are kept for the next evaluation; most need less.
const LARGEST_KEPT: usize = 8 << 20;

/// Where makefiles are looked for if none is named.
const PREFERRED: &[u8] = b"makefile Makefile";

impl<'a> Evaluation<'a> {
    /// Variables that `make` sets, then `sys.mk` and the makefiles.
    fn start(&mut self) -> Result<(), Stopped> {
        self.preset();
        if let Some(path) = self
            .request
            .system
            .iter()
            .map(|place| [place, b"/sys.mk".as_slice()].concat())
            .find(|path| self.host.exists(path, true))
        {
            self.read_top(&path)?;
        }
        let named = &self.request.makefiles;
        if named.is_empty() {
            let preferred = self.expand_text(b"${.MAKE.MAKEFILE_PREFERENCE}", Scope::Command)?;
            for name in super::words::words(&preferred) {
                if self.read_top(name)? {
                    break;
                }
            }
        }
        for name in named {
            if !self.read_top(name)? {
                let message = format!("cannot open {}", String::from_utf8_lossy(name));
                self.complain(Severity::Error, message);
                return Err(Stopped(2));
            }
        }
        let depend = self.expand_text(b"${.MAKE.DEPENDFILE:T}", Scope::Command)?;
        self.read_top(&depend)?;
        Ok(())
    }

    fn preset(&mut self) {
        let request = self.request;
        for (name, value) in &request.environment {
            let value = self.arena.value(value);
            let at = self.variable(name);
            self.table.variables[at].outer = Some(value);
        }
        let environment = |name: &[u8]| request.environment.iter().find(|(known, _)| known == name);
        let from = |name: &[u8], other: &'static [u8]| environment(name).map_or(other, |(_, value)| value.as_slice());
        let level = std::str::from_utf8(from(b"MAKELEVEL", b"0")).ok().and_then(|text| text.parse::<u32>().ok());
        self.level = level.unwrap_or(0);
        let level = self.level.to_string();
        let program = if request.program.is_empty() { b"make".as_slice() } else { &request.program };
        let presets: [(&[u8], &[u8]); 17] = [
            (b".MAKE.OS", host_system()),
            (b"MACHINE", from(b"MACHINE", b"unknown")),
            (b"MACHINE_ARCH", from(b"MACHINE_ARCH", b"unknown")),
            (b"MAKE_VERSION", request.dialect.version.as_bytes()),
            (b".newline", b"\n"),
            (b".MAKE.MAKEFILE_PREFERENCE", PREFERRED),
            (b".MAKE.DEPENDFILE", b".depend"),
            (b"MAKE", program),
            (b".MAKE", program),
            (b".MAKEFLAGS", b""),
            (b".MAKEOVERRIDES", b""),
            (b"MFLAGS", b""),
            (b".ALLTARGETS", b""),
            (b".MAKE.LEVEL", level.as_bytes()),
            (b".MAKE.PID", b"1"),
            (b".MAKE.PPID", b"1"),
            (b".MAKE.MODE", b""),
        ];
        for (name, value) in presets {
            if name != b".MAKE.MODE" {
                self.set_text(name, value, Scope::Global);
            }
        }
        self.set_text(b".MAKE.LEVEL.ENV", b"MAKELEVEL", Scope::Command);
        for (name, value) in &request.assignments {
            self.set_fixed(name, value);
        }
        self.set_text(b".CURDIR", &request.directory, Scope::Global);
        let objects = self.object_directory();
        self.set_text(b".OBJDIR", &objects, Scope::Global);
        self.set_text(b".TARGETS", &request.goals.join(b" ".as_slice()), Scope::Global);
        let paths = [request.directory.as_slice()];
        self.set_text(b".PATH", &[b". ".as_slice(), &paths.concat()].concat(), Scope::Global);
        self.objects = objects;
    }

    /// What is asked for, once all is read.
    fn answer(&mut self, request: &Request) -> Result<Vec<Vec<u8>>, Stopped> {
        if self.failed {
            return Err(Stopped(1));
        }
        self.finished = true;
        let mut values = Vec::new();
        for expression in &request.expressions {
            let text = if expression.contains(&b'$') {
                expression.clone()
            } else {
                [b"${".as_slice(), expression, b"}"].concat()
            };
            values.push(self.expand_text(&text, Scope::Global)?);
        }
        // Errors of the expansion itself are said and leave an empty value.
        if self.failed { Err(Stopped(1)) } else { Ok(values) }
    }

    /// Expands a text that stands in no file.
    pub(super) fn expand_text(&mut self, text: &[u8], scope: Scope) -> Result<Vec<u8>, Stopped> {
        let expr = parse(text, &Loops::default());
        let mut out = Vec::new();
        self.scope = scope;
        self.expr(&expr, None, &mut out)?;
        self.scope = Scope::Global;
        Ok(out)
    }

    pub(super) fn variable(&mut self, name: &[u8]) -> usize {
        let arena = self.arena;
        self.table.entry(expr::hash(name), name, || arena.keep(name))
    }
}

fn host_system() -> &'static [u8] {
    match std::env::consts::OS {
        "linux" => b"Linux",
        "freebsd" => b"FreeBSD",
        "dragonfly" => b"DragonFly",
        other => other.as_bytes(),
    }
}
