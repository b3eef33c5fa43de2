//! The document against the handlers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::bench::Bench;
use crate::web::server::routes::OPENAPI;

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

#[test]
fn the_document_has_every_path_and_no_other() {
    let source = include_str!("../routes.rs");
    let routes: BTreeSet<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let document = document();
    let paths: BTreeSet<&str> = document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(paths, routes);
}

#[test]
fn every_method_answers_as_the_document_says_and_others_are_not_allowed() {
    let bench = Bench::new(None);
    for (path, methods) in document()["paths"].as_object().unwrap() {
        // A stream has no end to wait for.
        if path.ends_with("/events") {
            continue;
        }
        let real = path.replace("{category}", "c").replace("{name}", "n").replace("{run}", "r").replace("{id}", "i");
        for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
            let status = bench.ask(method, &real, "Content-Type: application/json\r\n", "{}").status;
            let responses = &methods[method.to_lowercase()]["responses"];
            match responses.as_object() {
                Some(responses) => assert!(responses.contains_key(&status.to_string()), "{method} {path}: {status}"),
                None => assert_eq!(status, 405, "{method} {path}"),
            }
        }
    }
}
