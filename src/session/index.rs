//! The repository's index, made by the package manager itself (spec 9.2).

use std::ops::ControlFlow;
use std::time::Duration;

use crate::jail::{Exit, Jail, JailCommand, Output};
use crate::model::{Event, EventSink, Stop, with_causes};
use crate::phases::failure;

use super::place::{Jails, PlaceOptions};
use super::{Session, SessionError};

/// Where the index's settings are inside the jail.
const META: &str = "/tmp/meta.conf";

impl Session {
    /// Runs `pkg repo` over the packages, in a jail of its own whose template has the package manager.
    pub fn rebuild_repository(&self, stop: &Stop, events: &dyn EventSink) -> Result<(), SessionError> {
        for name in self.packages.repository.remove_garbage()? {
            let text = format!("Deleted Garbage {}", self.packages.repository.path(&name));
            events.send(Event::Note { text });
        }
        let options = PlaceOptions { writable_packages: true, jobs: 1, ..PlaceOptions::default() };
        let place = self.place_with(&options)?;
        if !place.template_has("usr/local/sbin/pkg-static") {
            return Err(SessionError::Index(
                "there is no package manager yet; build a port first, and ports-mgmt/pkg with it".into(),
            ));
        }
        let suffix = self.profile.suffix.as_str().trim_start_matches('.');
        let meta = format!("version = {};\npacking_format = \"{suffix}\";\n", self.profile.meta_version);
        let words = ["/usr/local/sbin/pkg-static", "repo", "-m", META, "-o", "/packages", "/packages"];
        let command = JailCommand {
            argv: words.map(str::to_owned).to_vec(),
            env: place.make.environment.clone(),
            network: false,
            silence: Duration::from_secs(3600),
            time: Duration::MAX,
        };
        events.send(Event::Note { text: command.argv[1..].join(" ") });
        let mut jail = place.jail(0, vec![(META.to_owned(), meta)]);
        let mut lines = Lines { events, rest: Vec::new() };
        let exit = run(&mut *jail, &command, &mut lines, stop);
        let _ = lines.chunk(b"\n");
        if let Err(error) = jail.cleanup() {
            events.send(Event::Note { text: with_causes(&error) });
        }
        let exit = exit?;
        match failure(exit, &command, &[], "") {
            Some(failure) => Err(SessionError::Index(format!("pkg repo failed: {failure}"))),
            None if exit == Exit::Code(0) => Ok(()),
            None => Err(SessionError::Index("pkg repo was stopped".into())),
        }
    }
}

fn run(
    jail: &mut dyn Jail,
    command: &JailCommand,
    output: &mut dyn Output,
    stop: &Stop,
) -> Result<Exit, crate::jail::JailError> {
    jail.setup()?;
    jail.run(command, output, stop)
}

/// A command's output as notes, a line each.
struct Lines<'a> {
    events: &'a dyn EventSink,
    rest: Vec<u8>,
}

impl Output for Lines<'_> {
    fn chunk(&mut self, bytes: &[u8]) -> ControlFlow<()> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            // Progress is written over itself with carriage returns: what stays is the last of it.
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let text = line.rsplit('\r').next().unwrap_or_default().to_owned();
            if !text.is_empty() {
                self.events.send(Event::Note { text });
            }
        }
        ControlFlow::Continue(())
    }
}
