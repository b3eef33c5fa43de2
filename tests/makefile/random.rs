//! Random makefiles.

/// A small generator of numbers; a seed gives the same makefile always.
pub(crate) struct Random(pub(crate) u64);

const NAMES: [&str; 8] = ["A", "B", "CC", "D.x", "E_1", "UNDEF", "FIXED", "FROM_ENV"];
const WORDS: [&str; 20] = [
    "a",
    "b.c",
    "foo",
    "foo.o",
    "bar/baz.c",
    "/x/y.tar.gz",
    "a=b",
    "1",
    "2.0",
    "\"q w\"",
    "x-1.2_3,4",
    "lib*.so",
    "b",
    "foo",
    "[x]",
    "%",
    "it's",
    "A",
    "&",
    "yes",
];
const PATTERNS: [&str; 14] =
    ["*", "f*", "*.c", "[a-f]*", "[^a]*", "?", "foo", "*o*", "b.c", "*/*", "${B}", "${B:R}*", "x", "[0-9]*"];
const REGEXES: [&str; 18] = [
    "a",
    "o+",
    "^f",
    "c$$",
    "[a-z]",
    "[^/]*/",
    "(fo|f)o",
    ".",
    "x*",
    "([a-z])([a-z]?)",
    "\\.",
    "[0-9]+",
    "^.*/",
    "(a|b|c)+",
    "o|oo",
    "-[0-9]",
    "(b|ba)(r|/)?",
    "^(.)(.*)",
];
const REPLACEMENTS: [&str; 8] = ["", "X", "&&", "\\1", "<\\0>", "${A}", "\\2\\1", "-"];

impl Random {
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.draw() >> 11) as usize % end
    }

    pub(crate) fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    fn words(&mut self) -> String {
        let count = self.below(5);
        (0..count).map(|_| self.pick(&WORDS)).collect::<Vec<_>>().join(self_separator(count))
    }

    /// A text with references in it.
    pub(crate) fn text(&mut self, depth: usize) -> String {
        let mut text = String::new();
        for _ in 0..=self.below(3) {
            if !text.is_empty() && self.below(3) > 0 {
                text.push(' ');
            }
            match self.below(8) {
                0..3 => text.push_str(&self.words()),
                // A `$` that a `:=` leaves alone begins a reference with whatever comes to stand behind it.
                3 => text.push_str(self.pick(&["$$y", "$$x", "$$${B}", "$A", "$(B)", "${A}", "${A}"])),
                _ => text.push_str(&self.reference(depth)),
            }
        }
        text
    }

    pub(crate) fn reference(&mut self, depth: usize) -> String {
        let mut text = if self.below(6) == 0 { String::from("$(") } else { String::from("${") };
        let close = if text == "$(" { ')' } else { '}' };
        match self.below(10) {
            0 if depth > 0 => {
                text.push_str("E_");
                text.push_str(&self.reference(0));
            }
            1 => {}
            _ => text.push_str(self.pick(&NAMES)),
        }
        let modifiers = self.below(4);
        for _ in 0..modifiers {
            text.push(':');
            text.push_str(&self.modifier(depth));
        }
        if text.len() == 2 {
            text.push('A');
        }
        text.push(close);
        text
    }

    fn nested(&mut self, depth: usize) -> String {
        if depth == 0 || self.below(2) == 0 {
            self.pick(&["x", "foo", "", "a b", "1"]).into()
        } else {
            self.reference(depth - 1)
        }
    }

    fn modifier(&mut self, depth: usize) -> String {
        match self.below(26) {
            0..3 => format!("M{}", self.pick(&PATTERNS)),
            3..5 => format!("N{}", self.pick(&PATTERNS)),
            5..8 => {
                let (left, right) =
                    (self.pick(&["a", "o", "foo", "^f", "o$", "^foo$", "", ".", "^"]), self.nested(depth));
                let flags = self.pick(&["", "", "g", "1", "W", "1g", "gW"]);
                format!("S,{left},{right},{flags}")
            }
            8 => format!("S/{}/{}/", self.nested(depth), self.pick(&["&&", "\\&", "x", "$"])),
            9..12 => {
                let (left, right) = (self.pick(&REGEXES), self.pick(&REPLACEMENTS));
                // `\2` of a pattern with less groups is refused.
                let right = if left.matches('(').count() < 2 && right.contains("\\2") { "<&>" } else { right };
                let right = if left.contains('(') { right } else { right.trim_start_matches("\\1") };
                format!("C|{}|{right}|{}", left.replace('|', "\\|"), self.pick(&["", "g", "1", "W", "1g"]))
            }
            12 => self.pick(&["H", "T", "E", "R"]).into(),
            13 => self.pick(&["O", "Or", "u", "O:u"]).into(),
            14 => self.pick(&["tu", "tl", "Q", "q", "L", "hash"]).into(),
            15 => self.pick(&["tW", "tw", "ts,", "ts", "ts\\n", "[#]", "[*]", "[@]", "[0]"]).into(),
            16 => self.pick(&["[1]", "[-1]", "[2..-1]", "[-1..1]", "[2]", "[1..2]", "[9]"]).into(),
            17 => format!("U{}", self.nested(depth)),
            18 => format!("D{}", self.nested(depth)),
            19 => format!("@v@{}@", self.pick(&["<$v>", "${v:S,a,b,}", "$v$v", "${v}/${A}", "x"])),
            20 => self.pick(&["range", "range=3", "range"]).into(),
            21 => self.pick(&[".c=.o", "%.c=%.o", "%=x%", "o=", "foo=${A}"]).into(),
            22 => format!("?{}:{}", self.nested(depth), self.nested(0)),
            23 => self.pick(&["tA", "tW:S, ,_,g", "tl"]).into(),
            // One that is none makes `make` complain also where a condition does not need the text.
            24 => self.pick(&["${M1}", "${M2}", "${NEVER}"]).into(),
            _ => format!("M{}", self.nested(depth)),
        }
    }

    pub(crate) fn condition(&mut self, depth: usize) -> String {
        match self.below(12) {
            0 => format!("defined({})", self.pick(&NAMES)),
            1 => format!("empty({})", self.pick(&["A", "B:M*.c", "UNDEF", "CC:Nfoo:Nb", "E_1:M${A}"])),
            2 => format!("\"x{}\" == \"x{}\"", self.text(1).replace('"', ""), self.words().replace('"', "")),
            3 => {
                format!("${{A:U:[#]}} {} {}", self.pick(&["==", "!=", "<", ">="]), self.pick(&["1", "2.0", "3", "0x1"]))
            }
            4 => format!("!{}", self.pick(&["defined(A)", "empty(B)", "${CC:U:Mfoo}", "UNDEF"])),
            5 => self.pick(&["${A:U}", "${B:U:Mfoo}", "${CC:U:[#]} > 1", "${UNDEF:U0}", "A", "1", "0"]).into(),
            6 | 7 if depth > 0 => format!("{} && {}", self.condition(depth - 1), self.condition(depth - 1)),
            8 | 9 if depth > 0 => format!("{} || {}", self.condition(depth - 1), self.condition(depth - 1)),
            10 if depth > 0 => format!("({})", self.condition(depth - 1)),
            11 if self.below(8) == 0 => format!("{} == {}", self.reference(1), self.pick(&["foo", "1", "\"a\""])),
            _ => format!(
                "\"{}\" {} {}",
                self.reference(1),
                self.pick(&["==", "!="]),
                self.pick(&["foo", "1", "\"a\"", "\"${A}\""])
            ),
        }
    }

    /// Some statements; loops and conditions in each other.
    pub(crate) fn statements(&mut self, depth: usize, count: usize, out: &mut String) {
        for _ in 0..count {
            match self.below(12) {
                0 if depth > 0 => {
                    out.push_str(&format!(".for i in {}\n", self.text(1).replace("$$", "")));
                    out.push_str(&format!("R_$i+= {} ${{i:{}}}\n", self.text(1), self.modifier(1)));
                    out.push_str(&format!("{} += ${{i}} $i\n", self.pick(&["L", "CC", "UNDEF"])));
                    self.statements(depth - 1, 2, out);
                    out.push_str(".endfor\n");
                }
                1 if depth > 0 => {
                    out.push_str(&format!(".for i j in {} x\n", self.words()));
                    out.push_str(&format!("{}:= $j ${{i:{}}}\n", self.pick(&NAMES), self.modifier(1)));
                    out.push_str(".endfor\n");
                }
                2 | 3 if depth > 0 => {
                    out.push_str(&format!(".if {}\n", self.condition(2)));
                    self.statements(depth - 1, 2, out);
                    if self.below(2) == 0 {
                        out.push_str(&format!(".elif {}\n", self.condition(1)));
                        self.statements(depth - 1, 1, out);
                    }
                    if self.below(2) == 0 {
                        out.push_str(".else\n");
                        self.statements(depth - 1, 1, out);
                    }
                    out.push_str(".endif\n");
                }
                4 => out.push_str(&format!(".undef {}\n", self.pick(&NAMES))),
                _ => {
                    let operator = self.pick(&["=", "=", "+=", "?=", ":=", ":="]);
                    let name = self.pick(&["A", "B", "CC", "D.x", "E_1", "E_${A}", "FROM_ENV", "FIXED", "R"]);
                    out.push_str(&format!("{name}{operator} {}\n", self.text(2)));
                }
            }
        }
    }

    pub(crate) fn makefile(&mut self) -> String {
        let mut out = String::from("M1= S/o/0/g\nM2= Mf*:tu\n");
        for name in ["A", "B", "CC", "E_1"] {
            out.push_str(&format!("{name}= {}\n", self.words()));
        }
        self.statements(2, 8, &mut out);
        out
    }
}

fn self_separator(count: usize) -> &'static str {
    if count == 3 { "  " } else { " " }
}
