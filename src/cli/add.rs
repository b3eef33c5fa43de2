//! `add`: ports for the run that is under way.

use std::process::ExitCode;

use crate::session::{SessionError, queue, targets};

use super::args::Invocation;
use super::error::CliError;
use super::{profile, terminal};

/// Refuses what cannot be read now, and not when the run comes to it. A list is named by its whole path: who reads it is elsewhere.
pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let profile = profile(invocation)?;
    let (_, notices) = targets::read(&invocation.args, &profile.portsdir).map_err(SessionError::from)?;
    notices.iter().for_each(|notice| terminal::error(&notice.text));
    let words: Vec<String> = invocation.args.iter().map(|word| whole_path(word)).collect();
    queue::add(&profile.buildbase, &words)?;
    words.iter().for_each(|word| terminal::line(&format!("added to run: {word}")));
    Ok(ExitCode::SUCCESS)
}

fn whole_path(word: &str) -> String {
    let path = camino::Utf8Path::new(word);
    let whole = path.is_file().then(|| path.canonicalize_utf8().ok()).flatten();
    whole.map_or(word.to_owned(), Into::into)
}
