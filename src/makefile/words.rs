//! How `make` takes a text apart: blanks, words, patterns of names, numbers.

/// A blank as C's `isspace` sees it.
pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without the blanks in front.
pub(super) fn skip_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_space(*byte)).unwrap_or(text.len());
    &text[start..]
}

/// Up to the first blank.
pub(super) fn first_word(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| is_space(*byte)).unwrap_or(text.len());
    &text[..end]
}

/// The words of a value: quotes and backslashes hold a word together and stay in it, a newline right behind a word
/// ends the list, and an empty value is one empty word.
pub(super) struct Words<'t> {
    rest: &'t [u8],
    state: State,
    plain: bool,
}

#[derive(PartialEq)]
enum State {
    First,
    Later,
    Done,
}

pub(super) fn words(text: &[u8]) -> Words<'_> {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    Words { rest: &text[start..], state: State::First, plain: is_plain(text) }
}

/// Whether blanks alone end words.
pub(super) fn is_plain(text: &[u8]) -> bool {
    memchr::memchr3(b'"', b'\'', b'\\', text).is_none()
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t [u8];

    fn next(&mut self) -> Option<&'t [u8]> {
        match self.state {
            State::Done => return None,
            State::First => self.state = State::Later,
            State::Later => {
                // A newline that follows a blank ends nothing.
                let is_between = |byte: &u8| is_blank(*byte) || *byte == b'\n';
                let start = self.rest.iter().position(|byte| !is_between(byte)).unwrap_or(self.rest.len());
                self.rest = &self.rest[start..];
                if self.rest.is_empty() {
                    self.state = State::Done;
                    return None;
                }
            }
        }
        let length = match self.plain {
            true => memchr::memchr3(b' ', b'\t', b'\n', self.rest).unwrap_or(self.rest.len()),
            false => word_length(self.rest),
        };
        let (word, rest) = self.rest.split_at(length);
        match rest {
            [] | [b'\n', ..] => self.state = State::Done,
            [_, rest @ ..] => self.rest = rest,
        }
        Some(word)
    }
}

fn word_length(text: &[u8]) -> usize {
    let mut quote = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' | b'\'' => match quote {
                None => quote = Some(byte),
                Some(open) if open == byte => quote = None,
                Some(_) => {}
            },
            b'\\' => at += 1,
            b' ' | b'\t' | b'\n' if quote.is_none() => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

/// Whether a name matches a pattern of `*`, `?`, `[...]`, `\x`, and `[^...]` where that `negates`. Matching takes time in the product of the
/// two lengths at most.
pub(super) fn matches(text: &[u8], pattern: &[u8], negates: bool) -> bool {
    let (mut t, mut p) = (0, 0);
    // Where to go on when the rest does not match: behind the last star, one byte later in the text.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let step = match pattern.get(p) {
            None if t == text.len() => return true,
            Some(b'*') => {
                p += pattern[p..].iter().take_while(|byte| **byte == b'*').count();
                if p == pattern.len() {
                    return true;
                }
                retry = Some((t, p));
                // `make` looks for the rest at each byte that is left: never at the very end.
                (t < text.len()).then_some(0)
            }
            Some(_) if t < text.len() => one(text[t], &pattern[p..], negates),
            _ => None,
        };
        match step {
            Some(0) => {}
            Some(length) => (t, p) = (t + 1, p + length),
            None => {
                let Some((from, behind)) = retry else { return false };
                if from + 1 >= text.len() {
                    return false;
                }
                retry = Some((from + 1, behind));
                (t, p) = (from + 1, behind);
            }
        }
    }
}

/// What any match begins with, and the pattern of what is behind it.
pub(super) fn split_pattern(pattern: &[u8]) -> (&[u8], &[u8]) {
    let special = |byte: &u8| matches!(byte, b'*' | b'?' | b'[' | b'\\');
    pattern.split_at(pattern.iter().position(special).unwrap_or(pattern.len()))
}

/// Whether one byte matches the first element of a pattern; how long that element is.
fn one(byte: u8, pattern: &[u8], negates: bool) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', ..] => one_of(byte, pattern, negates),
        [b'\\', literal, ..] => (*literal == byte).then_some(2),
        [b'\\'] => None,
        [literal, ..] => (*literal == byte).then_some(1),
        [] => None,
    }
}

/// A bracket list. Backslash is ordinary in it, ranges may be reversed, and a missing `]` closes it at the end.
fn one_of(byte: u8, pattern: &[u8], negates: bool) -> Option<usize> {
    let negated = negates && pattern.get(1) == Some(&b'^');
    let mut at = 1 + usize::from(negated);
    let at_end = |at: usize| matches!(pattern.get(at), None | Some(b']'));
    let found = loop {
        if at_end(at) {
            break false;
        }
        if pattern[at] == byte {
            break true;
        }
        if pattern.get(at + 1) == Some(&b'-') {
            let Some(&last) = pattern.get(at + 2) else { return negated.then_some(pattern.len()) };
            let (low, high) = if pattern[at] <= last { (pattern[at], last) } else { (last, pattern[at]) };
            if (low..=high).contains(&byte) {
                break true;
            }
            at += 2;
        }
        at += 1;
    };
    if found == negated {
        return None;
    }
    let end = pattern.iter().skip(at).position(|byte| *byte == b']').map_or(pattern.len(), |more| at + more + 1);
    Some(end)
}

/// A number as a condition reads one: decimal, `0x` or with a fraction. The empty text is 0.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let text = std::str::from_utf8(skip_space(text)).ok()?;
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    if let Some(digits) = digits {
        return (!digits.is_empty()).then(|| u64::from_str_radix(digits, 16).ok()).flatten().map(|value| value as f64);
    }
    let known = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !text.bytes().all(known) {
        return None;
    }
    // `e5` and its like begin no number.
    let start = text.trim_start_matches(['+', '-']);
    start.starts_with(|c: char| c.is_ascii_digit() || c == '.').then(|| text.parse().ok()).flatten()
}

/// The place of `needle` in `text`; an empty one is nowhere.
pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => None,
        [byte] => memchr::memchr(*byte, text),
        _ => memchr::memmem::find(text, needle),
    }
}

/// The name without directories, and the directories with their last slash.
pub(super) fn split_path(path: &[u8]) -> (&[u8], &[u8]) {
    let cut = memchr::memrchr(b'/', path).map_or(0, |slash| slash + 1);
    path.split_at(cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        words(text.as_bytes()).map(|word| String::from_utf8_lossy(word).into_owned()).collect()
    }

    #[test]
    fn quotes_and_backslashes_hold_words_together() {
        assert_eq!(split("a \"b c\" d\\ e 'f g' x\"y z\"w"), ["a", "\"b c\"", "d\\ e", "'f g'", "x\"y z\"w"]);
        assert_eq!(split("  a\t b  "), ["a", "b"]);
        assert_eq!(split("a \"b c"), ["a", "\"b c"]);
        assert_eq!(split("a\\"), ["a\\"]);
    }

    #[test]
    fn an_empty_value_is_one_word_and_a_newline_right_behind_a_word_ends_the_list() {
        assert_eq!(split(""), [""]);
        assert_eq!(split("  "), [""]);
        assert_eq!(split("a b\nc d"), ["a", "b"]);
        assert_eq!(split("\nc"), [""]);
        assert_eq!(split("a \nc \n"), ["a", "c"]);
    }

    #[test]
    fn patterns_match_as_in_make() {
        let yes = [
            ("foo", "f*"),
            ("foo", "foo"),
            ("foo", "*o"),
            ("a.c", "*.[ch]"),
            ("b", "[c-a]"),
            ("x", "[^a-c]"),
            ("", "*"),
            ("a*b", "a\\*b"),
            ("abc", "a?c"),
            ("a", "[abc"),
            ("aXbXc", "a*b*c"),
            ("\\", "[\\]"),
        ];
        let no = [
            ("foo", "f"),
            ("a.o", "*.[ch]"),
            ("a", "[^a-c]"),
            ("a", "[!b]"),
            ("ab", "a\\"),
            ("", "?"),
            ("", "**?"),
            ("b", "[]b]"),
            ("aXbXd", "a*b*c"),
            ("x", "[a-"),
        ];
        let split = |text: &[u8], pattern| {
            let (start, rest) = split_pattern(pattern);
            text.strip_prefix(start).is_some_and(|text| matches(text, rest, true))
        };
        for (text, pattern, expected) in
            yes.map(|(t, p)| (t, p, true)).into_iter().chain(no.map(|(t, p)| (t, p, false)))
        {
            assert_eq!(matches(text.as_bytes(), pattern.as_bytes(), true), expected, "{text} {pattern}");
            assert_eq!(split(text.as_bytes(), pattern.as_bytes()), expected, "{text} {pattern}, split");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(
            &[b'a'; 5000],
            &b"*a".repeat(2000).as_slice().iter().chain(b"b").copied().collect::<Vec<_>>(),
            true
        ));
    }

    #[test]
    fn numbers_are_those_of_conditions() {
        let known = [("", 0.0), ("1.10", 1.1), ("01", 1.0), ("0x10", 16.0), ("1e1", 10.0), ("-3", -3.0), ("1.", 1.0)];
        for (text, value) in known {
            assert_eq!(number(text.as_bytes()), Some(value), "{text}");
        }
        for text in ["a", "1a", "e5", "0x", "1 ", "inf", ".", "1.2.3"] {
            assert_eq!(number(text.as_bytes()), None, "{text}");
        }
    }
}
