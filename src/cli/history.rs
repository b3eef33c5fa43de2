//! `history`: past runs, or the builds of one port.

use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::model::{OriginSpec, clock};
use crate::session::Session;
use crate::session::history::{BuildRecord, RunRecord};

use super::args::{HistoryOptions, Invocation};
use super::error::CliError;
use super::explain::json::Diagnosed;
use super::graph::json::pretty;
use super::{profile, terminal};

pub(super) fn run(invocation: &Invocation, options: &HistoryOptions) -> Result<ExitCode, CliError> {
    let specs = invocation.args.iter().map(|text| OriginSpec::parse(text));
    let specs: Vec<OriginSpec> = specs.collect::<Result<_, _>>().map_err(|error| CliError::Usage(error.to_string()))?;
    let session = Session::look(profile(invocation)?, invocation.directive.name())?;
    terminal::beside(&session);
    if specs.is_empty() {
        let runs: Vec<Run> = session.past_runs(options.count)?.into_iter().map(Run::of).collect();
        tell(options.json, &runs, "no runs yet", Run::line);
    } else {
        let mut builds = Vec::new();
        for spec in &specs {
            let past = session.past_builds(spec, options.count)?;
            builds.extend(past.into_iter().map(Build::of));
        }
        tell(options.json, &builds, "no builds yet", Build::line);
    }
    Ok(ExitCode::SUCCESS)
}

fn tell<T: Serialize>(json: bool, all: &[T], nothing: &str, line: fn(&T) -> String) {
    match (json, all.is_empty()) {
        (true, _) => terminal::line(&pretty(&all)),
        (false, true) => terminal::line(nothing),
        (false, false) => all.iter().for_each(|one| terminal::line(&line(one))),
    }
}

#[derive(Serialize)]
struct Run {
    id: String,
    directive: String,
    /// UTC.
    start: String,
    seconds: Option<u64>,
    state: &'static str,
    queued: usize,
    built: usize,
    fresh: usize,
    failed: usize,
    skipped: usize,
    ignored: usize,
    missing: usize,
}

impl Run {
    fn of(run: RunRecord) -> Run {
        let (id, counters) = (run.id.to_string(), run.counters);
        Run {
            id,
            directive: run.directive,
            start: moment(run.start),
            seconds: seconds(Some(run.start), run.end),
            state: run.state.name(),
            queued: counters.queued,
            built: counters.built,
            fresh: counters.fresh,
            failed: counters.failed,
            skipped: counters.skipped,
            ignored: counters.ignored,
            missing: counters.missing,
        }
    }

    fn line(&self) -> String {
        let Run { directive, start, seconds, state, built, failed, skipped, fresh, .. } = self;
        let took = took(*seconds);
        format!(
            "{start} {took} {directive:<17} {state:<11} built {built}, failed {failed}, skipped {skipped}, up to date {fresh}"
        )
    }
}

#[derive(Serialize)]
pub(super) struct Build {
    id: String,
    run: String,
    port: String,
    version: String,
    /// UTC; empty if it did not begin.
    start: String,
    seconds: Option<u64>,
    status: &'static str,
    phase: Option<String>,
    failure: Option<String>,
    #[serde(flatten)]
    diagnosis: Option<Diagnosed>,
    /// The same for people.
    #[serde(skip)]
    why: String,
    /// Milliseconds of each phase that ended.
    phases: Vec<(String, u64)>,
}

impl Build {
    pub(super) fn of(build: BuildRecord) -> Build {
        Build {
            why: build.why().unwrap_or_default(),
            id: build.id.to_string(),
            run: build.run.to_string(),
            port: build.spec.to_string(),
            version: build.version,
            start: build.start.map(moment).unwrap_or_default(),
            seconds: seconds(build.start, build.end),
            status: build.status.name(),
            phase: build.phase,
            failure: build.failure,
            diagnosis: build.diagnosis.map(Diagnosed::from),
            phases: build.phases,
        }
    }

    fn line(&self) -> String {
        let Build { start, port, version, status, .. } = self;
        format!("{start} {} {port} {version} {status}{}", took(self.seconds), self.why)
    }
}

fn took(seconds: Option<u64>) -> String {
    seconds.map_or("--:--:--".into(), |seconds| clock(Duration::from_secs(seconds)))
}

fn seconds(start: Option<i64>, end: Option<i64>) -> Option<u64> {
    u64::try_from(end?.saturating_sub(start?)).ok().map(|nanoseconds| nanoseconds / 1_000_000_000)
}

fn moment(nanoseconds: i64) -> String {
    let time = Timestamp::from_nanosecond(nanoseconds.into()).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
