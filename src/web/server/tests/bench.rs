//! A server on a port of its own, and a client that speaks plain HTTP/1.0.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::model::{Event, OriginSpec, Stop, StopReason};
use crate::web::server::backend::{Backend, BuildCounts, PastRun, Status};
use crate::web::server::{Setting, serve};

pub(super) const KEY: &str = "0123456789abcdef";

/// Builds are shells that wait for a file of the port's name, and say in another one that they were asked to finish.
#[derive(Debug, Default)]
pub(super) struct Fake {
    pub(super) dir: Utf8PathBuf,
    pub(super) busy: AtomicBool,
    /// Ports in the order in which their builds began.
    pub(super) began: Mutex<Vec<String>>,
    pub(super) runs: Mutex<Vec<PastRun>>,
    /// What a build says that does not become a run.
    pub(super) refuses: Mutex<Option<String>>,
}

impl Backend for Arc<Fake> {
    fn check(&self, words: &[String]) -> Result<(), String> {
        words.iter().try_for_each(|word| OriginSpec::parse(word).map(drop).map_err(|error| error.to_string()))
    }

    fn start(&self, id: Uuid, words: &[String], errors: File) -> Result<Child, String> {
        self.began.lock().unwrap().push(words[0].clone());
        let port = words[0].replace('/', ".");
        let mut script = format!("trap 'touch {port}.asked' USR1; while [ ! -e {port} ]; do sleep 0.02; done");
        match self.refuses.lock().unwrap().take() {
            Some(said) => script = format!("echo '{said}' >&2"),
            None => self.runs.lock().unwrap().insert(0, past(id)),
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).current_dir(&self.dir).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        shell.spawn().map_err(|error| error.to_string())
    }

    fn is_busy(&self) -> bool {
        self.busy.load(Ordering::SeqCst)
    }

    fn runs(&self) -> Result<Vec<PastRun>, String> {
        Ok(self.runs.lock().unwrap().clone())
    }

    fn is_recorded(&self, id: Uuid) -> bool {
        self.runs.lock().unwrap().iter().any(|run| run.id == id)
    }

    fn port(&self, spec: &OriginSpec) -> Result<Option<Value>, String> {
        let known = json!({"port": spec.to_string(), "state": "fresh", "why": "", "builds": [], "depends": []});
        Ok(self.has(spec).then_some(known))
    }

    fn has(&self, spec: &OriginSpec) -> bool {
        spec.origin.name() != "gone"
    }

    fn graph(&self, ports: &[OriginSpec], _: bool, _: Option<usize>) -> Result<Value, String> {
        Ok(json!({ "ports": ports.len() }))
    }

    fn line(&self, event: &Event) -> Option<String> {
        match event {
            Event::Note { text } => Some(json!({ "event": "note", "text": text }).to_string()),
            _ => None,
        }
    }
}

pub(super) fn past(id: Uuid) -> PastRun {
    PastRun {
        id,
        directive: "build".into(),
        status: Status::Success,
        started: 1_000_000,
        ended: Some(1_065_000),
        counts: BuildCounts { success: 3, failed: 1, skipped: 2, ignored: 4 },
    }
}

/// A server that ends with the value.
pub(super) struct Bench {
    pub(super) at: SocketAddr,
    pub(super) fake: Arc<Fake>,
    pub(super) dir: Utf8PathBuf,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
    kept: Option<tempfile::TempDir>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Bench {
    pub(super) fn new(key: Option<&str>) -> Bench {
        let kept = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(kept.path().to_owned()).unwrap();
        let mut bench = Bench::over(dir, key);
        bench.kept = Some(kept);
        bench
    }

    /// Over what another server left.
    pub(super) fn over(dir: Utf8PathBuf, key: Option<&str>) -> Bench {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (at, stop) = (listener.local_addr().unwrap(), Stop::default());
        let fake = Arc::new(Fake { dir: dir.clone(), ..Fake::default() });
        fs::create_dir_all(dir.join("logs")).unwrap();
        let setting = Setting {
            buildbase: dir.clone(),
            logs: dir.join("logs"),
            key: key.map(str::to_owned),
            patience: Duration::from_millis(500),
        };
        let (backend, stopped) = (Box::new(fake.clone()), stop.clone());
        let thread = thread::spawn(move || serve(listener, setting, backend, &stopped).unwrap());
        Bench { at, fake, dir, stop, thread: Some(thread), kept: None }
    }

    pub(super) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// All that is sent, and all that comes back.
    pub(super) fn raw(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        // Who is refused early may not read it all.
        let _ = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub(super) fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let length = body.len();
        self.raw(&format!(
            "{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    pub(super) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    pub(super) fn post(&self, body: &str) -> Answer {
        self.ask("POST", "/api/v1/builds", "Content-Type: application/json\r\n", body)
    }

    /// The id of a build of one port.
    pub(super) fn build(&self, port: &str) -> String {
        let answer = self.post(&json!({ "packages": [port] }).to_string());
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["build_id"].as_str().unwrap().to_owned()
    }

    pub(super) fn status(&self, id: &str) -> String {
        self.get(&format!("/api/v1/builds/{id}")).json()["status"].as_str().unwrap().to_owned()
    }

    /// Lets a build end.
    pub(super) fn finish(&self, port: &str) {
        fs::write(self.dir.join(port.replace('/', ".")), "").unwrap();
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.request(StopReason::Interrupt);
        self.thread.take().map(JoinHandle::join);
    }
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Waits for what comes soon or never.
pub(super) fn soon(is_there: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if is_there() {
            return true;
        }
        thread::sleep(Duration::from_millis(20));
    }
    false
}
