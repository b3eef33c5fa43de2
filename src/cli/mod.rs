//! The command line: reads it, runs one directive, answers with the exit status.
//!
//! 0: all that was asked for is built or up to date. 1: usage, configuration, lock, environment. 2: the run
//! finished and some port failed, was skipped or is missing, or `check` found something. 130 and 143: interrupted,
//! also where what ran was finished first.

mod add;
pub mod args;
mod build;
mod check;
mod configure;
mod debug;
mod error;
mod explain;
mod frozen;
mod graph;
mod history;
pub mod init;
mod list_system;
mod logs;
mod monitor;
mod purge;
mod report;
mod reset_db;
mod selftest;
mod serve;
mod signals;
mod status;
mod terminal;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::config::Profile;
use crate::model::Stop;
use crate::session::Session;

use args::{Directive, Invocation, Own, UsageError};
use error::CliError;

/// Runs the command line and answers with the exit status.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    if args.get(1).is_some_and(|arg| arg == crate::jail::WORKER) {
        return crate::jail::worker_main(&args);
    }
    let invocation = match args::parse(args) {
        Ok(invocation) => invocation,
        Err(error) => {
            terminal::error(&format!("{error}\n{}", args::HINT));
            return ExitCode::from(1);
        }
    };
    debug::start(invocation.options.debug);
    directive(&invocation).unwrap_or_else(|error| {
        terminal::error(&error.to_string());
        error.exit_code()
    })
}

fn directive(invocation: &Invocation) -> Result<ExitCode, CliError> {
    match &invocation.own {
        Own::Graph(options) => return graph::run(invocation, options),
        Own::Check(options) => return check::run(invocation, options),
        Own::Explain(options) => return explain::run(invocation, options),
        Own::Watch(options) => return watch::run(invocation, options),
        Own::History(options) => return history::run(invocation, options),
        Own::Serve(options) => return serve::run(invocation, options),
        Own::None => {}
    }
    match invocation.directive {
        Directive::Help => return help(invocation),
        Directive::Completions => return completions(invocation),
        Directive::ManPage => terminal::line(&args::man_page()),
        Directive::Version => terminal::line(&args::version()),
        Directive::Init => init(invocation)?,
        Directive::Status | Directive::StatusEverything => return status::run(invocation),
        Directive::Build
        | Directive::JustBuild
        | Directive::Force
        | Directive::Test
        | Directive::Everything
        | Directive::FetchOnly
        | Directive::Install
        | Directive::Debug
        | Directive::PrepareSystem
        | Directive::UpgradeSystem => {
            return if invocation.options.dry_run { status::run(invocation) } else { build::run(invocation) };
        }
        Directive::Cleanup => open(invocation)?.clean_all(&terminal::front(invocation))?,
        Directive::RebuildRepository => {
            let session = open(invocation)?;
            build::rebuild_repository(invocation, &session, &Stop::default(), &terminal::front(invocation))?;
        }
        Directive::Add => return add::run(invocation),
        Directive::Configure => return configure::run(invocation),
        Directive::ListSystem => return list_system::run(invocation),
        Directive::PurgeDistfiles => return purge::run(invocation),
        Directive::Logs => return logs::run(invocation),
        Directive::Monitor => return monitor::run(invocation),
        Directive::ResetDb => return reset_db::run(invocation),
        Directive::Selftest => return selftest::run(invocation),
        // Those with options of their own were dealt with above.
        Directive::Explain
        | Directive::Graph
        | Directive::Check
        | Directive::Watch
        | Directive::History
        | Directive::Serve => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn help(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let text = match invocation.args.first() {
        None => args::usage(),
        Some(name) => match Directive::parse(name) {
            Some(directive) => args::about(directive),
            None => return Err(UsageError::UnknownDirective(name.clone()).into()),
        },
    };
    terminal::error(&text);
    Ok(ExitCode::SUCCESS)
}

fn completions(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let shell = invocation.args.first().map_or("", String::as_str);
    terminal::line(&args::completions(shell)?);
    Ok(ExitCode::SUCCESS)
}

fn init(invocation: &Invocation) -> Result<(), CliError> {
    let profile = std::env::var("DSYNTH_PROFILE").ok();
    let options = init::InitOptions {
        config_dir: invocation.options.config_dir.as_deref(),
        profile: invocation.options.profile.as_deref(),
        environment: profile.as_deref(),
    };
    Ok(init::init(&options, &mut |step| terminal::line(&step.to_string()))?)
}

/// The selected profile's session; the lock is held as long as it lives.
fn open(invocation: &Invocation) -> Result<Session, CliError> {
    Ok(Session::open(profile(invocation)?, invocation.directive.name())?)
}

fn profile(invocation: &Invocation) -> Result<Profile, CliError> {
    let environment = std::env::var("DSYNTH_PROFILE").ok();
    let options = &invocation.options;
    let mut profile = Profile::load(options.config_dir.as_deref(), options.profile.as_deref(), environment.as_deref())?;
    profile.check_plist |= options.check_plist;
    profile.evaluator = options.evaluator.unwrap_or(profile.evaluator);
    Ok(profile)
}
