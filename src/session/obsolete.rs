//! Packages that no port makes any more.

use std::collections::BTreeSet;

use crate::model::{Event, EventSink, Flavor, OriginSpec, PackageFacts, Plan, with_causes};

use super::{Session, SessionError};

impl Session {
    /// Names of package files that belong to no job of `plan`, which should be one of the whole tree, when it has been carried
    /// out. What has no successor yet stays: a port that failed or cannot be evaluated keeps its last package.
    pub fn obsolete(&self, plan: &Plan) -> Result<Vec<String>, SessionError> {
        let mut names = self.packages.repository.list()?;
        let suffix = self.profile.suffix.as_str();
        names.retain(|name| name.ends_with(".pkg") || name.ends_with(suffix));
        let known: BTreeSet<&str> = plan.jobs.iter().map(|job| job.pkgfile.as_str()).collect();
        names.retain(|name| {
            !known.contains(name.as_str()) && self.packages.facts(name).is_none_or(|facts| !self.waits(plan, &facts))
        });
        // That a file is no package is no news when it goes.
        self.packages.take_troubles();
        Ok(names)
    }

    /// All files in the repository.
    pub fn count_packages(&self) -> Result<usize, SessionError> {
        Ok(self.packages.repository.list()?.len())
    }

    pub fn remove_obsolete(&self, names: &[String], events: &dyn EventSink) -> Result<(), SessionError> {
        let (mut removed, repository) = (Vec::new(), &self.packages.repository);
        for name in names {
            match repository.remove(name) {
                Ok(()) => {
                    events.send(Event::Obsolete { path: repository.path(name) });
                    removed.push(name.as_str());
                }
                Err(error) => events.send(Event::Note { text: format!("cannot {}", with_causes(&error)) }),
            }
        }
        Ok(self.store.forget_package_files(removed)?)
    }

    /// Whether the package's port is in the plan and has no package of its own in the repository.
    fn waits(&self, plan: &Plan, facts: &PackageFacts) -> bool {
        let is_its = |spec: &OriginSpec| {
            let flavor = spec.flavor.as_ref().map(Flavor::as_str);
            spec.origin.as_str() == facts.origin && (flavor.is_none() || flavor == facts.flavor.as_deref())
        };
        let mut jobs = plan.jobs.iter().filter(|job| is_its(&job.spec));
        jobs.any(|job| job.pkgfile.is_empty() || self.packages.facts(&job.pkgfile).is_none())
    }
}
