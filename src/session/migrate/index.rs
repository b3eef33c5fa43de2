//! go-dsynth's text file of checksums: a line for each port, `origin:hexadecimal`.

use std::collections::BTreeMap;

use crate::model::OriginSpec;

/// What the lines say, and which of them say nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Index {
    pub(super) records: BTreeMap<OriginSpec, u32>,
    /// Numbers of lines, from 1.
    pub(super) wrong: Vec<usize>,
}

impl Index {
    /// Empty lines and those that begin with `#` are passed over; of two lines for a port the last one counts.
    pub(super) fn parse(bytes: &[u8]) -> Index {
        let mut index = Index::default();
        for (number, line) in String::from_utf8_lossy(bytes).lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match record(line) {
                Some((spec, crc)) => drop(index.records.insert(spec, crc)),
                None => index.wrong.push(number + 1),
            }
        }
        index
    }
}

fn record(line: &str) -> Option<(OriginSpec, u32)> {
    let (origin, digits) = line.split_once(':')?;
    // The parser of numbers would take a sign as well.
    let is_number = (1..=8).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let crc = u32::from_str_radix(digits, 16).ok().filter(|_| is_number)?;
    Some((OriginSpec::parse(origin).ok()?, crc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Vec<usize>) {
        let index = Index::parse(text.as_bytes());
        let records: Vec<String> = index.records.iter().map(|(spec, crc)| format!("{spec}={crc:x}")).collect();
        (records.join(" "), index.wrong)
    }

    #[test]
    fn good_lines_count_and_comments_and_blanks_are_passed_over() {
        let text = "# by go-dsynth\n\neditors/vim:deadbeef\n  \n a/b@c:1\r\nx/y:00C0FFEE\n";
        assert_eq!(read(text), ("a/b@c=1 editors/vim=deadbeef x/y=c0ffee".into(), vec![]));
        assert_eq!(read(""), (String::new(), vec![]));
        assert_eq!(read("a/b:1\na/b:2"), ("a/b=2".into(), vec![]));
    }

    #[test]
    fn bad_lines_are_told_by_number() {
        let bad = [
            "a/b",
            "a/b:",
            "a/b:zz",
            "a/b:deadbeefzz",
            "extra:fields:here",
            "a/b:1:2",
            "a/b:0xff",
            ":ff",
            "a/b:123456789",
            "a/b:+1",
            "vim:ff",
            "../a:ff",
            "a/b: ff",
            "\u{fffd}\0",
        ];
        for line in bad {
            assert_eq!(read(&format!("c/d:1\n\n{line}\nc/e:2\n")), ("c/d=1 c/e=2".into(), vec![3]), "{line}");
        }
        assert_eq!(Index::parse(b"\xff\xfe/x:1\nc/d:1").wrong, [1]);
    }
}
