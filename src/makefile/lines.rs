//! From bytes to logical lines.

/// A line of a makefile, continuations joined, comment and trailing blanks gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Of its first physical line, from 1.
    pub(super) number: u32,
    pub(super) text: Vec<u8>,
}

/// The logical lines of a makefile. Blank lines and comments are none.
pub(super) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    number: u32,
    /// The line of a NUL, with which the rest of its line is lost.
    pub(super) nul: Option<u32>,
}

pub(super) fn lines(text: &[u8]) -> Lines<'_> {
    Lines { text, at: 0, number: 0, nul: None }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while self.at < self.text.len() {
            let number = self.number + 1;
            let raw = self.physical();
            // A comment may be indented, even by a tab.
            if super::words::skip_space(raw).first().is_none_or(|byte| *byte == b'#') {
                continue;
            }
            let text = logical(raw);
            if !text.is_empty() {
                return Some(Line { number, text });
            }
        }
        None
    }
}

impl<'t> Lines<'t> {
    /// A line with its continuations as they are, without its last newline and trailing blanks.
    fn physical(&mut self) -> &'t [u8] {
        let start = self.at;
        let mut from = start;
        let end = loop {
            self.number += 1;
            match memchr::memchr(b'\n', &self.text[from..]) {
                None => {
                    self.at = self.text.len();
                    break self.at;
                }
                Some(found) => {
                    let end = from + found;
                    self.at = end + 1;
                    from = end + 1;
                    let slashes = self.text[start..end].iter().rev().take_while(|byte| **byte == b'\\').count();
                    if slashes % 2 == 0 {
                        break end;
                    }
                }
            }
        };
        let mut raw = &self.text[start..end];
        if let Some(nul) = memchr::memchr(0, raw) {
            self.nul.get_or_insert(self.number);
            raw = &raw[..nul];
        }
        trimmed(raw)
    }
}

/// Without trailing blanks, but a quoted one stays.
fn trimmed(raw: &[u8]) -> &[u8] {
    let mut end = raw.len();
    while end > 0 && super::words::is_space(raw[end - 1]) {
        end -= 1;
    }
    let slashes = raw[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
    let quoted = end < raw.len() && slashes % 2 == 1;
    &raw[..end + usize::from(quoted)]
}

/// Takes comment and continuations out. A line that begins with a tab is a command, and keeps its `#`.
fn logical(raw: &[u8]) -> Vec<u8> {
    let command = raw[0] == b'\t';
    let raw = if command { raw } else { uncommented(raw) };
    if !raw.contains(&b'\\') {
        return raw.to_vec();
    }
    let mut text = Vec::with_capacity(raw.len());
    // Blanks up to here are meant.
    let mut kept = 0;
    let mut at = 0;
    while at < raw.len() {
        let byte = raw[at];
        at += 1;
        if byte != b'\\' {
            text.push(byte);
            continue;
        }
        let Some(&next) = raw.get(at) else { break };
        at += 1;
        match next {
            b'#' if !command => text.push(b'#'),
            b'\n' => {
                at += raw[at..].iter().take_while(|byte| super::words::is_blank(**byte)).count();
                text.push(b' ');
            }
            next => {
                text.extend([b'\\', next]);
                kept = text.len();
            }
        }
    }
    while text.len() > kept && text.last().is_some_and(|byte| super::words::is_space(*byte)) {
        text.pop();
    }
    text
}

/// Up to a `#` that neither a backslash nor `[` stands before.
fn uncommented(raw: &[u8]) -> &[u8] {
    let mut from = 0;
    while let Some(found) = memchr::memchr(b'#', &raw[from..]) {
        let at = from + found;
        let slashes = raw[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if slashes % 2 == 0 && (at == 0 || raw[at - 1] != b'[') {
            return trimmed(&raw[..at]);
        }
        from = at + 1;
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u32, String)> {
        lines(text.as_bytes()).map(|line| (line.number, String::from_utf8_lossy(&line.text).into_owned())).collect()
    }

    fn one(text: &str) -> String {
        read(text).first().map(|(_, text)| text.clone()).unwrap_or_default()
    }

    #[test]
    fn lines_have_the_number_of_their_first() {
        let text = "a\n\n# c\nb \\\n  c\nd";
        assert_eq!(read(text), [(1, "a".into()), (4, "b  c".into()), (6, "d".into())]);
    }

    #[test]
    fn a_continuation_is_one_blank_and_those_before_it_stay() {
        assert_eq!(one("a   \\\n   b\n"), "a    b");
        assert_eq!(one("a\\\n\tb\\\n\n"), "a b");
        assert_eq!(one("a\\\\\nb"), "a\\\\");
    }

    #[test]
    fn comments_run_over_continuations() {
        assert_eq!(one("D=one \\\n# two \\\n three\n"), "D=one");
        assert_eq!(one("D=a\\#b #c"), "D=a#b");
        assert_eq!(one("D=${X:[#]} #c"), "D=${X:[#]}");
        assert_eq!(one("\tcmd # kept"), "\tcmd # kept");
    }

    #[test]
    fn a_quoted_blank_stays_at_the_end() {
        assert_eq!(one("A=b\\  "), "A=b\\ ");
        assert_eq!(one("A=b  "), "A=b");
    }

    #[test]
    fn a_nul_takes_the_rest_of_its_line() {
        let mut lines = lines(b"A=b\0c\nB=d\n");
        assert_eq!(lines.next().unwrap().text, b"A=b");
        assert_eq!(lines.next().unwrap().text, b"B=d");
        assert_eq!(lines.nul, Some(1));
    }
}
