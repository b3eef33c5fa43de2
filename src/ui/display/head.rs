//! The two rows of numbers (spec 8.2).

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::clock;

use super::look::Look;
use super::moment::Moment;

/// From here on every field has the column where it has always been.
pub(super) const WIDE: u16 = 79;

/// And here there is room for more.
const WIDER: u16 = 100;

pub(super) const ROWS: u16 = 2;

pub(super) fn draw(moment: &Moment, look: Look, area: Rect, buffer: &mut Buffer) {
    if area.width >= WIDE { wide(moment, look, area, buffer) } else { narrow(moment, look, area, buffer) }
}

fn wide(moment: &Moment, look: Look, area: Rect, buffer: &mut Buffer) {
    let counts = &moment.counts;
    let elapsed = clock(moment.elapsed);
    let first = [
        (1, 7, "Total", counts.queued.to_string()),
        (15, 21, "Built", counts.built.to_string()),
        (28, 36, "Ignored", counts.ignored.to_string()),
        (43, 48, "Load", load(moment, 0)),
        (55, 64, "Pkg/hour", moment.per_hour.to_string()),
        (71, 75, "", String::new()),
    ];
    let second = [
        (2, 7, "Left", moment.remaining.to_string()),
        (14, 21, "Failed", counts.failed.to_string()),
        (28, 36, "Skipped", counts.skipped.to_string()),
        (43, 48, "Swap", swap(moment)),
        (56, 64, "Impulse", moment.impulse.to_string()),
        // With three digits of hours it begins a column further left.
        (0, 79 - elapsed.len() as u16, "", elapsed),
    ];
    for (row, fields) in (0..).zip([first, second]) {
        for (at, value_at, label, value) in fields {
            put(buffer, area, (at, row), label, Style::new());
            put(buffer, area, (value_at, row), &value, look.value());
        }
    }
    if moment.limit != moment.slots.len() {
        put(buffer, area, (71, 0), "Lim", Style::new());
        put(buffer, area, (75, 0), &moment.limit.to_string(), look.value());
    }
    if area.width >= WIDER && moment.host.is_some() {
        put(buffer, area, (83, 0), "Free", Style::new());
        put(buffer, area, (88, 0), &free(moment), look.value());
        put(buffer, area, (83, 1), "Load", Style::new());
        put(
            buffer,
            area,
            (88, 1),
            format!("{} {}", load(moment, 1).trim(), load(moment, 2).trim()).as_str(),
            look.value(),
        );
    }
}

/// What matters most, as far as there is room.
fn narrow(moment: &Moment, look: Look, area: Rect, buffer: &mut Buffer) {
    let counts = &moment.counts;
    let first = [
        ("", clock(moment.elapsed)),
        ("Left", moment.remaining.to_string()),
        ("Built", counts.built.to_string()),
        ("Failed", counts.failed.to_string()),
        ("Total", counts.queued.to_string()),
    ];
    let second = [
        ("Load", load(moment, 0).trim().to_owned()),
        ("Pkg/h", moment.per_hour.to_string()),
        ("Skip", counts.skipped.to_string()),
        ("Ign", counts.ignored.to_string()),
        ("Swap", swap(moment).trim().to_owned()),
    ];
    for (row, fields) in (0..).zip([first, second]) {
        let mut at = 1;
        for (label, value) in fields {
            let value_at = at + if label.is_empty() { 0 } else { label.len() as u16 + 1 };
            let end = value_at + value.len() as u16;
            if end > area.width {
                break;
            }
            put(buffer, area, (at, row), label, Style::new());
            put(buffer, area, (value_at, row), &value, look.value());
            at = end + 2;
        }
    }
}

/// `%5.1f`, or `%5.0f` where that would be too long.
fn load(moment: &Moment, which: usize) -> String {
    match moment.host {
        None => "    -".into(),
        Some(host) if host.load[which] > 999.9 => format!("{:5.0}", host.load[which]),
        Some(host) => format!("{:5.1}", host.load[which]),
    }
}

fn swap(moment: &Moment) -> String {
    moment.host.and_then(|host| host.swap).map_or("    -".into(), |swap| format!("{swap:5.1}"))
}

fn free(moment: &Moment) -> String {
    moment.host.map_or(String::new(), |host| format!("{:.1}G", host.free as f64 / f64::from(1 << 30)))
}

/// What does not fit is cut off.
pub(super) fn put(buffer: &mut Buffer, area: Rect, (x, y): (u16, u16), text: &str, style: Style) {
    if x < area.width && y < area.height {
        buffer.set_stringn(area.x + x, area.y + y, text, usize::from(area.width - x), style);
    }
}
