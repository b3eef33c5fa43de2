//! A directory of its own for each test.

use super::*;

fn disk_of(directory: &tempfile::TempDir) -> (Disk, Utf8PathBuf) {
    (Disk::default(), Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap())
}

#[test]
fn only_contents_and_names_count() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::create_dir_all(root.join("files/empty")).unwrap();
    fs::write(root.join("Makefile"), "a").unwrap();
    fs::write(root.join("files/patch-a"), "b").unwrap();
    let before = disk.directory(&root).unwrap();
    assert!(before.makefile);
    let same = |change: &dyn Fn()| {
        change();
        disk.doubt(&Changes::all());
        disk.directory(&root) == Some(before)
    };
    assert!(same(&|| fs::write(root.join("Makefile"), "a").unwrap()), "written again");
    assert!(same(&|| fs::write(root.join("Makefile~"), "x").unwrap()), "a leftover");
    assert!(same(&|| fs::create_dir(root.join("work")).unwrap()), "a work directory");
    assert!(!same(&|| fs::write(root.join("Makefile"), "b").unwrap()), "other contents");
    assert!(same(&|| fs::write(root.join("Makefile"), "a").unwrap()), "the old contents");
    assert!(!same(&|| fs::rename(root.join("files/patch-a"), root.join("files/patch-b")).unwrap()), "renamed");
}

#[test]
fn a_port_may_be_called_like_a_leftover() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::create_dir(root.join("py-dogpile.core")).unwrap();
    fs::write(root.join("py-dogpile.core/Makefile"), "a").unwrap();
    let names: Vec<String> = disk.names(&root).unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["py-dogpile.core"]);
    assert!(disk.directory(&root.join("py-dogpile.core")).unwrap().makefile);
}

#[test]
fn what_is_taken_out_is_as_good_as_what_is_on_disk() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::write(root.join("Makefile"), "a").unwrap();
    std::os::unix::fs::symlink("Makefile", root.join("link")).unwrap();
    let before = disk.directory(&root);
    assert_eq!(disk.take_changed().directories, BTreeSet::from([root.clone()]));
    let later = Disk::with(disk.records(|_| true));
    assert_eq!(later.directory(&root), before);
    fs::remove_file(root.join("link")).unwrap();
    later.doubt(&Changes::all());
    assert_ne!(later.directory(&root), before);
}

#[test]
fn absent_and_unreadable_things_are_none() {
    let (disk, root) = (Disk::default(), Utf8Path::new("/nonexistent"));
    assert_eq!((disk.file(&root.join("x")), disk.directory(root), disk.names(root)), (None, None, None));
    assert_eq!(disk.directory(Utf8Path::new("/dev/null")), None);
}

#[test]
fn what_is_read_alone_counts_for_the_directory_too() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::create_dir(root.join("files")).unwrap();
    fs::write(root.join("files/a"), "a").unwrap();
    let before = disk.directory(&root);
    fs::write(root.join("files/a"), "b").unwrap();
    disk.doubt(&Changes::of([root.join("files/a")]));
    disk.file(&root.join("files/a"));
    assert_ne!(disk.directory(&root), before);
    let later = Disk::with(disk.records(|_| true));
    assert_eq!((later.directory(&root), later.files(&root)), (disk.directory(&root), disk.files(&root)));
}

#[test]
fn what_was_seen_stays_until_it_is_in_doubt() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::write(root.join("a"), "a").unwrap();
    let seen = |disk: &Disk| {
        let names = disk.names(&root).map(|names| names.len());
        (disk.file(&root.join("a")), disk.file(&root.join("b")), names, disk.directory(&root))
    };
    let before = seen(&disk);
    fs::write(root.join("a"), "A").unwrap();
    fs::write(root.join("b"), "b").unwrap();
    assert_eq!(seen(&disk), before);
    disk.doubt(&Changes::of(["/elsewhere".into()]));
    assert_eq!(seen(&disk), before, "a change elsewhere");
    disk.doubt(&Changes::of([root.join("b")]));
    let after = seen(&disk);
    assert!(after.0 != before.0 && after.1.is_some() && after.2 == Some(2) && after.3 != before.3, "{after:?}");
}

/// A change, in words; whether something has other contents then.
type Case<'a> = (&'a str, bool, &'a dyn Fn(&Utf8Path));

#[test]
fn the_next_process_knows_whether_anything_moved() {
    let cases: [Case; 9] = [
        ("nothing", false, &|_| {}),
        ("a file touched", false, &|root| fs::write(root.join("p/Makefile"), "a").unwrap()),
        ("a file nobody read", false, &|root| fs::write(root.join("q/unread"), "b").unwrap()),
        ("a file changed", true, &|root| fs::write(root.join("p/files/x"), "b").unwrap()),
        ("a file gone", true, &|root| fs::remove_file(root.join("p/files/x")).unwrap()),
        ("a file come", true, &|root| fs::write(root.join("p/files/y"), "").unwrap()),
        ("what was looked for", true, &|root| fs::write(root.join("absent"), "").unwrap()),
        ("a directory that was looked for", true, &|root| fs::create_dir(root.join("none")).unwrap()),
        ("a directory gone", true, &|root| fs::remove_dir_all(root.join("p/files")).unwrap()),
    ];
    for (name, moved, change) in cases {
        let scratch = tempfile::tempdir().unwrap();
        let (disk, root) = disk_of(&scratch);
        fs::create_dir_all(root.join("p/files")).unwrap();
        fs::create_dir(root.join("q")).unwrap();
        for file in ["p/Makefile", "p/files/x", "q/read", "q/unread"] {
            fs::write(root.join(file), "a").unwrap();
        }
        let whole = disk.directory(&root.join("p"));
        let asked = [disk.file(&root.join("q/read")), disk.file(&root.join("absent")), disk.file(&root.join("none/x"))];
        assert!(disk.is_as_before(), "what is new is no change");
        change(&root);
        let later = Disk::with(disk.records(|_| true));
        assert_eq!(later.is_as_before(), !moved, "{name}");
        assert_eq!(later.take_changed().moved, moved, "{name}");
        let same = later.directory(&root.join("p")) == whole;
        assert_eq!(same, !moved || root.join("absent").exists() || root.join("none").exists(), "{name}");
        assert_eq!(asked[0], later.file(&root.join("q/read")), "{name}");
    }
}

#[test]
fn what_all_were_told_the_same_of_is_looked_at_once() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    let (file, absent) = (root.join("a"), root.join("b"));
    fs::write(&file, "a").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(40));
    let since = now();
    assert!(disk.settled_for_all(&file, since) && disk.settled_for_all(&absent, since));
    std::thread::sleep(std::time::Duration::from_millis(40));
    fs::write(&file, "b").unwrap();
    fs::write(&absent, "b").unwrap();
    assert!(disk.settled_for_all(&file, since), "who was told before was told of that state");
    assert!(!disk.settled(&file, since) && !disk.settled_for_all(&absent, since));
    disk.doubt(&Changes { paths: [file.clone()].into(), all: false });
    assert!(!disk.settled_for_all(&file, since));
}

#[test]
fn a_listing_tells_of_all_that_it_lacks() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    assert_eq!(disk.names(&root), Some(Vec::new()));
    std::thread::sleep(std::time::Duration::from_millis(40));
    let (since, other) = (now(), root.join("b"));
    assert!(disk.settled_for_all(&root.join("a/below"), since));
    std::thread::sleep(std::time::Duration::from_millis(40));
    fs::write(&other, "").unwrap();
    assert!(disk.settled_for_all(&other, since), "all were told of the state in which it was not there");
    disk.doubt(&Changes::all());
    assert!(!disk.settled_for_all(&other, since));
    disk.names(&root);
    assert!(!disk.settled_for_all(&root.join("a"), since), "names came since");
}

#[test]
fn a_link_leads_where_it_led_when_it_was_listed() {
    let scratch = tempfile::tempdir().unwrap();
    let (disk, root) = disk_of(&scratch);
    fs::write(root.join("file"), "").unwrap();
    std::os::unix::fs::symlink("file", root.join("link")).unwrap();
    let links = |disk: &Disk| ["file", "link", "none"].map(|name| disk.link(&root.join(name)));
    let expected = [None, Some("file".into()), None];
    assert_eq!(links(&disk), expected, "nothing was listed");
    disk.names(&root);
    assert_eq!(links(&disk), expected);
    fs::remove_file(root.join("file")).unwrap();
    std::os::unix::fs::symlink("link", root.join("file")).unwrap();
    assert_eq!(disk.link(&root.join("file")), None, "it was a file when it was looked at");
    disk.doubt(&Changes::all());
    assert_eq!(disk.link(&root.join("file")), Some("link".into()));
}
