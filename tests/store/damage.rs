//! Files that something else wrote to.

use std::fs;

use camino::Utf8Path;
use dsynth::store::{BuildStatus, RunRecord, RunState, Store, StoreError};

use crate::{place, record, spec, succeed};

/// Numbers that are the same each time (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

fn filled(path: &Utf8Path) -> Vec<u8> {
    let store = Store::open(path).unwrap();
    let run = RunRecord::begin("build", "boot");
    store.begin_run(&run).unwrap();
    store.save_record(&record("a/running", "1", BuildStatus::Running)).unwrap();
    for n in 0..40 {
        succeed(&store, &format!("a/port{n}"), "1", n);
    }
    drop(store);
    fs::read(path).unwrap()
}

/// Cut short, a bit turned, a few bytes overwritten, or a page copied over another.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let at = dice.roll(bytes.len());
    match dice.roll(4) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << dice.roll(8),
        2 => {
            let end = (at + 1 + dice.roll(64)).min(bytes.len());
            bytes[at..end].iter_mut().for_each(|byte| *byte = dice.roll(256) as u8);
        }
        _ => {
            let (from, to) = (dice.roll(bytes.len() / 4096), dice.roll(bytes.len() / 4096));
            bytes.copy_within(from * 4096..(from + 1) * 4096, to * 4096);
        }
    }
}

/// Everything that a session does; what it gets does not matter here, only that it gets an answer.
fn use_all(path: &Utf8Path) -> Result<(), StoreError> {
    let store = Store::open(path)?;
    let mut errors = vec![store.recover().err(), store.recent_runs(9).err(), store.package_files().err()];
    errors.push(store.begin_run(&RunRecord::begin("build", "boot")).err());
    errors.push(store.save_record(&record("a/new", "1", BuildStatus::Running)).err());
    for n in 0..40 {
        let port = spec(&format!("a/port{n}"));
        errors.push(store.needs_build(&port, n).err());
        errors.push(store.latest_for(&port, None).err());
    }
    errors.push(store.builds_of(&spec("a/port1")).err());
    if let Some(run) = store.active_run()? {
        errors.push(store.finish_run(run.id, RunState::Finished, Default::default()).err());
    }
    let traces = store.all_traces()?;
    errors.extend(traces.into_values().map(Result::err));
    errors.into_iter().flatten().next().map_or(Ok(()), Err)
}

#[test]
fn no_damage_to_the_file_makes_it_panic() {
    let (_dir, path) = place();
    let good = filled(&path);
    let mut dice = Dice(0x5eed);
    let mut noticed = 0;
    for _ in 0..300 {
        let mut bytes = good.clone();
        mutate(&mut bytes, &mut dice);
        fs::write(&path, bytes).unwrap();
        noticed += usize::from(use_all(&path).is_err());
    }
    assert!(noticed > 100, "{noticed}");
}
