//! Trees that nobody should have, and trees that change under the scan.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use camino::Utf8PathBuf;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;

use crate::tree::*;

/// Trees, one for each reader, with one port that is fine and one whose Makefile is none yet.
fn trees() -> Vec<(Tree, Utf8PathBuf)> {
    let trees = Tree::for_each_reader(&[("bad", ""), ("fine", "PKGNAME=fine\n")]).into_iter();
    let without = |tree: Tree| {
        let makefile = tree.scratch.base.join("ports/c/bad/Makefile");
        fs::remove_file(&makefile).unwrap();
        (tree, makefile)
    };
    trees.map(without).collect()
}

/// What became of the bad port, while the other one is as it was; the next process asks neither.
fn told(tree: &Tree) -> String {
    let (_, mut answers) = tree.scan();
    assert_eq!(answers[1], Ok("fine".into()));
    assert_eq!(tree.asked(), "");
    let told = match answers.remove(0) {
        Ok(name) => format!("`{name}`"),
        Err(error) => error.to_string(),
    };
    told.replace(tree.scratch.base.as_str(), "W")
}

#[test]
fn a_makefile_that_is_no_file_is_no_port() {
    for (kind, (tree, makefile)) in ["a directory", "a pipe", "a device"]
        .into_iter()
        .flat_map(|kind| trees().into_iter().map(move |tree| (kind, tree)))
    {
        let mode = Mode::from_bits_truncate(0o644);
        let made = match kind {
            "a directory" => fs::create_dir(&makefile).map_err(|_| nix::errno::Errno::EIO),
            "a pipe" => mkfifo(makefile.as_std_path(), mode),
            _ => mknod(makefile.as_std_path(), SFlag::S_IFCHR, mode, makedev(1, 5)),
        };
        if made.is_err() {
            eprintln!("skipped: {kind} cannot be made here");
            continue;
        }
        assert_eq!(told(&tree), "port not found: c/bad (path: W/ports/c/bad)", "{kind}");
    }
}

#[test]
fn pipes_and_devices_beside_a_makefile_are_not_opened() {
    for (tree, makefile) in trees() {
        fs::write(&makefile, "PKGNAME=bad\n.if exists(${.CURDIR}/files/pipe)\n.endif\n").unwrap();
        let files = makefile.with_file_name("files");
        fs::create_dir(&files).unwrap();
        mkfifo(files.join("pipe").as_std_path(), Mode::from_bits_truncate(0o644)).unwrap();
        symlink("pipe", files.join("link")).unwrap();
        symlink("/dev/zero", files.join("zero")).unwrap();
        assert_eq!(told(&tree), "`bad`");
    }
}

#[test]
fn a_makefile_that_leads_nowhere_or_is_no_text_is_told() {
    for (tree, makefile) in trees() {
        symlink("../gone/Makefile", &makefile).unwrap();
        let nowhere = told(&tree);
        fs::remove_file(&makefile).unwrap();
        symlink("Makefile", &makefile).unwrap();
        let around = told(&tree);
        fs::remove_file(&makefile).unwrap();
        fs::write(&makefile, b"PKGNAME=\xff\xfe\n").unwrap();
        let bytes = told(&tree);
        fs::write(&makefile, b"# \xff\xfe\nPKGNAME=bad\n").unwrap();
        insta::allow_duplicates!(insta::assert_snapshot!([nowhere, around, bytes, told(&tree)].join("\n"), @"
    make read no makefile in `W/ports/c/bad`: is it a link to nowhere?
    make read no makefile in `W/ports/c/bad`: is it a link to nowhere?
    make printed something that is not UTF-8
    `bad`
    "));
    }
}

#[test]
fn a_makefile_that_may_not_be_read_is_told() {
    if nix::unistd::geteuid().is_root() {
        // As an ordinary user it is run by `whole::an_ordinary_user_can_do_all_this`.
        return eprintln!("skipped: root may read everything");
    }
    for (tree, makefile) in trees() {
        fs::write(&makefile, "PKGNAME=bad\n").unwrap();
        fs::set_permissions(&makefile, Permissions::from_mode(0o000)).unwrap();
        assert_eq!(told(&tree), "port not found: c/bad (path: W/ports/c/bad)");
    }
}

#[test]
fn a_tree_that_is_edited_while_it_is_read_keeps_nothing_of_what_it_was() {
    for tree in Tree::for_each_reader(&[("a", "PKGNAME=a-1\n"), ("b", ".sinclude \"../a/part.mk\"\nPKGNAME=b-1\n")]) {
        let makefile = tree.scratch.base.join("ports/c/a/Makefile");
        let edited = makefile.clone();
        // In place: only the file's own stamp tells.
        let (scanned, moved) = tree.scan_while(move |name| {
            if name == "a" {
                fs::write(&edited, "PKGNAME=a-2\n").unwrap();
            }
        });
        assert_eq!((scanned, moved), (("a b".into(), vec![Ok("a-1".into()), Ok("b-1".into())]), true));
        assert_eq!(tree.scan(), ("a".into(), vec![Ok("a-2".into()), Ok("b-1".into())]));
        // A file that comes and goes under the scan.
        let part = makefile.with_file_name("part.mk");
        tree.write("c/b/Makefile", ".sinclude \"../a/part.mk\"\nPKGNAME=b-2\n");
        let (_, moved) = tree.scan_while(move |_| {
            fs::write(&part, "").unwrap();
            fs::remove_file(&part).unwrap();
        });
        assert!(moved);
        assert_eq!(tree.asked(), "b");
    }
}

#[test]
fn a_tree_that_vanishes_is_no_end_of_the_scan_and_nothing_of_it_is_kept() {
    for tree in Tree::for_each_reader(&[("a", "PKGNAME=a\n"), ("b", "PKGNAME=b\n"), ("c", "PKGNAME=c\n")]) {
        let ports = tree.scratch.base.join("ports");
        let (there, away) = (ports.clone(), ports.with_extension("away"));
        let ((_, answers), moved) = tree.scan_while(move |name| {
            if name == "a" {
                fs::rename(&there, &away).unwrap();
            }
        });
        assert_eq!(answers[0], Ok("a".into()));
        assert!(answers[2].is_err() && moved);
        fs::rename(ports.with_extension("away"), &ports).unwrap();
        assert_eq!(tree.scan(), ("a b c".into(), ["a", "b", "c"].map(|name| Ok(name.to_owned())).into()));
    }
}

#[test]
fn directories_whose_names_need_quotes_are_no_ports_and_harm_none() {
    for (tree, makefile) in trees() {
        fs::write(&makefile, "PKGNAME=bad\nRUN_DEPENDS=x:c/a\\ b y:c/$$(reboot) z:../../c/fine w:c/`id`\n").unwrap();
        for name in ["a b", "$(reboot)", "-rf", "x;y", "\n"] {
            tree.scratch.port(name, "PKGNAME=odd\n");
        }
        assert_eq!(told(&tree), "`bad`");
        let (base, origins) = (&tree.scratch.base, tree.origins());
        assert_eq!(origins, ["c/bad", "c/fine", "c/port"], "{base}");
    }
}
