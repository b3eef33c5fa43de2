//! Pictures of small runs.

use super::*;
use crate::model::samples::{built, failed, secs, spec, started};
use crate::model::{Failure, Phase};

/// A run of seven that starts at second 100; each event one second after the other.
fn seen(events: impl IntoIterator<Item = Event>) -> RunView {
    let mut view = RunView::of(About { logs: "/logs".into(), ..About::default() });
    view.hear(&Event::RunStarted { run: Uuid::nil(), queued: 7, workers: 2, limit: 2 }, secs(100));
    events.into_iter().zip(101..).for_each(|(event, at)| {
        view.hear(&event, secs(at));
        assert_eq!(done(&view) + view.remaining(), view.counts.queued);
    });
    view
}

fn done(view: &RunView) -> usize {
    view.finished.len()
}

#[test]
fn a_slot_shows_its_job_until_that_ends() {
    let phase = |phase| Event::PhaseStarted { slot: SlotId(1), spec: spec("c/a"), phase };
    let output = Event::Output { slot: SlotId(1), lines: 42 };
    let memory = Event::Memory { slot: SlotId(1), bytes: 4096 };
    let mut view = seen([started(1, "c/a"), phase(Phase::Fetch), phase(Phase::Build), output, memory]);
    let expected = SlotView {
        phase: Some(Phase::Build),
        phase_since: secs(103),
        lines: 42,
        memory: Some(4096),
        ..SlotView::new(spec("c/a"), "/logs".into(), secs(101))
    };
    assert_eq!(view.slots, [None, Some(expected)]);
    assert_eq!(view.active(), 1);
    view.hear(&built(1, "c/a", 5), secs(105));
    assert_eq!((view.active(), view.slots.len()), (0, 2));
}

#[test]
fn every_end_is_counted_and_kept() {
    let view = seen([
        Event::Fresh { spec: spec("c/f") },
        Event::Ignored { spec: spec("c/i"), pkgfile: String::new(), reason: "no".into(), skips: 0 },
        Event::Broken { spec: spec("c/b"), reason: "gone".into() },
        started(0, "c/a"),
        started(1, "c/x"),
        failed(1, "c/x", Failure::Exit(1), 1),
        Event::Skipped { spec: spec("c/s"), pkgfile: String::new(), chain: "c/x".into() },
        built(0, "c/a", 5),
        started(0, "c/y"),
        Event::Interrupted { slot: SlotId(0), spec: spec("c/y") },
    ]);
    let expected = Summary {
        queued: 6,
        built: 1,
        ignored: 1,
        skipped: 1,
        failed: 1,
        missing: 1,
        fresh: 1,
        interrupted: 1,
        ..Summary::default()
    };
    assert_eq!((view.counts.clone(), view.remaining(), view.active()), (expected, 0, 0));
    let names: Vec<String> = view.finished.iter().map(|finished| finished.spec.to_string()).collect();
    assert_eq!(names, ["c/i", "c/b", "c/x", "c/s", "c/a", "c/y"]);
    assert_eq!(view.failures().count(), 1);
}

#[test]
fn the_clock_starts_with_the_run_and_stops_with_it() {
    let mut view = seen([started(0, "c/a"), built(0, "c/a", 5), failed(1, "c/x", Failure::Exit(1), 1)]);
    assert_eq!((view.elapsed(secs(160)), view.per_hour(secs(160)), view.impulse(secs(160))), (secs(60), 120, 120));
    view.hear(&Event::RunEnded { summary: view.counts.clone() }, secs(160));
    assert_eq!(view.elapsed(secs(999)), secs(60));
    assert_eq!(RunView::default().elapsed(secs(999)), Duration::ZERO);
}

#[test]
fn a_new_run_starts_from_nothing() {
    let mut view = seen([failed(0, "c/x", Failure::Exit(1), 1)]);
    view.hear(&Event::Scanned { done: 3, total: 4 }, secs(200));
    view.hear(&Event::RunStarted { run: Uuid::max(), queued: 2, workers: 1, limit: 1 }, secs(201));
    assert_eq!((view.remaining(), view.finished.len(), view.scan.done), (2, 0, 3));
    assert_eq!((view.about.logs.as_str(), view.recent.len()), ("/logs", 1), "what people read goes on");
}

#[test]
fn each_end_has_its_place_in_the_run() {
    let ignored = Event::Ignored { spec: spec("c/i"), pkgfile: String::new(), reason: "no".into(), skips: 0 };
    let view = seen([started(0, "c/a"), ignored, built(0, "c/a", 5)]);
    let times: Vec<_> = view.finished.iter().map(|finished| (finished.started, finished.ended)).collect();
    assert_eq!(times, [(secs(2), secs(2)), (secs(1), secs(3))]);
}

#[test]
fn the_limit_and_the_machine_are_the_last_that_was_heard() {
    let adjusted = |to| Event::Adjusted { load: 1.0, swap: 0.0, memory: 0, limits: [1; 3], from: 2, to };
    let host = HostLoad { load: [1.0, 2.0, 3.0], swap: None, free: 7 };
    let view = seen([Event::Host(HostLoad::default()), adjusted(1), Event::Host(host)]);
    assert_eq!((view.limit, view.host), (1, Some(host)));
    assert_eq!(seen([]).limit, 2);
}

#[test]
fn a_picture_is_the_same_after_it_was_written_and_read() {
    let view = seen([
        started(0, "c/a"),
        started(1, "c/x"),
        failed(1, "c/x", Failure::Exit(1), 1),
        Event::Host(HostLoad::default()),
    ]);
    let text = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<RunView>(&text).unwrap(), view);
}

#[test]
fn what_people_read_is_kept_to_a_length() {
    let notes = (0..600).map(|n| Event::Note { text: n.to_string() });
    let view = seen(notes);
    let first = Event::Note { text: "100".into() };
    assert_eq!((view.recent.len(), view.recent.front()), (500, Some(&first)));
}

#[test]
fn why_a_job_was_built_stays_with_it() {
    let dirty = |text: &str| Event::Dirty { spec: spec(text), reasons: vec![format!("{text} is new")] };
    let view = seen([dirty("c/a"), dirty("c/b"), started(1, "c/b"), started(0, "c/a"), built(0, "c/a", 5)]);
    let slot = view.slots[1].as_ref().map(|slot| slot.reasons.clone());
    assert_eq!((slot, view.finished[0].reasons.clone()), (Some(vec!["c/b is new".into()]), vec!["c/a is new".into()]));
    assert_eq!(view.dirty, []);
}
