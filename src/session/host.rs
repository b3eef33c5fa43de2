//! Packages of ours on the host itself, by its own pkg(8).

use std::io;

use camino::Utf8Path;

use crate::model::{Asked, Plan};
use crate::schedule::{JobEnd, Report};
use crate::system::pkg::{Change, HostPkg};

use super::{Session, SessionError};

impl Session {
    /// Installs what was asked for and has a package now.
    pub fn install(&self, host: &HostPkg, plan: &Plan, report: &Report, yes: bool) -> Result<(), SessionError> {
        let names = installable(plan, report);
        if names.is_empty() { Ok(()) } else { self.change(host, Change::Install(&names), yes) }
    }

    /// Upgrades all that is installed, from our packages alone.
    pub fn upgrade(&self, host: &HostPkg, yes: bool) -> Result<(), SessionError> {
        self.change(host, Change::Upgrade, yes)
    }

    fn change(&self, host: &HostPkg, change: Change<'_>, yes: bool) -> Result<(), SessionError> {
        let scratch = tempfile::tempdir_in(&self.profile.buildbase).map_err(SessionError::Scratch)?;
        let not_utf8 = || SessionError::Scratch(io::ErrorKind::InvalidData.into());
        let directory = Utf8Path::from_path(scratch.path()).ok_or_else(not_utf8)?;
        Ok(host.change(change, &self.profile.packages, directory, yes)?)
    }
}

/// `name-version` of each.
fn installable(plan: &Plan, report: &Report) -> Vec<String> {
    let has_package = |end: &JobEnd| matches!(end, JobEnd::Built | JobEnd::Fresh);
    let jobs = plan.jobs.iter().zip(&report.ends);
    let asked = jobs.filter(|(job, end)| job.asked == Asked::Named && has_package(end));
    asked.map(|(job, _)| job.pkgname.clone()).collect()
}
