//! `monitor`: the run of another dsynth, on this terminal.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::live::{FollowError, follow};
use crate::model::{Event, Stop, with_causes};
use crate::ui::{self, Look, json_line, lines, summary};
use crate::view::{Heard, Picture};

use super::args::Invocation;
use super::error::{CliError, interrupted};
use super::{profile, signals, terminal};

const NO_FILE: &str = "there are no data files of this dsynth: what they held depended on the program that wrote them, so \
                       `monitor` asks the dsynth that runs; leave out";

pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    if let Some(file) = invocation.args.first() {
        return Err(CliError::Usage(format!("{NO_FILE} `{file}`")));
    }
    let profile = profile(invocation)?;
    let (look, stop) = (terminal::display(invocation, &profile), Stop::default());
    if look.is_some() {
        // The terminal is to be as it was.
        signals::listen(&stop).map_err(|error| CliError::Usage(format!("cannot listen to signals: {error}")))?;
    }
    let mut seen = None;
    loop {
        let picture = match follow(&profile.buildbase) {
            Ok(picture) => picture,
            Err(FollowError::NotRunning) if seen.is_some() => break,
            Err(FollowError::NotRunning) => {
                terminal::error("dsynth is not running");
                return Ok(ExitCode::from(1));
            }
            Err(error) => return Err(CliError::Usage(with_causes(&error))),
        };
        let goes_on = match look {
            Some(look) => show(&picture, look, &stop)?,
            None => tell(invocation, &picture, seen.is_none()),
        };
        if let Some(reason) = stop.reason() {
            return Ok(interrupted(reason));
        }
        if !goes_on {
            return Ok(ExitCode::SUCCESS);
        }
        // It ended, or we were too slow for it.
        seen = Some(picture);
    }
    if let Some(picture) = seen.filter(|_| look.is_some()) {
        let last = picture.look(|view, _| if view.is_over() { summary(view) } else { Vec::new() });
        last.iter().for_each(|line| terminal::line(&line.text));
    }
    terminal::say(invocation, "dsynth exited");
    Ok(ExitCode::SUCCESS)
}

/// False if the user has seen enough.
fn show(picture: &Arc<Picture>, look: Look, stop: &Stop) -> Result<bool, CliError> {
    ui::monitor(picture, look, stop).map_err(|error| CliError::Usage(format!("cannot show the run: {error}")))?;
    Ok(picture.is_closed())
}

/// Lines, or JSON: what was, for who has not heard it yet, and what comes.
fn tell(invocation: &Invocation, picture: &Picture, first: bool) -> bool {
    let mut plain = terminal::plain(invocation);
    let mut tell = |event: &Event, at: Duration| match event {
        event if invocation.options.json => json_line(event).iter().for_each(|text| terminal::line(text)),
        Event::Scanned { done, total } => plain.scanned(*done, *total, at),
        Event::RunEnded { .. } => picture.look(|view, _| summary(view).iter().for_each(|line| plain.line(line))),
        event => lines(event).iter().for_each(|line| plain.line(line)),
    };
    let (view, now, events) = picture.follow();
    if first {
        view.recent.iter().for_each(|event| tell(event, now));
    }
    for heard in events {
        let Heard { at, event } = &*heard;
        tell(event, *at);
    }
    true
}
