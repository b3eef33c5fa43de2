//! The command line: reads it, runs one directive, answers with the exit status.
//!
//! 0: all that was asked for is built or up to date. 1: usage, configuration, lock, environment. 2: the run
//! finished and some port failed, was skipped or is missing. 130 and 143: interrupted.

pub mod args;
mod build;
mod error;
pub mod init;
mod reset_db;
mod signals;
mod status;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::config::Profile;
use crate::model::Stop;
use crate::session::Session;

use args::{Directive, Invocation};
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
    start_tracing(invocation.options.debug);
    directive(&invocation).unwrap_or_else(|error| {
        terminal::error(&error.to_string());
        error.exit_code()
    })
}

fn directive(invocation: &Invocation) -> Result<ExitCode, CliError> {
    match invocation.directive {
        Directive::Help => terminal::error(&args::usage()),
        Directive::Version => terminal::line(&args::version()),
        Directive::Init => init(invocation)?,
        Directive::Status | Directive::StatusEverything => return status::run(invocation),
        Directive::Build
        | Directive::JustBuild
        | Directive::Force
        | Directive::Test
        | Directive::Everything
        | Directive::FetchOnly => {
            return if invocation.options.dry_run { status::run(invocation) } else { build::run(invocation) };
        }
        Directive::Cleanup => open(invocation)?.clean(&terminal::front(invocation, None))?,
        Directive::RebuildRepository => {
            let session = open(invocation)?;
            build::rebuild_repository(&session, &Stop::default(), &terminal::front(invocation, None))?;
        }
        Directive::ResetDb => return reset_db::run(invocation),
        Directive::Install
        | Directive::Debug
        | Directive::Add
        | Directive::Monitor
        | Directive::Configure
        | Directive::ListSystem
        | Directive::PrepareSystem
        | Directive::UpgradeSystem
        | Directive::PurgeDistfiles => return Err(CliError::NotYet(invocation.directive.name())),
    }
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
    let mut profile = profile(invocation)?;
    profile.check_plist |= invocation.options.check_plist;
    Ok(Session::open(profile, invocation.directive.name())?)
}

fn profile(invocation: &Invocation) -> Result<Profile, CliError> {
    let environment = std::env::var("DSYNTH_PROFILE").ok();
    let options = &invocation.options;
    Ok(Profile::load(options.config_dir.as_deref(), options.profile.as_deref(), environment.as_deref())?)
}

/// `-d` shows what dsynth does behind the lines; `DSYNTH_LOG` selects in the way of `tracing`.
fn start_tracing(debug: u8) {
    let level = if debug > 0 { "dsynth=debug" } else { "dsynth=error" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("DSYNTH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
