//! A cold scan against `xargs make` of the same variables: sample of a real tree, same makefiles, same platform, in turns.
//!
//! `DSYNTH_CONFIG=DIR cargo bench --bench cold`: DIR has a dsynth.ini whose Directory_portsdir is the tree;
//! `DSYNTH_SAMPLE` ports (600), spread over it, are read. `DSYNTH_ROUNDS` (3) of each. Without DSYNTH_CONFIG it says so
//! and ends. Nothing is kept.

#![expect(clippy::print_stdout, reason = "a report")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::config::{MakeConf, Profile, scan_environment, scan_facts};
use dsynth::jail;
use dsynth::model::{OriginSpec, Platform, Stop};
use dsynth::queries::graph::Scan;
use dsynth::queries::inputs::{Pkg, Rules};
use dsynth::queries::scan::names;
use dsynth::queries::tree::origins;
use dsynth::session::planner::Planner;
use dsynth::store::Store;
use dsynth::system::host::HostMake;
use dsynth::system::platform::{Declared, ncpu, platform};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

fn main() {
    // The scan's jails start this very program as their helper.
    let args: Vec<_> = std::env::args_os().collect();
    if args.get(1).is_some_and(|arg| arg == jail::WORKER) {
        jail::worker_main(&args);
        return;
    }
    let Ok(config) = std::env::var("DSYNTH_CONFIG") else {
        println!("cold: set DSYNTH_CONFIG to scan a real tree");
        return;
    };
    let host = Host::new(Utf8Path::new(&config));
    let sample = host.sample(number("DSYNTH_SAMPLE", 600));
    let rounds = number("DSYNTH_ROUNDS", 3);
    println!("{} ports, {rounds} rounds, {} at a time", sample.len(), ncpu());
    let mut sums = [Cost::default(); 2];
    // One round of each before it counts: pages and the scan's root are there then.
    for round in 0..=rounds {
        let costs = [cost(|| host.scan(&sample)), cost(|| host.xargs(&sample))];
        for (sum, cost) in sums.iter_mut().zip(costs).filter(|_| round > 0) {
            sum.wall += cost.wall;
            sum.cpu += cost.cpu;
        }
        println!("{round}: dsynth {:?}, xargs {:?}", costs[0], costs[1]);
    }
    let ratio = |of: fn(&Cost) -> Duration| of(&sums[0]).as_secs_f64() / of(&sums[1]).as_secs_f64();
    println!("dsynth / xargs: wall {:.3}, CPU {:.3}", ratio(|cost| cost.wall), ratio(|cost| cost.cpu));
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    wall: Duration,
    /// Of this process and of all that it started.
    cpu: Duration,
}

fn cost(work: impl FnOnce()) -> Cost {
    let (begin, before) = (Instant::now(), cpu());
    work();
    Cost { wall: begin.elapsed(), cpu: cpu() - before }
}

fn cpu() -> Duration {
    let of = |who| {
        let usage = getrusage(who).expect("getrusage");
        Duration::from_micros((usage.user_time() + usage.system_time()).num_microseconds().cast_unsigned())
    };
    of(UsageWho::RUSAGE_SELF) + of(UsageWho::RUSAGE_CHILDREN)
}

struct Host {
    profile: Profile,
    make_conf: MakeConf,
    platform: Platform,
}

impl Host {
    fn new(config: &Utf8Path) -> Host {
        let profile = Profile::load(Some(config), None, None).expect("the profile");
        let declared = Declared {
            os: profile.operating_system.as_deref(),
            release: profile.platform_release.as_deref(),
            version: profile.platform_version,
        };
        let platform = platform(&profile.system, &declared).expect("the platform");
        let make_conf = MakeConf::load(&profile.make_conf_path()).expect("make.conf");
        Host { profile, make_conf, platform }
    }

    fn planner(&self) -> Planner {
        let store = Arc::new(Store::in_memory().expect("a store"));
        Planner::new(&self.profile, &self.make_conf, &self.platform, Rules::default(), &store, &Stop::default())
            .expect("a planner")
    }

    fn sample(&self, size: usize) -> Vec<OriginSpec> {
        let planner = self.planner();
        planner.notices.iter().for_each(|notice| println!("{notice}"));
        let all = origins(planner.database());
        let step = (all.len() / size.max(1)).max(1);
        all.into_iter().step_by(step).take(size).map(|origin| OriginSpec::new(origin, None)).collect()
    }

    /// From nothing: jails and database are part of it.
    fn scan(&self, sample: &[OriginSpec]) {
        let planner = self.planner();
        let db = planner.database();
        let pkgs: Vec<Pkg> = sample.iter().map(|spec| Pkg::new(db, spec.clone())).collect();
        let answers = Scan::new(&|_, _| {}, &Stop::default()).evaluate(db, &pkgs);
        assert_eq!(answers.expect("not stopped").len(), sample.len());
        planner.save();
    }

    /// The same questions, on the host, without anybody who reads the answers.
    fn xargs(&self, sample: &[OriginSpec]) {
        let Profile { buildbase, portsdir, .. } = &self.profile;
        let facts = scan_facts(&self.platform, cfg!(target_os = "linux"));
        let host = HostMake::for_scan(buildbase, &facts).expect("a make");
        let mut environment = scan_environment(&self.profile, &self.platform, self.make_conf.path.as_deref());
        environment.extend(host.environment(&self.platform));
        let mut command = Command::new("/usr/bin/xargs");
        command.args(["-P", &ncpu().to_string(), "-n", "1", host.program.as_str()]).args(&host.arguments);
        command.arg(format!("LOCALBASE={}", self.profile.empty_dir()));
        command.args(names().flat_map(|name| ["-V".to_owned(), format!("${{{name}}}")])).arg("-C");
        command.env_clear().envs(environment).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut xargs = command.spawn().expect("xargs");
        let directories: Vec<Utf8PathBuf> = sample.iter().map(|spec| portsdir.join(spec.origin.as_str())).collect();
        let list: String = directories.iter().map(|directory| format!("{directory}\n")).collect();
        xargs.stdin.take().expect("a pipe").write_all(list.as_bytes()).expect("xargs reads");
        xargs.wait().expect("xargs ends");
    }
}
