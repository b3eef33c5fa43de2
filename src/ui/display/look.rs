//! What a terminal can show: colours, and more than ASCII.

use std::env;

use ratatui::style::{Color as Shade, Modifier, Style};

use crate::ui::Color;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub color: bool,
    pub utf8: bool,
}

impl Look {
    /// By the locale.
    pub fn of_environment(color: bool) -> Look {
        Look { color, utf8: is_utf8(|name| env::var(name).ok()) }
    }

    pub(super) fn rule(self) -> char {
        if self.utf8 { '─' } else { '=' }
    }

    /// Of a bar, what is done and what is not.
    pub(super) fn bar(self) -> [char; 2] {
        if self.utf8 { ['█', '░'] } else { ['#', '.'] }
    }

    pub(super) fn style(self, color: Option<Color>) -> Style {
        match color.filter(|_| self.color) {
            Some(Color::Green) => Style::new().fg(Shade::Green),
            Some(Color::Red) => Style::new().fg(Shade::Red),
            None => Style::new(),
        }
    }

    pub(super) fn value(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// Logs are UTF-8 whatever the terminal is.
    pub(super) fn text(self, text: &str) -> String {
        if self.utf8 { text.to_owned() } else { text.replace(|c: char| !c.is_ascii(), "?") }
    }
}

/// The first that is set decides (POSIX, locale).
fn is_utf8(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| variable(name).filter(|text| !text.is_empty()));
    set.is_some_and(|locale| {
        let locale = locale.to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_says_what_may_be_drawn() {
        let table: [(&[(&str, &str)], bool); 5] = [
            (&[], false),
            (&[("LANG", "de_DE.UTF-8")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LC_ALL", ""), ("LC_CTYPE", "C.utf8"), ("LANG", "C")], true),
            (&[("LANG", "de_DE.ISO8859-1")], false),
        ];
        for (set, expected) in table {
            let variable =
                |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(is_utf8(variable), expected, "{set:?}");
        }
    }
}
