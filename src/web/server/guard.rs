//! Who may ask: looked at before anything else is.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Shared;
use super::problem::Problem;
use crate::web::assets::ASSETS;

const KEY: &str = "x-api-key";
const PROTECTION: [(HeaderName, &str); 3] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CONTENT_SECURITY_POLICY, "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"),
];

/// The name that was asked for, where the question came from, and the key.
pub(super) async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match admit(&shared, &request) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    for (name, value) in PROTECTION {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn admit(shared: &Shared, request: &Request) -> Result<(), Problem> {
    let (headers, path) = (request.headers(), request.uri().path());
    let host = text(headers, HOST.as_str()).unwrap_or_default();
    // A page of somebody else's that has its name point here would get through otherwise.
    if shared.is_local && !is_local(host) {
        return Err(Problem::forbidden("this server answers to localhost alone"));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let own = |origin: &str| origin.split_once("://").is_some_and(|(_, name)| name == host);
    if changes && text(headers, ORIGIN.as_str()).is_some_and(|origin| !own(origin)) {
        return Err(Problem::forbidden("pages of other servers may not ask for this"));
    }
    // The page itself asks for the key.
    let is_page = path == "/" || ASSETS.iter().any(|(name, ..)| path.strip_prefix('/') == Some(name));
    match &shared.key {
        Some(key) if !is_page && !is_same(headers.get(KEY), key) => Err(Problem::unauthorized()),
        _ => Ok(()),
    }
}

/// In the same time for any wrong key: digests are compared, and by code that does not stop early.
fn is_same(given: Option<&HeaderValue>, key: &str) -> bool {
    given.is_some_and(|given| blake3::hash(given.as_bytes()) == blake3::hash(key.as_bytes()))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `localhost` and addresses of this machine alone, with or without a port.
fn is_local(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, port)) => (name, port),
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_port && (name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_local() {
        for host in ["localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:80", "[::1]:8080", "[::1]"] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "10.0.0.1",
            "localhost:x",
            "[::1",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
