//! Dependency words, and what a port depends on (spec 3.4).

use camino::Utf8Path;

use super::Db;
use super::inputs::Pkg;
use super::scan::evaluation;
use crate::model::{DepKind, OriginSpec};

/// The six lists of a port, read: in the order of the lists and of the words in each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub depends: Vec<(DepKind, OriginSpec)>,
    /// Words that make no sense, as lines for people.
    pub malformed: Vec<String>,
}

/// A dependency word that names no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed dependency `{word}`: expected pattern:category/name[@flavor][:target]")]
pub struct MalformedDepend {
    pub word: String,
}

/// What a port depends on; a target may appear several times. Cut off from `evaluation`: a new version changes
/// nothing here.
#[salsa::tracked]
pub fn depends(db: &dyn Db, pkg: Pkg) -> Vec<(DepKind, Pkg)> {
    let Ok(evaluation) = &**evaluation(db, pkg) else { return Vec::new() };
    evaluation.depends.iter().map(|(kind, spec)| (*kind, Pkg::new(db, spec.clone()))).collect()
}

pub(super) fn words<'a>(list: impl Fn(DepKind) -> &'a str, ports: &Utf8Path) -> Words {
    let mut words = Words::default();
    for kind in DepKind::ALL {
        for word in list(kind).split_whitespace() {
            match read_word(word, ports) {
                Ok(Some(spec)) => words.depends.push((kind, spec)),
                Ok(None) => {}
                Err(error) => words.malformed.push(format!("{}: {error}", kind.variable())),
            }
        }
    }
    words
}

/// Reads `pattern:origin[@flavor][:target]`; `None` for words that ask for nothing.
pub fn read_word(word: &str, ports: &Utf8Path) -> Result<Option<OriginSpec>, MalformedDepend> {
    if word.starts_with("/nonexistent:") || word.starts_with("${NONEXISTENT}:") {
        return Ok(None);
    }
    let malformed = || MalformedDepend { word: word.to_owned() };
    let (_, rest) = word.split_once(':').ok_or_else(malformed)?;
    let rest = match rest.strip_prefix(ports.as_str()) {
        Some(below) => below.strip_prefix('/').ok_or_else(malformed)?,
        None => rest,
    };
    let target = rest.split(':').next().unwrap_or_default();
    OriginSpec::parse(target).map(Some).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> String {
        match read_word(word, Utf8Path::new("/usr/ports")) {
            Ok(Some(spec)) => spec.to_string(),
            Ok(None) => "-".into(),
            Err(_) => "malformed".into(),
        }
    }

    #[test]
    fn words_name_ports_in_many_ways() {
        let cases = [
            ("vim:editors/vim", "editors/vim"),
            ("vim:/usr/ports/editors/vim", "editors/vim"),
            ("/nonexistent:skip", "-"),
            ("/nonexistent:lang/perl5:extract", "-"),
            ("python:lang/python@py39", "lang/python@py39"),
            ("tool:editors/vim:patch", "editors/vim"),
            ("libfoo.so:devel/libfoo", "devel/libfoo"),
            ("bin:/usr/ports/lang/python@py39:lang/python@py39", "lang/python@py39"),
            ("perl5>=5.36<5.37:lang/perl5.36", "lang/perl5.36"),
            ("x:c/a@py311:install", "c/a@py311"),
            ("${NONEXISTENT}:c/a", "-"),
        ];
        for (word, expected) in cases {
            assert_eq!(read(word), expected, "{word}");
        }
    }

    #[test]
    fn words_without_a_port_are_malformed() {
        for word in ["c/a:run", "x:c/a/b", "x:", "x:/pp/c/a", "vim", "x:/usr/portsx/c/a", "x:c/a@"] {
            assert_eq!(read(word), "malformed", "{word}");
        }
    }
}
