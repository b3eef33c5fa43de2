//! What is asked for, and what that comes to: a table, held against `status` and against a real run alike.
//!
//! A line is `case  words => ends`. `t/` is left out everywhere and `+pm` is ports-mgmt/pkg. Words may be options
//! too; `[a b]` is a file that lists `a` and `b`, `*` the whole tree. `exit 2` is the status of the real run;
//! `exit 1` is that of both, and then nothing is queued.

use std::fmt::Write;

use crate::queue::{Queue, origin};
use crate::world::{Ran, World};

#[test]
fn flavors_are_chosen_and_followed() {
    // F1, F6, F11, F14: a bare origin on the command line is all its flavors, as in dsynth.
    check(
        "
        F1   tri                         => built leaf@default tri@bar tri@default tri@foo +pm
        F2   tri@bar                     => built tri@bar +pm
        F3   tri@all                     => built leaf@default tri@bar tri@default tri@foo +pm
        F4   tri@-                       => built tri@default +pm
        F4b  tri@default                 => built tri@default +pm
        F4c  pair@default                => built pair-dep@default pair@default +pm
        F5   tri@all tri@foo             => built leaf@default tri@bar tri@default tri@foo +pm
        F5b  tri@foo tri@foo tri@foo     => built leaf@default tri@foo +pm
        F6   tri                         => built leaf@default tri@bar tri@default tri@foo +pm
        F7   top                         => built top tri@default +pm
        F7b  top-def                     => built top-def tri@default +pm
        F8   top tri@foo                 => built leaf@default top tri@default tri@foo +pm
        F9   top-foo                     => built leaf@default top-foo tri@foo +pm
        F10  top-foo tri@default         => built leaf@default top-foo tri@default tri@foo +pm
        F11  top-foo tri                 => built leaf@default top-foo tri@bar tri@default tri@foo +pm
        F11b top-foo tri@-               => built leaf@default top-foo tri@default tri@foo +pm
        F12  top-foo tri@bar tri@foo     => built leaf@default top-foo tri@bar tri@foo +pm
        F13  top-foo late                => built late leaf@default top-foo tri@default tri@foo +pm
        F14  top-foo late wrongname      => built late leaf@default leaf@flav top-foo tri@default tri@foo wrongname +pm
        F18  pair@all                    => built pair-dep@default pair-dep@flav pair@default pair@flav +pm; \
                                            ignored pair-dep@depign pair@depign pair@ign
        ",
    );
}

#[test]
fn math_calc_at_default_is_its_first_flavor() {
    check("F4e  math/calc@default => built math/calc@int +pm");
}

#[test]
fn what_is_not_there_is_an_error_where_it_was_typed_and_news_where_it_was_listed() {
    check(
        "
        F15  tri@nosuch                        => exit 1
        F15b nosuch                            => exit 1
        F15c tri@bar nosuch                    => exit 1
        F15d [tri@bar nosuch]                  => built tri@bar +pm; missing nosuch; exit 2
        F16  tri@foo top-foo tri@nosuch        => exit 1
        F16b [tri@foo top-foo tri@nosuch]      => built leaf@default top-foo tri@foo +pm; missing tri@nosuch; exit 2
        F16c --strict [tri@foo tri@nosuch]     => exit 1
        F16d [tri@bar] nosuch                  => exit 1
        F17  broken/top-bad                    => skipped broken/top-bad; missing tri@nosuch; exit 2
        F17b --strict broken/top-bad           => exit 1
        F17c [broken/top-bad tri@bar]          => built tri@bar +pm; skipped broken/top-bad; missing tri@nosuch; exit 2
        X47  broken/missing-dep tri@bar        => built tri@bar +pm; skipped broken/missing-dep; \
                                                  missing misc/no-such-port; exit 2
        X47b --strict broken/missing-dep       => exit 1
        A8   [tri@bar not-a-spec@@]            => built tri@bar +pm
        ",
    );
}

const IGNORED: &str = "
    I1   leaf@ign                    => ignored leaf@ign
    I2   leaf@broken                 => ignored leaf@broken
    I4   top ign                     => built top tri@default +pm; ignored ign
    I5   top ign leaf@-              => built leaf@default top tri@default +pm; ignored ign
    I5b  top ign leaf                => built leaf@default leaf@flav top tri@default +pm; ignored ign leaf@broken leaf@ign
    I6   top ign tri@foo             => built leaf@default top tri@default tri@foo +pm; ignored ign
    I7   top on-ign                  => built top tri@default +pm; ignored ign; skipped on-ign; exit 2
    I8   top on-ign ign              => built top tri@default +pm; ignored ign; skipped on-ign; exit 2
    I9   on-ign tri@-                => built tri@default +pm; ignored ign; skipped on-ign; exit 2
    I10  solo-ign top ign-on-ign     => built top tri@default +pm; ignored ign-on-ign solo-ign
    I11  pair@depign                 => ignored pair-dep@depign; skipped pair@depign; exit 2
    I12  all-dep@flav                => ignored pair-dep@depign; skipped all-dep@flav; exit 2
    I12b all-dep@default             => ignored pair-dep@depign; skipped all-dep@default; exit 2
    I13  def-dep@flav                => built def-dep@flav +pm
    I14  def-dep@default             => ignored pair-dep@depign; skipped def-dep@default; exit 2
    I15  def-ign@flav                => built def-ign@flav +pm
    I15b def-ign@default             => ignored def-ign@default
    I16  dbl@depign                  => ignored all-ign@default pair-dep@depign; skipped dbl@depign; exit 2
    I17  dbl@all                     => built dbl@default +pm; ignored all-ign@default dbl@depign pair-dep@depign
    ";

#[test]
fn ignored_beats_skipped_and_neither_stops_the_rest() {
    // I11, I12, I14, I16: others queue the package manager all the same; here nothing is left that needs it.
    check(IGNORED);
}

#[test]
fn moved_ports_are_found_and_gone_ones_are_not() {
    check(
        "
        M1   old@-                  => built tri@default +pm
        M1b  old                    => built leaf@default tri@bar tri@default tri@foo +pm
        M2   old@bar                => built tri@bar +pm
        M3   old@all                => built leaf@default tri@bar tri@default tri@foo +pm
        M4   old@optional           => built tri@default +pm
        M5   old@optional2          => built tri@bar +pm
        M5b  new@foo tri@foo        => built leaf@default tri@foo +pm
        M6   expired                => exit 1
        M6b  [expired tri@bar]      => built tri@bar +pm; missing expired; exit 2
        M6c  --strict [expired]     => exit 1
        ",
    );
}

#[test]
fn the_number_of_builders_changes_no_answer() {
    let lines = "I10 solo-ign top ign-on-ign => built top tri@default +pm; ignored ign-on-ign solo-ign";
    let world = World::new().map(|mut world| {
        world.set("Number_of_builders", "1");
        world
    });
    check_in(world, lines);
}

/// Each line in turn: `status` over an empty repository, then a real run over one with the package manager alone.
fn check(table: &str) {
    check_in(World::new(), table);
}

fn check_in(world: Option<World>, table: &str) {
    let fresh = World::empty();
    let mut wrong = String::new();
    for line in table.replace("\\\n", "").lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (case, wanted) = line.split_once("=>").unwrap_or_else(|| panic!("`{line}`"));
        let (queue, exit) = match wanted.rsplit_once("exit ") {
            Some((queue, exit)) => (Queue::parse(queue), exit.parse().unwrap()),
            None => (Queue::parse(wanted), 0),
        };
        let (name, words) = case.trim().split_once(' ').unwrap();
        let (options, ports) = arguments(&fresh, words);
        let ran = fresh.run(&words_of(&options, "status", &ports));
        compare(&mut wrong, name, &queue, i32::from(exit == 1), &Queue::of_status(&ran.stdout), &ran);
        // A variation of a case (`F4b`) takes time and shows nothing new, unless the exit status is its point.
        let variation = name.ends_with(|c: char| c.is_ascii_lowercase()) && exit == 0;
        if let Some(world) = world.as_ref().filter(|_| !variation) {
            world.forget_all();
            for log in ["01_success_list.log", "03_ignored_list.log"] {
                world.write(&format!("logs/{log}"), b"");
            }
            let (options, ports) = arguments(world, words);
            let ran = world.run(&words_of(&options, "just-build", &ports));
            compare(&mut wrong, name, &queue.clone().without_manager(), exit, &Queue::of_logs(world), &ran);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn compare(wrong: &mut String, name: &str, wanted: &Queue, exit: i32, got: &Queue, ran: &Ran) {
    if (got, ran.status) != (wanted, exit) {
        writeln!(wrong, "{name}: wanted {wanted}, exit {exit}\n{0:1$}  but {got}\n{2}\n", "", name.len(), ran.whole())
            .unwrap();
    }
    if exit == 1 && ran.stderr.trim().is_empty() {
        writeln!(wrong, "{name}: an error without a word").unwrap();
    }
}

/// Options before the directive, and what follows it; a `[list]` becomes a file.
fn arguments(world: &World, words: &str) -> (Vec<String>, Vec<String>) {
    let mut words = words.trim().to_owned();
    let mut ports = Vec::new();
    if let Some((before, rest)) = words.clone().split_once('[') {
        let (list, after) = rest.split_once(']').unwrap();
        let lines: Vec<String> = list.split_whitespace().map(origin).collect();
        world.write("list.txt", (lines.join("\n") + "\n").as_bytes());
        ports.push(world.path("list.txt").into_string());
        words = format!("{before} {after}");
    }
    let (options, named): (Vec<&str>, Vec<&str>) = words.split_whitespace().partition(|word| word.starts_with('-'));
    ports.extend(named.into_iter().map(origin));
    (options.into_iter().map(str::to_owned).collect(), ports)
}

fn words_of<'a>(options: &'a [String], directive: &'a str, ports: &'a [String]) -> Vec<&'a str> {
    let options = options.iter().map(String::as_str);
    options.chain([directive]).chain(ports.iter().map(String::as_str)).collect()
}
