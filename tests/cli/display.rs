//! The display on a real terminal: what it shows, what its keys do, and that the terminal is as it was in the end.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;

use crate::world::{World, mounts, processes, soon};

/// A terminal of 80 columns and 24 rows.
struct Tty {
    master: File,
    screen: Arc<Mutex<vt100::Parser>>,
}

impl Tty {
    /// Runs it with this terminal as its own; by setsid(1), which is everywhere on Linux.
    fn run(command: &Command) -> (Tty, Child) {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(&size, None).unwrap();
        // Not for the child: it would keep its own terminal from being hung up when a test fails.
        let master = File::from(pty.master).try_clone().unwrap();
        let mut child = Command::new("setsid");
        child.arg("-c").arg(command.get_program()).args(command.get_args());
        child.env_clear().env("PATH", "/usr/bin:/bin").env("TERM", "xterm").env("LC_ALL", "C.UTF-8");
        child.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        child.stdin(pty.slave.try_clone().unwrap()).stdout(pty.slave.try_clone().unwrap()).stderr(pty.slave);
        let child = child.spawn().unwrap();
        let screen = Arc::new(Mutex::new(vt100::Parser::default()));
        let (mut reader, shown) = (master.try_clone().unwrap(), screen.clone());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap().process(&bytes[..count]);
            }
        });
        (Tty { master, screen }, child)
    }

    fn screen(&self) -> vt100::Screen {
        self.screen.lock().unwrap().screen().clone()
    }

    fn text(&self) -> String {
        self.screen().contents()
    }

    fn shows(&self, text: &str) {
        assert!(soon(|| self.text().contains(text)), "`{text}` does not come:\n{}", self.text());
    }

    fn types(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    fn is_raw(&self) -> bool {
        !tcgetattr(&self.master).unwrap().local_flags.intersects(LocalFlags::ICANON | LocalFlags::ECHO)
    }

    fn is_taken(&self) -> bool {
        let screen = self.screen();
        screen.alternate_screen() && screen.hide_cursor() && self.is_raw()
    }

    /// The cursor and the lines of before are there again, and keys are for a shell.
    fn is_restored(&self) -> bool {
        let screen = self.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && !self.is_raw()
    }
}

/// A world with one builder and ports that are not built before the file `go` is among the distfiles.
fn waiting() -> Option<World> {
    let mut world = World::new()?;
    world.set("Number_of_builders", "1");
    let wait = "pre-build:\n\t@echo waiting here\n\t@while [ ! -e /distfiles/go ]; do sleep 0.1; done\n\n.include";
    world.edit("ports/t/late/Makefile", ".include", wait);
    Some(world)
}

const BUILD: &[&str] = &["just-build", "t/late", "t/leaf@default"];

/// Until `t/late` waits.
fn begun(world: &World, words: &[&str]) -> (Tty, Child) {
    let (tty, child) = Tty::run(&world.command(words));
    assert!(soon(|| building(&tty)), "{}", tty.text());
    (tty, child)
}

/// Whether the row of the slot says so.
fn building(tty: &Tty) -> bool {
    let is_there = |line: &str| line.starts_with(" 00  ") && line.contains("  build  ") && line.contains("  t/late  ");
    tty.text().lines().any(is_there)
}

#[test]
fn the_terminal_is_as_it_was_whatever_ends_a_run() {
    let Some(world) = waiting() else { return };
    // None is a signal.
    for (keys, status) in [(Some("\u{3}"), 130), (None, 143)] {
        let (mut tty, mut child) = begun(&world, BUILD);
        assert!(tty.is_taken());
        match keys {
            Some(keys) => tty.types(keys),
            None => kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap(),
        }
        assert_eq!(child.wait().unwrap().code(), Some(status));
        assert!(soon(|| tty.is_restored()), "{}", tty.text());
        tty.shows("interrupted: 1\n");
        tty.shows("not started: 1\n");
        assert!(!mounts().contains(world.base.as_str()));
    }
}

#[test]
fn who_cannot_wait_has_the_terminal_as_it_was_too() {
    let Some(world) = waiting() else { return };
    let (mut tty, mut child) = begun(&world, BUILD);
    tty.types("\u{3}\u{3}\u{3}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(soon(|| tty.is_restored()), "{}", tty.text());
    assert!(soon(|| processes(world.base.as_str()).is_empty()), "its jails end with it");
}

#[test]
fn a_gentle_stop_finishes_what_runs_and_begins_no_more() {
    let Some(world) = waiting() else { return };
    let (mut tty, mut child) = begun(&world, BUILD);
    tty.types("s");
    tty.shows("Finish what runs, begin no more? y/n");
    tty.types("y");
    tty.shows("Stopping when 1 have ended");
    world.write("distfiles/go", b"");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(soon(|| tty.is_restored()), "{}", tty.text());
    assert_eq!(world.packages(), ["tri-1.pkg", "zz-late-1.pkg"]);
    assert!(world.log("00_last_results.log").contains("not started: 1\n"));
}

#[test]
fn keys_show_a_slots_log_and_what_keys_there_are() {
    let Some(world) = waiting() else { return };
    let (mut tty, mut child) = begun(&world, BUILD);
    tty.types("?");
    tty.shows("finish builds, begin no more");
    tty.types("?");
    tty.shows("[000] START");
    tty.types("\r");
    tty.shows("waiting here");
    tty.types("\u{1b}");
    tty.shows("[000] START");
    world.write("distfiles/go", b"");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(soon(|| tty.is_restored()));
    let log = world.log("00_last_results.log");
    let summary = &log[log.find("Initial queue size").unwrap()..];
    tty.shows(summary.trim());
}

#[test]
fn the_display_is_left_by_z_and_back_in_the_foreground() {
    let Some(world) = waiting() else { return };
    let dsynth = world.command(BUILD);
    let words = [dsynth.get_program()].into_iter().chain(dsynth.get_args()).map(|word| word.to_str().unwrap());
    let line = format!("{}\r", words.collect::<Vec<_>>().join(" "));
    let mut shell = Command::new("bash");
    shell.args(["--norc", "-i"]).env("PS1", "ready> ");
    let (mut tty, mut shell) = Tty::run(&shell);
    tty.shows("ready> ");
    tty.types(&line);
    assert!(soon(|| building(&tty)), "{}", tty.text());
    tty.types("\u{1a}");
    tty.shows("Stopped");
    assert!(!tty.screen().alternate_screen());
    tty.types("fg\r");
    assert!(soon(|| tty.is_taken() && building(&tty)), "{}", tty.text());
    world.write("distfiles/go", b"");
    tty.shows("packages built: 3");
    assert!(soon(|| tty.is_restored()));
    tty.types("exit $?\r");
    assert_eq!(shell.wait().unwrap().code(), Some(0));
}

#[test]
fn lines_are_for_who_wants_them() {
    let Some(mut world) = waiting() else { return };
    world.write("distfiles/go", b"");
    for words in [&["-S"][..], &["-dd"], &["-d"], &["--json"]] {
        let (tty, mut child) = Tty::run(&world.command(&[words, &["force", "t/late"]].concat()));
        tty.shows("late");
        if words != ["--json"] {
            tty.shows("Rebuild the repository? ");
        }
        kill(Pid::from_raw(child.id() as i32), Signal::SIGKILL).unwrap();
        child.wait().unwrap();
        assert!(!tty.screen().alternate_screen(), "{words:?}");
    }
    world.set("Display_with_ncurses", "false");
    let (tty, mut child) = Tty::run(&world.command(&["-y", "force", "t/late"]));
    assert_eq!(child.wait().unwrap().code(), Some(0));
    tty.shows("SUCCESS t/late");
}

#[test]
fn a_monitor_is_left_while_the_run_goes_on_and_ends_with_it() {
    let Some(world) = waiting() else { return };
    let (run_tty, mut run) = begun(&world, BUILD);
    let (mut tty, mut monitor) = begun(&world, &["monitor"]);
    tty.types("q");
    assert_eq!(monitor.wait().unwrap().code(), Some(0));
    assert!(soon(|| tty.is_restored()) && !tty.text().contains("dsynth exited"));

    let (tty, mut monitor) = begun(&world, &["monitor"]);
    kill(Pid::from_raw(monitor.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(monitor.wait().unwrap().code(), Some(143));
    assert!(soon(|| tty.is_restored()), "{}", tty.text());

    let (tty, mut monitor) = begun(&world, &["monitor"]);
    let followers = [(&["monitor"][..], "\n"), (&["--json", "monitor"], r#""event":"host""#)].map(|(words, first)| {
        let mut follower = world.command(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = BufReader::new(follower.stdout.take().unwrap());
        let mut text = String::new();
        // What was before they came, and what comes once a second.
        while !text.contains(first) {
            assert!(said.read_line(&mut text).unwrap() > 0, "{text}");
        }
        (follower, said, text)
    });
    world.write("distfiles/go", b"");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    assert_eq!(monitor.wait().unwrap().code(), Some(0));
    assert!(soon(|| tty.text().ends_with("dsynth exited") && tty.is_restored()), "{}", tty.text());
    tty.shows("packages built: 3");
    let [plain, json] = followers.map(|(mut follower, mut said, mut text)| {
        said.read_to_string(&mut text).unwrap();
        assert_eq!(follower.wait().unwrap().code(), Some(0));
        text
    });
    assert!(plain.contains("START   t/late") && plain.contains("SUCCESS t/leaf@default"), "{plain}");
    assert!(plain.ends_with("dsynth exited\n"), "{plain}");
    assert!(json.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{json}");
    assert!(json.contains(r#""event":"host""#) && json.contains(r#""event":"run-ended""#), "{json}");
    drop(run_tty);
}
