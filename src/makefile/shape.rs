//! What modifiers do to a text that needs nothing but the text.

use super::modify::Work;
use super::words::words;

/// `:u`: a word that equals the one before goes.
pub(super) fn unique(text: &mut Vec<u8>) {
    let mut list: Vec<&[u8]> = words(text).collect();
    list.dedup();
    *text = list.join(b" ".as_slice());
}

/// `:Q`: what a shell would treat in its own way is quoted; `:q` doubles dollars as well.
pub(super) fn quoted(text: &[u8], dollars: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    for &byte in text {
        if byte == b'\n' {
            out.extend_from_slice(b"'\n'");
            continue;
        }
        if super::words::is_space(byte) || b"!\"#$&'()*;<>?[\\]^`{|}~".contains(&byte) {
            out.push(b'\\');
        }
        out.push(byte);
        if dollars && byte == b'$' {
            out.extend_from_slice(b"\\$");
        }
    }
    out
}

/// `:range`.
pub(super) fn range(count: usize) -> Vec<u8> {
    let numbers: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    numbers.join(" ").into_bytes()
}

/// `:hash`: a hash of 32 bits, the lowest hexadecimal digit first.
pub(super) fn hashed(text: &[u8]) -> Vec<u8> {
    let (mut hash, mut one, mut two) = (0x971e_137b_u32, 0x9554_3787_u32, 0x2ad7_eb25_u32);
    for chunk in text.chunks(4) {
        let mut bytes = [0; 4];
        bytes[..chunk.len()].copy_from_slice(chunk);
        one = one.wrapping_mul(5).wrapping_add(0x7b7d_159c);
        two = two.wrapping_mul(5).wrapping_add(0x6bce_6396);
        let mut word = u32::from_le_bytes(bytes).wrapping_mul(one);
        word = word.rotate_left(11).wrapping_mul(two);
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0x52dc_e729) ^ word;
    }
    hash ^= text.len() as u32;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^= hash >> 16;
    (0..8).map(|digit| b"0123456789abcdef"[(hash >> (digit * 4) & 15) as usize]).collect()
}

/// What stands in `:[...]`.
pub(super) enum Selection {
    /// `#`.
    Count,
    /// `*` or 0, and `@`.
    OneWord(bool),
    /// From 1; negative ones count from the end; the second may be before the first.
    Range(i64, i64),
}

impl Selection {
    pub(super) fn parse(text: &[u8]) -> Option<Selection> {
        match text {
            b"#" => return Some(Selection::Count),
            b"*" => return Some(Selection::OneWord(true)),
            b"@" => return Some(Selection::OneWord(false)),
            _ => {}
        }
        let text = std::str::from_utf8(text).ok()?;
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (integer(first)?, integer(last)?),
            None => (integer(text)?, integer(text)?),
        };
        match (first, last) {
            (0, 0) => Some(Selection::OneWord(true)),
            (0, _) | (_, 0) => None,
            _ => Some(Selection::Range(first, last)),
        }
    }
}

/// As C's `strtol` with base 0 reads all of it.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => i64::from_str_radix(&digits[2..], 16),
        [b'0', _, ..] => i64::from_str_radix(&digits[1..], 8),
        _ => digits.parse(),
    };
    let value = value.ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
    Some(if negative { -value } else { value })
}

/// The words of a range, backwards if its ends are.
pub(super) fn selected(work: &Work, first: i64, last: i64) -> Vec<u8> {
    let list: Vec<&[u8]> = if work.one_word { vec![work.text.as_slice()] } else { words(&work.text).collect() };
    let count = list.len() as i64;
    let from_end = |at: i64| if at < 0 { count.saturating_add(at).saturating_add(1) } else { at };
    let (first, last) = (from_end(first), from_end(last));
    let slice = |low: i64, high: i64| {
        let low = low.max(1).min(count + 1) as usize;
        let high = high.max(0).min(count) as usize;
        list.get(low - 1..high.max(low - 1)).unwrap_or_default()
    };
    let mut out = Vec::new();
    let mut push = |word: &[u8]| {
        if word.is_empty() {
            return;
        }
        if !out.is_empty() {
            out.extend(work.separator);
        }
        out.extend_from_slice(word);
    };
    if first > last {
        slice(last, first).iter().rev().for_each(|word| push(word));
    } else {
        slice(first, last).iter().for_each(|word| push(word));
    }
    out
}

/// `:gmtime`: the usual letters of `strftime`, in UTC.
pub(super) fn time(format: &[u8], moment: i64) -> Vec<u8> {
    let (days, second) = (moment.div_euclid(86_400), moment.rem_euclid(86_400));
    let (year, month, day) = date(days);
    let year_day = days - days_before(year) + 1;
    let week_day = (days + 4).rem_euclid(7);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (day_name, month_name) = (DAYS[week_day as usize], MONTHS[(month - 1) as usize]);
    let mut out = Vec::new();
    let mut letters = format.iter();
    while let Some(&byte) = letters.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let text = match letters.next() {
            Some(b'Y') => year.to_string(),
            Some(b'C') => format!("{:02}", year / 100),
            Some(b'y') => format!("{:02}", year % 100),
            Some(b'm') => format!("{month:02}"),
            Some(b'd') => format!("{day:02}"),
            Some(b'e') => format!("{day:2}"),
            Some(b'H') => format!("{hour:02}"),
            Some(b'I') => format!("{:02}", (hour + 11) % 12 + 1),
            Some(b'M') => format!("{minute:02}"),
            Some(b'S') => format!("{second:02}"),
            Some(b'j') => format!("{year_day:03}"),
            Some(b'p') => (if hour < 12 { "AM" } else { "PM" }).into(),
            Some(b'a') => day_name[..3].into(),
            Some(b'A') => day_name.into(),
            Some(b'b' | b'h') => month_name[..3].into(),
            Some(b'B') => month_name.into(),
            Some(b'F') => format!("{year}-{month:02}-{day:02}"),
            Some(b'D') => format!("{month:02}/{day:02}/{:02}", year % 100),
            Some(b'T') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some(b'R') => format!("{hour:02}:{minute:02}"),
            Some(b's') => moment.to_string(),
            Some(b'u') => (if week_day == 0 { 7 } else { week_day }).to_string(),
            Some(b'w') => week_day.to_string(),
            Some(b'z') => "+0000".into(),
            Some(b'Z') => "GMT".into(),
            Some(b'n') => "\n".into(),
            Some(b't') => "\t".into(),
            Some(b'%') | None => "%".into(),
            Some(other) => format!("%{}", char::from(*other)),
        };
        out.extend_from_slice(text.as_bytes());
    }
    out
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days from 1970 to the first of a year.
fn days_before(year: i64) -> i64 {
    let past = year - 1;
    (year - 1970) * 365 + (past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400)) - 477
}

fn date(days: i64) -> (i64, i64, i64) {
    // An estimate that is never more than a year off.
    let mut year = 1970 + days.div_euclid(366);
    while days_before(year + 1) <= days {
        year += 1;
    }
    let lengths = [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut rest = days - days_before(year);
    let mut month = 1;
    for length in lengths {
        if rest < length {
            break;
        }
        rest -= length;
        month += 1;
    }
    (year, month, rest + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_dates() {
        let table = [
            (0, "1970-01-01 00:00:00 001 Thu"),
            (951_782_400, "2000-02-29 00:00:00 060 Tue"),
            (1_445_412_480, "2015-10-21 07:28:00 294 Wed"),
        ];
        for (moment, text) in table {
            assert_eq!(String::from_utf8_lossy(&time(b"%F %T %j %a", moment)), text);
        }
    }
}
