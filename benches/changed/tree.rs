//! What one changed file costs over a real tree: how many ports are asked again, in which time, and who should be.
//!
//! `DSYNTH_CONFIG=DIR cargo bench --bench changed [-- CHANGE...]`, as root on Linux: DIR has a dsynth.ini whose build base
//! knows the tree. Nothing of it is changed: tree, options and build base get overlays that go with the process. A
//! change is a path below the tree: `PATH` gets a comment more, and is made if there is none; `-PATH` is removed; `.` touches
//! all; `options/ORIGIN` gets an options file. With `DSYNTH_ORACLE=FILE.jsonl` (see oracle.rs; `makefiles` and
//! `reads_beyond_makefiles` are what `strace` saw) each answer is compared to who read the file.

#![expect(clippy::print_stdout, reason = "a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use camino::Utf8Path;
use dsynth::config::Profile;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{UsageWho, getrusage};

type Origins = BTreeSet<String>;

/// For DPorts; `Mk/bsd.port.mk` asks everybody and is left to who names it.
const CHANGES: [&str; 12] = [
    "editors/nano/Makefile",
    "editors/vim/Makefile",
    "www/xpi-adblock/Makefile.xpi",
    "lang/python27/Makefile",
    "lang/python34/Makefile",
    "Mk/Uses/lua.mk",
    "Mk/Uses/python.mk",
    "astro/Makefile.inc",
    "options/editors/nano",
    "-misc/achievo",
    "misc/dsynth-new/Makefile",
    ".",
];

pub(crate) fn changes() -> Result<(), Box<dyn Error>> {
    let Ok(config) = std::env::var("DSYNTH_CONFIG") else {
        println!("changed: set DSYNTH_CONFIG to change things in a real tree");
        return Ok(());
    };
    let named: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let changes = if named.is_empty() { CHANGES.map(str::to_owned).to_vec() } else { named };
    let profile = Profile::load(Some(Utf8Path::new(&config)), None, None)?;
    let readers = std::env::var("DSYNTH_ORACLE").ok().map(|file| readers(&file)).transpose()?;
    let scratch = tempfile::tempdir()?;
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
    for (name, lower) in [("tree", &profile.portsdir), ("options", &profile.options), ("base", &profile.buildbase)] {
        overlay(lower, &Utf8Path::from_path(scratch.path()).ok_or("an odd directory")?.join(name))?;
    }

    println!("{:<34} {:>6} {:>8} {:>8} {:>8}", "change", "asked", "wall s", "CPU s", "readers");
    Look::take(&config)?.report("(none, the overlays are new)", None);
    Look::take(&config)?.report("(none)", None);
    for change in changes {
        make(&profile, &change)?;
        let known = readers.as_ref().and_then(|readers| readers.get(&change));
        Look::take(&config)?.report(&change, known);
    }
    Ok(())
}

fn overlay(lower: &Utf8Path, scratch: &Utf8Path) -> Result<(), Box<dyn Error>> {
    let (upper, work) = (scratch.join("upper"), scratch.join("work"));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&work)?;
    // It is lost anyway: the kernel need not sync each file that is copied up.
    let options = format!("lowerdir={lower},upperdir={upper},workdir={work},volatile");
    Ok(mount(Some("overlay"), lower.as_std_path(), Some("overlay"), MsFlags::empty(), Some(options.as_str()))?)
}

fn make(profile: &Profile, change: &str) -> Result<(), Box<dyn Error>> {
    if change == "." {
        return touch(&profile.portsdir);
    }
    if let Some(path) = change.strip_prefix('-') {
        return Ok(fs::remove_dir_all(profile.portsdir.join(path))?);
    }
    let path = match change.strip_prefix("options/") {
        Some(origin) => profile.options.join(origin.replace('/', "_")).join("options"),
        None => profile.portsdir.join(change),
    };
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(writeln!(OpenOptions::new().append(true).create(true).open(path)?, "# a comment")?)
}

fn touch(directory: &Utf8Path) -> Result<(), Box<dyn Error>> {
    for entry in directory.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            touch(entry.path())?;
        } else if entry.file_type()?.is_file() {
            let times = FileTimes::new().set_modified(SystemTime::now());
            OpenOptions::new().append(true).open(entry.path())?.set_times(times)?;
        }
    }
    Ok(File::open(directory)?.set_times(FileTimes::new().set_modified(SystemTime::now()))?)
}

/// One `status-everything`: which ports it asked, and what that took.
struct Look {
    asked: Origins,
    wall: Duration,
    cpu: f64,
}

impl Look {
    fn take(config: &str) -> Result<Look, Box<dyn Error>> {
        let (before, begin) = (cpu()?, Instant::now());
        let ran =
            Command::new(env!("CARGO_BIN_EXE_dsynth")).args(["-d", "-C", config, "status-everything"]).output()?;
        let (wall, cpu) = (begin.elapsed(), cpu()? - before);
        let said = String::from_utf8_lossy(&ran.stderr);
        if !ran.status.success() {
            return Err(said.into_owned().into());
        }
        let port = |line: &str| {
            let directory = line.split_once(" make -C ")?.1.split(' ').next()?;
            let (above, name) = directory.rsplit_once('/')?;
            Some(format!("{}/{name}", above.rsplit('/').next()?))
        };
        Ok(Look { asked: said.lines().filter_map(port).collect(), wall, cpu })
    }

    /// `readers` read the file for sure.
    fn report(&self, change: &str, readers: Option<&Origins>) {
        let known = readers.map_or("-".to_owned(), |readers| readers.len().to_string());
        let (wall, cpu) = (self.wall.as_secs_f64(), self.cpu);
        println!("{change:<34} {:>6} {wall:>8.2} {cpu:>8.2} {known:>8}", self.asked.len());
        let Some(readers) = readers else { return };
        for (what, mut ports) in
            [("stale", readers.difference(&self.asked)), ("asked for nothing", self.asked.difference(readers))]
        {
            let first: Vec<&str> = ports.by_ref().take(4).map(String::as_str).collect();
            if !first.is_empty() {
                println!("    {what}: {} and {} more", first.join(" "), ports.count());
            }
        }
    }
}

/// Of this process' children, in seconds.
fn cpu() -> Result<f64, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let seconds =
        [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6);
    Ok(seconds[0] + seconds[1])
}

/// Which ports read a file of the tree.
fn readers(oracle: &str) -> Result<BTreeMap<String, Origins>, Box<dyn Error>> {
    let mut readers: BTreeMap<String, Origins> = BTreeMap::new();
    for line in fs::read_to_string(oracle)?.lines() {
        let truth: serde_json::Value = serde_json::from_str(line)?;
        let Some(origin) = truth["origin"].as_str() else { continue };
        let files = ["makefiles", "reads_beyond_makefiles"].iter().filter_map(|name| truth[name].as_array()).flatten();
        for file in files.filter_map(|file| file.as_str()) {
            let is_relative = file.starts_with("..") || !file.contains('/');
            let file = if is_relative { format!("{origin}/{file}") } else { file.to_owned() };
            readers.entry(normal(&file)).or_default().insert(origin.to_owned());
        }
    }
    Ok(readers)
}

fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}
