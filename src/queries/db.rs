//! The database, and what queries see of it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use super::inputs::{Attempt, Directory, File, Names, OutcomeInput, Pkg, Remembered, Settings, SettingsFields};
use super::saved::Saved;
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
    fn outcome(&self, pkg: Pkg) -> OutcomeInput;

    fn settings(&self) -> Settings;

    fn remembered(&self) -> Remembered;

    /// No input is younger: what did not change since is as the inputs say.
    fn since(&self) -> i64;

    /// Makes the running query run again after the next refresh, whatever changed: its answer was a passing one.
    fn asks_again(&self);

    /// As `asks_again`, because the world changed under the query.
    fn moved(&self);
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
    pub(super) outcomes: Arc<Mutex<FxHashMap<Pkg, OutcomeInput>>>,
    settings: Option<Settings>,
    pub(super) remembered: Option<Remembered>,
    pub(super) attempt: Option<Attempt>,
    pub(super) since: i64,
    moved: Arc<AtomicBool>,
    /// Whether any query asked to run again.
    pub(super) passing: Arc<AtomicBool>,
}

/// Inputs by path, as text (paths compare by their components, which is slow): made when a query first asks for them.
pub(super) type Registry<T> = Arc<Mutex<FxHashMap<String, T>>>;

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
            since: system.now(),
            system,
            saved,
            files: Arc::default(),
            directories: Arc::default(),
            names: Arc::default(),
            outcomes: Arc::default(),
            settings: None,
            remembered: None,
            attempt: None,
            moved: Arc::default(),
            passing: Arc::default(),
        };
        db.settings = Some(Settings::create(&db, fields));
        db.remembered = Some(Remembered::create(&db));
        db.attempt = Some(Attempt::create(&db));
        db
    }

    /// Whether the world changed under a query since this was last asked. What that query said is to be asked again after
    /// a refresh.
    pub fn take_moved(&self) -> bool {
        self.moved.swap(false, Ordering::Relaxed)
    }

    /// Whether all answers hold as long as the inputs do: no query asked to run again.
    pub fn is_lasting(&self) -> bool {
        !self.passing.load(Ordering::Relaxed)
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

    fn outcome(&self, pkg: Pkg) -> OutcomeInput {
        *lock(&self.outcomes).entry(pkg).or_insert_with(|| OutcomeInput::create(self, None))
    }

    fn settings(&self) -> Settings {
        self.settings.unwrap_or_else(|| unreachable!("set when the database is built"))
    }

    fn remembered(&self) -> Remembered {
        self.remembered.unwrap_or_else(|| unreachable!("set when the database is built"))
    }

    fn since(&self) -> i64 {
        self.since
    }

    fn asks_again(&self) {
        let _ = self.attempt.map(|attempt| attempt.number(self));
        self.passing.store(true, Ordering::Relaxed);
    }

    fn moved(&self) {
        self.moved.store(true, Ordering::Relaxed);
        self.asks_again();
    }
}

/// The disk is read without the lock, so that threads do not wait for each other's files.
fn input<T: Copy>(registry: &Registry<T>, path: &Utf8Path, create: impl FnOnce() -> T) -> T {
    if let Some(input) = lock(registry).get(path.as_str()).copied() {
        return input;
    }
    let created = create();
    // Another thread may have been faster; then its input counts.
    *lock(registry).entry(path.as_str().to_owned()).or_insert(created)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
