//! A text with references to variables, read once: what values, names, conditions and arguments of modifiers are made of.

use std::sync::OnceLock;

use super::ere::Ere;

/// A text and what it is made of.
#[derive(Debug)]
pub(super) struct Expr {
    /// As it was written; spans of references lie in it.
    pub(super) text: Box<[u8]>,
    pub(super) parts: Box<[Part]>,
}

#[derive(Debug)]
pub(super) enum Part {
    Literal(Box<[u8]>),
    /// `$$`.
    Dollar,
    Reference(Box<Reference>),
    /// A dollar that begins nothing, or a reference that never ends.
    Broken,
    /// `&` on the right side of `:S`: its left side.
    Ampersand,
}

/// `$x`, `${name:modifiers}` or `$(name:modifiers)`.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) name: Name,
    pub(super) modifiers: Box<[Modifier]>,
    /// Where it is written in the text of its [`Expr`].
    pub(super) span: (u32, u32),
    /// `$x`.
    pub(super) short: bool,
}

#[derive(Debug)]
pub(super) enum Name {
    Known(Key),
    /// Made of other variables.
    Made(Box<[Part]>),
    /// A variable of a `.for` around it.
    Loop(Slot),
}

/// A variable of the loop that is `out` loops further out, its `index`-th.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) out: u16,
    pub(super) index: u16,
}

/// A name with its hash.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) hash: u64,
    pub(super) text: Box<[u8]>,
}

/// An argument of a modifier: text without references, or parts whose spans lie in the text around it.
#[derive(Debug)]
pub(super) enum Argument {
    Plain(Box<[u8]>),
    Made(Box<[Part]>),
}

#[derive(Debug)]
pub(super) enum Modifier {
    /// `:M` and `:N`.
    Match {
        pattern: Expr,
        wanted: bool,
    },
    /// `:S`.
    Substitute(Box<Substitute>),
    /// `:C`.
    Replace(Box<Replace>),
    /// `:H` `:T` `:E` `:R` `:tA`.
    Path(PathPart),
    Order(Order),
    /// `:u`.
    Unique,
    /// `:tu` and `:tl`.
    Upper,
    Lower,
    /// `:Q` and `:q`.
    Quote {
        dollars: bool,
    },
    /// `:tW` and `:tw`.
    OneWord(bool),
    /// `:ts`; `None` joins the words.
    Separator(Option<u8>),
    /// `:[...]`.
    Select(Argument),
    /// `:U` and `:D`.
    Default {
        text: Argument,
        defined: bool,
    },
    /// `:L`.
    Itself,
    /// `:P`.
    Found,
    /// `:sh`.
    Output,
    /// `:!command!`.
    Command(Argument),
    /// `:@name@body@`.
    Each {
        name: Expr,
        body: Expr,
    },
    /// `:?then:else`.
    Choose {
        then: Argument,
        otherwise: Argument,
    },
    /// `::=` and its kin.
    Assign {
        how: Assign,
        value: Argument,
    },
    /// `:_` and `:_=name`.
    Remember(Box<[u8]>),
    Hash,
    /// `:range`; 0 is the number of words.
    Range(usize),
    /// `:gmtime` and `:localtime` (in UTC too), of this moment in seconds or of now.
    Time {
        moment: Option<i64>,
    },
    /// `:from=to`.
    Suffix {
        from: Argument,
        to: Argument,
    },
    /// `:${...}`: modifiers from a value. With something behind it that is neither `:` nor the end, a value that is not
    /// empty is the beginning of `from=to`.
    Indirect {
        reference: Box<Reference>,
        suffix: Option<Box<[Modifier]>>,
    },
    /// No such modifier: said, and the value is gone.
    Unknown(u8),
    /// A modifier that cannot be read: said, and nothing behind it counts.
    Bad(Box<[u8]>),
    /// An argument without its end.
    Endless(u8),
    /// The reference has no end.
    Unclosed {
        close: u8,
        modifier: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathPart {
    Head,
    Tail,
    Suffix,
    Root,
    Real,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Up,
    Down,
    Random,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assign {
    Set,
    Append,
    Default,
    Shell,
}

/// The letters behind `:S` and `:C`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    pub(super) all: bool,
    pub(super) once: bool,
    pub(super) one_word: bool,
}

#[derive(Debug)]
pub(super) struct Substitute {
    pub(super) left: Argument,
    pub(super) right: Argument,
    pub(super) at_start: bool,
    pub(super) at_end: bool,
    pub(super) flags: Flags,
}

#[derive(Debug)]
pub(super) struct Replace {
    pub(super) pattern: Argument,
    pub(super) replacement: Argument,
    pub(super) flags: Flags,
    /// Of a pattern without references.
    pub(super) compiled: OnceLock<Result<Ere, String>>,
}

impl Modifier {
    /// Text behind it may become a part of it.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Modifier::Unclosed { .. } | Modifier::Endless(_) | Modifier::Bad(_) | Modifier::Unknown(_))
    }
}

impl Key {
    pub(super) fn new(text: &[u8]) -> Key {
        Key { hash: hash(text), text: text.into() }
    }
}

/// Of a variable's name.
pub(super) fn hash(text: &[u8]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(text);
    hasher.finish()
}
