//! How a reading ends: with the same errors as without a jail, and with nothing left.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use dsynth::model::StopReason;
use dsynth::system::MakeError;
use dsynth::system::make::Make;

use crate::harness::*;

#[test]
fn a_broken_makefile_is_told_as_on_the_host() {
    let scratch = Scratch::new(".if oops(\n");
    for (who, system) in scratch.readers() {
        scratch.port("error", ".error on purpose\n");
        scratch.port("lines", "A=a${.newline}b\n");
        scratch.port("text", b"A=\xff\n");
        scratch.port("killed", "A!= kill -9 $$$$PPID $$PPID 2>/dev/null; kill -9 $$PPID\n");
        for (port, expected) in [
            ("port", "make failed (exit status: 1): "),
            ("error", "make failed (exit status: 1): "),
            ("lines", "make printed 2 lines where 1 were asked for"),
            ("text", "make printed something that is not UTF-8"),
            ("missing", "make failed (exit status: 2)"),
            ("killed", "make failed (signal: 9"),
        ] {
            let query = scratch.query(port, &["A"]);
            let Err(ours) = system.ask(&query).answer else {
                // It reads sys.mk alone; and who runs its commands is process 1 of a jail, and cannot be killed from there.
                assert!(who == "native" && ["missing", "killed"].contains(&port), "{who} {port}");
                continue;
            };
            let told = ours.to_string();
            let theirs = scratch.host().ask(&query).answer.unwrap_err();
            match (who, port) {
                (_, "killed") => assert!(told.starts_with(expected), "{told}"),
                ("make", _) => assert_eq!(ours, theirs, "{port}"),
                ("native", "port") => assert!(told.contains("1 open conditional"), "{told}"),
                _ => assert_eq!(told, theirs.to_string(), "{port}"),
            }
            assert!(told.starts_with(expected) || port == "missing", "{who} {port}: {told}");
        }
    }
}

#[test]
fn a_makefile_without_end_hits_the_limit_and_the_jail_lives_on() {
    let mut scratch = Scratch::new("");
    scratch.time_limit = Duration::from_millis(500);
    for (who, system) in scratch.readers() {
        scratch.port("port", "A!= while :; do :; done\n");
        let begin = Instant::now();
        assert_eq!(scratch.ask(&*system, &["A"]), Err(MakeError::TimedOut { seconds: 0 }), "{who}");
        assert!(begin.elapsed() < Duration::from_secs(10));
        scratch.port("port", "A=b\n");
        assert_eq!(scratch.ask(&*system, &["A"]).unwrap().values, ["b"]);
    }
}

#[test]
fn too_much_is_an_error() {
    let line = "x".repeat(1000);
    let scratch = Scratch::new("");
    for (who, system) in scratch.readers() {
        scratch.port("port", format!("A!= while echo {line} >&2; do :; done\n"));
        assert_eq!(scratch.ask(&*system, &["A"]), Err(MakeError::TooMuch), "{who}");
        scratch.port("port", "A=b\n");
        assert_eq!(scratch.value(&*system, "A"), "b");
    }
}

#[test]
fn a_stop_is_noticed_at_once() {
    let many = "${:U:range=4000}";
    let computing = format!(".for i in {many}\n.for j in {many}\nA=$i\n.endfor\n.endfor\n");
    for (reader, makefile) in [(0, "A!= while :; do :; done\n"), (1, "A!= while :; do :; done\n"), (1, &computing)] {
        let scratch = Scratch::new(makefile);
        let Some((who, system)) = scratch.readers().into_iter().nth(reader) else { return };
        let asker = scratch.stop.clone();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            asker.request(StopReason::Interrupt);
            Instant::now()
        });
        assert_eq!(scratch.ask(&*system, &["A"]), Err(MakeError::Stopped), "{who}");
        let took = thread.join().unwrap().elapsed();
        assert!(took < Duration::from_secs(5), "{who}: {took:?}");
        assert_eq!(scratch.ask(&*system, &["A"]), Err(MakeError::Stopped), "no port is begun");
    }
}

#[test]
fn more_callers_than_jails_wait_for_each_other() {
    let scratch = Scratch::new("A!= sleep 0.05 2>/dev/null; echo x\n");
    let Some(system) = scratch.system() else { return };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..6).map(|_| scope.spawn(|| scratch.value(&system, "A"))).collect();
        callers.into_iter().for_each(|caller| assert_eq!(caller.join().unwrap(), "x"));
    });
    // The helper and process 1 of each jail.
    assert!(processes(&format!("{}/build/scan-jail", scratch.base)) <= 4);
}

#[test]
fn a_jail_that_was_killed_is_replaced() {
    let scratch = Scratch::new("A=b\n");
    let Some(system) = scratch.system() else { return };
    let slot = format!("{}/build/scan-jail", scratch.base);
    for entry in fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok()) {
        let arguments = fs::read(format!("/proc/{entry}/cmdline")).unwrap_or_default();
        if let (Ok(number), true) = (entry.parse(), String::from_utf8_lossy(&arguments).contains(&slot)) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(number), nix::sys::signal::Signal::SIGKILL);
        }
    }
    assert_eq!(scratch.value(&system, "A"), "b");
}

#[test]
fn nothing_is_left() {
    let scratch = Scratch::new("A!= (sleep 60 >/dev/null 2>&1 &); mktemp\n");
    let Some(system) = scratch.system() else { return };
    assert!(scratch.value(&system, "A").starts_with("/tmp/"));
    assert!(!mountinfo().contains(scratch.base.as_str()));
    drop(system);
    assert_eq!(processes(scratch.base.as_str()), 0);
    assert_eq!(fs::read_dir(scratch.base.join("build/scan-jail")).unwrap().count(), 0);
}
