//! A jail that pretends, and fails as chance has it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek, Write};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::jail::{Exit, Jail, JailCommand, JailError, Output, Shortage};
use dsynth::model::{Stop, StopReason};
use dsynth::phases::Make;
use dsynth::session::place::Jails;

use crate::dice::Dice;
use crate::tree::Tree;

/// The power is cut here. Thrown as a panic: nothing after it happens.
pub struct PowerCut;

/// What all jails of a run share.
pub struct Shared {
    pub dice: Arc<Dice>,
    pub tree: Tree,
    pub repository: Utf8PathBuf,
    pub stop: Stop,
    /// How much goes wrong; 0 is nothing.
    pub trouble: u64,
    pub make: Make,
    /// What went wrong, and how often.
    pub seen: Mutex<BTreeMap<&'static str, u32>>,
}

impl Shared {
    /// Whether a fault happens now, so many times of ten thousand.
    pub fn fault(&self, name: &'static str, often: u64) -> bool {
        let happens = self.dice.below(10_000) < often * self.trouble;
        if happens {
            *self.seen.lock().unwrap().entry(name).or_default() += 1;
        }
        happens
    }

    fn may_be_cut(&self) {
        if self.fault("power cut", 12) {
            self.cut();
        }
    }

    pub fn cut(&self) -> ! {
        resume_unwind(Box::new(PowerCut))
    }
}

pub struct SimJails(pub Arc<Shared>);

impl Jails for SimJails {
    fn make(&self) -> &Make {
        &self.0.make
    }

    fn jail(&self, _: u32, _: Vec<(String, String)>) -> Box<dyn Jail> {
        Box::new(SimJail(Arc::clone(&self.0)))
    }

    fn prepare_template(&self, _: Option<(&Utf8Path, String)>) -> Result<(), JailError> {
        Ok(())
    }
}

struct SimJail(Arc<Shared>);

impl Jail for SimJail {
    fn setup(&mut self) -> Result<(), JailError> {
        self.0.may_be_cut();
        if self.0.fault("no jail", 100) { Err(JailError::HelperDied) } else { Ok(()) }
    }

    fn run(&mut self, command: &JailCommand, output: &mut dyn Output, stop: &Stop) -> Result<Exit, JailError> {
        let shared = &self.0;
        shared.may_be_cut();
        if shared.fault("signal", 5) {
            shared.stop.request(StopReason::Interrupt);
        }
        if shared.fault("gentle stop", 5) {
            shared.stop.request(StopReason::Finish);
        }
        if stop.requested() {
            return Ok(Exit::Stopped);
        }
        if shared.fault("helper dies", 10) {
            return Err(JailError::HelperDied);
        }
        let ends = [
            ("exit 1", Exit::Code(1)),
            ("killed", Exit::Signal(9)),
            ("hangs", Exit::Silent),
            ("takes too long", Exit::TimedOut),
        ];
        for (name, exit) in ends {
            if shared.fault(name, 10) {
                return Ok(exit);
            }
        }
        if command.argv.contains(&"-V".to_owned()) {
            let path = format!("/construction/p{}-1.pkg\n", place(command));
            return Ok(if output.chunk(path.as_bytes()).is_break() { Exit::Unheard } else { Exit::Code(0) });
        }
        let text = if shared.fault("prints without end", 10) { "x".repeat(4096) } else { "x\n".to_owned() };
        Ok(if output.chunk(text.as_bytes()).is_break() { Exit::Unheard } else { Exit::Code(0) })
    }

    fn open(&mut self, path: &Utf8Path) -> Result<File, JailError> {
        self.0.may_be_cut();
        let place = path.file_stem().and_then(|stem| stem[1..].strip_suffix("-1")).unwrap().parse().unwrap();
        let mut bytes = self.0.tree.package(place, &self.0.repository);
        if self.0.fault("torn package", 100) {
            // Within its description: what is cut off behind that nobody reads.
            bytes.truncate(self.0.dice.below(600) as usize);
        }
        let mut file = tempfile::tempfile_in(self.0.repository.parent().unwrap()).unwrap();
        file.write_all(&bytes).and_then(|()| file.rewind()).unwrap();
        Ok(file)
    }

    fn shortages(&mut self) -> Result<Vec<Shortage>, JailError> {
        let full = Shortage::Space { place: "/construction".into(), used: 1 << 30, limit: 1 << 30 };
        Ok(if self.0.fault("full work directory", 1000) { vec![full] } else { Vec::new() })
    }

    fn cleanup(&mut self) -> Result<(), JailError> {
        self.0.may_be_cut();
        if self.0.fault("busy mount", 100) { Err(JailError::Stuck { pid: 1 }) } else { Ok(()) }
    }
}

/// The port that a command is about: `-C /xports/c/p3`.
fn place(command: &JailCommand) -> usize {
    command.argv.iter().find_map(|word| word.strip_prefix("/xports/c/p")).unwrap().parse().unwrap()
}
