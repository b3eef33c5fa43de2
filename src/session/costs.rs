//! How long builds are thought to take, after what earlier ones took.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Job, Origin, OriginSpec, Plan};
use crate::schedule::UNKNOWN;
use crate::store::Cost;

use super::{Session, SessionError};

/// Ports that are known to take hours; the beginning of the name counts.
const GIANTS: &[(&str, u64)] = &[
    ("databases/mongodb", 3),
    ("devel/electron", 10),
    ("devel/llvm", 3),
    ("editors/libreoffice", 4),
    ("lang/gcc", 2),
    ("lang/ghc", 3),
    ("lang/rust", 4),
    ("mail/thunderbird", 2),
    ("math/octave", 2),
    ("www/chromium", 10),
    ("www/firefox", 2),
    ("www/iridium", 10),
    ("www/node", 2),
    ("www/qt5-webengine", 6),
    ("www/qt6-webengine", 6),
    ("www/ungoogled-chromium", 10),
];

impl Session {
    /// By job.
    pub fn expected(&self, plan: &Plan) -> Result<Vec<Duration>, SessionError> {
        let costs = self.store.costs()?;
        Ok(expected(&costs, &plan.jobs))
    }
}

/// As long as the port took the last time, or another flavor of it did, or the port that it is a variant of, in minutes begun: what differs by less is equal, and
/// goes by name. Else as long as its kind takes.
fn expected(costs: &BTreeMap<OriginSpec, Cost>, jobs: &[Job]) -> Vec<Duration> {
    let mut by_origin: BTreeMap<&Origin, u64> = BTreeMap::new();
    for (spec, cost) in costs {
        let longest = by_origin.entry(&spec.origin).or_default();
        *longest = cost.milliseconds.max(*longest);
    }
    let known = |job: &Job| {
        let own = costs.get(&job.spec).map(|cost| cost.milliseconds);
        let of = |origin: &Origin| by_origin.get(origin).copied();
        let known = own.or_else(|| of(&job.spec.origin)).or_else(|| of(job.master.as_ref()?))?;
        Some(Duration::from_secs(60 * known.div_ceil(60_000).max(1)))
    };
    jobs.iter().map(|job| known(job).unwrap_or_else(|| unknown(&job.spec))).collect()
}

fn unknown(spec: &OriginSpec) -> Duration {
    let giant = GIANTS.iter().find(|(name, _)| spec.origin.as_str().starts_with(name));
    giant.map_or(UNKNOWN, |(_, hours)| Duration::from_secs(hours * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Asked, Fate, Fingerprint};

    fn job(spec: &str) -> Job {
        Job {
            spec: OriginSpec::parse(spec).unwrap(),
            pkgname: String::new(),
            pkgfile: String::new(),
            meta: false,
            distfiles: Vec::new(),
            master: None,
            asked: Asked::Named,
            fate: Fate::Open,
            recipe: Fingerprint::default(),
            crc: 0,
            depends: Vec::new(),
        }
    }

    #[test]
    fn a_port_takes_what_it_took_or_its_flavor_did_or_its_kind_does() {
        let cost = |spec, minutes: u64| {
            (OriginSpec::parse(spec).unwrap(), Cost { milliseconds: minutes * 60_000 - 1, ..Cost::default() })
        };
        let costs = [cost("c/a", 5), cost("c/b@x", 7), cost("c/b@y", 9), cost("lang/rust", 11)].into();
        let mut jobs = ["c/a", "c/b@x", "c/b@z", "lang/rust", "devel/llvm19", "c/new", "c/variant"].map(job);
        jobs[6].master = Some(Origin::parse("c/a").unwrap());
        let minutes: Vec<u64> = expected(&costs, &jobs).iter().map(|time| time.as_secs() / 60).collect();
        assert_eq!(minutes, [5, 7, 9, 11, 180, 60, 5]);
    }

    #[test]
    fn giants_are_ports_by_name() {
        assert!(GIANTS.iter().all(|(name, hours)| Origin::parse(name).is_ok() && *hours > 1));
        assert!(GIANTS.is_sorted());
    }
}
