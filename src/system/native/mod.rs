//! `make -V`, answered in process by our own reader of the language, and now and then by `make` itself to be sure.

mod answers;
mod check;
mod view;
mod words;
mod world;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process;
use std::sync::Arc;
use std::time::Duration;

pub use self::check::Check;
pub use self::world::Seen;

use self::world::{Here, World};
use super::looked::Looked;
use super::make::{Asked, Ended, Make, MakeAnswer, MakeError, MakeQuery, run};
use super::watch::Changes;
use crate::makefile::{Answer, Command, Complaint, Dialect, Failed, Failure, Output, Severity, evaluate, path};
use crate::model::Stop;

/// Runs commands that makefiles want an answer of.
pub trait Shell: Send + Sync {
    /// What it said, and what makes in it looked at, as far as that is told. An error: nothing can be said of the port.
    fn shell(&self, command: &Command<'_>) -> Result<(Output, Looked), MakeError>;
}

/// The reader, perhaps with a `make` beside it.
pub struct NativeMake {
    world: World,
    reference: Option<Arc<dyn Make>>,
    check: Check,
    stop: Stop,
}

/// What came of comparing our answers with `make`'s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub answers: usize,
    /// Whether so many were asked that more were drawn than are compared in any case.
    pub is_sample: bool,
    /// By which the sample was drawn.
    pub seed: u64,
    /// A line for each port whose answers differed.
    pub different: Vec<String>,
}

/// What both evaluators are given.
#[derive(Clone, Debug, Default)]
pub struct Setting {
    /// The whole environment.
    pub environment: Vec<(String, String)>,
    /// Where `sys.mk` is.
    pub system: String,
    /// What `${MAKE}` is.
    pub program: String,
    pub seen: Seen,
    /// What `make` would be.
    pub dialect: Dialect,
}

impl NativeMake {
    /// `reference`: what answers are compared with, by the rules of `check`.
    pub fn new(
        setting: Setting,
        shell: Arc<dyn Shell>,
        reference: Option<Arc<dyn Make>>,
        check: Check,
        stop: Stop,
    ) -> NativeMake {
        NativeMake { world: World::new(setting, shell, stop.clone()), reference, check, stop }
    }

    pub fn compares_all(&self) -> bool {
        self.check.all
    }

    /// What came of comparing.
    pub fn compared(&self) -> Compared {
        self.check.report()
    }

    fn native(&self, query: &MakeQuery) -> Asked {
        let here = Here::new(&self.world, query.directory.as_str().as_bytes());
        let request = self.world.request(query);
        let ended = said(evaluate(&request, &here), &self.world.setting.program);
        let answer = match here.trouble.take() {
            Some(trouble) => Err(trouble),
            None if self.stop.requested() => Err(MakeError::Stopped),
            None => query.answer(ended),
        };
        Asked { answer, looked: Some(here.saw.into_inner().into()) }
    }

    fn compare(&self, query: &MakeQuery, ours: &Result<MakeAnswer, MakeError>, theirs: &MakeAnswer) {
        let differs = match ours {
            Ok(ours) => {
                let values = ours.values.iter().zip(&theirs.values);
                query.expressions.iter().zip(values).find_map(|(name, (ours, theirs))| difference(name, ours, theirs))
            }
            Err(error) => Some(format!("ours: {error}")),
        };
        self.check.compared(query, differs);
    }
}

impl Make for NativeMake {
    fn ask(&self, query: &MakeQuery) -> Asked {
        if self.stop.requested() {
            return Err(MakeError::Stopped).into();
        }
        let Some(reference) = &self.reference else { return self.native(query) };
        if self.check.is_foreign(query) {
            return reference.ask(query);
        }
        let ours = self.native(query);
        match &ours.answer {
            Ok(_) if !self.check.wants(query) => return ours,
            Err(error) if error.is_passing() => return ours,
            // What cannot be read here may be readable there; and the words of a failure should be `make`'s.
            _ => {}
        }
        let asked = reference.ask(query);
        if let Ok(theirs) = &asked.answer {
            self.compare(query, &ours.answer, theirs);
        }
        asked
    }

    fn doubt(&self, changes: &Changes) {
        self.world.view.doubt(changes);
    }
}

/// The first word that differs; blanks do not matter.
fn difference(name: &str, ours: &str, theirs: &str) -> Option<String> {
    let (mut ours, mut theirs) = (ours.split_whitespace(), theirs.split_whitespace());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (ours, theirs) if ours != theirs => {
                let word = |word: Option<&str>| word.map_or("its end".to_owned(), |word| format!("`{word}`"));
                return Some(format!("{name} has {} where make says {}", word(ours), word(theirs)));
            }
            _ => {}
        }
    }
}

/// As `make` would leave it, so that it does not matter who answered.
fn said(answer: Result<Answer, Failed>, program: &str) -> Ended {
    let (values, complaints, failure) = match answer {
        Ok(answer) => (answer.values, answer.complaints, None),
        Err(failed) => (Vec::new(), failed.complaints, Some(format!("exit status: {}", failed.status))),
    };
    let lines =
        |lines: Vec<Vec<u8>>| [lines.join(&b'\n').as_slice(), if lines.is_empty() { b"" } else { b"\n" }].concat();
    let said = complaints.iter().filter(|complaint| complaint.severity != Severity::Info);
    let name = program.rsplit('/').next().unwrap_or_default();
    Ended { stdout: lines(values), stderr: lines(said.map(|said| line(said, name).into_bytes()).collect()), failure }
}

fn line(complaint: &Complaint, name: &str) -> String {
    let kind = if complaint.severity == Severity::Warning { "warning: " } else { "" };
    match &complaint.place {
        _ if complaint.severity == Severity::Heard => complaint.message.clone(),
        Some(place) => format!("{name}: \"{}\" line {}: {kind}{}", place.file, place.line, complaint.message),
        None => format!("{name}: {}", complaint.message),
    }
}

/// Runs commands on this host.
#[derive(Clone, Copy, Debug)]
pub struct HostShell {
    pub time_limit: Duration,
}

impl Shell for HostShell {
    fn shell(&self, command: &Command<'_>) -> Result<(Output, Looked), MakeError> {
        let mut shell = process::Command::new("/bin/sh");
        shell.arg0("sh").arg("-c").arg(OsStr::from_bytes(command.text)).current_dir(path(command.directory));
        let pairs = command.environment.iter();
        shell.env_clear().envs(pairs.map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))));
        let Ended { stdout, stderr, failure } = run(shell, self.time_limit)?;
        let failure = failure.map(|status| match status.starts_with("exit status") {
            true => Failure::Status,
            false => Failure::Signal,
        });
        Ok((
            Output { text: stdout, complaints: stderr, failure },
            Looked { live: true, ran: true, ..Looked::default() },
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use super::*;

    fn ask(dialect: Dialect, makefile: &str, names: &[&str]) -> Result<Vec<String>, MakeError> {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        fs::write(directory.join("Makefile"), makefile).unwrap();
        let environment = vec![("PATH".into(), "/usr/bin:/bin".into())];
        let setting = Setting { environment, dialect, ..Setting::default() };
        let shell = Arc::new(HostShell { time_limit: Duration::from_secs(10) });
        let check = Check::new(false, directory.join("remembered"), 1);
        let native = NativeMake::new(setting, shell, None, check, Stop::default());
        let query = MakeQuery {
            directory: directory.to_owned(),
            assignments: vec!["P=x".into()],
            expressions: names.iter().map(|name| format!("${{{name}}}")).collect(),
        };
        native.ask(&query).answer.map(|answer| answer.values)
    }

    #[test]
    fn an_older_make_is_followed_in_makes_within_too() {
        let dialect = Dialect { version: "1995".into(), appends: true, ..Dialect::default() };
        let makefile = "P+=y\n.if !${.MAKE.LEVEL}\nWITHIN!=make -V MAKE_VERSION\n.endif\n";
        let values = ask(dialect, makefile, &["MAKE_VERSION", "P", "WITHIN"]).unwrap();
        assert_eq!(values, ["1995", "x y", "1995"]);
    }

    #[test]
    fn what_a_command_makes_is_there_behind_it() {
        let makefile = ".if exists(none)\n.endif\nX!=touch made\n.if exists(made)\nY=made\n.endif\n";
        assert_eq!(ask(Dialect::default(), makefile, &["Y"]).unwrap(), ["made"]);
    }

    #[test]
    fn makes_that_run_each_other_come_to_an_end() {
        let error = ask(Dialect::default(), "A!=make -V A\n", &["A"]).unwrap_err();
        assert!(error.to_string().contains("8 makes run each other"), "{error}");
        assert!(!error.is_passing());
    }
}
