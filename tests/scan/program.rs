//! The program itself, with a profile in a scratch build base.

use std::fs;
use std::process::{Command, Stdio};

use camino::Utf8Path;

use crate::harness::*;

/// Says on standard error which ports `make` is asked about; see `asked`.
pub fn dsynth(scratch: &Scratch, ports: &Utf8Path, words: &[&str]) -> Command {
    let base = &scratch.base;
    for name in ["cfg", "packages", "distfiles", "logs"] {
        fs::create_dir_all(base.join(name)).unwrap();
    }
    let profile = format!(
        "[Global Configuration]\nprofile_selected= Test\n[Test]\nOperating_system= DragonFly\nPlatform_release= 6.4\n\
         Platform_version= 600400\nDirectory_packages= {base}/packages\nDirectory_repository= {base}/packages/All\n\
         Directory_portsdir= {ports}\nDirectory_options= {base}/options\nDirectory_distfiles= {base}/distfiles\n\
         Directory_buildbase= {base}/build\nDirectory_logs= {base}/logs\nDirectory_ccache= disabled\n\
         Directory_system= /\n"
    );
    fs::write(base.join("cfg/dsynth.ini"), profile).unwrap();
    let mut dsynth = Command::new(env!("CARGO_BIN_EXE_dsynth"));
    dsynth.args(["-C", base.join("cfg").as_str()]).args(words).stdin(Stdio::null()).stdout(Stdio::piped());
    dsynth.env("DSYNTH_LOG", "dsynth::system=debug").env("NO_COLOR", "1").stderr(Stdio::piped());
    dsynth
}

/// The port that a line of standard error says `make` is asked about.
pub fn asked(line: &str) -> Option<String> {
    let (_, words) = line.split_once("make -C ")?;
    let mut parts = words.split_whitespace().next()?.rsplit('/');
    let (name, category) = (parts.next()?, parts.next()?);
    Some(format!("{category}/{name}"))
}
