//! The database, and what queries see of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use super::inputs::{Attempt, Directory, File, Names, OutcomeInput, Settings, SettingsFields};
use super::saved::Saved;
use crate::model::OriginSpec;
use crate::system::System;

/// What queries see: files, settings, outcomes, and the host behind them.
#[salsa::db]
pub trait Db: salsa::Database {
    fn system(&self) -> &dyn System;

    /// What earlier processes found out.
    fn saved(&self) -> &dyn Saved;

    /// The input for a file, present or absent.
    fn file(&self, path: &Utf8Path) -> File;

    /// The input for all that is below a directory.
    fn directory(&self, path: &Utf8Path) -> Directory;

    /// The input for the names in a directory.
    fn names(&self, path: &Utf8Path) -> Names;

    /// The input for what is recorded of a package.
    fn outcome(&self, spec: &OriginSpec) -> OutcomeInput;

    fn settings(&self) -> Settings;

    /// Called by a query whose answer is to be found out again at the next occasion.
    fn not_for_long(&self);
}

/// Salsa's storage with the registries of inputs. Clones are handles: none may outlive planning, for a
/// setter waits until all others are gone.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    system: Arc<dyn System>,
    saved: Arc<dyn Saved>,
    pub(super) files: Registry<File>,
    pub(super) directories: Registry<Directory>,
    pub(super) names: Registry<Names>,
    pub(super) outcomes: Arc<Mutex<HashMap<OriginSpec, OutcomeInput>>>,
    settings: Option<Settings>,
    attempt: Option<Attempt>,
    /// Whether any query called `not_for_long` since the last attempt.
    pub(super) passing: Arc<AtomicBool>,
}

/// Inputs by path: made when a query first asks for them.
pub(super) type Registry<T> = Arc<Mutex<HashMap<Utf8PathBuf, T>>>;

/// Hears the debug name of each query that really runs (`evaluation(Id(400))`).
pub type QueryLog = Box<dyn Fn(String) + Send + Sync>;

impl Database {
    pub fn new(system: Arc<dyn System>, saved: Arc<dyn Saved>, settings: SettingsFields) -> Database {
        Database::build(system, saved, settings, None)
    }

    /// As `new`, with a listener; it makes revalidation slower by half, so it is for tests and traces.
    pub fn with_log(
        system: Arc<dyn System>,
        saved: Arc<dyn Saved>,
        settings: SettingsFields,
        log: QueryLog,
    ) -> Database {
        Database::build(system, saved, settings, Some(log))
    }

    fn build(
        system: Arc<dyn System>,
        saved: Arc<dyn Saved>,
        fields: SettingsFields,
        log: Option<QueryLog>,
    ) -> Database {
        let listener = log.map(|log| -> Box<dyn Fn(salsa::Event) + Send + Sync> {
            Box::new(move |event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    log(format!("{database_key:?}"));
                }
            })
        });
        let storage = salsa::Storage::new(listener);
        let mut db = Database {
            storage,
            system,
            saved,
            files: Arc::default(),
            directories: Arc::default(),
            names: Arc::default(),
            outcomes: Arc::default(),
            settings: None,
            attempt: None,
            passing: Arc::default(),
        };
        db.settings = Some(Settings::create(&db, fields));
        db.attempt = Some(Attempt::create(&db));
        db
    }

    pub(super) fn attempt(&self) -> Attempt {
        self.attempt.unwrap_or_else(|| unreachable!("set when the database is built"))
    }
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn system(&self) -> &dyn System {
        &*self.system
    }

    fn saved(&self) -> &dyn Saved {
        &*self.saved
    }

    fn file(&self, path: &Utf8Path) -> File {
        input(&self.files, path, || File::create(self, path.to_owned(), self.system.file(path)))
    }

    fn directory(&self, path: &Utf8Path) -> Directory {
        input(&self.directories, path, || Directory::create(self, path.to_owned(), self.system.directory(path)))
    }

    fn names(&self, path: &Utf8Path) -> Names {
        input(&self.names, path, || Names::create(self, path.to_owned(), self.system.names(path)))
    }

    fn outcome(&self, spec: &OriginSpec) -> OutcomeInput {
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        *outcomes.entry(spec.clone()).or_insert_with(|| OutcomeInput::create(self, None))
    }

    fn settings(&self) -> Settings {
        self.settings.unwrap_or_else(|| unreachable!("set when the database is built"))
    }

    fn not_for_long(&self) {
        self.attempt().number(self);
        self.passing.store(true, Ordering::Relaxed);
    }
}

/// The disk is read without the lock, so that threads do not wait for each other's files.
fn input<T: Copy>(registry: &Registry<T>, path: &Utf8Path, create: impl FnOnce() -> T) -> T {
    let lock = || registry.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(input) = lock().get(path).copied() {
        return input;
    }
    let created = create();
    // Another thread may have been faster; then its input counts.
    *lock().entry(path.to_owned()).or_insert(created)
}
