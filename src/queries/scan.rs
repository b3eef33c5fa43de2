//! What `make` says of a port, and what it read to say so.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use super::Db;
use super::files::{contents, directory};
use super::inputs::Pkg;
use super::tree::{has_makefile, port_path};
use crate::model::{Flavor, OriginSpec};
use crate::system::{MakeError, MakeQuery};

/// An evaluation: the values of all `VARIABLES`, and the makefiles read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    values: BTreeMap<&'static str, String>,
    /// Files that `make` included, in order, absolute, each once.
    pub makefiles: Vec<Utf8PathBuf>,
    /// What `make` wrote to standard error.
    pub complaints: Vec<String>,
}

/// What is asked of every port, in one call.
pub const VARIABLES: &[&str] = &[
    "PKGNAME",
    "PKGBASE",
    "PKGVERSION",
    "PKGFILE",
    "FLAVOR",
    "FLAVORS",
    "IGNORE",
    "FETCH_DEPENDS",
    "EXTRACT_DEPENDS",
    "PATCH_DEPENDS",
    "BUILD_DEPENDS",
    "LIB_DEPENDS",
    "RUN_DEPENDS",
    "SELECTED_OPTIONS",
    "DESELECTED_OPTIONS",
    "PORT_OPTIONS",
    "USES",
    "LICENSE",
    "ALLFILES",
    "DIST_SUBDIR",
    "DISTINFO_FILE",
    "MASTERDIR",
    "FILESDIR",
    "PATCHDIR",
    "SCRIPTDIR",
    "PKGDIR",
    "CONFIGURE_ARGS",
    "CONFIGURE_ENV",
    "MAKE_ARGS",
    "MAKE_ENV",
    "CFLAGS",
    "CPPFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "PLIST_SUB",
    "SUB_LIST",
    "PREFIX",
    ".MAKE.MAKEFILES",
];

/// A port could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    #[error("port not found: {spec} (path: {path})")]
    NotFound { spec: String, path: Utf8PathBuf },
    #[error(transparent)]
    Make(#[from] MakeError),
}

impl Evaluation {
    /// Value of one of `VARIABLES`, blanks at both ends removed; empty if the port does not set it.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    pub fn words(&self, name: &str) -> impl Iterator<Item = &str> {
        self.value(name).split_whitespace()
    }

    pub fn flavors(&self) -> Vec<Flavor> {
        self.words("FLAVORS").filter_map(|word| Flavor::parse(word).ok()).collect()
    }

    /// What the port sets `FLAVOR` to if nobody asks for another one, else the first of its flavors.
    pub fn default_flavor(&self) -> Option<Flavor> {
        let flavors = self.flavors();
        flavors.iter().find(|flavor| flavor.as_str() == self.value("FLAVOR")).or(flavors.first()).cloned()
    }
}

/// Runs `make` for a port and a flavor; the default flavor, named or not, is asked for once.
///
/// The answer depends on the port's directory, on every makefile read, and on the settings; a change in any of
/// them runs it again. What nested makes and shells read beside that is not seen here.
#[salsa::tracked]
pub fn evaluation(db: &dyn Db, pkg: Pkg) -> Arc<Result<Evaluation, ScanError>> {
    let Some(flavor) = &pkg.spec(db).flavor else { return Arc::new(evaluate(db, pkg)) };
    let plain = evaluation(db, Pkg::new(db, OriginSpec::new(pkg.spec(db).origin.clone(), None)));
    match &**plain {
        // An unknown flavor is left for `port` to report, with the ones there are.
        Ok(evaluation)
            if evaluation.flavors().contains(flavor) && evaluation.default_flavor().as_ref() != Some(flavor) =>
        {
            Arc::new(evaluate(db, pkg))
        }
        _ => plain.clone(),
    }
}

fn evaluate(db: &dyn Db, pkg: Pkg) -> Result<Evaluation, ScanError> {
    let spec = pkg.spec(db);
    let settings = db.settings().fields(db);
    let path = port_path(db, &spec.origin);
    let port = db.file(&path);
    if !has_makefile(db, port) {
        return Err(ScanError::NotFound { spec: spec.to_string(), path });
    }
    // Optional includes and `exists()` look at names in the port's directory: all of it is an input.
    let _ = directory(db, port);
    let mut assignments: Vec<String> = spec.flavor.iter().map(|flavor| format!("FLAVOR={flavor}")).collect();
    assignments.push(format!("LOCALBASE={}", settings.localbase));
    let query = MakeQuery {
        directory: path.clone(),
        assignments,
        expressions: VARIABLES.iter().map(|name| format!("${{{name}}}")).collect(),
    };
    let answer = db.system().make(&query)?;
    let values: BTreeMap<&'static str, String> = VARIABLES.iter().copied().zip(answer.values).collect();
    let makefiles = makefiles(&path, values.get(".MAKE.MAKEFILES").map_or("", String::as_str));
    for makefile in &makefiles {
        let _ = contents(db, db.file(makefile));
    }
    Ok(Evaluation { values, makefiles, complaints: answer.complaints })
}

/// `.MAKE.MAKEFILES` has relative, repeated and unnormalised names.
fn makefiles(directory: &Utf8Path, words: &str) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for word in words.split_whitespace() {
        let file = normalise(&directory.join(word));
        if !files.contains(&file) {
            files.push(file);
        }
    }
    files
}

/// Takes `.` and `..` out of an absolute path by its text alone.
pub fn normalise(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for part in path.components() {
        match part {
            camino::Utf8Component::ParentDir => {
                normal.pop();
            }
            camino::Utf8Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_makefiles_become_absolute_and_unique() {
        let files = makefiles(
            Utf8Path::new("/p/a/b"),
            "/mk/sys.mk Makefile ../c/Makefile.common /p/a/b/../../Mk/x.mk Makefile",
        );
        assert_eq!(files, ["/mk/sys.mk", "/p/a/b/Makefile", "/p/a/c/Makefile.common", "/p/Mk/x.mk"]);
    }
}
