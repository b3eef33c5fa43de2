//! `logs`: what a port's last build printed.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::OriginSpec;

use super::args::Invocation;
use super::error::CliError;
use super::{profile, terminal};

/// The log itself on standard output, its path on standard error. A port of many flavors has many logs: they are named.
pub(super) fn run(invocation: &Invocation) -> Result<ExitCode, CliError> {
    let logs = profile(invocation)?.logs;
    let [word] = invocation.args.as_slice() else {
        return Err(CliError::Usage("name one port, as category/name[@flavor]".into()));
    };
    let spec = OriginSpec::parse(word).map_err(|error| CliError::Usage(error.to_string()))?;
    match found(&logs, &spec).as_slice() {
        [] => Err(CliError::Usage(format!("{spec} has no log in `{logs}`; it was not built"))),
        [path] => print(path),
        many => {
            many.iter().for_each(|path| terminal::line(path.as_str()));
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn found(logs: &Utf8Path, spec: &OriginSpec) -> Vec<Utf8PathBuf> {
    let exact = logs.join(spec.log_name());
    if exact.is_file() {
        return vec![exact];
    }
    if spec.flavor.is_some() {
        return Vec::new();
    }
    let begin = format!("{}@", spec.log_name().trim_end_matches(".log"));
    let entries = logs.read_dir_utf8().into_iter().flatten().flatten();
    let mut flavors: Vec<Utf8PathBuf> =
        entries.filter(|entry| entry.file_name().starts_with(&begin)).map(|entry| entry.into_path()).collect();
    flavors.sort();
    flavors
}

/// Byte for byte: a log may hold anything. Who stops reading is not told.
fn print(path: &Utf8Path) -> Result<ExitCode, CliError> {
    let error = |error: io::Error| CliError::Usage(format!("cannot read the log `{path}`: {error}"));
    let mut log = fs::File::open(path).map_err(error)?;
    terminal::error(path.as_str());
    let _ = io::copy(&mut log, &mut io::stdout()).and_then(|_| io::stdout().flush());
    Ok(ExitCode::SUCCESS)
}
