//! Hooks that are real programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};

use super::*;
use crate::model::samples::{failed, spec};
use crate::model::{Failure, SlotId, Summary};

struct World {
    _dir: tempfile::TempDir,
    base: Utf8PathBuf,
}

impl World {
    fn new(hooks: &[(&str, &str)]) -> World {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8Path::from_path(dir.path()).unwrap().to_owned();
        for (name, script) in hooks {
            let path = base.join(name);
            fs::write(&path, format!("#!/bin/sh\n{}\n", script.replace("OUT", base.join("out").as_str()))).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        World { _dir: dir, base }
    }

    /// A run of all kinds of ends; what was told, with the base as `B`.
    fn run(&self, patience: Duration) -> String {
        let profile = Profile { config_dir: self.base.clone(), logs: "/logs".into(), ..Profile::default() };
        let told = Mutex::new(String::new());
        let events = |event: Event| {
            if let Event::Note { text } = event {
                *told.lock().unwrap() += &format!("{text}\n");
            }
        };
        let hooks = Hooks::new(&profile, 10, patience, &events);
        happenings().into_iter().for_each(|event| hooks.send(event));
        drop(hooks);
        told.into_inner().unwrap().replace(self.base.as_str(), "B")
    }

    fn out(&self) -> String {
        fs::read_to_string(self.base.join("out")).unwrap_or_default()
    }
}

fn happenings() -> Vec<Event> {
    let (slot, took) = (SlotId(0), Duration::ZERO);
    vec![
        // Before the run, as `watch` tells it.
        Event::Ignored { spec: spec("c/early"), pkgfile: "e-1.pkg".into(), reason: "no".into(), skips: 0 },
        Event::RunStarted { run: uuid::Uuid::from_u128(7), queued: 9, workers: 1, limit: 1 },
        Event::Built { slot, spec: spec("c/a@f"), pkgfile: "a-f-1.pkg".into(), took },
        failed(0, "c/b", Failure::Exit(7), 1),
        Event::Ignored { spec: spec("c/i"), pkgfile: "i-1.pkg".into(), reason: "no".into(), skips: 0 },
        Event::Skipped { spec: spec("c/s"), pkgfile: "s-1.pkg".into(), chain: "c/b".into() },
        Event::Fresh { spec: spec("c/fresh") },
        Event::RunEnded { summary: Summary { built: 1, failed: 2, ignored: 3, skipped: 4, ..Summary::default() } },
    ]
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn each_hook_is_told_what_belongs_to_it_and_nothing_else() {
    let names = ["run_start", "run_end", "pkg_success", "pkg_failure", "pkg_ignored", "pkg_skipped"];
    let script = "{ echo \"== $0\" | sed 's|/.*/||'; env | grep -vE '^(PWD|SHLVL|_|OLDPWD|DIR_)' | sort; } > OUT.$$; cat OUT.$$ >> OUT";
    let hooks = names.map(|name| format!("hook_{name}"));
    let world = World::new(&hooks.each_ref().map(|name| (name.as_str(), script)));
    assert_eq!(world.run(LONG), "");
    let out = world.out();
    assert!(out.starts_with("== hook_run_start\n") && out.contains("== hook_run_end\n"), "{out}");
    let mut parts: Vec<&str> = out.split("== ").skip(1).collect();
    assert!(parts.last().unwrap().starts_with("hook_run_end"), "it is the last: {out}");
    parts.sort();
    insta::assert_snapshot!(parts.concat(), @"
    hook_pkg_failure
    EXIT_CODE=7
    FLAVOR=c/b
    LOGFILE=/logs/c___b.log
    ORIGIN=c/b
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PHASE=build
    PKGNAME=x-1.pkg
    PROFILE=LiveSystem
    RESULT=failure
    RUN_ID=00000000-0000-0000-0000-000000000007
    hook_pkg_ignored
    FLAVOR=c/i
    ORIGIN=c/i
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PKGNAME=i-1.pkg
    PROFILE=LiveSystem
    RESULT=ignored
    RUN_ID=00000000-0000-0000-0000-000000000007
    hook_pkg_skipped
    FLAVOR=c/s
    ORIGIN=c/s
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PKGNAME=s-1.pkg
    PROFILE=LiveSystem
    RESULT=skipped
    RUN_ID=00000000-0000-0000-0000-000000000007
    hook_pkg_success
    EXIT_CODE=0
    FLAVOR=f
    LOGFILE=/logs/c___a@f.log
    ORIGIN=c/a
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PKGNAME=a-f-1.pkg
    PROFILE=LiveSystem
    RESULT=success
    RUN_ID=00000000-0000-0000-0000-000000000007
    hook_run_end
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PORTS_BUILT=1
    PORTS_FAILED=2
    PORTS_IGNORED=3
    PORTS_SKIPPED=4
    PROFILE=LiveSystem
    RUN_ID=00000000-0000-0000-0000-000000000007
    hook_run_start
    PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
    PORTS_QUEUED=9
    PROFILE=LiveSystem
    RUN_ID=00000000-0000-0000-0000-000000000007
    ");
}

#[test]
fn a_hook_that_fails_or_cannot_be_run_is_told_and_no_more() {
    let world = World::new(&[("hook_pkg_failure", "echo to nobody; echo sorry >&2; exit 3"), ("hook_run_start", "")]);
    fs::write(world.base.join("hook_run_start"), "#!/nowhere/at/all").unwrap();
    // Without an executable bit it is no hook.
    fs::write(world.base.join("hook_run_end"), b"#!/bin/sh\nexit 1\n").unwrap();
    // What nice(1) says of the first depends on the system.
    let told: String = world
        .run(LONG)
        .lines()
        .filter(|line| !line.contains("o such file"))
        .fold(String::new(), |all, line| all + line + "\n");
    insta::assert_snapshot!(told, @"
    [XXX] - SCRIPT hook_run_start (B/hook_run_start)
    hook_run_start: exit status: 127
    hook_pkg_failure: sorry
    [XXX] c/b SCRIPT hook_pkg_failure (B/hook_pkg_failure)
    hook_pkg_failure: exit status: 3
    ");
}

#[test]
fn a_hook_that_hangs_is_killed_with_all_it_started() {
    let hang = "(sleep 1000; echo late >> OUT) & echo $! >> OUT; sleep 1000";
    let world = World::new(&[("hook_run_start", hang), ("hook_pkg_skipped", hang)]);
    insta::assert_snapshot!(world.run(Duration::from_millis(300)), @"
    [XXX] - SCRIPT hook_run_start (B/hook_run_start)
    hook_run_start: it did not end in time, and was killed
    [XXX] c/s SCRIPT hook_pkg_skipped (B/hook_pkg_skipped)
    hook_pkg_skipped: it did not end in time, and was killed
    ");
    let started: Vec<i32> = world.out().lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(started.len(), 2);
    for pid in started {
        let is_dead = || {
            let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            status.is_empty() || status.contains(") Z ")
        };
        assert!(
            (0..500).any(|_| is_dead() || {
                thread::sleep(call::TICK);
                false
            }),
            "{pid} lives"
        );
    }
}
