//! A run that is followed from other processes: this one, for a start.

use dsynth::live::{FollowError, follow, socket};
use dsynth::model::Phase;
use dsynth::view::End;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::world::{World, processes, soon};

#[test]
fn a_run_is_followed_to_its_end_whenever_one_comes() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    let base = world.path("build");
    let wait = "pre-build:\n\t@while [ ! -e /distfiles/go ]; do sleep 0.1; done\n\n.include";
    world.edit("ports/t/late/Makefile", ".include", wait);
    let mut run = world.begin(&["just-build", "t/late", "t/leaf@default"]);
    assert!(soon(|| follow(&base).is_ok()));
    let early = follow(&base).unwrap();
    let in_build = || early.look(|view, _| view.slots.iter().flatten().any(|slot| slot.phase == Some(Phase::Build)));
    assert!(soon(in_build));
    assert!(soon(|| early.look(|view, _| view.host.is_some_and(|host| host.free > 0))));
    let late = follow(&base).unwrap();
    let (about, log) = late.look(|view, _| (view.about.clone(), view.slots[0].clone().unwrap().log));
    assert_eq!((about.profile.as_str(), about.directive.as_str()), ("T", "just-build"));
    assert!(log.starts_with(world.path("logs")) && log.exists(), "{log}");

    let (_, _, events) = late.follow();
    world.write("distfiles/go", b"");
    assert_eq!(run.wait().unwrap().code(), Some(0));
    // Ends with the run.
    assert!(events.iter().count() > 0);
    for picture in [&early, &late] {
        assert!(soon(|| picture.look(|view, _| view.is_over())));
        picture.look(|view, _| {
            let built = view.finished.iter().filter(|done| matches!(done.end, End::Built { .. })).count();
            assert_eq!((built, view.counts.built), (3, 3), "{:?}", view.finished);
            assert!(view.finished.iter().all(|done| done.started + done.took <= done.ended), "{:?}", view.finished);
        });
    }
    assert!(matches!(follow(&base), Err(FollowError::NotRunning)));
}

#[test]
fn a_dsynth_that_was_killed_leaves_a_socket_that_the_next_one_replaces() {
    let Some(world) = World::new() else { return };
    let base = world.path("build");
    world.make_conf("FIXTURE_HANG=yes\n");
    let is_building = || follow(&base).is_ok_and(|picture| picture.look(|view, _| view.active() > 0));
    let mut first = world.begin(&["just-build", "broken/hangs"]);
    assert!(soon(is_building));
    let picture = follow(&base).unwrap();
    let (_, _, events) = picture.follow();
    first.kill().unwrap();
    first.wait().unwrap();
    // They end with it.
    events.iter().for_each(drop);
    assert!(socket(&base).exists() && matches!(follow(&base), Err(FollowError::NotRunning)));
    assert!(soon(|| processes(world.base.as_str()).is_empty()));

    let mut second = world.begin(&["just-build", "broken/hangs"]);
    assert!(soon(is_building));
    kill(Pid::from_raw(second.id() as i32), Signal::SIGTERM).unwrap();
    assert_eq!(second.wait().unwrap().code(), Some(143));
    assert!(!socket(&base).exists());
}
