//! What the user looks at, and what each key does.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// Whose display it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It can be stopped from here.
    Run,
    /// It only looks on.
    Monitor,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) role: Role,
    /// A slot, by its row; none until a key asks for one.
    pub(super) chosen: Option<usize>,
    /// Whether its log is shown in place of the run's.
    pub(super) follows: bool,
    /// So many of the newest lines are out of sight; those that are in sight stay while this is not 0.
    pub(super) scroll: usize,
    pub(super) help: bool,
    /// Whether the user was asked about a gentle stop.
    pub(super) asks: bool,
}

/// What is to be done beside drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    None,
    /// Finish what runs.
    Finish,
    /// What ^C does on any terminal.
    Interrupt,
    Quit,
    Suspend,
    Redraw,
}

/// How much there is to choose from and to scroll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) slots: usize,
    pub(super) lines: usize,
    /// Lines in sight.
    pub(super) page: usize,
}

impl State {
    pub(super) fn new(role: Role) -> State {
        State { role, chosen: None, follows: false, scroll: 0, help: false, asks: false }
    }

    pub(super) fn press(&mut self, key: KeyEvent, extent: Extent) -> Effect {
        if key.kind == KeyEventKind::Release {
            return Effect::None;
        }
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return self.control(key.code);
        }
        if std::mem::take(&mut self.asks) {
            let yes = matches!(key.code, KeyCode::Char('y' | 'Y'));
            return if yes { Effect::Finish } else { Effect::None };
        }
        if std::mem::take(&mut self.help) {
            return Effect::None;
        }
        let page = extent.page.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('?' | 'h') => self.help = true,
            KeyCode::Char('s') if self.role == Role::Run => self.asks = true,
            KeyCode::Char('q') if self.role == Role::Monitor => return Effect::Quit,
            KeyCode::Up | KeyCode::Char('k') => self.choose(self.chosen.unwrap_or(1).saturating_sub(1), extent),
            KeyCode::Down | KeyCode::Char('j') => self.choose(self.chosen.map_or(0, |slot| slot + 1), extent),
            KeyCode::Enter => {
                self.choose(self.chosen.unwrap_or(0), extent);
                (self.follows, self.scroll) = (!self.follows, 0);
            }
            KeyCode::Esc => (self.chosen, self.follows, self.scroll) = (None, false, 0),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll_by(page, !self.follows, extent),
            KeyCode::PageUp | KeyCode::Char('b') => self.scroll_by(page, self.follows, extent),
            // Where the newest line is.
            KeyCode::Home if !self.follows => self.scroll = 0,
            KeyCode::End if self.follows => self.scroll = 0,
            KeyCode::Home | KeyCode::End => self.scroll_by(extent.lines, true, extent),
            _ => {}
        }
        Effect::None
    }

    fn control(&mut self, code: KeyCode) -> Effect {
        match (code, self.role) {
            (KeyCode::Char('c'), Role::Run) => Effect::Interrupt,
            (KeyCode::Char('c'), Role::Monitor) => Effect::Quit,
            (KeyCode::Char('z'), _) => Effect::Suspend,
            (KeyCode::Char('l'), _) => Effect::Redraw,
            _ => Effect::None,
        }
    }

    fn choose(&mut self, slot: usize, extent: Extent) {
        self.chosen = Some(slot.min(extent.slots.saturating_sub(1)));
        if self.follows {
            self.scroll = 0;
        }
    }

    /// The newest line of a run is at the top, that of a port at the bottom: as each is in its file, and on paper.
    fn scroll_by(&mut self, lines: usize, older: bool, extent: Extent) {
        let most = extent.lines.saturating_sub(extent.page);
        let scrolled = if older { self.scroll + lines } else { self.scroll.saturating_sub(lines) };
        self.scroll = scrolled.min(most);
    }
}

/// Key, and what it does.
pub(super) fn keys(role: Role) -> Vec<(&'static str, &'static str)> {
    let mut keys = vec![
        ("Up Down", "choose a slot"),
        ("Enter", "its log, and back"),
        ("PgUp PgDn", "scroll the log"),
        ("Home End", "its ends"),
    ];
    keys.extend(match role {
        Role::Run => [("s", "finish builds, begin no more"), ("^C", "stop; twice: at once")],
        Role::Monitor => [("q", "leave; the run goes on"), ("^C", "the same")],
    });
    keys.push(("^Z", "leave the screen; fg: back"));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: Extent = Extent { slots: 3, lines: 100, page: 11 };

    fn pressed(state: &mut State, codes: &[KeyCode]) -> Vec<Effect> {
        codes.iter().map(|code| state.press(KeyEvent::new(*code, KeyModifiers::NONE), EXTENT)).collect()
    }

    fn control(role: Role, key: char) -> Effect {
        State::new(role).press(KeyEvent::new(KeyCode::Char(key), KeyModifiers::CONTROL), EXTENT)
    }

    #[test]
    fn a_gentle_stop_is_asked_for_twice() {
        let key = KeyCode::Char;
        let mut state = State::new(Role::Run);
        assert_eq!(pressed(&mut state, &[key('s'), key('n'), key('y')]), [Effect::None; 3]);
        assert_eq!(pressed(&mut state, &[key('s'), key('y')]), [Effect::None, Effect::Finish]);
        assert_eq!(pressed(&mut State::new(Role::Monitor), &[key('s'), key('y')]), [Effect::None; 2]);
    }

    #[test]
    fn only_a_monitor_is_left_by_a_key() {
        for (role, quit, interrupt) in
            [(Role::Run, Effect::None, Effect::Interrupt), (Role::Monitor, Effect::Quit, Effect::Quit)]
        {
            assert_eq!(pressed(&mut State::new(role), &[KeyCode::Char('q')]), [quit]);
            assert_eq!([control(role, 'c'), control(role, 'z')], [interrupt, Effect::Suspend]);
        }
    }

    #[test]
    fn slots_are_chosen_within_bounds_and_their_logs_followed() {
        let mut state = State::new(Role::Run);
        pressed(&mut state, &[KeyCode::Up, KeyCode::Down, KeyCode::Down, KeyCode::Down, KeyCode::Enter]);
        assert_eq!((state.chosen, state.follows), (Some(2), true));
        pressed(&mut state, &[KeyCode::PageUp, KeyCode::Up]);
        assert_eq!((state.chosen, state.follows, state.scroll), (Some(1), true, 0), "another log begins at its end");
        pressed(&mut state, &[KeyCode::Esc]);
        assert_eq!((state.chosen, state.follows), (None, false));
        pressed(&mut state, &[KeyCode::Enter]);
        assert_eq!((state.chosen, state.follows), (Some(0), true));
    }

    #[test]
    fn each_log_is_scrolled_the_way_it_runs() {
        let mut state = State::new(Role::Run);
        let mut after = |code| {
            pressed(&mut state, &[code]);
            state.scroll
        };
        let run =
            [KeyCode::PageDown, KeyCode::PageDown, KeyCode::PageUp, KeyCode::End, KeyCode::PageDown, KeyCode::Home];
        assert_eq!(run.map(&mut after), [10, 20, 10, 89, 89, 0]);
        after(KeyCode::Enter);
        let port = [KeyCode::PageUp, KeyCode::PageDown, KeyCode::PageDown, KeyCode::Home, KeyCode::End];
        assert_eq!(port.map(after), [10, 0, 0, 89, 0]);
    }
}
