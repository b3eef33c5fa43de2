//! The jail of Linux: namespaces, made and kept by a helper process.
//!
//! dsynth starts itself once more as that helper ([`helper`]), which makes the namespaces and forks their
//! process 1 ([`init`]). All mounts live in there; when it ends, for whatever reason, the kernel takes
//! everything away. dsynth talks to it over a socket ([`wire`]) and hears commands through a pty ([`pty`]).

mod cgroup;
mod devices;
mod helper;
mod hint;
mod init;
mod leftovers;
mod network;
mod place;
mod pty;
mod rights;
mod session;
mod sys;
mod trouble;
mod wire;

use std::fs::{self, File};

use camino::Utf8Path;

use self::session::Session;
use super::{Exit, Jail, JailCommand, JailError, JailSpec, MountKind, Output, Shortage};
use crate::model::Stop;

pub(super) use self::cgroup::missing as limits_missing;
pub(super) use self::helper::helper_main;
pub(super) use self::leftovers::{mounted, unmount};

pub(super) fn jail(spec: JailSpec) -> Box<dyn Jail> {
    Box::new(LinuxJail { spec, session: None })
}

struct LinuxJail {
    spec: JailSpec,
    session: Option<Session>,
}

impl LinuxJail {
    fn session(&mut self) -> Result<&mut Session, JailError> {
        self.session.as_mut().ok_or(JailError::NotSetUp)
    }
}

impl Jail for LinuxJail {
    fn setup(&mut self) -> Result<(), JailError> {
        self.cleanup()?;
        let root = &self.spec.root;
        fs::create_dir_all(root).map_err(JailError::path("make", root))?;
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
        let places =
            self.spec.mounts.iter().filter(|mount| matches!(mount.kind, MountKind::Tmpfs { .. } | MountKind::Devices));
        let places = places.map(|mount| mount.target.clone()).collect();
        let memory = self.spec.limits.memory;
        self.session()?.shortages(places, memory)
    }

    fn used(&mut self, place: &Utf8Path) -> Option<u64> {
        self.session.as_mut()?.used(place)
    }

    fn way_in(&self) -> Option<String> {
        let init = self.session.as_ref()?.init()?;
        Some(format!("nsenter --target {init} --all --root --wd=/ /bin/sh"))
    }

    /// Deletes nothing: nothing of the jail was ever seen on the host.
    fn cleanup(&mut self) -> Result<(), JailError> {
        self.session.take().map_or(Ok(()), |mut session| session.end())
    }
}
