//! Our own reader of makefiles and `make`, over the same tree.

use std::process::Command;

use crate::world::{Ran, World};

/// What dsynth makes of the whole tree when somebody reads it anew.
fn plan(run: impl Fn(&World, &[&str]) -> Ran) -> (String, String) {
    let world = World::empty();
    let said = |words: &[&str]| {
        let ran = run(&world, words);
        assert_eq!(ran.status, 0, "{}", ran.whole());
        assert_eq!(ran.stderr, "");
        ran.stdout
    };
    let plan: Vec<String> =
        said(&["status-everything"]).lines().filter(|line| !line.contains('%')).map(str::to_owned).collect();
    (plan.join("\n"), said(&["graph", "--json"]))
}

fn plan_of(evaluator: &str) -> (String, String) {
    plan(|world, words| world.run(&[&["--evaluator", evaluator][..], words].concat()))
}

/// On a host that has no `make` and nothing in PATH.
fn run_without_make(world: &World, words: &[&str]) -> Ran {
    let hides = "mount --bind /dev/null $(readlink -f /usr/bin/bmake) || exit 99; PATH= exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "/bin/sh", "-c", hides, "sh"]).env_clear().env("PATH", "/usr/bin:/bin");
    let dsynth = world.command(words);
    command.arg(dsynth.get_program()).args(dsynth.get_args()).current_dir(&world.base);
    world.finish(command)
}

#[test]
fn both_make_the_same_plan_of_the_fixtures() {
    assert_eq!(plan_of("native"), plan_of("make"));
}

#[test]
fn our_reader_needs_no_make() {
    let asked_for = run_without_make(&World::empty(), &["--evaluator", "make", "status", "misc/hello"]);
    if asked_for.status == 99 || asked_for.stderr.starts_with("unshare:") {
        return eprintln!("skipped: nothing can be hidden here: {}", asked_for.stderr);
    }
    assert!(asked_for.status == 1 && asked_for.stderr.contains("there is no BSD make at"), "{}", asked_for.whole());
    assert_eq!(plan(run_without_make), plan_of("make"));
}

#[test]
fn they_agree_on_every_port_of_the_fixtures() {
    let ran = World::empty().run(&["--evaluator", "both", "check"]);
    assert!(ran.whole().contains(" evaluations compared with make"), "{}", ran.whole());
    assert!(ran.whole().contains(", 0 different"), "{}", ran.whole());
}

/// A plan by one reader holds for the other one as long as the tree does, and what changes is seen by both.
#[test]
fn what_our_reader_read_counts() {
    let world = World::empty();
    let words = ["-d", "--evaluator", "native", "status-everything"];
    world.run(&words);
    assert!(world.run(&words).asked().is_empty(), "nothing changed");
    world.append("ports/misc/hello/Makefile", "# a comment\n");
    std::thread::sleep(std::time::Duration::from_millis(40));
    assert_eq!(world.run(&words).asked(), ["misc/hello", "misc/hello-polite"]);
}
