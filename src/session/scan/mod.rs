//! Reads the ports tree in small jails, so that its answers depend on the tree, the profile and the platform alone.
//!
//! On a BSD `make` runs on the host, whose base system is the one that ports expect. On another host every `exists()`
//! and `!=` of a makefile would look at that host; there each `make` runs in a jail that shows the tree, dsynth's
//! makefiles and a base system of a few tools ([`root`]), and nothing else. See `docs/jails.md`.

mod pool;
mod root;
mod tools;

use std::io::Read;
use std::ops::ControlFlow;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use self::pool::Pool;
use self::root::ScanRoot;
use crate::config::MakeConf;
use crate::jail::{Exit, Jail, JailCommand, JailError, JailFile, JailSpec, Limits, Mount, MountKind, Output};
use crate::makefile::{Command, Failure, Output as CommandOutput};
use crate::model::{Stop, with_causes};
use crate::system::make::{Ended, Make, MakeTool, OUTPUT_LIMIT};
use crate::system::native::{Seen, Setting, Shell};
use crate::system::{Asked, Looked, MakeError, MakeQuery};

pub use self::root::RootError;

/// A `make` that sees none of the host's files but those it is shown.
pub struct ScanMake {
    make: MakeTool,
    /// Where dsynth's makefiles are.
    makefiles: Utf8PathBuf,
    seen: Seen,
    pool: Pool,
    stop: Stop,
}

/// What is shown, and where all is kept.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    pub buildbase: Utf8PathBuf,
    /// dsynth's makefiles; `make` and its stubs are found there.
    pub makefiles: Utf8PathBuf,
    /// The tree and its like, read-only and at their own paths. What is missing is left out.
    pub directories: Vec<Utf8PathBuf>,
    pub make_conf: MakeConf,
    /// At most so many at a time.
    pub jails: usize,
    /// See [`JailSpec`].
    pub helper_exe: Option<Utf8PathBuf>,
}

/// Where `make` leaves what it says: a terminal would mix the two.
const STDOUT: &str = "/tmp/stdout";
const STDERR: &str = "/tmp/stderr";
/// Its debug output, and that of makes within.
const LOOKED: &str = "/tmp/looked";

/// Whoever writes more than `OUTPUT_LIMIT` dies of SIGXFSZ; a block has 512 bytes here.
const BLOCKS: u64 = OUTPUT_LIMIT / 512;

fn script() -> String {
    format!("ulimit -c 0; ulimit -f {BLOCKS}; : >{LOOKED}; exec \"$@\" >{STDOUT} 2>{STDERR}")
}

/// What `make` is made to tell in its debug output; see [`Looked`].
#[derive(Clone, Copy)]
enum Tell {
    Searches,
    /// Five times as much to write.
    SearchesAndFiles,
}

impl Tell {
    /// For `-d`. Each make appends to the file.
    fn flags(self) -> String {
        let modules = match self {
            Tell::Searches => "d",
            Tell::SearchesAndFiles => "dp",
        };
        format!("{modules}F+{LOOKED}")
    }
}

impl ScanMake {
    /// Makes the scan root if it has to be made, and one jail: if that fails, so would all.
    pub fn open(make: MakeTool, shown: &Shown, stop: &Stop) -> Result<ScanMake, RootError> {
        let root = ScanRoot::new(&shown.buildbase, &shown.makefiles, &make.program)?;
        let new = !root.is_current();
        if new {
            root.build()?;
        }
        let pool = Pool::new(spec(&root, shown)?, shown.jails);
        let first = pool.borrow()?;
        if new {
            let deaf = first.with(|jail| try_tools(jail, root.tool_names(), stop))?;
            if !deaf.is_empty() {
                return Err(RootError::Deaf(deaf));
            }
            // Who was stopped has not tried all of them.
            if !stop.requested() {
                root.approve()?;
            }
        } else {
            drop(first);
        }
        let make = MakeTool { program: "/usr/bin/bmake".into(), ..make };
        let directories = shown.directories.iter().chain([&shown.makefiles]).chain(&shown.make_conf.path);
        let seen = Seen { directories: directories.cloned().collect(), root: Some(root.base()) };
        Ok(ScanMake { make, makefiles: shown.makefiles.clone(), seen, pool, stop: stop.clone() })
    }

    /// For a reader that is to say the same; its commands are run in the jails too.
    pub fn setting(&self) -> Setting {
        Setting {
            environment: self.make.environment.clone(),
            system: self.makefiles.to_string(),
            program: self.make.program.to_string(),
            seen: self.seen.clone(),
            ..Setting::default()
        }
    }

    /// What it printed, and its debug output.
    fn run(&self, query: &MakeQuery, tell: Tell) -> Result<(Result<Ended, MakeError>, Vec<u8>), JailError> {
        let (make, flags) = (&self.make, tell.flags());
        let mut argv: Vec<String> = ["/bin/sh", "-c", &script(), "sh", make.program.as_str()].map(str::to_owned).into();
        argv.push(format!("-d{flags}"));
        argv.extend(make.words(query));
        let mut env = make.environment.clone();
        env.push(("DSYNTH_TRACE".into(), flags));
        let command = JailCommand { argv, env, network: false, silence: make.time_limit, time: Duration::MAX };
        self.pool.borrow()?.with(|jail| {
            let failure = match jail.run(&command, &mut Deaf, &self.stop)? {
                Exit::Code(0) => None,
                Exit::Code(code) => Some(format!("exit status: {code}")),
                Exit::Signal(nix::libc::SIGXFSZ) => return Ok((Err(MakeError::TooMuch), read(jail, LOOKED)?)),
                Exit::Signal(signal) => Some(format!("signal: {signal}")),
                Exit::Silent | Exit::TimedOut | Exit::Unheard => {
                    return Ok((Err(MakeError::TimedOut { seconds: make.time_limit.as_secs() }), Vec::new()));
                }
                Exit::Stopped => return Ok((Err(MakeError::Stopped), Vec::new())),
            };
            let ended = Ended { stdout: read(jail, STDOUT)?, stderr: read(jail, STDERR)?, failure };
            Ok((Ok(ended), read(jail, LOOKED)?))
        })
    }

    fn ask_once(&self, query: &MakeQuery, tell: Tell) -> Asked {
        // A second time if the jail died, which is no port's fault: somebody may have killed it.
        let (ended, told) = match self.run(query, tell).or_else(|_| self.run(query, tell)) {
            Ok(ran) => ran,
            Err(error) => {
                let program = self.make.program.to_string();
                return Err(MakeError::Spawn { program, reason: with_causes(&error) }).into();
            }
        };
        let looked = Looked::parse(&String::from_utf8_lossy(&told), &query.directory);
        Asked { answer: ended.and_then(|ended| query.answer(ended)), looked: Some(looked) }
    }
}

impl Shell for ScanMake {
    /// Runs it where `make` would: it sees what makefiles see.
    fn shell(&self, command: &Command<'_>) -> Result<(CommandOutput, Looked), MakeError> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let line = format!(
            "ulimit -c 0; ulimit -f {BLOCKS}; : >{LOOKED}; cd {} && exec /bin/sh -c \"$1\" sh >{STDOUT} 2>{STDERR}",
            quoted(&text(command.directory))
        );
        let argv = ["/bin/sh", "-c", &line, "sh", &text(command.text)].map(str::to_owned).into();
        let directory = Utf8PathBuf::from(text(command.directory));
        let mut env: Vec<_> = command.environment.iter().map(|(name, value)| (text(name), text(value))).collect();
        env.push(("DSYNTH_TRACE".into(), Tell::Searches.flags()));
        let command = JailCommand { argv, env, network: false, silence: self.make.time_limit, time: Duration::MAX };
        let run = || {
            self.pool.borrow()?.with(|jail| {
                let exit = jail.run(&command, &mut Deaf, &self.stop)?;
                Ok((exit, read(jail, STDOUT)?, read(jail, STDERR)?, read(jail, LOOKED)?))
            })
        };
        let spawn = |error| MakeError::Spawn { program: "/bin/sh".into(), reason: with_causes(&error) };
        // A second time if the jail died: see `ask_once`.
        let (exit, text, complaints, told) = run().or_else(|_| run()).map_err(spawn)?;
        let failure = match exit {
            Exit::Code(0) => None,
            Exit::Code(_) => Some(Failure::Status),
            Exit::Signal(nix::libc::SIGXFSZ) => return Err(MakeError::TooMuch),
            Exit::Signal(_) => Some(Failure::Signal),
            Exit::Silent | Exit::TimedOut | Exit::Unheard => {
                return Err(MakeError::TimedOut { seconds: self.make.time_limit.as_secs() });
            }
            Exit::Stopped => return Err(MakeError::Stopped),
        };
        let looked = Looked::parse(&String::from_utf8_lossy(&told), &directory);
        Ok((CommandOutput { text, complaints, failure }, looked))
    }
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl Make for ScanMake {
    fn ask(&self, query: &MakeQuery) -> Asked {
        if self.stop.requested() {
            return Err(MakeError::Stopped).into();
        }
        let asked = self.ask_once(query, Tell::Searches);
        match &asked.answer {
            // What it read up to there is in no answer: it has to tell.
            Err(error) if !error.is_passing() => {
                let again = self.ask_once(query, Tell::SearchesAndFiles);
                let same = again.answer == asked.answer;
                Asked { looked: again.looked.filter(|_| same), ..asked }
            }
            _ => asked,
        }
    }
}

/// The mount table. No /proc: it would show the host, and containers often forbid a new one.
fn spec(root: &ScanRoot, shown: &Shown) -> Result<JailSpec, RootError> {
    let mut mounts = vec![
        Mount { target: "/".into(), kind: MountKind::Tmpfs { size: 1024 } },
        Mount { target: "/dev".into(), kind: MountKind::Devices },
    ];
    mounts.extend(root.mounts()?);
    let mut directories: Vec<&Utf8PathBuf> = shown.directories.iter().chain([&shown.makefiles]).collect();
    // What lies in another comes after it.
    directories.sort();
    directories.dedup();
    directories.retain(|directory| directory.is_dir());
    mounts.extend(directories.iter().map(|directory| Mount {
        target: (*directory).clone(),
        kind: MountKind::Null { source: (*directory).clone(), read_only: true },
    }));
    let in_sight = |path: &Utf8Path| directories.iter().any(|directory| path.starts_with(directory));
    let make_conf = shown.make_conf.path.iter().filter(|path| !in_sight(path));
    Ok(JailSpec {
        root: shown.buildbase.join("scan-jail"),
        mounts,
        template: root.template(),
        files: make_conf
            .map(|path| JailFile { path: path.clone(), content: shown.make_conf.text.clone(), mode: 0o644 })
            .collect(),
        hostname: "localhost".into(),
        nice: 0,
        limits: Limits::default(),
        helper_exe: shown.helper_exe.clone(),
    })
}

/// Names of those that the loader cannot start: some library is missing.
fn try_tools<'a>(jail: &mut dyn Jail, names: impl Iterator<Item = &'a str>, stop: &Stop) -> Result<String, JailError> {
    let script = "for tool; do /usr/bin/$tool --version </dev/null >/dev/null 2>&1; \
                  test $? -ne 127 || printf '%s ' $tool; done";
    let command = JailCommand {
        argv: ["/bin/sh", "-c", script, "sh"].into_iter().chain(names).map(str::to_owned).collect(),
        env: Vec::new(),
        network: false,
        silence: Duration::from_secs(60),
        time: Duration::MAX,
    };
    let mut said = Text(String::new());
    let exit = jail.run(&command, &mut said, stop)?;
    let deaf = said.0.trim().to_owned();
    Ok(if exit == Exit::Code(0) || exit == Exit::Stopped { deaf } else { format!("sh ({exit:?}) {deaf}") })
}

fn read(jail: &mut dyn Jail, path: &str) -> Result<Vec<u8>, JailError> {
    let mut bytes = Vec::new();
    jail.open(path.into())?.take(OUTPUT_LIMIT).read_to_end(&mut bytes).map_err(|source| JailError::Path {
        action: "read",
        path: path.into(),
        source,
    })?;
    Ok(bytes)
}

/// Everything worth hearing goes to files.
struct Deaf;

impl Output for Deaf {
    fn chunk(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

struct Text(String);

impl Output for Text {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.0.push_str(&String::from_utf8_lossy(bytes));
        ControlFlow::Continue(())
    }
}
