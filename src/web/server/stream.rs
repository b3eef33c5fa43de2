//! Server-sent events: how far the run is, and what happens in it.
//!
//! Whoever does not read holds nothing: there is one text of the state for all, and one list of events of a fixed length.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;

use super::Shared;
use super::problem::Problem;

/// A line that says nothing, so that both sides notice when the other is gone.
const ALIVE: Duration = Duration::from_secs(15);
/// So long a reader may take nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// How far the run is, at once and whenever that changed.
pub(super) async fn view(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    let (mut out, response) = begin(&shared)?;
    tokio::spawn(async move {
        let mut states = shared.live.state.subscribe();
        loop {
            let text = states.borrow_and_update().clone();
            if !out.send(format!("event: view\ndata: {{\"state\":{text}}}\n\n")).await {
                return;
            }
            while timeout(ALIVE, states.changed()).await.is_err() {
                if !out.send(":\n\n".into()).await {
                    return;
                }
            }
        }
    });
    Ok(response)
}

/// Each event of a run; from where `Last-Event-ID` says, as far back as events are kept. If some are lost, a `gap` comes first.
pub(super) async fn events(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, Problem> {
    let (mut out, response) = begin(&shared)?;
    let server = shared.live.server.simple().to_string();
    let wanted = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let mut last = shared.live.last.subscribe();
    let newest = *last.borrow_and_update();
    let mut at = match &wanted {
        None => newest,
        // Numbers of another server are not ours: all that is kept, after a gap.
        Some(id) => {
            id.split_once('-').filter(|(from, _)| *from == server).and_then(|(_, n)| n.parse().ok()).unwrap_or(0)
        }
    };
    let is_ours = wanted.as_ref().is_none_or(|id| id.starts_with(&format!("{server}-")));
    tokio::spawn(async move {
        let mut is_known = is_ours;
        loop {
            let (told, whole) = shared.live.after(at);
            let mut text = if is_known && whole { String::new() } else { "event: gap\ndata: {}\n\n".to_owned() };
            is_known = true;
            let is_all = told.is_empty();
            for one in told {
                at = one.number;
                text += &format!("id: {server}-{}\ndata: {}\n\n", one.number, one.line);
            }
            if !text.is_empty() && !out.send(text).await {
                return;
            }
            while is_all && timeout(ALIVE, last.changed()).await.is_err() {
                if !out.send(":\n\n".into()).await {
                    return;
                }
            }
        }
    });
    Ok(response)
}

/// The way to one reader, and its seat.
struct Out {
    sender: mpsc::Sender<Result<Bytes, std::convert::Infallible>>,
    _seat: OwnedSemaphorePermit,
}

impl Out {
    /// Whether the reader is still there.
    async fn send(&mut self, text: String) -> bool {
        matches!(timeout(PATIENCE, self.sender.send(Ok(text.into()))).await, Ok(Ok(())))
    }
}

fn begin(shared: &Shared) -> Result<(Out, Response), Problem> {
    let seat = Arc::clone(&shared.seats).try_acquire_owned();
    let seat = seat.map_err(|_| Problem::too_many("too many look on already"))?;
    let (sender, receiver) = mpsc::channel(1);
    let body = Body::from_stream(ReceiverStream::new(receiver));
    let headers = [(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-store")];
    Ok((Out { sender, _seat: seat }, (headers, body).into_response()))
}
