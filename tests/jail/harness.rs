//! A scratch build base, and jails in it.

use std::fs;
use std::ops::ControlFlow;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::jail::{self, Exit, Jail, JailCommand, JailError, JailFile, JailSpec, Layout, Limits, Output, World};
use dsynth::model::Stop;

/// Directories of a profile; taken away at the end, unless something is mounted below.
pub struct Scratch {
    pub base: Utf8PathBuf,
}

impl Scratch {
    pub fn new() -> Scratch {
        let kept = tempfile::Builder::new().prefix("dsynth-jail-").tempdir().unwrap().keep();
        let base = Utf8PathBuf::from_path_buf(kept).unwrap();
        for name in ["build", "ports", "packages", "distfiles", "options"] {
            fs::create_dir(base.join(name)).unwrap();
        }
        fs::write(base.join("ports/README"), "a tree\n").unwrap();
        // A small one: a copy of the host's /etc is slow to make, and one test does.
        for name in ["etc", "root", "tmp", "var/tmp", "usr/local/etc/pkg"] {
            fs::create_dir_all(base.join("template").join(name)).unwrap();
        }
        Scratch { base }
    }

    pub fn layout(&self) -> Layout {
        Layout {
            ports: self.base.join("ports"),
            packages: self.base.join("packages"),
            distfiles: self.base.join("distfiles"),
            options: self.base.join("options"),
            ccache: None,
            share_mk: None,
            workdir_size: 64 << 10,
            with_debug: false,
            usr_src: false,
        }
    }

    pub fn spec(&self, slot: &str) -> JailSpec {
        let world = World::inspect("/".into()).unwrap();
        JailSpec {
            root: self.base.join("build").join(slot),
            mounts: jail::mounts(&self.layout(), &world),
            template: self.base.join("template"),
            files: vec![JailFile { path: "/etc/make.conf".into(), content: "BATCH=yes\n".into(), mode: 0o644 }],
            hostname: "jail.test".into(),
            nice: 10,
            limits: Limits::default(),
            helper_exe: Some(env!("CARGO_BIN_EXE_dsynth").into()),
        }
    }

    /// A jail that is set up, or `None` where the kernel gives none: dsynth knows what is missing then.
    pub fn jail(&self, slot: &str) -> Option<Box<dyn Jail>> {
        self.jail_of(self.spec(slot))
    }

    pub fn jail_of(&self, spec: JailSpec) -> Option<Box<dyn Jail>> {
        let mut jail = jail::new(spec);
        match jail.setup() {
            Ok(()) => Some(jail),
            Err(JailError::Helper { step, reason, hint }) if !hint.is_empty() => {
                eprintln!("skipped: {step}: {reason}{hint}");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Scratch {
    /// After every test the host is as it was: nothing is mounted, nobody is left, the tree and the packages are unchanged.
    fn drop(&mut self) {
        let mounted = mountinfo().contains(self.base.as_str());
        if !std::thread::panicking() {
            assert!(!mounted, "something is mounted in {}", self.base);
            assert!(soon(|| processes(self.base.as_str()).is_empty()), "somebody is left");
            assert_eq!(fs::read_to_string(self.base.join("ports/README")).unwrap(), "a tree\n");
            let counts = ["ports", "packages"].map(|name| fs::read_dir(self.base.join(name)).unwrap().count());
            assert_eq!(counts, [1, 0], "files in the tree and packages");
        }
        if !mounted {
            let _ = fs::remove_dir_all(&self.base);
        }
    }
}

pub fn mountinfo() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

/// What a command printed.
#[derive(Default)]
pub struct Text(pub Vec<u8>);

impl Output for Text {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.0.extend(bytes);
        ControlFlow::Continue(())
    }
}

pub fn shell(script: &str) -> JailCommand {
    JailCommand {
        argv: ["/bin/sh", "-c", script].map(str::to_owned).to_vec(),
        env: vec![("PATH".into(), "/sbin:/bin:/usr/sbin:/usr/bin".into())],
        network: false,
        silence: Duration::from_secs(30),
        time: Duration::MAX,
    }
}

pub fn run(jail: &mut dyn Jail, command: &JailCommand) -> (String, Exit) {
    let mut text = Text::default();
    let exit = jail.run(command, &mut text, &Stop::default()).unwrap();
    (String::from_utf8(text.0).unwrap(), exit)
}

/// What a script prints in a jail, if it succeeds.
pub fn print(jail: &mut dyn Jail, script: &str) -> String {
    let (text, exit) = run(jail, &shell(script));
    assert_eq!(exit, Exit::Code(0), "{script}: {text}");
    text
}

/// The host's processes whose arguments contain `word`.
pub fn processes(word: &str) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
    let has_word = |pid: &i32| {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(word)
    };
    numbers.filter(has_word).collect()
}

/// Waits for what happens without us, up to five seconds.
pub fn soon(what: impl Fn() -> bool) -> bool {
    (0..500).any(|_| {
        let seen = what();
        if !seen {
            std::thread::sleep(Duration::from_millis(10));
        }
        seen
    })
}

pub fn is_empty(directory: &Utf8Path) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}
