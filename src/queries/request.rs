//! What a user asks for, and which packages that means.

use std::collections::BTreeSet;

use camino::Utf8Path;

use super::db::{Database, Db};
use super::graph::{Interrupted, Scan};
use super::inputs::Pkg;
use super::moved::{Destination, moved};
use super::port::{Port, PortError, port};
use super::scan::ScanError;
use super::tree::{is_port, origins};
use crate::model::{Asked, Flavor, Notice, Origin, OriginSpec, SpecError};

/// Ports to have packages of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub targets: Vec<Target>,
    /// The whole tree as well.
    pub everything: bool,
}

/// One port asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub origin: Origin,
    pub flavors: Choice,
    pub source: Source,
}

/// Which flavors of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// `cat/port`, `cat/port@all`.
    All,
    /// `cat/port@-`.
    Default,
    /// `cat/port@x`; `@default` picks the default flavor where no flavor has that name.
    One(Flavor),
}

/// Who named it: an unknown name is an error on the command line and a notice elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Argument,
    List,
}

/// A wish that cannot be met: which, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub asked: OriginSpec,
    pub why: PortError,
    pub source: Source,
    /// Where it went, if `MOVED` says so.
    pub gone: Option<String>,
}

/// What a request comes down to.
#[derive(Debug, Default)]
pub struct Wanted {
    pub specs: Vec<(OriginSpec, Asked)>,
    /// Those of them that were named as arguments.
    pub arguments: BTreeSet<OriginSpec>,
    pub unknown: Vec<Unknown>,
    pub notices: Vec<Notice>,
}

impl Target {
    /// Reads `category/name[@flavor]`, also with the path of the ports tree before it.
    pub fn parse(text: &str, ports: &Utf8Path, source: Source) -> Result<Target, SpecError> {
        let below = text.strip_prefix(ports.as_str()).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
        let error = |_| SpecError(text.to_owned());
        let (origin, flavors) = match below.split_once('@') {
            None => (below, Choice::All),
            Some((origin, "all")) => (origin, Choice::All),
            Some((origin, "-")) => (origin, Choice::Default),
            Some((origin, flavor)) => (origin, Choice::One(Flavor::parse(flavor).map_err(error)?)),
        };
        Ok(Target { origin: Origin::parse(origin).map_err(error)?, flavors, source })
    }

    fn named(&self) -> OriginSpec {
        let flavor = match &self.flavors {
            Choice::One(flavor) => Some(flavor.clone()),
            Choice::All | Choice::Default => None,
        };
        OriginSpec::new(self.origin.clone(), flavor)
    }
}

/// Finds the packages that are meant; follows `MOVED` for ports that are not in the tree.
pub fn wanted(db: &Database, request: &Request, scan: &Scan<'_>) -> Result<Wanted, Interrupted> {
    let mut wanted = Wanted::default();
    let mut targets = request.targets.clone();
    if request.everything {
        let all = origins(db).into_iter();
        targets.extend(all.map(|origin| Target { origin, flavors: Choice::All, source: Source::List }));
    }
    for target in &mut targets {
        follow_move(db, target, &mut wanted.notices);
    }
    let plain = |target: &Target| Pkg::new(db, OriginSpec::new(target.origin.clone(), None));
    let plain: Vec<Pkg> = targets.iter().map(plain).collect();
    let ports = scan.evaluate(db, &plain)?;
    for (target, port) in targets.iter().zip(ports) {
        match port.and_then(|port| choose(target, &port)) {
            Ok(specs) => {
                let named = specs.iter().filter(|(_, asked)| *asked == Asked::Named).map(|(spec, _)| spec.clone());
                wanted.arguments.extend(named.filter(|_| target.source == Source::Argument));
                wanted.specs.extend(specs);
            }
            Err(why) => {
                let asked = target.named();
                let gone = gone(db, &asked);
                wanted.unknown.push(Unknown { asked, why, source: target.source, gone });
            }
        }
    }
    Ok(wanted)
}

fn follow_move(db: &Database, target: &mut Target, notices: &mut Vec<Notice>) {
    if is_port(db, &target.origin) {
        return;
    }
    let asked = target.named();
    if let Some(Destination::To(spec)) = moved(db, db.settings()).follow(&asked) {
        notices.push(Notice { spec: Some(asked), text: format!("moved to {spec}") });
        target.origin = spec.origin;
        if let Some(flavor) = spec.flavor {
            target.flavors = Choice::One(flavor);
        }
    }
}

fn gone(db: &Database, asked: &OriginSpec) -> Option<String> {
    match moved(db, db.settings()).follow(asked)? {
        Destination::Gone(why) => Some(why),
        Destination::To(_) => None,
    }
}

/// The flavors meant. Of all flavors only the default one was asked for in particular.
fn choose(target: &Target, port: &Port) -> Result<Vec<(OriginSpec, Asked)>, PortError> {
    let spec = |flavor: &Flavor| OriginSpec::new(target.origin.clone(), Some(flavor.clone()));
    match &target.flavors {
        Choice::All if !port.flavors.is_empty() => Ok(port
            .flavors
            .iter()
            .map(|flavor| {
                let default = port.spec.flavor.as_ref() == Some(flavor);
                (spec(flavor), if default { Asked::Named } else { Asked::OtherFlavor })
            })
            .collect()),
        Choice::One(flavor) if port.flavors.contains(flavor) => Ok(vec![(spec(flavor), Asked::Named)]),
        Choice::One(flavor) if flavor.as_str() != "default" => {
            Err(PortError::NoSuchFlavor { spec: spec(flavor), flavors: port.flavors.clone() })
        }
        Choice::All | Choice::Default | Choice::One(_) => Ok(vec![(port.spec.clone(), Asked::Named)]),
    }
}

impl Unknown {
    /// For people: what was asked and why it cannot be.
    pub fn text(&self) -> String {
        match (&self.gone, &self.why) {
            (Some(why), PortError::Scan(ScanError::NotFound { .. })) => {
                format!("port not found: {} (deleted {why})", self.asked)
            }
            (_, PortError::Scan(ScanError::Make(error))) => format!("{}: {error}", self.asked),
            (_, why) => why.to_string(),
        }
    }
}

/// A dependency that is not in the tree, with the new name if it has one.
pub fn missing_text(db: &Database, spec: &OriginSpec, why: &PortError) -> String {
    match moved(db, db.settings()).follow(spec) {
        Some(Destination::To(now)) => format!("{why}; moved to {now}"),
        Some(Destination::Gone(gone)) => format!("{why}; deleted {gone}"),
        None => why.to_string(),
    }
}

/// What `make` said on standard error while a port was evaluated, and words of its lists that make no sense.
pub fn complaints(db: &Database, spec: &OriginSpec) -> Vec<String> {
    let pkg = Pkg::new(db, spec.clone());
    let Ok(evaluation) = &**super::scan::evaluation(db, pkg) else { return Vec::new() };
    let malformed = if port(db, pkg).is_ok() { evaluation.malformed.as_slice() } else { &[] };
    evaluation.complaints.iter().chain(malformed).cloned().collect()
}
