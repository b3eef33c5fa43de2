//! Runs that go on elsewhere, followed.

use std::io::{BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::bench::{Bench, soon};
use crate::live::Publisher;
use crate::model::{Event, OriginSpec, Summary};
use crate::view::{About, Picture, RunView};

/// A run in the bench's build base.
fn run(bench: &Bench) -> (Arc<Picture>, Publisher) {
    let about = About { profile: "Live".into(), directive: "build".into(), logs: bench.dir.join("logs") };
    let picture = Arc::new(Picture::new(RunView::of(about), Duration::ZERO));
    let publisher = Publisher::new(&bench.dir, picture.clone()).unwrap();
    picture.hear(&Event::RunStarted { run: Uuid::nil(), queued: 3000, workers: 2, limit: 2 });
    (picture, publisher)
}

fn note(number: usize) -> Event {
    Event::Note { text: format!("note {number}") }
}

fn skipped(number: usize) -> Event {
    let spec = OriginSpec::parse(&format!("c/p{number}")).unwrap();
    Event::Skipped { spec, pkgfile: String::new(), chain: "c/bad".into() }
}

/// Server-sent events, read line by line.
struct Stream(BufReader<std::net::TcpStream>);

impl Stream {
    fn open(bench: &Bench, path: &str, headers: &str) -> Stream {
        let mut stream = bench.connect();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n{headers}\r\n").unwrap();
        Stream(BufReader::new(stream))
    }

    /// The next line that begins so, without its beginning.
    fn next(&mut self, begin: &str) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended before a `{begin}`");
            if let Some(rest) = line.strip_prefix(begin) {
                return rest.trim_end().to_owned();
            }
        }
    }
}

#[test]
fn a_run_that_goes_on_elsewhere_is_seen() {
    let bench = Bench::new(None);
    assert_eq!(bench.get("/api/v1/view").json()["state"], Value::Null);
    let mut views = Stream::open(&bench, "/api/v1/view/events", "");
    assert_eq!(views.next("data: "), "{\"state\":null}");
    let (picture, publisher) = run(&bench);
    (0..7).for_each(|number| picture.hear(&skipped(number)));
    let state = |text: &str| serde_json::from_str::<Value>(text).unwrap()["state"].clone();
    while state(&views.next("data: "))["counts"]["skipped"] != 7 {}
    let id = Uuid::nil();
    let rows = bench.get(&format!("/api/v1/view/results?run={id}&from=5")).json();
    assert_eq!((rows["rows"].as_array().map(Vec::len), &rows["rows"][0]["port"]), (Some(2), &Value::from("c/p5")));
    assert_eq!(bench.get(&format!("/api/v1/view/results?run={}", Uuid::max())).status, 404);
    let build = bench.get(&format!("/api/v1/builds/{id}")).json();
    assert_eq!((build["status"].as_str(), build["skipped"].as_u64()), (Some("running"), Some(7)));
    let delete = bench.ask("DELETE", &format!("/api/v1/builds/{id}"), "", "");
    assert!(delete.status == 409 && delete.text().contains("not begun here"), "{}", delete.text());
    let metrics = bench.get("/metrics").text();
    assert!(metrics.contains("dsynth_run_active 1\n") && metrics.contains("dsynth_run_jobs{result=\"skipped\"} 7\n"));
    picture.hear(&Event::RunEnded { summary: Summary::default() });
    drop(publisher);
    while state(&views.next("data: ")) != Value::Null {}
}

#[test]
fn events_go_on_where_they_were_left_and_a_gap_is_told() {
    let bench = Bench::new(None);
    let (picture, _publisher) = run(&bench);
    let mut all = Stream::open(&bench, "/api/v1/events", "");
    // Until it is known that the server follows.
    assert!(soon(|| bench.get("/api/v1/view").json()["state"]["run"].is_string()));
    (0..10).for_each(|number| picture.hear(&note(number)));
    let ids: Vec<String> = (0..10).map(|_| all.next("id: ")).collect();
    let after = |id: &str| Stream::open(&bench, "/api/v1/events", &format!("Last-Event-ID: {id}\r\n"));
    let mut resumed = after(&ids[6]);
    let texts: Vec<String> = (0..3).map(|_| resumed.next("data: ")).collect();
    assert!(texts.iter().zip(7..).all(|(text, number)| text.contains(&format!("note {number}\""))), "{texts:?}");
    // Of another server, and of one that has forgotten.
    let mut foreign = after("0123-5");
    assert_eq!(foreign.next("event: "), "gap");
    assert!(foreign.next("id: ").ends_with("-1"));
    (10..5000).for_each(|number| picture.hear(&note(number)));
    while !all.next("data: ").contains("note 4999\"") {}
    assert_eq!(after(&ids[0]).next("event: "), "gap");
}

#[test]
fn who_does_not_read_holds_nobody_up() {
    let bench = Bench::new(None);
    let (picture, _publisher) = run(&bench);
    assert!(soon(|| bench.get("/api/v1/view").json()["state"]["run"].is_string()));
    let lazy: Vec<Stream> = (0..20).map(|_| Stream::open(&bench, "/api/v1/events", "")).collect();
    let mut eager = Stream::open(&bench, "/api/v1/events", "");
    eager.next("content-type: ");
    let long = "x".repeat(2000);
    for number in 0..8_000 {
        picture.hear(&Event::Note { text: format!("{long} {number}.") });
        // As fast as the reader of the picture is.
        if number % 1000 == 999 {
            while !eager.next("data: ").contains(&format!(" {number}.")) {}
        }
    }
    assert_eq!(bench.get("/metrics").status, 200);
    drop(lazy);
}

#[test]
fn no_more_look_on_than_there_are_seats() {
    let bench = Bench::new(None);
    let taken: Vec<Stream> =
        (0..crate::web::server::SEATS).map(|_| Stream::open(&bench, "/api/v1/events", "")).collect();
    assert!(soon(|| {
        let mut stream = Stream::open(&bench, "/api/v1/events", "");
        let mut status = [0; 12];
        stream.0.read_exact(&mut status).unwrap();
        status.ends_with(b"429")
    }));
    drop(taken);
}
