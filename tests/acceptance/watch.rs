//! `watch`: the tree is edited while builds run in real jails.

use std::fs::{self, File};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, mounts};

/// A watch under way, and the file it talks to.
struct Watch<'w> {
    world: &'w World,
    child: Child,
}

impl<'w> Watch<'w> {
    fn begin(world: &'w World, words: &[&str]) -> Watch<'w> {
        Watch::of(world, world.command(&[&["watch"], words].concat()))
    }

    fn of(world: &'w World, mut command: Command) -> Watch<'w> {
        let out = File::create(world.path("out")).unwrap();
        let child = command.stdout(out.try_clone().unwrap()).stderr(out).spawn().unwrap();
        Watch { world, child }
    }

    fn said(&self) -> String {
        self.world.read("out").replace(self.world.base.as_str(), "W")
    }

    fn count(&self, text: &str) -> usize {
        self.said().matches(text).count()
    }

    /// Waits until it has said something so often. The time is only there to end a test that fails.
    fn until(&self, text: &str, times: usize) {
        let patience = Instant::now() + Duration::from_secs(90);
        while self.count(text) < times {
            assert!(Instant::now() < patience, "not {times} times `{text}`:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Until it has nothing more to do, having waited so often before.
    fn rests(&self, before: usize) {
        self.until("waiting for changes", before + 1);
    }

    fn waits(&self) -> usize {
        self.count("waiting for changes")
    }

    /// Makes a change; waits until all that follows from it is done.
    fn after(&self, change: impl FnOnce()) -> String {
        let (before, waits) = (self.said().len(), self.waits());
        change();
        self.rests(waits);
        self.said()[before..].to_owned()
    }

    fn end(mut self, signal: Signal) -> i32 {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What was built, sorted.
fn built(said: &str) -> String {
    let mut specs: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("SUCCESS"))
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    specs.sort_unstable();
    specs.join(" ")
}

fn round(said: &str) -> &str {
    said.lines().find(|line| line.starts_with("round ")).unwrap_or("no round")
}

/// Everything happens while leaf is being built, which takes as long as there is a certain file.
fn story(words: &[&str]) {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    world.options("t/leaf", "+SLEEP");
    world.make_conf("LEAF_SLEEP=0; while test -e /distfiles/hold; do sleep 0.1; done\n");
    world.write("distfiles/hold", b"");
    let ports = "t/leaf@- t/top-def t/b-leaf t/r-leaf t/new misc/hello misc/hello-twice broken/build-fails";
    let ports: Vec<&str> = ports.split(' ').collect();
    let watch = Watch::begin(&world, &[words, &ports].concat());

    watch.until("START   t/leaf@default", 1);
    // What is built at this moment is edited, and so are all that wait for it: one new, one gone, one renamed, one broken.
    world.append("ports/t/leaf/Makefile", "# an edit\n");
    let text = world.read("ports/t/r-leaf/Makefile");
    world.write("ports/t/new/Makefile", text.replace("r-leaf", "new").as_bytes());
    fs::remove_dir_all(world.path("ports/t/b-leaf")).unwrap();
    fs::rename(world.path("ports/t/r-leaf"), world.path("ports/t/s-leaf")).unwrap();
    let whole = world.read("ports/t/top-def/Makefile");
    world.append("ports/t/top-def/Makefile", ".if\n");
    watch.until("Malformed conditional", 1);
    fs::remove_file(world.path("distfiles/hold")).unwrap();
    watch.rests(0);
    let said = watch.said();
    assert_eq!(watch.count("SUCCESS t/leaf@default"), 2, "for what it was begun with, and again: {said}");
    assert_eq!(watch.count("SUCCESS t/new"), 1, "{said}");
    for gone in ["SUCCESS t/b-leaf", "SUCCESS t/r-leaf", "SUCCESS t/top-def"] {
        assert_eq!(watch.count(gone), 0, "{gone}: {said}");
    }

    let said = watch.after(|| world.write("ports/t/top-def/Makefile", whole.as_bytes()));
    assert_eq!(built(&said), "t/top-def t/tri@default", "{said}");
    let said = watch.after(|| fs::rename(world.path("ports/t/s-leaf"), world.path("ports/t/r-leaf")).unwrap());
    assert_eq!(built(&said), "t/r-leaf", "{said}");
    let said = watch.after(|| world.append("ports/misc/hello/Makefile", "# an edit\n"));
    assert_eq!(built(&said), "misc/hello", "it came out equal: {said}");
    assert_eq!(watch.count("FAILURE broken/build-fails"), 1, "nothing about it changed: {}", watch.said());

    assert_eq!(watch.end(Signal::SIGTERM), 143);
    assert!(!mounts().contains(world.base.as_str()));
    let ran = world.run(&["status", "t/leaf@-", "t/top-def", "t/r-leaf", "t/new", "misc/hello", "misc/hello-twice"]);
    assert!(ran.stdout.contains("Total packages that would be built: 0/"), "{}", ran.whole());
}

#[test]
fn changes_while_builds_run_end_in_the_last_state() {
    story(&[]);
}

#[test]
fn stamps_alone_do_as_well() {
    story(&["--poll"]);
}

#[test]
fn the_configuration_is_watched_too() {
    let Some(world) = World::new() else { return };
    let watch = Watch::begin(&world, &["textproc/shout"]);
    watch.rests(0);
    let ini = world.read("cfg/dsynth.ini");
    world.append("cfg/dsynth.ini", "Number_of_bilders= 3\n");
    watch.until("W/cfg/dsynth.ini:18: unknown key `Number_of_bilders`", 1);
    watch.until("what was read before stays in force", 1);
    world.write("cfg/dsynth.ini", ini.as_bytes());
    let said = watch.after(|| world.options("textproc/shout", "+DOCS"));
    assert_eq!(built(&said), "textproc/shout", "{said}");
    assert!(round(&said).contains("W/options/textproc_shout"), "{said}");
    let said = watch.after(|| world.make_conf("CFLAGS+=-DFROM_MAKE_CONF\n"));
    assert_eq!(built(&said), "ports-mgmt/pkg textproc/shout", "{said}");
    assert!(said.contains("the configuration changed"), "{said}");
    let said = watch.after(|| world.append("cfg/dsynth.ini", "Max_jobs_per_builder= 2\n"));
    assert_eq!(built(&said), "", "no package is made of this: {said}");
    assert_eq!(watch.end(Signal::SIGINT), 130);
}

#[test]
fn once_is_one_round_and_dry_run_builds_nothing() {
    let Some(world) = World::new() else { return };
    let ran = world.run(&["watch", "--once", "--dry-run", "t/b-leaf"]);
    assert!(ran.stdout.ends_with("  N => t/leaf@default\n  N => t/b-leaf\n"), "{}", ran.whole());
    assert_eq!((ran.status, world.packages().len()), (0, 0));
    let ran = world.run(&["watch", "--once", "t/b-leaf", "broken/build-fails"]);
    assert_eq!((ran.status, built(&ran.stdout).as_str()), (2, "t/b-leaf t/leaf@default"), "{}", ran.whole());
    let log = world.log("00_last_results.log");
    let watch = Watch::begin(&world, &["--dry-run", "t/b-leaf"]);
    watch.rests(0);
    assert_eq!(world.log("00_last_results.log"), log, "a look on leaves the logs of builds alone");
    let said = watch.after(|| world.append("ports/t/b-leaf/Makefile", "# an edit\n"));
    let line = "round 2: t/b-leaf/Makefile; 1 to be built: t/b-leaf (port t/b-leaf changed)";
    assert_eq!((round(&said), built(&said).as_str()), (line, ""), "{said}");
}

/// The package manager was found without a record, and nothing that is built needs it.
#[test]
fn what_was_found_up_to_date_is_followed_from_then_on() {
    for words in [&["--dry-run"][..], &[]] {
        let Some(world) = World::new() else { return };
        let watch = Watch::begin(&world, &[words, &["ports-mgmt/pkg"]].concat());
        watch.rests(0);
        assert!(round(&watch.said()).ends_with("nothing more to build"), "{}", watch.said());
        let said = watch.after(|| world.append("ports/ports-mgmt/pkg/Makefile", "# an edit\n"));
        let line = "round 2: ports-mgmt/pkg/Makefile; 1 to be built: ports-mgmt/pkg (";
        assert!(round(&said).starts_with(line), "{said}");
        assert_eq!(built(&said).is_empty(), !words.is_empty(), "{said}");
    }
}

/// In a user namespace that may have five watches.
#[cfg(target_os = "linux")]
#[test]
fn when_the_kernel_has_no_watches_left_stamps_are_compared() {
    let Some(world) = World::new() else { return };
    let few = world.command(&["watch", "--dry-run", "t/b-leaf"]);
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c"]);
    command.args(["echo 5 >/proc/sys/user/max_inotify_watches || exit 77; exec \"$@\"", "sh"]);
    command.arg(few.get_program()).args(few.get_args()).env_clear().env("PATH", "/usr/bin:/bin");
    let watch = Watch::of(&world, command);
    watch.until("the kernel gives no more than 5 watches on directories", 1);
    watch.rests(0);
    let said = watch.after(|| world.append("ports/t/b-leaf/Makefile", "# an edit\n"));
    assert!(round(&said).starts_with("round 2: t/b-leaf; 1 to be built"), "{said}");
    assert_eq!(watch.count("watches on directories"), 1, "told once: {}", watch.said());
}
