//! `serve`: the page and the API for whoever asks, and builds for programs that ask for them.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::config::Profile;
use crate::model::{Event, OriginSpec, Selection, Stop, with_causes};
use crate::queries::request::{Request, Source, Target};
use crate::session::history::{RunRecord, RunState};
use crate::session::lock::is_held;
use crate::session::{DATABASE, Session, SessionError};
use crate::ui::json_line;
use crate::web::{Backend, BuildCounts, PastRun, Setting, Status, serve};

use super::args::{Invocation, ServeOptions};
use super::error::{CliError, interrupted};
use super::{build, explain, graph, history, profile, signals, terminal};

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// So long a copy of the database is good enough, as a run changes it all the time; and for as many times as long as it took,
/// as it may be large.
const AGE: Duration = Duration::from_secs(5);
const TIMES: u32 = 20;
/// So long the head of a request may take, and so long its body.
const PATIENCE: Duration = Duration::from_secs(15);
/// So many builds of a port are shown.
const BUILDS: usize = 50;

pub(super) fn run(invocation: &Invocation, options: &ServeOptions) -> Result<ExitCode, CliError> {
    let profile = profile(invocation)?;
    profile.check_readable().map_err(SessionError::from)?;
    let listen = options.listen.or(profile.api_listen).unwrap_or(LISTEN);
    if !listen.ip().is_loopback() && profile.api_key.is_none() {
        let text =
            format!("{listen} can be reached from other machines: set Api_key in the profile, or listen on {LISTEN}");
        return Err(CliError::Usage(text));
    }
    let listener = TcpListener::bind(listen);
    let listener = listener.map_err(|error| CliError::Usage(format!("cannot listen on {listen}: {error}")))?;
    let stop = Stop::default();
    signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let at = listener.local_addr().unwrap_or(listen);
    terminal::line(&format!("listening on http://{at}/"));
    let setting = Setting {
        buildbase: profile.buildbase.clone(),
        logs: profile.logs.clone(),
        key: profile.api_key.clone(),
        patience: PATIENCE,
    };
    let answers = Answers { invocation: invocation.clone(), profile, stop: stop.clone(), session: Mutex::default() };
    let served = serve(listener, setting, Box::new(answers), &stop);
    served.map_err(|error| CliError::Usage(format!("cannot serve: {error}")))?;
    Ok(stop.reason().map_or(ExitCode::SUCCESS, interrupted))
}

/// What the server is told of the rest of dsynth.
struct Answers {
    invocation: Invocation,
    profile: Profile,
    stop: Stop,
    session: Mutex<Option<Copied>>,
}

/// A session over a copy of the database, and what that was a copy of.
struct Copied {
    session: Arc<Session>,
    /// While a run goes on.
    good_until: Instant,
    changed: Option<SystemTime>,
}

impl Answers {
    fn session(&self) -> Result<Arc<Session>, String> {
        let mut kept = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let database = self.profile.buildbase.join(DATABASE);
        let changed = database.metadata().and_then(|metadata| metadata.modified()).ok();
        // A run changes it all the time; what it ends with is seen at once.
        let is_good =
            |copied: &&Copied| copied.changed == changed || (Instant::now() < copied.good_until && self.is_busy());
        if let Some(copied) = kept.as_ref().filter(is_good) {
            return Ok(copied.session.clone());
        }
        let begun = Instant::now();
        let session = Arc::new(Session::aside(self.profile.clone()).map_err(|error| with_causes(&error))?);
        let good_until = Instant::now() + AGE.max(begun.elapsed() * TIMES);
        *kept = Some(Copied { session: session.clone(), good_until, changed });
        Ok(session)
    }

    fn request(&self, words: &[String]) -> Result<Request, String> {
        let target = |word: &String| Target::parse(word, &self.profile.portsdir, Source::Argument);
        let targets = words.iter().map(target).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        Ok(Request { targets, everything: false })
    }

    fn depends(&self, session: &Session, request: &Request) -> Result<Vec<String>, SessionError> {
        let chart = session.chart(request, &Request::default(), &self.stop, &silent)?;
        let near = chart.select(Selection { reverse: false, depth: Some(1) });
        Ok(near.ports.iter().filter(|port| !port.asked).map(|port| port.spec.to_string()).collect())
    }
}

/// What is said beside an answer is said where people ask.
fn silent(_: Event) {}

impl Backend for Answers {
    fn check(&self, words: &[String]) -> Result<(), String> {
        self.request(words).map(drop)
    }

    fn start(&self, id: Uuid, words: &[String], errors: File) -> Result<Child, String> {
        let program = std::env::current_exe().map_err(|error| format!("cannot find dsynth itself: {error}"))?;
        // Where no word can be the name of a file, which would be taken for a list of ports.
        let nowhere = self.profile.empty_dir();
        std::fs::create_dir_all(&nowhere).map_err(|error| format!("cannot make `{nowhere}`: {error}"))?;
        let mut command = Command::new(program);
        // It begins elsewhere, where a relative path leads elsewhere.
        let config = std::path::absolute(&self.profile.config_dir).map_err(|error| error.to_string())?;
        command.args(["-y", "-S", "-p", &self.profile.name, "-C"]).arg(config);
        command.args(["--run", &id.to_string()]);
        if let Some(evaluator) = self.invocation.options.evaluator {
            command.args(["--evaluator", evaluator.name()]);
        }
        command.arg("build").args(words).current_dir(nowhere);
        // It goes on when the server is stopped by ^C, or at all.
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        command.spawn().map_err(|error| format!("cannot start a build: {error}"))
    }

    fn is_busy(&self) -> bool {
        is_held(&self.profile.buildbase)
    }

    fn runs(&self) -> Result<Vec<PastRun>, String> {
        let runs = self.session()?.past_runs(usize::MAX).map_err(|error| with_causes(&error))?;
        Ok(runs.into_iter().map(past).collect())
    }

    fn is_recorded(&self, id: Uuid) -> bool {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.runs().is_ok_and(|runs| runs.iter().any(|run| run.id == id))
    }

    fn port(&self, spec: &OriginSpec) -> Result<Option<Value>, String> {
        let told = |error: SessionError| with_causes(&error);
        let session = self.session()?;
        let builds = session.past_builds(spec, BUILDS).map_err(told)?;
        if !self.has(spec) && builds.is_empty() {
            return Ok(None);
        }
        let request = self.request(&[spec.to_string()])?;
        let options = build::options(&self.invocation, &self.profile);
        // A port that cannot be read has builds all the same.
        let explained = session.explain(&request, &options, &self.stop, &silent);
        let asked = explained.as_ref().ok().and_then(|all| all.iter().find(|one| one.asked));
        let why = explained.as_ref().map_or_else(|error| with_causes(error), |all| explain::text(all));
        Ok(Some(json!({
            "port": spec.to_string(),
            "state": asked.map_or("broken", |one| explain::json::state(&one.answer)),
            "package": asked.map(|one| &one.pkgfile),
            "why": why,
            "builds": builds.into_iter().map(history::Build::of).collect::<Vec<_>>(),
            "depends": self.depends(&session, &request).unwrap_or_default(),
        })))
    }

    fn has(&self, spec: &OriginSpec) -> bool {
        self.profile.portsdir.join(spec.origin.as_str()).join("Makefile").exists()
    }

    fn graph(&self, ports: &[OriginSpec], reverse: bool, depth: Option<usize>) -> Result<Value, String> {
        let words: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let roots = self.request(&words)?;
        let among = Request { targets: Vec::new(), everything: reverse };
        let chart = self.session()?.chart(&roots, &among, &self.stop, &silent).map_err(|error| with_causes(&error))?;
        let chart = chart.select(Selection { reverse, depth });
        serde_json::from_str(&graph::json::graph(&chart, reverse)).map_err(|error| error.to_string())
    }

    fn line(&self, event: &Event) -> Option<String> {
        json_line(event)
    }
}

fn past(run: RunRecord) -> PastRun {
    let milliseconds = |nanoseconds: i64| nanoseconds / 1_000_000;
    let counters = run.counters;
    let missed = counters.failed + counters.skipped + counters.missing;
    PastRun {
        id: run.id,
        directive: run.directive,
        status: match run.state {
            RunState::Active => Status::Running,
            RunState::Finished if missed > 0 => Status::Failed,
            RunState::Finished => Status::Success,
            RunState::Aborted => Status::Aborted,
            RunState::Interrupted => Status::Stopped,
        },
        started: milliseconds(run.start),
        ended: run.end.map(milliseconds),
        counts: BuildCounts {
            success: counters.built,
            failed: counters.failed,
            skipped: counters.skipped,
            ignored: counters.ignored,
        },
    }
}
