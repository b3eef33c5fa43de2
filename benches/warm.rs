//! A plan of a whole tree in which nothing changed, beside a bare look at its files.
//!
//! `DSYNTH_CONFIG=DIR cargo bench --bench warm`: DIR has a dsynth.ini whose Directory_portsdir is the tree; its build
//! base should have been scanned before (`dsynth -C DIR status-everything`). Without it this says so and ends.

#![expect(clippy::print_stdout, reason = "a report")]

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use dsynth::config::Profile;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use rayon::prelude::*;
use walkdir::WalkDir;

const ROUNDS: usize = 7;

fn main() {
    let Ok(config) = std::env::var("DSYNTH_CONFIG") else {
        println!("warm: not measured, DSYNTH_CONFIG is not set");
        return;
    };
    let profile = Profile::load(Some(Utf8Path::new(&config)), None, None).expect("a profile");
    let files: Vec<PathBuf> = WalkDir::new(&profile.portsdir)
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| entry.into_path())
        .collect();
    println!("{} files in {}", files.len(), profile.portsdir);
    println!("round  lstat CPU  wall   plan CPU  wall   ratio of CPU  resident");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let look = measured(UsageWho::RUSAGE_SELF, || {
            files.par_iter().for_each(|file| drop(file.symlink_metadata()));
        });
        let mut resident = 0;
        let plan = measured(UsageWho::RUSAGE_CHILDREN, || resident = status(&config));
        let ratio = plan.cpu.as_secs_f64() / look.cpu.as_secs_f64();
        println!(
            "{round:5}  {:9.3} {:5.3}  {:9.3} {:5.3}  {ratio:12.2}  {resident} MB",
            look.cpu.as_secs_f64(),
            look.wall.as_secs_f64(),
            plan.cpu.as_secs_f64(),
            plan.wall.as_secs_f64(),
        );
        ratios.push(ratio);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio of CPU: {:.2}", ratios[ROUNDS / 2]);
}

struct Cost {
    cpu: Duration,
    wall: Duration,
}

fn measured(who: UsageWho, work: impl FnOnce()) -> Cost {
    let (before, begin) = (used(who), Instant::now());
    work();
    Cost { wall: begin.elapsed(), cpu: used(who) - before }
}

fn used(who: UsageWho) -> Duration {
    let usage: Usage = getrusage(who).expect("getrusage");
    let time = |value: nix::sys::time::TimeVal| Duration::new(value.tv_sec() as u64, value.tv_usec() as u32 * 1000);
    time(usage.user_time()) + time(usage.system_time())
}

/// Megabytes that the largest child so far had resident.
fn status(config: &str) -> i64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dsynth"));
    command.args(["-C", config, "status-everything"]).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    assert!(command.status().expect("dsynth runs").success(), "status-everything failed");
    getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage").max_rss() / 1024
}
