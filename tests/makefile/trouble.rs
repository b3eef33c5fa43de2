//! What is said of a makefile that is wrong: where, and how it came to be read.

use std::fs;

use crate::bmake::complaints;

fn said(files: &[(&str, &str)]) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let place = fs::canonicalize(directory.path()).unwrap();
    complaints(directory.path()).join("\n").replace(&format!("{}/", place.display()), "")
}

#[test]
fn a_complaint_names_line_text_and_includes() {
    let top = "A=1\n\n.include \"second.mk\"\n";
    let second = ".if 1\n.  include \"third.mk\"\n.endif\n";
    let third = "# one\nB= a \\\n b\n.if ${UND} == x # why\n.endif\n";
    let text = said(&[("makefile", top), ("second.mk", second), ("third.mk", third)]);
    let place = "    .if ${UND} == x # why\n    included from second.mk:2\n    included from makefile:3";
    assert_eq!(
        text,
        format!(
            "third.mk:4: ${{UND}} is undefined; in quotes it would be empty\n{place}\n\
             third.mk:4: error: Malformed conditional (${{UND}} == x)\n{place}"
        )
    );
}

#[test]
fn an_open_conditional_is_named_by_its_beginning() {
    let text = said(&[("makefile", "A=1\n.if 1\nB=2\n")]);
    assert_eq!(text, "makefile:3: error: 1 open conditional: `.if` of line 2 has no `.endif`\n    B=2");
}

#[test]
fn a_variable_that_needs_itself_is_named_where_it_is_needed() {
    let text = said(&[("makefile", "A=${B}\nB=${A}\nC:=${A}\n")]);
    assert_eq!(text, "makefile:3: error: Variable A is recursive.\n    C:=${A}");
}

/// What `make` makes of these depends on its memory, or on where it believes a reference to end.
#[test]
fn what_make_gets_wrong_is_refused() {
    let text = said(&[("makefile", "A=a\nB:=${A:C/(a)/\\1\\2/}\n")]);
    assert!(text.contains("makefile:2: error: `:C` puts \\2, and its pattern has no group 2"), "{text}");
    let text = said(&[("makefile", "A=a\nB:=${A:S/a/${A:C/(/x/:tu}/}\n")]);
    assert!(text.contains("makefile:2: error: `tu}` is left behind a modifier that failed"), "{text}");
}

#[test]
fn modifiers_that_are_none_are_said_and_not_fatal() {
    let text = said(&[("makefile", "A=a\nB:=${A:Z}\nC:=${A:C/(/x/}\n")]);
    assert!(text.contains("makefile:2: warning: Unknown modifier 'Z'"), "{text}");
    assert!(text.contains("makefile:3: warning: RE substitution error: Unmatched ( or \\("), "{text}");
}
