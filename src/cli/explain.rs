//! `explain`: why a port would be built, or why not.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::model::{Change, Fate, OriginSpec, Reason, Stop};
use crate::session::Session;
use crate::session::explain::{Answer, Explained, Past};
use crate::session::history::BuildRecord;

use super::args::{ExplainOptions, Invocation};
use super::error::{CliError, interrupted};
use super::{build, profile, signals, terminal};

pub(super) mod json;

pub(super) fn run(invocation: &Invocation, options: &ExplainOptions) -> Result<ExitCode, CliError> {
    let session = Session::look(profile(invocation)?, invocation.directive.name())?;
    terminal::beside(&session);
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let events = terminal::aside(invocation);
    let request = build::prepare(invocation, &session, &events)?;
    let explained = session.explain(&request, &build::options(invocation, &session.profile), &stop, &events);
    if let Some(reason) = stop.reason() {
        return Ok(interrupted(reason));
    }
    let explained = explained?;
    terminal::line(&if options.json { json::write(&explained) } else { text(&explained) });
    Ok(ExitCode::SUCCESS)
}

/// A tree of reasons for each port asked for; what was told once is not told again.
pub(super) fn text(explained: &[Explained]) -> String {
    let by_spec: BTreeMap<&OriginSpec, &Explained> = explained.iter().map(|one| (&one.spec, one)).collect();
    let mut teller = Teller { by_spec, told: BTreeSet::new(), lines: Vec::new() };
    let asked: Vec<&Explained> = explained.iter().filter(|one| one.asked).collect();
    for one in asked {
        teller.tell(one, 0);
    }
    teller.lines.join("\n")
}

struct Teller<'a> {
    by_spec: BTreeMap<&'a OriginSpec, &'a Explained>,
    told: BTreeSet<&'a OriginSpec>,
    lines: Vec<String>,
}

impl<'a> Teller<'a> {
    fn tell(&mut self, one: &'a Explained, depth: usize) {
        let is_news = self.told.insert(&one.spec);
        match &one.answer {
            Answer::Fresh(past) => self.line(depth, format!("{}: up to date: {}", one.spec, told(*past, &one.pkgfile))),
            Answer::Never(fate) => self.line(depth, format!("{}: {}", one.spec, fate_text(fate))),
            Answer::Dirty(_) if is_news => self.line(depth, format!("{}: to be built", one.spec)),
            Answer::Dirty(_) => self.line(depth, format!("{}: to be built, see above", one.spec)),
        }
        if !is_news {
            return;
        }
        match &one.answer {
            Answer::Dirty(reasons) => {
                reasons.iter().for_each(|reason| self.reason(reason, depth + 1));
                one.failed.iter().for_each(|build| self.failed(build, depth + 1));
            }
            answer => answer.causes().iter().for_each(|spec| self.cause(spec, depth + 1)),
        }
    }

    fn reason(&mut self, reason: &Reason, depth: usize) {
        self.line(depth, reason.to_string());
        match reason {
            Reason::Recipe { change: Change::Contents(files), .. } => {
                files.iter().for_each(|file| self.line(depth + 1, file.to_string()));
            }
            Reason::Dependency { spec, .. } => self.cause(spec, depth + 1),
            _ => {}
        }
    }

    fn failed(&mut self, build: &BuildRecord, depth: usize) {
        self.line(depth, format!("its last build failed{}{}", on(build.id), build.why().unwrap_or_default()));
        let lines = build.diagnosis.iter().flat_map(|diagnosis| &diagnosis.lines);
        lines.for_each(|line| self.line(depth + 1, line.clone()));
    }

    fn cause(&mut self, spec: &OriginSpec, depth: usize) {
        if let Some(one) = self.by_spec.get(spec).copied() {
            self.tell(one, depth);
        }
    }

    fn line(&mut self, depth: usize, text: String) {
        self.lines.push(format!("{}{text}", "  ".repeat(depth)));
    }
}

fn told(past: Past, pkgfile: &str) -> String {
    match past {
        Past::Made(build) => {
            format!("its package {pkgfile} was made from the same recipe, by build {build}{}", on(build))
        }
        Past::Kept(build) => format!("its package {pkgfile} is kept as asked; build {build}{} made it", on(build)),
        Past::Found => format!("its package {pkgfile} was found without a record and taken for up to date"),
    }
}

/// A build's id says when it began.
fn began(build: Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = build.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

/// In local time.
fn on(build: Uuid) -> String {
    let local = |time: Timestamp| time.to_zoned(TimeZone::system()).strftime(" on %Y-%m-%d %H:%M:%S").to_string();
    began(build).map(local).unwrap_or_default()
}

fn fate_text(fate: &Fate) -> String {
    match fate {
        Fate::Open => "open".into(),
        Fate::Ignored(why) => format!("ignored: {why}"),
        Fate::Skipped(chain) => format!("skipped due to {chain}"),
        Fate::Broken(why) | Fate::Cyclic(why) => format!("never to be built: {why}"),
    }
}
