//! Who reads makefiles.

/// The reader that scans ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evaluator {
    /// Our own, in process; a sample of its answers is compared with those of `make`.
    #[default]
    Native,
    /// `make` alone.
    Make,
    /// Both, and all answers are compared.
    Both,
}

impl Evaluator {
    pub const ALL: [Evaluator; 3] = [Evaluator::Native, Evaluator::Make, Evaluator::Both];

    pub fn name(self) -> &'static str {
        match self {
            Evaluator::Native => "native",
            Evaluator::Make => "make",
            Evaluator::Both => "both",
        }
    }

    pub fn parse(name: &str) -> Option<Evaluator> {
        Evaluator::ALL.into_iter().find(|evaluator| evaluator.name() == name)
    }
}
