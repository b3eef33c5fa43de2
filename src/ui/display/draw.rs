//! Where everything is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::model::{StopReason, clock};

use super::Text;
use super::head::{self, put};
use super::look::Look;
use super::moment::Moment;
use super::slots;
use super::state::{State, keys};

/// From here on there is room for rules and titles.
const TALL: u16 = 16;

/// Rows of the parts, from the top; each may be nothing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    whole: Rect,
    titles: bool,
    slots: u16,
}

impl Layout {
    pub(super) fn of(whole: Rect, slots: usize) -> Layout {
        let titles = whole.height >= TALL;
        let above = head::ROWS + if titles { 3 } else { 0 };
        let rest = whole.height.saturating_sub(above + 1);
        let room = rest - (rest / 2).min(if titles { 5 } else { 3 });
        Layout { whole, titles, slots: u16::try_from(slots.max(1)).unwrap_or(u16::MAX).min(room) }
    }

    fn part(self, y: u16, height: u16) -> Rect {
        let Rect { x, width, .. } = self.whole;
        Rect { x, y: self.whole.y + y, width, height }.intersection(self.whole)
    }

    fn slots(self) -> Rect {
        self.part(head::ROWS + if self.titles { 3 } else { 0 }, self.slots)
    }

    fn below(self) -> u16 {
        self.slots().y - self.whole.y + self.slots
    }

    pub(super) fn log(self) -> Rect {
        self.part(self.below() + 1, self.whole.height.saturating_sub(self.below() + 1))
    }
}

pub(super) fn draw(moment: &Moment, state: &State, text: &Text, look: Look, buffer: &mut Buffer) {
    let whole = buffer.area;
    if state.help {
        return help(state, whole, buffer);
    }
    let layout = Layout::of(whole, moment.slots.len());
    head::draw(moment, look, whole, buffer);
    if layout.titles {
        rule(look, layout.part(head::ROWS, 1), buffer);
        slots::title(layout.part(head::ROWS + 1, 1), buffer);
        rule(look, layout.part(head::ROWS + 2, 1), buffer);
    }
    if moment.slots.is_empty() || !moment.scan.is_over() {
        scan(moment, look, layout.slots(), buffer);
    } else {
        slots::draw(moment, state.chosen, look, layout.slots(), buffer);
    }
    let between = layout.part(layout.below(), 1);
    rule(look, between, buffer);
    let (left, right) = (caption(moment, state, text), hint(state));
    put(buffer, between, (2, 0), &look.text(&left), look.value());
    let column = between.width.saturating_sub(right.len() as u16 + 2);
    if usize::from(column) > left.chars().count() + 2 {
        put(buffer, between, (column, 0), right, Style::new());
    }
    log(state, text, look, layout.log(), buffer);
}

fn rule(look: Look, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width.saturating_sub(1));
    put(buffer, area, (0, 0), &look.rule().to_string().repeat(width), Style::new());
}

/// How far it is, in one row: what there is no room for goes first.
fn scan(moment: &Moment, look: Look, area: Rect, buffer: &mut Buffer) {
    let scan = &moment.scan;
    if scan.is_over() {
        return put(buffer, area, (1, 0), "Looking at what is there", Style::new());
    }
    let part = scan.done as f64 / scan.total as f64;
    let left = scan.left(moment.now).map_or(String::new(), |left| format!(" {} left", clock(left)));
    let mut text = format!("Scan {:5.1}%{left}", part * 100.0);
    if area.width >= head::WIDE {
        text += &format!("  {} of {} ports, {:.0} a second", scan.done, scan.total, scan.rate(moment.now));
    }
    put(buffer, area, (1, 0), &text, look.value());
    let from = text.len() as u16 + 3;
    let room = area.width.saturating_sub(from + 1);
    if room >= 4 {
        let done = (f64::from(room) * part) as usize;
        let [full, empty] = look.bar();
        let bar = [full.to_string().repeat(done), empty.to_string().repeat(usize::from(room) - done)].concat();
        put(buffer, area, (from, 0), &bar, Style::new());
    }
}

/// What the log is, or what the user has to know.
fn caption(moment: &Moment, state: &State, text: &Text) -> String {
    if state.asks {
        return " Finish what runs, begin no more? y/n ".into();
    }
    if let Some(port) = &text.of {
        return format!(" {port} ");
    }
    let active = moment.active;
    match moment.stopping {
        Some(StopReason::Finish) if !moment.over => format!(" Stopping when {active} have ended "),
        Some(_) if !moment.over => format!(" Stopping {active} "),
        _ if moment.over => " Ended ".into(),
        _ => format!(" {} {} ", moment.about.directive, moment.about.profile),
    }
}

fn hint(state: &State) -> &'static str {
    if state.scroll > 0 { " held, Esc: newest " } else { " ?: keys " }
}

/// A run's newest line is at the top, a port's at the bottom.
fn log(state: &State, text: &Text, look: Look, area: Rect, buffer: &mut Buffer) {
    let rows = area.height;
    for (row, line) in (0..rows).zip(text.lines.iter().skip(state.scroll)) {
        let y = if state.follows { rows - 1 - row } else { row };
        put(buffer, area, (0, y), &look.text(&line.text), look.style(line.color));
    }
}

fn help(state: &State, area: Rect, buffer: &mut Buffer) {
    for (row, (key, what)) in (0..).zip(keys(state.role)) {
        put(buffer, area, (1, row), key, Style::new());
        put(buffer, area, (12, row), what, Style::new());
    }
}
