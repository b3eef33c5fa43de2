//! The server: the page and the API (docs/api.md), during builds and between them.
//!
//! It reads the picture that a running dsynth publishes, and never another process's database. Builds are processes of their
//! own, so nothing of what is asynchronous here gets near them.

mod backend;
mod body;
mod builds;
mod guard;
mod live;
mod logs;
mod look;
mod metrics;
mod ports;
mod problem;
mod queue;
mod routes;
mod runner;
mod stream;
#[cfg(test)]
mod tests;

use std::net::TcpListener;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use std::{future, io};

use camino::Utf8PathBuf;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::runtime;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::model::Stop;
pub use backend::{Backend, BuildCounts, PastRun, Status};
use live::Live;
use problem::Problem;
use queue::Queue;
use runner::Process;

/// So many connections at once; more wait in the kernel.
const CONNECTIONS: usize = 1024;
/// So many look on at once.
const SEATS: usize = 512;
/// So many of the questions that may take long are worked on at once, and so many wait.
const HARD: usize = 1;
const HARD_WAITING: usize = 8;
const TICK: Duration = Duration::from_millis(200);

/// Where things are, and who may ask.
#[derive(Clone, Debug)]
pub struct Setting {
    pub buildbase: Utf8PathBuf,
    pub logs: Utf8PathBuf,
    /// `Api_key`; without one everybody may ask who gets through.
    pub key: Option<String>,
    /// So long the head of a request may take, and so long its body.
    pub patience: Duration,
}

/// What all requests share.
pub(super) struct Shared {
    backend: Box<dyn Backend>,
    live: Live,
    queue: Mutex<Queue>,
    process: Mutex<Option<Process>>,
    logs: Utf8PathBuf,
    key: Option<String>,
    /// Only this machine gets through.
    is_local: bool,
    seats: Arc<Semaphore>,
    hard: Semaphore,
    hard_waiting: Semaphore,
    patience: Duration,
    stop: Stop,
}

/// Until it is stopped. Who listens is for the caller to say.
pub fn serve(listener: TcpListener, setting: Setting, backend: Box<dyn Backend>, stop: &Stop) -> io::Result<()> {
    let shared = Arc::new(Shared::new(&listener, &setting, backend, stop)?);
    let follower = {
        let (shared, buildbase) = (shared.clone(), setting.buildbase);
        thread::Builder::new().name("follow-runs".into()).spawn(move || live::listen(&shared, &buildbase))?
    };
    let painter = shared.clone();
    let painter = thread::Builder::new().name("draw".into()).spawn(move || live::draw(&painter))?;
    let runner = shared.clone();
    let runner = thread::Builder::new().name("builds".into()).spawn(move || runner::run(&runner))?;
    let runtime =
        runtime::Builder::new_multi_thread().worker_threads(2).max_blocking_threads(16).enable_all().build()?;
    let served = runtime.block_on(accept(listener, shared));
    // Whoever still looks on is let go.
    runtime.shutdown_background();
    [follower, painter, runner].into_iter().for_each(|thread| drop(thread.join()));
    served
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = routes::router(shared.clone());
    let patience = shared.patience;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let over = async {
        while !shared.is_over() {
            tokio::time::sleep(TICK).await;
        }
    };
    let accepting = async {
        loop {
            let Ok(place) = places.clone().acquire_owned().await else { return future::pending().await };
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors; there will be some again.
                tokio::time::sleep(TICK).await;
                continue;
            };
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let mut http = http1::Builder::new();
                http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(64 << 10);
                // Whatever is wrong with a connection is for the other side to notice.
                let _ = http.serve_connection(TokioIo::new(stream), service).await;
                drop(place);
            });
        }
    };
    tokio::select! {
        () = over => {}
        () = accepting => {}
    }
    Ok(())
}

impl Shared {
    fn new(listener: &TcpListener, setting: &Setting, backend: Box<dyn Backend>, stop: &Stop) -> io::Result<Shared> {
        Ok(Shared {
            backend,
            live: Live::new(),
            queue: Mutex::new(Queue::open(&setting.buildbase)?),
            process: Mutex::default(),
            logs: setting.logs.clone(),
            key: setting.key.clone(),
            is_local: listener.local_addr()?.ip().is_loopback(),
            seats: Arc::new(Semaphore::new(SEATS)),
            hard: Semaphore::new(HARD),
            hard_waiting: Semaphore::new(HARD_WAITING),
            patience: setting.patience,
            stop: stop.clone(),
        })
    }

    fn is_over(&self) -> bool {
        self.stop.requested()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What cannot be written down is known until the server ends.
    fn mark(&self, id: Uuid, status: Status, error: Option<String>) {
        if let Err(error) = self.queue().set(id, status, error) {
            tracing::warn!("cannot write the queue: {error}");
        }
    }

    fn forget(&self, id: Uuid) {
        if let Err(error) = self.queue().forget(id) {
            tracing::warn!("cannot write the queue: {error}");
        }
    }

    /// That of the build that was begun here, if one runs.
    fn process(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks what has to wait for a disk.
    async fn ask<T: Send + 'static>(
        self: &Arc<Shared>,
        ask: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = self.clone();
        let answer = tokio::task::spawn_blocking(move || ask(&shared)).await;
        answer.unwrap_or_else(|_| Err(Problem::unavailable("dsynth cannot say; this is a mistake in it")))
    }

    /// Asks what may have to read the tree: one after the other.
    async fn ask_hard<T: Send + 'static>(
        self: &Arc<Shared>,
        ask: impl FnOnce(&Shared) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let busy = || Problem::too_many("too many ask for that already");
        let _waiting = self.hard_waiting.try_acquire().map_err(|_| busy())?;
        let _turn = self.hard.acquire().await.map_err(|_| busy())?;
        self.ask(ask).await
    }
}
