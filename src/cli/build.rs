//! `build`, `just-build`, `install`, `force`, `test`, `debug`, `everything`, `fetch-only`, `prepare-system`, `upgrade-system`.

use std::process::ExitCode;

use crate::config::{Profile, memory_target};
use crate::model::{Asked, Event, EventSink, Fate, Plan, Stop, Summary};
use crate::queries::inputs::Rules;
use crate::queries::request::Request;
use crate::session::build::{BuildOptions, Busy, Carried, Throttle};
use crate::session::hooks::{Hooks, PATIENCE};
use crate::session::queue::{Door, TAKERS};
use crate::session::worker::How;
use crate::session::{Session, SessionError, targets};
use crate::system::pkg::HostPkg;
use crate::system::platform::{load_now, ncpu, physmem, swap_used};
use crate::ui::NumberedLogs;

use super::args::{Directive, Invocation, Options};
use super::error::{CliError, interrupted};
use super::report::Reported;
use super::{debug, frozen, open, signals, terminal};

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    // Said before anything is built, and not at the end.
    let host = match invocation.directive {
        Directive::Install | Directive::UpgradeSystem => Some(HostPkg::find()?),
        _ => None,
    };
    let session = open(invocation)?;
    let stop = Stop::default();
    let bell = signals::listen_with_bell(&stop)?;
    let logs = session.profile.logs.clone();
    let numbered = NumberedLogs::open(&logs, true)
        .map_err(|error| CliError::Usage(format!("cannot write the logs in `{logs}`: {error}")))?;
    debug::log_in(&logs, invocation.options.debug);
    let front = Reported::new(terminal::front_of_run(invocation, &session.profile, numbered, &stop));
    let options = options(invocation, &session.profile);
    let hooks = Hooks::new(&session.profile, options.nice, PATIENCE, &front);
    let run = Run { invocation, session: &session, options, stop: &stop, front: &hooks, host };
    let (code, door) = match (run.to_its_end(), stop.reason()) {
        (Err(CliError::Interrupted(_)), Some(reason)) => (interrupted(reason), None),
        (ended, _) => ended?,
    };
    drop(hooks);
    frozen::wait(invocation, &session, &stop, &bell);
    // Who added something until now was told that it will be built; whoever comes later, that it will not.
    drop(front);
    drop(session);
    drop(door);
    Ok(code)
}

/// One directive on its way.
struct Run<'a> {
    invocation: &'a Invocation,
    session: &'a Session,
    options: BuildOptions,
    stop: &'a Stop,
    front: &'a dyn EventSink,
    host: Option<HostPkg>,
}

impl Run<'_> {
    /// Once for what was asked, and once more for each lot that was added meanwhile (spec 1.8).
    fn to_its_end(&self) -> Result<(ExitCode, Option<Door>), CliError> {
        let mut request = prepare(self.invocation, self.session, self.front)?;
        let takes = TAKERS.contains(&self.invocation.directive.name());
        if takes {
            let (left, _) = self.session.take_added()?;
            left.iter().for_each(|word| self.note(format!("{word} was added to an earlier run and is not built")));
        }
        let mut missed = 0;
        loop {
            let Some(carried) = self.once(&request)? else { return Ok((ExitCode::from(1), None)) };
            if let Some(reason) = self.stop.reason() {
                return Ok((interrupted(reason), None));
            }
            missed += count_missed(&carried.report.summary);
            let code = exit_code(missed, self.session.profile.exit_zero_on_failure);
            let (mut added, mut door) = if takes { self.session.take_added()? } else { Default::default() };
            // Nobody is to be kept waiting by a question.
            drop(door.take());
            self.afterwards(&carried, !added.is_empty())?;
            if takes && added.is_empty() {
                (added, door) = self.session.take_added()?;
            }
            if added.is_empty() {
                return Ok((code, door));
            }
            self.note(format!("going on with additionally added packages: {}", added.join(" ")));
            let (next, notices) = targets::read(&added, &self.session.profile.portsdir).map_err(SessionError::from)?;
            notices.into_iter().for_each(|notice| self.note(notice.text));
            request = next;
        }
    }

    /// `None` if the user would not go on.
    fn once(&self, request: &Request) -> Result<Option<Carried>, CliError> {
        let planned = self.session.prepare(request, &self.options, self.stop, self.front)?;
        if !goes_on(self.invocation, &planned.plan) {
            return Ok(None);
        }
        Ok(Some(self.session.carry_out(planned, &self.options, self.stop, self.front)?))
    }

    /// What follows a run: obsolete packages, the repository, the host's own packages.
    fn afterwards(&self, carried: &Carried, more_to_come: bool) -> Result<(), CliError> {
        let plan = &carried.plan;
        match self.invocation.directive {
            Directive::Everything => {
                let names = self.session.obsolete(plan)?;
                self.session.remove_obsolete(&names, self.front)?;
            }
            // It knows only what this host has installed; the repository may serve others.
            Directive::PrepareSystem => {
                let (names, all) = (self.session.obsolete(plan)?, self.session.count_packages()?);
                let question = format!("Delete {} of {all} packages, which this host does not need? ", names.len());
                if !names.is_empty() && terminal::confirm(self.invocation, &question) {
                    self.session.remove_obsolete(&names, self.front)?;
                }
            }
            _ => {}
        }
        let rebuilds = match self.invocation.directive {
            Directive::Everything => terminal::confirm(self.invocation, QUESTION),
            Directive::Build | Directive::Force => more_to_come || terminal::confirm(self.invocation, QUESTION),
            Directive::Install | Directive::PrepareSystem | Directive::UpgradeSystem => true,
            _ => false,
        };
        if rebuilds {
            rebuild_repository(self.invocation, self.session, self.stop, self.front)?;
        }
        self.host.as_ref().map_or(Ok(()), |host| self.install(host, carried))
    }

    /// Packages of ours, by the host's pkg.
    fn install(&self, host: &HostPkg, carried: &Carried) -> Result<(), CliError> {
        let yes = self.invocation.options.yes;
        match self.invocation.directive {
            Directive::Install => self.session.install(host, &carried.plan, &carried.report, yes)?,
            _ => self.session.upgrade(host, yes)?,
        }
        Ok(())
    }

    fn note(&self, text: String) {
        self.front.send(Event::Note { text });
    }
}

const QUESTION: &str = "Rebuild the repository? ";

/// Whether the ports are those of installed packages.
fn asks_the_host(invocation: &Invocation) -> bool {
    match invocation.directive {
        Directive::ListSystem | Directive::PrepareSystem | Directive::UpgradeSystem => true,
        Directive::Status => invocation.args.is_empty(),
        _ => false,
    }
}

/// Where the ports are those of installed packages: tells which are gone or broken, and asks whether that matters (spec 1.7).
pub(super) fn goes_on(invocation: &Invocation, plan: &Plan) -> bool {
    let broken = plan.jobs.iter().filter(|job| job.asked == Asked::Named).filter_map(|job| match &job.fate {
        Fate::Broken(why) => Some(format!("{}: {why}", job.spec)),
        _ => None,
    });
    let broken: Vec<String> = broken.collect();
    if broken.is_empty() || !asks_the_host(invocation) {
        return true;
    }
    broken.iter().for_each(|line| terminal::say(invocation, line));
    terminal::say(invocation, &format!("{} installed packages have no port that can be read", broken.len()));
    terminal::confirm(invocation, "Continue anyway? ")
}

/// Tells what an earlier run left, and reads which ports are meant.
pub(super) fn prepare(invocation: &Invocation, session: &Session, events: &dyn EventSink) -> Result<Request, CliError> {
    tell_what_was_found(session, events);
    let everything = match invocation.directive {
        Directive::Everything | Directive::StatusEverything => true,
        Directive::FetchOnly => invocation.args == ["everything"],
        _ => false,
    };
    if everything {
        return Ok(Request { targets: Vec::new(), everything });
    }
    let ports = &session.profile.portsdir;
    let (request, notices) = match asks_the_host(invocation) {
        true => targets::installed(&HostPkg::find()?.installed()?, ports),
        false => targets::read(&invocation.args, ports).map_err(SessionError::from)?,
    };
    notices.into_iter().for_each(|notice| events.send(Event::Note { text: notice.text }));
    Ok(request)
}

pub(super) fn tell_what_was_found(session: &Session, events: &dyn EventSink) {
    let note = |text: String| events.send(Event::Note { text });
    session.notices.iter().cloned().for_each(note);
    for build in &session.recovered.builds {
        note(format!("{} was interrupted in an earlier run", build.spec));
    }
}

pub(super) fn options(invocation: &Invocation, profile: &Profile) -> BuildOptions {
    let Options { keep, strict, no_nice, check_plist, developer, memory, memory_scale, slow_start, .. } =
        invocation.options;
    let directive = invocation.directive;
    let test = directive == Directive::Test;
    let everything = developer && directive == Directive::Everything;
    BuildOptions {
        directive: directive.name().to_owned(),
        run: invocation.options.run,
        force: matches!(directive, Directive::Force | Directive::Test | Directive::Debug),
        how: How {
            fetch_only: directive == Directive::FetchOnly,
            check_plist: profile.check_plist || check_plist || test || everything,
            test,
            developer: developer || test,
            freeze: directive == Directive::Debug,
        },
        rules: Rules { ignore_depends: keep >= 1, ignore_recipe: keep >= 2 },
        strict,
        nice: if no_nice { 0 } else { 10 },
        throttle: Some(Throttle {
            slow_start: slow_start.limit(profile.workers(ncpu(), physmem())) as usize,
            scale: memory_scale,
            memory: memory_target(memory, physmem()),
            ncpu: ncpu(),
            busy: || Busy { load: load_now(), swap: swap_used() },
        }),
    }
}

pub(super) fn rebuild_repository(
    invocation: &Invocation,
    session: &Session,
    stop: &Stop,
    events: &dyn EventSink,
) -> Result<(), CliError> {
    let result = session.rebuild_repository(stop, events);
    terminal::say(invocation, if result.is_ok() { "Rebuild succeeded" } else { "Rebuild failed" });
    Ok(result?)
}

fn count_missed(summary: &Summary) -> usize {
    summary.failed + summary.skipped + summary.missing
}

pub(super) fn exit_code_of(summary: &Summary, zero_on_failure: bool) -> ExitCode {
    exit_code(count_missed(summary), zero_on_failure)
}

fn exit_code(missed: usize, zero_on_failure: bool) -> ExitCode {
    ExitCode::from(if missed > 0 && !zero_on_failure { 2 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    fn how(line: &str) -> How {
        let words = std::iter::once("dsynth").chain(line.split(' ')).map(Into::into);
        options(&args::parse(words).unwrap(), &Profile::default()).how
    }

    #[test]
    fn plists_are_checked_where_somebody_asks() {
        for line in ["-P build a/b", "test a/b", "-D everything"] {
            assert!(how(line).check_plist, "{line}");
        }
        for line in ["build a/b", "-D build a/b", "everything"] {
            assert!(!how(line).check_plist, "{line}");
        }
        assert!(how("-D build a/b").developer && how("test a/b").developer && !how("build a/b").developer);
    }
}
