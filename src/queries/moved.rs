//! Renamed and deleted origins: the tree's `MOVED` file.

use std::collections::BTreeMap;

use super::Db;
use super::inputs::Settings;
use crate::model::OriginSpec;

/// Lines `old|new|date|reason`, by old name as written (it may have a flavor).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    entries: BTreeMap<String, Move>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Move {
    /// Empty: deleted.
    to: String,
    why: String,
}

/// Where a chain of moves ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    To(OriginSpec),
    /// Deleted, with date and reason.
    Gone(String),
}

/// Read once; changes with the file.
#[salsa::tracked]
pub fn moved(db: &dyn Db, settings: Settings) -> Moved {
    let path = settings.fields(db).ports.join("MOVED");
    // The contents are what this depends on; the text is only read.
    match db.file(&path).contents(db) {
        Some(_) => Moved::read(&db.system().text(&path).unwrap_or_default()),
        None => Moved::default(),
    }
}

impl Moved {
    /// Later lines win; comments and lines without four fields are passed over.
    pub fn read(text: &str) -> Moved {
        let mut entries = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let fields: Vec<&str> = line.splitn(4, '|').collect();
            if let [from, to, date, reason] = fields[..] {
                let why = format!("{date}: {reason}");
                entries.insert(from.trim().to_owned(), Move { to: to.trim().to_owned(), why });
            }
        }
        Moved { entries }
    }

    /// Follows a chain; the flavor is carried along where a line names none. `None` if it never moved.
    pub fn follow(&self, spec: &OriginSpec) -> Option<Destination> {
        let mut now = spec.clone();
        // A chain is no longer than the file; more steps mean a loop.
        for step in 0..=self.entries.len() {
            let exact = self.entries.get(&now.to_string());
            let Some(entry) = exact.or_else(|| self.entries.get(now.origin.as_str())) else {
                return (step > 0).then_some(Destination::To(now));
            };
            if entry.to.is_empty() {
                return Some(Destination::Gone(entry.why.clone()));
            }
            let Ok(mut next) = OriginSpec::parse(&entry.to) else { return None };
            if exact.is_none() || now.flavor.is_none() {
                next.flavor = next.flavor.or(now.flavor);
            }
            now = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_followed_with_their_flavors() {
        let moved = Moved::read(
            "# comment\nt/old|t/new|2020-01-01|renamed\nt/new|t/tri|2020-02-01|renamed\n\
             t/old@optional|t/new@default|2020-01-01|x\nt/old@optional2|t/new@bar|2020-01-01|x\n\
             t/dead||2021-01-01|no upstream\nt/a|t/b|d|r\nt/b|t/a|d|r\nshort|line\n",
        );
        let follow = |text: &str| match moved.follow(&OriginSpec::parse(text).unwrap()) {
            Some(Destination::To(spec)) => spec.to_string(),
            Some(Destination::Gone(why)) => format!("gone {why}"),
            None => "-".into(),
        };
        let cases = [
            ("t/old", "t/tri"),
            ("t/old@bar", "t/tri@bar"),
            ("t/old@optional", "t/tri@default"),
            ("t/old@optional2", "t/tri@bar"),
            ("t/dead", "gone 2021-01-01: no upstream"),
            ("t/never", "-"),
            ("t/a", "-"),
        ];
        for (from, to) in cases {
            assert_eq!(follow(from), to, "{from}");
        }
    }
}
