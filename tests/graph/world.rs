//! A profile over a copy of the fixture tree, and the program run on it.

use std::fs;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

pub(crate) struct World {
    _dir: TempDir,
    pub base: Utf8PathBuf,
}

pub(crate) struct Ran {
    pub status: i32,
    /// With the world's place as `W`.
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// The whole fixture tree.
    pub(crate) fn fixtures() -> World {
        let world = World::new();
        copy(&testdata().join("ports"), &world.base.join("ports"));
        world
    }

    /// The fixtures' framework, and the ports that a test writes.
    pub(crate) fn with(ports: &[(&str, &str)]) -> World {
        let world = World::new();
        copy(&testdata().join("ports/Mk"), &world.base.join("ports/Mk"));
        for (origin, lines) in ports.iter().chain(&[("ports-mgmt/pkg", "")]) {
            world.port(origin, "1", lines);
        }
        world
    }

    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
        for name in ["cfg", "packages/All", "options", "distfiles", "build", "logs"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        let text = format!(
            "[Global Configuration]\nprofile_selected= T\n\n[T]\nOperating_system= Linux\nDirectory_system= /\n\
             Directory_packages= {base}/packages\nDirectory_repository= {base}/packages/All\n\
             Directory_portsdir= {base}/ports\nDirectory_options= {base}/options\n\
             Directory_distfiles= {base}/distfiles\nDirectory_buildbase= {base}/build\nDirectory_logs= {base}/logs\n\
             Directory_ccache= disabled\nNumber_of_builders= 2\nMax_jobs_per_builder= 1\n"
        );
        fs::write(base.join("cfg/dsynth.ini"), text).unwrap();
        World { _dir: dir, base }
    }

    /// A port without sources.
    pub(crate) fn port(&self, origin: &str, version: &str, lines: &str) {
        let (category, name) = origin.split_once('/').unwrap();
        let text = format!(
            "PORTNAME=\t{name}\nPORTVERSION=\t{version}\nCATEGORIES=\t{category}\nMAINTAINER=\tm@example.org\n\
             COMMENT=\tA port\nUSES=\ttoken\n{lines}\n.include <bsd.port.mk>\n"
        );
        self.write(&format!("ports/{origin}/Makefile"), text.as_bytes());
    }

    pub(crate) fn write(&self, below: &str, bytes: &[u8]) {
        let path = self.base.join(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn variant(&self, name: &str) {
        copy(&testdata().join("variants").join(name), &self.base.join("ports"));
    }

    pub(crate) fn run(&self, words: &[&str]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsynth"));
        command.env_clear().envs([("PATH", "/usr/bin:/bin"), ("TZ", "UTC")]).current_dir(&self.base);
        let output = command.arg("-C").arg(self.base.join("cfg")).args(words).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(self.base.as_str(), "W");
        Ran { status: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What it printed; nothing may have gone wrong.
    pub(crate) fn answer(&self, words: &[&str]) -> String {
        let ran = self.run(words);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{words:?}");
        ran.stdout
    }
}

fn testdata() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
