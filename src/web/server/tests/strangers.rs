//! Who gets in, and how far.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;

use super::bench::{Bench, KEY};

#[test]
fn without_the_key_there_is_only_the_page() {
    let bench = Bench::new(Some(KEY));
    let ask = |path: &str, key: &str| bench.ask("GET", path, &format!("X-API-Key: {key}\r\n"), "").status;
    for path in ["/api/v1/builds", "/api/v1/events", "/api/v1/logs/c___a.log", "/metrics", "/runs.js", "/nothing"] {
        assert_eq!(bench.get(path).status, 401, "{path}");
        for key in ["", "x", "0123456789abcdeF", "0123456789abcdef0"] {
            assert_eq!(ask(path, key), 401, "{path} {key}");
        }
    }
    assert_eq!(bench.post("{\"packages\":[\"c/a\"]}").status, 401);
    assert_eq!(ask("/api/v1/builds", KEY), 200);
    for path in ["/", "/page/page.css", "/page/page.js"] {
        assert_eq!(bench.get(path).status, 200, "{path}");
    }
    let page = bench.get("/").text();
    assert!(page.contains("data-source=\"server\""));
    // What it is made of is there, and nothing else is.
    let parts: Vec<&str> = page.split(['"', '\'']).filter(|word| word.starts_with("page/")).collect();
    assert!(parts.len() > 10 && parts.iter().all(|part| bench.get(&format!("/{part}")).status == 200), "{parts:?}");
    assert_eq!(parts.len() + 1, crate::web::assets::ASSETS.len());
    assert_eq!(bench.get("/page/nothing.js").status, 401);
}

#[test]
fn names_of_other_machines_and_pages_of_other_servers_are_refused() {
    let bench = Bench::new(None);
    let host = |host: &str| bench.raw(&format!("GET /metrics HTTP/1.0\r\nHost: {host}\r\n\r\n")).status;
    assert_eq!([host("localhost"), host("127.0.0.1:99"), host("evil.example"), host("")], [200, 200, 403, 403]);
    let origin = |origin: &str| {
        let headers = format!("Content-Type: application/json\r\nOrigin: {origin}\r\n");
        let answer = bench.ask("POST", "/api/v1/builds", &headers, "{\"packages\":[]}");
        assert!(!answer.head.to_lowercase().contains("access-control"), "{}", answer.head);
        answer.status
    };
    // The empty list is refused by the handler, that is to say: it got there.
    assert_eq!([origin("http://localhost"), origin("http://evil.example"), origin("null")], [400, 403, 403]);
    assert_eq!(bench.ask("OPTIONS", "/api/v1/builds", "Origin: http://evil.example\r\n", "").status, 403);
}

#[test]
fn no_path_leads_out_of_the_logs() {
    let bench = Bench::new(None);
    fs::write(bench.dir.join("secret"), "secret").unwrap();
    fs::write(bench.dir.join("logs/secret"), "secret").unwrap();
    fs::create_dir_all(bench.dir.join("logs/Report/runs/mine")).unwrap();
    fs::write(bench.dir.join("logs/Report/runs/mine/state.js"), "secret").unwrap();
    fs::create_dir_all(bench.dir.join("logs/c___dir.log")).unwrap();
    for path in [
        "/api/v1/logs/secret",
        "/api/v1/logs/../secret",
        "/api/v1/logs/..%2fsecret",
        "/api/v1/logs/%2e%2e%2fsecret",
        "/api/v1/logs/c___..%2f..%2fsecret.log",
        "/api/v1/logs/%2fetc%2fpasswd",
        "/api/v1/logs/c___a.log%00",
        "/api/v1/logs/c___dir.log",
        "/runs/mine/state.js",
        "/runs/..%2f..%2f..%2fsecret/state.js",
        "/runs/00000000-0000-0000-0000-000000000000/..%2f..%2fstate.js",
        "/../secret",
        "//etc/passwd",
    ] {
        let answer = bench.get(path);
        assert!(answer.status == 404 || answer.status == 400, "{path}: {}", answer.status);
        assert!(!answer.text().contains("secret\n") && answer.text() != "secret", "{path}");
    }
}

#[test]
fn a_log_is_text_whatever_is_in_it_and_may_be_had_in_parts() {
    let bench = Bench::new(None);
    let bytes = b"<script>alert(1)</script>\x1b[2J\xff\xfe\0 end";
    fs::write(bench.dir.join("logs/c___a@f.log"), bytes).unwrap();
    symlink("/nowhere", bench.dir.join("logs/c___b.log")).unwrap();
    let answer = bench.get("/api/v1/logs/c___a@f.log");
    assert_eq!((answer.status, answer.body.as_slice()), (200, bytes.as_slice()));
    let head = answer.head.to_lowercase();
    assert!(head.contains("content-type: text/plain") && head.contains("nosniff"), "{head}");
    let part = bench.ask("GET", "/api/v1/logs/c___a%40f.log", "Range: bytes=-4\r\n", "");
    assert_eq!((part.status, part.body.as_slice()), (206, b" end".as_slice()));
    assert!(part.head.to_lowercase().contains(&format!(
        "content-range: bytes {}-{}/{}",
        bytes.len() - 4,
        bytes.len() - 1,
        bytes.len()
    )));
    let beyond = bench.ask("GET", "/api/v1/logs/c___a@f.log", &format!("Range: bytes={}-\r\n", bytes.len()), "");
    assert_eq!(beyond.status, 416);
    assert_eq!(bench.get("/api/v1/logs/c___b.log").status, 404);
}

#[test]
fn who_sends_slowly_is_let_go() {
    let bench = Bench::new(None);
    let mut head = bench.connect();
    head.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
    let mut said = String::new();
    // The server hangs up: this ends.
    let _ = head.read_to_string(&mut said);
    assert!(!said.contains("200 OK"), "{said}");
    let slow = "POST /api/v1/builds HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{";
    assert_eq!(bench.raw(slow).status, 408);
}
