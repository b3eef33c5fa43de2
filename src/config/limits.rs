//! How much a port may use, and which ports may use more.

use std::time::Duration;

use super::ValueError;
use super::value::{duration, size};
use crate::model::OriginSpec;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What a profile says of limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortLimits {
    /// Ports that may use the network in all phases.
    pub network: Vec<OriginSpec>,
    /// A phase that prints nothing for so long is ended; where nothing is said, by phase (spec 6.6). 0 is never.
    pub silence: PerPort<Option<Duration>>,
    /// A port that takes longer is ended. 0 is never.
    pub build_time: PerPort<Duration>,
    /// Of a port's log, in bytes.
    pub log_size: PerPort<u64>,
    /// Of /construction, in bytes; doubled with debugging symbols.
    pub workdir_size: u64,
    /// Of one port, in bytes, its tmpfs included.
    pub memory: Option<u64>,
    /// Of one port, threads included.
    pub processes: Option<u32>,
}

/// One value for all, and others for some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerPort<T> {
    all: T,
    some: Vec<(OriginSpec, T)>,
}

impl Default for PortLimits {
    fn default() -> PortLimits {
        PortLimits {
            network: Vec::new(),
            silence: PerPort::of(None),
            build_time: PerPort::of(Duration::from_secs(48 * 3600)),
            log_size: PerPort::of(GIB),
            workdir_size: 64 * GIB,
            memory: None,
            processes: None,
        }
    }
}

impl PortLimits {
    pub fn may_use_network(&self, spec: &OriginSpec) -> bool {
        self.network.iter().any(|named| covers(named, spec))
    }
}

impl<T: Clone> PerPort<T> {
    pub fn of(all: T) -> PerPort<T> {
        PerPort { all, some: Vec::new() }
    }

    /// A flavor of its own goes before its origin.
    pub fn get(&self, spec: &OriginSpec) -> &T {
        let exact = self.some.iter().rev().find(|(named, _)| named == spec);
        let found = exact.or_else(|| self.some.iter().rev().find(|(named, _)| covers(named, spec)));
        found.map_or(&self.all, |(_, value)| value)
    }

    /// Words: `VALUE` for all, `origin:VALUE` for one; what is not said stays as it is.
    fn set(&mut self, text: &str, parse: impl Fn(&str) -> Result<T, ValueError>) -> Result<(), ValueError> {
        for word in text.split_whitespace() {
            match word.rsplit_once(':') {
                None => self.all = parse(word)?,
                Some((spec, value)) => self.some.push((port(spec)?, parse(value)?)),
            }
        }
        Ok(())
    }
}

impl PerPort<Option<Duration>> {
    pub(super) fn set_silence(&mut self, text: &str) -> Result<(), ValueError> {
        self.set(text, |word| duration(word).map(Some))
    }
}

impl PerPort<Duration> {
    pub(super) fn set_time(&mut self, text: &str) -> Result<(), ValueError> {
        self.set(text, duration)
    }
}

impl PerPort<u64> {
    pub(super) fn set_size(&mut self, text: &str) -> Result<(), ValueError> {
        self.set(text, |word| size(word, 1..=u64::MAX))
    }
}

/// Blank-separated origins, with or without a flavor.
pub(super) fn ports(text: &str) -> Result<Vec<OriginSpec>, ValueError> {
    text.split_whitespace().map(port).collect()
}

/// A tmpfs has pages: less than one MiB would hold nothing.
pub(super) fn tmpfs_size(text: &str) -> Result<u64, ValueError> {
    size(text, MIB..=1024 * 1024 * MIB)
}

/// 0 is no limit.
pub(super) fn memory(text: &str) -> Result<Option<u64>, ValueError> {
    if text == "0" { Ok(None) } else { size(text, 16 * MIB..=u64::MAX).map(Some) }
}

fn port(text: &str) -> Result<OriginSpec, ValueError> {
    OriginSpec::parse(text).map_err(|_| ValueError::Port(text.into()))
}

/// A name without a flavor stands for all flavors.
fn covers(named: &OriginSpec, spec: &OriginSpec) -> bool {
    named == spec || (named.flavor.is_none() && named.origin == spec.origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(text: &str) -> OriginSpec {
        OriginSpec::parse(text).unwrap()
    }

    #[test]
    fn a_flavor_goes_before_its_origin_and_that_before_all() {
        let mut limits = PortLimits::default();
        limits.build_time.set_time("90 www/chromium:3d lang/rust:600 lang/rust@nightly:0").unwrap();
        let hours = |text: &str| limits.build_time.get(&spec(text)).as_secs_f64() / 3600.0;
        assert_eq!(
            [hours("a/b"), hours("www/chromium"), hours("lang/rust@x"), hours("lang/rust")],
            [1.5, 72.0, 10.0, 10.0]
        );
        assert_eq!(limits.build_time.get(&spec("lang/rust@nightly")), &Duration::MAX);

        limits.silence.set_silence("a/b:30s").unwrap();
        assert_eq!(limits.silence.get(&spec("a/b")), &Some(Duration::from_secs(30)));
        assert_eq!(limits.silence.get(&spec("a/c")), &None);
    }

    #[test]
    fn the_network_is_for_those_who_are_named() {
        let limits = PortLimits { network: ports("lang/go www/x@y").unwrap(), ..PortLimits::default() };
        let may = |text: &str| limits.may_use_network(&spec(text));
        assert!(may("lang/go") && may("lang/go@a") && may("www/x@y") && !may("www/x") && !may("lang/rust"));
    }

    #[test]
    fn sizes_and_times_have_units() {
        assert_eq!((tmpfs_size("64M"), tmpfs_size("2g")), (Ok(64 * MIB), Ok(2 * GIB)));
        assert_eq!((memory("0"), memory("4G")), (Ok(None), Ok(Some(4 * GIB))));
        for text in ["64", "", "G", "1k", "2T", "-1G", "99999999999G"] {
            assert!(tmpfs_size(text).is_err(), "{text}");
        }
        let mut limit = PerPort::of(0);
        assert_eq!(limit.set_size("nonsense:1G"), Err(ValueError::Port("nonsense".into())));
        assert!(PerPort::of(Duration::ZERO).set_time("a/b:1y").is_err());
    }
}
