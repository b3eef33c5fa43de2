//! The program itself over the fixture tree, and all of these tests as an ordinary user.

use std::fs;
use std::process::Command;

use camino::Utf8Path;

use crate::harness::*;
use crate::program::*;

/// `status` of one port, everything it said.
fn status(scratch: &Scratch) -> String {
    let ports = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ports");
    let output = dsynth(scratch, &ports, &["-S", "-S", "status", "misc/hello"]).output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const ANSWER: &str = "  N => misc/hello\nTotal packages that would be built: 3/3\n";

#[test]
fn a_plan_is_the_same_with_jails_and_without() {
    let scratch = Scratch::new("");
    if scratch.system().is_none() {
        return;
    }
    let said = status(&scratch);
    assert!(said.contains(ANSWER) && !said.contains("without a jail"), "{said}");

    // Nothing can be mounted on a file.
    fs::remove_dir(scratch.base.join("build/scan-jail")).unwrap();
    fs::write(scratch.base.join("build/scan-jail"), "").unwrap();
    let said = status(&scratch);
    assert!(said.contains(ANSWER), "{said}");
    let notices: Vec<&str> = said.lines().filter(|line| line.contains("is read without a jail, so what")).collect();
    assert_eq!(notices.len(), 1, "{said}");
    assert!(notices[0].ends_with("/build/scan-jail`: File exists (os error 17)"), "{said}");
}

#[test]
fn an_ordinary_user_can_do_all_this() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let tests = std::env::current_exe().unwrap();
    let identity = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let output = match Command::new("setpriv").args(identity).arg(tests).output() {
        Ok(output) => output,
        Err(error) => return eprintln!("skipped: no setpriv(1) here: {error}"),
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.code() == Some(126) || output.status.code() == Some(127) {
        return eprintln!("skipped: the tests lie where an ordinary user may not look: {said}");
    }
    assert!(output.status.success(), "{said}");
    eprintln!("{said}");
}
