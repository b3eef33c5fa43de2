//! What was typed after the directive: ports, and files that list ports (spec 1.6).

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Notice, SpecError};
use crate::queries::request::{Request, Source, Target};

/// The arguments name nothing to build.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    #[error("no ports given: name some as category/name[@flavor], or a file that lists them")]
    Nothing,
    #[error("{}, or a file that lists ports", .0.iter().map(SpecError::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<SpecError>),
    #[error("cannot read the list `{path}`: {source}")]
    List { path: Utf8PathBuf, source: std::io::Error },
}

/// Reads arguments: a regular file of that name is a list of ports, all else names a port.
///
/// A wrong argument is an error; a wrong line of a list is a notice, and the other lines count.
pub fn read(arguments: &[String], ports: &Utf8Path) -> Result<(Request, Vec<Notice>), TargetError> {
    let (mut request, mut notices, mut invalid) = (Request::default(), Vec::new(), Vec::new());
    for argument in arguments {
        if Utf8Path::new(argument).is_file() {
            list(Utf8Path::new(argument), ports, &mut request.targets, &mut notices)?;
        } else {
            match Target::parse(argument, ports, Source::Argument) {
                Ok(target) => request.targets.push(target),
                Err(error) => invalid.push(error),
            }
        }
    }
    if !invalid.is_empty() {
        return Err(TargetError::Invalid(invalid));
    }
    if request.targets.is_empty() {
        return Err(TargetError::Nothing);
    }
    Ok((request, notices))
}

/// Ports of installed packages: what is wrong with one is told, and stops nothing.
pub fn installed(origins: &[String], ports: &Utf8Path) -> (Request, Vec<Notice>) {
    let (mut request, mut notices) = (Request::default(), Vec::new());
    for origin in origins {
        match Target::parse(origin, ports, Source::List) {
            Ok(target) => request.targets.push(target),
            Err(error) => notices.push(Notice { spec: None, text: format!("installed: {error}") }),
        }
    }
    (request, notices)
}

/// One port a line, its first word; empty lines and lines that begin with `#` are passed over.
fn list(
    path: &Utf8Path,
    ports: &Utf8Path,
    targets: &mut Vec<Target>,
    notices: &mut Vec<Notice>,
) -> Result<(), TargetError> {
    let bytes = fs::read(path).map_err(|source| TargetError::List { path: path.to_owned(), source })?;
    for (number, line) in String::from_utf8_lossy(&bytes).lines().enumerate() {
        match line.split_whitespace().next() {
            Some(word) if !word.starts_with('#') => match Target::parse(word, ports, Source::List) {
                Ok(target) => targets.push(target),
                Err(error) => notices.push(Notice { spec: None, text: format!("{path}:{}: {error}", number + 1) }),
            },
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<(Request, Vec<Notice>), TargetError> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        read(&words, Utf8Path::new("/usr/ports"))
    }

    #[test]
    fn a_path_of_the_tree_is_its_port() {
        let (request, _) = words(&["c/a", "/usr/ports/devel/git"]).unwrap();
        let origins: Vec<&str> = request.targets.iter().map(|target| target.origin.as_str()).collect();
        assert_eq!(origins, ["c/a", "devel/git"]);
    }

    #[test]
    fn every_wrong_argument_is_named() {
        let error = words(&["vim", "c/a", "-x/y", "../etc"]).unwrap_err().to_string();
        insta::assert_snapshot!(error, @r"
        invalid port specification `vim`: expected category/name[@flavor]
        invalid port specification `-x/y`: expected category/name[@flavor]
        invalid port specification `../etc`: expected category/name[@flavor], or a file that lists ports
        ");
        assert!(matches!(words(&[]), Err(TargetError::Nothing)));
    }

    #[test]
    fn a_wrong_line_of_a_list_is_told_with_its_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("list");
        fs::write(&path, "# mine\nc/a 1.0\n\nwrong\nc/b@x").unwrap();
        let (request, notices) = words(&[path.to_str().unwrap()]).unwrap();
        assert_eq!(request.targets.len(), 2);
        assert!(notices[0].text.contains(":4: invalid port specification `wrong`"), "{notices:?}");
    }
}
