//! Changes that belong together: a `git pull` is one.

use std::time::{Duration, Instant};

use super::Changes;

/// A burst is over when nothing has happened for as long as it took, but at least for so long: a file that is saved is
/// seen at once, and a pull may pause.
pub(super) const QUIET: Duration = Duration::from_millis(200);

/// And at most for so long.
const LONG_QUIET: Duration = Duration::from_secs(1);

/// And at the latest so long after it began: who never stops writing must not keep us from all else.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// What happened since the last burst was taken.
#[derive(Debug, Default)]
pub(super) struct Burst {
    changes: Changes,
    /// When its first and its last change were seen.
    seen: Option<(Instant, Instant)>,
}

impl Burst {
    pub(super) fn add(&mut self, changes: Changes, now: Instant) {
        if !changes.is_empty() {
            self.changes.add(changes);
            self.seen = Some((self.seen.map_or(now, |(first, _)| first), now));
        }
    }

    /// When it will be over if nothing more happens; `None` while there is none.
    pub(super) fn due(&self) -> Option<Instant> {
        self.seen.map(|(first, last)| (last + (last - first).clamp(QUIET, LONG_QUIET)).min(first + LIMIT))
    }

    /// All of it, if it is over.
    pub(super) fn take(&mut self, now: Instant) -> Option<Changes> {
        self.due().filter(|due| *due <= now)?;
        self.seen = None;
        Some(std::mem::take(&mut self.changes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes at so many milliseconds; answers with what was taken, and when.
    fn bursts(times: &[u64]) -> String {
        let start = Instant::now();
        let (mut burst, mut taken) = (Burst::default(), Vec::new());
        let mut note = |burst: &mut Burst, now: Instant| {
            if let Some(changes) = burst.take(now) {
                let paths: Vec<&str> = changes.paths.iter().map(|path| path.as_str()).collect();
                taken.push(format!("{}: {}", now.duration_since(start).as_millis(), paths.join(" ")));
            }
        };
        for time in times {
            let now = start + Duration::from_millis(*time);
            if let Some(due) = burst.due().filter(|due| *due <= now) {
                note(&mut burst, due);
            }
            burst.add(Changes::of([format!("{time:05}").into()]), now);
            note(&mut burst, now);
        }
        if let Some(due) = burst.due() {
            note(&mut burst, due);
        }
        taken.join(", ")
    }

    #[test]
    fn what_follows_closely_is_one_burst() {
        assert_eq!(bursts(&[]), "");
        assert_eq!(bursts(&[0]), "200: 00000");
        assert_eq!(bursts(&[0, 201]), "200: 00000, 401: 00201");
        assert_eq!(bursts(&[0, 150, 300, 550]), "1100: 00000 00150 00300 00550");
    }

    #[test]
    fn who_never_stops_is_interrupted() {
        let times: Vec<u64> = (0..80).map(|n| n * 150).collect();
        let ends: Vec<String> =
            bursts(&times).split(", ").map(|burst| burst.split(':').next().unwrap().to_owned()).collect();
        assert_eq!(ends, ["10000", "12850"]);
    }

    #[test]
    fn nothing_is_no_burst_and_what_was_missed_is_one() {
        let (now, mut burst) = (Instant::now(), Burst::default());
        burst.add(Changes::default(), now);
        assert_eq!(burst.due(), None);
        burst.add(Changes::all(), now);
        assert_eq!(burst.take(now), None);
        assert_eq!(burst.take(now + QUIET), Some(Changes::all()));
        assert_eq!(burst.due(), None);
    }
}
