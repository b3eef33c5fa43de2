//! What one port declares.

use std::sync::Arc;

use super::Db;
use super::inputs::Pkg;
use super::scan::{ScanError, evaluation, flavors};
use crate::model::{Evaluation, Flavor, Origin, OriginSpec};

/// What planning needs to know of a port in one flavor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// With the default flavor filled in, if the port has flavors.
    pub spec: OriginSpec,
    pub flavors: Vec<Flavor>,
    pub pkgname: String,
    /// File name of the package, with suffix.
    pub pkgfile: String,
    /// Why it is not to be built; empty otherwise.
    pub ignore: String,
    pub meta: bool,
    /// Paths below the distfiles directory.
    pub distfiles: Vec<String>,
    /// The port that it is a variant of.
    pub master: Option<Origin>,
}

/// A port that cannot be planned, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    #[error("{0}")]
    Scan(ScanError),
    #[error("no such flavor: {spec} ({})", list(.flavors))]
    NoSuchFlavor { spec: OriginSpec, flavors: Vec<Flavor> },
    #[error("the port has no package name: PKGNAME and PKGFILE are empty")]
    NoName,
    #[error("the name of the port's package, `{0}`, is not one that pkg can use")]
    BadName(String),
}

fn list(flavors: &[Flavor]) -> String {
    let names: Vec<&str> = flavors.iter().map(Flavor::as_str).collect();
    if names.is_empty() { "the port has no flavors".into() } else { format!("its flavors are {}", names.join(" ")) }
}

/// Reads the evaluation; equal answers leave what depends on this alone.
#[salsa::tracked]
pub fn port(db: &dyn Db, pkg: Pkg) -> Result<Arc<Port>, PortError> {
    match &**evaluation(db, pkg) {
        Ok(evaluation) => declared(pkg.spec(db), evaluation).map(Arc::new),
        Err(error) => Err(PortError::Scan(error.clone())),
    }
}

fn declared(asked: &OriginSpec, evaluation: &Evaluation) -> Result<Port, PortError> {
    let (flavors, default) = flavors(evaluation);
    let flavor = match &asked.flavor {
        Some(flavor) if !flavors.contains(flavor) => {
            return Err(PortError::NoSuchFlavor { spec: asked.clone(), flavors });
        }
        Some(flavor) => Some(flavor.clone()),
        None => default,
    };
    let spec = OriginSpec::new(asked.origin.clone(), flavor);
    let pkgname = evaluation.pkgname.clone();
    let file = evaluation.pkgfile.rsplit('/').next().unwrap_or_default();
    // A meta port may leave PKGFILE empty.
    let pkgfile = match (file, pkgname.as_str()) {
        ("", "") => return Err(PortError::NoName),
        ("", name) => format!("{name}.pkg"),
        (file, _) => file.to_owned(),
    };
    // It becomes a file name and a word in a shell script: nothing that needs quoting.
    if let Some(name) = [&pkgfile, &pkgname].into_iter().find(|name| !is_plain(name)) {
        return Err(PortError::BadName(name.clone()));
    }
    let Evaluation { ignore, distfiles, master, meta, .. } = evaluation.clone();
    Ok(Port { spec, flavors, pkgname, pkgfile, ignore, meta, distfiles, master })
}

fn is_plain(name: &str) -> bool {
    let odd = |c: char| !(c.is_ascii_alphanumeric() || "._+-,~".contains(c));
    !name.starts_with(['.', '-']) && !name.contains(odd)
}
