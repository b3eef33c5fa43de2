//! `summary.json`: how far a run is (spec 8.5).
//!
//! Programs read it, so field names, the types of values and their leading blanks stay as they are.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::quoted;
use crate::model::{Summary, clock};
use crate::view::{RunView, SlotView};

/// What the view does not know.
pub(super) struct Frame<'a> {
    pub(super) kickoff: Timestamp,
    /// How many history files there are.
    pub(super) files: usize,
    pub(super) is_active: bool,
    /// Which slots had a job so far.
    pub(super) used: &'a [bool],
    /// Nobody knows anything of the slots yet.
    pub(super) is_first: bool,
}

pub(super) fn summary(view: &RunView, now: Duration, frame: &Frame<'_>) -> String {
    let Summary { queued, built, failed, ignored, skipped, meta, .. } = &view.counts;
    let host = view.host.unwrap_or_default();
    let slots: Vec<String> = view.slots.iter().enumerate().map(|(id, slot)| builder(id, slot, now, frame)).collect();
    format!(
        "{{\n  \"profile\":{}\n  ,\"kickoff\":\"{}\"\n  ,\"kfiles\":{}\n  ,\"active\":{}\n  ,\"stats\":{{\n    \
         \"queued\":{queued}\n    ,\"built\":{built}\n    ,\"failed\":{failed}\n    ,\"ignored\":{ignored}\n    \
         ,\"skipped\":{skipped}\n    ,\"remains\":{}\n    ,\"meta\":{meta}\n    ,\"elapsed\":\"{}\"\n    \
         ,\"pkghour\":{}\n    ,\"impulse\":{}\n    ,\"swapinfo\":\"{}\"\n    ,\"load\":\"{}\"\n  }}\n  \
         ,\"builders\":[\n{}  ]\n}}\n",
        quoted(&view.about.profile),
        frame.kickoff.to_zoned(TimeZone::UTC).strftime(" %d-%b-%Y %H:%M:%S UTC"),
        frame.files,
        u8::from(frame.is_active),
        view.remaining(),
        wide(view.elapsed(now)),
        view.per_hour(now),
        view.impulse(now),
        host.swap.map_or("-    ".into(), |swap| format!("{swap:5.1}")),
        load(host.load[0]),
        slots.join("  ,"),
    )
}

fn builder(id: usize, slot: &Option<SlotView>, now: Duration, frame: &Frame<'_>) -> String {
    let idle = if frame.used.get(id) == Some(&true) { "Idle" } else { "None" };
    let [elapsed, phase, origin, lines] = match slot {
        Some(slot) => {
            let phase = slot.phase.map_or("Pending", |phase| phase.name());
            [wide(now.saturating_sub(slot.since)), phase.into(), slot.spec.to_string(), slot.lines.to_string()]
        }
        None if frame.is_first => ["Shutdown".into(), String::new(), String::new(), String::new()],
        None => [" --:--:--".into(), idle.into(), String::new(), String::new()],
    };
    let indent = if id == 0 { "  " } else { "" };
    format!(
        "{indent}{{\n     \"ID\":\"{id:02}\"\n     ,\"elapsed\":\"{elapsed}\"\n     ,\"phase\":\"{phase}\"\n     \
         ,\"origin\":{}\n     ,\"lines\":\"{lines}\"\n  }}\n",
        quoted(&origin),
    )
}

/// In nine columns, if 999 hours are enough.
fn wide(time: Duration) -> String {
    format!("{:>9}", clock(time))
}

fn load(load: f64) -> String {
    if load > 999.9 { format!("{load:5.0}") } else { format!("{load:5.1}") }
}
