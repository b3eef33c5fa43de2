//! Joins it all: what one profile needs, from its configuration to its builds.

mod attempts;
mod beside;
pub mod build;
pub mod chart;
mod clean;
mod costs;
mod dialect;
pub mod distfiles;
pub mod explain;
pub mod findings;
pub mod fresh;
pub mod frozen;
pub mod halt;
pub mod history;
pub mod hooks;
mod host;
pub mod index;
mod listener;
pub mod lock;
pub mod migrate;
pub mod obsolete;
mod outlook;
pub mod packages;
pub mod place;
pub mod placing;
pub mod planner;
pub mod purge;
pub mod queue;
mod reading;
pub mod reset;
mod run;
pub mod scan;
pub mod selftest;
pub mod slots;
pub mod targets;
pub mod watch;
pub mod worker;

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::config::{DirectoryError, MakeConf, MakeConfError, Profile};
use crate::jail::JailError;
use crate::model::Platform;
use crate::queries::plan::PlanError;
use crate::repo::{PackageError, Repository};
use crate::schedule::StartError;
use crate::store::{Recovered, Store, StoreError, set_aside};
use crate::system::pkg::HostPkgError;
use crate::system::platform::{Declared, PlatformError, ncpu, physmem, platform};

use beside::{aside, look};
use frozen::Frozen;
use lock::{BuildBaseLock, LockError};
use packages::Packages;
use planner::PlannerError;
use queue::QueueError;
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
    /// What `debug` leaves for a look.
    pub frozen: Arc<Frozen>,
    /// Whose the build base is, if it is only looked at.
    pub beside: Option<LockError>,
    lock: Option<BuildBaseLock>,
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
    #[error("the run was stopped: {0}")]
    Halted(String),
    #[error("the repository was not rebuilt: {0}")]
    Index(String),
    #[error("cannot read the distfiles in `{path}`")]
    Distfiles { path: Utf8PathBuf, source: std::io::Error },
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Host(#[from] HostPkgError),
    #[error("make a directory in the build base")]
    Scratch(#[source] std::io::Error),
    #[error("cannot look for changes")]
    Watch(#[source] std::io::Error),
}

impl Session {
    /// Checks the profile's directories, takes the lock, and opens what outlives a run.
    pub fn open(profile: Profile, directive: &str) -> Result<Session, SessionError> {
        profile.check_directories()?;
        let read = Read::of(&profile)?;
        let lock = BuildBaseLock::take(&profile.buildbase, directive)?;
        let mut notices = Vec::new();
        let store = open_store(profile.buildbase.join(DATABASE), &mut notices)?;
        let recovered = store.recover()?;
        Ok(Session { recovered, notices, ..Session::over(profile, read, store, Some(lock))? })
    }

    /// To look and not to touch, also beside another dsynth: what an earlier run left unfinished stays so.
    pub fn look(profile: Profile, directive: &str) -> Result<Session, SessionError> {
        profile.check_readable()?;
        let read = Read::of(&profile)?;
        let look = look(&profile.buildbase, directive)?;
        let session = Session::over(profile, read, look.store, look.lock)?;
        Ok(Session { notices: look.notice.into_iter().collect(), beside: look.beside, ..session })
    }

    /// To look and not to touch, and without the lock even if nobody has it: what is found out goes with the value.
    pub fn aside(profile: Profile) -> Result<Session, SessionError> {
        profile.check_readable()?;
        let read = Read::of(&profile)?;
        let look = aside(&profile.buildbase)?;
        let session = Session::over(profile, read, look.store, None)?;
        Ok(Session { notices: look.notice.into_iter().collect(), ..session })
    }

    /// `open`, or `look` where another dsynth or another user has the build base.
    pub fn open_or_look(profile: Profile, directive: &str) -> Result<Session, SessionError> {
        match Session::open(profile.clone(), directive) {
            Err(SessionError::Lock(error)) if error.is_anothers() => Session::look(profile, directive),
            Err(SessionError::Directory(DirectoryError::Unwritable { .. })) => Session::look(profile, directive),
            opened => opened,
        }
    }

    fn over(profile: Profile, read: Read, store: Store, lock: Option<BuildBaseLock>) -> Result<Session, SessionError> {
        let Read { make_conf, platform } = read;
        let store = Arc::new(store);
        let packages = Packages::new(Repository::open(&profile.repository)?, &store)?;
        placing::settle(&store, &packages)?;
        let (recovered, notices) = (Recovered::default(), Vec::new());
        Ok(Session {
            profile,
            make_conf,
            platform,
            store,
            packages,
            recovered,
            notices,
            frozen: Arc::default(),
            beside: None,
            lock,
        })
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

/// What a profile leads to, read before anything is taken or opened.
struct Read {
    make_conf: MakeConf,
    platform: Platform,
}

impl Read {
    fn of(profile: &Profile) -> Result<Read, SessionError> {
        Ok(Read { make_conf: MakeConf::load(&profile.make_conf_path())?, platform: platform_of(profile)? })
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
