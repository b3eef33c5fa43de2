//! A jail that builds nothing: it records its commands and answers from a script.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Seek, Write};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Exit, Jail, JailCommand, JailError, Output, Shortage};
use crate::model::Stop;

/// For tests of whatever uses jails.
///
/// ```
/// # use dsynth::jail::{Answer, Exit, FakeJail};
/// let jail = FakeJail::default()
///     .answer("checksum", Answer::printing("mismatch\n", Exit::Code(1)))
///     .file("/construction/a.txz", "package");
/// ```
#[derive(Debug, Default)]
pub struct FakeJail {
    /// What happened, in order.
    pub ran: Vec<Ran>,
    script: Vec<(String, Answer)>,
    /// What it says when it is asked for want of what a command failed.
    pub shortages: Vec<Shortage>,
    /// Bytes in use, wherever it is asked.
    pub used: Option<u64>,
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
    ready: bool,
}

/// Something that was done to the jail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ran {
    Setup,
    Command(JailCommand),
    Open(Utf8PathBuf),
    Cleanup,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Ends { output: String, exit: Exit },
    HelperDies,
}

impl Answer {
    pub fn printing(output: &str, exit: Exit) -> Answer {
        Answer::Ends { output: output.to_owned(), exit }
    }
}

impl FakeJail {
    /// Answers so to every command that has `word` among its arguments; the first match counts, and what
    /// matches nothing succeeds in silence.
    pub fn answer(mut self, word: &str, answer: Answer) -> FakeJail {
        self.script.push((word.to_owned(), answer));
        self
    }

    /// A file for `open`.
    pub fn file(mut self, path: &str, content: impl Into<Vec<u8>>) -> FakeJail {
        self.files.insert(path.into(), content.into());
        self
    }

    /// The commands that ran, without their environments.
    pub fn commands(&self) -> Vec<&[String]> {
        let argv =
            |ran| if let &Ran::Command(JailCommand { ref argv, .. }) = ran { Some(argv.as_slice()) } else { None };
        self.ran.iter().filter_map(argv).collect()
    }

    fn scripted(&self, command: &JailCommand) -> Option<Answer> {
        self.script.iter().find(|(word, _)| command.argv.contains(word)).map(|(_, answer)| answer.clone())
    }
}

impl Jail for FakeJail {
    fn setup(&mut self) -> Result<(), JailError> {
        self.ran.push(Ran::Setup);
        self.ready = true;
        Ok(())
    }

    fn run(&mut self, command: &JailCommand, output: &mut dyn Output, stop: &Stop) -> Result<Exit, JailError> {
        if !self.ready {
            return Err(JailError::NotSetUp);
        }
        self.ran.push(Ran::Command(command.clone()));
        if stop.requested() {
            return Ok(Exit::Stopped);
        }
        match self.scripted(command) {
            None => Ok(Exit::Code(0)),
            Some(Answer::HelperDies) => Err(JailError::HelperDied),
            Some(Answer::Ends { output: text, exit }) => {
                let heard = output.chunk(text.as_bytes());
                Ok(if heard.is_break() { Exit::Unheard } else { exit })
            }
        }
    }

    fn open(&mut self, path: &Utf8Path) -> Result<File, JailError> {
        if !self.ready {
            return Err(JailError::NotSetUp);
        }
        self.ran.push(Ran::Open(path.to_owned()));
        let content = self.files.get(path).ok_or_else(|| io::ErrorKind::NotFound.into());
        content.and_then(|content| unnamed(path, content)).map_err(JailError::path("open", path))
    }

    fn shortages(&mut self) -> Result<Vec<Shortage>, JailError> {
        Ok(self.shortages.clone())
    }

    fn used(&mut self, _place: &Utf8Path) -> Option<u64> {
        self.used
    }

    fn cleanup(&mut self) -> Result<(), JailError> {
        if std::mem::take(&mut self.ready) {
            self.ran.push(Ran::Cleanup);
        }
        Ok(())
    }
}

/// An open file that has no name any more.
fn unnamed(path: &Utf8Path, content: &[u8]) -> io::Result<File> {
    let name = format!("dsynth-fake-{}-{}", uuid::Uuid::now_v7(), path.file_name().unwrap_or_default());
    let place = std::env::temp_dir().join(name);
    let mut file = File::create_new(&place)?;
    file.write_all(content)?;
    file.rewind()?;
    let readable = File::open(&place);
    std::fs::remove_file(&place)?;
    readable
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::ops::ControlFlow;

    use super::*;

    struct Text(String);

    impl Output for Text {
        fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
            self.0.push_str(&String::from_utf8_lossy(bytes));
            ControlFlow::Continue(())
        }
    }

    #[test]
    fn it_answers_by_its_script_and_remembers() {
        let mut jail = FakeJail::default().answer("b", Answer::printing("no\n", Exit::Code(1))).file("/x", "content");
        let command = |words: &[&str]| JailCommand {
            argv: words.iter().map(|word| (*word).to_owned()).collect(),
            env: Vec::new(),
            network: false,
            silence: std::time::Duration::MAX,
            time: std::time::Duration::MAX,
        };
        let (mut text, stop) = (Text(String::new()), Stop::default());
        jail.setup().unwrap();
        assert_eq!(jail.run(&command(&["make", "a"]), &mut text, &stop).unwrap(), Exit::Code(0));
        assert_eq!(jail.run(&command(&["make", "b"]), &mut text, &stop).unwrap(), Exit::Code(1));
        assert_eq!(text.0, "no\n");
        assert_eq!(jail.commands(), [["make", "a"], ["make", "b"]]);

        let mut content = String::new();
        jail.open("/x".into()).unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "content");
        assert_eq!(jail.open("/y".into()).unwrap_err().to_string(), "open `/y`");
    }
}
