//! Plans and builds, waits for changes, and goes on: one loop, woken by a closed set of messages.
//!
//! The database lives from round to round, so that a round costs what changed. A change while builds run makes a new plan
//! at once: what runs goes on and counts for what it was made from, all else begins anew.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::{Receiver, Sender};

use crate::config::{INI_FILE, MakeConf, Profile};
use crate::model::{Event, EventSink, Job, JobId, OriginSpec, Plan, Recipe, Stop, Summary, Trace, Verdict};
use crate::queries::inputs::Recorded;
use crate::queries::plan::PlanError;
use crate::queries::request::Request;
use crate::schedule::{self, Next, Round};
use crate::system::watch::{Scope, Seen, Watch, watch};

use super::attempts::{Attempts, Remembering};
use super::build::BuildOptions;
use super::fresh::Fresh;
use super::outlook::{Outlook, Told};
use super::planner::Planner;
use super::run::{Run, manager};
use super::{Session, SessionError};

/// What is asked of `watch`.
#[derive(Clone, Debug, Default)]
pub struct WatchOptions {
    pub build: BuildOptions,
    /// One round, and no waiting.
    pub once: bool,
    /// Each round says what would be built, and builds nothing.
    pub dry_run: bool,
    /// Stamps are compared even where there are events.
    pub poll: bool,
}

/// What wakes the loop.
#[derive(Clone, Debug)]
pub enum Message {
    Seen(Seen),
    Stop,
}

/// What ended it.
#[derive(Debug)]
pub enum WatchEnd {
    Stopped,
    /// The one round of `once`.
    Done(Summary),
    /// What a session is opened with is another now: this profile, or its make.conf, or the tree itself.
    Reopen(Box<Profile>),
}

/// Profile and make.conf as they are on disk, or what is wrong with them.
pub type Configuration = Result<(Profile, MakeConf), String>;

impl Session {
    /// Goes on until it is told to stop, or until the session has to be opened anew. `read` reads the configuration.
    pub fn watch(
        &self,
        request: &Request,
        options: &WatchOptions,
        read: &dyn Fn() -> Configuration,
        (sender, messages): (&Sender<Message>, &Receiver<Message>),
        stop: &Stop,
        events: &dyn EventSink,
    ) -> Result<WatchEnd, SessionError> {
        let configuration = read();
        // Before anything is read, so that no change is missed.
        let _watch = if options.once { None } else { Some(self.look_out(options.poll, sender.clone())?) };
        if !options.dry_run {
            self.clean(events)?;
        }
        let planner =
            Planner::new(&self.profile, &self.make_conf, &self.platform, options.build.rules, &self.store, stop)?;
        planner.notices.iter().for_each(|text| events.send(Event::Note { text: text.clone() }));
        let watching = Watching {
            session: self,
            request,
            options,
            read,
            stop,
            events,
            attempts: &Attempts::default(),
            planner,
            configuration,
            tree: inode(&self.profile.portsdir),
            recorded: HashSet::new(),
            moving: BTreeSet::new(),
            told: Told::default(),
            again: false,
            reopen: None,
            trouble: None,
        };
        watching.run(messages)
    }

    fn look_out(&self, poll: bool, sender: Sender<Message>) -> Result<Watch, SessionError> {
        let profile = &self.profile;
        // Where a link leads to as well: an editor writes there.
        let files = [profile.config_dir.join(INI_FILE), profile.make_conf_path()];
        let real = files.iter().filter_map(|file| file.canonicalize_utf8().ok());
        let directories: BTreeSet<Utf8PathBuf> =
            files.iter().cloned().chain(real).filter_map(|file| Some(file.parent()?.to_owned())).collect();
        let others = [&profile.packages, &profile.repository, &profile.distfiles, &profile.buildbase, &profile.logs];
        let scope = Scope {
            trees: vec![profile.portsdir.clone(), profile.options.clone()],
            directories: directories.into_iter().collect(),
            except: others.into_iter().chain(&profile.ccache).cloned().collect(),
        };
        watch(scope, poll, move |seen| sender.send(Message::Seen(seen)).is_ok()).map_err(SessionError::Watch)
    }
}

/// The loop's state.
struct Watching<'s> {
    session: &'s Session,
    request: &'s Request,
    options: &'s WatchOptions,
    read: &'s dyn Fn() -> Configuration,
    stop: &'s Stop,
    events: &'s dyn EventSink,
    attempts: &'s Attempts,
    planner: Planner,
    /// As it was read last, in force or not.
    configuration: Configuration,
    /// Jails show the directory that was there when they were made, whatever has its name now.
    tree: Option<u64>,
    /// What the planner knows the records of, but for those that builds may change under way.
    recorded: HashSet<OriginSpec>,
    moving: BTreeSet<OriginSpec>,
    told: Told,
    /// A plan was replaced while builds ran: what they left is to be looked at.
    again: bool,
    reopen: Option<Box<Profile>>,
    trouble: Option<SessionError>,
}

/// What a message comes to.
enum Heard {
    Nothing,
    /// To be built; may be nothing.
    Plan(Arc<Plan>),
    End,
}

impl<'s> Watching<'s> {
    fn run(mut self, messages: &Receiver<Message>) -> Result<WatchEnd, SessionError> {
        let mut plan = self.round(&BTreeSet::new()).or_else(|error| self.forgive_stop(error))?;
        loop {
            let mut summary = Summary::default();
            if !self.options.dry_run && (self.options.once || !plan.jobs.is_empty()) && self.stop.reason().is_none() {
                summary = self.build(plan, messages)?;
            }
            if let Some(error) = self.trouble.take() {
                return Err(error);
            }
            if self.stop.reason().is_some() {
                return Ok(WatchEnd::Stopped);
            }
            if self.options.once {
                return Ok(WatchEnd::Done(summary));
            }
            if let Some(profile) = self.reopen.take() {
                return Ok(WatchEnd::Reopen(profile));
            }
            plan = match std::mem::take(&mut self.again) {
                true => self.round(&BTreeSet::new()),
                false => self.wait(messages),
            }
            .or_else(|error| self.forgive_stop(error))?;
        }
    }

    /// Until there is something to build, or an end to come to.
    fn wait(&mut self, messages: &Receiver<Message>) -> Result<Arc<Plan>, SessionError> {
        self.note("waiting for changes".into());
        loop {
            match self.hear(messages.recv().unwrap_or(Message::Stop))? {
                Heard::Nothing => {}
                Heard::Plan(plan) if plan.jobs.is_empty() => self.note("waiting for changes".into()),
                Heard::Plan(plan) => return Ok(plan),
                Heard::End => return Ok(Arc::default()),
            }
        }
    }

    fn hear(&mut self, message: Message) -> Result<Heard, SessionError> {
        let changes = match message {
            Message::Stop => return Ok(Heard::End),
            Message::Seen(Seen::Told(text)) => {
                self.note(text);
                return Ok(Heard::Nothing);
            }
            Message::Seen(Seen::Changed(changes)) => changes,
        };
        if self.is_to_reopen() {
            return Ok(Heard::End);
        }
        let Some(changed) = self.planner.take_over(&changes) else { return Ok(Heard::Nothing) };
        match self.round(&changed) {
            // With --strict a tree may be refused; the next one may be better.
            Err(SessionError::Plan(error)) if error != PlanError::Interrupted => {
                self.note(error.to_string());
                Ok(Heard::Nothing)
            }
            planned => planned.map(Heard::Plan),
        }
    }

    /// Reads the configuration again. A broken one is told, and the one before it stays in force.
    fn is_to_reopen(&mut self) -> bool {
        let (now, session) = ((self.read)(), self.session);
        if now != self.configuration {
            match &now {
                Err(error) => self.note(format!("{error}; what was read before stays in force")),
                Ok((profile, make_conf)) if (profile, make_conf) != (&session.profile, &session.make_conf) => {
                    self.note("the configuration changed".into());
                    self.reopen = Some(Box::new(profile.clone()));
                }
                Ok(_) => {}
            }
            self.configuration = now;
        }
        let tree = inode(&session.profile.portsdir);
        if self.reopen.is_none() && tree.is_some() && tree != self.tree {
            self.reopen = Some(Box::new(session.profile.clone()));
        }
        self.reopen.is_some()
    }

    /// Plans, tells, and answers with what is to be built, and what that needs.
    fn round(&mut self, changed: &BTreeSet<Utf8PathBuf>) -> Result<Arc<Plan>, SessionError> {
        let events = self.events;
        let progress = |done, total| events.send(Event::Scanned { done, total });
        let silent = |_, _| {};
        let first = self.told.is_empty();
        let progress: &(dyn Fn(usize, usize) + Sync) = if first { &progress } else { &silent };
        let plan = Arc::new(self.planner.plan(self.request, self.options.build.strict, progress, self.stop)?);
        let mut unknown: Vec<JobId> = plan.open().filter(|id| self.is_unknown(&plan.job(*id).spec)).collect();
        let session = self.session;
        let fresh = session.fresh_of(&plan, &unknown, &self.options.build, events)?;
        for id in &unknown {
            let job = plan.job(*id);
            self.planner.record(&job.spec, fresh.recorded(job));
            self.recorded.insert(job.spec.clone());
        }
        session.tell_troubles(events);
        let verdicts = self.planner.verdicts(&plan);
        unknown.retain(|id| verdicts.get(id) == Some(&Verdict::Fresh));
        self.adopt(&fresh, &unknown)?;
        let failed = |id: JobId| self.attempts.failed_as_is(plan.job(id), || fresh.depend_traces(plan.job(id)));
        let outlook = Outlook::new(&plan, verdicts, failed);
        self.told.tell(&outlook, &self.names(changed), events);
        if self.options.dry_run || (outlook.dirty.is_empty() && !self.options.once) {
            self.told.tell_all(&outlook, self.options.dry_run, events);
        }
        let to_build = outlook.to_build(&self.told, self.options.once);
        self.told.remember(&outlook);
        Ok(Arc::new(to_build))
    }

    /// Whether the planner has no record of a port, or one that a build may have changed.
    fn is_unknown(&self, spec: &OriginSpec) -> bool {
        !self.recorded.contains(spec) || self.moving.contains(spec)
    }

    /// Packages that were found up to date without a trace get theirs now: most of them are in no plan that is carried
    /// out, and what becomes of their ports from here on is to be seen. A dry run keeps this to itself.
    fn adopt(&mut self, fresh: &Fresh<'_>, jobs: &[JobId]) -> Result<(), SessionError> {
        let jobs = jobs.iter().map(|id| fresh.plan.job(*id));
        let untraced = jobs.filter(|job| matches!(self.session.store.trace(&job.spec), Ok(None)));
        let adopted: Vec<(&Job, Trace)> = untraced.filter_map(|job| Some((job, fresh.adopted(job)?))).collect();
        if !self.options.dry_run {
            let recipe = |job: &Job| self.planner.recipe(&job.spec);
            let recipes: Vec<Arc<Recipe>> = adopted.iter().map(|(job, _)| recipe(job)).collect();
            let traces = adopted.iter().zip(&recipes);
            self.session.store.put_traces(traces.map(|((job, trace), recipe)| (&job.spec, trace, &**recipe)))?;
        }
        for (job, trace) in adopted {
            self.planner.record(&job.spec, Recorded { trace: Some(trace), ..fresh.recorded(job) });
        }
        Ok(())
    }

    fn build(&mut self, plan: Arc<Plan>, messages: &Receiver<Message>) -> Result<Summary, SessionError> {
        let (session, options, stop, events) = (self.session, &self.options.build, self.stop, self.events);
        let report = session.recorded_run(options, stop, |id| {
            let run = session.start(id, &plan, options, stop)?;
            let mut runners = Vec::new();
            let first = self.start(&run, plan, &mut runners)?;
            let mut next = |message| self.next(message, &run, &mut runners);
            let report =
                schedule::run_with(first, messages, &mut next, &session.run_options(id, options), stop, events)?;
            let kept = runners.iter().try_for_each(|runner| runner.worker.keep_adopted());
            run.halt.result()?;
            kept?;
            Ok(report)
        })?;
        for spec in std::mem::take(&mut self.moving) {
            self.recorded.remove(&spec);
        }
        Ok(report.summary)
    }

    /// What a message means to builds that run.
    fn next(&mut self, message: Message, run: &Run, runners: &mut Vec<Arc<Remembering<'s>>>) -> Next<'s> {
        let plan = match self.hear(message) {
            Ok(Heard::Nothing) => return Next::Same,
            Ok(Heard::Plan(plan)) => plan,
            Ok(Heard::End) => return Next::Enough,
            Err(error) => {
                self.trouble = Some(error);
                return Next::Enough;
            }
        };
        self.again = true;
        // All jails have the package manager in them: none may be open when another is put there.
        if manager(&plan).is_some() && manager(&plan) != run.manager {
            return Next::Enough;
        }
        match self.start(run, plan, runners) {
            Ok(round) => Next::Other(round),
            Err(error) => {
                self.trouble = Some(error);
                Next::Enough
            }
        }
    }

    fn start(
        &mut self,
        run: &Run,
        plan: Arc<Plan>,
        runners: &mut Vec<Arc<Remembering<'s>>>,
    ) -> Result<Round<'s>, SessionError> {
        self.moving.extend(plan.jobs.iter().map(|job| job.spec.clone()));
        let (session, options) = (self.session, &self.options.build);
        let recipes = self.planner.recipes(&plan);
        let fresh = Fresh { recipes, ..session.fresh(&plan, options, self.events)? };
        let worker = session.worker(run, fresh, options, self.stop, self.events)?;
        let runner = Arc::new(Remembering { worker, attempts: self.attempts });
        runners.push(runner.clone());
        Ok(Round { plan, runner })
    }

    /// Paths as people know them: below the tree.
    fn names(&self, paths: &BTreeSet<Utf8PathBuf>) -> Vec<String> {
        let tree = &self.session.profile.portsdir;
        paths.iter().map(|path| path.strip_prefix(tree).unwrap_or(path).to_string()).collect()
    }

    /// A stop in the middle of planning is an end like any other.
    fn forgive_stop(&self, error: SessionError) -> Result<Arc<Plan>, SessionError> {
        if self.stop.requested() { Ok(Arc::default()) } else { Err(error) }
    }

    fn note(&self, text: String) {
        self.events.send(Event::Note { text });
    }
}

fn inode(directory: &Utf8Path) -> Option<u64> {
    fs::metadata(directory).ok().map(|meta| meta.ino())
}
