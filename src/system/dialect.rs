//! Which generation of bmake a `make` is of, by asking it.

use std::process::Command;
use std::time::Duration;

use camino::Utf8Path;

use super::disk::stamp_of;
use super::make::{MakeError, MakeQuery, MakeTool, run};
use crate::makefile::Dialect;

/// It reads a few lines.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Tells one `make` from another, and what it is asked from what it was asked before; `None` if there is none.
pub fn identity(program: &Utf8Path) -> Option<String> {
    let stamp = stamp_of(program.as_str())?;
    let asked = (Dialect::MAKEFILE, Dialect::ASSIGNMENT, Dialect::QUESTIONS);
    Some(format!("{program} {stamp:?} {asked:?}"))
}

/// A line for each of [`Dialect::QUESTIONS`].
pub fn ask(program: &Utf8Path) -> Result<Vec<String>, MakeError> {
    let query = MakeQuery {
        directory: "/".into(),
        assignments: vec![Dialect::ASSIGNMENT.to_owned()],
        expressions: Dialect::QUESTIONS.map(str::to_owned).into(),
    };
    let make = MakeTool {
        program: program.to_owned(),
        arguments: ["-r", "-f", "-"].map(str::to_owned).into(),
        environment: Vec::new(),
        time_limit: TIME_LIMIT,
    };
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "printf %s \"$0\" | \"$@\"", Dialect::MAKEFILE, program.as_str()]);
    command.args(make.words(&query)).env_clear();
    Ok(query.answer(run(command, make.time_limit)?)?.values)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_make_says_of_itself_is_its_dialect() {
        let make = Utf8Path::new("/usr/bin/bmake");
        if !make.is_file() {
            return;
        }
        let answers = ask(make).unwrap();
        assert_eq!(answers[1..], ["x", "b", "b a", "1 2"]);
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        assert_eq!(Dialect::of(&answers), Some(Dialect { version: answers[0].into(), ..Dialect::default() }));
    }

    #[test]
    fn another_file_is_another_make() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("make");
        let program = Utf8Path::from_path(&path).unwrap();
        assert_eq!(identity(program), None);
        fs::write(program, "#!/bin/sh\necho what\n").unwrap();
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
        let before = identity(program);
        assert!(matches!(ask(program), Err(MakeError::Lines { got: 1, .. })));
        fs::write(program, "#!/bin/sh\nexit 3\n").unwrap();
        assert_ne!(identity(program), before);
        assert!(matches!(ask(program), Err(MakeError::Failed { .. })));
    }
}
