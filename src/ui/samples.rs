//! A run in which everything happens once, for tests.

use std::time::Duration;

use uuid::Uuid;

use crate::model::samples::{built, failed, spec};
use crate::model::{Event, Failure, Phase, SlotId, Summary};

pub(super) fn started(slot: u32, text: &str, depends: usize, dependents: usize) -> Event {
    Event::JobStarted { slot: SlotId(slot), spec: spec(text), depends, dependents, depth: 3, memory: 1 << 28 }
}

pub(super) fn run() -> Vec<Event> {
    let long = "multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor";
    let summary = Summary {
        queued: 8,
        built: 2,
        ignored: 1,
        skipped: 1,
        failed: 1,
        missing: 1,
        fresh: 1,
        interrupted: 1,
        took: Duration::from_secs(3725),
        ..Summary::default()
    };
    vec![
        Event::Scanned { done: 1, total: 1 },
        Event::Note { text: "pkg is taken from the repository".into() },
        Event::Complaint { spec: spec("c/odd"), text: "malformed `x:`".into() },
        Event::RunStarted { run: Uuid::nil(), queued: 9, workers: 2, limit: 2 },
        Event::Ignored {
            spec: spec("c/no"),
            pkgfile: "no-1.pkg".into(),
            reason: "is marked as broken".into(),
            skips: 2,
        },
        Event::Broken { spec: spec("c/gone"), reason: "not in the tree".into() },
        Event::Fresh { spec: spec("c/fresh") },
        Event::Dirty { spec: spec("lang/python@py39"), reasons: vec!["distinfo differs".into(), "forced".into()] },
        started(0, "lang/python@py39", 1, 2),
        started(1, long, 112, 1234),
        Event::PhaseStarted { slot: SlotId(0), spec: spec("lang/python@py39"), phase: Phase::Fetch },
        Event::Output { slot: SlotId(0), lines: 3 },
        built(0, "lang/python@py39", 62),
        built(1, long, 360_000),
        started(0, "c/bad", 0, 12),
        failed(0, "c/bad", Failure::Exit(1), 12),
        Event::Skipped { spec: spec("c/late"), pkgfile: "late-1.pkg".into(), chain: "c/between->c/bad".into() },
        started(0, "c/cut", 0, 0),
        Event::Interrupted { slot: SlotId(0), spec: spec("c/cut") },
        Event::RunEnded { summary },
    ]
}
