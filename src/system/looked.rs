//! What makes looked at, by their own account.
//!
//! `.MAKE.MAKEFILES` has what the asked `make` read, but neither what makes within it read nor what was looked for. Its
//! debug output of directory searches (`-dd`) has each name that `exists()` or an include asked for; makes within it are told
//! by `mk/sys.mk` to write it too, and to look for two names that cannot be there: where they run, and what they read.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

/// Absolute paths, `.` and `..` taken out by the text alone; as text, for paths compare by their components, which is slow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Makefiles that were read, as far as the output tells: those of makes within, or all (`-dp`).
    pub read: BTreeSet<String>,
    /// What was looked for, whether it was there or not.
    pub sought: BTreeSet<String>,
    /// A program looked for itself, when it ran: others who were told of these paths may have been told otherwise.
    pub live: bool,
    /// Commands of makefiles may have run: what they looked at is not told.
    pub ran: bool,
}

const RUNS_IN: &str = "/dsynth/makes/in";
const HAS_READ: &str = "/dsynth/has/read/";

impl Looked {
    /// From the debug output of a `make` that runs in `directory`.
    ///
    /// The output does not tell which of the makes a line is of. A relative name counts for all that ran so far.
    pub fn parse(output: &str, directory: &Utf8Path) -> Looked {
        let mut looked = Looked { live: true, ran: true, ..Looked::default() };
        let mut directories = vec![directory.to_owned()];
        for line in output.lines() {
            if let Some(file) = line.strip_prefix("Parse_SetInput: file ") {
                let file = file.split(", line ").next().unwrap_or_default();
                looked.read.extend(absolute(file, &directories));
                continue;
            }
            let Some(name) = line.strip_prefix("Searching for ").and_then(|rest| rest.strip_suffix(" ...")) else {
                continue;
            };
            if let Some(inner) = name.strip_prefix(RUNS_IN) {
                looked.read.insert(normal(Utf8Path::new(inner).join("Makefile")));
                directories.push(inner.into());
            } else if let Some(files) = name.strip_prefix(HAS_READ) {
                looked.read.extend(files.split('|').flat_map(|file| absolute(file, &directories)));
            } else {
                looked.sought.extend(absolute(name, &directories));
            }
        }
        looked
    }
}

fn absolute(name: &str, directories: &[Utf8PathBuf]) -> Vec<String> {
    if name.starts_with('/') {
        return vec![normal(name.into())];
    }
    directories.iter().map(|directory| normal(directory.join(name))).collect()
}

/// See `normalise`; most paths are as they should be.
pub fn normal(path: Utf8PathBuf) -> String {
    let is_odd = |part: &str| matches!(part, "" | "." | "..");
    if path.as_str().split('/').skip(1).any(is_odd) { normalise(&path).into_string() } else { path.into_string() }
}

/// Takes `.` and `..` out of an absolute path by its text alone.
pub fn normalise(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = String::with_capacity(path.as_str().len());
    for part in path.as_str().split('/') {
        match part {
            "" | "." => {}
            ".." => normal.truncate(normal.rfind('/').unwrap_or(0)),
            part => normal.extend(["/", part]),
        }
    }
    if normal.is_empty() { "/".into() } else { normal.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_as_short_as_their_text_allows() {
        for (path, short) in [
            ("/a/b", "/a/b"),
            ("/a/./b/../c/", "/a/c"),
            ("/a//b", "/a/b"),
            ("/a/.depend", "/a/.depend"),
            ("/../a", "/a"),
        ] {
            assert_eq!(normal(path.into()), short);
        }
    }

    #[test]
    fn names_are_told_from_the_rest_of_the_output() {
        let output = "Caching /p/c/a ...done\nSearching for /p/c/a/../Makefile.inc ...\n   Trying exact path matches...\n   \
                      Looking for \"/p/x\" ...\nSearching for .depend ...\n\
                      Searching for /dsynth/makes/in/p/c/b ...\nSearching for local.mk ...\n\
                      Searching for /dsynth/has/read//mk/sys.mk|Makefile|../c/x.mk ...\n\
                      Parse_SetInput: file /p/Mk/y.mk, line 3, fd -1, nextbuf 0x5\nParseReadLine (3): 'Searching for /z ...'\n";
        let looked = Looked::parse(output, Utf8Path::new("/p/c/a"));
        let shown = |paths: &BTreeSet<String>| paths.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        assert_eq!(shown(&looked.sought), "/p/c/Makefile.inc /p/c/a/.depend /p/c/a/local.mk /p/c/b/local.mk");
        assert_eq!(shown(&looked.read), "/mk/sys.mk /p/Mk/y.mk /p/c/a/Makefile /p/c/b/Makefile /p/c/c/x.mk");
    }
}
