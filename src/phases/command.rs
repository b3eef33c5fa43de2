//! What is run for a phase, and what it sees in its environment (spec 2.8, 6.6).

use std::time::Duration;

use super::install::INSTALL_SCRIPT;
use super::{Goal, Work};
use crate::jail::JailCommand;
use crate::model::{OriginSpec, Phase};

/// How `make` is called inside a jail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Make {
    /// Absolute path inside the jail: `/usr/bin/make`, on Linux `/usr/bin/bmake`.
    pub program: String,
    /// What every phase sees.
    pub environment: Vec<(String, String)>,
}

impl Make {
    pub fn command(&self, work: &Work, phase: Phase) -> JailCommand {
        let Work { spec, goal, limits, .. } = work;
        let plain = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let argv = match (phase, phase.variable()) {
            (_, Some(variable)) => self.argv(spec, &["-V", variable]),
            (Phase::InstallPkgs, _) => plain(&["/bin/sh", INSTALL_SCRIPT]),
            (Phase::DumpEnvironment, _) => plain(&["/usr/bin/env"]),
            (Phase::DumpMakeConf, _) => plain(&["/bin/cat", "/etc/make.conf"]),
            (Phase::ShowConfig, _) => self.argv(spec, &["showconfig"]),
            (phase, None) => self.argv(spec, &[phase.name()]),
        };
        let mut env = self.environment(spec);
        // Whoever only fetches has nothing installed, not even the package manager that `fetch` asks for.
        if phase.skips_depends() || *goal == Goal::Fetch {
            env.push(("NO_DEPENDS".into(), "1".into()));
        }
        let network = phase.needs_network() || limits.network;
        JailCommand { argv, env, network, silence: limits.silence(phase), time: limits.time }
    }

    /// Asks for the value of an expression.
    pub fn question(&self, spec: &OriginSpec, expression: &str) -> JailCommand {
        let argv = self.argv(spec, &["-V", expression]);
        let silence = Phase::CheckSanity.watchdog();
        JailCommand { argv, env: self.environment(spec), network: false, silence, time: Duration::MAX }
    }

    fn argv(&self, spec: &OriginSpec, words: &[&str]) -> Vec<String> {
        let directory = format!("/xports/{}", spec.origin);
        [self.program.as_str(), "-C", &directory].iter().chain(words).map(|word| (*word).to_owned()).collect()
    }

    fn environment(&self, spec: &OriginSpec) -> Vec<(String, String)> {
        let flavor = spec.flavor.iter().map(|flavor| ("FLAVOR".to_owned(), flavor.to_string()));
        self.environment.iter().cloned().chain(flavor).collect()
    }
}
