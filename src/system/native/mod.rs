//! `make -V`, answered in process by our own reader of the language, and now and then by `make` itself to be sure.

mod answers;
mod check;
mod world;

use std::sync::Arc;

pub use self::world::Seen;

use self::check::Check;
use self::world::{Here, World};
use super::looked::Looked;
use super::make::{Asked, Make, MakeAnswer, MakeQuery};
use crate::makefile::{Answer, Command, Complaint, Failed, Host, Output, Severity, evaluate};
use crate::model::Evaluator;

/// Runs commands that makefiles want an answer of.
pub trait Shell: Send + Sync {
    fn shell(&self, command: &Command<'_>) -> Output;
}

/// The reader, with a `make` beside it.
pub struct NativeMake {
    world: World,
    reference: Arc<dyn Make>,
    check: Check,
}

/// What came of comparing our answers with `make`'s.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub answers: usize,
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
}

impl NativeMake {
    /// `remembered`: a file with the ports whose answers once differed; `seed` decides which answers are compared.
    pub fn new(
        setting: Setting,
        shell: Arc<dyn Shell>,
        reference: Arc<dyn Make>,
        evaluator: Evaluator,
        remembered: camino::Utf8PathBuf,
        seed: u64,
    ) -> NativeMake {
        let check = Check::new(evaluator == Evaluator::Both, remembered, seed);
        NativeMake { world: World::new(setting, shell), reference, check }
    }

    pub fn compares_all(&self) -> bool {
        self.check.all
    }

    /// What came of comparing.
    pub fn compared(&self) -> Compared {
        self.check.report()
    }

    fn native(&self, query: &MakeQuery) -> (Result<MakeAnswer, Failed>, Looked) {
        let here = Here::new(&self.world, query.directory.as_str().as_bytes());
        let request = self.world.request(query);
        let said = evaluate(&request, &here).map(|said| answer(said, &self.world.setting.program));
        (said, here.looked())
    }
}

impl Make for NativeMake {
    fn ask(&self, query: &MakeQuery) -> Asked {
        if self.check.is_foreign(query) {
            return self.reference.ask(query);
        }
        // What cannot be read here may be readable there; and the words of a failure should be `make`'s.
        let ours = match self.native(query) {
            (Ok(ours), looked) if !self.check.wants(query) => return Asked { answer: Ok(ours), looked: Some(looked) },
            (ours, _) => ours,
        };
        let asked = self.reference.ask(query);
        let Ok(theirs) = &asked.answer else { return asked };
        let differs = match &ours {
            Ok(ours) => {
                let values = ours.values.iter().zip(&theirs.values);
                query.expressions.iter().zip(values).find_map(|(name, (ours, theirs))| difference(name, ours, theirs))
            }
            Err(failed) => Some(failed.to_string()),
        };
        self.check.compared(query, differs);
        asked
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

/// In the words of `make`, so that it does not matter who answered.
fn answer(answer: Answer, program: &str) -> MakeAnswer {
    let text = |value: Vec<u8>| String::from_utf8(value).unwrap_or_else(|error| lossy(error.as_bytes()));
    let said = answer.complaints.iter().filter(|complaint| complaint.severity > Severity::Info);
    let name = program.rsplit('/').next().unwrap_or_default();
    let line = |complaint: &Complaint| match &complaint.place {
        Some(place) => format!("{name}: \"{}\" line {}: warning: {}", place.file, place.line, complaint.message),
        None => format!("{name}: {}", complaint.message),
    };
    MakeAnswer { values: answer.values.into_iter().map(text).collect(), complaints: said.map(line).collect() }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs commands on this host.
#[derive(Clone, Copy, Debug)]
pub struct HostShell;

impl Shell for HostShell {
    fn shell(&self, command: &Command<'_>) -> Output {
        crate::makefile::Disk.shell(command)
    }
}
