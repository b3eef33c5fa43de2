//! What each event looks like in the logs: the line formats of spec 7.2.
//!
//! Scripts read these lines, so their words and columns stay as they are.

use crate::model::{Event, Failure, Fault, OriginSpec, Phase, SlotId, clock};
use std::fmt::Display;

use super::{Color, LogKind, LogLine};

/// Columns of a line with its newline.
const COLUMNS: usize = 80;

/// The lines of one event. The summary is not among them: it needs to know the whole run.
pub fn lines(event: &Event) -> Vec<LogLine> {
    let line = |log, text: String| vec![LogLine::new(log, text)];
    match event {
        Event::Note { text } => text.lines().map(|text| LogLine::new(LogKind::Results, text)).collect(),
        Event::Complaint { spec, text } => {
            text.lines().map(|text| LogLine::new(LogKind::Results, format!("{spec}: {text}"))).collect()
        }
        Event::Fresh { spec } => vec![LogLine::new(LogKind::Results, format!("[XXX] {spec} Already-Built")).hidden()],
        Event::Dirty { spec, reasons } => reasons.iter().map(|reason| dirty(spec, reason)).collect(),
        Event::JobStarted { slot, spec, depends, dependents, depth, memory } => {
            line(LogKind::Results, started(*slot, spec, [*depends, *dependents, *depth], *memory))
        }
        Event::Built { slot, spec, took, .. } => {
            let text = aligned(format!("[{:03}] SUCCESS {spec} ", slot.0), clock(*took));
            vec![LogLine::new(LogKind::Success, text).colored(Color::Green)]
        }
        Event::Failed { slot, spec, fault: Fault { phase, why, .. }, skips, took, .. } => {
            let left = format!("[{:03}] FAILURE {spec}{} ", slot.0, count(*skips));
            let text = aligned(left, format!("{:>16.16} {}", phase.name(), clock(*took)));
            vec![reason(*slot, spec, *phase, why), LogLine::new(LogKind::Failure, text).colored(Color::Red)]
        }
        Event::Interrupted { slot, spec } => line(LogKind::Results, format!("[{:03}] STOPPED {spec}", slot.0)),
        Event::Ignored { spec, reason, skips, .. } => {
            line(LogKind::Ignored, format!("[XXX] {spec}{} ignored due to {reason}", count(*skips)))
        }
        Event::Skipped { spec, chain, .. } => line(LogKind::Skipped, format!("[XXX] {spec} skipped due to {chain}")),
        Event::Broken { spec, reason } => line(LogKind::Abnormal, format!("[XXX] {spec} lost in the ether: {reason}")),
        Event::Adjusted { load, swap, memory, limits, from, to } => {
            vec![adjusted(*load, *swap, *memory, *limits, [*from, *to])]
        }
        Event::Obsolete { path } => line(LogKind::Obsolete, format!("Deleting obsolete package {path}")),
        Event::Scanned { .. }
        | Event::RunStarted { .. }
        | Event::Replanned { .. }
        | Event::PhaseStarted { .. }
        | Event::PhaseEnded { .. }
        | Event::Output { .. }
        | Event::Memory { .. }
        | Event::Host(_)
        | Event::RunEnded { .. } => Vec::new(),
    }
}

fn started(slot: SlotId, spec: &OriginSpec, [depends, dependents, depth]: [usize; 3], memory: u64) -> String {
    let gib = gib(memory);
    let right = format!("idep={depends:02} depi={dependents:02}/{depth:02} dep={gib:<4.2}G");
    aligned(format!("[{:03}] START   {spec} ", slot.0), right)
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

/// For the log alone: it comes every few seconds on a machine that is busy now and then.
fn adjusted(
    load: f64,
    swap: f64,
    memory: u64,
    [by_load, by_swap, by_memory]: [usize; 3],
    [from, to]: [usize; 2],
) -> LogLine {
    let memory = gib(memory);
    let text = format!(
        "[XXX] Load={load:<6.2}({by_load:2}) Swap={swap:<3.2}%({by_swap:2}) Mem={memory:3.2}G({by_memory:2}) \
         Adjust Workers {from}->{to}"
    );
    LogLine::new(LogKind::Results, text).hidden()
}

fn dirty(spec: &OriginSpec, reason: &str) -> LogLine {
    LogLine::new(LogKind::Results, format!("[XXX] {spec} to be built: {reason}")).hidden()
}

/// What happened, before the line that says that it failed. An exit code says little; the rest is shown.
fn reason(slot: SlotId, spec: &OriginSpec, phase: Phase, why: &Failure) -> LogLine {
    let slot = slot.0;
    let phase = phase.name();
    match why {
        Failure::Exit(_) => {
            LogLine::new(LogKind::Results, format!("[{slot:03}] {spec} Build phase '{phase}' failed {why}")).hidden()
        }
        Failure::Silent { minutes } => LogLine::new(
            LogKind::Results,
            format!("[{slot:03}] {spec} WATCHDOG TIMEOUT in {phase} after {minutes} minutes ({minutes} min scaled)"),
        ),
        _ => LogLine::new(LogKind::Results, format!("[{slot:03}] {spec} Build phase '{phase}' failed - {why}")),
    }
}

/// How many dependents are lost with a port.
fn count(skips: usize) -> String {
    if skips == 0 { String::new() } else { format!(" {skips}") }
}

/// The right part ends in the last column, if there is room for both.
fn aligned(left: String, right: impl Display) -> String {
    let right = right.to_string();
    let room = (COLUMNS - 1).saturating_sub(left.chars().count());
    format!("{left}{right:>room$}")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::model::samples::{failed, ignored, spec};
    use crate::ui::samples;

    /// `log`, `.` if it is for the logs alone, colour, text and, at its end, `|`.
    fn shown(events: &[Event]) -> String {
        let show = |line: LogLine| {
            let color = line.color.map_or(String::new(), |color| format!("{color:?}"));
            let hidden = if line.show { ' ' } else { '.' };
            format!("{}{hidden} {color:5} {}|", &line.log.file_name()[..2], line.text)
        };
        events.iter().flat_map(lines).map(show).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lines_have_the_words_and_columns_of_dsynth() {
        assert_snapshot!(shown(&samples::run()), @"
        00        pkg is taken from the repository|
        00        c/odd: malformed `x:`|
        03        [XXX] c/no 2 ignored due to is marked as broken|
        05        [XXX] c/gone lost in the ether: not in the tree|
        00.       [XXX] c/fresh Already-Built|
        00.       [XXX] lang/python@py39 to be built: distinfo differs|
        00.       [XXX] lang/python@py39 to be built: forced|
        00        [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G|
        00        [001] START   multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor idep=112 depi=1234/03 dep=0.25G|
        01  Green [000] SUCCESS lang/python@py39                                         00:01:02|
        01  Green [001] SUCCESS multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor 100:00:00|
        00        [000] START   c/bad                                idep=00 depi=12/03 dep=0.25G|
        00.       [000] c/bad Build phase 'build' failed exit 1|
        02  Red   [000] FAILURE c/bad 12                                           build 00:12:05|
        04        [XXX] c/late skipped due to c/between->c/bad|
        00        [000] START   c/cut                                idep=00 depi=00/03 dep=0.25G|
        00        [000] STOPPED c/cut|
        ");
    }

    #[test]
    fn the_right_part_ends_in_column_79_if_there_is_room() {
        let length = |name: usize| aligned(format!("{} ", "x".repeat(name)), "12345678").len();
        assert_eq!([length(1), length(70), length(71)], [79, 79, 80]);
    }

    #[test]
    fn a_limit_that_changes_is_told_to_the_log_as_dsynth_tells_it() {
        let (load, swap, memory, limits) = (12.345, 5.0, 3 << 29, [3, 8, 6]);
        let adjusted = Event::Adjusted { load, swap, memory, limits, from: 4, to: 3 };
        let obsolete = Event::Obsolete { path: "/r/a-1.pkg".into() };
        assert_snapshot!(shown(&[adjusted, obsolete]), @"
        00.       [XXX] Load=12.35 ( 3) Swap=5.00%( 8) Mem=1.50G( 6) Adjust Workers 4->3|
        06        Deleting obsolete package /r/a-1.pkg|
        ");
    }

    #[test]
    fn every_failure_says_what_happened() {
        let why = [
            Failure::Exit(2),
            Failure::Signal(9),
            Failure::Silent { minutes: 60 },
            Failure::TimedOut { minutes: 2880 },
            Failure::TooMuchOutput { limit: 1 << 30 },
            Failure::NoSpace("work directory full: 64 GiB".into()),
            Failure::OutOfMemory("limit of 4 GiB".into()),
            Failure::NoPackage("no such file".into()),
            Failure::Repository("disk full".into()),
            Failure::Jail("crashed: boom".into()),
        ];
        let events: Vec<Event> = why.into_iter().map(|why| failed(1, "c/a", why, 0)).collect();
        assert_snapshot!(shown(&events), @"
        00.       [001] c/a Build phase 'build' failed exit 2|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - signal 9|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a WATCHDOG TIMEOUT in build after 60 minutes (60 min scaled)|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - not done after 2880 minutes|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - more than 1 GiB of output|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - work directory full: 64 GiB|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - out of memory: limit of 4 GiB|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - no package: no such file|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - repository: disk full|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        00        [001] c/a Build phase 'build' failed - jail: crashed: boom|
        02  Red   [001] FAILURE c/a                                                build 00:12:05|
        ");
    }

    #[test]
    fn text_of_ports_stays_on_its_line_and_off_the_cursor() {
        let text = "make: \"Makefile\" line 3: bad\t\u{1b}[2Jword\r\nand more ## of it\n".to_owned();
        let no = ignored("c/a", "it's\nbroken", 0);
        assert_snapshot!(shown(&[Event::Complaint { spec: spec("c/a"), text }, no]), @r#"
        00        c/a: make: "Makefile" line 3: bad ?[2Jword|
        00        c/a: and more ## of it|
        03        [XXX] c/a ignored due to it's?broken|
        "#);
    }
}
