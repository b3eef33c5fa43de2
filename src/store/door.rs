//! The two doors to redb: one for reading, one for writing.
//!
//! All that touches redb happens behind them, so that there is one place where its errors become ours and
//! where its panics stop. It promises errors for a file that was changed behind its back, but not everywhere.

use std::ops::Bound;
use std::panic::{self, AssertUnwindSafe, UnwindSafe};

use redb::{
    Database, Durability, ReadOnlyTable, ReadTransaction, ReadableDatabase, ReadableTable, TableHandle,
    WriteTransaction,
};

use super::codec::{self, Value};
use super::error::failed;
use super::tables::{self, META, SCHEMA, Table};
use super::{Store, StoreError};

type Key = Vec<u8>;

/// A row whose value may be unreadable.
pub(super) type Row<V> = (Key, Result<V, StoreError>);

impl Store {
    /// Sees the state of one moment, whatever is written meanwhile.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Reader) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guarded(|| {
            let reader = Reader(self.db()?.begin_read().map_err(|error| failed("read", error))?);
            work(&reader)
        })
    }

    /// All or nothing, and on disk when it returns. An error leaves everything as it was.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Writer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guarded(|| {
            let mut writer = Writer(self.db()?.begin_write().map_err(write_failed)?);
            writer.0.set_durability(Durability::Immediate).map_err(write_failed)?;
            let answer = work(&writer)?;
            writer.0.commit().map_err(write_failed)?;
            Ok(answer)
        })
    }

    /// Makes the tables of a new file and refuses one from the future.
    pub(super) fn prepared(self) -> Result<Store, StoreError> {
        let unusable = |reason: String| StoreError::Unusable { path: self.path.clone(), reason };
        let found = self.schema().map_err(|error| unusable(error.to_string()))?;
        if let Some(found) = found.filter(|found| *found > SCHEMA) {
            return Err(StoreError::Newer { path: self.path.clone(), found, known: SCHEMA });
        }
        // Also in a file that an older dsynth made before it knew them all.
        let complete = || self.read(|reader| reader.has_all(&tables::NAMES));
        if found.is_none() || !complete().map_err(|error| unusable(error.to_string()))? {
            self.write(create)?;
        }
        // A table of another type would fail later, at the first row.
        self.read(|reader| tables::NAMES.iter().try_for_each(|name| reader.check(name)))
            .map_err(|error| unusable(error.to_string()))?;
        Ok(self)
    }

    fn db(&self) -> Result<&Database, StoreError> {
        self.db.as_ref().ok_or_else(|| StoreError::Damaged { reason: "it is closed".into() })
    }

    /// The schema of the file; a new one has none.
    fn schema(&self) -> Result<Option<u32>, StoreError> {
        let is_new = self.read(|reader| reader.is_empty())?;
        if is_new {
            return Ok(None);
        }
        let text = self.read(|reader| reader.get(&META, b"schema"))?.unwrap_or_default();
        text.parse().map(Some).map_err(|_| corrupted(&META, b"schema", format!("`{text}` is no number")))
    }
}

fn create(writer: &Writer) -> Result<(), StoreError> {
    for name in tables::NAMES {
        writer.0.open_table(tables::Definition::new(name)).map_err(write_failed)?;
    }
    writer.put(&META, b"schema", &SCHEMA.to_string())?;
    writer.put(&META, b"created by", &format!("dsynth {}", env!("CARGO_PKG_VERSION")))
}

pub(super) struct Reader(ReadTransaction);

impl Reader {
    pub(super) fn get<V: Value>(&self, table: &Table<V>, key: &[u8]) -> Result<Option<V>, StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(|error| failed("read", error))?;
        get(&rows, table, key)
    }

    /// Calls `row` for each row from `start` on, in order of keys, until it says `false`.
    pub(super) fn each<V: Value>(
        &self,
        table: &Table<V>,
        start: &[u8],
        mut row: impl FnMut(Row<V>) -> bool,
    ) -> Result<(), StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(|error| failed("read", error))?;
        let range = rows.range::<&[u8]>((Bound::Included(start), Bound::Unbounded));
        for found in range.map_err(|error| failed("read", error))? {
            let (key, bytes) = found.map_err(|error| failed("read", error))?;
            if !row((key.value().to_vec(), decode(table, key.value(), bytes.value()))) {
                break;
            }
        }
        Ok(())
    }

    /// The same, from the last row backwards.
    pub(super) fn each_back<V: Value>(
        &self,
        table: &Table<V>,
        mut row: impl FnMut(Row<V>) -> bool,
    ) -> Result<(), StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(|error| failed("read", error))?;
        for found in rows.iter().map_err(|error| failed("read", error))?.rev() {
            let (key, bytes) = found.map_err(|error| failed("read", error))?;
            if !row((key.value().to_vec(), decode(table, key.value(), bytes.value()))) {
                break;
            }
        }
        Ok(())
    }

    /// One table, for many questions.
    pub(super) fn rows<V: Value>(&self, table: &'static Table<V>) -> Result<Rows<V>, StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(|error| failed("read", error))?;
        Ok(Rows { rows, table })
    }

    fn check(&self, name: &'static str) -> Result<(), StoreError> {
        self.0.open_table(tables::Definition::new(name)).map(drop).map_err(|error| failed("read", error))
    }

    fn has_all(&self, names: &[&str]) -> Result<bool, StoreError> {
        let found = self.0.list_tables().map_err(|error| failed("read", error))?;
        let found: Vec<String> = found.map(|table| table.name().to_owned()).collect();
        Ok(names.iter().all(|name| found.iter().any(|table| table == name)))
    }

    fn is_empty(&self) -> Result<bool, StoreError> {
        let mut names = self.0.list_tables().map_err(|error| failed("read", error))?;
        Ok(names.next().is_none())
    }
}

/// A table as it was at one moment. Pages that were given up since stay as long as it is held.
pub(super) struct Rows<V: 'static> {
    rows: ReadOnlyTable<&'static [u8], &'static [u8]>,
    table: &'static Table<V>,
}

impl<V: Value> Rows<V> {
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<V>, StoreError> {
        guarded(|| get(&self.rows, self.table, key))
    }
}

pub(super) struct Writer(WriteTransaction);

impl Writer {
    pub(super) fn get<V: Value>(&self, table: &Table<V>, key: &[u8]) -> Result<Option<V>, StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(write_failed)?;
        get(&rows, table, key)
    }

    pub(super) fn put<V: Value>(&self, table: &Table<V>, key: &[u8], value: &V) -> Result<(), StoreError> {
        let bytes = codec::encode(value).map_err(|reason| corrupted(table, key, reason))?;
        self.put_bytes(table, key, &bytes)
    }

    /// For tests of unreadable values too.
    pub(super) fn put_bytes<V>(&self, table: &Table<V>, key: &[u8], bytes: &[u8]) -> Result<(), StoreError> {
        let mut rows = self.0.open_table(table.definition()).map_err(write_failed)?;
        rows.insert(key, bytes).map(drop).map_err(write_failed)
    }

    pub(super) fn remove<V>(&self, table: &Table<V>, key: &[u8]) -> Result<(), StoreError> {
        let mut rows = self.0.open_table(table.definition()).map_err(write_failed)?;
        rows.remove(key).map(drop).map_err(write_failed)
    }

    pub(super) fn keys<V>(&self, table: &Table<V>) -> Result<Vec<Key>, StoreError> {
        let rows = self.0.open_table(table.definition()).map_err(write_failed)?;
        let found = rows.iter().map_err(write_failed)?;
        found.map(|row| row.map(|(key, _)| key.value().to_vec()).map_err(write_failed)).collect()
    }
}

fn get<V: Value>(
    rows: &impl ReadableTable<&'static [u8], &'static [u8]>,
    table: &Table<V>,
    key: &[u8],
) -> Result<Option<V>, StoreError> {
    let found = rows.get(key).map_err(|error| failed("read", error))?;
    found.map(|bytes| decode(table, key, bytes.value())).transpose()
}

fn decode<V: Value>(table: &Table<V>, key: &[u8], bytes: &[u8]) -> Result<V, StoreError> {
    codec::decode(bytes).map_err(|reason| corrupted(table, key, reason))
}

pub(super) fn corrupted<V>(table: &Table<V>, key: &[u8], reason: String) -> StoreError {
    StoreError::Corrupted { table: table.name, key: tables::shown(key), reason }
}

fn write_failed(error: impl Into<redb::Error>) -> StoreError {
    failed("write to", error)
}

fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    unwound(AssertUnwindSafe(work)).unwrap_or_else(|reason| Err(StoreError::Damaged { reason }))
}

/// Turns a panic into its message. redb poisons the transaction that it happened in; it is never committed.
pub(super) fn unwound<T>(work: impl FnOnce() -> T + UnwindSafe) -> Result<T, String> {
    panic::catch_unwind(work).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().map(|text| text.to_string());
        text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "redb panicked".into())
    })
}
