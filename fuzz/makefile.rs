//! Whatever bytes a makefile has: an answer or a complaint, in bounded time and memory.
//!
//! Behind a byte that is 0xff stands a second makefile, which the first one may include.

#![no_main]

#[allow(dead_code, unreachable_pub, reason = "the reader's own sources; not all of it is used here")]
#[path = "../src/makefile/mod.rs"]
mod makefile;

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use makefile::{Command, Host, Limits, Makefile, Output, Request, Unreadable, evaluate};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0xff);
    let mut part = || Arc::new(Makefile::parse(parts.next().unwrap_or_default()));
    let world = World { first: part(), second: part() };
    let limits = Limits { steps: 200_000, value: 1 << 16, memory: 32 << 20, ..Limits::default() };
    let request = Request {
        directory: b"/d".into(),
        system: vec![b"/s".into()],
        environment: vec![(b"ENV".into(), b"some words".into())],
        assignments: vec![(b"GIVEN".into(), b"a word".into())],
        expressions: ["${A}", "${B:O:u}", "${CC:C/a/b/g:M*}", ".MAKE.MAKEFILES"].map(Into::into).into(),
        limits,
        ..Request::default()
    };
    match evaluate(&request, &world) {
        Ok(answer) => assert_eq!(answer.values.len(), request.expressions.len()),
        Err(failed) => assert!(failed.status != 0 && !failed.complaints.is_empty(), "it fails and says nothing"),
    }
});

struct World {
    first: Arc<Makefile>,
    second: Arc<Makefile>,
}

impl Host for World {
    fn makefile(&self, path: &[u8]) -> Result<Option<Arc<Makefile>>, Unreadable> {
        Ok(match path {
            b"/d/Makefile" => Some(self.first.clone()),
            b"/d/a.mk" | b"/s/a.mk" => Some(self.second.clone()),
            b"/d/bad.mk" => return Err(Unreadable("it is bad".into())),
            _ => None,
        })
    }

    fn exists(&self, path: &[u8], _: bool) -> bool {
        path.ends_with(b".mk") || path == b"/d/Makefile"
    }

    fn is_directory(&self, path: &[u8]) -> bool {
        path == b"/d" || path.ends_with(b"dir")
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        path.starts_with(b"/d").then(|| path.to_vec())
    }

    /// Says its own words.
    fn shell(&self, command: &Command<'_>) -> Output {
        Output { text: command.text.to_vec(), ..Output::default() }
    }

    fn now(&self) -> i64 {
        1_445_412_480
    }
}
