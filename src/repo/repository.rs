//! The directory of finished packages (`Directory_repository`).

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;

use camino::{Utf8DirEntry, Utf8Path, Utf8PathBuf};

use super::PackageError;
use super::archive::{kind, metadata, read_facts};
use crate::model::{Fingerprint, PackageFacts};

/// What a package is called until it is whole.
const UNFINISHED: &str = ".new";

/// Package files, by name. Each is as it was or as it will be, never in between.
#[derive(Clone, Debug)]
pub struct Repository {
    dir: Utf8PathBuf,
}

impl Repository {
    /// The directory need not exist: it is made for the first package.
    pub fn open(dir: &Utf8Path) -> Result<Repository, PackageError> {
        match fs::metadata(dir) {
            Ok(found) if !found.is_dir() => Err(PackageError::NotADirectory { path: dir.into() }),
            Err(source) if source.kind() != ErrorKind::NotFound => Err(failed("look at", dir, source)),
            _ => Ok(Repository { dir: dir.into() }),
        }
    }

    pub fn dir(&self) -> &Utf8Path {
        &self.dir
    }

    /// Where a package of that name is or would be.
    pub fn path(&self, name: &str) -> Utf8PathBuf {
        self.dir.join(name)
    }

    /// Writes a package beside its place, or leaves everything as it was; the old one stays until the new one is placed, and for
    /// good if that is no package.
    ///
    /// Written, synced and read; then, by [`Unplaced::place`], renamed, and the directory synced: after a power cut it is the
    /// old or the new one.
    pub fn receive(&self, name: &str, package: &mut dyn Read) -> Result<Unplaced<'_>, PackageError> {
        let target = self.checked(name)?;
        let unfinished = self.path(&format!("{name}{UNFINISHED}"));
        refuse_occupied(&target)?;
        refuse_occupied(&unfinished)?;
        fs::create_dir_all(&self.dir).map_err(|source| failed("make the repository", &self.dir, source))?;
        let file = Unfinished(unfinished);
        write_whole(&file.0, package).map_err(|source| failed("write the package", &target, source))?;
        let facts = read_facts(&file.0)?;
        Ok(Unplaced { repository: self, name: name.to_owned(), file, facts })
    }

    /// The same at once.
    pub fn put(&self, name: &str, package: &mut dyn Read) -> Result<PackageFacts, PackageError> {
        let unplaced = self.receive(name, package)?;
        let facts = unplaced.facts.clone();
        unplaced.place().map(|_| facts)
    }

    pub fn facts(&self, name: &str) -> Result<PackageFacts, PackageError> {
        read_facts(&self.checked(name)?)
    }

    /// The same as long as the file is: a digest of its size, times and inode.
    pub fn stamp(&self, name: &str) -> Result<Fingerprint, PackageError> {
        let found = metadata(&self.checked(name)?)?;
        let times = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()].map(i64::to_le_bytes);
        let sizes = [found.size(), found.ino()].map(u64::to_le_bytes);
        Ok(Fingerprint::of_fields(times.iter().chain(&sizes).map(|field| field.as_slice())))
    }

    /// Names of all files but unfinished ones, in order; links count, whether or not they lead anywhere.
    pub fn list(&self) -> Result<Vec<String>, PackageError> {
        let names = self.names()?;
        Ok(names.into_iter().filter(|name| !name.ends_with(UNFINISHED)).collect())
    }

    pub fn remove(&self, name: &str) -> Result<(), PackageError> {
        let path = self.checked(name)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Err(PackageError::Missing { path }),
            removed => removed.map_err(|source| failed("remove", &path, source)),
        }
    }

    /// Removes what an earlier crash left unfinished, and says what that was.
    pub fn remove_garbage(&self) -> Result<Vec<String>, PackageError> {
        let mut names = self.names()?;
        names.retain(|name| name.ends_with(UNFINISHED));
        names.iter().try_for_each(|name| self.remove(name))?;
        Ok(names)
    }

    /// Names that are in use, by whatever it is.
    pub fn taken(&self) -> Result<BTreeSet<String>, PackageError> {
        Ok(self.entries()?.into_iter().map(|entry| entry.file_name().to_owned()).collect())
    }

    fn names(&self) -> Result<Vec<String>, PackageError> {
        let entries = self.entries()?.into_iter();
        let files = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()));
        let mut names: Vec<String> = files.map(|entry| entry.file_name().to_owned()).collect();
        names.sort();
        Ok(names)
    }

    fn entries(&self) -> Result<Vec<Utf8DirEntry>, PackageError> {
        match self.dir.read_dir_utf8() {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            // A name that is not UTF-8 is none that dsynth gave.
            entries => Ok(entries.map_err(|source| failed("list", &self.dir, source))?.flatten().collect()),
        }
    }

    /// The path of a name that stays inside the directory.
    fn checked(&self, name: &str) -> Result<Utf8PathBuf, PackageError> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
        if plain { Ok(self.path(name)) } else { Err(PackageError::Name { name: name.into() }) }
    }

    fn sync(&self) -> Result<(), PackageError> {
        let synced = File::open(&self.dir).and_then(|dir| dir.sync_all());
        synced.map_err(|source| failed("sync the repository", &self.dir, source))
    }
}

/// A package that is whole and has not got its name yet.
pub struct Unplaced<'a> {
    repository: &'a Repository,
    name: String,
    file: Unfinished,
    facts: PackageFacts,
}

impl Unplaced<'_> {
    /// What it says of itself.
    pub fn facts(&self) -> &PackageFacts {
        &self.facts
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the place of its predecessor; the stamp of its file.
    pub fn place(self) -> Result<Fingerprint, PackageError> {
        let target = self.repository.path(&self.name);
        fs::rename(&self.file.0, &target).map_err(|source| failed("rename to", &target, source))?;
        self.repository.sync()?;
        self.repository.stamp(&self.name)
    }
}

/// Gone when dropped, if it has not got another name.
struct Unfinished(Utf8PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // It is overwritten next time anyway.
        let _ = fs::remove_file(&self.0);
    }
}

fn write_whole(path: &Utf8Path, package: &mut dyn Read) -> io::Result<()> {
    // Whatever lies there, a link not least, is not written through.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    io::copy(package, &mut file)?;
    file.sync_all()
}

fn refuse_occupied(path: &Utf8Path) -> Result<(), PackageError> {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.is_file() && !found.is_symlink() => {
            Err(PackageError::NotAFile { path: path.into(), kind: kind(&found) })
        }
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Utf8Path, source: io::Error) -> PackageError {
    PackageError::Io { action, path: path.into(), source }
}
