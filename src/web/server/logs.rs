//! Logs, as text whatever is in them; a part of one by `Range`.

use std::io::SeekFrom;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;

use super::Shared;
use super::problem::Problem;
use crate::model::OriginSpec;

pub(super) async fn log(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !is_log(&name) {
        return Err(Problem::not_found(format!("`{name}` is no log: category___name[@flavor].log")));
    }
    let missing = || Problem::not_found(format!("there is no log `{name}`"));
    let mut file = File::open(shared.logs.join(&name)).await.map_err(|_| missing())?;
    let metadata = file.metadata().await.map_err(|_| missing())?;
    if !metadata.is_file() {
        return Err(missing());
    }
    let length = metadata.len();
    let range = headers.get(RANGE).and_then(|range| range.to_str().ok()).and_then(|range| range.strip_prefix("bytes="));
    let (status, from, to) = match range.map(|range| part(range, length)) {
        None | Some(Part::Whole) => (StatusCode::OK, 0, length),
        Some(Part::Bytes(from, to)) => (StatusCode::PARTIAL_CONTENT, from, to),
        Some(Part::Nothing) => {
            let headers = [(CONTENT_RANGE, format!("bytes */{length}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    file.seek(SeekFrom::Start(from)).await.map_err(|error| Problem::unavailable(error.to_string()))?;
    let body = Body::from_stream(ReaderStream::new(file.take(to - from)));
    let headers = [
        (CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (CACHE_CONTROL, "no-store".to_owned()),
        (CONTENT_LENGTH, (to - from).to_string()),
    ];
    let mut response = (status, headers, body).into_response();
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {from}-{}/{length}", to.saturating_sub(1));
        range.parse().into_iter().for_each(|range| drop(response.headers_mut().insert(CONTENT_RANGE, range)));
    }
    Ok(response)
}

/// One of a port, or one of the eight of a run. Such a name cannot lead out of the directory.
fn is_log(name: &str) -> bool {
    let of_port = name.strip_suffix(".log").and_then(|stem| OriginSpec::parse(&stem.replacen("___", "/", 1)).ok());
    let (number, rest) = name.split_at_checked(2).unwrap_or_default();
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_numbered = number.chars().all(|c| c.is_ascii_digit())
        && rest.starts_with('_')
        && rest.strip_suffix(".log").is_some_and(|rest| rest.chars().all(plain));
    is_numbered || of_port.is_some_and(|spec| spec.log_name() == name)
}

#[derive(Debug, PartialEq)]
enum Part {
    /// What is asked for is not understood, and may be left out of account (RFC 9110, 14.2).
    Whole,
    /// From one place to before another.
    Bytes(u64, u64),
    Nothing,
}

/// RFC 9110, 14.1.2; one range alone.
fn part(range: &str, length: u64) -> Part {
    let Some((from, to)) = range.split_once('-') else { return Part::Whole };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    match (from, number(from), number(to)) {
        ("", _, Some(last)) if last > 0 && length > 0 => Part::Bytes(length.saturating_sub(last), length),
        ("", _, Some(_)) => Part::Nothing,
        (_, Some(from), _) if to.is_empty() && from < length => Part::Bytes(from, length),
        (_, Some(from), Some(to)) if from <= to && from < length => Part::Bytes(from, length.min(to.saturating_add(1))),
        (_, Some(from), _) if from >= length && (to.is_empty() || number(to).is_some()) => Part::Nothing,
        _ => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_logs_are_names_of_logs() {
        for name in ["c___p.log", "lang___python@py39.log", "x11-wm___a___b.log", "00_last_results.log"] {
            assert!(is_log(name), "{name}");
        }
        for name in [
            "",
            "..",
            "../c___p.log",
            "c___../p.log",
            "c/p.log",
            ".lock",
            "c___p",
            "passwd",
            "Report",
            "0x_a.log",
            "00_/a.log",
            "é_.log",
        ] {
            assert!(!is_log(name), "{name}");
        }
    }

    #[test]
    fn ranges_are_those_of_the_rfc() {
        let table = [
            ("0-3", Part::Bytes(0, 4)),
            ("3-", Part::Bytes(3, 10)),
            ("-4", Part::Bytes(6, 10)),
            ("-99", Part::Bytes(0, 10)),
            ("5-99999999999", Part::Bytes(5, 10)),
            ("10-", Part::Nothing),
            ("-0", Part::Nothing),
            ("4-2", Part::Whole),
            ("0-1,3-4", Part::Whole),
            ("x-", Part::Whole),
            ("+1-2", Part::Whole),
        ];
        for (range, expected) in table {
            assert_eq!(part(range, 10), expected, "{range}");
        }
        assert_eq!([part("0-", 0), part("-5", 0)], [Part::Nothing, Part::Nothing]);
    }
}
