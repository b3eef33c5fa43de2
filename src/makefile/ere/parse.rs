//! From a pattern to a program.

use super::{Op, Set};

/// More instructions than any pattern of a makefile needs.
const LARGEST: usize = 20_000;
const DEEPEST: usize = 100;
/// Of `{n,m}`.
const MOST: u32 = 255;

#[derive(Debug)]
pub(super) enum Tree {
    Empty,
    Byte(u8),
    Set(Set),
    Edge(Op),
    Group(Box<Tree>, usize),
    Row(Vec<Tree>),
    Any(Vec<Tree>),
    Repeat(Box<Tree>, u32, Option<u32>),
}

pub(super) struct Program {
    pub(super) ops: Vec<Op>,
    pub(super) groups: usize,
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    groups: usize,
    depth: usize,
}

pub(super) fn parse(pattern: &[u8]) -> Result<Tree, String> {
    let mut parser = Parser { text: pattern, at: 0, groups: 0, depth: 0 };
    let tree = parser.any()?;
    if parser.at < pattern.len() {
        return Err("Unmatched ) or \\)".into());
    }
    Ok(tree)
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn any(&mut self) -> Result<Tree, String> {
        if self.depth == DEEPEST {
            return Err("Regular expression too big".into());
        }
        self.depth += 1;
        let mut rows = vec![self.row()?];
        while self.peek() == Some(b'|') {
            self.at += 1;
            rows.push(self.row()?);
        }
        self.depth -= 1;
        Ok(if rows.len() == 1 { rows.remove(0) } else { Tree::Any(rows) })
    }

    fn row(&mut self) -> Result<Tree, String> {
        let mut row = Vec::new();
        // A parenthesis that closes nothing is ordinary.
        while self.peek().is_some_and(|byte| byte != b'|' && !(byte == b')' && self.depth > 1)) {
            let mut one = self.one()?;
            while let Some((least, most)) = self.count()? {
                if matches!(one, Tree::Edge(_)) {
                    return Err("Invalid preceding regular expression".into());
                }
                one = Tree::Repeat(Box::new(one), least, most);
            }
            row.push(one);
        }
        Ok(match row.len() {
            0 => Tree::Empty,
            1 => row.remove(0),
            _ => Tree::Row(row),
        })
    }

    fn one(&mut self) -> Result<Tree, String> {
        let byte = self.text[self.at];
        self.at += 1;
        Ok(match byte {
            b'(' => {
                self.groups += 1;
                let number = self.groups;
                let inner = self.any()?;
                if self.peek() != Some(b')') {
                    return Err("Unmatched ( or \\(".into());
                }
                self.at += 1;
                Tree::Group(Box::new(inner), number)
            }
            b'[' => self.bracket()?,
            b'.' => {
                let mut all = Set::default();
                all.invert();
                Tree::Set(all)
            }
            b'^' => Tree::Edge(Op::Start),
            b'$' => Tree::Edge(Op::End),
            b'*' | b'+' | b'?' => return Err("Invalid preceding regular expression".into()),
            b'{' if self.peek().is_some_and(|next| next.is_ascii_digit()) => {
                return Err("Invalid preceding regular expression".into());
            }
            b'\\' => {
                let Some(next) = self.peek() else { return Err("Trailing backslash".into()) };
                self.at += 1;
                escaped(next)?
            }
            byte => Tree::Byte(byte),
        })
    }

    /// How often what stands before may come, if that is said here.
    fn count(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let simple = match self.peek() {
            Some(b'*') => (0, None),
            Some(b'+') => (1, None),
            Some(b'?') => (0, Some(1)),
            Some(b'{') => return self.interval(),
            _ => return Ok(None),
        };
        self.at += 1;
        Ok(Some(simple))
    }

    fn interval(&mut self) -> Result<Option<(u32, Option<u32>)>, String> {
        let body = &self.text[self.at + 1..];
        if !body.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b',') {
            return Ok(None);
        }
        let Some(end) = body.iter().position(|byte| *byte == b'}') else {
            return Err("Unmatched \\{".into());
        };
        let wrong = || "Invalid content of \\{\\}".to_owned();
        let text = std::str::from_utf8(&body[..end]).map_err(|_| wrong())?;
        let number = |digits: &str| digits.parse::<u32>().map_err(|_| wrong());
        let (least, most) = match text.split_once(',') {
            None => (number(text)?, Some(number(text)?)),
            Some(("", most)) => (0, Some(number(most)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if most.is_some_and(|most| most < least) {
            return Err(wrong());
        }
        if least.max(most.unwrap_or(0)) > MOST {
            return Err("Regular expression too big".into());
        }
        self.at += end + 2;
        Ok(Some((least, most)))
    }

    fn bracket(&mut self) -> Result<Tree, String> {
        for (word, edge) in [(&b"[:<:]]"[..], Op::WordStart), (b"[:>:]]", Op::WordEnd)] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(Tree::Edge(edge));
            }
        }
        let open = || "Unmatched [, [^, [:, [., or [=".to_owned();
        let mut set = Set::default();
        let negated = self.peek() == Some(b'^');
        self.at += usize::from(negated);
        let begin = self.at;
        loop {
            let byte = self.peek().ok_or_else(open)?;
            if byte == b']' && self.at > begin {
                self.at += 1;
                break;
            }
            let kind = self.text.get(self.at + 1).copied();
            if byte == b'[' && kind == Some(b':') {
                let name = self.named(b":]").ok_or_else(open)?;
                class(&name, &mut set)?;
                continue;
            }
            let first = self.element().ok_or_else(open)?;
            let is_range = self.peek() == Some(b'-') && self.text.get(self.at + 1).is_some_and(|next| *next != b']');
            if !is_range {
                set.add(first);
                continue;
            }
            self.at += 1;
            let last = self.element().ok_or_else(open)?;
            if last < first {
                return Err("Invalid range end".into());
            }
            (first..=last).for_each(|byte| set.add(byte));
        }
        if negated {
            set.invert();
        }
        Ok(Tree::Set(set))
    }

    /// A byte of a bracket, perhaps written `[.x.]` or `[=x=]`.
    fn element(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        let next = self.text.get(self.at + 1).copied();
        if byte == b'[' && matches!(next, Some(b'.' | b'=')) {
            let end: &[u8] = if next == Some(b'.') { b".]" } else { b"=]" };
            return self.named(end)?.first().copied();
        }
        self.at += 1;
        Some(byte)
    }

    /// What stands between `[x` and `x]`.
    fn named(&mut self, end: &[u8]) -> Option<Vec<u8>> {
        let body = &self.text[self.at + 2..];
        let length = body.windows(2).position(|pair| pair == end)?;
        self.at += 2 + length + 2;
        Some(body[..length].to_vec())
    }
}

fn escaped(byte: u8) -> Result<Tree, String> {
    let of = |name: &[u8], extra: &[u8], negated: bool| {
        let mut set = Set::default();
        class(name, &mut set)?;
        extra.iter().for_each(|byte| set.add(*byte));
        if negated {
            set.invert();
        }
        Ok(Tree::Set(set))
    };
    match byte {
        b'w' => of(b"alnum", b"_", false),
        b'W' => of(b"alnum", b"_", true),
        b's' => of(b"space", b"", false),
        b'S' => of(b"space", b"", true),
        b'<' => Ok(Tree::Edge(Op::WordStart)),
        b'>' => Ok(Tree::Edge(Op::WordEnd)),
        b'b' => Ok(Tree::Edge(Op::WordEdge(true))),
        b'B' => Ok(Tree::Edge(Op::WordEdge(false))),
        b'1'..=b'9' => Err("Invalid back reference".into()),
        byte => Ok(Tree::Byte(byte)),
    }
}

fn class(name: &[u8], set: &mut Set) -> Result<(), String> {
    let is: fn(&u8) -> bool = match name {
        b"alpha" => u8::is_ascii_alphabetic,
        b"digit" => u8::is_ascii_digit,
        b"alnum" => u8::is_ascii_alphanumeric,
        b"upper" => u8::is_ascii_uppercase,
        b"lower" => u8::is_ascii_lowercase,
        b"space" => |byte| matches!(byte, b' ' | b'\t'..=b'\r'),
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"punct" => u8::is_ascii_punctuation,
        b"cntrl" => u8::is_ascii_control,
        b"xdigit" => u8::is_ascii_hexdigit,
        b"graph" => u8::is_ascii_graphic,
        b"print" => |byte| (b' '..=b'~').contains(byte),
        _ => return Err("Invalid character class name".into()),
    };
    (0..=u8::MAX).filter(is).for_each(|byte| set.add(byte));
    Ok(())
}

impl Tree {
    /// Adds what a match may begin with; false if it may be empty or begin anywhere.
    pub(super) fn first(&self, set: &mut Set) -> bool {
        match self {
            Tree::Empty | Tree::Edge(_) => false,
            Tree::Byte(byte) => {
                set.add(*byte);
                true
            }
            Tree::Set(own) => {
                set.join(own);
                true
            }
            Tree::Group(inner, _) => inner.first(set),
            // What can be passed over adds its bytes too.
            Tree::Row(row) => row.iter().any(|tree| tree.first(set)),
            Tree::Any(rows) => rows.iter().all(|tree| tree.first(set)),
            Tree::Repeat(inner, least, most) => {
                let sure = most != &Some(0) && inner.first(set);
                sure && *least > 0
            }
        }
    }

    pub(super) fn anchored(&self) -> bool {
        match self {
            Tree::Edge(Op::Start) => true,
            Tree::Group(inner, _) => inner.anchored(),
            Tree::Row(row) => row.first().is_some_and(Tree::anchored),
            Tree::Any(rows) => rows.iter().all(Tree::anchored),
            _ => false,
        }
    }

    /// Without alternatives and repeated groups, greed finds the longest match first.
    pub(super) fn plain(&self) -> bool {
        match self {
            Tree::Any(_) => false,
            Tree::Repeat(inner, ..) => matches!(**inner, Tree::Byte(_) | Tree::Set(_)),
            Tree::Group(inner, _) => inner.plain(),
            Tree::Row(row) => row.iter().all(Tree::plain),
            _ => true,
        }
    }
}

pub(super) fn compile(tree: &Tree) -> Result<Program, String> {
    let mut program = Program { ops: Vec::new(), groups: 0 };
    program.add(tree)?;
    program.ops.push(Op::Match);
    Ok(program)
}

impl Program {
    fn add(&mut self, tree: &Tree) -> Result<(), String> {
        if self.ops.len() > LARGEST {
            return Err("Regular expression too big".into());
        }
        match tree {
            Tree::Empty => {}
            Tree::Byte(byte) => self.ops.push(Op::Byte(*byte)),
            Tree::Set(set) => self.ops.push(Op::Set(Box::new(*set))),
            Tree::Edge(edge) => self.ops.push(edge.clone()),
            Tree::Group(inner, number) => {
                self.groups = self.groups.max(*number);
                self.ops.push(Op::Save(*number as u32 * 2));
                self.add(inner)?;
                self.ops.push(Op::Save(*number as u32 * 2 + 1));
            }
            Tree::Row(row) => row.iter().try_for_each(|tree| self.add(tree))?,
            Tree::Any(rows) => self.alternatives(rows)?,
            Tree::Repeat(inner, least, most) => self.repeat(inner, *least, *most)?,
        }
        Ok(())
    }

    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn alternatives(&mut self, rows: &[Tree]) -> Result<(), String> {
        let mut jumps = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let split = self.ops.len();
            let last = index + 1 == rows.len();
            if !last {
                self.ops.push(Op::Split(split as u32 + 1, 0));
            }
            self.add(row)?;
            if !last {
                jumps.push(self.ops.len());
                self.ops.push(Op::Jump(0));
                self.ops[split] = Op::Split(split as u32 + 1, self.here());
            }
        }
        let end = self.here();
        jumps.into_iter().for_each(|jump| self.ops[jump] = Op::Jump(end));
        Ok(())
    }

    fn repeat(&mut self, inner: &Tree, least: u32, most: Option<u32>) -> Result<(), String> {
        for _ in 0..least {
            self.add(inner)?;
        }
        let Some(most) = most else {
            let split = self.here();
            self.ops.push(Op::Jump(0));
            self.add(inner)?;
            self.ops.push(Op::Jump(split));
            self.ops[split as usize] = Op::Split(split + 1, self.here());
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.ops.len());
            self.ops.push(Op::Jump(0));
            self.add(inner)?;
        }
        let end = self.here();
        splits.into_iter().for_each(|split| self.ops[split] = Op::Split(split as u32 + 1, end));
        Ok(())
    }
}
