//! What went wrong in the helper, in a form that can be sent.

use std::io;

use serde::{Deserialize, Serialize};

use super::super::JailError;
use super::super::platform::Hint;

#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct Trouble {
    step: String,
    reason: String,
    hint: String,
}

impl Trouble {
    pub(in super::super) fn new(step: impl Into<String>, error: &io::Error, hint: Hint) -> Trouble {
        Trouble { step: step.into(), reason: reason(error), hint: hint.text(error) }
    }
}

impl From<Trouble> for JailError {
    fn from(trouble: Trouble) -> JailError {
        JailError::Helper { step: trouble.step, reason: trouble.reason, hint: trouble.hint }
    }
}

impl From<JailError> for Trouble {
    fn from(error: JailError) -> Trouble {
        match error {
            JailError::Path { action, path, source } => Trouble::new(format!("{action} `{path}`"), &source, Hint::None),
            other => Trouble { step: "in the helper".to_owned(), reason: other.to_string(), hint: String::new() },
        }
    }
}

/// Adds the step to an error.
pub(in super::super) trait Step<T> {
    fn step(self, step: impl Into<String>) -> Result<T, Trouble>;
    fn step_with(self, step: impl Into<String>, hint: Hint) -> Result<T, Trouble>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T, Trouble> {
        self.step_with(step, Hint::None)
    }

    fn step_with(self, step: impl Into<String>, hint: Hint) -> Result<T, Trouble> {
        self.map_err(|error| Trouble::new(step, &error.into(), hint))
    }
}

/// `Permission denied`, without the number.
fn reason(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(errno) => nix::errno::Errno::from_raw(errno).desc().to_owned(),
        None => error.to_string(),
    }
}
