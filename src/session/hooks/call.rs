//! One call of a hook: what it is told, and how it is run.

use std::fs;
use std::io::{self, Read, Seek};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::config::Profile;
use crate::model::{Event, Failure, Fault, OriginSpec};

use super::Setting;

pub(super) type Pairs = Vec<(String, String)>;

/// How soon an end or a deadline is noticed.
pub(super) const TICK: Duration = Duration::from_millis(20);

/// What of a hook's standard error is told.
const HEARD: u64 = 16 << 10;

const PATH: &str = "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin";

/// Those that exist, by name; scripts of users have these.
const NAMES: [&str; 6] =
    ["hook_run_start", "hook_run_end", "hook_pkg_success", "hook_pkg_failure", "hook_pkg_ignored", "hook_pkg_skipped"];

/// An executable.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    name: &'static str,
    path: Utf8PathBuf,
}

impl Hook {
    pub(super) fn found(directory: &Utf8Path) -> Vec<Hook> {
        let hooks = NAMES.map(|name| Hook { name, path: directory.join(name) });
        let is_executable = |hook: &Hook| {
            fs::metadata(&hook.path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        };
        hooks.into_iter().filter(is_executable).collect()
    }
}

/// When a call has to be over.
pub(super) struct Clock {
    pub(super) patience: Duration,
    end: Mutex<Option<Instant>>,
}

impl Clock {
    pub(super) fn new(patience: Duration) -> Clock {
        Clock { patience, end: Mutex::default() }
    }

    /// For all calls, of whatever time they are.
    pub(super) fn end_at(&self, end: Instant) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
    }

    pub(super) fn go_on(&self) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn is_over(&self, began: Instant) -> bool {
        let end = *self.end.lock().unwrap_or_else(PoisonError::into_inner);
        began.elapsed() >= self.patience || end.is_some_and(|end| Instant::now() >= end)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) hook: Hook,
    /// The port, or `-` for a run.
    pub(super) about: String,
    /// The whole of it, but for PATH.
    pub(super) environment: Pairs,
    pub(super) nice: i32,
}

impl Call {
    /// What went wrong, as lines for people.
    pub(super) fn run(&self, clock: &Clock) -> Vec<String> {
        let Call { hook, about, .. } = self;
        let mut notes = Vec::new();
        let trouble = match self.run_to_its_end(clock, &mut notes) {
            Ok(Some(status)) if status.success() => None,
            Ok(Some(status)) => Some(status.to_string()),
            Ok(None) => Some("it did not end in time, and was killed".to_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(trouble) = trouble {
            notes.push(format!("[XXX] {about} SCRIPT {} ({})", hook.name, hook.path));
            notes.push(format!("{}: {trouble}", hook.name));
        }
        notes
    }

    /// `None` if it had to be killed.
    fn run_to_its_end(&self, clock: &Clock, notes: &mut Vec<String>) -> io::Result<Option<ExitStatus>> {
        let began = Instant::now();
        if clock.is_over(began) {
            return Ok(None);
        }
        // A file: what the hook leaves running may hold it open for as long as it likes.
        let mut heard = tempfile::tempfile()?;
        let mut child = self.command(heard.try_clone()?).spawn()?;
        let status = loop {
            match child.try_wait()? {
                Some(status) => break Some(status),
                None if clock.is_over(began) => break None,
                None => thread::sleep(TICK),
            }
        };
        if status.is_none() {
            // It leads a group of its own. Who is dead already needs no signal.
            let _ = i32::try_from(child.id()).map(|pid| killpg(Pid::from_raw(pid), Signal::SIGKILL));
            child.wait()?;
        }
        let mut text = Vec::new();
        heard.rewind()?;
        heard.take(HEARD).read_to_end(&mut text)?;
        notes.extend(String::from_utf8_lossy(&text).lines().map(|line| format!("{}: {line}", self.hook.name)));
        Ok(status)
    }

    fn command(&self, heard: fs::File) -> Command {
        let mut command = match self.nice {
            0 => Command::new(&self.hook.path),
            nice => {
                let mut command = Command::new("/usr/bin/nice");
                command.args(["-n", &nice.to_string(), self.hook.path.as_str()]);
                command
            }
        };
        command.env_clear().env("PATH", PATH).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(heard).process_group(0);
        command
    }
}

/// What every hook is told of its profile.
pub(super) fn profile(profile: &Profile) -> Pairs {
    let pairs = [
        ("PROFILE", profile.name.as_str()),
        ("DIR_PACKAGES", profile.packages.as_str()),
        ("DIR_REPOSITORY", profile.repository.as_str()),
        ("DIR_PORTS", profile.portsdir.as_str()),
        ("DIR_OPTIONS", profile.options.as_str()),
        ("DIR_DISTFILES", profile.distfiles.as_str()),
        ("DIR_LOGS", profile.logs.as_str()),
        ("DIR_BUILDBASE", profile.buildbase.as_str()),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

impl Setting {
    /// The hook of an event if there is one, whom it is about, and what it is told.
    pub(super) fn called_for(&self, event: &Event) -> Option<(&Hook, String, Pairs)> {
        let hook = |name| self.hooks.iter().find(|hook| hook.name == name);
        let counts =
            |pairs: &[(&str, usize)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), n.to_string())).collect();
        let log = |spec: &OriginSpec| self.logs.join(spec.log_name()).into_string();
        match event {
            Event::RunStarted { queued, .. } => {
                Some((hook("hook_run_start")?, "-".into(), counts(&[("PORTS_QUEUED", *queued)])))
            }
            Event::RunEnded { summary } => {
                let pairs = counts(&[
                    ("PORTS_BUILT", summary.built),
                    ("PORTS_FAILED", summary.failed),
                    ("PORTS_IGNORED", summary.ignored),
                    ("PORTS_SKIPPED", summary.skipped),
                ]);
                Some((hook("hook_run_end")?, "-".into(), pairs))
            }
            Event::Built { spec, pkgfile, .. } => {
                let more = [("LOGFILE", log(spec)), ("EXIT_CODE", "0".into())];
                Some((hook("hook_pkg_success")?, spec.to_string(), port("success", spec, pkgfile, more)))
            }
            Event::Failed { spec, pkgfile, fault: Fault { phase, why, .. }, .. } => {
                let more = [("PHASE", phase.name().into()), ("LOGFILE", log(spec)), ("EXIT_CODE", exit_code(why))];
                Some((hook("hook_pkg_failure")?, spec.to_string(), port("failure", spec, pkgfile, more)))
            }
            Event::Ignored { spec, pkgfile, .. } => {
                Some((hook("hook_pkg_ignored")?, spec.to_string(), port("ignored", spec, pkgfile, [])))
            }
            Event::Skipped { spec, pkgfile, .. } => {
                Some((hook("hook_pkg_skipped")?, spec.to_string(), port("skipped", spec, pkgfile, [])))
            }
            _ => None,
        }
    }
}

/// `FLAVOR` is the origin where there is no flavor, as it was for synth's hooks.
fn port<const N: usize>(result: &str, spec: &OriginSpec, pkgfile: &str, more: [(&str, String); N]) -> Pairs {
    let origin = spec.origin.as_str();
    let flavor = spec.flavor.as_ref().map_or(origin, |flavor| flavor.as_str());
    let pairs = [("RESULT", result), ("ORIGIN", origin), ("FLAVOR", flavor), ("PKGNAME", pkgfile)];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    pairs.into_iter().chain(more.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// As a shell has it: 128 and more for a signal; 1 where it was dsynth who ended the port.
fn exit_code(why: &Failure) -> String {
    match why {
        Failure::Exit(code) => code.to_string(),
        Failure::Signal(signal) => (128 + signal).to_string(),
        _ => "1".into(),
    }
}
