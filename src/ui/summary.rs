//! The last words of a run.

use std::time::Duration;

use crate::model::{Summary, clock};
use crate::view::{End, Finished, RunView};

use super::{LogKind, LogLine};

/// All labels end where this one ends.
const FIRST: &str = "Initial queue size";

/// What went wrong and where to read on, then the block of spec 7.2.
pub fn summary(view: &RunView) -> Vec<LogLine> {
    let mut text = vec![String::new()];
    text.extend(view.failures().filter_map(failure).flatten());
    text.extend(view.finished.iter().filter_map(missing));
    if text.len() > 1 {
        text.push(String::new());
    }
    text.extend(block(&view.counts, view.remaining()));
    text.extend([String::new(), format!("Logs are in {}", view.about.logs)]);
    text.into_iter().map(|text| LogLine::new(LogKind::Results, text)).collect()
}

fn block(summary: &Summary, not_started: usize) -> Vec<String> {
    let mut rows = vec![
        (FIRST, summary.queued),
        ("packages built", summary.built),
        ("ignored", summary.ignored),
        ("skipped", summary.skipped),
        ("failed", summary.failed),
        ("missing", summary.missing),
        ("meta-nodes", summary.meta),
    ];
    // dsynth has no words for these, and without them the numbers would not add up.
    let cut = [("interrupted", summary.interrupted), ("not started", not_started)];
    rows.extend(cut.into_iter().filter(|(_, count)| *count > 0));
    let width = FIRST.len();
    let mut text: Vec<String> = rows.iter().map(|(label, count)| format!("{label:>width$}: {count}")).collect();
    text.extend([String::new(), format!("Duration: {}", clock(summary.took))]);
    text.extend(makespan(summary));
    text
}

/// How far the run was from the least it could have taken; of a short run that says nothing.
fn makespan(summary: &Summary) -> Option<String> {
    let Summary { took, bound, .. } = summary;
    let times = took.as_secs_f64() / bound.as_secs_f64();
    let worth = *took >= Duration::from_secs(60) && times.is_finite();
    worth.then(|| format!("{times:.2} times the least for these builds, {}", clock(*bound)))
}

/// With the first line that says why.
fn failure(finished: &Finished) -> Option<impl Iterator<Item = String>> {
    let End::Failed { fault, log, .. } = &finished.end else { return None };
    let told = format!("{} failed in {}: {}, see {log}", finished.spec, fault.phase.name(), fault.text());
    Some(std::iter::once(told).chain(fault.diagnosis.lines.first().map(|line| format!("    {line}"))))
}

fn missing(finished: &Finished) -> Option<String> {
    let End::Broken { reason } = &finished.end else { return None };
    Some(format!("{} missing: {reason}", finished.spec))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::model::Event;
    use crate::ui::samples;
    use crate::view::About;

    fn told(events: &[Event]) -> String {
        let mut view = RunView::of(About { logs: "/logs".into(), ..About::default() });
        events.iter().for_each(|event| view.hear(event, Duration::ZERO));
        let lines: Vec<String> = summary(&view).into_iter().map(|line| line.text).collect();
        // Insta drops blank lines at the start, and there is one.
        format!("---\n{}", lines.join("\n"))
    }

    #[test]
    fn failures_come_first_and_numbers_after() {
        assert_snapshot!(told(&samples::run()), @"
        ---

        c/bad failed in build: compile, exit 1, see /logs/c___bad.log
            a.c:1: error: no
        c/gone missing: not in the tree

        Initial queue size: 8
            packages built: 2
                   ignored: 1
                   skipped: 1
                    failed: 1
                   missing: 1
                meta-nodes: 0
               interrupted: 1
               not started: 1

        Duration: 01:02:05

        Logs are in /logs
        ");
    }

    #[test]
    fn a_long_run_is_measured_against_the_least_it_could_have_taken() {
        let of = |took, bound| {
            let [took, bound] = [took, bound].map(Duration::from_secs);
            makespan(&Summary { took, bound, ..Summary::default() })
        };
        assert_eq!(of(130, 100).as_deref(), Some("1.30 times the least for these builds, 00:01:40"));
        assert_eq!([of(59, 50), of(600, 0)], [None, None]);
    }

    #[test]
    fn a_run_with_nothing_to_do_is_short() {
        assert_snapshot!(told(&[Event::RunEnded { summary: Summary { fresh: 3, ..Summary::default() } }]), @"
        ---

        Initial queue size: 0
            packages built: 0
                   ignored: 0
                   skipped: 0
                    failed: 0
                   missing: 0
                meta-nodes: 0

        Duration: 00:00:00

        Logs are in /logs
        ");
    }
}
