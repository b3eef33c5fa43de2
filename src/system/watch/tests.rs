//! Both sources over a real directory, through the one door.

use std::sync::mpsc::{Receiver, channel};

use super::*;

struct World {
    _scratch: tempfile::TempDir,
    root: Utf8PathBuf,
    heard: Receiver<Seen>,
    _watch: Watch,
}

impl World {
    fn new(poll: bool) -> World {
        let scratch = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(scratch.path().canonicalize().unwrap()).unwrap();
        for directory in ["p/c/a", "p/distfiles", "p/.git", "cfg/below", "p/c/build"] {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
        fs::write(root.join("p/c/a/Makefile"), "a").unwrap();
        let scope = Scope {
            trees: vec![root.join("p")],
            directories: vec![root.join("cfg")],
            except: vec![root.join("p/c/build")],
        };
        let (sender, heard) = channel();
        let watch = watch(scope, poll, move |seen| sender.send(seen).is_ok()).unwrap();
        World { _scratch: scratch, root, heard, _watch: watch }
    }

    /// Everything that was told up to a mark of our own.
    fn told(&self) -> BTreeSet<String> {
        fs::write(self.root.join("cfg/mark"), "x").unwrap();
        let (mut told, mut marked) = (BTreeSet::new(), false);
        while !marked {
            let Seen::Changed(changes) = self.heard.recv_timeout(Duration::from_secs(30)).unwrap() else { continue };
            told.extend(changes.paths.iter().map(|path| path.strip_prefix(&self.root).unwrap().to_string()));
            marked = told.remove("cfg/mark") | told.remove("cfg");
        }
        told
    }
}

/// Whether something at or above a path was told.
fn covers(told: &BTreeSet<String>, path: &str) -> bool {
    Utf8Path::new(path).ancestors().any(|above| told.contains(above.as_str()))
}

fn sees(poll: bool) {
    let world = World::new(poll);
    let at = |path: &str| world.root.join(path);
    fs::write(at("p/c/a/Makefile"), "b").unwrap();
    assert!(covers(&world.told(), "p/c/a/Makefile"), "edited");
    fs::create_dir_all(at("p/d/new/files")).unwrap();
    fs::write(at("p/d/new/files/patch"), "x").unwrap();
    assert!(covers(&world.told(), "p/d/new/files/patch"), "new, with all above it");
    fs::write(at("p/d/new/files/patch"), "y").unwrap();
    assert!(covers(&world.told(), "p/d/new/files/patch"), "in a directory that came later");
    fs::rename(at("p/d"), at("p/e")).unwrap();
    let told = world.told();
    assert!(covers(&told, "p/d/new") && covers(&told, "p/e/new/files/patch"), "renamed: {told:?}");
    fs::write(at("p/e/new/files/patch"), "z").unwrap();
    let told = world.told();
    assert!(covers(&told, "p/e/new/files/patch"), "by its new name: {told:?}");
    fs::remove_dir_all(at("p/e")).unwrap();
    assert!(covers(&world.told(), "p/e/new/files/patch"), "gone");
    for path in ["p/distfiles/x", "p/.git/x", "p/c/a/Makefile~", "p/c/a/work/x", "p/c/build/x", "cfg/below/x"] {
        fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        fs::write(at(path), "x").unwrap();
    }
    // The clock may say that a file that settled meanwhile is worth another look.
    let told: Vec<String> = world.told().into_iter().filter(|path| !poll || path != "p/c/a").collect();
    assert_eq!(told, Vec::<String>::new(), "what does not count");
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_tells_what_changes() {
    sees(false);
}

#[test]
fn stamps_tell_what_changes() {
    sees(true);
}

#[test]
fn names_decide_what_counts() {
    let scope = Scope {
        trees: vec!["/p".into(), "/p/build/options".into()],
        directories: vec!["/cfg".into()],
        except: vec!["/p/build".into()],
    };
    let cases = [
        ("/p", true),
        ("/p/Mk/bsd.port.mk", true),
        ("/p/devel/py-dogpile.core", true),
        ("/p/devel/py-dogpile.core/Makefile", true),
        ("/p/devel/x/sh.core", false),
        ("/p/devel/x/work/Makefile", false),
        ("/p/.git/HEAD", false),
        ("/p/distfiles/x.tar", false),
        ("/p/build/x", false),
        ("/p/build/options/c_a/options", true),
        ("/cfg/dsynth.ini", true),
        ("/cfg/hooks/x", false),
        ("/q", false),
    ];
    for (path, counts) in cases {
        assert_eq!(scope.counts(path.into()), counts, "{path}");
    }
}
