//! Where a port lives in the tree, and which flavor of it is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a port lives in the tree: `category/name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin(Box<str>);

/// A named variant of a port, as in its `FLAVORS`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Flavor(Box<str>);

/// An origin with the flavor that is meant, if one is named: `category/name[@flavor]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OriginSpec {
    pub origin: Origin,
    pub flavor: Option<Flavor>,
}

/// A text that names no port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid port specification `{0}`: expected category/name[@flavor]")]
pub struct SpecError(pub String);

impl Origin {
    /// Reads `category/name`. Both parts start with a letter, digit or `_` and go on with those and `.+-`,
    /// so an origin is never an option, never leaves the tree and needs no quoting anywhere.
    pub fn parse(text: &str) -> Result<Origin, SpecError> {
        match text.split_once('/') {
            Some((category, name)) if is_component(category) && is_component(name) => Ok(Origin(text.into())),
            _ => Err(SpecError(text.to_owned())),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn category(&self) -> &str {
        self.0.split_once('/').map_or("", |(category, _)| category)
    }

    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl Flavor {
    pub fn parse(text: &str) -> Result<Flavor, SpecError> {
        if is_component(text) { Ok(Flavor(text.into())) } else { Err(SpecError(text.to_owned())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl OriginSpec {
    pub fn new(origin: Origin, flavor: Option<Flavor>) -> OriginSpec {
        OriginSpec { origin, flavor }
    }

    /// Reads `category/name[@flavor]`.
    pub fn parse(text: &str) -> Result<OriginSpec, SpecError> {
        let error = || SpecError(text.to_owned());
        let (origin, flavor) = match text.split_once('@') {
            Some((origin, flavor)) => (origin, Some(Flavor::parse(flavor).map_err(|_| error())?)),
            None => (text, None),
        };
        Ok(OriginSpec { origin: Origin::parse(origin).map_err(|_| error())?, flavor })
    }

    /// The port's log in the logs directory: `category___name[@flavor].log` (spec 7.3).
    pub fn log_name(&self) -> String {
        format!("{}.log", self.to_string().replace('/', "___"))
    }
}

/// Part of a path that is safe everywhere: no separators, blanks, options or dot files.
fn is_component(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(plain) && text.chars().all(|c| plain(c) || matches!(c, '.' | '+' | '-'))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Flavor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OriginSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.origin.fmt(f)?;
        match &self.flavor {
            Some(flavor) => write!(f, "@{flavor}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_origins_with_and_without_flavor() {
        for text in ["editors/vim", "lang/python@py39", "www/firefox@esr", "devel/gcc-c++", "x11/_x"] {
            assert_eq!(OriginSpec::parse(text).map(|s| s.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn names_the_text_that_is_no_port() {
        let wrong = [
            "vim",
            "",
            "c//a",
            "./c/a",
            "c/a/",
            "c/a/extra",
            "/elsewhere/c/a",
            "c/a@f@g",
            "c/a@",
            "@f",
            "-x/y",
            "c/-y",
            "../c/a",
            "c/..",
            "c/.hidden",
            "c/a b",
            "c/a;rm",
            "c/a\n",
            "c/$(x)",
            "c/ü",
        ];
        for text in wrong {
            assert_eq!(OriginSpec::parse(text), Err(SpecError(text.to_owned())));
        }
    }

    #[test]
    fn names_logs_with_three_underscores() {
        assert_eq!(OriginSpec::parse("a/b@c").unwrap().log_name(), "a___b@c.log");
    }
}
