//! Builds that are asked for.

use std::fs;
use std::sync::atomic::Ordering;

use serde_json::Value;
use uuid::Uuid;

use super::bench::{Bench, past, soon};

#[test]
fn a_build_has_its_id_at_once_and_its_numbers_when_it_has_ended() {
    let bench = Bench::new(None);
    let id = bench.build("c/a");
    assert!(soon(|| bench.status(&id) == "success"), "it is in the store");
    bench.finish("c/a");
    let build = bench.get(&format!("/api/v1/builds/{id}")).json();
    insta::assert_snapshot!(build.to_string().replace(&id, "[id]"), @r#"{"build_id":"[id]","directive":"build","elapsed":65,"ended":"1970-01-01T00:17:45Z","error":null,"failed":1,"ignored":4,"packages":["c/a"],"skipped":2,"started":"1970-01-01T00:16:40Z","status":"success","success":3}"#);
}

#[test]
fn bodies_that_make_no_sense_are_refused_with_the_reason() {
    let bench = Bench::new(None);
    let long = format!("{{\"packages\":[\"{}\"]}}", "x".repeat(2 << 20));
    let table = [
        ("", 400, "EOF while parsing"),
        ("{", 400, "EOF while parsing"),
        ("[]", 400, "invalid length 0"),
        ("{\"packages\":\"c/a\"}", 400, "expected a sequence"),
        ("{\"packages\":[],\"force\":true}", 400, "unknown field `force`"),
        ("{\"packages\":[]}", 400, "`packages` is empty"),
        ("{\"packages\":[\"c/a\",\"../b\"]}", 400, "invalid port specification `../b`"),
        (long.as_str(), 413, "longer than 1 MiB"),
    ];
    for (body, status, why) in table {
        let answer = bench.post(body);
        let text = answer.text();
        assert_eq!(answer.status, status, "{text}");
        assert!(text.contains("\"error\":") && text.contains(why), "{text}");
    }
    let form = bench.ask("POST", "/api/v1/builds", "Content-Type: text/plain\r\n", "{\"packages\":[\"c/a\"]}");
    assert_eq!(form.status, 415);
    assert_eq!(bench.get("/api/v1/builds").json()["builds"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_is_not_there_is_said_so() {
    let bench = Bench::new(None);
    let id = Uuid::now_v7();
    for path in [
        "/api/v1/builds/x",
        "/nothing",
        "/api/v1/ports/c/gone",
        "/api/v1/graph?port=c/a,c/gone",
        "/api/v1/ports/c/.x",
        &format!("/api/v1/builds/{id}"),
    ] {
        let answer = bench.get(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.json()["error"].is_string(), "{path}");
    }
    assert_eq!(bench.ask("DELETE", &format!("/api/v1/builds/{id}"), "", "").status, 404);
    assert_eq!(bench.ask("PUT", "/api/v1/builds", "", "").status, 405);
    assert_eq!(bench.ask("DELETE", "/", "", "").status, 405);
    for path in [
        "/api/v1/builds?limit=0",
        "/api/v1/builds?limit=101",
        "/api/v1/builds?after=x",
        "/api/v1/graph?port=x",
        "/api/v1/graph",
    ] {
        assert_eq!(bench.get(path).status, 400, "{path}");
    }
}

#[test]
fn builds_go_in_order_one_at_a_time_and_wait_for_others() {
    let bench = Bench::new(None);
    bench.fake.busy.store(true, Ordering::SeqCst);
    let [first, second] = ["c/a", "c/b"].map(|port| bench.build(port));
    assert_eq!([&first, &second].map(|id| bench.status(id)), ["queued", "queued"]);
    assert!(bench.fake.began.lock().unwrap().is_empty());
    bench.fake.busy.store(false, Ordering::SeqCst);
    assert!(soon(|| *bench.fake.began.lock().unwrap() == ["c/a"]));
    assert_eq!(bench.status(&second), "queued");
    bench.finish("c/a");
    assert!(soon(|| *bench.fake.began.lock().unwrap() == ["c/a", "c/b"]));
    bench.finish("c/b");
    assert!(soon(|| bench.status(&second) == "success"));
}

#[test]
fn a_build_that_cannot_begin_says_why_and_one_that_was_too_late_waits_on() {
    let bench = Bench::new(None);
    let refuse = |said: &str| *bench.fake.refuses.lock().unwrap() = Some(said.into());
    refuse("dsynth: no such port");
    let id = bench.build("c/a");
    assert!(soon(|| bench.status(&id) == "refused"));
    assert_eq!(bench.get(&format!("/api/v1/builds/{id}")).json()["error"], "dsynth: no such port");
    refuse("dsynth: Another dsynth is using /b; wait for its end or stop it");
    let id = bench.build("c/b");
    assert!(soon(|| *bench.fake.began.lock().unwrap() == ["c/a", "c/b", "c/b"]));
    bench.finish("c/b");
    assert!(soon(|| bench.status(&id) == "success"));
}

#[test]
fn a_build_that_waits_is_taken_out_and_one_that_runs_is_asked_to_finish_and_then_stopped() {
    let bench = Bench::new(None);
    let [first, second] = ["c/a", "c/b"].map(|port| bench.build(port));
    let stop = |id: &str| bench.ask("DELETE", &format!("/api/v1/builds/{id}"), "", "").status;
    assert!(soon(|| bench.fake.began.lock().unwrap().len() == 1));
    assert_eq!(stop(&second), 202);
    assert_eq!((bench.status(&second).as_str(), stop(&second)), ("stopped", 409));
    // The shell has no trap yet when it has just begun.
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(stop(&first), 202);
    assert!(soon(|| bench.dir.join("c.a.asked").exists()));
    assert_eq!(bench.fake.began.lock().unwrap().len(), 1);
    assert_eq!(stop(&first), 202);
    // The shell ends by the second signal, and the build with it.
    let third = bench.build("c/c");
    assert!(soon(|| *bench.fake.began.lock().unwrap() == ["c/a", "c/c"]));
    assert_eq!(stop(&first), 409);
    bench.finish("c/c");
    assert!(soon(|| bench.status(&third) == "success"));
}

#[test]
fn pages_have_no_gaps_and_nothing_twice_while_builds_are_added() {
    let bench = Bench::new(None);
    bench.fake.busy.store(true, Ordering::SeqCst);
    let ids: Vec<Uuid> = (0..25).map(|_| Uuid::now_v7()).collect();
    bench.fake.runs.lock().unwrap().extend(ids.iter().rev().map(|id| past(*id)));
    let (mut seen, mut path) = (Vec::new(), "/api/v1/builds?limit=7".to_owned());
    loop {
        let page = bench.get(&path).json();
        seen.extend(
            page["builds"].as_array().unwrap().iter().map(|build| build["build_id"].as_str().unwrap().to_owned()),
        );
        let Value::String(next) = &page["next"] else { break };
        path = format!("/api/v1/builds?limit=7&after={next}");
        bench.build("c/new");
    }
    let expected: Vec<String> = ids.iter().rev().map(Uuid::to_string).collect();
    assert_eq!(seen, expected);
    assert_eq!(bench.get("/api/v1/builds").json()["builds"].as_array().map(Vec::len), Some(20));
}

#[test]
fn what_waits_survives_the_server() {
    let bench = Bench::new(None);
    bench.fake.busy.store(true, Ordering::SeqCst);
    let id = bench.build("c/a");
    let dir = bench.dir.clone();
    fs::create_dir_all(dir.join("kept")).unwrap();
    fs::copy(dir.join("builds.json"), dir.join("kept/builds.json")).unwrap();
    let later = Bench::over(dir.join("kept"), None);
    assert!(soon(|| later.status(&id) == "success"));
    later.finish("c/a");
}
