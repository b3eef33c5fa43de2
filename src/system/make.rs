//! Questions to `make`.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::looked::Looked;
use super::watch::Changes;

/// Values of variables, as one port's Makefile sets them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MakeQuery {
    pub directory: Utf8PathBuf,
    /// `NAME=value` words for the command line.
    pub assignments: Vec<String>,
    /// Expressions, as `${PKGNAME}`.
    pub expressions: Vec<String>,
}

/// One line for each expression, and what went to standard error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MakeAnswer {
    pub values: Vec<String>,
    pub complaints: Vec<String>,
}

/// `make` gave no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MakeError {
    #[error("cannot run `{program}`: {reason}")]
    Spawn { program: String, reason: String },
    #[error("make failed ({status}){}", first(.complaints))]
    Failed { status: String, complaints: Vec<String> },
    #[error("make gave no answer within {seconds} s")]
    TimedOut { seconds: u64 },
    #[error("make printed {got} lines where {expected} were asked for{}", first(.complaints))]
    Lines { got: usize, expected: usize, complaints: Vec<String> },
    #[error("make printed something that is not UTF-8")]
    NotText,
    #[error("make printed more than {} MB", OUTPUT_LIMIT >> 20)]
    TooMuch,
    #[error("make read no makefile in `{directory}`: is it a link to nowhere?")]
    NoMakefile { directory: Utf8PathBuf },
    /// dsynth itself was told to stop.
    #[error("interrupted")]
    Stopped,
}

impl MakeError {
    /// Whether asking again may well give another answer though nothing that `make` reads has changed.
    pub fn is_passing(&self) -> bool {
        match self {
            MakeError::Spawn { .. } | MakeError::TimedOut { .. } | MakeError::Stopped => true,
            // Killed: the kernel had no memory, or somebody was impatient.
            MakeError::Failed { status, .. } => !status.starts_with("exit status: "),
            MakeError::Lines { .. } | MakeError::NotText | MakeError::TooMuch | MakeError::NoMakefile { .. } => false,
        }
    }
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub answer: Result<MakeAnswer, MakeError>,
    /// What was looked at on the way, beside the makefiles that an answer names; `None` if `make` was not made to tell.
    /// Of a failure it has the makefiles too.
    pub looked: Option<Looked>,
}

impl From<Result<MakeAnswer, MakeError>> for Asked {
    fn from(answer: Result<MakeAnswer, MakeError>) -> Asked {
        Asked { answer, looked: None }
    }
}

/// A `make` that can be asked.
pub trait Make: Send + Sync {
    fn ask(&self, query: &MakeQuery) -> Asked;

    /// What was seen near these changes may be old; for one that remembers what it saw.
    fn doubt(&self, _: &Changes) {}
}

/// One that others hold as well.
impl<M: Make + ?Sized> Make for Arc<M> {
    fn ask(&self, query: &MakeQuery) -> Asked {
        (**self).ask(query)
    }

    fn doubt(&self, changes: &Changes) {
        (**self).doubt(changes);
    }
}

/// How to call the host's `make`.
#[derive(Clone, Debug)]
pub struct MakeTool {
    /// `/usr/bin/make` on a BSD, `/usr/bin/bmake` on Linux.
    pub program: Utf8PathBuf,
    /// Words before all others: `-m DIR` on Linux.
    pub arguments: Vec<String>,
    /// The whole environment.
    pub environment: Vec<(String, String)>,
    pub time_limit: Duration,
}

/// Bytes of either stream.
pub const OUTPUT_LIMIT: u64 = 16 << 20;

/// What is left of a `make` that ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// `exit status: 2`; `None` if it was content.
    pub failure: Option<String>,
}

impl MakeQuery {
    /// Reads what was printed, wherever `make` ran.
    pub fn answer(&self, ended: Ended) -> Result<MakeAnswer, MakeError> {
        let complaints: Vec<String> = String::from_utf8_lossy(&ended.stderr).lines().map(str::to_owned).collect();
        if let Some(status) = ended.failure {
            return Err(MakeError::Failed { status, complaints });
        }
        let text = String::from_utf8(ended.stdout).map_err(|_| MakeError::NotText)?;
        let values: Vec<String> = text.lines().map(str::to_owned).collect();
        let expected = self.expressions.len();
        if values.len() != expected {
            return Err(MakeError::Lines { got: values.len(), expected, complaints });
        }
        Ok(MakeAnswer { values, complaints })
    }
}

impl Make for MakeTool {
    fn ask(&self, query: &MakeQuery) -> Asked {
        self.run(query).and_then(|ended| query.answer(ended)).into()
    }
}

impl MakeTool {
    /// On the host.
    fn run(&self, query: &MakeQuery) -> Result<Ended, MakeError> {
        let mut command = Command::new(self.program.as_std_path());
        command.args(self.words(query));
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        run(command, self.time_limit)
    }

    /// The command line after the program.
    pub fn words(&self, query: &MakeQuery) -> Vec<String> {
        let mut words = self.arguments.clone();
        words.extend(["-C".to_owned(), query.directory.to_string()]);
        words.extend(query.assignments.iter().cloned());
        words.extend(query.expressions.iter().flat_map(|expression| ["-V".to_owned(), expression.clone()]));
        words
    }
}

/// Runs a program and reads both streams to their ends, at most for the time limit and the output limit.
pub(super) fn run(mut command: Command, time_limit: Duration) -> Result<Ended, MakeError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let spawn_error = |reason: String| MakeError::Spawn { program: program.clone(), reason };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| spawn_error(error.to_string()))?;
    let (sender, receiver) = mpsc::channel();
    let out = reader(child.stdout.take(), sender.clone());
    let err = reader(child.stderr.take(), sender);
    let mut failure = None;
    // Both readers answer once: at the end of their stream, or when it grows too long.
    for _ in 0..2 {
        match receiver.recv_timeout(time_limit) {
            Ok(true) => {}
            Ok(false) => failure = Some(MakeError::TooMuch),
            Err(_) => failure = Some(MakeError::TimedOut { seconds: time_limit.as_secs() }),
        }
        if failure.is_some() {
            // The whole group: a Makefile may have started shells and further makes.
            let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
            break;
        }
    }
    let status = child.wait();
    if let Some(failure) = failure {
        return Err(failure);
    }
    let status = status.map_err(|error| spawn_error(error.to_string()))?;
    let failure = (!status.success()).then(|| status.to_string());
    let join = |handle: thread::JoinHandle<Vec<u8>>| handle.join().map_err(|_| spawn_error("reader died".into()));
    Ok(Ended { stdout: join(out)?, stderr: join(err)?, failure })
}

/// Collects a stream on a thread of its own; says `true` at its end and `false` if it is too long.
fn reader<R: Read + Send + 'static>(stream: Option<R>, done: mpsc::Sender<bool>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.take(OUTPUT_LIMIT + 1).read_to_end(&mut bytes);
        }
        let _ = done.send(bytes.len() as u64 <= OUTPUT_LIMIT);
        bytes
    })
}

fn first(complaints: &[String]) -> String {
    complaints.iter().find(|line| !line.trim().is_empty()).map(|line| format!(": {line}")).unwrap_or_default()
}
