//! One dsynth for a build base, old or new: an exclusive `flock` on `<BB>/.lock`.
//!
//! What is in `.lock` belongs to `add`. Who holds the lock is told in a file beside it, for people: it may be
//! left over from a dsynth that was killed, so the lock alone decides.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Zoned;
use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::signal::kill;
use nix::unistd::Pid;

pub(super) const LOCK: &str = ".lock";
const HOLDER: &str = ".lock.holder";

/// Held until it is dropped.
#[derive(Debug)]
pub struct BuildBaseLock {
    lock: Flock<File>,
    holder: Utf8PathBuf,
}

/// Who holds a lock, as far as is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    /// Local time.
    pub since: String,
    pub directive: String,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("Another dsynth is using {buildbase}{}; wait for its end or stop it", told(.holder.as_ref()))]
    Held { buildbase: Utf8PathBuf, holder: Option<Holder> },
    #[error("cannot lock `{path}`; run dsynth as root, or correct `Directory_buildbase`")]
    Io { path: Utf8PathBuf, source: io::Error },
}

impl BuildBaseLock {
    /// Takes the lock at once or says who has it. The file's content stays: it may hold what `add` queued.
    pub fn take(buildbase: &Utf8Path, directive: &str) -> Result<BuildBaseLock, LockError> {
        let lock = lock_file(buildbase)?;
        let taken = BuildBaseLock { lock, holder: buildbase.join(HOLDER) };
        let holder = Holder {
            pid: std::process::id(),
            since: Zoned::now().strftime("%Y-%m-%d %H:%M:%S").to_string(),
            directive: directive.into(),
        };
        // Others lose a hint if this fails, no more.
        let _ = fs::write(&taken.holder, holder.to_text());
        Ok(taken)
    }

    /// The open `.lock`: the queue of `add`.
    pub fn file(&self) -> &File {
        &self.lock
    }
}

/// Whether some dsynth holds a build base now. The lock is tried only if nobody says so: trying it is being in the way.
pub fn is_held(buildbase: &Utf8Path) -> bool {
    let is_said = Holder::of(buildbase).is_some_and(|holder| holder.is_alive());
    is_said || matches!(lock_file(buildbase), Err(LockError::Held { .. }))
}

impl Drop for BuildBaseLock {
    /// Before the lock goes: later the file would be the next one's.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.holder);
    }
}

fn lock_file(buildbase: &Utf8Path) -> Result<Flock<File>, LockError> {
    let path = buildbase.join(LOCK);
    let error = |source: io::Error| LockError::Io { path: path.clone(), source };
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o644).open(&path);
    Flock::lock(file.map_err(error)?, FlockArg::LockExclusiveNonblock).map_err(|(_, errno)| match errno {
        Errno::EWOULDBLOCK => LockError::Held { buildbase: buildbase.to_owned(), holder: Holder::of(buildbase) },
        errno => error(errno.into()),
    })
}

impl Holder {
    /// Who says that it holds the build base; it may be gone.
    fn of(buildbase: &Utf8Path) -> Option<Holder> {
        Holder::parse(&fs::read_to_string(buildbase.join(HOLDER)).ok()?)
    }

    fn is_alive(&self) -> bool {
        let Ok(pid) = i32::try_from(self.pid) else { return false };
        // Another user's process may not be signalled, and is there all the same.
        matches!(kill(Pid::from_raw(pid), None), Ok(()) | Err(Errno::EPERM))
    }

    fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.pid, self.since, self.directive)
    }

    fn parse(text: &str) -> Option<Holder> {
        let mut lines = text.lines();
        let pid = lines.next()?.parse().ok()?;
        Some(Holder { pid, since: lines.next()?.into(), directive: lines.next()?.into() })
    }
}

impl LockError {
    /// For who only looks: another dsynth holds the build base, or it belongs to another user.
    pub fn is_anothers(&self) -> bool {
        match self {
            LockError::Held { .. } => true,
            LockError::Io { source, .. } => {
                matches!(source.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
            }
        }
    }

    /// What the answer of who only looks is worth, if somebody is there who changes the state meanwhile.
    pub fn notice(&self) -> Option<String> {
        let (buildbase, holder) = match self {
            LockError::Held { buildbase, holder } => (buildbase.as_path(), holder.clone()),
            // Who may not try the lock goes by what its holder wrote down.
            LockError::Io { path, .. } => {
                let buildbase = path.parent()?;
                (buildbase, Some(Holder::of(buildbase).filter(Holder::is_alive)?))
            }
        };
        let holder = told(holder.as_ref());
        Some(format!("another dsynth is using {buildbase}{holder}; this is the state as of its last commit"))
    }
}

fn told(holder: Option<&Holder>) -> String {
    let tell = |holder: &Holder| format!(" (`{}`, process {}, since {})", holder.directive, holder.pid, holder.since);
    holder.map(tell).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, base)
    }

    #[test]
    fn a_second_one_is_told_who_holds_the_lock() {
        let (_dir, base) = temporary();
        let first = BuildBaseLock::take(&base, "build").unwrap();
        let LockError::Held { buildbase, holder: Some(holder) } = BuildBaseLock::take(&base, "status").unwrap_err()
        else {
            panic!("not held");
        };
        assert_eq!((holder.pid, holder.directive.as_str(), &buildbase), (std::process::id(), "build", &base));

        drop(first);
        assert!(!base.join(HOLDER).exists());
        BuildBaseLock::take(&base, "status").unwrap();
    }

    #[test]
    fn who_may_not_take_the_lock_is_told_of_a_holder_that_lives() {
        let (_dir, base) = temporary();
        let refused = |source: ErrorKind| LockError::Io { path: base.join(LOCK), source: source.into() };
        let denied = refused(ErrorKind::PermissionDenied);
        assert!(denied.is_anothers() && !refused(ErrorKind::NotFound).is_anothers());
        assert_eq!(denied.notice(), None);
        let _held = BuildBaseLock::take(&base, "build").unwrap();
        let (notice, pid) = (denied.notice().unwrap(), std::process::id());
        assert!(
            notice.starts_with(&format!("another dsynth is using {base} (`build`, process {pid}, since ")),
            "{notice}"
        );
        // No process has this number (proc(5): pid_max).
        fs::write(base.join(HOLDER), format!("{}\n2020-01-01 00:00:00\nbuild\n", i32::MAX)).unwrap();
        assert_eq!(denied.notice(), None);
    }

    #[test]
    fn what_add_queued_stays_in_the_file() {
        let (_dir, base) = temporary();
        fs::write(base.join(LOCK), "editors/vim\n").unwrap();
        let lock = BuildBaseLock::take(&base, "build").unwrap();
        assert_eq!(io::read_to_string(lock.file()).unwrap(), "editors/vim\n");
    }

    #[test]
    fn leftovers_of_a_killed_dsynth_hold_nothing() {
        let (_dir, base) = temporary();
        fs::write(base.join(LOCK), "").unwrap();
        fs::write(base.join(HOLDER), "1\n2020-01-01 00:00:00\nbuild\n").unwrap();
        BuildBaseLock::take(&base, "build").unwrap();
    }

    #[test]
    fn the_message_says_as_much_as_is_known() {
        let message = |text: &str| LockError::Held { buildbase: "/b".into(), holder: Holder::parse(text) }.to_string();
        assert_eq!(
            message("7\n2026-01-02 03:04:05\nbuild\n"),
            "Another dsynth is using /b (`build`, process 7, since 2026-01-02 03:04:05); wait for its end or stop it"
        );
        for text in ["", "x\ny\nz\n", "7\nnow\n"] {
            assert_eq!(message(text), "Another dsynth is using /b; wait for its end or stop it");
        }
    }

    #[test]
    fn a_build_base_that_is_not_there_is_no_conflict() {
        let error = BuildBaseLock::take("/nonexistent".into(), "build").unwrap_err();
        assert!(matches!(error, LockError::Io { .. }));
    }
}
