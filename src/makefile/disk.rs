//! A [`Host`] that is this machine, as it is.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::block::Makefile;
use super::host::{Command, Failure, Host, Output, Unreadable};

/// Reads files and runs commands; keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

/// No makefile is larger, in bytes.
const LARGEST: u64 = 32 << 20;
/// Bytes that a command may say, and how long that may take.
const LONGEST: u64 = 16 << 20;
const PATIENCE: Duration = Duration::from_secs(120);
/// Opening a fifo must not wait for its other end.
const NONBLOCK: i32 = nonblock();

const fn nonblock() -> i32 {
    if cfg!(target_os = "linux") { 0o4000 } else { 4 }
}

/// A path of bytes.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// The contents of a makefile; `Ok(None)` if there is none.
fn read_makefile(place: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
    let wrong = |error: std::io::Error| Unreadable(error.to_string());
    let file = match File::options().read(true).custom_flags(NONBLOCK).open(path(place)) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        // A link to itself leads nowhere.
        Err(error) if error.raw_os_error() == Some(nix::libc::ELOOP) => return Ok(None),
        Err(error) => return Err(wrong(error)),
    };
    let metadata = file.metadata().map_err(wrong)?;
    if metadata.is_dir() {
        return Err(Unreadable("it is a directory".into()));
    }
    // `/dev/null` is a makefile, a fifo is none.
    if !metadata.is_file() && place != b"/dev/null" {
        return Err(Unreadable("it is no regular file".into()));
    }
    if metadata.len() > LARGEST {
        return Err(Unreadable(format!("it has {} bytes, {LARGEST} are the most", metadata.len())));
    }
    let mut text = Vec::with_capacity(metadata.len() as usize);
    file.take(LARGEST).read_to_end(&mut text).map_err(wrong)?;
    Ok(Some(text))
}

impl Host for Disk {
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        Ok(read_makefile(path)?.map(|text| Arc::new(Makefile::parse(&text))))
    }

    fn exists(&self, place: &[u8], follow: bool) -> bool {
        let metadata = if follow { fs::metadata(path(place)) } else { fs::symlink_metadata(path(place)) };
        metadata.is_ok()
    }

    fn is_directory(&self, place: &[u8]) -> bool {
        path(place).is_dir()
    }

    fn real_path(&self, place: &[u8]) -> Option<Vec<u8>> {
        fs::canonicalize(path(place)).ok().map(|real| real.into_os_string().into_vec())
    }

    fn shell(&self, command: &Command<'_>) -> Output {
        let mut shell = std::process::Command::new("/bin/sh");
        shell.arg("-c").arg(OsStr::from_bytes(command.text)).current_dir(path(command.directory));
        let pairs = command.environment.iter();
        shell.env_clear().envs(pairs.map(|(name, value)| (OsStr::from_bytes(name), OsStr::from_bytes(value))));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).process_group(0);
        let not_run = |text: &str| Output { failure: Some(Failure::NotRun(text.into())), ..Output::default() };
        let mut child = match shell.spawn() {
            Ok(child) => child,
            Err(error) => return not_run(&error.to_string()),
        };
        let (sender, receiver) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            thread::spawn(move || {
                let mut text = Vec::new();
                let _ = stdout.take(LONGEST + 1).read_to_end(&mut text);
                let _ = sender.send(text);
            });
        }
        let text = receiver.recv_timeout(PATIENCE).ok().filter(|text| text.len() as u64 <= LONGEST);
        if text.is_none() {
            // The whole group: the shell may have started others.
            let _ = killpg(Pid::from_raw(child.id() as i32), Signal::SIGKILL);
        }
        let status = child.wait();
        let Some(text) = text else { return not_run("it says too much, or for too long") };
        let failure = match status {
            Err(error) => Some(Failure::NotRun(error.to_string())),
            Ok(status) if status.success() => None,
            Ok(status) if status.signal().is_some() => Some(Failure::Signal),
            Ok(_) => Some(Failure::Status),
        };
        Output { text, failure, ..Output::default() }
    }

    fn now(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
    }
}
