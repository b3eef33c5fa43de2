//! All of these tests once more, by somebody who is not root.

use std::process::Command;

/// The user `nobody` of most systems; any number but 0 will do.
const NOBODY: &str = "65534";

#[test]
fn jails_need_no_root() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let tests = std::env::current_exe().unwrap();
    let identity = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".to_owned()];
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
