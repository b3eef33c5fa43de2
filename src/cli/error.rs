//! What ends a directive early, and with which exit status.

use std::fmt;
use std::process::ExitCode;

use crate::config::ProfileError;
use crate::model::{StopReason, with_causes};
use crate::queries::plan::PlanError;
use crate::session::SessionError;
use crate::session::queue::QueueError;
use crate::session::reset::ResetError;
use crate::system::pkg::HostPkgError;

use super::args::UsageError;
use super::init::InitError;

/// Printed with all its causes; the exit status is 1 but for interruptions.
#[derive(Debug)]
pub(super) enum CliError {
    Profile(ProfileError),
    Session(SessionError),
    Init(InitError),
    Reset(ResetError),
    Host(HostPkgError),
    Queue(QueueError),
    Usage(String),
    Interrupted(StopReason),
}

impl CliError {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            CliError::Interrupted(reason) => interrupted(*reason),
            _ => ExitCode::from(1),
        }
    }
}

/// 128 and the signal's number, as a shell reports it.
pub(super) fn interrupted(reason: StopReason) -> ExitCode {
    ExitCode::from(match reason {
        StopReason::Interrupt | StopReason::Finish => 130,
        StopReason::Terminate => 143,
        StopReason::Trouble => 1,
    })
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CliError::Usage(text) => write!(f, "dsynth: {text}"),
            CliError::Interrupted(_) => write!(f, "dsynth: interrupted"),
            CliError::Profile(error) => write!(f, "dsynth: {}", with_causes(error)),
            CliError::Session(error) => write!(f, "dsynth: {}", with_causes(error)),
            CliError::Init(error) => write!(f, "dsynth: {}", with_causes(error)),
            CliError::Host(error) => write!(f, "dsynth: {}", with_causes(error)),
            CliError::Queue(error) => write!(f, "dsynth: {}", with_causes(error)),
            CliError::Reset(error) => write!(f, "dsynth: {}", with_causes(error)),
        }
    }
}

impl From<ProfileError> for CliError {
    fn from(error: ProfileError) -> CliError {
        CliError::Profile(error)
    }
}

impl From<InitError> for CliError {
    fn from(error: InitError) -> CliError {
        CliError::Init(error)
    }
}

impl From<HostPkgError> for CliError {
    fn from(error: HostPkgError) -> CliError {
        CliError::Host(error)
    }
}

impl From<QueueError> for CliError {
    fn from(error: QueueError) -> CliError {
        CliError::Queue(error)
    }
}

impl From<UsageError> for CliError {
    fn from(error: UsageError) -> CliError {
        CliError::Usage(error.to_string())
    }
}

impl From<ResetError> for CliError {
    fn from(error: ResetError) -> CliError {
        CliError::Reset(error)
    }
}

impl From<SessionError> for CliError {
    fn from(error: SessionError) -> CliError {
        match error {
            SessionError::Plan(PlanError::Interrupted) => CliError::Interrupted(StopReason::Interrupt),
            error => CliError::Session(error),
        }
    }
}
