//! One makefile, asked of both.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use camino::Utf8Path;
use dsynth::makefile::{Dialect, Disk, Limits, Request, evaluate};
use dsynth::system::dialect::ask;

/// The `make` to compare with: `DSYNTH_BMAKE` names one of another generation.
fn program() -> String {
    std::env::var("DSYNTH_BMAKE").unwrap_or("/usr/bin/bmake".into())
}

/// Values as text; an error is `None`.
pub(crate) type Said = Option<Vec<String>>;

/// Whether there is a `make` to compare with; says so once if there is none.
pub(crate) fn is_here() -> bool {
    let here = Path::new(&program()).is_file();
    if !here {
        eprintln!("no {} here: nothing to compare with", program());
    }
    here
}

/// Of the `make` to compare with.
fn dialect() -> &'static Dialect {
    static ASKED: OnceLock<Dialect> = OnceLock::new();
    let ask = || {
        let answers = ask(Utf8Path::new(&program())).ok()?;
        Dialect::of(&answers.iter().map(String::as_str).collect::<Vec<_>>())
    };
    ASKED.get_or_init(|| ask().unwrap_or_default())
}

pub(crate) fn request(directory: &Path, expressions: &[&str]) -> Request {
    Request {
        directory: directory.to_str().unwrap().into(),
        makefiles: vec![b"makefile".to_vec()],
        environment: vec![(b"PATH".to_vec(), b"/usr/bin:/bin".to_vec()), (b"FROM_ENV".to_vec(), b"env".to_vec())],
        assignments: vec![(b"FIXED".to_vec(), b"given words".to_vec())],
        expressions: expressions.iter().map(|text| text.as_bytes().to_vec()).collect(),
        program: program().into(),
        dialect: dialect().clone(),
        ..Request::default()
    }
}

/// `Err` if it takes more than a test should, or where we refuse what `make` gets wrong.
pub(crate) fn ours(directory: &Path, expressions: &[&str]) -> Result<Said, ()> {
    let limits = Limits { steps: 3_000_000, value: 1 << 20, ..Limits::default() };
    match evaluate(&Request { limits, ..request(directory, expressions) }, &Disk) {
        Ok(answer) => Ok(Some(answer.values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect())),
        Err(failed) => {
            let last = failed.complaints.last().map_or("", |complaint| &complaint.message);
            let starts = ["given up", "a value grows", "values take", "`:C` puts"];
            let refused = starts.iter().any(|start| last.starts_with(start)) || last.contains("is left behind");
            if refused { Err(()) } else { Ok(None) }
        }
    }
}

/// What it complains of.
pub(crate) fn complaints(directory: &Path) -> Vec<String> {
    match evaluate(&request(directory, &[]), &Disk) {
        Ok(answer) => answer.complaints.iter().map(ToString::to_string).collect(),
        Err(failed) => failed.complaints.iter().map(ToString::to_string).collect(),
    }
}

/// Each expression ends with a mark, since values may have several lines.
///
/// `Err` if it stops at a variable that needs itself: it also looks where the text is not needed, and we do not. Also if
/// it takes more memory than a test should, or prints memory that it had given back.
pub(crate) fn theirs(directory: &Path, expressions: &[&str]) -> Result<Said, ()> {
    const MARK: &str = "\u{1}end";
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -v 2000000; exec \"$0\" \"$@\"", &program(), "-r", "-f", "makefile", "FIXED=given words"])
        .current_dir(directory);
    command.env_clear().env("PATH", "/usr/bin:/bin").env("FROM_ENV", "env");
    for expression in expressions {
        command.arg("-V").arg(format!("{expression}{MARK}"));
    }
    let output = command.stdin(Stdio::null()).output().unwrap();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let skipped = said.contains("is recursive") || said.contains("Cannot allocate memory");
        return if skipped { Err(()) } else { Ok(None) };
    }
    // No text that it is given has such bytes.
    let text = String::from_utf8(output.stdout).map_err(|_| ())?;
    if text.contains(|byte: char| byte.is_control() && !"\u{1}\n\t".contains(byte)) {
        return Err(());
    }
    let mut values: Vec<String> = text.split(&format!("{MARK}\n")).map(str::to_owned).collect();
    values.pop();
    Ok(Some(values))
}

/// Writes the makefile and asks both, or only us if there is no other. `None` if it is too much
/// for us, if we refuse it, or if only `make` finds a variable that needs itself.
pub(crate) fn both(makefile: &str, expressions: &[&str], real: bool) -> Option<(Said, Option<Said>)> {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("makefile"), makefile).unwrap();
    let ours = ours(directory.path(), expressions).ok()?;
    if !real {
        return Some((ours, None));
    }
    match theirs(directory.path(), expressions) {
        Ok(theirs) => Some((ours, Some(theirs))),
        Err(()) if ours.is_none() => Some((None, Some(None))),
        Err(()) => None,
    }
}
