//! `selftest`: makes one jail as builds get it, tries to break every promise of docs/jails.md, and takes it away.
//!
//! All of it happens in a directory of its own in the build base, which is gone afterwards.

mod ending;
mod promises;

use std::env::consts::OS;
use std::fs;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::config::Profile;
use crate::jail::{self, Exit, Jail, JailCommand, JailError, Output};
use crate::model::{Stop, with_causes};
use crate::system::host::HostMake;

use super::place::{Jails, Place, PlaceOptions};
use super::planner::PlannerError;
use super::{Session, SessionError};
use promises::{PROMISES, Promise};

/// The directory in the build base.
const NAME: &str = "selftest";
/// Limit of the jail's work directory, in MiB: small enough to be filled.
const WORKDIR: u64 = 64;

/// A promise, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub promise: &'static str,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Kept,
    /// It cannot be kept, or not be tried, on this host.
    Missing(String),
    Broken(String),
}

impl Session {
    /// Says each finding as it is made; an error only if nothing could be tried.
    pub fn selftest(&self, stop: &Stop, say: &mut dyn FnMut(&Finding)) -> Result<Vec<Finding>, SessionError> {
        let directory = self.profile.buildbase.join(NAME);
        jail::remove_tree(&directory)?;
        let made = ["packages/All", "distfiles", "options"].map(|name| fs::create_dir_all(directory.join(name)));
        made.into_iter().collect::<Result<Vec<_>, _>>().map_err(|source| JailError::Path {
            action: "make",
            path: directory.clone(),
            source,
        })?;
        let tried = self.try_promises(&directory, stop, say);
        let removed = jail::remove_tree(&directory);
        let findings = tried?;
        removed?;
        Ok(findings)
    }

    fn try_promises(
        &self,
        directory: &Utf8PathBuf,
        stop: &Stop,
        say: &mut dyn FnMut(&Finding),
    ) -> Result<Vec<Finding>, SessionError> {
        let mut profile = Profile { buildbase: directory.clone(), ..self.profile.clone() };
        profile.packages = directory.join("packages");
        profile.repository = profile.packages.join("All");
        profile.distfiles = directory.join("distfiles");
        profile.options = directory.join("options");
        profile.limits.workdir_size = WORKDIR << 20;
        let host = HostMake::for_jails(&self.profile.buildbase).map_err(PlannerError::from)?;
        let makefiles = host.makefiles.as_deref();
        let place = Place::new(&profile, &self.make_conf, &self.platform, makefiles, &PlaceOptions::default())?;
        place.prepare_template(None)?;
        let before = ending::HostState::now(directory);
        let mut jail = place.jail(0, Vec::new());
        let mut findings = Vec::new();
        let mut found = |promise, answer| {
            let finding = Finding { promise, answer };
            say(&finding);
            findings.push(finding);
        };
        let set_up = jail.setup();
        found("a jail is made with all its mounts", answer(&set_up));
        if set_up.is_ok() {
            let mut trial = Trial { jail: &mut *jail, stop, listener: TcpListener::bind("127.0.0.1:0").ok() };
            for promise in PROMISES {
                found(promise.text, trial.try_one(promise));
            }
        }
        found("limits of memory and processes are those of the profile", limits());
        found("the jail is taken away", answer(&jail.cleanup()));
        found("the host's mounts are as they were, the slot is empty, and nobody is left", before.compare(directory));
        Ok(findings)
    }
}

fn limits() -> Answer {
    jail::limits_missing().map_or(Answer::Kept, Answer::Missing)
}

fn answer(done: &Result<(), JailError>) -> Answer {
    done.as_ref().map_or_else(|error| Answer::Broken(with_causes(error)), |()| Answer::Kept)
}

/// A jail that promises are tried in.
struct Trial<'a> {
    jail: &'a mut dyn Jail,
    stop: &'a Stop,
    /// Somebody on the host's network.
    listener: Option<TcpListener>,
}

impl Trial<'_> {
    fn try_one(&mut self, promise: &Promise) -> Answer {
        if let Some(why) = promise.missing_on(OS) {
            return Answer::Missing(why.to_owned());
        }
        let mut last = Answer::Kept;
        for step in promise.steps {
            last = self.step(step).unwrap_or_else(|error| Answer::Broken(with_causes(&error)));
            if last != Answer::Kept {
                break;
            }
        }
        last
    }

    fn step(&mut self, step: &promises::Step) -> Result<Answer, JailError> {
        let mut heard = Heard { text: Vec::new(), limit: step.listens };
        let exit = self.jail.run(&self.command(step), &mut heard, self.stop)?;
        let text = String::from_utf8_lossy(&heard.text).trim().replace('\n', "; ");
        if let Some(what) = text.strip_prefix(promises::UNTRIED) {
            return Ok(Answer::Missing(what.trim().to_owned()));
        }
        let short = self.jail.shortages()?;
        Ok(match (step.expected)(exit, &short) {
            true if text.is_empty() || step.listens < usize::MAX => Answer::Kept,
            true => Answer::Broken(text),
            false => Answer::Broken(format!("{exit:?} {text}").trim().to_owned()),
        })
    }

    fn command(&self, step: &promises::Step) -> JailCommand {
        let port = self.listener.as_ref().and_then(|listener| listener.local_addr().ok()).map_or(0, |at| at.port());
        let env = [
            ("PATH", "/sbin:/bin:/usr/sbin:/usr/bin".to_owned()),
            ("HOST_SYSTEM", OS.to_owned()),
            ("ADDRESSES", promises::ADDRESSES.to_owned()),
            ("HOST_PID", std::process::id().to_string()),
            // As the kernel lists it.
            ("HOST_PORT", format!("{port:04X}")),
        ];
        JailCommand {
            argv: ["/bin/sh", "-c", step.script].map(str::to_owned).to_vec(),
            env: env.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            network: step.network,
            silence: step.silence,
            time: step.time.min(Duration::from_secs(120)),
        }
    }
}

/// What a step printed, and an end to listening.
struct Heard {
    text: Vec<u8>,
    limit: usize,
}

impl Output for Heard {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.text.extend_from_slice(bytes);
        if self.text.len() < self.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

/// Whether a step ended as it should.
type Expected = fn(Exit, &[jail::Shortage]) -> bool;
