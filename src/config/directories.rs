//! The directories of a profile: whether they can be used, before anything is begun.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;

use camino::{Utf8Path, Utf8PathBuf};
use nix::unistd::{AccessFlags, access};

use super::{Key, Profile};

/// A directory that cannot be used; `key` is the one that names it in the profile.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("Directory missing: {path}; create it, or correct `{}`", key.name())]
    Missing { key: Key, path: Utf8PathBuf },
    #[error("`{path}` is not a directory; correct `{}`", key.name())]
    NotDirectory { key: Key, path: Utf8PathBuf },
    #[error("cannot read the directory `{path}` of `{}`", key.name())]
    Unreadable { key: Key, path: Utf8PathBuf, source: io::Error },
    #[error("cannot write into the directory `{path}` of `{}`; run dsynth as root, or correct the key", key.name())]
    Unwritable { key: Key, path: Utf8PathBuf, source: io::Error },
    #[error("cannot create the directory `{path}`")]
    Create { path: Utf8PathBuf, source: io::Error },
}

impl Profile {
    /// All directories that must exist before a run, in the order in which they are checked.
    pub fn directories(&self) -> Vec<(Key, &Utf8Path)> {
        let mut directories: Vec<(Key, &Utf8Path)> = vec![
            (Key::Portsdir, &self.portsdir),
            (Key::Packages, &self.packages),
            (Key::Options, &self.options),
            (Key::Distfiles, &self.distfiles),
            (Key::Buildbase, &self.buildbase),
            (Key::Logs, &self.logs),
            (Key::System, &self.system),
        ];
        directories.extend(self.ccache.as_deref().map(|path| (Key::Ccache, path)));
        directories
    }

    /// Refuses what is not there or cannot be listed: enough for one who only looks.
    pub fn check_readable(&self) -> Result<(), DirectoryError> {
        self.directories().into_iter().try_for_each(|(key, path)| check(key, path))
    }

    /// Refuses what cannot be used; creates the repository below the packages, and the build base's `empty`.
    pub fn check_directories(&self) -> Result<(), DirectoryError> {
        self.check_readable()?;
        if self.repository.starts_with(&self.packages) {
            create(&self.repository)?;
        }
        check(Key::Repository, &self.repository)?;
        for (key, path) in [(Key::Buildbase, &self.buildbase), (Key::Logs, &self.logs)] {
            check_writable(key, path)?;
        }
        check_writable(Key::Repository, &self.repository)?;
        create(&self.empty_dir())
    }
}

fn check(key: Key, path: &Utf8Path) -> Result<(), DirectoryError> {
    let path = path.to_owned();
    match fs::read_dir(&path) {
        Ok(_) => Ok(()),
        Err(source) => Err(match source.kind() {
            io::ErrorKind::NotFound => DirectoryError::Missing { key, path },
            io::ErrorKind::NotADirectory => DirectoryError::NotDirectory { key, path },
            _ => DirectoryError::Unreadable { key, path, source },
        }),
    }
}

fn check_writable(key: Key, path: &Utf8Path) -> Result<(), DirectoryError> {
    access(path.as_std_path(), AccessFlags::W_OK | AccessFlags::X_OK).map_err(|errno| DirectoryError::Unwritable {
        key,
        path: path.to_owned(),
        source: errno.into(),
    })
}

fn create(path: &Utf8Path) -> Result<(), DirectoryError> {
    let created = DirBuilder::new().mode(0o755).recursive(true).create(path);
    created.map_err(|source| DirectoryError::Create { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A profile whose directories are all there, but for the repository.
    fn profile(base: &Utf8Path) -> Profile {
        let at = |name: &str| base.join(name);
        let profile = Profile {
            packages: at("packages"),
            repository: at("packages/All"),
            portsdir: at("ports"),
            options: at("options"),
            distfiles: at("distfiles"),
            buildbase: at("build"),
            logs: at("logs"),
            ccache: Some(at("ccache")),
            system: at("system"),
            ..Profile::default()
        };
        for (_, path) in profile.directories() {
            fs::create_dir(path).unwrap();
        }
        profile
    }

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, base)
    }

    #[test]
    fn creates_the_repository_and_the_empty_directory_as_often_as_asked() {
        let (_dir, base) = temporary();
        let profile = profile(&base);
        for _ in 0..2 {
            profile.check_directories().unwrap();
        }
        let mode = |path: &str| fs::metadata(base.join(path)).unwrap().permissions().mode() & 0o700;
        assert_eq!((mode("packages/All"), mode("build/empty")), (0o700, 0o700));
    }

    #[test]
    fn names_the_first_directory_that_is_missing() {
        let (_dir, base) = temporary();
        let profile = profile(&base);
        let expected = ["ports", "packages", "options", "distfiles", "build", "logs", "system", "ccache"];
        for name in expected.iter().rev() {
            fs::remove_dir(base.join(name)).unwrap();
            let error = profile.check_directories().unwrap_err().to_string();
            assert!(error.starts_with(&format!("Directory missing: {base}/{name};")), "{error}");
        }
    }

    #[test]
    fn a_repository_elsewhere_is_not_created() {
        let (_dir, base) = temporary();
        let profile = Profile { repository: base.join("packages-other"), ..profile(&base) };
        let error = profile.check_directories().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("Directory missing: {base}/packages-other; create it, or correct `Directory_repository`")
        );
    }

    #[test]
    fn a_file_is_no_directory() {
        let (_dir, base) = temporary();
        let profile = profile(&base);
        fs::remove_dir(base.join("logs")).unwrap();
        fs::write(base.join("logs"), "").unwrap();
        let error = profile.check_directories().unwrap_err().to_string();
        assert_eq!(error, format!("`{base}/logs` is not a directory; correct `Directory_logs`"));
    }

    #[test]
    fn a_directory_that_takes_no_writes_is_named() {
        // Nothing refuses root's writes everywhere; a directory that is gone refuses those of all.
        let error = check_writable(Key::Logs, "/nonexistent".into()).unwrap_err().to_string();
        assert!(error.starts_with("cannot write into the directory `/nonexistent` of `Directory_logs`"), "{error}");
    }
}
