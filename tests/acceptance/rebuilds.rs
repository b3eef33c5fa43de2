//! What is built again after a change, and what is not: stories over a repository in which all is built.
//!
//! Each line is `what happened: built …`. Where `status` says more than is built then (it cannot know that a package
//! will come out as it was), `would …` says what. Rebuilds follow contents, values and outputs (design 0.3, 0.4), so
//! a dependency that is rebuilt into an equal package wakes nobody; N2, N4 to N9, N18 and N19 differ in that from
//! dsynth, which rebuilds all that is behind it. N11 and N12 are about options that we do not have.

use insta::assert_snapshot;

use crate::queue::{Queue, origin};
use crate::world::{Ran, World};

/// A world, what is asked of it, and what was built each time.
pub struct Story {
    pub world: World,
    ports: Vec<String>,
    lines: Vec<String>,
}

impl Story {
    /// Builds all of `ports` after `prepare`; `None` where there are no jails.
    pub fn begin(ports: &str, prepare: impl FnOnce(&mut World)) -> Option<Story> {
        let mut world = World::new()?;
        prepare(&mut world);
        let mut story = Story { world, ports: Vec::new(), lines: Vec::new() };
        story.ask(ports);
        let ran = story.run(&[], "just-build");
        assert_eq!(ran.status, 0, "{}", ran.whole());
        Some(story)
    }

    /// From now on this is asked for.
    pub fn ask(&mut self, ports: &str) {
        self.ports = ports.split_whitespace().map(origin).collect();
    }

    pub fn then(&mut self, what: &str, change: impl FnOnce(&mut World)) {
        self.with(&[], "just-build", what, change);
    }

    /// The same with options before the directive, or another directive.
    pub fn with(&mut self, options: &[&str], directive: &str, what: &str, change: impl FnOnce(&mut World)) {
        change(&mut self.world);
        let dry: Vec<&str> = [&["--dry-run"], options].concat();
        let would = Queue::of_status(&self.run(&dry, directive).stdout);
        let ran = self.run(options, directive);
        let built = Queue::of_logs(&self.world);
        let would = if would == built { String::new() } else { format!("would {would} | ") };
        let exit = if ran.status == 0 { String::new() } else { format!(" | exit {}", ran.status) };
        self.lines.push(format!("{what}: {would}{built}{exit}"));
    }

    fn run(&self, options: &[&str], directive: &str) -> Ran {
        let mut words = options.to_vec();
        words.push(directive);
        words.extend(self.ports.iter().map(String::as_str));
        self.world.run(&words)
    }

    pub fn end(&self) -> String {
        self.lines.join("\n")
    }
}

fn lose(names: &'static str) -> impl FnOnce(&mut World) {
    move |world| names.split_whitespace().for_each(|name| world.remove(&format!("packages/All/{name}.pkg")))
}

#[test]
fn a_lost_package_comes_back_alone() {
    let Some(mut story) = Story::begin("top top-foo tri@foo", |_| {}) else { return };
    story.then("N1 again", |_| {});
    story.then("N3 top-foo is lost", lose("top-foo-1"));
    story.then("N4 tri@foo is lost", lose("tri-FOO-1"));
    story.with(&["-x"], "just-build", "N5 tri@foo is lost, -x", lose("tri-FOO-1"));
    story.then("N6 leaf is lost", lose("leaf-1"));
    story.with(&["-x"], "just-build", "N7 leaf is lost, -x", lose("leaf-1"));
    story.then("N13 a flavor that nobody asked for is there", |world| world.write("packages/All/tri-BAR-1.pkg", b"?"));
    story.then("E61 all are lost", lose("top-1 tri-1 leaf-1 tri-FOO-1 top-foo-1"));
    story.then("again", |_| {});
    assert_snapshot!(story.end(), @"
    N1 again: nothing
    N3 top-foo is lost: built top-foo
    N4 tri@foo is lost: built tri@foo
    N5 tri@foo is lost, -x: built tri@foo
    N6 leaf is lost: built leaf@default
    N7 leaf is lost, -x: built leaf@default
    N13 a flavor that nobody asked for is there: nothing
    E61 all are lost: built leaf@default top top-foo tri@default tri@foo
    again: nothing
    ");
}

#[test]
fn what_is_forced_is_built_and_nothing_else() {
    let Some(mut story) = Story::begin("top-foo", |_| {}) else { return };
    story.with(&[], "force", "E63 top-foo is forced", |_| {});
    story.ask("tri@foo");
    story.with(&[], "force", "E63 tri@foo is forced", |_| {});
    story.ask("pm");
    story.with(&[], "force", "N2 the package manager is forced", |_| {});
    story.ask("top-foo");
    story.then("and then the rest", |_| {});
    assert_snapshot!(story.end(), @"
    E63 top-foo is forced: built top-foo
    E63 tri@foo is forced: built tri@foo
    N2 the package manager is forced: built +pm
    and then the rest: nothing
    ");
}

#[test]
fn a_job_waits_for_what_is_rebuilt_far_below_it() {
    let slow = |world: &mut World| {
        world.options("t/leaf", "+SLEEP");
        world.make_conf("LEAF_SLEEP=1\n");
    };
    let Some(mut story) = Story::begin("top-foo leaf@-", slow) else { return };
    story.then("N8 both ends of a chain are lost", lose("leaf-1 top-foo-1"));
    let log = story.world.log("00_last_results.log");
    let place = |words: &str| log.find(words).unwrap_or_else(|| panic!("no `{words}` in\n{log}"));
    assert!(place("SUCCESS t/leaf@default") < place("START   t/top-foo"), "{log}");
    story.with(&["-x"], "just-build", "N9 the same with -x", lose("leaf-1 top-foo-1"));
    assert_snapshot!(story.end(), @"
    N8 both ends of a chain are lost: built leaf@default top-foo
    N9 the same with -x: built leaf@default top-foo
    ");
}

#[test]
fn a_dependency_with_another_name_is_followed() {
    // In every mode: a package whose dependency is no longer made under its name cannot be installed.
    let Some(mut story) = Story::begin("top-foo", |_| {}) else { return };
    let renamed = |choice: &'static str, lost: &'static str| {
        move |world: &mut World| {
            world.options("t/leaf", choice);
            lose(lost)(world);
        }
    };
    story.then("N10 leaf has another name", renamed("+RENAME", "top-foo-1"));
    story.then("N10 its own again, and is lost", renamed("", "top-foo-1 leaf-1"));
    story.with(&["-x"], "just-build", "N10 another name, -x", renamed("+RENAME", "top-foo-1"));
    story.with(&["-x"], "just-build", "N10 its own again, and is lost, -x", renamed("", "top-foo-1 leaf-1"));
    story.then("again", |_| {});
    assert_snapshot!(story.end(), @"
    N10 leaf has another name: built leaf@default top-foo tri@foo
    N10 its own again, and is lost: built leaf@default top-foo tri@foo
    N10 another name, -x: built leaf@default top-foo tri@foo
    N10 its own again, and is lost, -x: built leaf@default top-foo tri@foo
    again: nothing
    ");
}

#[test]
fn what_was_needed_to_build_alone_is_restored_with_what_it_is_listed_for() {
    // N14, N15: there is no trimming, so the packages that a fresh one was built with are kept up.
    let Some(mut story) = Story::begin("pair@default", |world| world.options("t/pair-dep", "+NEST")) else { return };
    story.then("N15 pair-dep and leaf are lost", lose("pair-dep-1 leaf-1"));
    story.ask("pair@default pair-dep@default");
    story.then("N16 pair-dep is lost", lose("pair-dep-1"));
    story.ask("pair@default pair-dep@default pair2@default");
    story.then("N17 pair-dep is lost, and pair2 is new", lose("pair-dep-1"));
    story.ask("r-leaf");
    story.then("r-leaf", |_| {});
    story.then("N18 leaf is lost", lose("leaf-1"));
    story.with(&["-x"], "just-build", "N18 leaf is lost, -x", lose("leaf-1"));
    story.ask("r-leaf b-leaf");
    story.then("b-leaf", |_| {});
    story.then("N19 leaf is lost", lose("leaf-1"));
    assert_snapshot!(story.end(), @"
    N15 pair-dep and leaf are lost: built leaf@default pair-dep@default
    N16 pair-dep is lost: built pair-dep@default
    N17 pair-dep is lost, and pair2 is new: built pair-dep@default pair2@default
    r-leaf: built r-leaf
    N18 leaf is lost: built leaf@default
    N18 leaf is lost, -x: built leaf@default
    b-leaf: built b-leaf
    N19 leaf is lost: built leaf@default
    ");
}

#[test]
fn a_library_takes_its_users_with_it() {
    // N22: that users see no other soname is not yet a reason to leave them alone (design 0.4 says when).
    let Some(mut story) = Story::begin("lib-user lib-brun", |_| {}) else { return };
    story.then("N20 N23 another soname", |world| world.options("t/lib", "+BUMP"));
    story.then("N21 again", |_| {});
    story.then("N22 another version", |world| world.edit("ports/t/lib/Makefile", "PORTVERSION=\t1", "PORTVERSION=\t2"));
    story.with(&["-x"], "just-build", "a third version, -x", |world| {
        world.edit("ports/t/lib/Makefile", "PORTVERSION=\t2", "PORTVERSION=\t3");
    });
    assert_snapshot!(story.end(), @"
    N20 N23 another soname: built lib lib-brun lib-user
    N21 again: nothing
    N22 another version: built lib lib-brun lib-user
    a third version, -x: built lib
    ");
}

const HELLO: &str = "misc/hello misc/hello-polite misc/tables devel/tablegen-doc textproc/shout sysutils/greeter";

#[test]
fn contents_and_values_decide() {
    // One builder: two that fetch the same distfile at once are in each other's way still.
    let one = |world: &mut World| world.set("Number_of_builders", "1");
    let Some(mut story) = Story::begin(HELLO, one) else { return };
    story.then("all is touched and copied anew", |world| {
        let status = std::process::Command::new("/bin/sh")
            .args(["-c", "cp -R ports p && rm -r ports && mv p ports && find ports -exec touch {} +"])
            .current_dir(&world.base)
            .status();
        assert!(status.unwrap().success());
    });
    story.then("an option is chosen", |world| world.options("textproc/shout", "+DOCS"));
    story.then("and what is chosen by default is said", |world| world.options("textproc/shout", "+DOCS +UPPER"));
    story.then("a description, no new version", |world| world.append("ports/devel/libgreet/pkg-descr", "More.\n"));
    story.then("a comment in a generator", |world| world.append("ports/devel/tablegen/Makefile", "# more\n"));
    story.then("the file that two ports share", |world| world.append("ports/devel/tablegen/Makefile.common", "# x\n"));
    story.then("a comment in a slave's master", |world| world.append("ports/misc/hello/Makefile", "# more\n"));
    story.then("an editor's leftover", |world| world.write("ports/misc/hello/Makefile.orig", b"x"));
    story.then("a comment in the framework", |world| world.append("ports/Mk/bsd.port.mk", "# more\n"));
    story.then("a value in the framework", |world| world.append("ports/Mk/Uses/localbase.mk", "CFLAGS+= -DMORE\n"));
    story.then("make.conf, for one port", |world| {
        world.make_conf(".if ${.CURDIR:M*/misc/tables}\nCFLAGS+= -DMORE\n.endif\n");
    });
    story.then("make.conf, a comment", |world| {
        world.make_conf("# more\n.if ${.CURDIR:M*/misc/tables}\nCFLAGS+= -DMORE\n.endif\n");
    });
    story.then("a generator that says something else", |world| {
        world.edit("ports/devel/tablegen/Makefile", "Writes tables", "Writes better tables");
    });
    story.with(&["-xx"], "just-build", "the same with -xx", |world| {
        world.edit("ports/devel/tablegen/Makefile", "better tables", "worse tables");
    });
    story.with(&["-x"], "just-build", "and with -x", |_| {});
    assert_snapshot!(story.end(), @"
    all is touched and copied anew: nothing
    an option is chosen: built textproc/shout
    and what is chosen by default is said: nothing
    a description, no new version: would built devel/libgreet misc/hello misc/hello-polite sysutils/greeter | built devel/libgreet misc/hello misc/hello-polite
    a comment in a generator: would built devel/tablegen devel/tablegen-doc misc/tables | built devel/tablegen devel/tablegen-doc
    the file that two ports share: would built devel/tablegen devel/tablegen-doc misc/tables | built devel/tablegen devel/tablegen-doc
    a comment in a slave's master: would built misc/hello misc/hello-polite sysutils/greeter | built misc/hello misc/hello-polite
    an editor's leftover: nothing
    a comment in the framework: nothing
    a value in the framework: would built misc/hello misc/hello-polite sysutils/greeter | built misc/hello misc/hello-polite
    make.conf, for one port: built misc/tables
    make.conf, a comment: nothing
    a generator that says something else: built devel/tablegen devel/tablegen-doc misc/tables
    the same with -xx: nothing
    and with -x: built devel/tablegen devel/tablegen-doc
    ");
}

#[test]
fn another_release_is_another_package() {
    let Some(mut story) = Story::begin("top-foo", |_| {}) else { return };
    story.then("another release of the system", |world| world.set("Platform_release", "99.1"));
    story.then("a minor one", |world| world.set("Platform_release", "99.2"));
    assert_snapshot!(story.end(), @"
    another release of the system: built leaf@default top-foo tri@foo +pm
    a minor one: nothing
    ");
}

#[test]
fn a_dependency_that_is_gone_or_new_counts() {
    let Some(mut story) = Story::begin("top late", |_| {}) else { return };
    story.then("top no longer needs tri", |world| {
        world.edit("ports/t/top/Makefile", "RUN_DEPENDS=\ttri>0:t/tri\n", "");
    });
    story.then("now it needs the leaf", |world| {
        world.edit("ports/t/top/Makefile", "OPTIONS_DEFINE=", "RUN_DEPENDS=\tleaf:t/leaf\nOPTIONS_DEFINE=");
    });
    story.then("O1 another port in the leaf's place", |world| world.variant("o2"));
    story.then("late has a new name", |world| world.edit("ports/t/late/Makefile", "zz-late", "zzz-late"));
    assert_snapshot!(story.end(), @"
    top no longer needs tri: built top
    now it needs the leaf: built leaf@default top
    O1 another port in the leaf's place: built leaf@default top
    late has a new name: built late
    ");
}

#[test]
fn a_failure_takes_no_package_away() {
    let Some(mut story) = Story::begin("top-foo tri@bar", |_| {}) else { return };
    let before = story.world.packages();
    story.then("the leaf fails", |world| world.options("t/leaf", "+FAIL"));
    assert_eq!(story.world.packages(), before, "nothing is lost");
    story.then("E67 and fails again", |_| {});
    story.then("it is mended", |world| world.options("t/leaf", ""));
    assert_snapshot!(story.end(), @"
    the leaf fails: would built leaf@default top-foo tri@foo | skipped top-foo tri@foo; failed leaf@default | exit 2
    E67 and fails again: would built leaf@default top-foo tri@foo | skipped top-foo tri@foo; failed leaf@default | exit 2
    it is mended: nothing
    ");
}

#[test]
fn a_package_without_a_record_is_up_to_date_and_one_that_cannot_be_read_is_not() {
    let Some(mut story) = Story::begin("top-foo misc/tables", |_| {}) else { return };
    story.then("E62 the records are lost", |world| world.remove("build/dsynth.redb"));
    story.then("the records are lost and a port was edited", |world| {
        world.remove("build/dsynth.redb");
        world.append("ports/t/leaf/Makefile", "# more\n");
    });
    story.then("E60 the next edit counts", |world| world.append("ports/t/leaf/Makefile", "# more still\n"));
    story.then("a package is cut short", |world| {
        let path = world.path("packages/All/leaf-1.pkg");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    });
    story.then("a package is none", |world| world.write("packages/All/tri-FOO-1.pkg", b"no package"));
    story.then("again", |_| {});
    story.then("a wrong version of the database", |world| world.write("build/dsynth.redb", b"no database"));
    assert_snapshot!(story.end(), @"
    E62 the records are lost: nothing
    the records are lost and a port was edited: nothing
    E60 the next edit counts: would built leaf@default top-foo tri@foo | built leaf@default
    a package is cut short: built leaf@default
    a package is none: built tri@foo
    again: nothing
    a wrong version of the database: nothing
    ");
}
