//! Which path is whose.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::middleware::from_fn_with_state;
use axum::routing::get;

use super::guard::guard;
use super::problem::Problem;
use super::{Shared, builds, logs, look, metrics, ports, stream};

/// Tested against the handlers.
pub(super) const OPENAPI: &str = include_str!("openapi.json");

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(look::page))
        .route("/page/{name}", get(look::part))
        .route("/runs.js", get(look::runs))
        .route("/runs/{run}/{name}", get(look::run))
        .route("/metrics", get(metrics::metrics))
        .route("/api/v1/openapi.json", get(async || ([(CONTENT_TYPE, "application/json")], OPENAPI)))
        .route("/api/v1/builds", get(builds::list).post(builds::add))
        .route("/api/v1/builds/{id}", get(builds::one).delete(builds::stop))
        .route("/api/v1/events", get(stream::events))
        .route("/api/v1/view", get(look::view))
        .route("/api/v1/view/events", get(stream::view))
        .route("/api/v1/view/results", get(look::results))
        .route("/api/v1/ports/{category}/{name}", get(ports::port))
        .route("/api/v1/graph", get(ports::graph))
        .route("/api/v1/logs/{name}", get(logs::log))
        .fallback(async || Problem::not_found("there is nothing here; see /api/v1/openapi.json"))
        .method_not_allowed_fallback(async || {
            Problem::of(StatusCode::METHOD_NOT_ALLOWED, "this path has other methods; see /api/v1/openapi.json")
        })
        .layer(from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}
