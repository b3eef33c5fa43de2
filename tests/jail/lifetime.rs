//! Set up, taken away, or dead: nothing is left.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dsynth::jail::{self, JailError, Layout, MountKind, World, clean_leftovers};
use dsynth::model::Stop;

use crate::harness::*;

#[test]
fn the_host_sees_no_mount_at_any_time() {
    let scratch = Scratch::new();
    // Other tests mount, and so may others on this machine; a jail's mounts all lie below its slot.
    let seen = || mountinfo().contains(scratch.base.as_str());
    let Some(mut jail) = scratch.jail("SL00") else { return };
    // There it has the name that it has on its file system.
    let name = scratch.base.file_name().unwrap();
    assert!(print(&mut *jail, "echo x > /x; cat /proc/self/mountinfo").contains(name));
    assert!(!seen());
    assert!(is_empty(&scratch.base.join("build/SL00")));
    jail.cleanup().unwrap();
    assert!(!seen());
    assert!(processes(scratch.base.as_str()).is_empty());
    jail.cleanup().unwrap();
    assert!(matches!(jail.run(&shell(""), &mut Text::default(), &Stop::default()), Err(JailError::NotSetUp)));
}

#[test]
fn a_slot_is_new_every_time() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    print(&mut *jail, "echo x > /tmp/x");
    jail.setup().unwrap();
    assert_eq!(print(&mut *jail, "ls /tmp"), "");
}

#[test]
fn when_the_helper_is_killed_all_of_the_jail_dies() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let slot = scratch.base.join("build/SL00").to_string();
    // Both the helper and process 1 have the slot among their arguments; the helper is the older one.
    let helper = processes(&slot).into_iter().min().unwrap();
    let thread = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(300));
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(helper), nix::sys::signal::Signal::SIGKILL).unwrap();
    });
    let started = Instant::now();
    let exit =
        jail.run(&shell(&format!("setsid sleep 60 & sleep 60; : {slot}")), &mut Text::default(), &Stop::default());
    thread.join().unwrap();
    assert!(matches!(exit, Err(JailError::HelperDied)), "{exit:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(soon(|| processes(&slot).is_empty()));
    assert!(matches!(jail.open("/etc/hosts".into()), Err(JailError::HelperDied)));
    jail.cleanup().unwrap();
    jail.setup().unwrap();
    assert_eq!(print(&mut *jail, "echo again"), "again\n");
}

/// Has the test below play the dsynth that is killed; its value is the build base.
const VICTIM: &str = "DSYNTH_TEST_VICTIM";

#[test]
fn when_dsynth_is_killed_all_of_the_jail_dies() {
    if let Ok(base) = std::env::var(VICTIM) {
        return be_killed(&Scratch { base: base.into() });
    }
    let scratch = Scratch::new();
    if scratch.jail("SL00").is_none() {
        return;
    }
    let slot = scratch.base.join("build/SL01");
    let this = "lifetime::when_dsynth_is_killed_all_of_the_jail_dies";
    let mut victim = Command::new(std::env::current_exe().unwrap());
    let mut victim = victim.args(["--exact", this]).env(VICTIM, &scratch.base).stdout(Stdio::null()).spawn().unwrap();
    assert!(soon(|| processes(slot.as_str()).len() == 3), "the helper, process 1 and the shell");
    victim.kill().unwrap();
    victim.wait().unwrap();
    assert!(soon(|| processes(slot.as_str()).is_empty()));
    assert!(is_empty(&slot));
}

fn be_killed(scratch: &Scratch) {
    let mut jail = scratch.jail("SL01").unwrap();
    run(&mut *jail, &shell(&format!("setsid sleep 60 & sleep 60; : {}/build/SL01", scratch.base)));
}

#[test]
fn a_jail_that_is_dropped_in_use_leaves_no_process() {
    let scratch = Scratch::new();
    let Some(jail) = scratch.jail("SL00") else { return };
    assert_eq!(processes(scratch.base.as_str()).len(), 2);
    drop(jail);
    assert!(processes(scratch.base.as_str()).is_empty());
}

#[test]
fn a_missing_source_is_named_and_leaves_nothing() {
    let scratch = Scratch::new();
    if scratch.jail("SL00").is_none() {
        return;
    }
    fs::remove_dir(scratch.base.join("options")).unwrap();
    let error = jail::new(scratch.spec("SL01")).setup().unwrap_err().to_string();
    let expected = format!("mount `{}/options` on `/options`: No such file or directory", scratch.base);
    assert_eq!(error, expected);
    assert!(processes(scratch.base.as_str()).is_empty() && is_empty(&scratch.base.join("build/SL01")));
}

#[test]
fn makefiles_can_be_laid_over_those_of_the_world() {
    let scratch = Scratch::new();
    let share_mk = scratch.base.join("mk");
    fs::create_dir(&share_mk).unwrap();
    fs::write(share_mk.join("bsd.port.mk"), "").unwrap();
    let world = World::inspect("/".into()).unwrap();
    let layout = Layout { share_mk: Some(share_mk), ..scratch.layout() };
    let mut jail = jail::new(jail::JailSpec { mounts: jail::mounts(&layout, &world), ..scratch.spec("SL00") });
    match jail.setup() {
        Ok(()) => assert_eq!(print(&mut *jail, "ls /usr/share/mk"), "bsd.port.mk\n"),
        Err(error) if fs::exists("/usr/share/mk").unwrap() => {
            assert!(error.to_string().contains("namespace"), "{error}")
        }
        Err(error) => assert!(error.to_string().starts_with("make `/usr/share/mk` to mount on: "), "{error}"),
    }
}

#[test]
fn a_helper_that_is_no_dsynth_is_an_error() {
    let scratch = Scratch::new();
    for (helper, expected) in
        [("/bin/true", "the jail's helper process died"), ("/no/such", "start the jail's helper `/no/such`")]
    {
        let mut spec = scratch.spec("SL00");
        spec.helper_exe = Some(helper.into());
        assert_eq!(jail::new(spec).setup().unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_link_in_the_table_does_not_lead_out() {
    let scratch = Scratch::new();
    let mut spec = scratch.spec("SL00");
    let outside = scratch.base.join("outside");
    let link = MountKind::Symlink { to: outside.clone() };
    spec.mounts.push(jail::Mount { target: "/trap".into(), kind: link });
    spec.files.push(jail::JailFile { path: "/trap/x/file".into(), content: String::new(), mode: 0o644 });
    fs::create_dir(&outside).unwrap();
    assert!(jail::new(spec).setup().is_err(), "the link dangles inside");
    assert!(is_empty(&outside));
}

#[test]
fn what_a_crash_left_mounted_is_taken_away() {
    let scratch = Scratch::new();
    let base = scratch.base.join("build");
    let slot = base.join("SL07");
    fs::create_dir_all(&slot).unwrap();
    let tmpfs = |target: &camino::Utf8Path| {
        nix::mount::mount(Some("tmpfs"), target.as_str(), Some("tmpfs"), nix::mount::MsFlags::empty(), None::<&str>)
    };
    if let Err(errno) = tmpfs(&slot) {
        eprintln!("skipped: only root can leave mounts behind ({errno})");
        return;
    }
    let deep = slot.join("with space/deep");
    fs::create_dir_all(&deep).unwrap();
    tmpfs(&deep).unwrap();
    // As many as there are: the C program leaves them beyond its number of builders.
    let far = base.join("SL113");
    fs::create_dir(&far).unwrap();
    tmpfs(&far).unwrap();
    let done = clean_leftovers(&base).unwrap();
    assert!(done.stuck.is_empty() && done.detached.is_empty());
    assert_eq!(done.unmounted, [far.clone(), deep, slot.clone()]);
    assert!(!slot.exists() && !far.exists() && !mountinfo().contains(base.as_str()));
}

#[test]
fn a_busy_mount_is_detached_and_nothing_of_it_is_deleted() {
    let scratch = Scratch::new();
    let base = scratch.base.join("build");
    let (slot, precious) = (base.join("SL00"), scratch.base.join("distfiles"));
    fs::create_dir_all(slot.join("distfiles")).unwrap();
    fs::write(slot.join("garbage"), "").unwrap();
    fs::write(precious.join("precious"), "").unwrap();
    let target = slot.join("distfiles");
    let bound = nix::mount::mount(
        Some(precious.as_str()),
        target.as_str(),
        None::<&str>,
        nix::mount::MsFlags::MS_BIND,
        None::<&str>,
    );
    if bound.is_err() {
        return eprintln!("skipped: only root can leave mounts behind");
    }
    let mut user = Command::new("sleep").arg("60").current_dir(&target).spawn().unwrap();
    let done = clean_leftovers(&base).unwrap();
    user.kill().unwrap();
    user.wait().unwrap();
    assert_eq!((done.detached, done.removed), (vec![target], vec![slot.clone()]));
    assert!(done.stuck.is_empty() && !slot.exists() && precious.join("precious").exists());
    assert!(!mountinfo().contains(base.as_str()));
}

/// Has the test below play a debugger of this process.
const DEBUGGED: &str = "DSYNTH_TEST_DEBUGGED";

#[test]
fn a_helper_that_does_not_go_though_it_was_killed_is_an_error() {
    if let Ok(pid) = std::env::var(DEBUGGED) {
        return debug(pid.parse().unwrap());
    }
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let helper = processes(scratch.base.as_str()).into_iter().min().unwrap();
    // The kernel says that a process has ended to its debugger first, and to its parent when that one has heard it.
    let this = "lifetime::a_helper_that_does_not_go_though_it_was_killed_is_an_error";
    let mut debugger = Command::new(std::env::current_exe().unwrap());
    debugger.args(["--exact", this, "--nocapture"]).env(DEBUGGED, helper.to_string());
    let mut debugger = debugger.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(debugger.stdout.take().unwrap()).lines().map_while(Result::ok);
    let there = said.any(|line| line.contains("is debugged"));
    let cleaned = jail.cleanup();
    let again = jail.setup();
    drop(debugger.stdin.take());
    debugger.wait().unwrap();
    if !there {
        return eprintln!("skipped: this user may debug nobody");
    }
    assert!(matches!(cleaned, Err(JailError::Stuck { pid }) if pid.cast_signed() == helper), "{cleaned:?}");
    again.unwrap();
}

fn debug(helper: i32) {
    let helper = nix::unistd::Pid::from_raw(helper);
    if nix::sys::ptrace::seize(helper, nix::sys::ptrace::Options::empty()).is_ok() {
        println!("{helper} is debugged");
    }
    // Until the other one has seen enough.
    let _ = std::io::stdin().read(&mut [0]);
}

#[test]
fn a_helper_that_was_stopped_is_ended_all_the_same() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    for pid in processes(scratch.base.as_str()) {
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGSTOP).unwrap();
    }
    jail.cleanup().unwrap();
    assert!(processes(scratch.base.as_str()).is_empty());
}
