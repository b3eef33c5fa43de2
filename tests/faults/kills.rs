//! kill -9 at any moment, of dsynth, a jail's helper or a phase: the next start goes on from there.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::host::Host;
use crate::world::{World, processes, soon};

/// How many kills; a few are enough for every day.
const COUNT: &str = "DSYNTH_TEST_KILLS";
/// Where the choices start from.
const SEED: &str = "DSYNTH_TEST_SEED";

const TARGETS: [&str; 3] = ["just-build", "t/top-foo", "t/tri@bar"];
const PACKAGES: [&str; 4] = ["leaf-1.pkg", "top-foo-1.pkg", "tri-BAR-1.pkg", "tri-FOO-1.pkg"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Victim {
    Dsynth,
    Helper,
    Phase,
}

/// What is counted.
#[derive(Debug, Default)]
struct Counts {
    /// By who was killed, and how the run ended then.
    kills: BTreeMap<(Victim, i32), u32>,
    /// The run was over before.
    too_late: u32,
    /// Packages that were in place after the kill, and stayed.
    kept: usize,
    /// Packages that the next run built.
    built: usize,
    /// Next runs that said what was interrupted.
    told: u32,
}

/// Numbers that look random and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().unwrap())
}

#[test]
fn whoever_is_killed_the_next_start_ends_with_all_packages() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "2");
    let (count, seed) = (number(COUNT, 8), number(SEED, 20261123));
    let mut dice = Dice(seed | 1);
    let begun = Instant::now();
    assert_eq!(world.run(&TARGETS).status, 0);
    // The first run made the template and asked the tree: the others are shorter.
    forget(&world);
    let begun_again = Instant::now();
    assert_eq!(world.run(&TARGETS).status, 0);
    let usual = begun_again.elapsed();
    let (host, mut counts) = (Host::before(&world), Counts::default());
    for _ in 0..count {
        let victim = [Victim::Dsynth, Victim::Helper, Victim::Phase][dice.below(3) as usize];
        let when = usual.mul_f64(dice.below(900) as f64 / 1000.0);
        round(&world, victim, when, &mut dice, &host, &mut counts);
    }
    let all: u32 = counts.kills.values().sum();
    assert_eq!(u64::from(all + counts.too_late), count);
    eprintln!("{count} kills, seed {seed}, {:.0} s: {counts:?}", begun.elapsed().as_secs_f64());
}

fn round(world: &World, victim: Victim, when: Duration, dice: &mut Dice, host: &Host, counts: &mut Counts) {
    forget(world);
    let mut dsynth = world.begin(&TARGETS);
    std::thread::sleep(when);
    // Nobody of the kind may be there at this very moment: the next one then.
    let mut hit = strike(victim, &dsynth, dice);
    while !hit && dsynth.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(2));
        hit = strike(victim, &dsynth, dice);
    }
    let status = dsynth.wait().unwrap().code().unwrap_or(-1);
    if hit {
        *counts.kills.entry((victim, status)).or_default() += 1;
    } else {
        counts.too_late += 1;
    }
    assert!(soon(|| processes(world.base.as_str()).is_empty()), "{victim:?} after {when:?}");
    let before = in_place(world);
    let ran = world.run(&TARGETS);
    let after = in_place(world);
    let context = format!("{victim:?} after {when:?}: {}", ran.whole());
    assert_eq!(ran.status, 0, "{context}");
    assert_eq!(after.keys().map(String::as_str).collect::<Vec<_>>(), PACKAGES, "{context}");
    for (name, file) in &before {
        assert_eq!(after.get(name), Some(file), "{name} was built again: {context}");
    }
    host.assert_clean(world);
    counts.kept += before.len();
    counts.built += after.len() - before.len();
    counts.told += u32::from(ran.stdout.contains("was interrupted in an earlier run"));
}

/// Kills one of those who are there; false if nobody of the kind is.
fn strike(victim: Victim, dsynth: &Child, dice: &mut Dice) -> bool {
    let this = dsynth.id() as i32;
    let family = descendants(this);
    let is_helper = |pid: &i32| comm(*pid) == "dsynth-jail";
    let candidates: Vec<i32> = match victim {
        Victim::Dsynth => vec![this],
        Victim::Helper => family.into_iter().filter(is_helper).collect(),
        Victim::Phase => family.into_iter().filter(|pid| !is_helper(pid)).collect(),
    };
    let Some(pid) = candidates.get(dice.below(candidates.len() as u64) as usize) else { return false };
    // Nobody has waited for it: the number cannot be another's, if it is the child's own.
    let lives = !stat(*pid).is_empty() && fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty());
    let ours = *pid == this || descendants(this).contains(pid);
    lives && ours && kill(Pid::from_raw(*pid), Signal::SIGKILL).is_ok()
}

/// All processes below one, by their parents.
fn descendants(of: i32) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parents: Vec<(i32, i32)> = numbers.filter_map(|pid: i32| Some((pid, parent(pid)?))).collect();
    let mut family = vec![of];
    let mut next = 0;
    while next < family.len() {
        let parent = family[next];
        family.extend(parents.iter().filter(|(_, its)| *its == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    family.split_off(1)
}

/// The second number after the name in parentheses.
fn parent(pid: i32) -> Option<i32> {
    stat(pid).rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn stat(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default()
}

fn comm(pid: i32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim().to_owned()
}

fn forget(world: &World) {
    world.packages().iter().for_each(|name| world.remove(&format!("packages/All/{name}")));
}

/// Whole packages with inode and time.
fn in_place(world: &World) -> BTreeMap<String, (u64, i64, i64)> {
    let whole = world.packages().into_iter().filter(|name| !name.ends_with(".new"));
    let file = |name: String| {
        let found = fs::metadata(world.path("packages/All").join(&name)).unwrap();
        (name, (found.ino(), found.mtime(), found.mtime_nsec()))
    };
    whole.map(file).collect()
}

// Unchanged: mounts, processes, and that the port is not recorded as failed.
#[test]
fn a_second_signal_ends_it_at_once_and_leaves_nothing() {
    let Some(world) = World::new() else { return };
    world.make_conf("FIXTURE_HANG=yes\n");
    let host = Host::before(&world);
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let mut dsynth = world.begin(&["just-build", "broken/hangs", "t/tri@bar"]);
        let log = world.path("logs/broken___hangs.log");
        let hangs = || fs::read_to_string(&log).unwrap_or_default().contains("waiting for what never comes");
        assert!(soon(hangs));
        let pid = Pid::from_raw(dsynth.id() as i32);
        kill(pid, signal).unwrap();
        kill(pid, signal).unwrap();
        assert_eq!(dsynth.wait().unwrap().code(), Some(status));
        host.assert_clean(&world);
        fs::remove_file(&log).unwrap();
    }
    let ran = world.run(&["status", "broken/hangs"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    // As a shell does it: to the whole group, helpers too.
    let mut shell = Command::new("setsid");
    shell.arg(env!("CARGO_BIN_EXE_dsynth")).arg("-C").arg(world.path("cfg")).args([
        "-s0",
        "-M99",
        "just-build",
        "broken/hangs",
    ]);
    let mut dsynth =
        shell.env_clear().env("PATH", "/usr/bin:/bin").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    assert!(soon(|| world.path("logs/broken___hangs.log").exists()));
    kill(Pid::from_raw(-(dsynth.id() as i32)), Signal::SIGINT).unwrap();
    assert_eq!(dsynth.wait().unwrap().code(), Some(130));
    host.assert_clean(&world);
}
