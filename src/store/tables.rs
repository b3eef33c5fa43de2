//! Every table, in one place.

use std::marker::PhantomData;

use redb::TableDefinition;
use uuid::Uuid;

use super::codec::{self, Value};
use super::older;
use super::{BuildRecord, Cost, PackageFile, Placing, RunRecord};
use camino::Utf8PathBuf;

use crate::model::{DirectoryRecord, OriginSpec, Plan, Recipe, ScanRecord, Trace, Value as ScanValue};

/// Raised when a reader of the old tables must not go on.
pub(super) const SCHEMA: u32 = 1;

pub(super) const META: Table<String> = Table::new("meta/1");
pub(super) const BUILDS: Table<BuildRecord> = Table::new("builds/1");
pub(super) const RUNNING: Table<()> = Table::new("running/1");
pub(super) const PACKAGES: Table<Uuid> = Table::new("packages/1");
pub(super) const CRC_INDEX: Table<u32> = Table::new("crc_index/1");
pub(super) const RUNS: Table<RunRecord> = Table::new("runs/1");
pub(super) const TRACES: Table<Trace> = Table::new("traces/1");
pub(super) const PACKAGE_FILES: Table<PackageFile> = Table::new("package_files/1");

pub(super) const DISK: Table<Vec<DirectoryRecord>> = Table::new("disk/1");
pub(super) const SCANS: Table<ScanRecord> = Table::new("scans/1");
pub(super) const FRAMEWORKS: Table<Vec<Utf8PathBuf>> = Table::new("frameworks/1");
pub(super) const VALUES: Table<Vec<ScanValue>> = Table::new("values/1");
pub(super) const RECIPES: Table<Recipe> = Table::new("recipes/1");
pub(super) const COSTS: Table<Cost> = Table::new("costs/1");
pub(super) const PLANS: Table<Plan> = Table::new("plans/1");
pub(super) const PLACING: Table<Placing> = Table::new("placing/1");

pub(super) const NAMES: [&str; 16] = [
    META.name,
    BUILDS.name,
    RUNNING.name,
    PACKAGES.name,
    CRC_INDEX.name,
    RUNS.name,
    TRACES.name,
    PACKAGE_FILES.name,
    DISK.name,
    SCANS.name,
    FRAMEWORKS.name,
    VALUES.name,
    RECIPES.name,
    COSTS.name,
    PLANS.name,
    PLACING.name,
];

impl Value for String {}
impl Value for () {}
impl Value for Uuid {}
impl Value for u32 {}
impl Value for Trace {
    const VERSION: u8 = 3;

    fn older(version: u8, body: &[u8]) -> Option<Result<Trace, String>> {
        match version {
            1 => Some(codec::from_body::<older::TraceOf<older::RecipeV1>>(body).map(Trace::from)),
            2 => Some(codec::from_body::<older::TraceOf<Recipe>>(body).map(Trace::from)),
            _ => None,
        }
    }
}
impl Value for Recipe {}
impl Value for Plan {}
impl Value for Placing {}
impl Value for Vec<DirectoryRecord> {
    const VERSION: u8 = 2;
}
impl Value for ScanRecord {
    const VERSION: u8 = 4;
}
impl Value for Vec<ScanValue> {}
impl Value for Vec<Utf8PathBuf> {}

/// A table's name and the type of its values; keys are bytes.
pub(super) struct Table<V> {
    pub(super) name: &'static str,
    value: PhantomData<fn() -> V>,
}

pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

impl<V> Table<V> {
    const fn new(name: &'static str) -> Table<V> {
        Table { name, value: PhantomData }
    }

    pub(super) fn definition(&self) -> Definition {
        TableDefinition::new(self.name)
    }
}

/// A spec cannot contain NUL, so the first one ends it: no flavor is ever taken for a part of a version.
pub(super) fn package_key(spec: &OriginSpec, version: &str) -> Vec<u8> {
    format!("{spec}\0{version}").into_bytes()
}

/// A key as people read it: ids and texts.
pub(super) fn shown(key: &[u8]) -> String {
    match (Uuid::from_slice(key), std::str::from_utf8(key)) {
        (Ok(id), _) if id.get_version_num() == 7 => id.to_string(),
        (_, Ok(text)) => text.replace('\0', " "),
        _ => key.escape_ascii().to_string(),
    }
}
