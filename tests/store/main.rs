//! The database, as the rest of dsynth uses it.

mod builds;
mod copy;
mod crash;
mod damage;
mod open;
mod runs;

use camino::Utf8PathBuf;
use dsynth::model::{Fingerprint, OriginSpec, PackageFacts, Recipe, Trace};
use dsynth::store::{BuildRecord, BuildStatus, Cost, Store, Success};
use tempfile::TempDir;
use uuid::Uuid;

fn spec(text: &str) -> OriginSpec {
    OriginSpec::parse(text).unwrap()
}

/// A directory that goes with the test, and where the database would be in it; in memory if the host has
/// such a place, since each transaction waits for the disk.
fn place() -> (TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = Utf8PathBuf::from_path_buf(dir.path().join("dsynth.redb")).unwrap();
    (dir, path)
}

fn record(port: &str, version: &str, status: BuildStatus) -> BuildRecord {
    let run = Uuid::from_u128(7);
    BuildRecord { status, ..BuildRecord::begin(run, spec(port), version) }
}

fn recipe(record: &BuildRecord) -> Recipe {
    let mut recipe = Recipe::default();
    recipe.push("value", "VERSION", Fingerprint::of(record.version.as_bytes()), &record.version);
    recipe
}

fn trace(record: &BuildRecord) -> Trace {
    let name = record.spec.origin.name().to_owned();
    let package = PackageFacts {
        version: record.version.clone(),
        origin: record.spec.origin.to_string(),
        flavor: None,
        output: Fingerprint::of(record.id.as_bytes()),
        plist: Fingerprint::of(b""),
        shlibs_provided: Vec::new(),
        shlibs_required: Vec::new(),
        depends: Vec::new(),
        name,
    };
    let pkgfile = format!("{}.pkg", package.pkgname());
    Trace { build: Some(record.id), recipe: recipe(record).fingerprint(), depends: Vec::new(), pkgfile, package }
}

/// Records a success of the port and gives back its record.
fn succeed(store: &Store, port: &str, version: &str, crc: u32) -> BuildRecord {
    let record = record(port, version, BuildStatus::Success);
    let (trace, recipe) = (trace(&record), recipe(&record));
    store
        .record_success(&Success {
            record: &record,
            crc,
            trace: &trace,
            recipe: &recipe,
            stamp: None,
            cost: Cost::default(),
        })
        .unwrap();
    record
}
