//! What a phase's output says of its failure: the lines to read first, and a class that is closer than the phase's.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use crate::model::{Failure, FailureClass, Fault};

/// How many lines are kept, how many where none looks like the error, and how many characters of each.
const LINES: usize = 5;
const LAST: usize = 3;
const LENGTH: usize = 300;

/// How much of a phase's output is looked at; what fails prints its error at the end of most logs.
pub(super) const LOOKED_AT: u64 = 64 << 20;

/// Words that hardly anything but an error has.
const SURE: &[&str] = &[
    "error: ",
    "Error: ",
    "ERROR: ",
    "error[E",
    "CMake Error",
    "undefined reference to",
    "undefined symbol",
    "cannot find -l",
    "unable to find library",
    "Couldn't fetch",
    "hecksum mismatch",
    "No checksum recorded",
    "No suitable checksum",
    "saving rejects",
    "Unable to access file",
    "Shared object \"",
    "error while loading shared libraries",
    "don't know how to make",
    "No rule to make target",
    "is not installed",
    "missing package",
    "panic: ",
    "panicked at",
];

/// Words that come with errors, and without.
const LIKELY: &[&str] = &[
    "No such file or directory",
    "not found",
    "Not found",
    "Permission denied",
    "Operation not permitted",
    "Read-only file system",
    "No space left on device",
    "Cannot allocate memory",
    "Segmentation fault",
    "core dumped",
    "Killed",
    "FAILED",
    "Failed",
    "failed",
    "annot ",
    "Bad ",
];

/// What `make` says of what it ran; the error itself is before.
const CONSEQUENCES: &[&str] = &["*** ", "Error code ", "Stop."];

/// Words that say more than the phase does.
const CLASSES: &[(FailureClass, &[&str])] = &[
    (FailureClass::MissingDependency, &["Shared object \"", "error while loading shared libraries", "missing package"]),
    (FailureClass::Checksum, &["hecksum mismatch", "No checksum recorded", "No suitable checksum"]),
    (FailureClass::Fetch, &["Couldn't fetch"]),
    (FailureClass::Plist, &["Unable to access file", "Error: Missing:", "Error: Orphaned:"]),
    (
        FailureClass::Link,
        &["undefined reference to", "undefined symbol", "cannot find -l", "unable to find library", "ld: error: "],
    ),
];

/// `output` is all that the phase printed.
pub(super) fn diagnose(mut fault: Fault, output: io::Result<impl BufRead>) -> Fault {
    let Fault { why, diagnosis, .. } = &mut fault;
    // Whatever floods its log says the same all over, and a log that cannot be read is told by who writes it.
    if let (false, Ok(output)) = (matches!(why, Failure::TooMuchOutput { .. }), output) {
        diagnosis.lines = telling_lines(output);
    }
    if matches!(why, Failure::Exit(_)) {
        let first = diagnosis.lines.first().map_or("", String::as_str);
        let closer = CLASSES.iter().find(|(_, words)| says(first, words));
        diagnosis.class = closer.map_or(diagnosis.class, |(class, _)| *class);
    }
    fault
}

/// The first lines that are sure to be it, else those that are likely to be; else the last ones before `make` gave up.
fn telling_lines(mut output: impl BufRead) -> Vec<String> {
    let (mut sure, mut likely, mut last, mut line) = (Vec::new(), Vec::new(), VecDeque::new(), Vec::new());
    let mut given_up = false;
    while sure.len() < LINES && read_line(&mut output, &mut line).is_ok_and(|more| more) {
        let text = printable(&line);
        given_up |= says(&text, CONSEQUENCES);
        if text.is_empty() {
            continue;
        }
        if !given_up {
            last.push_back(text.clone());
            last.drain(..last.len().saturating_sub(LAST));
        }
        if says(&text, SURE) {
            sure.push(text);
        } else if says(&text, LIKELY) && likely.len() < LINES {
            likely.push(text);
        }
    }
    [sure, likely].into_iter().find(|lines| !lines.is_empty()).unwrap_or_else(|| last.into())
}

/// One line without its end; what is beyond any sensible length is passed over.
fn read_line(output: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let read = output.take(4 * LENGTH as u64).read_until(b'\n', line)?;
    if read > 0 && line.last() != Some(&b'\n') {
        output.skip_until(b'\n')?;
    }
    Ok(read > 0)
}

/// Text without escape sequences, shortened.
fn printable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut shown = String::new();
    let mut chars = text.trim().chars();
    while let Some(char) = chars.next() {
        match char {
            // A colour or a movement ends with its first letter.
            '\u{1b}' => drop(chars.find(char::is_ascii_alphabetic)),
            '\t' => shown.push(' '),
            char if char.is_control() => {}
            char => shown.push(char),
        }
    }
    if let Some((end, _)) = shown.char_indices().nth(LENGTH) {
        shown.truncate(end);
        shown.push_str("...");
    }
    shown
}

fn says(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Diagnosis, Phase};

    fn of(phase: Phase, output: &str) -> String {
        let Diagnosis { class, lines, .. } =
            diagnose(Fault::new(phase, Failure::Exit(1)), Ok(output.as_bytes())).diagnosis;
        format!("{}: {}", class.name(), lines.join(" | "))
    }

    #[test]
    fn the_first_lines_that_say_it_are_told() {
        let compile = "cc -Werror=x -c a.c\na.c:3:10: fatal error: 'b.h' file not found\n#include <b.h>\n1 error generated.\n\
                       *** Error code 1\n\nStop.\nmake: stopped in /xports/c/a\n";
        assert_eq!(of(Phase::Build, compile), "compile: a.c:3:10: fatal error: 'b.h' file not found");
        let link = "cc -o a a.o\n/usr/bin/ld: a.o: undefined reference to `f'\ncc: error: linker command failed\n";
        assert_eq!(
            of(Phase::Build, link),
            "link: /usr/bin/ld: a.o: undefined reference to `f' | cc: error: linker command failed"
        );
        let configure = "checking for x... no\nchecking for an error code... failed\nconfigure: error: x is needed\n";
        assert_eq!(of(Phase::Configure, configure), "configure: configure: error: x is needed");
        assert_eq!(of(Phase::Build, "sh: foo: not found\n*** Error code 127\n"), "compile: sh: foo: not found");
        assert_eq!(of(Phase::Build, "1\n2\n3\n4\n*** Error code 1\nStop.\n"), "compile: 2 | 3 | 4", "what was before");
        assert_eq!(of(Phase::Stage, "one\n\ntwo\n"), "stage: one | two", "the end, where nothing looks like an error");
        assert_eq!(of(Phase::Stage, ""), "stage: ");
    }

    #[test]
    fn the_words_may_say_more_than_the_phase() {
        let table = [
            (Phase::Fetch, "=> SHA256 Checksum mismatch for a-1.tar.gz.", "checksum"),
            (Phase::Fetch, "fetch: no host", "fetch"),
            (Phase::Checksum, "=> Couldn't fetch it - please try to retrieve this", "fetch"),
            (Phase::Checksum, "=> No checksum recorded for a-1.tar.gz.", "checksum"),
            (Phase::Patch, "1 out of 1 hunks failed--saving rejects to a.c.rej", "patch"),
            (Phase::CheckPlist, "Error: Orphaned: bin/a", "plist"),
            (Phase::Package, "pkg-static: Unable to access file /x/bin/a: No such file or directory", "plist"),
            (Phase::Package, "pkg-static: something else", "package"),
            (
                Phase::Build,
                "ld-elf.so.1: Shared object \"libx.so.3\" not found, required by \"y\"",
                "missing dependency",
            ),
            (Phase::LibDepends, "===>   a-1 depends on shared library: libx.so - not found", "missing dependency"),
            (Phase::InstallPkgs, "pkg-static: x", "missing dependency"),
            (Phase::CheckSanity, "needs root", "sanity"),
            (Phase::Deinstall, "x", "install"),
        ];
        for (phase, line, class) in table {
            assert_eq!(of(phase, line), format!("{class}: {line}"));
        }
    }

    #[test]
    fn how_it_ended_comes_before_what_it_said() {
        let output = || Ok("a.c: error: x\n=> Couldn't fetch it\n".as_bytes());
        let class = |why: Failure| diagnose(Fault::new(Phase::Build, why), output()).diagnosis.class.name();
        assert_eq!(class(Failure::Signal(9)), "killed");
        assert_eq!(class(Failure::Silent { minutes: 1 }), "no output");
        assert_eq!(class(Failure::TimedOut { minutes: 1 }), "timeout");
        assert_eq!(class(Failure::NoSpace(String::new())), "out of space");
        assert_eq!(class(Failure::OutOfMemory(String::new())), "out of memory");
        let flood = diagnose(Fault::new(Phase::Build, Failure::TooMuchOutput { limit: 1 }), output()).diagnosis;
        assert_eq!((flood.class.name(), flood.lines.len(), flood.exit), ("too much output", 0, None));
        let unreadable: io::Result<&[u8]> = Err(io::Error::other("gone"));
        let exit = diagnose(Fault::new(Phase::Build, Failure::Exit(2)), unreadable).diagnosis;
        assert_eq!((exit.class.name(), exit.lines.len(), exit.exit), ("compile", 0, Some(2)));
    }

    #[test]
    fn a_line_may_be_anything() {
        let long = format!("error: {}\nnext error: b\n", "x".repeat(5000));
        let told = of(Phase::Build, &long);
        let length = "compile: ".len() + LENGTH + "... | next error: b".len();
        assert!(told.len() == length && told.ends_with("xx... | next error: b"), "{told}");
        assert_eq!(of(Phase::Build, "\u{1b}[31merror: \u{1b}[0mred\u{7}\r\n"), "compile: error: red");
        let bytes: &[u8] = b"error: \xff\xfe\n";
        let lines = diagnose(Fault::new(Phase::Build, Failure::Exit(1)), Ok(bytes)).diagnosis.lines;
        assert_eq!(lines, ["error: \u{fffd}\u{fffd}"]);
        assert_eq!(of(Phase::Build, &"error: x\n".repeat(9)).matches("error").count(), LINES);
    }
}
