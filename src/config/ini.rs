//! The syntax of dsynth.ini: `[sections]` of `key= value` lines, kept with their line numbers.
//!
//! A line whose first character (after blanks) is `;` or `#` is a comment. A value is the rest of the line,
//! trimmed; it may hold blanks, and it ends before a ` ;` or ` #`. (The C program took the first word: files
//! written for it may carry a remark there, and paths with blanks were impossible.) Order does not matter;
//! of a key that is given twice, the last one counts. Lines before the first section must be well formed and
//! are otherwise ignored, as ever.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

/// A file that is well formed; whether its keys exist is for `Profile` to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ini {
    pub path: Utf8PathBuf,
    pub sections: Vec<Section>,
}

/// One `[name]` line and what follows it. The same name may come twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub name: String,
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub value: String,
    pub line: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum IniError {
    #[error("cannot read `{path}`")]
    Read { path: Utf8PathBuf, source: io::Error },
    #[error("{path}:{line}: {fault}")]
    Syntax { path: Utf8PathBuf, line: usize, fault: IniFault },
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IniFault {
    #[error("not UTF-8; save the file as UTF-8")]
    NotUtf8,
    #[error("expected `key= value`, a `[section]` or a comment that begins with `;`, not `{0}`")]
    NoEquals(String),
    #[error("a key is missing before `=`")]
    NoKey,
    #[error("`{0}` has no value; give it one or take the line away")]
    NoValue(String),
    #[error("a section is one line `[name]`, not `{0}`")]
    Section(String),
}

impl Ini {
    pub fn read(path: &Utf8Path) -> Result<Ini, IniError> {
        let bytes = fs::read(path).map_err(|source| IniError::Read { path: path.to_owned(), source })?;
        Ini::parse(path, &bytes)
    }

    pub fn parse(path: &Utf8Path, bytes: &[u8]) -> Result<Ini, IniError> {
        let syntax = |line, fault| IniError::Syntax { path: path.to_owned(), line, fault };
        let text = str::from_utf8(bytes).map_err(|e| syntax(line_at(bytes, e.valid_up_to()), IniFault::NotUtf8))?;
        let mut sections: Vec<Section> = Vec::new();
        for (index, text) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = index + 1;
            match parse_line(text.trim()).map_err(|fault| syntax(line, fault))? {
                Line::Nothing => {}
                Line::Section(name) => sections.push(Section { name: name.into(), entries: Vec::new() }),
                Line::Pair(key, value) => {
                    if let Some(section) = sections.last_mut() {
                        section.entries.push(Entry { key: key.into(), value: value.into(), line });
                    }
                }
            }
        }
        Ok(Ini { path: path.to_owned(), sections })
    }

    pub fn has_section(&self, name: &str) -> bool {
        self.sections.iter().any(|section| section.name == name)
    }

    /// All entries of all sections of that name, in the order of the file.
    pub fn entries(&self, name: &str) -> impl Iterator<Item = &Entry> {
        self.sections.iter().filter(move |section| section.name == name).flat_map(|section| &section.entries)
    }
}

enum Line<'a> {
    Nothing,
    Section(&'a str),
    Pair(&'a str, &'a str),
}

fn parse_line(text: &str) -> Result<Line<'_>, IniFault> {
    if text.is_empty() || text.starts_with([';', '#']) {
        return Ok(Line::Nothing);
    }
    if text.starts_with('[') {
        let name = without_remark(text).strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let name = name.map(str::trim).filter(|name| !name.is_empty() && !name.contains(['[', ']']));
        return name.map(Line::Section).ok_or_else(|| IniFault::Section(text.into()));
    }
    let (key, value) = text.split_once('=').ok_or_else(|| IniFault::NoEquals(text.into()))?;
    match (key.trim(), without_remark(value)) {
        ("", _) => Err(IniFault::NoKey),
        (key, "") => Err(IniFault::NoValue(key.into())),
        (key, value) => Ok(Line::Pair(key, value)),
    }
}

/// Cut before the first `;` or `#` that follows a blank, and trimmed.
pub(super) fn without_remark(text: &str) -> &str {
    let mut blank = false;
    let remark = text.find(|c: char| {
        let found = blank && matches!(c, ';' | '#');
        blank = c.is_whitespace();
        found
    });
    text[..remark.unwrap_or(text.len())].trim()
}

fn line_at(bytes: &[u8], offset: usize) -> usize {
    1 + bytes[..offset].iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &[u8]) -> Result<Ini, String> {
        Ini::parse("x.ini".into(), text).map_err(|error| error.to_string())
    }

    fn value_of(line: &str) -> Option<String> {
        let ini = parse(format!("[s]\n{line}").as_bytes()).ok()?;
        ini.entries("s").last().map(|entry| entry.value.clone())
    }

    #[test]
    fn a_value_is_the_rest_of_its_line_without_a_remark() {
        let table = [
            ("k=v", "v"),
            ("  k  =  v  ", "v"),
            ("k= /a path/with blanks \t", "/a path/with blanks"),
            ("k= v ; a remark", "v"),
            ("k= v\t# a remark", "v"),
            ("k= a;b#c", "a;b#c"),
            ("k= a=b", "a=b"),
            ("k= v\r", "v"),
            ("k= 1\nk= 2\n", "2"),
        ];
        for (line, value) in table {
            assert_eq!(value_of(line).as_deref(), Some(value), "{line:?}");
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_it_likes() {
        let long = "x".repeat(100_000);
        assert_eq!(value_of(&format!("k={long}")), Some(long));
    }

    #[test]
    fn sections_are_kept_in_order_and_may_come_twice() {
        let ini = parse(b"\xef\xbb\xbfstray= 1\n; c\n[a] ; remark\nx= 1\n\n[b]\r\n # c\r\n[ a ]\r\ny= 2").unwrap();
        assert!(ini.has_section("b") && !ini.has_section("c"));
        let found: Vec<_> = ini.entries("a").map(|entry| (entry.key.as_str(), entry.line)).collect();
        assert_eq!(found, [("x", 4), ("y", 9)]);
    }

    #[test]
    fn an_error_names_the_file_and_the_line() {
        let table: [(&[u8], &str); 8] = [
            (
                b"[s]\nword",
                "x.ini:2: expected `key= value`, a `[section]` or a comment that begins with `;`, not `word`",
            ),
            (b"stray", "x.ini:1: expected `key= value`, a `[section]` or a comment that begins with `;`, not `stray`"),
            (b"[s]\n\n= v", "x.ini:3: a key is missing before `=`"),
            (b"k=", "x.ini:1: `k` has no value; give it one or take the line away"),
            (b"k= ; v", "x.ini:1: `k` has no value; give it one or take the line away"),
            (b"[s", "x.ini:1: a section is one line `[name]`, not `[s`"),
            (b"[]", "x.ini:1: a section is one line `[name]`, not `[]`"),
            (b"[s]\nk= 1\nk= \xff\n", "x.ini:3: not UTF-8; save the file as UTF-8"),
        ];
        for (text, message) in table {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }
}
