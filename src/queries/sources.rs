//! Where, beside its own directory, a port's files come from.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

/// Values that name directories whose files end up in the package.
pub const DIRECTORIES: [&str; 5] = ["MASTERDIR", "FILESDIR", "PATCHDIR", "SCRIPTDIR", "PKGDIR"];

/// Directories of the tree that act through the values they set, and not by what is in them.
const FRAMEWORK: &[&str] = &["Mk", "Templates", "Keywords", "Tools"];

/// What was read of the tree beside the port itself and the framework: the whole directory where it is another
/// port's, else the one file.
pub fn sources(read: impl Iterator<Item = Utf8PathBuf>, ports: &Utf8Path, own: &Utf8Path) -> Vec<Utf8PathBuf> {
    let outside = read.filter(|path| path.starts_with(ports) && !path.starts_with(own));
    let sources: BTreeSet<Utf8PathBuf> = outside.filter_map(|path| source(&path, ports)).collect();
    sources.into_iter().collect()
}

/// Whether a path of the tree is in one of the directories that act through values.
pub(super) fn is_framework(path: &Utf8Path, ports: &Utf8Path) -> bool {
    let below = below(path.as_str(), ports).and_then(|below| below.split('/').find(|part| !part.is_empty()));
    below.is_some_and(|top| FRAMEWORK.contains(&top))
}

/// What is left of a path at or below a directory; by the text, for paths compare by their components, which is slow.
pub(super) fn below<'p>(path: &'p str, directory: &Utf8Path) -> Option<&'p str> {
    let below = path.strip_prefix(directory.as_str().trim_end_matches('/'))?;
    (below.is_empty() || below.starts_with('/')).then_some(below)
}

fn source(path: &Utf8Path, ports: &Utf8Path) -> Option<Utf8PathBuf> {
    let below: Vec<&str> = path.strip_prefix(ports).ok()?.components().map(|part| part.as_str()).collect();
    match below[..] {
        [] => None,
        [top, ..] if FRAMEWORK.contains(&top) => None,
        [file] => Some(ports.join(file)),
        [category, name, ..] => Some(ports.join(category).join(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_ports_file_stands_for_its_whole_directory() {
        let cases = [
            ("/p/Mk/Uses/x.mk", None),
            ("/p/lang/perl/version.mk", Some("/p/lang/perl")),
            ("/p/arabic/Makefile.inc", Some("/p/arabic/Makefile.inc")),
            ("/p/Makefile.inc", Some("/p/Makefile.inc")),
            ("/p", None),
        ];
        for (path, expected) in cases {
            assert_eq!(source(Utf8Path::new(path), Utf8Path::new("/p")), expected.map(Utf8PathBuf::from), "{path}");
        }
    }
}
