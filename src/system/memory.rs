//! A host held in memory, with a `make` that answers from a table. For tests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};

use super::looked::normalise;
use super::watch::Changes;
use super::{Asked, Looked, MakeAnswer, MakeError, MakeQuery, System};
use crate::model::{Contents, DirectoryContents, Entry, FileKind, is_leftover};

/// Files by path. `make` reads `NAME=value` lines of the directory's `Makefile`, and those between
/// `@flavor` and the next such line for that flavor alone; `.include FILE` reads another file of the tree, `.exists PATH`
/// looks for one.
#[derive(Debug, Default)]
pub struct MemorySystem {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<Utf8PathBuf, (Vec<u8>, i64)>,
    clock: i64,
    /// Directories that `make` was asked about, in order.
    asked: Vec<String>,
}

/// What one `make` has come to know.
#[derive(Default)]
struct Reading {
    variables: BTreeMap<String, String>,
    looked: Looked,
}

impl MemorySystem {
    pub fn write(&self, path: impl AsRef<Utf8Path>, contents: impl AsRef<[u8]>) {
        let mut state = self.lock();
        state.clock += 1;
        let clock = state.clock;
        state.files.insert(path.as_ref().to_owned(), (contents.as_ref().to_vec(), clock));
    }

    /// A later time stamp, the same contents.
    pub fn touch(&self, path: impl AsRef<Utf8Path>) {
        let mut state = self.lock();
        state.clock += 1;
        let clock = state.clock;
        if let Some(file) = state.files.get_mut(path.as_ref()) {
            file.1 = clock;
        }
    }

    pub fn remove(&self, path: impl AsRef<Utf8Path>) {
        let mut state = self.lock();
        state.clock += 1;
        state.files.remove(path.as_ref());
    }

    /// What `make` was asked since the last call: `category/name[@flavor]`.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn below(&self, directory: &Utf8Path) -> BTreeSet<Entry> {
        let names = self.files.keys().filter_map(|path| path.strip_prefix(directory).ok());
        names
            .filter_map(|rest| {
                let mut parts = rest.components();
                let name = parts.next()?.to_string();
                let kind = if parts.next().is_some() { FileKind::Directory } else { FileKind::Regular };
                Some(Entry { name, kind })
            })
            .collect()
    }

    fn answer(&self, query: &MakeQuery, flavor: Option<&str>, reading: &mut Reading) -> Result<MakeAnswer, MakeError> {
        self.include(&query.directory.join("Makefile"), flavor, reading)?;
        let variables = &mut reading.variables;
        if let Some(flavor) = flavor {
            variables.insert("FLAVOR".into(), flavor.into());
        } else if let Some(default) = self.default_flavor(variables) {
            variables.entry("FLAVOR".into()).or_insert(default);
        }
        let name = |expression: &str| {
            expression.trim_start_matches("${").trim_end_matches('}').split(':').next().unwrap_or_default().to_owned()
        };
        let values = query.expressions.iter().map(|e| variables.get(&name(e)).cloned().unwrap_or_default()).collect();
        Ok(MakeAnswer { values, complaints: Vec::new() })
    }

    fn include(&self, path: &Utf8Path, wanted: Option<&str>, reading: &mut Reading) -> Result<(), MakeError> {
        let failed = |text: &str| MakeError::Failed { status: "exit status: 1".into(), complaints: vec![text.into()] };
        let (bytes, _) = self.files.get(path).ok_or_else(|| failed(&format!("cannot open {path}")))?;
        reading.looked.read.insert(normalise(path).into_string());
        let read = reading.variables.entry(".MAKE.MAKEFILES".into()).or_default();
        *read = format!("{read} {path}");
        let mut section = None;
        for line in String::from_utf8_lossy(bytes).lines() {
            if let Some(flavor) = line.strip_prefix('@') {
                section = Some(flavor.to_owned());
            } else if let Some(included) = line.strip_prefix(".include ") {
                self.include(Utf8Path::new(included), wanted, reading)?;
            } else if let Some(sought) = line.strip_prefix(".exists ") {
                reading.looked.sought.insert(sought.into());
                if self.files.keys().any(|file| file.starts_with(sought)) {
                    reading.variables.insert("FOUND".into(), sought.into());
                }
            } else if line == ".error" {
                return Err(failed("told to fail"));
            } else if let Some((name, value)) = line.split_once('=')
                && (section.is_none()
                    || section.as_deref() == wanted.or(self.default_flavor(&reading.variables).as_deref()))
            {
                reading.variables.insert(name.into(), value.into());
            }
        }
        Ok(())
    }

    fn default_flavor(&self, variables: &BTreeMap<String, String>) -> Option<String> {
        variables.get("FLAVORS")?.split_whitespace().next().map(str::to_owned)
    }
}

impl System for MemorySystem {
    fn file(&self, path: &Utf8Path) -> Option<Contents> {
        self.lock().files.get(path).map(|(bytes, _)| Contents::of(bytes))
    }

    fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        let files = self.files(path);
        (!files.is_empty()).then(|| DirectoryContents::of(&files))
    }

    fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)> {
        let mut files = Vec::new();
        for (file, (bytes, _)) in &self.lock().files {
            if let Ok(below) = file.strip_prefix(path)
                && !below.components().any(|part| is_leftover(part.as_str()))
            {
                files.push((below.to_string(), Contents::of(bytes)));
            }
        }
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files
    }

    fn link(&self, _: &Utf8Path) -> Option<Utf8PathBuf> {
        None
    }

    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        let names: Vec<Entry> = self.lock().below(path).into_iter().collect();
        (!names.is_empty()).then_some(names)
    }

    fn text(&self, path: &Utf8Path) -> Option<String> {
        self.lock().files.get(path).map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned())
    }

    /// It always tells of now.
    fn doubt(&self, _: &Changes) {}

    fn now(&self) -> i64 {
        self.lock().clock + 1
    }

    fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        self.lock().files.iter().all(|(file, (_, time))| !file.starts_with(path) || *time < since)
    }

    fn make(&self, query: &MakeQuery) -> Asked {
        let mut state = self.lock();
        let mut parts: Vec<&str> = query.directory.components().rev().take(2).map(|part| part.as_str()).collect();
        parts.reverse();
        let flavor = query.assignments.iter().find_map(|word| word.strip_prefix("FLAVOR="));
        state.asked.push(parts.join("/") + &flavor.map(|f| format!("@{f}")).unwrap_or_default());
        let mut reading = Reading::default();
        let answer = state.answer(query, flavor, &mut reading);
        Asked { answer, looked: Some(reading.looked) }
    }
}
