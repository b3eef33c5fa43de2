//! Bodies of requests: short, in time, and JSON.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::Shared;
use super::problem::Problem;

/// No list of ports is longer.
const LIMIT: usize = 1 << 20;

#[derive(Debug)]
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Arc<Shared>) -> Result<JsonBody<T>, Problem> {
        // A form of another site's page can send anything but this without being asked.
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.split(';').next().is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Problem::of(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body has to be application/json"));
        }
        let read = timeout(shared.patience, to_bytes(request.into_body(), LIMIT)).await;
        let read = read.map_err(|_| Problem::of(StatusCode::REQUEST_TIMEOUT, "the body took too long"))?;
        let bytes = read.map_err(|error| {
            let text = error.to_string();
            match text.contains("length limit") {
                true => Problem::of(StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 1 MiB"),
                false => Problem::bad(text),
            }
        })?;
        serde_json::from_slice(&bytes).map(JsonBody).map_err(|error| Problem::bad(error.to_string()))
    }
}
