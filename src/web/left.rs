//! How long a run will take yet, and how far that can be believed.

use std::time::Duration;

use crate::view::RunView;

const HOUR: f64 = 3600.0;

/// Seconds: at least, likely, at most. By the pace of the whole run and that of the last ten minutes; the fewer builds have
/// ended, the less is said. `None` before the first three, and of a run that stands still or has ended.
pub(super) fn left(view: &RunView, now: Duration) -> Option<[u64; 3]> {
    let done = view.counts.built + view.counts.failed;
    let [rate, impulse] = [view.per_hour(now), view.impulse(now)].map(|hourly| hourly as f64 / HOUR);
    if view.is_over() || done < 3 || rate <= 0.0 {
        return None;
    }
    // As of a count of independent things: of a hundred, ten more or fewer would be no surprise.
    let doubt = 1.0 / (done as f64).sqrt();
    let jobs = view.remaining() as f64;
    let slow = if impulse > 0.0 { rate.min(impulse) } else { rate };
    let [low, likely, high] = [jobs / rate.max(impulse) * (1.0 - doubt), jobs / rate, jobs / slow * (1.0 + doubt)];
    Some([low, likely, high].map(|seconds| seconds.round() as u64))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{Event, OriginSpec, SlotId};

    /// A run of a thousand with builds that end in these seconds.
    fn seen(ends: impl IntoIterator<Item = u64>) -> RunView {
        let mut view = RunView::default();
        let started = Event::RunStarted { run: Uuid::nil(), queued: 1000, workers: 1, limit: 1 };
        view.hear(&started, Duration::ZERO);
        for (number, second) in ends.into_iter().enumerate() {
            let spec = OriginSpec::parse(&format!("c/p{number}")).unwrap();
            let (slot, pkgfile, took) = (SlotId(0), String::new(), Duration::from_secs(1));
            view.hear(&Event::Built { slot, spec, pkgfile, took }, Duration::from_secs(second));
        }
        view
    }

    fn after(view: &RunView, seconds: u64) -> Option<[u64; 3]> {
        left(view, Duration::from_secs(seconds))
    }

    #[test]
    fn a_steady_pace_goes_on_and_many_builds_say_more() {
        assert_eq!(after(&seen((1..=100).map(|n| n * 6)), 600), Some([4860, 5400, 5940]));
        assert_eq!(after(&seen((1..=4).map(|n| n * 6)), 24), Some([2988, 5976, 8964]));
    }

    #[test]
    fn a_pace_that_changed_widens_the_range() {
        let [low, likely, high] =
            after(&seen((1..=400).chain((401..=500).map(|n| 400 + (n - 400) * 12))), 1600).unwrap();
        assert!(low < likely && likely * 2 < high, "{low} {likely} {high}");
    }

    #[test]
    fn too_few_builds_or_none_to_come_say_nothing() {
        assert_eq!(after(&seen([1, 2]), 60), None);
        assert_eq!(after(&seen([1, 2, 3]), 19), None);
        let mut ended = seen([1, 2, 3]);
        ended.hear(&Event::RunEnded { summary: ended.counts.clone() }, Duration::from_secs(60));
        assert_eq!(after(&ended, 60), None);
    }
}
