//! A second dsynth beside one that builds.

use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{Ran, World, no_jails, processes, soon};

const TOLD: &str = "another dsynth is using W/build (`just-build`, process ";

/// A world in which a build is under way that never ends; all has been scanned before.
fn busy() -> Option<(World, Child)> {
    let world = World::new()?;
    world.make_conf("FIXTURE_HANG=yes\n");
    assert_eq!(world.run(&["just-build", "t/tri@bar"]).status, 0);
    assert_eq!(world.run(&["status-everything"]).status, 0);
    let first = world.begin(&["just-build", "broken/hangs"]);
    assert!(soon(|| world.path("logs/broken___hangs.log").exists()));
    Some((world, first))
}

fn end(mut first: Child) {
    kill(Pid::from_raw(first.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(first.wait().unwrap().code(), Some(143));
}

/// Its own words on standard error, without what `-d` shows.
fn said(ran: &Ran) -> Vec<&str> {
    ran.stderr.lines().filter(|line| !line.contains(" DEBUG ")).collect()
}

#[test]
fn who_only_looks_is_answered_from_the_last_commit() {
    let Some((world, first)) = busy() else { return };
    for (words, answer) in [
        (vec!["status", "t/tri@bar", "t/leaf"], "Total packages that would be built: 2/4"),
        (vec!["--dry-run", "build", "t/tri@bar"], "Total packages that would be built: 0/2"),
        (vec!["status-everything"], "N => t/leaf@default"),
        (
            vec!["explain", "t/tri@bar"],
            "t/tri@bar: up to date: its package tri-BAR-1.pkg was made from the same recipe",
        ),
        (vec!["graph", "t/tri@bar"], "t/tri@bar tri-BAR-1"),
        (vec!["check", "t/tri@bar"], "Problems: 0"),
    ] {
        let ran = world.run(&[&["-d"], words.as_slice()].concat());
        assert!(ran.status == 0 && ran.stdout.contains(answer), "{words:?}: {}", ran.whole());
        let said = said(&ran);
        assert!(said.len() == 1 && said[0].starts_with(TOLD), "{words:?}: {said:?}");
        assert!(said[0].ends_with("; this is the state as of its last commit"), "{said:?}");
        assert!(said[0].contains(&format!("process {}, since 20", first.id())), "{said:?}");
        assert_eq!(ran.asked(), Vec::<String>::new(), "{words:?}: what was found out is known beside a run too");
    }
    end(first);
}

#[test]
fn what_is_found_out_beside_a_run_is_right_and_not_kept() {
    let Some((world, first)) = busy() else { return };
    world.edit("ports/t/tri/Makefile", "PORTVERSION=\t1", "PORTVERSION=\t2");
    for _ in 0..2 {
        let ran = world.run(&["-d", "status", "t/tri@bar"]);
        assert!(ran.stdout.contains("  N => t/tri@bar\n"), "{}", ran.whole());
        assert_eq!(ran.asked(), ["t/tri", "t/tri@bar"]);
    }
    end(first);
    assert_eq!(world.run(&["-d", "status", "t/tri@bar"]).asked(), ["t/tri", "t/tri@bar"]);
    assert_eq!(world.run(&["-d", "status", "t/tri@bar"]).asked(), Vec::<String>::new());
}

#[test]
fn what_changes_the_build_base_is_refused() {
    let Some((world, first)) = busy() else { return };
    for words in [
        &["build", "t/tri"][..],
        &["force", "t/tri"],
        &["fetch-only", "t/tri"],
        &["cleanup"],
        &["rebuild-repository"],
        &["reset-db"],
    ] {
        let ran = world.run(&[&["-y"], words].concat());
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{words:?}");
        assert!(
            ran.stderr.starts_with("dsynth: Another dsynth is using W/build (`just-build`, process "),
            "{}",
            ran.stderr
        );
    }
    end(first);
}

#[test]
fn a_holder_that_was_killed_holds_nothing() {
    let Some((world, mut first)) = busy() else { return };
    first.kill().unwrap();
    first.wait().unwrap();
    // What it had just forked has the lock until it becomes another program.
    assert!(soon(|| processes(world.base.as_str()).is_empty()));
    let ran = world.run(&["-d", "status", "t/tri@bar"]);
    assert_eq!((ran.status, said(&ran), ran.asked()), (0, Vec::new(), Vec::new()));
}

/// As an ordinary user over root's build base; where the tests run as an ordinary user it is another case than that.
#[test]
fn a_user_who_may_only_read_is_answered() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let Some((world, first)) = busy() else { return };
    std::fs::set_permissions(&world.base, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let by_nobody = |words: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_dsynth")]);
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(&world.base);
        command.arg("-d").arg("-C").arg(world.path("cfg")).args(words);
        world.finish(command)
    };
    let ran = by_nobody(&["version"]);
    if ran.status != 0 {
        return eprintln!("skipped: dsynth lies where an ordinary user may not look, or there is no setpriv(1)");
    }
    let refused = no_jails(&by_nobody(&["check", "t/tri@bar"]).stderr);
    let both = |expected: Vec<&str>| {
        for (words, answer) in [
            (["status", "t/tri@bar"], "Total packages that would be built: 0/2"),
            (["explain", "t/tri@bar"], "t/tri@bar: up to date: its package tri-BAR-1.pkg was made"),
        ] {
            let ran = by_nobody(&words);
            assert!(ran.status == 0 && ran.stdout.contains(answer), "{}", ran.whole());
            assert_eq!(said(&ran).iter().map(|line| &line[..TOLD.len()]).collect::<Vec<_>>(), expected);
            // Without a jail the tree is read in another way, and nothing known holds.
            assert!(refused || ran.asked().is_empty(), "{:?}", ran.asked());
        }
    };
    both(vec![TOLD]);
    end(first);
    both(vec![]);
    let ran = by_nobody(&["just-build", "t/tri@bar"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("cannot write into the directory `W/build`"), "{}", ran.stderr);
}
