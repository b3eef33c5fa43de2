//! What a jail costs: set-up, a command that does nothing, clean-up; wall and CPU time of each. As root also what the same
//! mounts cost by bare system calls, which a jail may not exceed twofold, and by a shell script with mount(8).
//!
//! `cargo bench --bench jail [-- ROUNDS]`, as root or as anybody.
#![expect(clippy::print_stdout, reason = "a benchmark says its numbers")]

#[cfg(target_os = "linux")]
mod rivals;

use std::fs;
use std::io;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use dsynth::jail::{self, Exit, JailCommand, JailSpec, Layout, Limits, Output, Template, World};
use dsynth::model::Stop;
use nix::sys::resource::{UsageWho, getrusage};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    #[cfg(target_os = "linux")]
    if let Some(base) = rivals::asked() {
        return rivals::mount_all(&spec_in(&base)?);
    }
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100);
    let scratch = tempfile::tempdir()?;
    let base = Utf8PathBuf::from_path_buf(scratch.path().to_owned()).map_err(|_| "an odd directory")?;
    let spec = spec(&base)?;
    let small = JailSpec { template: base.join("small"), ..spec.clone() };
    fs::create_dir_all(small.template.join("tmp"))?;
    println!(
        "{} mounts, a template of {} files",
        spec.mounts.len(),
        walkdir::WalkDir::new(&spec.template).into_iter().count()
    );
    for (name, spec) in [("this host's template", &spec), ("an empty template", &small)] {
        println!("{name}:");
        round(spec, rounds)?;
    }
    #[cfg(target_os = "linux")]
    if nix::unistd::geteuid().is_root() {
        compare(&base, &small, rounds)?;
    }
    Ok(())
}

/// Set-up and clean-up without a template's files, and the same mounts made by others. In turns, so that whatever else
/// the machine does hits all of them.
#[cfg(target_os = "linux")]
fn compare(base: &Utf8PathBuf, small: &JailSpec, rounds: u32) -> Result<(), Box<dyn std::error::Error>> {
    let [mut ours, mut calls, mut script] = [Cost::default(); 3];
    let mut jail = jail::new(small.clone());
    let text = rivals::script(small);
    for _ in 0..rounds {
        ours.of(|| jail.setup().and_then(|()| jail.cleanup()))?;
        calls.of(|| rivals::by_calls(base))?;
        script.of(|| rivals::by_script(&text))?;
    }
    println!("set-up and clean-up, an empty template, {} mounts:", small.mounts.len());
    for (name, cost) in [("dsynth", ours), ("bare system calls", calls), ("mount(8)", script)] {
        let cpu = millis(cost.cpu / rounds);
        println!(
            "  {name:18} {:7.2} ms wall, shortest {:7.2}, {cpu:7.2} ms CPU",
            millis(cost.wall / rounds),
            millis(cost.shortest)
        );
    }
    let times = ours.shortest.as_secs_f64() / calls.shortest.as_secs_f64();
    println!("  dsynth takes {times:.2} times the bare system calls");
    Ok(())
}

fn round(spec: &JailSpec, rounds: u32) -> Result<(), Box<dyn std::error::Error>> {
    let mut jail = jail::new(spec.clone());
    let [mut setup, mut run, mut cleanup] = [Cost::default(); 3];
    for _ in 0..rounds {
        setup.of(|| jail.setup())?;
        run.of(|| jail.run(&nothing(), &mut Deaf, &Stop::default()).map(|exit| assert_eq!(exit, Exit::Code(0))))?;
        cleanup.of(|| jail.cleanup())?;
    }
    for (name, cost) in [("setup", setup), ("run", run), ("cleanup", cleanup)] {
        println!("  {name:8} {:7.2} ms wall, shortest {:7.2}", millis(cost.wall / rounds), millis(cost.shortest));
    }
    // The helper's time is known when it has ended.
    println!("  all      {:7.2} ms CPU", millis((setup.cpu + run.cpu + cleanup.cpu) / rounds));
    Ok(())
}

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    shortest: Duration,
    cpu: Duration,
}

impl Default for Cost {
    fn default() -> Cost {
        Cost { wall: Duration::ZERO, shortest: Duration::MAX, cpu: Duration::ZERO }
    }
}

impl Cost {
    fn of<T, E>(&mut self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let (start, cpu) = (Instant::now(), used());
        let done = work();
        let took = start.elapsed();
        self.wall += took;
        self.shortest = self.shortest.min(took);
        self.cpu += used().saturating_sub(cpu);
        done
    }
}

/// CPU time of this process and of the children it has waited for.
fn used() -> Duration {
    let micros = |who| {
        let usage = getrusage(who).ok();
        usage.map_or(0, |usage| {
            [usage.user_time(), usage.system_time()].map(|t| t.tv_sec() * 1_000_000 + t.tv_usec()).iter().sum::<i64>()
        })
    };
    Duration::from_micros((micros(UsageWho::RUSAGE_SELF) + micros(UsageWho::RUSAGE_CHILDREN)).unsigned_abs())
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn nothing() -> JailCommand {
    JailCommand {
        argv: vec!["/bin/true".into()],
        env: Vec::new(),
        network: false,
        silence: Duration::from_secs(60),
        time: Duration::MAX,
    }
}

struct Deaf;

impl Output for Deaf {
    fn chunk(&mut self, _: &[u8]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

fn spec(base: &Utf8PathBuf) -> Result<JailSpec, Box<dyn std::error::Error>> {
    for name in ["ports", "packages", "distfiles", "options", "SL01"] {
        fs::create_dir(base.join(name))?;
    }
    Template::new(base, &World::inspect("/".into())?).build("bench", |_| io::Result::Ok(()))?;
    spec_in(base)
}

/// The jail in a directory that has all it needs.
fn spec_in(base: &Utf8PathBuf) -> Result<JailSpec, Box<dyn std::error::Error>> {
    let world = World::inspect("/".into())?;
    let template = Template::new(base, &world);
    let layout = Layout {
        ports: base.join("ports"),
        packages: base.join("packages"),
        distfiles: base.join("distfiles"),
        options: base.join("options"),
        ccache: None,
        share_mk: None,
        workdir_size: 64 << 10,
        with_debug: false,
        usr_src: false,
    };
    Ok(JailSpec {
        root: base.join("SL00"),
        mounts: jail::mounts(&layout, &world),
        template: template.path().to_owned(),
        files: Vec::new(),
        hostname: "bench".into(),
        nice: 0,
        limits: Limits::default(),
        helper_exe: Some(env!("CARGO_BIN_EXE_dsynth").into()),
    })
}
