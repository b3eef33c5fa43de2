//! Which ports are asked again after which change, with a real `make`: what was read and what was looked for, by the
//! asked make and by makes within it.

use std::fs;
use std::os::unix::fs::symlink;

use crate::tree::*;

#[test]
fn who_looked_for_a_file_is_asked_again_when_it_is_there() {
    for tree in Tree::for_each_reader(&[
        ("a", ".if exists(${.CURDIR}/../b/found)\nPKGNAME=found\n.else\nPKGNAME=a\n.endif\n"),
        ("b", "PKGNAME=b\n"),
        ("c", ".if exists(${PORTSDIR}/Mk/new.mk)\n.endif\n.if exists(${PORTSDIR}/c/b)\n.endif\nPKGNAME=c\n"),
        ("d", ".-include \"more.mk\"\n.if exists(${PORTSDIR}/none/such/file)\n.endif\nPKGNAME=d\n"),
    ]) {
        assert_eq!(tree.asked(), "a b c d");
        assert_eq!(tree.asked(), "");
        tree.write("c/b/found", "");
        assert_eq!(
            tree.scan(),
            ("a b".into(), vec![Ok("found".into()), Ok("b".into()), Ok("c".into()), Ok("d".into())])
        );
        tree.write("Mk/new.mk", "");
        assert_eq!(tree.asked(), "c");
        tree.write("none/such/file", "");
        assert_eq!(tree.asked(), "d");
        tree.write("c/d/more.mk", "PKGNAME=more\n");
        assert_eq!(tree.asked(), "d");
        tree.write("Mk/other.mk", "");
        tree.write("UIDs", "root:0\n");
        assert_eq!(tree.asked(), "");
        // Only looked for: its contents are nobody's affair.
        tree.write("c/b/found", "x");
        assert_eq!(tree.asked(), "b");
    }
}

#[test]
fn what_a_make_within_reads_and_looks_for_counts_for_who_asked_it() {
    let framework = ".include \"${PORTSDIR}/Mk/of-port.mk\"\n.if exists(${.CURDIR}/Makefile.local)\n.endif\n";
    let inner = ".include \"${.CURDIR}/version.mk\"\n.include <bsd.port.mk>\n";
    for tree in Tree::for_each_reader(&[
        ("a", "V!= ${MAKE} -V VERSION -C ${.CURDIR}/../inner\nPKGNAME=a-${V}\n"),
        ("b", "V!= cd ../inner && make -V VERSION 2>/dev/null\nPKGNAME=b-${V}\n"),
        ("c", "V!= cd ../inner && ${MAKE} -V VERSION:S,\\.,,g\nPKGNAME=c-${V}\n"),
        ("d", "PKGNAME=d\n"),
    ]) {
        tree.write("Mk/bsd.port.mk", framework);
        tree.write("Mk/of-port.mk", "");
        tree.write("c/inner/Makefile", inner);
        tree.write("c/inner/version.mk", "VERSION=1\n");
        assert_eq!(tree.scan().1, ["a-1", "b-1", "c-1", "d"].map(|name| Ok(name.into())));
        assert_eq!(tree.asked(), "");
        tree.write("c/inner/version.mk", "VERSION=2\n");
        assert_eq!(tree.scan(), ("a b c".into(), ["a-2", "b-2", "c-2", "d"].map(|name| Ok(name.into())).into()));
        tree.write("c/inner/Makefile.local", "");
        assert_eq!(tree.asked(), "a b c");
        tree.write("Mk/of-port.mk", "# other\n");
        assert_eq!(tree.asked(), "a b c");
        tree.write("c/inner/pkg-descr", "unread\n");
        assert_eq!(tree.asked(), "");
        tree.write("c/inner/Makefile", "# other\nVERSION=3\n");
        assert_eq!(tree.asked(), "a b c");
    }
}

#[test]
fn a_broken_port_is_asked_again_when_what_broke_it_changes() {
    for tree in Tree::for_each_reader(&[
        ("a", ".include \"${PORTSDIR}/Mk/check.mk\"\n"),
        ("b", ".include \"../shared/part.mk\"\noops oops\n"),
        ("c", "V!= ${MAKE} -V V -C ${PORTSDIR}/c/inner\n.if ${V} != fine\n.error inner is ${V}\n.endif\nPKGNAME=c\n"),
        ("d", "PKGNAME=d\nPKGFILE=x${.newline}y\n"),
    ]) {
        tree.write("Mk/check.mk", ".if !exists(${PORTSDIR}/Mk/fix.mk)\n.error no fix\n.endif\nPKGNAME=a\n");
        tree.write("c/shared/part.mk", "");
        tree.write("c/inner/Makefile", "V=bad\n");
        let (asked, answers) = tree.scan();
        assert_eq!(asked, "a b c d");
        let told: Vec<String> = answers.into_iter().map(|answer| answer.unwrap_err().to_string()).collect();
        let base = &tree.scratch.base;
        assert!(told[0].ends_with(&format!("\"{base}/ports/Mk/check.mk\" line 2: no fix")), "{}", told[0]);
        assert!(told[1].ends_with(&format!("\"{base}/ports/c/b/Makefile\" line 2: Need an operator")), "{}", told[1]);
        assert!(told[2].ends_with("line 3: inner is bad"), "{}", told[2]);
        assert!(told[3].contains("lines where"), "{}", told[3]);
        let (asked, answers) = tree.scan();
        assert_eq!(asked, "");
        assert_eq!(answers.into_iter().map(|answer| answer.unwrap_err().to_string()).collect::<Vec<_>>(), told);
        tree.write("Mk/fix.mk", "");
        assert_eq!(tree.asked(), "a");
        tree.write("c/shared/part.mk", "# other\n");
        assert_eq!(tree.asked(), "b");
        tree.write("c/inner/Makefile", "V=fine\n");
        assert_eq!(tree.scan().1[2], Ok("c".into()));
        assert_eq!(tree.asked(), "");
    }
}

#[test]
fn the_contents_of_a_linked_makefile_are_where_the_link_leads() {
    for tree in Tree::for_each_reader(&[("a", ""), ("b", "PKGNAME=b\n")]) {
        let makefile = tree.scratch.base.join("ports/c/a/Makefile");
        fs::remove_file(&makefile).unwrap();
        symlink("../b/Makefile", &makefile).unwrap();
        assert_eq!(tree.scan(), ("a b".into(), vec![Ok("b".into()), Ok("b".into())]));
        tree.write("c/b/Makefile", "PKGNAME=c\n");
        assert_eq!(tree.scan(), ("a b".into(), vec![Ok("c".into()), Ok("c".into())]));
        assert_eq!(tree.asked(), "");
    }
}

#[test]
fn a_command_that_speaks_of_the_accounts_counts_as_their_reader() {
    for tree in Tree::for_each_reader(&[("a", "N!= wc -l < ${PORTSDIR}/UIDs\nPKGNAME=a-${N}\n"), ("b", "PKGNAME=b\n")])
    {
        tree.write("UIDs", "root:0\n");
        assert_eq!(tree.scan().1[0], Ok("a-1".into()));
        tree.write("UIDs", "root:0\nuser:1\n");
        assert_eq!(tree.scan(), ("a".into(), vec![Ok("a-2".into()), Ok("b".into())]));
    }
}

#[test]
fn who_speaks_of_the_accounts_and_runs_nothing_does_not_read_them() {
    // `make` does not tell what it ran.
    for tree in Tree::for_each_reader(&[("a", "# UIDs\nPKGNAME=a\n")]).into_iter().skip(1) {
        tree.write("UIDs", "root:0\n");
        assert_eq!(tree.asked(), "a");
        tree.write("UIDs", "root:0\nuser:1\n");
        assert_eq!(tree.asked(), "");
    }
}
