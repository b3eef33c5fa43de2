//! Why a phase failed, from how it ended and what the jail knows.

use camino::Utf8Path;

use crate::jail::{Exit, JailCommand, Shortage};
use crate::model::{Failure, size_text};

/// What the C library calls a full file system, and a used up quota.
const FULL: &[&str] = &["No space left on device", "Disc quota exceeded", "Disk quota exceeded"];
/// How shells, makes and compilers report a child that was killed by signal 9.
const KILLED: &[&str] = &["Killed", "signal 9", "SIGKILL"];

/// `None` if it did not fail, or because dsynth was told to stop.
pub fn failure(exit: Exit, command: &JailCommand, shortages: &[Shortage], last_words: &str) -> Option<Failure> {
    let plain = match exit {
        Exit::Code(0) | Exit::Stopped | Exit::Unheard => return None,
        Exit::Silent => return Some(Failure::Silent { minutes: command.silence.as_secs() / 60 }),
        Exit::TimedOut => return Some(Failure::TimedOut { minutes: command.time.as_secs() / 60 }),
        Exit::Code(code) => Failure::Exit(code),
        Exit::Signal(signal) => Failure::Signal(signal),
    };
    let was_killed = exit == Exit::Signal(9) || says(last_words, KILLED);
    Some(memory(shortages, was_killed).or_else(|| space(shortages, says(last_words, FULL))).unwrap_or(plain))
}

/// The jail's own limit is proof; that the host killed somebody is so only if somebody here was killed.
fn memory(shortages: &[Shortage], was_killed: bool) -> Option<Failure> {
    shortages.iter().find_map(|shortage| match shortage {
        Shortage::Memory { limit } => Some(Failure::OutOfMemory(format!("limit of {}", size_text(*limit)))),
        Shortage::HostMemory if was_killed => Some(Failure::OutOfMemory("the host had no more".into())),
        _ => None,
    })
}

/// The fullest tmpfs, if one is full. One that is nearly so counts where the port itself said why it failed: it may have
/// removed what did not fit.
fn space(shortages: &[Shortage], says_so: bool) -> Option<Failure> {
    let free = |shortage: &Shortage| match shortage {
        Shortage::Space { place, used, limit } => Some((limit.saturating_sub(*used), place.clone(), *limit)),
        _ => None,
    };
    let fullest = shortages.iter().filter_map(free).min();
    match fullest {
        Some((free, place, limit)) if says_so || free == 0 => {
            Some(Failure::NoSpace(format!("{} full: {}", name(&place), size_text(limit))))
        }
        _ if says_so => Some(Failure::NoSpace("no space left on some device".into())),
        _ => None,
    }
}

fn name(place: &Utf8Path) -> String {
    match place.as_str() {
        "/construction" => "work directory".to_owned(),
        "/" => "root of the jail".to_owned(),
        other => format!("`{other}`"),
    }
}

fn says(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const GIB: u64 = 1 << 30;

    fn why(exit: Exit, shortages: &[Shortage], last_words: &str) -> String {
        let (silence, time) = (Duration::from_secs(600), Duration::from_secs(7200));
        let command = JailCommand { argv: Vec::new(), env: Vec::new(), network: false, silence, time };
        failure(exit, &command, shortages, last_words).map_or("no failure".into(), |why| why.to_string())
    }

    fn space(place: &str, used: u64, limit: u64) -> Shortage {
        Shortage::Space { place: place.into(), used, limit }
    }

    #[test]
    fn an_exit_alone_is_what_it_is() {
        assert_eq!(why(Exit::Code(0), &[], ""), "no failure");
        assert_eq!(why(Exit::Code(0), &[space("/", 16 * GIB, 16 * GIB)], FULL[0]), "no failure");
        assert_eq!(why(Exit::Code(1), &[], ""), "exit 1");
        assert_eq!(why(Exit::Signal(9), &[], "Killed"), "signal 9", "no evidence, no claim");
        assert_eq!(why(Exit::Silent, &[], ""), "no output for 10 minutes");
        assert_eq!(why(Exit::TimedOut, &[], ""), "not done after 120 minutes");
    }

    #[test]
    fn a_full_tmpfs_is_named() {
        let full = [space("/", 15 * GIB, 16 * GIB), space("/construction", 64 * GIB, 64 * GIB)];
        assert_eq!(why(Exit::Code(1), &full, ""), "work directory full: 64 GiB");
        let nearly = [space("/", 15 * GIB, 16 * GIB)];
        assert_eq!(why(Exit::Code(1), &nearly, ""), "exit 1");
        assert_eq!(why(Exit::Code(1), &nearly, "tar: No space left on device\n"), "root of the jail full: 16 GiB");
        let host = why(Exit::Code(1), &[], "fetch: No space left on device\n");
        assert_eq!(host, "no space left on some device");
        assert_eq!(why(Exit::Code(1), &[space("/dev", 64 << 20, 64 << 20)], ""), "`/dev` full: 64 MiB");
    }

    #[test]
    fn want_of_memory_needs_evidence() {
        let own = [Shortage::Memory { limit: 4 * GIB }];
        assert_eq!(why(Exit::Code(2), &own, ""), "out of memory: limit of 4 GiB");
        let host = [Shortage::HostMemory];
        assert_eq!(why(Exit::Signal(9), &host, ""), "out of memory: the host had no more");
        assert_eq!(
            why(Exit::Code(2), &host, "cc: fatal error: Killed signal terminated program cc1plus\n"),
            "out of memory: the host had no more"
        );
        assert_eq!(why(Exit::Code(2), &host, "syntax error\n"), "exit 2", "another port's processes were killed");
    }
}
