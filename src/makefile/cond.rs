//! Conditions of `.if`, read once.

use super::expr::Part;
use super::references::{Loops, parse_one};
use super::words::{is_blank, is_space};

/// The condition of an `.if` or of `:?`.
#[derive(Debug)]
pub(super) struct Cond {
    /// As it was written.
    pub(super) text: Box<[u8]>,
    /// What an argument without a function is asked for.
    pub(super) default: Default_,
    pub(super) tree: Tree,
    /// Something stands behind its end.
    pub(super) trailing: bool,
}

/// `.if`, `.ifdef`, `.ifndef`, `.ifmake` and `.ifnmake`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Default_ {
    pub(super) test: Test,
    pub(super) negated: bool,
    /// `.if` itself.
    pub(super) plain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Defined,
    Make,
    Exists,
    Target,
    Commands,
}

#[derive(Debug)]
pub(super) enum Tree {
    And(Box<Tree>, Box<Tree>),
    Or(Box<Tree>, Box<Tree>),
    Not(Box<Tree>),
    /// `defined(X)` and its like.
    Call(Test, Operand),
    /// `empty(X:Mx)`.
    Empty(Part),
    Compare(Box<(Operand, Operator, Operand)>),
    /// A value by itself.
    Value(Operand),
    /// A word by itself.
    Word(Operand),
    /// It goes on as no condition does; with a warning for what is the matter, if there is more to say.
    Broken(Option<Box<[u8]>>),
    /// A function whose argument has no end: false, and the rest is no condition.
    Unclosed(Box<[u8]>),
}

/// Text with references.
#[derive(Debug)]
pub(super) struct Operand {
    pub(super) parts: Box<[Part]>,
    pub(super) quoted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Differs,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `=` or `!` alone.
    Unknown,
}

/// Parentheses and negations in each other.
const DEEPEST: usize = 100;

/// Reads a condition. `strict`: a left side is a reference, a number or quoted, as in `.if` but not in `:?`.
pub(super) fn parse(text: &[u8], default: Default_, strict: bool, loops: &Loops) -> Cond {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    let mut parser = Parser { text, at: start, strict, loops, broken: false, depth: 0 };
    let tree = parser.or();
    let trailing = !parser.broken && !parser.at_end();
    let trailing = trailing || parser.broken && !parser.at_end_of_text();
    Cond { text: text.into(), default, tree, trailing }
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    strict: bool,
    loops: &'t Loops,
    broken: bool,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) {
        while is_blank(self.peek()) {
            self.at += 1;
        }
    }

    fn skip_spaces(&mut self) {
        while is_space(self.peek()) {
            self.at += 1;
        }
    }

    fn at_end(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.peek(), 0 | b'#' | b'\n')
    }

    fn at_end_of_text(&mut self) -> bool {
        self.at_end()
    }

    fn broken(&mut self, why: Option<&[u8]>) -> Tree {
        self.broken = true;
        Tree::Broken(why.map(Into::into))
    }

    fn or(&mut self) -> Tree {
        self.row(b'|', Parser::and, |left, right| Tree::Or(Box::new(left), Box::new(right)))
    }

    fn and(&mut self) -> Tree {
        self.row(b'&', Parser::not, |left, right| Tree::And(Box::new(left), Box::new(right)))
    }

    /// Operands with an operator between them that may be written once or twice. What follows is the right side of what
    /// stands before, so the tree leans right.
    fn row(&mut self, sign: u8, operand: fn(&mut Self) -> Tree, join: fn(Tree, Tree) -> Tree) -> Tree {
        let mut operands = vec![operand(self)];
        while !self.broken {
            self.skip_blanks();
            if self.peek() != sign {
                break;
            }
            self.at += 1;
            self.at += usize::from(self.peek() == sign);
            operands.push(operand(self));
        }
        let last = operands.pop();
        let last = last.unwrap_or(Tree::Broken(None));
        operands.into_iter().rev().fold(last, |right, left| join(left, right))
    }

    fn not(&mut self) -> Tree {
        let mut negated = false;
        self.skip_blanks();
        while self.peek() == b'!' {
            negated = !negated;
            self.at += 1;
            self.skip_blanks();
        }
        let tree = self.term();
        if negated { Tree::Not(Box::new(tree)) } else { tree }
    }

    fn term(&mut self) -> Tree {
        match self.peek() {
            b'(' => {
                if self.depth == DEEPEST {
                    return self.broken(Some(b"parentheses nested too deeply"));
                }
                self.depth += 1;
                self.at += 1;
                let tree = self.or();
                self.depth -= 1;
                self.skip_blanks();
                if self.broken {
                    return tree;
                }
                if self.peek() != b')' {
                    let broken = self.broken(None);
                    return Tree::And(
                        Box::new(Tree::Or(Box::new(tree), Box::new(Tree::Broken(None)))),
                        Box::new(broken),
                    );
                }
                self.at += 1;
                tree
            }
            0 | b'#' | b'\n' | b')' | b'|' | b'&' => self.broken(None),
            b'"' | b'$' => self.comparison(),
            _ => self.function(),
        }
    }

    fn function(&mut self) -> Tree {
        let rest = &self.text[self.at..];
        let named = |name: &[u8]| rest.starts_with(name) && !rest.get(name.len()).is_some_and(u8::is_ascii_alphabetic);
        let functions: [(&[u8], Option<Test>); 6] = [
            (b"defined", Some(Test::Defined)),
            (b"make", Some(Test::Make)),
            (b"exists", Some(Test::Exists)),
            (b"empty", None),
            (b"target", Some(Test::Target)),
            (b"commands", Some(Test::Commands)),
        ];
        if let Some((name, test)) = functions.into_iter().find(|(name, _)| named(name)) {
            let spaces = rest[name.len()..].iter().take_while(|byte| is_space(**byte)).count();
            let open = self.at + name.len() + spaces;
            if self.text.get(open) == Some(&b'(') {
                return match test {
                    Some(test) => self.call(name, test, open),
                    None => self.empty(open),
                };
            }
        }
        if self.peek().is_ascii_digit() || matches!(self.peek(), b'+' | b'-') {
            return self.comparison();
        }
        let start = self.at;
        let word = self.argument();
        let mut behind = self.at;
        while self.text.get(behind).is_some_and(|byte| is_space(*byte)) {
            behind += 1;
        }
        // An operator behind it makes it the left side of a comparison.
        if matches!(self.text.get(behind), Some(b'=' | b'!')) {
            self.at = start;
            return self.comparison();
        }
        Tree::Word(word)
    }

    fn call(&mut self, name: &[u8], test: Test, open: usize) -> Tree {
        let start = self.at;
        self.at = open + 1;
        let argument = self.argument();
        if self.peek() != b')' {
            self.at = start + name.len();
            self.broken = true;
            return Tree::Unclosed(name.into());
        }
        self.at += 1;
        Tree::Call(test, argument)
    }

    fn empty(&mut self, open: usize) -> Tree {
        let (part, end) = parse_one(self.text, open - 1, self.loops, false);
        self.at = end;
        if matches!(part, Part::Broken) { self.broken(None) } else { Tree::Empty(part) }
    }

    /// A word up to a blank, an operator, or a parenthesis that it did not open; blanks behind it are passed over.
    fn argument(&mut self) -> Operand {
        self.skip_blanks();
        let mut parts = Parts::default();
        let mut depth = 0;
        loop {
            match self.peek() {
                0 => break,
                byte if is_blank(byte) => break,
                b'&' | b'|' if depth == 0 => break,
                b'$' => {
                    let (part, end) = parse_one(self.text, self.at, self.loops, true);
                    parts.part(part);
                    self.at = end;
                    continue;
                }
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth < 0 {
                        break;
                    }
                }
                _ => {}
            }
            parts.literal.push(self.peek());
            self.at += 1;
        }
        self.skip_blanks();
        Operand { parts: parts.done(), quoted: false }
    }

    fn comparison(&mut self) -> Tree {
        let Some(left) = self.string(self.strict) else { return self.broken(None) };
        self.skip_spaces();
        let doubled = self.text.get(self.at + 1) == Some(&b'=');
        let operator = match (self.peek(), doubled) {
            (b'=', true) => Operator::Equal,
            (b'!', true) => Operator::Differs,
            (b'<', true) => Operator::LessOrEqual,
            (b'<', false) => Operator::Less,
            (b'>', true) => Operator::GreaterOrEqual,
            (b'>', false) => Operator::Greater,
            (b'=' | b'!', false) => Operator::Unknown,
            _ => return Tree::Value(left),
        };
        self.at += 1 + usize::from(doubled);
        self.skip_spaces();
        if self.peek() == 0 {
            return self.broken(Some(b"Missing right-hand-side of operator"));
        }
        match self.string(false) {
            Some(right) => Tree::Compare(Box::new((left, operator, right))),
            None => self.broken(None),
        }
    }

    /// One side of a comparison.
    fn string(&mut self, strict: bool) -> Option<Operand> {
        let quoted = self.peek() == b'"';
        self.at += usize::from(quoted);
        let start = self.at;
        let mut parts = Parts::default();
        loop {
            let byte = self.peek();
            match byte {
                0 => break,
                b'\\' => {
                    self.at += 1;
                    if self.peek() == 0 {
                        break;
                    }
                    parts.literal.push(self.peek());
                }
                b'"' if quoted => {
                    self.at += 1;
                    break;
                }
                b'"' => parts.literal.push(byte),
                b')' | b'!' | b'=' | b'>' | b'<' | b' ' | b'\t' if !quoted => break,
                b'$' => {
                    let (part, end) = parse_one(self.text, self.at, self.loops, true);
                    let first = self.at == start;
                    // What is no reference is no operand either.
                    if matches!(part, Part::Broken) {
                        return None;
                    }
                    self.at = end;
                    parts.part(part);
                    // A reference alone ends the operand, even in quotes.
                    if first && (is_space(self.peek()) || matches!(self.peek(), 0 | b'!' | b'=' | b'>' | b'<' | b')')) {
                        break;
                    }
                    continue;
                }
                _ => {
                    let first = self.text[start];
                    if strict && !quoted && first != b'$' && !first.is_ascii_digit() {
                        return None;
                    }
                    parts.literal.push(byte);
                }
            }
            self.at += 1;
        }
        Some(Operand { parts: parts.done(), quoted })
    }
}

#[derive(Default)]
struct Parts {
    parts: Vec<Part>,
    literal: Vec<u8>,
}

impl Parts {
    fn part(&mut self, part: Part) {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(std::mem::take(&mut self.literal).into()));
        }
        self.parts.push(part);
    }

    fn done(mut self) -> Box<[Part]> {
        if !self.literal.is_empty() {
            self.parts.push(Part::Literal(self.literal.into()));
        }
        self.parts.into()
    }
}
