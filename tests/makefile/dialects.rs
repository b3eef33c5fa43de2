//! What older generations say. The answers are those of bmake 20161212 and 20200212, built from their sources; that of the
//! installed one is in `tables`.

use std::fs;

use dsynth::makefile::{Dialect, Disk, Request, evaluate};

use crate::bmake::request;

const MAKEFILE: &str = "V=a b\nFIXED+=more\n.if ${V:M[^a]} == b\nC=b\n.else\nC=a\n.endif\n";

/// An expression, and what it comes to in 20161212 and 20200212.
const TABLE: [(&str, &str, &str); 14] = [
    ("${MAKE_VERSION}", "20161212", "20200212"),
    ("${FIXED}", "given words more", "given words"),
    ("${V:M[^a]}", "a", "b"),
    ("${V:N[^a]}", "b", "a"),
    ("${C}", "a", "b"),
    ("${V:Or}", "}", "}"),
    ("${V:Or:tu} x", ":tu} x", ":tu} x"),
    ("${V:range}", "", "1 2"),
    ("${V:range:tu} x", " x", "1 2 x"),
    ("${V:q}", "", "a\\ b"),
    ("<${V:_}>", "<>", "<a b>"),
    ("<${V:range=3}>", "<a b>", "<1 2 3>"),
    ("<${V:_=q} ${q}>", "<a b >", "<a b a b>"),
    ("<${V:S,a,%s,:gmtime=5}>", "<%s b>", "<5 b>"),
];

#[test]
fn older_generations_have_their_own_answers() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("makefile"), MAKEFILE).unwrap();
    let expressions = TABLE.map(|(expression, ..)| expression);
    let old = ["20161212", "x y", "a", "}", ""];
    let newer = ["20200212", "x", "b", "}", "1 2"];
    for (answers, column) in [(old, TABLE.map(|row| row.1)), (newer, TABLE.map(|row| row.2))] {
        let dialect = Dialect::of(&answers).unwrap();
        let answer = evaluate(&Request { dialect, ..request(directory.path(), &expressions) }, &Disk).unwrap();
        let values: Vec<String> =
            answer.values.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
        assert_eq!(values, column);
    }
}

#[test]
fn a_make_that_answers_something_else_has_no_dialect() {
    for answers in [&[][..], &["", "x", "b", "b a", "1 2"], &["1", "what", "b", "b a", "1 2"], &["1", "x", "b"]] {
        assert_eq!(Dialect::of(answers), None);
    }
}
