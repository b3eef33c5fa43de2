//! What generations of bmake disagree about, and what to ask a `make` to know its own.

/// The ways of a generation; those of the newest that this reader was compared with are the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// `MAKE_VERSION`.
    pub version: String,
    /// `+=` appends to what the command line set (until 2016).
    pub appends: bool,
    /// `[^a]` in a pattern is all but `a` (since 2018).
    pub negates: bool,
    /// There is `:Or` (since 2020).
    pub reverses: bool,
    /// There are `:range`, `:q`, `:_` and `:gmtime=N` (since 2018).
    pub remembers: bool,
}

impl Default for Dialect {
    fn default() -> Dialect {
        Dialect { version: "20200710".into(), appends: false, negates: true, reverses: true, remembers: true }
    }
}

impl Dialect {
    /// A makefile that is read with [`Dialect::ASSIGNMENT`].
    pub const MAKEFILE: &str = "V=a b\nP+=y\n";
    /// On the command line.
    pub const ASSIGNMENT: &str = "P=x";
    /// A switch each.
    pub const QUESTIONS: [&str; 5] = ["${MAKE_VERSION}", "${P}", "${V:M[^a]}", "${V:Or}", "${V:range}"];

    /// From what a `make` answers, a line for each question; `None` if these are no answers to them.
    pub fn of(answers: &[&str]) -> Option<Dialect> {
        let [version, appended, set, order, range] = *answers else { return None };
        let is_answer = !version.is_empty() && appended.starts_with('x');
        is_answer.then(|| Dialect {
            version: version.into(),
            appends: appended == "x y",
            negates: set == "b",
            reverses: order == "b a",
            remembers: range == "1 2",
        })
    }
}
