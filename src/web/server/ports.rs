//! One port, and the graph: what the rest of dsynth says of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::Value;

use super::Shared;
use super::problem::Problem;
use crate::model::OriginSpec;

/// The name may have a flavor: `vim@gtk3`.
pub(super) async fn port(
    State(shared): State<Arc<Shared>>,
    Path((category, name)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let spec =
        OriginSpec::parse(&format!("{category}/{name}")).map_err(|error| Problem::not_found(error.to_string()))?;
    let missing = format!("there is no port {spec}");
    let found = shared.ask_hard(move |shared| shared.backend.port(&spec).map_err(Problem::unavailable)).await?;
    found.map(Json).ok_or_else(|| Problem::not_found(missing))
}

#[derive(Debug, Deserialize)]
pub(super) struct Selection {
    /// Ports, with commas between them.
    port: String,
    #[serde(default)]
    reverse: bool,
    depth: Option<usize>,
}

pub(super) async fn graph(
    State(shared): State<Arc<Shared>>,
    selection: Result<Query<Selection>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(Selection { port, reverse, depth }) = selection.map_err(|error| Problem::bad(error.body_text()))?;
    let ports: Result<Vec<OriginSpec>, _> = port.split(',').map(OriginSpec::parse).collect();
    let ports = ports.map_err(|error| Problem::bad(error.to_string()))?;
    if let Some(missing) = ports.iter().find(|spec| !shared.backend.has(spec)) {
        return Err(Problem::not_found(format!("there is no port {missing}")));
    }
    let ask = move |shared: &Shared| shared.backend.graph(&ports, reverse, depth).map_err(Problem::unavailable);
    shared.ask_hard(ask).await.map(Json)
}
