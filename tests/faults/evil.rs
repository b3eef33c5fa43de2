//! The ports of `testdata/variants/evil`: each tries something, says `DID` for what it could do, and is built.

use std::net::TcpListener;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use dsynth::store::Store;

use crate::host::Host;
use crate::world::{Ran, World, processes, soon};

/// A process of the host's that must live on; killed at the end.
struct Witness(Child);

impl Witness {
    fn new() -> Witness {
        Witness(Command::new("sleep").arg("600").spawn().unwrap())
    }

    fn assert_alive(&mut self) {
        assert!(self.0.try_wait().unwrap().is_none(), "the witness was killed");
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A world with the hostile ports, and a witness whom they are told of.
fn world() -> Option<(World, Witness, TcpListener)> {
    let world = World::new()?;
    world.variant("evil");
    let (witness, listener) = (Witness::new(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    world.make_conf(&format!("EVIL_BASE={}\nEVIL_PID={}\nEVIL_PORT={port}\n", world.base, witness.0.id()));
    Some((world, witness, listener))
}

/// What the log of a port says it could do.
fn did(world: &World, port: &str) -> String {
    let log = world.log(&format!("evil___{port}.log"));
    log.lines().filter(|line| line.contains("DID")).map(|line| format!("{port}: {line}\n")).collect()
}

/// Why a port failed, as it is recorded.
fn recorded(world: &World, port: &str) -> String {
    let store = Store::open(&world.path("build/dsynth.redb")).unwrap();
    let spec = dsynth::model::OriginSpec::parse(&format!("evil/{port}")).unwrap();
    let record = store.builds_of(&spec).unwrap().into_iter().next().unwrap();
    format!("{} {}: {}", record.status.name(), record.phase.unwrap_or_default(), record.failure.unwrap_or_default())
}

// Unchanged: the tree, the package manager's package, the host's mounts, processes and name, the witness.
#[test]
fn ports_that_reach_out_touch_nothing() {
    let Some((world, mut witness, _listener)) = world() else { return };
    let host = Host::before(&world);
    let name = nix::unistd::gethostname().unwrap();
    let manager = std::fs::read(world.path("packages/All/pkg-1.21.3.pkg")).unwrap();
    let ports = ["writes", "nodes", "mounts", "chroot", "kills", "slots"];
    let words: Vec<String> = ports.iter().map(|port| format!("evil/{port}")).collect();
    let ran = run(&world, &words);
    assert_eq!(ran.status, 0, "each is built: {}", ran.whole());
    assert_eq!(ports.map(|port| did(&world, port)).concat(), "");
    host.assert_clean(&world);
    witness.assert_alive();
    assert_eq!(std::fs::read(world.path("packages/All/pkg-1.21.3.pkg")).unwrap(), manager);
    assert_eq!(nix::unistd::gethostname().unwrap(), name);
    assert!(std::fs::read_dir(world.path("distfiles")).unwrap().next().is_none());
}

fn run(world: &World, ports: &[String]) -> Ran {
    let words: Vec<&str> = ["just-build"].into_iter().chain(ports.iter().map(String::as_str)).collect();
    world.run(&words)
}

// Unchanged: the host's processes. The ports are built all the same: a daemon is no failure.
#[test]
fn what_ports_leave_running_ends_with_them() {
    let Some((world, _witness, _listener)) = world() else { return };
    let host = Host::before(&world);
    let ran = world.run(&["just-build", "evil/forks", "evil/daemon"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    assert!(world.log("evil___forks.log").contains("started 200"));
    host.assert_clean(&world);
    assert!(processes("evil-fork").is_empty() && processes("evil-daemon").is_empty());
}

// Unchanged: all outside of the jails, above all what the names in the packages point to.
#[test]
fn packages_that_lead_elsewhere_lead_nowhere() {
    let Some((world, _witness, _listener)) = world() else { return };
    let host = Host::before(&world);
    let ran = world.run(&["just-build", "evil/links", "evil/upwards-user"]);
    assert_eq!(ran.status, 2, "{}", ran.whole());
    let ends = ["links", "upwards", "upwards-user"].map(|port| format!("{port} {}\n", recorded(&world, port)));
    insta::assert_snapshot!(ends.concat(), @"
    links failed package: no package: open `/construction/xports/evil/links/work/pkg/links-1.pkg`: No such file or directory (os error 2)
    upwards success package: 
    upwards-user success package:
    ");
    assert!(!world.path("packages/All/links-1.pkg").exists());
    let list = Command::new("tar").arg("-tPf").arg(world.path("packages/All/upwards-1.pkg")).output().unwrap();
    assert!(String::from_utf8(list.stdout).unwrap().contains("/../"), "the package leads upwards");
    host.assert_clean(&world);
    assert!(!world.path("evil-was-here").exists());
}

// Unchanged: the disk. The ports fail and say why.
#[test]
fn who_takes_too_much_is_stopped_with_the_reason() {
    let Some((mut world, _witness, _listener)) = world() else { return };
    world.set("Max_workdir_size", "64M");
    world.set("Max_log_size", "1G evil/prints:2M");
    world.set("Max_silence", "evil/silent:2s");
    let host = Host::before(&world);
    let begun = Instant::now();
    let ran = world.run(&["just-build", "evil/fills", "evil/fills-root", "evil/prints", "evil/silent"]);
    assert_eq!(ran.status, 2, "{}", ran.whole());
    let reasons =
        ["fills", "fills-root", "prints", "silent"].map(|port| format!("{port} {}\n", recorded(&world, port)));
    insta::assert_snapshot!(reasons.concat(), @"
    fills failed build: work directory full: 64 MiB
    fills-root failed build: no space left on some device
    prints failed build: more than 2 MiB of output
    silent failed build: no output for 0 minutes
    ");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let log = std::fs::metadata(world.path("logs/evil___prints.log")).unwrap().len();
    assert!(log < 3 << 20, "{log}");
    assert!(world.log("evil___fills.log").contains("evil/fills failed in build: work directory full: 64 MiB"));
    world.set("Max_silence", "evil/silent:9m");
    world.set("Max_build_time", "evil/silent:3s");
    assert_eq!(world.run(&["just-build", "evil/silent"]).status, 2);
    insta::assert_snapshot!(recorded(&world, "silent"), @"failed build: not done after 0 minutes");
    host.assert_same(&world);
}

// Unchanged: nobody is heard of at the host's listener but by the fetch phase.
#[test]
fn the_network_is_there_to_fetch_and_for_those_who_are_named() {
    let Some((mut world, _witness, listener)) = world() else { return };
    listener.set_nonblocking(true).unwrap();
    let heard = || std::iter::from_fn(|| listener.accept().ok()).count();
    let host = Host::before(&world);
    let ran = world.run(&["just-build", "evil/network"]);
    assert_eq!(ran.status, 0, "{}", ran.whole());
    assert_eq!((did(&world, "network"), heard()), (String::new(), 1));
    assert!(world.log("evil___network.log").contains("connected in fetch"), "the probe works");
    host.assert_clean(&world);

    world.set("Network_ports", "t/leaf evil/network");
    assert_eq!(world.run(&["force", "evil/network"]).status, 0);
    assert_eq!(did(&world, "network").lines().count(), 6, "{}", did(&world, "network"));
    assert!(soon(|| heard() > 0));
    host.assert_clean(&world);
}
