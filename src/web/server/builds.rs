//! Builds: asked for, looked at, stopped.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Shared;
use super::backend::{BuildCounts, PastRun, Status};
use super::body::JsonBody;
use super::problem::Problem;
use super::queue::{Asked, Refusal};
use super::runner::Process;

/// So many are listed unless it is said how many, and at most.
const LISTED: usize = 20;
const MOST: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    packages: Vec<String>,
}

/// One build, waiting, running or past.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Build {
    build_id: Uuid,
    status: Status,
    #[serde(flatten)]
    counts: BuildCounts,
    /// Seconds.
    elapsed: u64,
    /// RFC 3339.
    started: Option<String>,
    ended: Option<String>,
    directive: String,
    /// What was asked for; known of builds that wait or run.
    packages: Option<Vec<String>>,
    /// Why it did not begin.
    error: Option<String>,
}

pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    JsonBody(wanted): JsonBody<Wanted>,
) -> Result<Response, Problem> {
    if wanted.packages.is_empty() {
        return Err(Problem::bad("`packages` is empty: name some as category/name[@flavor]"));
    }
    shared.backend.check(&wanted.packages).map_err(Problem::bad)?;
    let added = shared.ask(move |shared| Ok(shared.queue().add(wanted.packages))).await?;
    let id = added.map_err(|refusal| match refusal {
        Refusal::Full => Problem::too_many("too many builds wait already"),
        Refusal::Unsaved(error) => Problem::unavailable(format!("cannot write the queue: {error}")),
    })?;
    let headers = [(LOCATION, format!("/api/v1/builds/{id}"))];
    Ok((StatusCode::CREATED, headers, Json(json!({ "build_id": id }))).into_response())
}

pub(super) async fn one(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Json<Build>, Problem> {
    let id = parse(&id)?;
    let all = shared.ask(all).await?;
    all.get(&id).cloned().map(Json).ok_or_else(|| unknown(id))
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    limit: Option<usize>,
    after: Option<Uuid>,
}

/// Ids are in order of time, so what comes after one stays what it is while builds are added.
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let Query(Page { limit, after }) = page.map_err(|error| Problem::bad(error.body_text()))?;
    let limit = limit.unwrap_or(LISTED);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::bad(format!("`limit` is {limit}; it may be 1 to {MOST}")));
    }
    let all = shared.ask(all).await?;
    let before = |id: &Uuid| after.is_none_or(|after| *id < after);
    let mut rest = all.into_iter().rev().filter(|(id, _)| before(id)).map(|(_, build)| build);
    let builds: Vec<Build> = rest.by_ref().take(limit).collect();
    let next = rest.next().and_then(|_| builds.last().map(|build| build.build_id));
    Ok(Json(json!({ "builds": builds, "next": next })).into_response())
}

/// A build that waits is taken out; one that runs begins nothing more, and stops when it is asked once more.
pub(super) async fn stop(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = parse(&id)?;
    let asked = shared.queue().find(id).cloned();
    match asked.map(|asked| asked.status) {
        Some(Status::Queued) => shared.mark(id, Status::Stopped, Some("it was taken out of the queue".into())),
        Some(Status::Running) => {
            let stopped = shared.process().as_mut().is_some_and(Process::stop);
            if !stopped {
                return Err(Problem::conflict("it was begun by an earlier server; stop it on its host"));
            }
        }
        Some(_) => return Err(Problem::conflict("it has ended")),
        None if shared.live.look().is_some_and(|state| state.run == id) => {
            return Err(Problem::conflict("this run was not begun here; stop it where it was"));
        }
        None => {
            let is_past = shared.ask(all).await?.contains_key(&id);
            return Err(if is_past { Problem::conflict("it has ended") } else { unknown(id) });
        }
    }
    Ok((StatusCode::ACCEPTED, Json(json!({ "build_id": id }))).into_response())
}

fn parse(text: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(text).map_err(|_| Problem::not_found(format!("`{text}` is no id of a build")))
}

fn unknown(id: Uuid) -> Problem {
    Problem::not_found(format!("there is no build {id}"))
}

/// All that are known, by id: what waits, what the store has, and what goes on.
fn all(shared: &Shared) -> Result<BTreeMap<Uuid, Build>, Problem> {
    let past = shared.backend.runs().map_err(Problem::unavailable)?;
    let mut all: BTreeMap<Uuid, Build> = past.into_iter().map(|run| (run.id, Build::past(run))).collect();
    for asked in shared.queue().iter() {
        let build = all.entry(asked.id).or_insert_with(|| Build::asked(asked));
        build.packages = Some(asked.packages.clone());
    }
    if let Some(state) = shared.live.look().filter(|state| state.active) {
        let build = all.entry(state.run).or_insert_with(|| Build::new(state.run, Status::Running, &state.directive));
        let counts = &state.counts;
        build.status = Status::Running;
        build.started = moment(state.began);
        build.elapsed = state.elapsed / 1000;
        build.counts = BuildCounts {
            success: counts.built,
            failed: counts.failed,
            skipped: counts.skipped,
            ignored: counts.ignored,
        };
    }
    // Its process was killed: the next dsynth will put that down.
    let running = shared.queue().running();
    let live = shared.live.look().map(|state| state.run);
    let is_dead = |id: &Uuid| Some(*id) != running && Some(*id) != live;
    if all.iter().any(|(id, build)| build.status == Status::Running && is_dead(id)) && !shared.backend.is_busy() {
        let dead = all.iter_mut().filter(|(id, build)| build.status == Status::Running && is_dead(id));
        dead.for_each(|(_, build)| build.status = Status::Aborted);
    }
    Ok(all)
}

impl Build {
    fn new(id: Uuid, status: Status, directive: &str) -> Build {
        Build {
            build_id: id,
            status,
            counts: BuildCounts::default(),
            elapsed: 0,
            started: None,
            ended: None,
            directive: directive.into(),
            packages: None,
            error: None,
        }
    }

    fn asked(asked: &Asked) -> Build {
        Build { error: asked.error.clone(), ..Build::new(asked.id, asked.status, "build") }
    }

    fn past(run: PastRun) -> Build {
        let until = run.ended.unwrap_or(run.started);
        Build {
            counts: run.counts,
            elapsed: u64::try_from(until - run.started).unwrap_or_default() / 1000,
            started: moment(run.started),
            ended: run.ended.and_then(moment),
            ..Build::new(run.id, run.status, &run.directive)
        }
    }
}

fn moment(milliseconds: i64) -> Option<String> {
    Timestamp::from_millisecond(milliseconds).ok().map(|time| time.to_string())
}
