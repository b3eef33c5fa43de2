//! The host's own pkg(8): what is installed, and packages of ours installed by it.

use std::env;
use std::fs;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

/// Where pkg(8) is if `PATH` does not know it.
const USUAL: &str = "/usr/local/sbin/pkg";

/// What our repository is called while the host's pkg looks at it.
const REPOSITORY: &str = "dsynth";

/// The host's package manager.
#[derive(Clone, Debug)]
pub struct HostPkg {
    program: Utf8PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum HostPkgError {
    #[error(
        "this host has no pkg(8) (neither in PATH nor as {USUAL}), so nothing is installed by it; name the ports, or install pkg"
    )]
    None,
    #[error("run `{program}`")]
    Run { program: Utf8PathBuf, source: io::Error },
    #[error("`{command}` ended with {status}{said}")]
    Failed { command: String, status: ExitStatus, said: String },
    #[error("write `{path}`")]
    Write { path: Utf8PathBuf, source: io::Error },
}

/// What pkg is to do with our packages.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// All that is installed.
    Upgrade,
    /// `name-version` of each.
    Install(&'a [String]),
}

impl HostPkg {
    pub fn find() -> Result<HostPkg, HostPkgError> {
        let path = env::var("PATH").unwrap_or_default();
        let named = path.split(':').filter(|dir| dir.starts_with('/')).map(|dir| Utf8Path::new(dir).join("pkg"));
        let mut candidates = named.chain([USUAL.into()]);
        candidates.find(|program| program.is_file()).map(|program| HostPkg { program }).ok_or(HostPkgError::None)
    }

    /// `category/name[@flavor]` of every installed package, as pkg tells them.
    pub fn installed(&self) -> Result<Vec<String>, HostPkgError> {
        let words = ["info", "-a", "-o", "-A"];
        let output = Command::new(&self.program).args(words).stdin(Stdio::null()).output();
        let output = output.map_err(|source| HostPkgError::Run { program: self.program.clone(), source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let said = if said.is_empty() { said } else { format!(": {said}") };
            let command = format!("{} {}", self.program, words.join(" "));
            return Err(HostPkgError::Failed { command, status: output.status, said });
        }
        Ok(origins(&String::from_utf8_lossy(&output.stdout)))
    }

    /// Has pkg take packages of `packages` alone, without a question if `yes`. It speaks with the user itself. `scratch` is
    /// a directory that the caller takes away.
    pub fn change(
        &self,
        change: Change<'_>,
        packages: &Utf8Path,
        scratch: &Utf8Path,
        yes: bool,
    ) -> Result<(), HostPkgError> {
        let path = scratch.join(format!("{REPOSITORY}.conf"));
        fs::write(&path, configuration(packages)).map_err(|source| HostPkgError::Write { path, source })?;
        let (verb, names) = match change {
            Change::Upgrade => ("upgrade", &[] as &[String]),
            Change::Install(names) => ("install", names),
        };
        let mut words = vec!["-R", scratch.as_str(), verb, "-r", REPOSITORY];
        words.extend(yes.then_some("-y"));
        words.extend(names.iter().map(String::as_str));
        let status = Command::new(&self.program).args(&words).status();
        let status = status.map_err(|source| HostPkgError::Run { program: self.program.clone(), source })?;
        let command = format!("{} {}", self.program, words.join(" "));
        if status.success() { Ok(()) } else { Err(HostPkgError::Failed { command, status, said: String::new() }) }
    }
}

/// A repository of pkg(8) that is a directory (pkg.conf(5), REPOSITORY CONFIGURATION).
fn configuration(packages: &Utf8Path) -> String {
    let path: String = packages.as_str().chars().flat_map(quoted).collect();
    format!("{REPOSITORY}: {{ url: \"file://{path}\", enabled: yes, signature_type: \"none\" }}\n")
}

fn quoted(c: char) -> Vec<char> {
    if matches!(c, '"' | '\\') { vec!['\\', c] } else { vec![c] }
}

/// Of the text of `pkg info -a -o -A`: a line `Origin : category/name` for each package, its annotations behind.
fn origins(text: &str) -> Vec<String> {
    let mut origins: Vec<String> = Vec::new();
    for line in text.lines() {
        match line.split_once(':').map(|(key, value)| (key.trim_end(), value.trim())) {
            Some(("Origin", origin)) => origins.push(origin.to_owned()),
            Some(("\tflavor", flavor)) if !flavor.is_empty() => {
                // The last one is meant: an annotation follows its package.
                if let Some(origin) = origins.last_mut().filter(|origin| !origin.contains('@')) {
                    *origin += &format!("@{flavor}");
                }
            }
            _ => {}
        }
    }
    origins.sort();
    origins.dedup();
    origins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn installed_packages_are_told_by_origin_and_flavor() {
        // As pkg 1.16.3 says it.
        let text = "tri-FOO-1\nOrigin         : t/tri\nAnnotations    :\n\tcpe            : a:flavor : b\n\
            \tflavor         : foo\nzz-1\nOrigin         : t/late\nAnnotations    :\nzz-2\nOrigin         : t/late\n";
        assert_eq!(origins(text), ["t/late", "t/tri@foo"]);
        assert_eq!(origins("\tflavor: x\nrubbish\n"), Vec::<String>::new());
    }

    #[test]
    fn a_path_with_quotes_stays_one_string() {
        assert_eq!(
            configuration("/a \"b".into()),
            "dsynth: { url: \"file:///a \\\"b\", enabled: yes, signature_type: \"none\" }\n"
        );
    }
}
