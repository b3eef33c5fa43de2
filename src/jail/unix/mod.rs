//! What the jails of all systems have in common: a helper process that makes the place and runs commands in it.
//!
//! dsynth starts itself once more as that helper, which forks the process that serves ([`serve`]) and outlives it. dsynth talks
//! to that one over a socket ([`wire`]) and hears commands through a pty ([`pty`]). What differs is in the platform's module:
//! `Place` (the place, and who is kept in it), `Budget` (limits), `memory`, `helper_main`, and a few small answers.

mod fill;
mod pty;
mod serve;
mod session;
mod sys;
mod trouble;
mod wire;

use std::fs::{self, File};

use camino::Utf8Path;

pub(super) use self::fill::fill;
#[cfg(not(target_os = "linux"))]
pub(super) use self::serve::end_all;
pub(super) use self::serve::{Server, wait_for};
pub(super) use self::sys::{fork_helper, inherited};
pub(super) use self::trouble::{Step, Trouble};
pub(super) use self::wire::{Channel, Reply, Setup, Usage};

use self::session::Session;
use super::{Consumed, Exit, Jail, JailCommand, JailError, JailSpec, Output, Shortage, platform};
use crate::model::Stop;

pub(super) fn jail(spec: JailSpec) -> Box<dyn Jail> {
    Box::new(HelpedJail { spec, session: None })
}

struct HelpedJail {
    spec: JailSpec,
    session: Option<Session>,
}

impl HelpedJail {
    fn session(&mut self) -> Result<&mut Session, JailError> {
        self.session.as_mut().ok_or(JailError::NotSetUp)
    }
}

impl Jail for HelpedJail {
    fn setup(&mut self) -> Result<(), JailError> {
        self.cleanup()?;
        let root = &self.spec.root;
        fs::create_dir_all(root).map_err(JailError::path("make", root))?;
        platform::bare(root)?;
        self.session = Some(Session::start(&self.spec)?);
        Ok(())
    }

    fn run(&mut self, command: &JailCommand, output: &mut dyn Output, stop: &Stop) -> Result<Exit, JailError> {
        self.session()?.run(command, output, stop)
    }

    fn open(&mut self, path: &Utf8Path) -> Result<File, JailError> {
        self.session()?.open(path)
    }

    fn shortages(&mut self) -> Result<Vec<Shortage>, JailError> {
        let places = self.spec.mounts.iter().filter(|mount| platform::is_sized(&mount.kind));
        let places = places.map(|mount| mount.target.clone()).collect();
        let memory = self.spec.limits.memory;
        self.session()?.shortages(places, memory)
    }

    fn used(&mut self, place: &Utf8Path) -> Option<u64> {
        self.session.as_mut()?.used(place)
    }

    fn consumed(&mut self) -> Option<Consumed> {
        self.session.as_mut()?.consumed()
    }

    fn way_in(&self) -> Option<String> {
        Some(platform::way_in(&self.spec.root, self.session.as_ref()?.server()?))
    }

    fn cleanup(&mut self) -> Result<(), JailError> {
        let Some(mut session) = self.session.take() else { return Ok(()) };
        let ended = session.end();
        platform::bare(&self.spec.root).and(ended)
    }
}
