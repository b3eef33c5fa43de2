//! Joins it all: what one profile needs, from its configuration to its builds.

mod attempts;
pub mod build;
pub mod chart;
pub mod distfiles;
pub mod explain;
pub mod findings;
pub mod fresh;
pub mod index;
mod listener;
pub mod lock;
pub mod migrate;
mod outlook;
pub mod packages;
pub mod place;
pub mod planner;
pub mod reset;
pub mod scan;
pub mod targets;
pub mod watch;
pub mod worker;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{DirectoryError, MakeConf, MakeConfError, Profile};
use crate::jail::JailError;
use crate::model::Platform;
use crate::queries::plan::PlanError;
use crate::repo::{PackageError, Repository};
use crate::schedule::StartError;
use crate::store::{Recovered, Store, StoreError, set_aside};
use crate::system::platform::{Declared, PlatformError, ncpu, physmem, platform};

use lock::{BuildBaseLock, LockError};
use packages::Packages;
use planner::PlannerError;
use targets::TargetError;

/// In the build base: what outlives a run.
pub const DATABASE: &str = "dsynth.redb";

/// One profile's build base, held for as long as the value lives.
pub struct Session {
    pub profile: Profile,
    pub make_conf: MakeConf,
    pub platform: Platform,
    pub store: Arc<Store>,
    pub packages: Packages,
    /// What the last owner of the build base left unfinished.
    pub recovered: Recovered,
    /// What had to be put right when it was opened, for people.
    pub notices: Vec<String>,
    _lock: BuildBaseLock,
}

/// dsynth cannot do its job, as opposed to a port that fails.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    MakeConf(#[from] MakeConfError),
    #[error(transparent)]
    Platform(#[from] PlatformError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Repository(#[from] PackageError),
    #[error(transparent)]
    Planner(#[from] PlannerError),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Jail(#[from] JailError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the repository was not rebuilt: {0}")]
    Index(String),
    #[error("cannot look for changes")]
    Watch(#[source] std::io::Error),
}

impl Session {
    /// Checks the profile's directories, takes the lock, and opens what outlives a run.
    pub fn open(profile: Profile, directive: &str) -> Result<Session, SessionError> {
        Session::open_with(profile, directive, |path, notices| {
            let store = open_store(path, notices)?;
            let recovered = store.recover()?;
            Ok((store, recovered))
        })
    }

    /// To look and not to touch: what an earlier run left unfinished stays so, and no database is made or set aside.
    pub fn look(profile: Profile, directive: &str) -> Result<Session, SessionError> {
        Session::open_with(profile, directive, |path, notices| {
            Ok((look_at_store(&path, notices)?, Recovered::default()))
        })
    }

    fn open_with(
        profile: Profile,
        directive: &str,
        store: impl FnOnce(Utf8PathBuf, &mut Vec<String>) -> Result<(Store, Recovered), StoreError>,
    ) -> Result<Session, SessionError> {
        profile.check_directories()?;
        let make_conf = MakeConf::load(&profile.make_conf_path())?;
        let platform = platform_of(&profile)?;
        let lock = BuildBaseLock::take(&profile.buildbase, directive)?;
        let mut notices = Vec::new();
        let (store, recovered) = store(profile.buildbase.join(DATABASE), &mut notices)?;
        let store = Arc::new(store);
        let packages = Packages::new(Repository::open(&profile.repository)?, &store)?;
        Ok(Session { profile, make_conf, platform, store, packages, recovered, notices, _lock: lock })
    }

    /// How many jobs are built at once.
    pub fn workers(&self) -> usize {
        self.profile.workers(ncpu(), physmem()) as usize
    }

    /// `MAKE_JOBS_NUMBER`.
    pub fn jobs(&self) -> u32 {
        self.profile.jobs(ncpu())
    }
}

/// The system that the profile's packages are for.
fn platform_of(profile: &Profile) -> Result<Platform, PlatformError> {
    let declared = Declared {
        os: profile.operating_system.as_deref(),
        release: profile.platform_release.as_deref(),
        version: profile.platform_version,
    };
    platform(&profile.system, &declared)
}

/// What there is no database of is not recorded.
fn look_at_store(path: &Utf8Path, notices: &mut Vec<String>) -> Result<Store, StoreError> {
    if !path.exists() {
        return Store::in_memory();
    }
    match Store::open(path) {
        Err(StoreError::Unusable { reason, .. }) => {
            notices.push(format!("the database {path} cannot be used ({reason}); packages count as without a record"));
            Store::in_memory()
        }
        opened => opened,
    }
}

/// A database that cannot be used is set aside: the packages are the truth, and are taken for up to date.
fn open_store(path: Utf8PathBuf, notices: &mut Vec<String>) -> Result<Store, StoreError> {
    match Store::open(&path) {
        Err(StoreError::Unusable { reason, .. }) => {
            let aside = set_aside(&path)?;
            notices.push(format!(
                "the database {path} cannot be used ({reason}); it was moved to {aside}, and packages without a record count as up to date"
            ));
            let store = Store::open(&path)?;
            // What an older dsynth recorded says nothing of packages that were built since.
            store.forget_old_databases(aside.as_str())?;
            Ok(store)
        }
        opened => opened,
    }
}
