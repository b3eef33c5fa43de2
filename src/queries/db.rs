//! The database, and what queries see of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::inputs::{File, OutcomeInput, Settings, SettingsFields};
use crate::model::OriginSpec;
use crate::system::System;

/// What queries see: files, settings, outcomes, and the host behind them.
#[salsa::db]
pub trait Db: salsa::Database {
    fn system(&self) -> &dyn System;

    /// The input for a path, present or absent.
    fn file(&self, path: &Utf8Path) -> File;

    /// The input for what is recorded of a package.
    fn outcome(&self, spec: &OriginSpec) -> OutcomeInput;

    fn settings(&self) -> Settings;
}

/// Salsa's storage with the registries of inputs. Clones are handles: none may outlive planning, for a
/// setter waits until all others are gone.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    system: Arc<dyn System>,
    pub(super) files: Arc<Mutex<HashMap<Utf8PathBuf, File>>>,
    pub(super) outcomes: Arc<Mutex<HashMap<OriginSpec, OutcomeInput>>>,
    settings: Option<Settings>,
}

/// Hears the debug name of each query that really runs (`evaluation(Id(400))`).
pub type QueryLog = Box<dyn Fn(String) + Send + Sync>;

impl Database {
    pub fn new(system: Arc<dyn System>, settings: SettingsFields) -> Database {
        Database::build(system, settings, None)
    }

    /// As `new`, with a listener; it makes revalidation slower by half, so it is for tests and traces.
    pub fn with_log(system: Arc<dyn System>, settings: SettingsFields, log: QueryLog) -> Database {
        Database::build(system, settings, Some(log))
    }

    fn build(system: Arc<dyn System>, fields: SettingsFields, log: Option<QueryLog>) -> Database {
        let listener = log.map(|log| -> Box<dyn Fn(salsa::Event) + Send + Sync> {
            Box::new(move |event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    log(format!("{database_key:?}"));
                }
            })
        });
        let storage = salsa::Storage::new(listener);
        let mut db = Database { storage, system, files: Arc::default(), outcomes: Arc::default(), settings: None };
        db.settings = Some(Settings::create(&db, fields));
        db
    }
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn system(&self) -> &dyn System {
        &*self.system
    }

    fn file(&self, path: &Utf8Path) -> File {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = files.get(path) {
            return *file;
        }
        let file = File::create(self, path.to_owned(), self.system.stamp(path));
        files.insert(path.to_owned(), file);
        file
    }

    fn outcome(&self, spec: &OriginSpec) -> OutcomeInput {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        *outcomes.entry(spec.clone()).or_insert_with(|| OutcomeInput::create(self, None))
    }

    fn settings(&self) -> Settings {
        self.settings.unwrap_or_else(|| unreachable!("set when the database is built"))
    }
}
