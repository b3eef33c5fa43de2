//! Numbers in the text format of Prometheus, version 0.0.4.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::Shared;
use crate::web::data::State as Picture;

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let waiting = shared.queue().waiting();
    let text = text(shared.live.look().as_ref(), waiting);
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn text(state: Option<&Picture>, waiting: usize) -> String {
    let mut text = String::new();
    gauge(&mut text, "dsynth_builds_queued", "Builds that wait for their turn", &[("", waiting as f64)]);
    let is_active = state.is_some_and(|state| state.active);
    gauge(&mut text, "dsynth_run_active", "Whether a run goes on", &[("", f64::from(u8::from(is_active)))]);
    let Some(state) = state else { return text };
    let counts = &state.counts;
    let results = [
        ("built", counts.built),
        ("failed", counts.failed),
        ("skipped", counts.skipped),
        ("ignored", counts.ignored),
        ("missing", counts.missing),
        ("interrupted", counts.interrupted),
        ("fresh", counts.fresh),
        ("remaining", state.remaining),
    ];
    let results = results.map(|(name, count)| (name, count as f64));
    gauge(&mut text, "dsynth_run_jobs", "Jobs of the run by what became of them", &results);
    gauge(&mut text, "dsynth_run_elapsed_seconds", "Since the run began", &[("", state.elapsed as f64 / 1000.0)]);
    let busy = state.slots.iter().flatten().count();
    gauge(&mut text, "dsynth_slots_busy", "Slots at work", &[("", busy as f64)]);
    gauge(&mut text, "dsynth_slots", "Slots there are", &[("", state.slots.len() as f64)]);
    gauge(&mut text, "dsynth_packages_per_hour", "In the last ten minutes", &[("", state.impulse as f64)]);
    if let Some(host) = &state.host {
        gauge(&mut text, "dsynth_host_load", "Load of the last minute", &[("", host.load[0])]);
        gauge(&mut text, "dsynth_host_free_bytes", "Memory to be had without swapping", &[("", host.free as f64)]);
        host.swap.iter().for_each(|swap| {
            gauge(&mut text, "dsynth_host_swap_percent", "Swap in use", &[("", *swap)]);
        });
    }
    text
}

/// A metric, with a value for each result or one in all.
fn gauge(text: &mut String, name: &str, help: &str, values: &[(&str, f64)]) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (result, value) in values {
        let label = if result.is_empty() { String::new() } else { format!("{{result=\"{result}\"}}") };
        let _ = writeln!(text, "{name}{label} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_run_there_is_little_to_count() {
        insta::assert_snapshot!(text(None, 2), @"
        # HELP dsynth_builds_queued Builds that wait for their turn
        # TYPE dsynth_builds_queued gauge
        dsynth_builds_queued 2
        # HELP dsynth_run_active Whether a run goes on
        # TYPE dsynth_run_active gauge
        dsynth_run_active 0
        ");
    }
}
