//! The phases of a port, in a jail that only records.

use std::time::Duration;

use camino::Utf8Path;

use super::*;
use crate::jail::{Answer, FakeJail, Shortage};
use crate::model::{Diagnosis, FailureClass};

struct Silent;

impl Listener for Silent {
    fn began(&mut self, _: Phase) {}
    fn ended(&mut self, _: Phase, _: Duration) {}
    fn lines(&mut self, _: u64) {}
}

fn work(goal: Goal) -> Work {
    let spec = OriginSpec::parse("c/a@f").unwrap();
    Work { spec, goal, installs: true, check_plist: false, test: false, developer: false, limits: Limits::default() }
}

/// Runs `work` in `jail`; returns what `make` was told, in order, how it ended, and the log.
fn run_in(mut jail: FakeJail, work: &Work) -> (String, Ended, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut log = PortLog::create(Utf8Path::from_path(dir.path()).unwrap(), &work.spec, work.limits.log_size).unwrap();
    let make = Make { program: "/usr/bin/make".into(), environment: vec![("HOME".into(), "/root".into())] };
    let mut dyn_jail: Box<dyn Jail> = Box::new(std::mem::take(&mut jail));
    dyn_jail.setup().unwrap();
    let ended = run(work, &make, &mut *dyn_jail, &mut log, &mut Silent, &Stop::default()).unwrap();
    let text = std::fs::read_to_string(&log.path).unwrap();
    let phases = text.lines().filter_map(|line| line.strip_prefix("-- Phase: "));
    (phases.collect::<Vec<_>>().join(" "), ended, text)
}

fn failed(phase: Phase, why: Failure, lines: &[&str]) -> Ended {
    let mut fault = Fault::new(phase, why);
    fault.diagnosis.lines = lines.iter().map(ToString::to_string).collect();
    Ended::Failed(fault)
}

#[test]
fn a_goal_has_its_phases_in_order() {
    let ran = |work: &Work| run_in(FakeJail::default(), work).0;
    insta::assert_snapshot!(ran(&work(Goal::Package)), @"setup check-sanity pkg-depends fetch-depends fetch checksum extract-depends extract patch-depends patch build-depends lib-depends configure build run-depends stage package");
    insta::assert_snapshot!(ran(&work(Goal::Bootstrap)), @"package");
    insta::assert_snapshot!(ran(&work(Goal::Fetch)), @"check-sanity fetch-depends fetch checksum");
    let test = Work { installs: false, check_plist: true, test: true, ..work(Goal::Package) };
    assert!(ran(&test).ends_with("stage check-plist package install deinstall"), "{}", ran(&test));
    assert!(ran(&test).starts_with("check-sanity"));
    let developer = |goal| ran(&Work { developer: true, installs: false, ..work(goal) });
    assert!(developer(Goal::Package).starts_with("Environment showconfig CONFIGURE_ENV CONFIGURE_ARGS MAKE_ENV MAKE_ARGS PLIST_SUB SUB_LIST make.conf check-sanity "));
    assert_eq!(developer(Goal::Bootstrap), "package");
}

#[test]
fn the_first_phase_that_fails_ends_it() {
    let jail = FakeJail::default().answer("checksum", Answer::printing("sha256 differs\n", Exit::Code(1)));
    let (ran, ended, log) = run_in(jail, &work(Goal::Package));
    assert_eq!(ran, "setup check-sanity pkg-depends fetch-depends fetch checksum");
    let lines = vec!["sha256 differs".to_owned()];
    let diagnosis = Diagnosis { class: FailureClass::Checksum, exit: Some(1), lines };
    assert_eq!(ended, Ended::Failed(Fault { phase: Phase::Checksum, why: Failure::Exit(1), diagnosis }));
    let end = "sha256 differs\n\nFAILED 00:00:00\n\n--------\ndsynth: c/a@f failed in checksum: exit 1\n    \
               sha256 differs\n--------\n";
    assert!(log.ends_with(end), "{log}");
}

#[test]
fn what_was_extracted_is_told_to_the_log_and_the_listener() {
    let mut jail = FakeJail::default();
    jail.used = Some(3 << 19);
    let (_, _, log) = run_in(jail, &work(Goal::Package));
    assert_eq!(log.matches("\n\nExtracted Memory Use:   1.50M\nSUCCEEDED 00:00:00\n\n").count(), 1, "{log}");
}

#[test]
fn silence_is_a_failure_with_its_minutes() {
    let jail = FakeJail::default().answer("configure", Answer::printing("", Exit::Silent));
    let (_, ended, log) = run_in(jail, &work(Goal::Package));
    assert_eq!(ended, failed(Phase::Configure, Failure::Silent { minutes: 15 }, &[]));
    assert!(log.contains("WATCHDOG TIMEOUT FOR c/a@f in configure after 15 minutes"), "{log}");
}

#[test]
fn output_beyond_the_limit_ends_a_port() {
    let jail = FakeJail::default().answer("build", Answer::printing(&"x\n".repeat(600), Exit::Code(0)));
    let (ran, ended, log) =
        run_in(jail, &Work { limits: Limits { log_size: 1000, ..Limits::default() }, ..work(Goal::Package) });
    assert!(ran.ends_with("configure build"), "{ran}");
    assert_eq!(ended, failed(Phase::Build, Failure::TooMuchOutput { limit: 1000 }, &[]));
    assert!(!log.contains("x\nx\n") && log.contains("c/a@f failed in build: more than 0 MiB of output"), "{log}");
}

#[test]
fn a_full_work_directory_is_said_in_the_log() {
    let mut jail = FakeJail::default().answer("extract", Answer::printing("tar: write error\n", Exit::Code(1)));
    jail.shortages = vec![Shortage::Space { place: "/construction".into(), used: 16 << 30, limit: 16 << 30 }];
    let (_, ended, log) = run_in(jail, &work(Goal::Package));
    let why = Failure::NoSpace("work directory full: 16 GiB".into());
    assert_eq!(ended, failed(Phase::Extract, why, &["tar: write error"]));
    assert!(log.contains("c/a@f failed in extract: work directory full: 16 GiB"), "{log}");
}

#[test]
fn a_log_that_cannot_be_written_is_dsynths_trouble() {
    let mut jail = FakeJail::default();
    jail.setup().unwrap();
    let full = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/dev/full", full.path().join("c___a@f.log")).unwrap();
    let mut log =
        PortLog::create(Utf8Path::from_path(full.path()).unwrap(), &work(Goal::Package).spec, u64::MAX).unwrap();
    let make = Make { program: "/usr/bin/make".into(), environment: Vec::new() };
    let ended = run(&work(Goal::Package), &make, &mut jail, &mut log, &mut Silent, &Stop::default());
    assert!(matches!(ended, Err(PhaseError::Log(error)) if error.kind() == io::ErrorKind::StorageFull));
    assert_eq!(jail.commands().len(), 1, "no phase after it");
}

#[test]
fn a_phase_is_one_make_with_the_flavor_in_its_environment() {
    let make = Make { program: "/usr/bin/make".into(), environment: vec![("HOME".into(), "/root".into())] };
    let networked = Work { limits: Limits { network: true, ..Limits::default() }, ..work(Goal::Package) };
    assert!(make.command(&networked, Phase::Build).network);
    let build = make.command(&work(Goal::Package), Phase::Build);
    assert_eq!(build.argv, ["/usr/bin/make", "-C", "/xports/c/a", "build"]);
    let env: Vec<String> = build.env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["HOME=/root", "FLAVOR=f", "NO_DEPENDS=1"]);
    let alone = |goal| make.command(&work(goal), Phase::Fetch).env.iter().any(|(name, _)| name == "NO_DEPENDS");
    assert!(alone(Goal::Fetch) && !alone(Goal::Package), "nothing is installed where distfiles are fetched alone");
    assert!(!build.network && make.command(&work(Goal::Package), Phase::Fetch).network);
    assert_eq!(make.command(&work(Goal::Package), Phase::InstallPkgs).argv, ["/bin/sh", "/tmp/dsynth_install_pkgs"]);
}

#[test]
fn the_package_is_where_the_tree_says() {
    let make = Make { program: "/usr/bin/make".into(), environment: Vec::new() };
    let ask = |printed: &str| {
        let mut jail = FakeJail::default().answer("-V", Answer::printing(printed, Exit::Code(0)));
        jail.setup().unwrap();
        package_path(&work(Goal::Package), &make, &mut jail, &Stop::default()).unwrap()
    };
    assert_eq!(ask("warning: x\n/construction/w/pkg/a-1.pkg\n").unwrap(), "/construction/w/pkg/a-1.pkg");
    assert_eq!(ask("\n"), None);
}
