//! POSIX extended regular expressions for `:C`: leftmost, then longest, over bytes.
//!
//! A pattern becomes a small program. It is run by backtracking that enters each pair of a split and a place once, so its
//! time is bounded by their product, whatever the pattern: from one split to the next there is one way.

mod parse;
mod run;

pub(super) use run::Scratch;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Ere {
    program: Box<[Op]>,
    /// Numbers of parentheses, without the whole match.
    pub(super) groups: usize,
    /// What a match may begin with; `None` if it may be empty or begin anywhere.
    first: Option<Box<Set>>,
    /// It begins at the start of the text or not at all.
    anchored: bool,
    /// The first match that is found is the longest: nothing in it is chosen among.
    plain: bool,
    /// There is more than one way through it.
    splits: bool,
}

/// Bytes, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Set([u64; 4]);

#[derive(Clone, Debug)]
enum Op {
    Byte(u8),
    Set(Box<Set>),
    /// The first is tried before the second.
    Split(u32, u32),
    Jump(u32),
    Save(u32),
    Start,
    End,
    WordStart,
    WordEnd,
    /// `\b`, and `\B` if it is false.
    WordEdge(bool),
    Match,
}

/// Where a match and its groups lie; a group that took no part has none.
pub(super) type Place = Option<(usize, usize)>;

impl Ere {
    /// Compiles a pattern; the error says what is wrong with it.
    pub(super) fn new(pattern: &[u8]) -> Result<Ere, String> {
        let tree = parse::parse(pattern)?;
        let program = parse::compile(&tree)?;
        let mut first = Set::default();
        let first = tree.first(&mut first).then(|| Box::new(first));
        let splits = program.ops.iter().any(|op| matches!(op, Op::Split(..)));
        Ok(Ere {
            program: program.ops.into(),
            groups: program.groups,
            first,
            anchored: tree.anchored(),
            plain: tree.plain(),
            splits,
        })
    }
}

impl Set {
    fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }

    fn join(&mut self, other: &Set) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
    }

    fn invert(&mut self) {
        self.0.iter_mut().for_each(|bits| *bits = !*bits);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Groups as `start-end`.
    fn run(pattern: &str, text: &str) -> String {
        let ere = match Ere::new(pattern.as_bytes()) {
            Ok(ere) => ere,
            Err(error) => return error,
        };
        let mut scratch = Scratch::default();
        if !ere.find(text.as_bytes(), true, &mut scratch) {
            return "no".into();
        }
        let show = |place: &Place| place.map_or("-".into(), |(from, to)| text[from..to].to_owned());
        scratch.places().iter().map(show).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn the_longest_of_the_leftmost_matches_wins() {
        let table = [
            ("a|ab|abc", "abcd", "abc"),
            ("(ab|a)(bcd)?", "abcd", "abcd|a|bcd"),
            ("(wee|week)(knights|night)", "weeknights", "weeknights|wee|knights"),
            ("a?(ab)?", "ab", "ab|ab"),
            ("(a*)(ab)*(b*)", "abb", "abb|a|-|bb"),
            ("x*", "aaa", ""),
            ("(x)|(y)", "y", "y|-|y"),
            ("[0-9]+", "ab123c", "123"),
            ("^b", "ab", "no"),
            ("b$", "ab", "b"),
            ("(^a|b)c", "acbc", "ac|a"),
            ("a{2,3}", "aaaa", "aaa"),
            ("a{2}", "a", "no"),
            ("a{,2}b", "aab", "aab"),
            ("[]a]+", "x]a", "]a"),
            ("[^]a]", "]ab", "b"),
            ("[[:digit:][:alpha:]_]+", "-a_1-", "a_1"),
            ("[\\.]", "\\", "\\"),
            ("a.c", "a\nc", "a\nc"),
            ("[[:<:]]b", "ab b", "b"),
            ("a[[:>:]]", "ab a", "a"),
            ("a)b", "a)b", "a)b"),
            ("()", "x", "|"),
            ("(a|)+b", "aab", "aab|a"),
            ("{a", "{a", "{a"),
        ];
        for (pattern, text, answer) in table {
            assert_eq!(run(pattern, text), answer, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_named() {
        let table = [
            ("(a", "Unmatched ( or \\("),
            ("[a", "Unmatched [, [^, [:, [., or [="),
            ("*a", "Invalid preceding regular expression"),
            ("a{2,1}", "Invalid content of \\{\\}"),
            ("a\\", "Trailing backslash"),
            ("[[:nope:]]", "Invalid character class name"),
            ("[b-a]", "Invalid range end"),
            ("((a{255}){255}){255}", "Regular expression too big"),
        ];
        for (pattern, error) in table {
            assert_eq!(run(pattern, "a"), error, "{pattern}");
        }
    }

    #[test]
    fn nothing_explodes() {
        let text = "a".repeat(2000);
        assert_eq!(run("(a*)*b", &text), "no");
        assert_eq!(run("(a|a|aa)*b", &text), "no");
        assert_eq!(run("a*a*a*a*a*a*a*a*b", &text), "no");
    }
}
