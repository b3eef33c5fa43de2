//! What a line says: which directive it is, or an assignment, or a dependency.

use super::cond::{Default_, Test};
use super::lines::Line;
use super::statement::{How, Names, Severity};
use super::words::{first_word, is_blank, is_space, skip_space};

/// `.if` and its kin, behind `if`.
pub(super) fn default_of(rest: &[u8]) -> (&[u8], Default_) {
    let forms: [(&[u8], Test, bool); 4] = [
        (b"def", Test::Defined, false),
        (b"ndef", Test::Defined, true),
        (b"make", Test::Make, false),
        (b"nmake", Test::Make, true),
    ];
    for (word, test, negated) in forms {
        if let Some(rest) = rest.strip_prefix(word) {
            return (rest, Default_ { test, negated, plain: false });
        }
    }
    (rest, PLAIN)
}

/// What `.if` asks of a word.
pub(super) const PLAIN: Default_ = Default_ { test: Test::Defined, negated: false, plain: true };

pub(super) fn is_for(rest: &[u8]) -> bool {
    rest.starts_with(b"for") && rest.get(3).is_some_and(|byte| is_space(*byte))
}

/// How many lines there are before the `.endfor` of a loop.
pub(super) fn body_length(rows: &[Line]) -> Option<usize> {
    let mut depth = 1;
    rows.iter().position(|line| {
        let [b'.', rest @ ..] = line.text.as_slice() else { return false };
        let rest = skip_space(rest);
        if is_for(rest) {
            depth += 1;
        } else if rest.strip_prefix(b"endfor").is_some_and(|rest| rest.first().is_none_or(|byte| is_space(*byte))) {
            depth -= 1;
        }
        depth == 0
    })
}

/// The names and the list of a loop.
pub(super) fn for_header(mut rest: &[u8]) -> Result<(Names, &[u8]), &'static str> {
    let mut names = Vec::new();
    loop {
        rest = skip_space(rest);
        let word = first_word(rest);
        rest = &rest[word.len()..];
        match word {
            b"" => return Err("missing `in' in for"),
            b"in" if names.is_empty() => return Err("no iteration variables in for"),
            b"in" => return Ok((names, skip_space(rest))),
            word => names.push(word.into()),
        }
    }
}

/// Which include, and what follows the word.
pub(super) fn include_of(rest: &[u8]) -> Option<(u8, &[u8])> {
    let kind = *rest.first()?;
    let word = if matches!(kind, b'd' | b's' | b'-') { &rest[1..] } else { rest };
    Some((kind, word.strip_prefix(b"include")?))
}

/// `include file`, unless it is a dependency.
pub(super) fn traditional_include(text: &[u8]) -> Option<(u8, &[u8])> {
    let (kind, rest) = include_of(text)?;
    if kind == b'd' || !rest.first().is_some_and(|byte| is_space(*byte)) {
        return None;
    }
    let colon = |at: usize| text.get(at + 1).is_none_or(|next| *next == b':' || is_space(*next));
    let is_rule = text.iter().enumerate().any(|(at, byte)| *byte == b':' && colon(at));
    (!is_rule).then(|| (kind, skip_space(rest)))
}

/// `export NAME=value`, without a dot.
pub(super) fn exported(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = text.strip_prefix(b"export")?;
    if !rest.first().is_some_and(|byte| is_space(*byte)) || text.contains(&b':') {
        return None;
    }
    let rest = skip_space(rest);
    let equals = memchr::memchr(b'=', rest)?;
    Some((&rest[..equals], &rest[equals + 1..]))
}

pub(super) fn message_of(rest: &[u8]) -> Option<(Severity, &[u8])> {
    let kinds: [(&[u8], Severity); 3] =
        [(b"info", Severity::Info), (b"warning", Severity::Warning), (b"error", Severity::Stop)];
    kinds.into_iter().find_map(|(word, severity)| {
        let text = rest.strip_prefix(word)?;
        text.first().is_some_and(|byte| is_space(*byte)).then(|| (severity, skip_space(text)))
    })
}

/// Takes an assignment apart, if the line is one.
pub(super) fn assignment(line: &[u8]) -> Option<(&[u8], How, &[u8])> {
    if !is_assignment(line) {
        return None;
    }
    let line = &line[line.iter().position(|byte| !is_blank(*byte))?..];
    let mut depth = 0;
    let mut blank = None;
    let mut equals = None;
    for (at, byte) in line.iter().enumerate().skip(1) {
        match byte {
            b'(' | b'{' => depth += 1,
            b')' | b'}' => depth -= 1,
            b'=' if depth <= 0 => {
                equals = Some(at);
                break;
            }
            byte if depth == 0 && is_space(*byte) && blank.is_none() => blank = Some(at),
            _ => {}
        }
    }
    let equals = equals?;
    let value = skip_space(&line[equals + 1..]);
    let (mut end, how) = match line[equals - 1] {
        b'+' => (equals - 1, How::Append),
        b'?' => (equals - 1, How::Default),
        b':' => (equals - 1, How::Expand),
        b'!' => (equals - 1, How::Shell),
        _ => match memchr::memrchr(b':', &line[..equals]).filter(|at| line[*at..].starts_with(b":sh")) {
            Some(at) => (at, How::Shell),
            None => (equals, How::Set),
        },
    };
    // The name ends at the first blank: `B+ =x` assigns to `B+`.
    end = blank.map_or(end, |blank| blank.min(end));
    Some((&line[..end], how, value))
}

/// Whether an operator of assignment comes outside braces and before a second word.
pub(super) fn is_assignment(line: &[u8]) -> bool {
    let start = line.iter().position(|byte| !is_blank(*byte)).unwrap_or(line.len());
    let line = &line[start..];
    let at = |index: usize| line.get(index).copied().unwrap_or(0);
    let (mut index, mut depth, mut spaced) = (0, 0, false);
    while index < line.len() {
        let mut byte = at(index);
        index += 1;
        match byte {
            b'(' | b'{' => {
                depth += 1;
                continue;
            }
            b')' | b'}' => {
                depth -= 1;
                continue;
            }
            _ if depth != 0 => continue,
            _ => {}
        }
        while is_blank(byte) {
            byte = at(index);
            index += 1;
            spaced = true;
        }
        if byte == b':' && line[index.min(line.len())..].starts_with(b"sh") {
            index += 2;
            continue;
        }
        if byte == b'=' || (at(index) == b'=' && matches!(byte, b'+' | b':' | b'?' | b'!')) {
            return true;
        }
        if spaced {
            return false;
        }
    }
    false
}

pub(super) fn has_operator(text: &[u8]) -> bool {
    let mut quoted = false;
    text.iter().any(|byte| {
        let found = !quoted && matches!(byte, b':' | b'!');
        quoted = *byte == b'\\' && !quoted;
        found
    })
}

/// Cuts a dependency line at a `;` outside of references.
pub(super) fn split_command(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        match text[at] {
            b'\\' => at += 1,
            b'$' if matches!(text.get(at + 1), Some(b'(' | b'{')) => depth += 1,
            b')' | b'}' if depth > 0 => depth -= 1,
            b';' if depth == 0 => return (&text[..at], Some(&text[at + 1..])),
            _ => {}
        }
        at += 1;
    }
    (text, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned(line: &str) -> String {
        match assignment(line.as_bytes()) {
            None => "none".into(),
            Some((name, how, value)) => {
                format!("{} {how:?} {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
            }
        }
    }

    #[test]
    fn the_byte_before_the_equals_sign_is_the_operator() {
        let table = [
            ("A=b", "A Set b"),
            ("A =b", "A Set b"),
            ("A+= b", "A Append b"),
            ("B+ =x", "B+ Set x"),
            ("C++=x", "C+ Append x"),
            ("FOO:sh=cmd", "FOO Shell cmd"),
            ("${N}_1?=d", "${N}_1 Default d"),
            ("  A:=b", "A Expand b"),
            ("a b=c", "none"),
            ("all: a=b", "none"),
            ("all:a=b", "all:a Set b"),
            ("a!=b", "a Shell b"),
        ];
        for (line, answer) in table {
            assert_eq!(assigned(line), answer, "{line}");
        }
    }
}
