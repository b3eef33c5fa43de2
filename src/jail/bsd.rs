//! The jail of FreeBSD and DragonFly: not written yet, and it says so.

use std::fs::File;
use std::process::ExitCode;

use camino::Utf8Path;

use super::{Exit, Jail, JailCommand, JailError, JailSpec, Leftovers, Output};
use crate::model::Stop;

const UNSUPPORTED: JailError = JailError::Unsupported { platform: std::env::consts::OS };

pub(super) fn jail(_: JailSpec) -> Box<dyn Jail> {
    Box::new(BsdJail)
}

pub(super) fn helper_main() -> ExitCode {
    ExitCode::FAILURE
}

pub(super) fn unmount(_: impl Fn(&Utf8Path) -> bool) -> Result<Leftovers, JailError> {
    Err(UNSUPPORTED)
}

struct BsdJail;

impl Jail for BsdJail {
    fn setup(&mut self) -> Result<(), JailError> {
        Err(UNSUPPORTED)
    }

    fn run(&mut self, _: &JailCommand, _: &mut dyn Output, _: &Stop) -> Result<Exit, JailError> {
        Err(JailError::NotSetUp)
    }

    fn open(&mut self, _: &Utf8Path) -> Result<File, JailError> {
        Err(JailError::NotSetUp)
    }

    fn cleanup(&mut self) -> Result<(), JailError> {
        Ok(())
    }
}
