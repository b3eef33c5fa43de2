//! Answers that say no: a status, and why.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Debug)]
pub(super) struct Problem(StatusCode, String);

impl Problem {
    pub(super) fn bad(why: impl Into<String>) -> Problem {
        Problem(StatusCode::BAD_REQUEST, why.into())
    }

    pub(super) fn forbidden(why: &str) -> Problem {
        Problem(StatusCode::FORBIDDEN, why.into())
    }

    pub(super) fn unauthorized() -> Problem {
        Problem(StatusCode::UNAUTHORIZED, "give the key of this server, its Api_key, in X-API-Key".into())
    }

    pub(super) fn not_found(what: impl Into<String>) -> Problem {
        Problem(StatusCode::NOT_FOUND, what.into())
    }

    pub(super) fn conflict(why: &str) -> Problem {
        Problem(StatusCode::CONFLICT, why.into())
    }

    pub(super) fn too_many(why: &str) -> Problem {
        Problem(StatusCode::TOO_MANY_REQUESTS, why.into())
    }

    /// dsynth could not find it out.
    pub(super) fn unavailable(why: impl Into<String>) -> Problem {
        Problem(StatusCode::SERVICE_UNAVAILABLE, why.into())
    }

    pub(super) fn of(status: StatusCode, why: &str) -> Problem {
        Problem(status, why.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Problem(status, why) = self;
        let mut response = (status, Json(json!({ "error": why }))).into_response();
        if status == StatusCode::TOO_MANY_REQUESTS {
            response.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("10"));
        }
        response
    }
}
