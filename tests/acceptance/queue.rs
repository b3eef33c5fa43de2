//! What became of each port, by `status` or by the numbered logs, in words that a table can hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::world::World;

/// What can become of a port, in the order of the words.
const ENDS: [&str; 5] = ["built", "ignored", "skipped", "missing", "failed"];

/// Ports by their end. `t/` is left out, and `ports-mgmt/pkg` is `+pm`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Queue(BTreeMap<&'static str, BTreeSet<String>>);

impl Queue {
    /// From the lines of `status`.
    pub fn of_status(stdout: &str) -> Queue {
        let mut queue = Queue::default();
        for line in stdout.lines() {
            if let Some(spec) = line.strip_prefix("  N => ") {
                queue.add("built", spec);
            }
            for (sign, end) in [(" ignored: ", "ignored"), (" skipped due to ", "skipped"), (" missing: ", "missing")] {
                if let Some((spec, _)) = line.split_once(sign) {
                    queue.add(end, spec);
                }
            }
        }
        queue
    }

    /// From the logs 01 to 05 of a run.
    pub fn of_logs(world: &World) -> Queue {
        let mut queue = Queue::default();
        let logs = [
            ("01_success_list.log", 2, "built"),
            ("02_failure_list.log", 2, "failed"),
            ("03_ignored_list.log", 1, "ignored"),
            ("04_skipped_list.log", 1, "skipped"),
            ("05_abnormal_command_output.log", 1, "missing"),
        ];
        for (name, word, end) in logs {
            for line in world.log(name).lines() {
                let spec = line.split_whitespace().nth(word).unwrap_or_else(|| panic!("{name}: {line}"));
                queue.add(end, spec);
            }
        }
        queue
    }

    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Queue {
        let mut queue = Queue::default();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty() && *part != "nothing") {
            let (end, specs) = part.split_once(' ').unwrap_or((part, ""));
            let end = ENDS.iter().find(|known| **known == end).unwrap_or_else(|| panic!("`{end}` in `{text}`"));
            specs.split_whitespace().for_each(|spec| queue.insert(end, spec));
        }
        queue
    }

    pub fn without_manager(mut self) -> Queue {
        if let Some(built) = self.0.get_mut("built") {
            built.remove("+pm");
        }
        self.0.retain(|_, specs| !specs.is_empty());
        self
    }

    pub fn without(mut self, end: &str) -> Queue {
        self.0.remove(end);
        self
    }

    /// A port has one end, and has it once.
    fn add(&mut self, end: &'static str, spec: &str) {
        let short = spec.strip_prefix("t/").unwrap_or(spec);
        let short = if short == "ports-mgmt/pkg" { "+pm" } else { short };
        assert!(!self.0.values().any(|specs| specs.contains(short)), "{spec} ends twice: {self} and {end}");
        self.insert(end, short);
    }

    fn insert(&mut self, end: &'static str, spec: &str) {
        self.0.entry(end).or_default().insert(spec.to_owned());
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        for end in ENDS {
            if let Some(specs) = self.0.get(end) {
                // The package manager last: it is not what the case is about.
                let (manager, specs): (Vec<&str>, Vec<&str>) =
                    specs.iter().map(String::as_str).partition(|spec| *spec == "+pm");
                parts.push([vec![end], specs, manager].concat().join(" "));
            }
        }
        f.write_str(&if parts.is_empty() { "nothing".to_owned() } else { parts.join("; ") })
    }
}

/// `tri@-` is `t/tri@-`, `pm` the package manager; all else is as it stands.
pub fn origin(word: &str) -> String {
    match word {
        "pm" => "ports-mgmt/pkg".to_owned(),
        word if word.starts_with('-') || word.contains('/') => word.to_owned(),
        word => format!("t/{word}"),
    }
}
