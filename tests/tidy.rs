//! What the compiler does not hold: the layers, a first sentence in each file, a map that names every module, and tests
//! that prove what is said of compatibility.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Who may use whom: a layer may name only those listed beside it.
const LAYERS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("makefile", &[]),
    ("system", &["model", "makefile"]),
    ("store", &["model"]),
    ("repo", &["model"]),
    ("jail", &["model"]),
    ("phases", &["model", "jail"]),
    ("queries", &["model", "system"]),
    ("schedule", &["model"]),
    ("session", &["model", "makefile", "config", "system", "store", "repo", "jail", "phases", "queries", "schedule"]),
    ("view", &["model"]),
    ("live", &["model", "view"]),
    ("ui", &["model", "view", "live"]),
    ("web", &["model", "view", "live"]),
    // The hidden WORKER directive is the jail's own process; the line of arguments is all that cli adds.
    ("cli", &["model", "config", "system", "jail", "queries", "session", "view", "live", "ui", "web"]),
];

/// Crates that one layer keeps to itself.
const OWNED: &[(&str, &[&str])] = &[
    ("redb", &["store"]),
    ("salsa", &["queries"]),
    ("clap", &["cli"]),
    ("tar", &["repo"]),
    ("ratatui", &["ui"]),
    ("petgraph", &["queries"]),
    ("walkdir", &["jail"]),
    ("axum", &["web"]),
    ("tokio", &["web"]),
    ("hyper", &["web"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    found.sort();
    found
}

fn collect(directory: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let name = path.strip_prefix(root().join("src")).unwrap_or(&path).to_string_lossy().into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn layer(file: &str) -> &str {
    file.split('/').next().unwrap_or_default()
}

/// The names after `crate::`, also those in braces.
fn used(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for piece in text.split("crate::").skip(1) {
        let list = match piece.strip_prefix('{') {
            Some(rest) => rest.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![piece],
        };
        for name in list {
            let end = name.trim().find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.trim().len());
            names.push(name.trim()[..end].to_owned());
        }
    }
    names
}

#[test]
fn layers_use_only_what_is_below_them() {
    let mut wrong = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| file.contains('/')) {
        let layer = layer(file);
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == layer) else {
            wrong.push(format!("{file}: `{layer}` is no layer"));
            continue;
        };
        for name in used(text) {
            if name != layer && LAYERS.iter().any(|(known, _)| *known == name) && !allowed.contains(&name.as_str()) {
                wrong.push(format!("{file}: `{layer}` may not use `{name}`"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn some_crates_have_one_home() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (name, homes) in OWNED {
            if text.contains(&format!("{name}::"))
                && !homes.contains(&layer(&file))
                && !text.contains(&format!("::{name}::"))
            {
                wrong.push(format!("{file} uses {name}, which belongs to {homes:?}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_file_says_first_what_it_is() {
    let silent: Vec<String> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(file, _)| file).collect();
    assert_eq!(silent, Vec::<String>::new());
}

#[test]
fn the_map_names_every_module() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let missing: Vec<String> =
        sources().into_iter().map(|(file, _)| file).filter(|file| !map.contains(file.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new(), "ARCHITECTURE.md should say what these are for");
}

/// Names of all test functions of the project.
fn tests() -> BTreeSet<String> {
    let mut files = Vec::new();
    for directory in ["src", "tests"] {
        collect(&root().join(directory), &mut files);
    }
    let mut names = BTreeSet::new();
    for (_, text) in files {
        for piece in text.split("#[test]\n").skip(1) {
            let name = piece.split_once("fn ").and_then(|(_, rest)| rest.split_once('('));
            names.extend(name.map(|(name, _)| name.to_owned()));
        }
    }
    names
}

/// What is wrong with a row of docs/compatibility.md that is to be the `number`th.
fn wrong_row(number: usize, row: &str, tests: &BTreeSet<String>) -> Option<String> {
    let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
    let &[first, _, state, proofs] = cells.as_slice() else { return Some(format!("row {number} has no four cells")) };
    if first != number.to_string() {
        return Some(format!("row {first} stands where {number} should be"));
    }
    if state != "done" && !state.starts_with("different: ") {
        return Some(format!("row {number}: `{state}` is no state"));
    }
    let named: Vec<&str> = proofs.split('`').skip(1).step_by(2).collect();
    if named.is_empty() {
        return Some(format!("row {number} names no test"));
    }
    let missing = named.iter().find(|name| !tests.contains(**name))?;
    Some(format!("row {number}: there is no test `{missing}`"))
}

#[test]
fn each_of_the_120_rows_of_compatibility_has_its_state_and_its_tests() {
    let text = fs::read_to_string(root().join("docs/compatibility.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| #")).collect();
    assert_eq!(rows.len(), 120);
    let tests = tests();
    let wrong: Vec<String> = (1..).zip(&rows).filter_map(|(number, row)| wrong_row(number, row, &tests)).collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(wrong_row(1, "| 1 | x | done | `no_such_test` |", &tests).is_some(), "a test that does not exist is found");
}
