//! Commands: what they print, how they end, what they leave.

use std::io::Read;
use std::ops::ControlFlow;
use std::process::Command;
use std::time::{Duration, Instant};

use dsynth::jail::{self, Exit, JailError, Mount, MountKind, Output, Shortage};
use dsynth::model::{Stop, StopReason};

use crate::harness::*;

#[test]
fn output_and_status_come_back() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    assert_eq!(run(&mut *jail, &shell("echo hello; exit 3")), ("hello\n".into(), Exit::Code(3)));
    assert_eq!(run(&mut *jail, &shell("echo oops >&2; kill -9 $$")), ("oops\n".into(), Exit::Signal(9)));
}

#[test]
fn a_command_has_a_terminal_of_80_columns_and_no_input() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let text = print(
        &mut *jail,
        "test -t 1 && test -t 2 && stty size <&1; cat; env; pwd; nice; umask; hostname; cat /etc/make.conf",
    );
    // Ten more than that of the tests, which may run under nice(1) themselves.
    let own = Command::new("nice").output().unwrap().stdout;
    let own: i32 = String::from_utf8(own).unwrap().trim().parse().unwrap();
    let nice = (own + 10).min(19);
    let expected = format!("24 80\nPATH=/sbin:/bin:/usr/sbin:/usr/bin\nPWD=/\n/\n{nice}\n0022\njail.test\nBATCH=yes\n");
    assert_eq!(text, expected);
}

#[test]
fn nothing_printed_is_lost_and_a_command_cannot_spoil_the_next_ones_terminal() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    for _ in 0..3 {
        let text = print(&mut *jail, "seq 1 20000; stty opost onlcr <&1");
        assert_eq!(text.lines().count(), 20000);
        assert!(text.ends_with("\n20000\n"));
    }
}

#[test]
fn a_missing_program_is_an_error_and_the_jail_lives_on() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let mut command = shell("");
    command.argv = vec!["/usr/bin/nonesuch".into()];
    let error = jail.run(&command, &mut Text::default(), &Stop::default()).unwrap_err();
    assert_eq!(error.to_string(), "run `/usr/bin/nonesuch`: No such file or directory");
    assert_eq!(print(&mut *jail, "echo still here"), "still here\n");
}

#[test]
fn daemons_die_with_the_command_that_started_them() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let started = Instant::now();
    // Twice forked, in a session of its own, deaf to signals.
    let daemon = format!("trap '' HUP TERM; touch /tmp/alive; sleep 60; : {}", scratch.base);
    let start = format!("(setsid sh -c \"{daemon}\" >/dev/null 2>&1 &); until test -e /tmp/alive; do :; done");
    print(&mut *jail, &start);
    assert!(processes(&daemon).is_empty());
    assert_eq!(print(&mut *jail, "set -- /proc/[0-9]*; echo $#"), "2\n", "process 1 and sh");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_silent_command_is_killed() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let mut command = shell("for i in 1 2 3 4; do echo $i; sleep 0.2; done; sleep 60");
    command.silence = Duration::from_millis(600);
    let started = Instant::now();
    assert_eq!(run(&mut *jail, &command), ("1\n2\n3\n4\n".into(), Exit::Silent));
    assert!((1.2..4.0).contains(&started.elapsed().as_secs_f64()));
    assert_eq!(print(&mut *jail, "echo next"), "next\n");
}

#[test]
fn a_command_has_its_time_and_a_listener_its_patience() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let mut command = shell("while :; do echo x; sleep 0.05; done");
    command.time = Duration::from_millis(500);
    assert_eq!(run(&mut *jail, &command).1, Exit::TimedOut);

    // 10 GiB, if nobody stops it.
    let mut ear = Patient { heard: 0, limit: 1 << 20 };
    let exit = jail.run(&shell("yes | head -c 10737418240"), &mut ear, &Stop::default()).unwrap();
    assert_eq!(exit, Exit::Unheard);
    assert!((1 << 20..2 << 20).contains(&ear.heard), "{}", ear.heard);
    assert_eq!(print(&mut *jail, "echo next"), "next\n");
}

struct Patient {
    heard: usize,
    limit: usize,
}

impl Output for Patient {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.heard += bytes.len();
        if self.heard < self.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }
}

#[test]
fn what_commands_took_is_known_grandchildren_and_orphans_too() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail_of(scratch.spec("SL00")) else { return };
    let taken = |jail: &mut dyn dsynth::jail::Jail| jail.consumed().unwrap();
    print(&mut *jail, "true");
    let before = taken(&mut *jail);
    let work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done";
    print(&mut *jail, &format!("(sh -c '{work}')"));
    let child = taken(&mut *jail);
    assert!(child.cpu > before.cpu + std::time::Duration::from_millis(20), "{before:?} {child:?}");
    print(
        &mut *jail,
        &format!(
            "(sh -c '{work}; touch /construction/done' &) ; while [ ! -e /construction/done ]; do sleep 0.1; done"
        ),
    );
    let orphan = taken(&mut *jail);
    assert!(orphan.cpu > child.cpu + std::time::Duration::from_millis(20), "{child:?} {orphan:?}");
    print(&mut *jail, "head -c 50000000 /dev/zero | tail -c 50000000 > /dev/null");
    assert!(taken(&mut *jail).largest > before.largest + (40 << 20), "{:?}", taken(&mut *jail));
}

/// Hears until more memory is in use than this.
struct Scales {
    wanted: u64,
    most: u64,
}

impl Output for Scales {
    fn chunk(&mut self, _: &[u8]) -> ControlFlow<()> {
        if self.most < self.wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn memory(&mut self, bytes: u64) {
        self.most = self.most.max(bytes);
    }
}

#[test]
fn the_memory_of_all_that_runs_is_told_while_it_runs() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    // Two that hold 30 MB each, one of them an orphan; and what is heard of them.
    let holds = "(head -c 30000000 /dev/zero; sleep 60) | tail -c 30000000 >/dev/null";
    let mut command = shell(&format!("({holds} &); {holds} & while :; do echo x; sleep 0.1; done"));
    command.time = Duration::from_secs(30);
    let mut scales = Scales { wanted: 58_000_000, most: 0 };
    let exit = jail.run(&command, &mut scales, &Stop::default()).unwrap();
    assert_eq!(exit, Exit::Unheard, "{} bytes", scales.most);
    assert!(scales.most < 120_000_000, "{} bytes: what is shared counts once at most", scales.most);
}

#[test]
fn a_full_tmpfs_is_named() {
    let scratch = Scratch::new();
    let mut spec = scratch.spec("SL00");
    let small = |mount: &mut Mount| {
        if mount.target == "/construction" {
            mount.kind = MountKind::Tmpfs { size: 8 };
        }
    };
    spec.mounts.iter_mut().for_each(small);
    let Some(mut jail) = scratch.jail_of(spec) else { return };
    let (text, exit) = run(&mut *jail, &shell("yes | head -c 20000000 > /construction/big"));
    assert!(exit != Exit::Code(0) && text.contains("No space left on device"), "{text}");
    let full = Shortage::Space { place: "/construction".into(), used: 8 << 20, limit: 8 << 20 };
    assert_eq!(jail.shortages().unwrap(), [full]);
    print(&mut *jail, "rm /construction/big");
    assert_eq!(jail.shortages().unwrap(), []);
}

#[test]
fn a_stop_is_noticed_at_once() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let stop = Stop::default();
    let asker = stop.clone();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        asker.request(StopReason::Interrupt);
        Instant::now()
    });
    let exit = jail.run(&shell("yes | cat; sleep 60"), &mut Text::default(), &stop).unwrap();
    let took = thread.join().unwrap().elapsed();
    assert_eq!(exit, Exit::Stopped);
    assert!(took < Duration::from_secs(10), "{took:?}: it waited for the command");
}

#[test]
fn files_are_opened_inside_and_only_regular_ones() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    print(&mut *jail, "echo inside > /construction/file; ln -s /construction/file /tmp/link; mkfifo /tmp/pipe");
    for path in ["/construction/file", "/tmp/link"] {
        let mut text = String::new();
        jail.open(path.into()).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "inside\n");
    }
    for path in ["/tmp/pipe", "/tmp", "/dev/null"] {
        assert!(matches!(jail.open(path.into()), Err(JailError::Path { .. })), "{path}");
    }
    match jail.open("/nowhere".into()) {
        Err(JailError::Path { source, .. }) => assert_eq!(source.kind(), std::io::ErrorKind::NotFound),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_runs_before_the_set_up() {
    let scratch = Scratch::new();
    let mut jail = jail::new(scratch.spec("SL00"));
    let run = jail.run(&shell("true"), &mut Text::default(), &Stop::default());
    assert!(matches!(run, Err(JailError::NotSetUp)));
    assert!(matches!(jail.open("/etc/hosts".into()), Err(JailError::NotSetUp)));
    jail.cleanup().unwrap();
}
