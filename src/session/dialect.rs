//! The dialect that our own reader follows: that of the host's `make`, which is asked once.

use camino::Utf8Path;

use crate::makefile::Dialect;
use crate::model::{Fingerprint, with_causes};
use crate::store::{Store, StoreError};
use crate::system::dialect::{ask, identity};

/// Without a `make`, and where it says nothing sensible, the newest that is known.
pub(super) fn dialect(program: &Utf8Path, store: &Store) -> Result<Dialect, StoreError> {
    let Some(identity) = identity(program) else { return Ok(Dialect::default()) };
    let identity = Fingerprint::of(identity.as_bytes()).to_string();
    if let Some(known) = store.dialect()?
        && let Some(("", answers)) = known.split_once(&identity)
    {
        return Ok(read(answers));
    }
    match ask(program) {
        Ok(answers) => {
            let answers: String = answers.iter().map(|answer| format!("\n{answer}")).collect();
            store.keep_dialect(format!("{identity}{answers}"))?;
            Ok(read(&answers))
        }
        Err(error) => {
            tracing::warn!("`{program}` does not say which bmake it is: {}", with_causes(&error));
            Ok(Dialect::default())
        }
    }
}

fn read(answers: &str) -> Dialect {
    let answers: Vec<&str> = answers.split('\n').skip(1).collect();
    Dialect::of(&answers).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_make_is_asked_once() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        let (program, asked) = (directory.join("make"), directory.join("asked"));
        let say = |lines: &str| {
            let text = format!("#!/bin/sh\ncat >/dev/null; echo once >>{asked}; printf '{lines}'\n");
            fs::write(&program, text).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        };
        let store = Store::in_memory().unwrap();
        assert_eq!(dialect(&program, &store).unwrap(), Dialect::default());

        say("20151022\\nx y\\na\\n}\\n\\n");
        let old =
            Dialect { version: "20151022".into(), appends: true, negates: false, reverses: false, remembers: false };
        assert_eq!(dialect(&program, &store).unwrap(), old);
        assert_eq!(dialect(&program, &store).unwrap(), old);
        assert_eq!(fs::read_to_string(&asked).unwrap(), "once\n");

        // Another program in its place, and one that makes no sense.
        say("20200212\\nx\\nb\\n}\\n1 2\\n");
        let newer = Dialect { version: "20200212".into(), reverses: false, ..Dialect::default() };
        assert_eq!(dialect(&program, &store).unwrap(), newer);
        say("what\\n");
        assert_eq!(dialect(&program, &store).unwrap(), Dialect::default());
        assert_eq!(fs::read_to_string(&asked).unwrap(), "once\n".repeat(3));
    }
}
