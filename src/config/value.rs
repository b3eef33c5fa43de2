//! What the value of a key may be.

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::Evaluator;

/// A value that its key does not take; reads after the name of the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("`{0}` is neither true nor false (yes, no, on, off, 1 and 0 do as well)")]
    Boolean(String),
    #[error("`{0}` is not a whole number")]
    Integer(String),
    #[error("{value} is out of range; choose {low} to {high}")]
    Range { value: i64, low: i64, high: i64 },
    #[error("`{0}` is not an absolute path; begin it with `/`")]
    Relative(String),
    #[error("`{value}` is not one of {choice}")]
    Choice { value: String, choice: &'static str },
    #[error("`{0}` is not a release such as 14.1")]
    Release(String),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
    #[error("`{0}` is no port; write `category/name` or `category/name@flavor`")]
    Port(String),
    #[error("`{0}` is not a time such as 90 (minutes), 30s, 90m, 48h or 3d")]
    Time(String),
    #[error("`{0}` is not a size from 1M on, such as 512M or 64G")]
    Size(String),
    #[error("`{0}` is not an address and a port, such as 127.0.0.1:8080 or [::1]:8080")]
    Address(String),
    /// It is not repeated: messages get into logs.
    #[error("a key has 16 characters or more, and no blanks")]
    Key,
}

/// How packages are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PackageSuffix {
    Tgz,
    Tar,
    #[default]
    Txz,
    Tbz,
    Tzst,
}

impl PackageSuffix {
    pub const ALL: [PackageSuffix; 5] =
        [PackageSuffix::Tgz, PackageSuffix::Tar, PackageSuffix::Txz, PackageSuffix::Tbz, PackageSuffix::Tzst];

    /// With its dot.
    pub fn as_str(self) -> &'static str {
        match self {
            PackageSuffix::Tgz => ".tgz",
            PackageSuffix::Tar => ".tar",
            PackageSuffix::Txz => ".txz",
            PackageSuffix::Tbz => ".tbz",
            PackageSuffix::Tzst => ".tzst",
        }
    }

    pub(super) fn parse(text: &str) -> Result<PackageSuffix, ValueError> {
        let found = PackageSuffix::ALL.into_iter().find(|suffix| suffix.as_str() == text);
        found.ok_or_else(|| ValueError::Choice { value: text.into(), choice: ".tgz .tar .txz .tbz .tzst" })
    }
}

impl fmt::Display for PackageSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

pub(super) fn boolean(text: &str) -> Result<bool, ValueError> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(ValueError::Boolean(text.into())),
    }
}

/// A switch of the C program with one position only.
pub(super) fn fixed(text: &str, only: bool, other: &'static str) -> Result<(), ValueError> {
    if boolean(text)? == only { Ok(()) } else { Err(ValueError::Unsupported(other)) }
}

pub(super) fn address(text: &str) -> Result<SocketAddr, ValueError> {
    text.parse().map_err(|_| ValueError::Address(text.into()))
}

/// What can stand in a header, and cannot be guessed.
pub(super) fn key(text: &str) -> Result<String, ValueError> {
    let is_key = text.len() >= 16 && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_key.then(|| text.to_owned()).ok_or(ValueError::Key)
}

/// Decimal, `0x` hexadecimal or `0` octal, as C reads integers.
pub(super) fn integer(text: &str, range: RangeInclusive<i64>) -> Result<i64, ValueError> {
    let error = || ValueError::Integer(text.into());
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (radix, digits) = match (hexadecimal, digits.strip_prefix('0')) {
        (Some(rest), _) => (16, rest),
        (None, Some(rest)) if !rest.is_empty() => (8, rest),
        _ => (10, digits),
    };
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(error());
    }
    let size = i64::from_str_radix(digits, radix).map_err(|_| error())?;
    let value = if negative { -size } else { size };
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(ValueError::Range { value, low: *range.start(), high: *range.end() })
    }
}

/// As `integer`, where no negative number makes sense.
pub(super) fn count(text: &str, highest: u32) -> Result<u32, ValueError> {
    let value = integer(text, 0..=i64::from(highest))?;
    u32::try_from(value).map_err(|_| ValueError::Integer(text.into()))
}

/// Minutes, or a number with its unit; 0 is without end.
pub(super) fn duration(text: &str) -> Result<Duration, ValueError> {
    let (digits, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(digits) => (digits, &text[digits.len()..]),
        None => (text, "m"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 86400,
    };
    match digits.parse::<u32>() {
        Ok(0) => Ok(Duration::MAX),
        Ok(number) if !digits.starts_with('+') => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err(ValueError::Time(text.into())),
    }
}

/// Bytes, of `512M` or `64G`.
pub(super) fn size(text: &str, range: RangeInclusive<u64>) -> Result<u64, ValueError> {
    let lower = text.to_ascii_lowercase();
    let scaled = match (lower.strip_suffix('m'), lower.strip_suffix('g')) {
        (Some(digits), _) => digits.parse::<u32>().ok().map(|number| u64::from(number) << 20),
        (_, Some(digits)) => digits.parse::<u32>().ok().map(|number| u64::from(number) << 30),
        _ => None,
    };
    scaled.filter(|size| range.contains(size)).ok_or_else(|| ValueError::Size(text.into()))
}

/// An absolute path, without `//`, `/./` and a `/` at its end.
pub(super) fn directory(text: &str) -> Result<Utf8PathBuf, ValueError> {
    let path = Utf8Path::new(text);
    if path.is_absolute() { Ok(path.components().collect()) } else { Err(ValueError::Relative(text.into())) }
}

pub(super) fn evaluator(text: &str) -> Result<Evaluator, ValueError> {
    Evaluator::parse(text).ok_or_else(|| ValueError::Choice { value: text.into(), choice: "native make both" })
}

pub(super) fn operating_system(text: &str) -> Result<String, ValueError> {
    let choice = "DragonFly FreeBSD Linux";
    let known = choice.split(' ').any(|os| os == text);
    if known { Ok(text.into()) } else { Err(ValueError::Choice { value: text.into(), choice }) }
}

/// Numbers with dots; a suffix such as `-RELEASE` is cut.
pub(super) fn release(text: &str) -> Result<String, ValueError> {
    let numbers = text.split('-').next().unwrap_or_default();
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    if numbers.split('.').all(number) { Ok(numbers.into()) } else { Err(ValueError::Release(text.into())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_words_or_digits_in_any_case() {
        for text in ["1", "true", "TRUE", "Yes", "on", "On"] {
            assert_eq!(boolean(text), Ok(true));
        }
        for text in ["0", "false", "no", "NO", "oFF"] {
            assert_eq!(boolean(text), Ok(false));
        }
        for text in ["", "2", "random", "truely", "y"] {
            assert_eq!(boolean(text), Err(ValueError::Boolean(text.into())));
        }
    }

    #[test]
    fn integers_are_written_as_in_c() {
        let table = [("0", 0), ("12", 12), ("0x10", 16), ("0XfF", 255), ("010", 8), ("-3", -3)];
        for (text, value) in table {
            assert_eq!(integer(text, -5..=300), Ok(value));
        }
        for text in ["", "-", "+1", "--1", "08", "0x", "0x-1", "1k", "1 2", "99999999999999999999"] {
            assert_eq!(integer(text, -5..=300), Err(ValueError::Integer(text.into())), "{text}");
        }
        assert_eq!(integer("301", 0..=300), Err(ValueError::Range { value: 301, low: 0, high: 300 }));
    }

    #[test]
    fn directories_are_absolute_and_tidied() {
        assert_eq!(directory("/a//b/./c d/"), Ok("/a/b/c d".into()));
        assert_eq!(directory("/"), Ok("/".into()));
        for text in ["a/b", "./a", "~/a", "disabled"] {
            assert_eq!(directory(text), Err(ValueError::Relative(text.into())));
        }
    }

    #[test]
    fn a_release_is_numbers_and_loses_its_suffix() {
        for (text, value) in [("14", "14"), ("14.1", "14.1"), ("14.1-RELEASE-p3", "14.1")] {
            assert_eq!(release(text), Ok(value.into()));
        }
        for text in ["", "14.", "trixie", "-RELEASE", "14.x"] {
            assert_eq!(release(text), Err(ValueError::Release(text.into())));
        }
    }

    #[test]
    fn suffixes_are_those_of_the_table() {
        for suffix in PackageSuffix::ALL {
            assert_eq!(PackageSuffix::parse(suffix.as_str()), Ok(suffix));
        }
        assert!(PackageSuffix::parse(".pkg").is_err() && PackageSuffix::parse("txz").is_err());
    }
}
