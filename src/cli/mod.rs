//! The command line.

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line and answers with the exit status.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    if args.get(1).is_some_and(|arg| arg == crate::jail::WORKER) {
        return crate::jail::worker_main(&args);
    }
    ExitCode::FAILURE
}
