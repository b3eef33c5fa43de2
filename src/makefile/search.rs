//! Looks for files.

use super::eval::{Evaluation, Run};
use super::statement::Severity;
use super::table::Scope;
use super::words::split_path;

/// A path below a directory, unless it is absolute.
pub(super) fn join(directory: &[u8], path: &[u8]) -> Vec<u8> {
    if path.first() == Some(&b'/') {
        return path.to_vec();
    }
    [directory, b"/", path].concat()
}

impl<'a> Evaluation<'a> {
    /// A path from where `make` works.
    pub(super) fn absolute(&self, path: &[u8]) -> Vec<u8> {
        join(&self.objects, path)
    }

    /// `.OBJDIR`: where `make` would go to work.
    pub(super) fn object_directory(&mut self) -> Vec<u8> {
        let request = self.request;
        let variable = |name: &[u8]| {
            let pairs = request.assignments.iter().chain(&request.environment);
            pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let text = |name: &[u8], other: &str| {
            variable(name).map_or(other.to_owned(), |value| String::from_utf8_lossy(&value).into_owned())
        };
        let here = &request.directory;
        let is_directory = |path: &[u8]| self.host.is_directory(path);
        if let Some(prefix) = variable(b"MAKEOBJDIRPREFIX") {
            let path = [prefix.as_slice(), here].concat();
            return if is_directory(&path) { path } else { here.clone() };
        }
        if let Some(directory) = variable(b"MAKEOBJDIR") {
            let path = join(here, &directory);
            return if is_directory(&path) { path } else { here.clone() };
        }
        let (machine, arch) = (text(b"MACHINE", "unknown"), text(b"MACHINE_ARCH", "unknown"));
        let below = [format!("obj.{machine}-{arch}"), format!("obj.{machine}"), "obj".into()];
        let mut places = below.iter().map(|name| join(here, name.as_bytes()));
        if let Some(found) = places.find(|path| is_directory(path)) {
            return found;
        }
        let elsewhere = [b"/usr/obj".as_slice(), here].concat();
        if is_directory(&elsewhere) { elsewhere } else { here.clone() }
    }

    pub(super) fn show_paths(&mut self) {
        let mut text = b".".to_vec();
        for path in std::iter::once(&self.request.directory).chain(&self.paths) {
            text.push(b' ');
            text.extend_from_slice(path);
        }
        self.set_text(b".PATH", &text, Scope::Global);
    }

    pub(super) fn exists(&mut self, name: &[u8]) -> bool {
        self.find_file(name).is_some()
    }

    /// What `:P` makes of a name.
    pub(super) fn path_of(&mut self, name: &[u8]) -> Vec<u8> {
        self.find_file(name).unwrap_or_else(|| name.to_vec())
    }

    /// Looks in the object directory, the current one and in `.PATH`; as it would be spelled.
    fn find_file(&self, name: &[u8]) -> Option<Vec<u8>> {
        let here = &self.request.directory;
        let (directories, last) = split_path(name);
        if directories.is_empty() || directories == b"./" {
            if last.is_empty() {
                return None;
            }
            if self.host.exists(&self.absolute(last), false) {
                return Some(name.to_vec());
            }
            let places = std::iter::once(here).filter(|here| **here != self.objects).chain(&self.paths);
            let found =
                places.map(|place| join(place, last)).find(|path| self.host.exists(&self.absolute(path), false));
            if found.is_some() || directories.is_empty() {
                return found;
            }
        }
        if name[0] == b'/' {
            // A name right in one of these directories is there as soon as it is listed.
            let listed = std::iter::once(here).chain(&self.paths).any(|place| {
                directories.strip_suffix(b"/").is_some_and(|directory| directory == place.as_slice())
                    && !last.is_empty()
            });
            return self.host.exists(name, !listed).then(|| name.to_vec());
        }
        if self.host.exists(&self.absolute(name), true) {
            return Some(name.to_vec());
        }
        let places = std::iter::once(here).filter(|here| **here != self.objects).chain(&self.paths);
        places.map(|place| join(place, name)).find(|path| self.host.exists(&self.absolute(path), true))
    }

    /// `.include`.
    pub(super) fn include(&mut self, name: &[u8], system: bool, silent: bool) -> Run<()> {
        let Some(path) = self.find_include(name, system) else {
            if !silent {
                self.complain(Severity::Error, format!("Could not find {}", String::from_utf8_lossy(name)));
            }
            return Ok(());
        };
        match self.host.makefile(&self.absolute(&path)) {
            Ok(Some(file)) => {
                self.set_included_from();
                self.run_file(&path, file)
            }
            Ok(None) | Err(_) if silent => Ok(()),
            Ok(None) => {
                self.complain(Severity::Error, format!("Cannot open {}", String::from_utf8_lossy(&path)));
                Ok(())
            }
            Err(unreadable) => {
                let path = String::from_utf8_lossy(&path);
                self.complain(Severity::Error, format!("Cannot open {path}: {}", unreadable.0));
                Ok(())
            }
        }
    }

    fn find_include(&self, name: &[u8], system: bool) -> Option<Vec<u8>> {
        if name.first() == Some(&b'/') {
            return Some(name.to_vec());
        }
        if !system {
            let beside = self.files.last().and_then(|file| beside(file.name, name));
            if let Some(found) = beside.and_then(|path| self.find_file(&path)) {
                return Some(found);
            }
        }
        if let Some(found) = self.find_listed(name, system) {
            return Some(found);
        }
        let places = self.request.system.iter().map(|place| join(place, name));
        places.into_iter().find(|path| self.host.exists(&self.absolute(path), true))
    }

    fn find_listed(&self, name: &[u8], system: bool) -> Option<Vec<u8>> {
        if !system {
            return self.find_file(name);
        }
        // A system file may lie here too, but not in `.PATH`.
        let here = &self.request.directory;
        let follow = name.contains(&b'/');
        if self.host.exists(&self.absolute(name), follow) {
            return Some(name.to_vec());
        }
        let elsewhere = (*here != self.objects).then(|| join(here, name))?;
        self.host.exists(&elsewhere, follow).then_some(elsewhere)
    }

    /// Reads a makefile of the command line; whether it is there.
    pub(super) fn read_top(&mut self, name: &[u8]) -> Run<bool> {
        if name.is_empty() {
            return Ok(false);
        }
        let moved = self.request.directory != self.objects;
        let spelled = if moved { join(&self.request.directory, name) } else { name.to_vec() };
        match self.host.makefile(&self.absolute(&spelled)) {
            Ok(None) => Ok(false),
            Ok(Some(file)) => {
                // `MAKEFILE` is seen before the environment, and after all that makefiles set.
                if name != b".depend" {
                    let value = super::table::Value::Text(self.arena.keep(&spelled));
                    let at = self.variable(b"MAKEFILE");
                    self.table.variables[at].outer = Some(value);
                }
                self.run_file(&spelled, file)?;
                Ok(true)
            }
            Err(unreadable) => {
                let path = String::from_utf8_lossy(&self.absolute(&spelled)).into_owned();
                self.stop(format!("cannot read {path}: {}", unreadable.0), 2)
            }
        }
    }
}

/// A name beside the file that includes it: each leading `../` takes a directory off.
fn beside(file: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    let mut directory = split_path(file).0.strip_suffix(b"/")?;
    let mut name = name;
    while let Some(rest) = name.strip_prefix(b"../") {
        let Some(slash) = memchr::memrchr(b'/', directory.get(1..).unwrap_or_default()) else { break };
        if directory.ends_with(b"/..") {
            break;
        }
        directory = &directory[..=slash];
        name = rest;
    }
    Some([directory, b"/", name].concat())
}
