//! `watch`: builds what is out of date, and again whenever something changes.

use std::process::ExitCode;

use crossbeam_channel::unbounded;

use crate::config::{MakeConf, Profile};
use crate::model::{Event, EventSink, Stop, with_causes};
use crate::queries::request::{Request, Source};
use crate::session::hooks::{Hooks, PATIENCE};
use crate::session::watch::{Configuration, Message, WatchEnd, WatchOptions};
use crate::session::{Session, SessionError, targets};
use crate::ui::NumberedLogs;

use super::args::{self, Invocation};
use super::error::{CliError, interrupted};
use super::report::Reported;
use super::{build, profile, signals, terminal};

pub(super) fn run(invocation: &Invocation, own: &args::WatchOptions) -> Result<ExitCode, CliError> {
    let (sender, messages) = unbounded();
    let stop = Stop::default();
    let bell = sender.clone();
    signals::listen_and(&stop, move || drop(bell.send(Message::Stop)))
        .map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    let dry_run = own.dry_run || invocation.options.dry_run;
    // Who builds nothing may look on while another dsynth does.
    let open = if dry_run { Session::open_or_look } else { Session::open };
    let (mut next, mut fallback) = (profile(invocation)?, None);
    let mut first = true;
    loop {
        let session = match open(next, invocation.directive.name()) {
            Ok(session) => session,
            Err(error) => {
                let error = CliError::from(error);
                let Some(before) = fallback.take() else { return Err(error) };
                terminal::error(&format!("{error}; what was read before stays in force"));
                next = before;
                continue;
            }
        };
        let options = WatchOptions {
            build: build::options(invocation, &session.profile),
            once: own.once,
            dry_run,
            poll: own.poll,
        };
        let front = match dry_run {
            true => Reported::silent(terminal::front(invocation)),
            false => Reported::new(terminal::front_of_run(invocation, &session.profile, logs(&session, first)?)),
        };
        let hooks = Hooks::new(&session.profile, options.build.nice, PATIENCE, &front);
        let request = request(invocation, &session, &hooks)?;
        let read = || configuration(invocation);
        let end = session.watch(&request, &options, &read, (&sender, &messages), &stop, &hooks)?;
        drop(hooks);
        match (end, stop.reason()) {
            (_, Some(reason)) => return Ok(interrupted(reason)),
            (WatchEnd::Stopped, None) => return Ok(ExitCode::SUCCESS),
            (WatchEnd::Done(summary), None) => {
                return Ok(build::exit_code_of(&summary, session.profile.exit_zero_on_failure));
            }
            (WatchEnd::Reopen(profile), None) => {
                fallback = Some(session.profile.clone());
                next = *profile;
                first = false;
            }
        }
    }
}

/// They go on where they end when the session is opened again.
fn logs(session: &Session, first: bool) -> Result<NumberedLogs, CliError> {
    let logs = &session.profile.logs;
    let error = |error| CliError::Usage(format!("cannot write the logs in `{logs}`: {error}"));
    NumberedLogs::open(logs, first).map_err(error)
}

fn configuration(invocation: &Invocation) -> Configuration {
    let told = |error: CliError| error.to_string().trim_start_matches("dsynth: ").to_owned();
    let profile: Profile = profile(invocation).map_err(told)?;
    let make_conf = MakeConf::load(&profile.make_conf_path()).map_err(|error| with_causes(&error))?;
    Ok((profile, make_conf))
}

/// The ports named, or the whole tree. A port that is not there, or is broken, is told and waited for.
fn request(invocation: &Invocation, session: &Session, events: &dyn EventSink) -> Result<Request, CliError> {
    build::tell_what_was_found(session, events);
    if invocation.args.is_empty() {
        return Ok(Request { targets: Vec::new(), everything: true });
    }
    let (mut request, notices) =
        targets::read(&invocation.args, &session.profile.portsdir).map_err(SessionError::from)?;
    notices.into_iter().for_each(|notice| events.send(Event::Note { text: notice.text }));
    request.targets.iter_mut().for_each(|target| target.source = Source::List);
    Ok(request)
}
