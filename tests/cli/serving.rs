//! `serve`: what it listens to, and builds that are asked of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dsynth::live::Publisher;
use dsynth::model::Event;
use dsynth::view::{About, Picture, RunView};
use insta::assert_snapshot;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::world::{World, soon};

/// A server on a port of its own, stopped by ^C at the end.
struct Server {
    child: Child,
    at: String,
}

impl Server {
    fn begin(world: &World) -> Server {
        let words = ["serve", "--listen", "127.0.0.1:0"];
        let mut child = world.command(&words).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let at = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix('/')).unwrap();
        Server { at: at.to_owned(), child }
    }

    fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.at).unwrap();
        let head = format!("{method} {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json");
        write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        stream
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> Value {
        let mut stream = self.send(method, path, body);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }

    /// The most memory that it ever had, in KiB.
    fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim_end_matches("kB").trim().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id() as i32), Signal::SIGINT);
        let _ = self.child.wait();
    }
}

#[test]
fn nobody_listens_where_others_get_in_without_a_key() {
    let mut world = World::empty();
    assert_snapshot!(world.run(&["serve", "--listen", "0.0.0.0:0"]).whole(), @"
    stderr:
    dsynth: 0.0.0.0:0 can be reached from other machines: set Api_key in the profile, or listen on 127.0.0.1:8080
    exit 1
    ");
    world.set("Api_listen", "[::]:0");
    assert_eq!(world.run(&["serve"]).status, 1);
    assert_snapshot!(world.run(&["serve", "--listen", "here"]).whole(), @"
    stderr:
    invalid value 'here' for '--listen <ADDRESS:PORT>': invalid socket address syntax
    Run 'dsynth help' for usage
    exit 1
    ");
}

#[test]
fn a_build_that_is_asked_for_is_built_by_a_process_of_its_own() {
    let Some(world) = World::new() else { return };
    let server = Server::begin(&world);
    let asked = server.ask("POST", "/api/v1/builds", "{\"packages\":[\"devel/libgreet\",\"broken/build-fails\"]}");
    let path = format!("/api/v1/builds/{}", asked["build_id"].as_str().unwrap());
    assert!(soon(|| server.ask("GET", &path, "")["status"] == "failed"), "{}", server.ask("GET", &path, ""));
    let build = server.ask("GET", &path, "");
    assert_eq!([&build["success"], &build["failed"]].map(Value::as_u64), [Some(1), Some(1)], "{build}");
    let port = server.ask("GET", "/api/v1/ports/devel/libgreet", "");
    assert_eq!(
        (port["state"].as_str(), port["builds"][0]["status"].as_str()),
        (Some("fresh"), Some("success")),
        "{port}"
    );
    // The run has the id that was promised, and its report.
    let run = path.rsplit('/').next().unwrap();
    assert!(world.path(&format!("logs/Report/runs/{run}/state.js")).exists());
    assert!(world.read("logs/Report/summary.json").contains("\"active\":0"));
    assert!(world.read("logs/Report/01_history.json").contains("\"info\":\"build:\""));
    // A name of a file is no list here.
    let list = server.ask("POST", "/api/v1/builds", "{\"packages\":[\"/etc/passwd\"]}");
    assert!(list["error"].as_str().unwrap().starts_with("invalid port specification"), "{list}");
}

#[test]
fn a_build_that_is_asked_to_stop_ends_what_it_builds_and_begins_no_more() {
    let Some(mut world) = World::new() else { return };
    world.set("Number_of_builders", "1");
    let wait = "pre-build:\n\t@echo waiting here\n\t@while [ ! -e /distfiles/go ]; do sleep 0.1; done\n\n.include";
    world.edit("ports/t/late/Makefile", ".include", wait);
    let server = Server::begin(&world);
    let asked = server.ask("POST", "/api/v1/builds", "{\"packages\":[\"t/late\",\"t/leaf@default\"]}");
    let path = format!("/api/v1/builds/{}", asked["build_id"].as_str().unwrap());
    let log = world.path("logs/t___late.log");
    assert!(soon(|| std::fs::read_to_string(&log).is_ok_and(|text| text.contains("waiting here"))));
    server.ask("DELETE", &path, "");
    assert_eq!(server.ask("GET", &path, "")["status"], "running");
    world.write("distfiles/go", b"");
    assert!(soon(|| server.ask("GET", &path, "")["status"] == "stopped"), "{}", server.ask("GET", &path, ""));
    assert_eq!(world.packages(), ["tri-1.pkg", "zz-late-1.pkg"]);
    assert!(world.log("00_last_results.log").contains("not started: 1\n"));
}

#[test]
fn who_never_reads_holds_no_memory_of_the_server() {
    let world = World::empty();
    world.write("logs/c___big.log", &vec![b'x'; 64 << 20]);
    let picture = Arc::new(Picture::new(RunView::of(About::default()), Duration::ZERO));
    std::fs::create_dir_all(world.path("build")).unwrap();
    let _publisher = Publisher::new(&world.path("build"), picture.clone()).unwrap();
    let server = Server::begin(&world);
    let note = |text: String| picture.hear(&Event::Note { text });

    // This one reads; when it hears of something, the server follows.
    let mut reader = BufReader::new(server.send("GET", "/api/v1/events", "")).lines().map_while(Result::ok);
    let mut hears = move |wanted: &str| reader.any(|line| line.contains(wanted));
    let begun = thread::spawn(move || hears("begun").then_some(hears));
    assert!(soon(|| {
        note("begun".into());
        begun.is_finished()
    }));
    let mut hears = begun.join().unwrap().unwrap();
    let lazy: Vec<TcpStream> = ["/api/v1/events", "/api/v1/view/events", "/api/v1/logs/c___big.log"]
        .iter()
        .flat_map(|path| (0..25).map(|_| server.send("GET", path, "")))
        .collect();
    // 40 MB of events for each; more than sockets take.
    let long = "x".repeat(4000);
    for number in 0..10_000 {
        note(format!("{number} {long}"));
        // As fast as it is read, or the server would be let go.
        if number % 100 == 99 {
            assert!(hears(&format!("{number} x")));
        }
    }
    assert!(server.peak() < 200 << 10, "{} KiB", server.peak());
    drop(lazy);
}
