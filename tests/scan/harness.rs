//! A scratch build base with a tree of one port, and the system that reads it.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use dsynth::config::MakeConf;
use dsynth::jail::JailError;
use dsynth::model::Stop;
use dsynth::session::scan::{RootError, ScanMake, Shown};
use dsynth::system::host::HostMake;
use dsynth::system::make::{Make, MakeTool};
use dsynth::system::native::{Check, NativeMake};
use dsynth::system::{MakeAnswer, MakeError, MakeQuery};

/// Taken away at the end.
pub struct Scratch {
    pub base: Utf8PathBuf,
    pub time_limit: Duration,
    pub make_conf: MakeConf,
    pub stop: Stop,
}

impl Scratch {
    pub fn new(makefile: impl AsRef<[u8]>) -> Scratch {
        let kept = tempfile::Builder::new().prefix("dsynth-scan-").tempdir().unwrap().keep();
        let base = Utf8PathBuf::from_path_buf(kept).unwrap();
        for name in ["build/empty", "ports/c/port", "options"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        let scratch = Scratch {
            base,
            time_limit: Duration::from_secs(60),
            make_conf: MakeConf::default(),
            stop: Stop::default(),
        };
        scratch.port("port", makefile);
        scratch
    }

    pub fn port(&self, name: &str, makefile: impl AsRef<[u8]>) {
        fs::create_dir_all(self.base.join("ports/c").join(name)).unwrap();
        fs::write(self.base.join("ports/c").join(name).join("Makefile"), makefile).unwrap();
    }

    /// As the planner does it.
    pub fn tool(&self) -> (MakeTool, Utf8PathBuf) {
        let facts = [("OPSYS", "Plan9"), ("ARCH", "mips"), ("_OSRELEASE", "4.0"), ("UID", "0")];
        let facts = facts.map(|(name, value)| (name, value.to_owned()));
        let host = HostMake::for_scan(&self.base.join("build"), &facts).unwrap();
        let makefiles = host.makefiles.unwrap();
        let make_conf = self.make_conf.path.as_ref().map_or("/dev/null", |path| path.as_str());
        let environment = [
            ("PATH", format!("{makefiles}/bin:/usr/bin:/bin:/usr/sbin:/sbin")),
            ("PORTSDIR", self.base.join("ports").to_string()),
            ("__MAKE_CONF", make_conf.to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        let tool =
            MakeTool { program: host.program, arguments: host.arguments, environment, time_limit: self.time_limit };
        (tool, makefiles)
    }

    pub fn shown(&self, makefiles: Utf8PathBuf) -> Shown {
        Shown {
            buildbase: self.base.join("build"),
            makefiles,
            directories: ["ports", "options", "build/empty"].map(|name| self.base.join(name)).into(),
            make_conf: self.make_conf.clone(),
            jails: 2,
            helper_exe: Some(env!("CARGO_BIN_EXE_dsynth").into()),
        }
    }

    /// `None` where there is no bmake or the kernel gives no jails.
    pub fn system(&self) -> Option<ScanMake> {
        if !["/usr/bin/bmake", "/usr/local/bin/bmake"].iter().any(|path| fs::exists(path).unwrap()) {
            eprintln!("skipped: no bmake here");
            return None;
        }
        let (tool, makefiles) = self.tool();
        match ScanMake::open(tool, &self.shown(makefiles), &self.stop) {
            Ok(system) => Some(system),
            Err(RootError::Jail(JailError::Helper { step, reason, hint })) if !hint.is_empty() => {
                eprintln!("skipped: {step}: {reason}{hint}");
                None
            }
            Err(error) => panic!("{error}: {error:?}"),
        }
    }

    /// Both readers, by name: `make` in jails, and our own, whose commands are run there; it has nothing to fall back on.
    pub fn readers(&self) -> Vec<(&'static str, Arc<dyn Make>)> {
        let Some(make) = self.system().map(Arc::new) else { return Vec::new() };
        vec![("make", make.clone()), ("native", Arc::new(self.native(make)))]
    }

    pub fn native(&self, jails: Arc<ScanMake>) -> NativeMake {
        let check = Check::new(false, self.base.join("build/read-by-make"), 1);
        NativeMake::new(jails.setting(), jails, None, check, self.stop.clone())
    }

    /// What the host's make says of the same, with all the host has in sight.
    pub fn host(&self) -> MakeTool {
        self.tool().0
    }

    pub fn query(&self, port: &str, expressions: &[&str]) -> MakeQuery {
        MakeQuery {
            directory: self.base.join("ports/c").join(port),
            assignments: vec![format!("LOCALBASE={}/build/empty", self.base)],
            expressions: expressions.iter().map(|name| format!("${{{name}}}")).collect(),
        }
    }

    pub fn ask(&self, system: &dyn Make, expressions: &[&str]) -> Result<MakeAnswer, MakeError> {
        system.ask(&self.query("port", expressions)).answer
    }

    /// One value, without complaints.
    pub fn value(&self, system: &dyn Make, name: &str) -> String {
        let answer = self.ask(system, &[name]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.complaints, Vec::<String>::new(), "{name}");
        answer.values[0].clone()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !mountinfo().contains(self.base.as_str()) {
            let _ = fs::remove_dir_all(&self.base);
        }
    }
}

pub fn mountinfo() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

/// The host's processes whose arguments contain `word`.
pub fn processes(word: &str) -> usize {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    let arguments = |number: String| fs::read(format!("/proc/{number}/cmdline")).unwrap_or_default();
    numbers.filter(|number| String::from_utf8_lossy(&arguments(number.clone())).contains(word)).count()
}
