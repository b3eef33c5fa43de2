//! Distfiles that no port needs any more.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Asked, EventSink, Fate, Plan, Stop};
use crate::queries::request::Request;

use super::build::BuildOptions;
use super::{Session, SessionError};

/// Lock files of the ports framework are in directories of this name; they stay.
const LOCKS: &str = ".locks";

/// What is in the directory of distfiles, by paths below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distfiles {
    pub all: usize,
    /// What no port names, sorted.
    pub obsolete: Vec<String>,
    /// Ports that cannot be read, with the reason: whatever they need counts as obsolete.
    pub unread: Vec<String>,
}

impl Session {
    /// Looks at the whole tree, all flavors, and at all distfiles.
    pub fn distfiles(&self, stop: &Stop, events: &dyn EventSink) -> Result<Distfiles, SessionError> {
        let request = Request { targets: Vec::new(), everything: true };
        let (_, plan) = self.plan(&request, &BuildOptions::default(), stop, events)?;
        let files = files(&self.profile.distfiles)
            .map_err(|source| SessionError::Distfiles { path: self.profile.distfiles.clone(), source })?;
        let needed: BTreeSet<&str> =
            plan.jobs.iter().flat_map(|job| &job.distfiles).map(|path| path.trim_start_matches("./")).collect();
        let obsolete = files.iter().filter(|path| !is_needed(path, &needed)).cloned().collect();
        Ok(Distfiles { all: files.len(), obsolete, unread: unread(&plan) })
    }
}

/// Ports of the tree, not what others say of ports that are not there: nobody knows of distfiles of those.
fn unread(plan: &Plan) -> Vec<String> {
    let told = plan.jobs.iter().filter(|job| job.asked != Asked::Needed).filter_map(|job| match &job.fate {
        Fate::Broken(why) => Some(format!("{}: {why}", job.spec)),
        _ => None,
    });
    told.collect()
}

/// `name:group` of a port is the file `name`; a colon may belong to the name as well.
fn is_needed(path: &str, needed: &BTreeSet<&str>) -> bool {
    needed.contains(path) || path.match_indices(':').any(|(end, _)| needed.contains(&path[..end]))
}

/// All regular files but the locks, sorted. Links are left alone, and so is what they lead to.
fn files(directory: &Utf8Path) -> io::Result<Vec<String>> {
    let (mut found, mut open) = (Vec::new(), vec![Utf8PathBuf::new()]);
    while let Some(below) = open.pop() {
        for entry in directory.join(&below).read_dir_utf8()? {
            let entry = match entry {
                // A name that is not UTF-8 is none that a port can say.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => continue,
                entry => entry?,
            };
            let (path, kind) = (below.join(entry.file_name()), entry.file_type()?);
            if kind.is_dir() && entry.file_name() != LOCKS {
                open.push(path);
            } else if kind.is_file() {
                found.push(path.into_string());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Removes one of them.
pub fn remove(directory: &Utf8Path, path: &str) -> io::Result<()> {
    fs::remove_file(directory.join(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_may_begin_a_group_or_belong_to_the_name() {
        let needed = BTreeSet::from(["a.tgz", "sub/b.tgz"]);
        for (path, kept) in [("a.tgz", true), ("a.tgz:x", true), ("sub/b.tgz", true), ("b.tgz", false), ("a", false)] {
            assert_eq!(is_needed(path, &needed), kept, "{path}");
        }
    }
}
