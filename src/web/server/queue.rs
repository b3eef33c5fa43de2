//! Builds that were asked for: they wait here for their turn, and survive the server.

use std::collections::VecDeque;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::backend::Status;
use crate::web::place::place;

/// In the build base. It has a version from the first byte; another one is not read.
const FILE: &str = "builds.json";
const VERSION: u32 = 1;
/// So many may wait.
const WAITING: usize = 100;
/// So many that did not become a run are remembered.
const KEPT: usize = 100;

/// One build that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) id: Uuid,
    pub(super) packages: Vec<String>,
    pub(super) status: Status,
    /// Why it did not begin.
    pub(super) error: Option<String>,
}

/// In the order in which they were asked for.
#[derive(Debug)]
pub(super) struct Queue {
    dir: Utf8PathBuf,
    builds: VecDeque<Asked>,
}

#[derive(Serialize, Deserialize)]
struct Saved<B> {
    version: u32,
    builds: B,
}

/// What is asked for in vain.
#[derive(Debug)]
pub(super) enum Refusal {
    Full,
    Unsaved(io::Error),
}

impl Queue {
    /// What an earlier server left; a file that cannot be read is set aside.
    pub(super) fn open(buildbase: &Utf8Path) -> io::Result<Queue> {
        let path = buildbase.join(FILE);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read?,
        };
        let saved = serde_json::from_str::<Saved<VecDeque<Asked>>>(&text).ok().filter(|saved| saved.version == VERSION);
        if saved.is_none() && !text.is_empty() {
            fs::rename(&path, path.with_extension("json.broken"))?;
        }
        Ok(Queue { dir: buildbase.to_owned(), builds: saved.map(|saved| saved.builds).unwrap_or_default() })
    }

    pub(super) fn add(&mut self, packages: Vec<String>) -> Result<Uuid, Refusal> {
        if self.waiting() >= WAITING {
            return Err(Refusal::Full);
        }
        let id = Uuid::now_v7();
        self.builds.push_back(Asked { id, packages, status: Status::Queued, error: None });
        if let Err(error) = self.save() {
            self.builds.pop_back();
            return Err(Refusal::Unsaved(error));
        }
        Ok(id)
    }

    pub(super) fn waiting(&self) -> usize {
        self.builds.iter().filter(|build| build.status == Status::Queued).count()
    }

    pub(super) fn find(&self, id: Uuid) -> Option<&Asked> {
        self.builds.iter().find(|build| build.id == id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Asked> {
        self.builds.iter()
    }

    /// The one whose turn it is.
    pub(super) fn next(&self) -> Option<Asked> {
        self.builds.iter().find(|build| build.status == Status::Queued).cloned()
    }

    /// The one that has begun.
    pub(super) fn running(&self) -> Option<Uuid> {
        self.builds.iter().find(|build| build.status == Status::Running).map(|build| build.id)
    }

    pub(super) fn set(&mut self, id: Uuid, status: Status, error: Option<String>) -> io::Result<()> {
        for build in self.builds.iter_mut().filter(|build| build.id == id) {
            (build.status, build.error) = (status, error.clone());
        }
        self.save()
    }

    /// It is in the store now, or was never anywhere.
    pub(super) fn forget(&mut self, id: Uuid) -> io::Result<()> {
        self.builds.retain(|build| build.id != id);
        self.save()
    }

    fn save(&mut self) -> io::Result<()> {
        let is_past = |build: &Asked| !matches!(build.status, Status::Queued | Status::Running);
        let mut over = self.builds.iter().filter(|build| is_past(build)).count().saturating_sub(KEPT);
        self.builds.retain(|build| {
            let goes = over > 0 && is_past(build);
            over -= usize::from(goes);
            !goes
        });
        place(&self.dir, FILE, &serde_json::to_string(&Saved { version: VERSION, builds: &self.builds })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    #[test]
    fn builds_wait_in_order_and_survive_the_server() {
        let (_kept, dir) = temporary();
        let mut queue = Queue::open(&dir).unwrap();
        let [first, second] = ["c/a", "c/b"].map(|port| queue.add(vec![port.into()]).unwrap());
        assert!(first < second);
        queue.set(first, Status::Running, None).unwrap();
        let mut queue = Queue::open(&dir).unwrap();
        assert_eq!(
            (queue.running(), queue.next().map(|build| build.packages)),
            (Some(first), Some(vec!["c/b".into()]))
        );
        queue.forget(first).unwrap();
        queue.set(second, Status::Refused, Some("why".into())).unwrap();
        let queue = Queue::open(&dir).unwrap();
        assert_eq!((queue.waiting(), queue.find(first), queue.running()), (0, None, None));
        assert_eq!(queue.find(second).and_then(|build| build.error.as_deref()), Some("why"));
    }

    #[test]
    fn no_more_wait_than_there_is_room_for_and_not_all_are_remembered() {
        let (_kept, dir) = temporary();
        let mut queue = Queue::open(&dir).unwrap();
        let ids: Vec<Uuid> = (0..WAITING).map(|_| queue.add(vec!["c/a".into()]).unwrap()).collect();
        assert!(matches!(queue.add(vec!["c/a".into()]), Err(Refusal::Full)));
        for id in &ids {
            queue.set(*id, Status::Refused, None).unwrap();
        }
        let last = queue.add(vec!["c/a".into()]).unwrap();
        queue.set(last, Status::Refused, None).unwrap();
        assert_eq!((queue.find(ids[0]), queue.iter().count()), (None, KEPT));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_set_aside() {
        let (_kept, dir) = temporary();
        for text in ["{", r#"{"version":9,"builds":[]}"#] {
            fs::write(dir.join(FILE), text).unwrap();
            assert_eq!(Queue::open(&dir).unwrap().iter().count(), 0);
            assert_eq!(fs::read_to_string(dir.join("builds.json.broken")).unwrap(), text);
        }
    }
}
