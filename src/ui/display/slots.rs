//! A row for each slot (spec 8.2).

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::clock;
use crate::view::SlotView;

use super::head::{WIDE, put};
use super::look::Look;
use super::moment::Moment;

pub(super) fn title(area: Rect, buffer: &mut Buffer) {
    let fields: &[(u16, &str)] = match area.width >= WIDE {
        true => &[(1, "ID"), (5, "Duration"), (15, "Build Phase"), (32, "Origin")],
        false => &[(0, "ID"), (3, "Duration"), (12, "Phase"), (21, "Origin")],
    };
    fields.iter().for_each(|(at, text)| put(buffer, area, (*at, 0), text, Style::new()));
    if area.width >= WIDE {
        put(buffer, area, (lines_end(area) - 5, 0), "Lines", Style::new());
    }
}

/// As many as there is room for, the chosen one among them.
pub(super) fn draw(moment: &Moment, chosen: Option<usize>, look: Look, area: Rect, buffer: &mut Buffer) {
    let first = chosen.map_or(0, |chosen| chosen + 1).saturating_sub(usize::from(area.height));
    for (row, (index, slot)) in (0..area.height).zip(moment.slots.iter().enumerate().skip(first)) {
        let style = if Some(index) == chosen { look.chosen() } else { Style::new() };
        let line = Rect { y: area.y + row, height: 1, ..area };
        buffer.set_style(line, style);
        match area.width >= WIDE {
            true => wide(index, slot.as_ref(), moment, line, buffer),
            false => narrow(index, slot.as_ref(), moment, line, buffer),
        }
    }
}

fn wide(index: usize, slot: Option<&SlotView>, moment: &Moment, area: Rect, buffer: &mut Buffer) {
    let mut set = |at, text: &str| put(buffer, area, (at, 0), text, Style::new());
    set(1, &format!("{index:02}"));
    set(5, &duration(slot, moment));
    set(15, &format!("{:.16}", phase(slot, moment)));
    let Some(slot) = slot else { return };
    let end = lines_end(area);
    let room = usize::from(end - 9 - 32);
    set(32, &format!("{:.room$}", slot.spec.to_string()));
    set(end - 7, &format!("{:>7}", line_count(slot.lines)));
}

fn narrow(index: usize, slot: Option<&SlotView>, moment: &Moment, area: Rect, buffer: &mut Buffer) {
    let mut set = |at, text: &str| put(buffer, area, (at, 0), text, Style::new());
    set(0, &format!("{index:02}"));
    set(3, &duration(slot, moment));
    set(12, &format!("{:.8}", phase(slot, moment)));
    set(21, &slot.map(|slot| slot.spec.to_string()).unwrap_or_default());
}

/// The column after the number of lines: the last of 80, or of more.
fn lines_end(area: Rect) -> u16 {
    area.width.max(WIDE + 1) - 1
}

fn duration(slot: Option<&SlotView>, moment: &Moment) -> String {
    slot.map_or("--:--:--".into(), |slot| clock(moment.now.saturating_sub(slot.since)))
}

fn phase(slot: Option<&SlotView>, moment: &Moment) -> &'static str {
    match slot {
        Some(slot) => slot.phase.map_or("Pending", |phase| phase.name()),
        None if moment.over || moment.stopping.is_some() => "Done",
        None => "Idle",
    }
}

fn line_count(lines: u64) -> String {
    if lines > 9_999_999 { "*MANY*".into() } else { lines.to_string() }
}
