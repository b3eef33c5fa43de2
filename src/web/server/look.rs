//! What the page reads: itself, the run that goes on, and the files of runs.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Shared;
use super::problem::Problem;
use crate::web::assets::{ASSETS, PAGE};

/// Results that one answer has at most.
const ROWS: usize = 5000;

pub(super) async fn page() -> Result<Response, Problem> {
    asset(PAGE)
}

/// Its style and its scripts.
pub(super) async fn part(Path(name): Path<String>) -> Result<Response, Problem> {
    asset(&format!("page/{name}"))
}

fn asset(wanted: &str) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|(name, ..)| *name == wanted);
    let (_, text, kind) = found.ok_or_else(|| Problem::not_found(format!("there is no `{wanted}`")))?;
    // It is told that there is a server behind it.
    let text = text.replace("data-source=\"files\"", "data-source=\"server\"");
    Ok(([(CONTENT_TYPE, *kind), (CACHE_CONTROL, "no-cache")], text).into_response())
}

/// How far the run is that goes on; `null` if none does.
pub(super) async fn view(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "state": shared.live.look() }))
}

#[derive(Debug, Deserialize)]
pub(super) struct Part {
    run: Uuid,
    #[serde(default)]
    from: usize,
}

pub(super) async fn results(
    State(shared): State<Arc<Shared>>,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Part { run, from }) = part.map_err(|error| Problem::bad(error.body_text()))?;
    let rows = shared.live.rows(run, from, ROWS);
    let rows = rows.ok_or_else(|| Problem::not_found(format!("run {run} does not go on now")))?;
    Ok(Json(json!({ "run": run, "from": from, "rows": rows })).into_response())
}

pub(super) async fn runs(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    file(&shared, "runs.js".into()).await
}

/// A file of a run. What is asked for is taken apart, so that it cannot lead anywhere else.
pub(super) async fn run(
    State(shared): State<Arc<Shared>>,
    Path((run, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found(format!("there is no `{name}` of a run `{run}`"));
    let id = Uuid::try_parse(&run).map_err(|_| missing())?;
    let stem = name.strip_suffix(".js").ok_or_else(missing)?;
    let is_results = stem.strip_prefix("results-").is_some_and(|number| number.parse::<u32>().is_ok());
    if !is_results && !["state", "host"].contains(&stem) {
        return Err(missing());
    }
    file(&shared, format!("runs/{id}/{name}")).await
}

async fn file(shared: &Shared, name: String) -> Result<Response, Problem> {
    let text = tokio::fs::read(shared.logs.join("Report").join(&name)).await;
    let text = text.map_err(|_| Problem::not_found(format!("there is no `{name}`")))?;
    Ok(([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, "no-store")], text).into_response())
}
