//! Real sockets in temporary build bases.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::view::{About, Picture};

struct Base(tempfile::TempDir);

impl Base {
    fn new() -> Base {
        Base(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Utf8Path {
        Utf8Path::from_path(self.0.path()).unwrap()
    }

    fn publish(&self) -> (Arc<Picture>, Publisher) {
        let about = About { profile: "T".into(), ..About::default() };
        let picture = Arc::new(Picture::new(RunView::of(about), Duration::ZERO));
        (picture.clone(), Publisher::new(self.path(), picture).unwrap())
    }

    fn follow(&self) -> Arc<Picture> {
        follow(self.path()).unwrap()
    }
}

fn note(text: impl ToString) -> Event {
    Event::Note { text: text.to_string() }
}

fn same(ours: &Picture, theirs: &Picture) -> bool {
    ours.look(|ours, _| theirs.look(|theirs, _| ours == theirs))
}

fn soon(what: impl Fn() -> bool) -> bool {
    (0..2000).any(|_| {
        let seen = what();
        if !seen {
            thread::sleep(Duration::from_millis(10));
        }
        seen
    })
}

#[test]
fn all_who_follow_see_the_same_whenever_they_come() {
    let base = Base::new();
    let (picture, publisher) = base.publish();
    let early = base.follow();
    assert_eq!(early.look(|view, _| view.about.profile.clone()), "T");
    picture.hear(&Event::Scanned { done: 1, total: 2 });
    picture.hear(&note("first"));
    assert!(soon(|| same(&picture, &early)));
    let late = base.follow();
    assert!(same(&picture, &late), "what was is in the greeting");
    assert!(late.now() >= picture.look(|view, _| view.scan.began()).unwrap(), "and so is the clock");
    picture.hear(&note("second"));
    assert!(soon(|| same(&picture, &early) && same(&picture, &late)));

    let (_, _, rest) = early.follow();
    picture.hear(&note("last"));
    drop(publisher);
    let told: Vec<Event> = rest.iter().map(|heard| heard.event.clone()).collect();
    assert_eq!(told, [note("last")], "the last word is told before the end");
    assert!(matches!(follow(base.path()), Err(FollowError::NotRunning)));
    assert!(!socket(base.path()).exists());
}

#[test]
fn who_never_reads_is_let_go_and_holds_nobody() {
    let base = Base::new();
    let (picture, publisher) = base.publish();
    let mut lazy = UnixStream::connect(socket(base.path())).unwrap();
    let eager = base.follow();
    for n in 0..40_000 {
        picture.hear(&note(format!("{n:0100}")));
        // It reads, but no faster than it can.
        if n % 1000 == 0 {
            assert!(soon(|| same(&picture, &eager)));
        }
    }
    assert!(soon(|| same(&picture, &eager)));
    // The end, though the publisher lives.
    let mut text = String::new();
    lazy.read_to_string(&mut text).unwrap();
    assert!(text.lines().count() < 40_000, "{}", text.lines().count());
    drop(lazy);
    let begun = Instant::now();
    drop(publisher);
    assert!(begun.elapsed() < Duration::from_secs(60), "it does not keep the end waiting");
}

#[test]
fn who_goes_away_is_no_trouble() {
    let base = Base::new();
    let (picture, _publisher) = base.publish();
    let stays = base.follow();
    for n in 0..200 {
        drop(UnixStream::connect(socket(base.path())).unwrap());
        picture.hear(&note(n));
    }
    assert!(soon(|| same(&picture, &stays)));
}

#[test]
fn what_a_killed_dsynth_left_is_nobody_and_is_replaced() {
    let base = Base::new();
    drop(UnixListener::bind(socket(base.path())).unwrap());
    assert!(socket(base.path()).exists());
    assert!(matches!(follow(base.path()), Err(FollowError::NotRunning)));
    let (picture, _publisher) = base.publish();
    assert!(same(&picture, &base.follow()));
}

#[test]
fn who_may_read_the_build_base_may_follow() {
    for (base_mode, expected) in [(0o755, 0o666), (0o750, 0o660), (0o700, 0o600)] {
        let base = Base::new();
        fs::set_permissions(base.path(), Permissions::from_mode(base_mode)).unwrap();
        let _publisher = base.publish();
        let mode = fs::metadata(socket(base.path())).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, expected, "{base_mode:o}");
    }
}

#[test]
fn another_version_or_another_program_is_told_apart() {
    let answered = |text: &str| {
        let text = text.to_owned();
        let base = Base::new();
        let listener = UnixListener::bind(socket(base.path())).unwrap();
        let server = thread::spawn(move || listener.accept().unwrap().0.write_all(text.as_bytes()));
        let followed = follow(base.path()).unwrap_err();
        server.join().unwrap().unwrap();
        followed
    };
    assert!(matches!(answered("{\"version\":999,\"more\":[]}\n{\"what\":1}\n"), FollowError::Version));
    assert!(matches!(answered(""), FollowError::NotRunning));
    assert!(matches!(answered(&format!("{{\"version\":{VERSION}}}\n")), FollowError::NotRunning));
    assert!(matches!(answered("220 mail\n"), FollowError::Io { .. }));
}

#[test]
fn a_path_that_is_too_long_for_a_socket_is_an_error() {
    let base = Base::new();
    let deep = base.path().join("d".repeat(120));
    fs::create_dir(&deep).unwrap();
    let picture = Arc::new(Picture::new(RunView::default(), Duration::ZERO));
    let error = Publisher::new(&deep, picture).map(drop).unwrap_err();
    assert!(error.to_string().ends_with("so `monitor` cannot follow this run"), "{error}");
}

#[test]
fn no_more_readers_than_there_are_seats() {
    let base = Base::new();
    let (_picture, _publisher) = base.publish();
    let connect = || BufReader::new(UnixStream::connect(socket(base.path())).unwrap());
    let greeted = |reader: &mut BufReader<UnixStream>| reader.read_line(&mut String::new()).unwrap_or(0) > 0;
    let mut readers: Vec<_> = (0..80).map(|_| connect()).collect();
    let seated = readers.iter_mut().map(greeted).filter(|seated| *seated).count();
    assert_eq!(seated, 64);
}
