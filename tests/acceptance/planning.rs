//! Metadata, graph and order (B, C, D), over trees made for the purpose; and the plan of the fixtures as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::config::{MakeConf, Profile};
use dsynth::model::{Contents, DirectoryContents, Entry, Fate, FileKind, Notice, PackageFacts, Plan, Stop, Verdict};
use dsynth::queries::inputs::{OldRecord, Pkg, Recorded, Rules, SettingsFields};
use dsynth::queries::needs_build::needs_build;
use dsynth::queries::plan::plan;
use dsynth::queries::request::{Request, Source, Target};
use dsynth::queries::saved::MemorySaved;
use dsynth::queries::tree::origins;
use dsynth::queries::{Database, Db};
use dsynth::schedule::{UNKNOWN, simulate};
use dsynth::session::fresh::Recipes;
use dsynth::session::planner::Planner;
use dsynth::system::disk::Disk;
use dsynth::system::make::MakeTool;
use dsynth::system::memory::MemorySystem;
use dsynth::system::os::OsSystem;
use dsynth::system::platform::{Declared, platform};
use dsynth::system::watch::Changes;
use dsynth::system::{Asked, MakeAnswer, MakeQuery, System};
use insta::assert_snapshot;

use crate::world::World;

const PKG: &str = "ports-mgmt/pkg: PKGNAME=pkg-1";

fn database(system: Arc<dyn System>, ports: &Utf8Path) -> Database {
    let settings = SettingsFields {
        ports: ports.to_owned(),
        options: "/options".into(),
        localbase: "/empty".into(),
        evaluation: String::new(),
        abi: "Test:1:x".into(),
        rules: Rules::default(),
    };
    Database::new(system, Arc::new(MemorySaved::default()), settings)
}

/// A tree in memory: a line is `origin: NAME=value, NAME=value`.
fn tree(lines: &str) -> Database {
    let system = MemorySystem::default();
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()).chain([PKG]) {
        let (origin, values) = line.split_once(':').unwrap();
        let name = origin.rsplit('/').next().unwrap();
        let named = if values.contains("PKGNAME=") { String::new() } else { format!("PKGNAME={name}-1\n") };
        let values: String = values.split(',').map(|value| format!("{}\n", value.trim())).collect();
        system.write(format!("/p/{origin}/Makefile"), named + &values);
    }
    database(Arc::new(system), "/p".into())
}

fn planned(db: &Database, targets: &[&str]) -> Plan {
    let parse = |text: &&str| Target::parse(text, &db.settings().fields(db).ports, Source::Argument).unwrap();
    let request = Request { targets: targets.iter().map(parse).collect(), everything: targets.is_empty() };
    plan(db, &request, false, &|_, _| {}, &Stop::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// In the order in which one worker would build them.
fn order(plan: &Plan) -> String {
    let forecast = simulate(plan, &|_| UNKNOWN, &mut |_| Verdict::Dirty(Vec::new()));
    let spec = |(id, _): &(dsynth::model::JobId, Vec<dsynth::model::Reason>)| {
        plan.job(*id).spec.to_string().trim_start_matches("c/").to_owned()
    };
    forecast.builds.iter().map(spec).filter(|spec| spec != "ports-mgmt/pkg").collect::<Vec<_>>().join(" ")
}

/// `origin: dependency BUILD+RUN, …` for each job.
fn edges(plan: &Plan) -> String {
    let mut lines = String::new();
    for job in &plan.jobs {
        let edge = |depend: &dsynth::model::JobDepend| {
            let kinds: Vec<String> = depend.kinds.iter().map(|kind| kind.variable().replace("_DEPENDS", "")).collect();
            let kinds = if kinds.is_empty() { "first".to_owned() } else { kinds.join("+") };
            format!("{} {kinds}", plan.job(depend.job).spec)
        };
        let mut depends: Vec<String> = job.depends.iter().map(edge).collect();
        depends.sort();
        depends.retain(|edge| edge != "ports-mgmt/pkg first");
        let fate = match &job.fate {
            Fate::Open => depends.join(", "),
            Fate::Ignored(_) => "ignored".into(),
            Fate::Skipped(chain) => format!("skipped for {chain}"),
            Fate::Broken(_) => "broken".into(),
            Fate::Cyclic(_) => "cyclic".into(),
        };
        lines += format!("{}: {fate}", job.spec).trim_end();
        lines += "\n";
    }
    lines
}

#[test]
fn dependencies_are_built_first_and_what_many_wait_for_before_the_rest() {
    let cases = [
        ("D35", "c/a", "c/a: RUN_DEPENDS=x:c/b x:c/c\nc/b: RUN_DEPENDS=x:c/c\nc/c: X=y", "c b a"),
        ("D36", "c/a", "c/a: RUN_DEPENDS=x:c/b\nc/b: LIB_DEPENDS=x:c/c\nc/c: BUILD_DEPENDS=x:c/d\nc/d: X=y", "d c b a"),
        (
            "D37",
            "c/a",
            "c/a: RUN_DEPENDS=x:c/b x:c/c\nc/b: RUN_DEPENDS=x:c/d\nc/c: RUN_DEPENDS=x:c/d\nc/d: X=y",
            "d b c a",
        ),
        (
            "D38",
            "c/app",
            "c/app: RUN_DEPENDS=x:c/u x:c/v x:c/w, BUILD_DEPENDS=x:c/expat\nc/u: BUILD_DEPENDS=x:c/pkgconf x:c/perl\n\
             c/v: BUILD_DEPENDS=x:c/pkgconf x:c/perl\nc/w: BUILD_DEPENDS=x:c/pkgconf\nc/pkgconf: X=y\nc/perl: X=y\n\
             c/expat: X=y",
            "pkgconf perl expat u v w app",
        ),
        ("D40", "c/z c/m c/a", "c/z: X=y\nc/m: X=y\nc/a: X=y", "a m z"),
        (
            "D41",
            "editors/vim devel/git",
            "editors/vim: BUILD_DEPENDS=x:c/gettext-tools x:c/pkgconf, LIB_DEPENDS=x:c/gettext-runtime\n\
             c/gettext-tools: BUILD_DEPENDS=x:c/gettext-runtime\nc/gettext-runtime: X=y\nc/pkgconf: X=y\n\
             c/gmake: BUILD_DEPENDS=x:c/gettext-tools\nc/curl: BUILD_DEPENDS=x:c/pkgconf\n\
             devel/git: BUILD_DEPENDS=x:c/gmake x:c/gettext-tools, LIB_DEPENDS=x:c/curl x:c/gettext-runtime",
            "gettext-runtime gettext-tools pkgconf curl gmake devel/git editors/vim",
        ),
    ];
    for (name, targets, lines, wanted) in cases {
        let targets: Vec<&str> = targets.split(' ').collect();
        let reversed: Vec<&str> = lines.lines().rev().collect();
        for text in [lines, &reversed.join("\n")] {
            assert_eq!(order(&planned(&tree(text), &targets)), wanted, "{name}");
        }
    }
}

#[test]
fn one_origin_with_several_kinds_is_one_edge() {
    let db = tree(
        "c/a: BUILD_DEPENDS=x:c/b y:/p/c/b:patch,LIB_DEPENDS=libb.so:c/b, RUN_DEPENDS=x:c/b@one\nc/b: FLAVORS=one two",
    );
    assert_snapshot!(edges(&planned(&db, &["c/a"])), @"
    ports-mgmt/pkg:
    c/b@one:
    c/a: c/b@one BUILD+LIB+RUN
    ");
}

#[test]
fn words_are_read_as_they_come() {
    // C29, C31, C32, and D48: the package manager is there once, whoever asks for it.
    let db = tree(
        "c/a: RUN_DEPENDS=   x:c/b    y:c/b  , BUILD_DEPENDS=, LIB_DEPENDS=c/a:run x:c/a/b x: ${NONEXISTENT}:c/b
         c/b: RUN_DEPENDS=x:ports-mgmt/pkg",
    );
    let plan = planned(&db, &["c/a", "ports-mgmt/pkg"]);
    assert_snapshot!(edges(&plan), @"
    ports-mgmt/pkg:
    c/b: ports-mgmt/pkg RUN
    c/a: c/b RUN
    ");
    let notices: Vec<String> = plan.notices.iter().map(|Notice { text, .. }| text.clone()).collect();
    assert_snapshot!(notices.join("\n"), @"
    LIB_DEPENDS: malformed dependency `c/a:run`: expected pattern:category/name[@flavor][:target]
    LIB_DEPENDS: malformed dependency `x:c/a/b`: expected pattern:category/name[@flavor][:target]
    LIB_DEPENDS: malformed dependency `x:`: expected pattern:category/name[@flavor][:target]
    ");
}

#[test]
fn what_a_port_says_is_taken_with_care() {
    let db = tree(
        "editors/vim: PKGNAME=vim-9.1.0470, PKGFILE=/packages/All/vim-9.1.0470.pkg, IGNORE=Unknown flavor 'python39'
         x11/meta-gnome: PKGNAME=meta-gnome-47, USES=gettext metaport
         x11/empty: PKGNAME=
         x11/dots: PKGNAME=../../etc/passwd
         x11/quotes: PKGNAME=a-1, PKGFILE=/x/a b;c.pkg
         x11/fl: PKGNAME=fl-1, FLAVORS=a b",
    );
    let plan = planned(&db, &[]);
    let line = |job: &dsynth::model::Job| {
        let meta = if job.meta { " meta" } else { "" };
        format!("{}: `{}` `{}`{meta} {:?}", job.spec, job.pkgname, job.pkgfile, job.fate)
    };
    // B11, B13 to B15.
    assert_snapshot!(plan.jobs.iter().map(line).collect::<Vec<_>>().join("\n"), @r#"
    ports-mgmt/pkg: `pkg-1` `pkg-1.pkg` Open
    editors/vim: `vim-9.1.0470` `vim-9.1.0470.pkg` Ignored("Unknown flavor 'python39'")
    x11/dots: `` `` Broken("the name of the port's package, `../../etc/passwd.pkg`, is not one that pkg can use")
    x11/empty: `` `` Broken("the port has no package name: PKGNAME and PKGFILE are empty")
    x11/fl@a: `fl-1` `fl-1.pkg` Open
    x11/fl@b: `fl-1` `fl-1.pkg` Open
    x11/meta-gnome: `meta-gnome-47` `meta-gnome-47.pkg` meta Open
    x11/quotes: `` `` Broken("the name of the port's package, `a b;c.pkg`, is not one that pkg can use")
    "#);
}

#[test]
fn a_makefile_that_hangs_prints_too_little_or_fails_is_an_error_of_its_port() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(dir.path()).unwrap();
    let port = |origin: &str, text: &str| {
        std::fs::create_dir_all(root.join(origin)).unwrap();
        std::fs::write(root.join(origin).join("Makefile"), text).unwrap();
    };
    port("ports-mgmt/pkg", "PKGNAME=pkg-1\n");
    port("c/fine", "PKGNAME=fine-1\nRUN_DEPENDS=x:c/hangs\n");
    port("c/hangs", "PKGNAME!=sleep 1712001\n");
    port("c/fails", ".error it is broken\n");
    port("c/lines", "PKGNAME=a${.newline}b\n");
    port("c/loud", "PKGNAME=loud-1\n.warning it is old\n");
    port("c/bytes", "PKGNAME!=printf '\\377\\376'\n");
    let make = MakeTool {
        program: "/usr/bin/bmake".into(),
        // The values of variables, as a BSD's make prints them.
        arguments: vec![".MAKE.EXPAND_VARIABLES=yes".into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        time_limit: Duration::from_secs(1),
    };
    if !make.program.exists() {
        return eprintln!("skipped: there is no {}", make.program);
    }
    // What was written a moment ago counts as moving, and the ports would say so.
    std::thread::sleep(Duration::from_millis(40));
    let began = Instant::now();
    let plan = planned(&database(Arc::new(OsSystem { disk: Disk::default(), make: Box::new(make) }), root), &[]);
    assert!(began.elapsed() < Duration::from_secs(20), "B18");
    // Killed with its make; whoever inherits it may take a moment to bury it.
    let gone = |_| {
        std::thread::sleep(Duration::from_millis(50));
        crate::world::processes("sleep 1712001").is_empty()
    };
    assert!((0..100).any(gone), "B18: its shell is killed too");
    let mut lines: Vec<String> = plan.jobs.iter().map(|job| format!("{}: {:?}", job.spec, job.fate)).collect();
    lines.extend(plan.notices.iter().map(|notice| format!("notice: {}", notice.text)));
    assert_snapshot!(lines.join("\n").replace(root.as_str(), "P"), @r#"
    ports-mgmt/pkg: Open
    c/bytes: Broken("make printed something that is not UTF-8")
    c/fails: Broken("make failed (exit status: 1): bmake: \"P/c/fails/Makefile\" line 1: it is broken")
    c/hangs: Broken("make gave no answer within 1 s")
    c/fine: Skipped("c/hangs")
    c/lines: Broken("make printed 37 lines where 36 were asked for")
    c/loud: Open
    notice: bmake: "P/c/loud/Makefile" line 2: warning: it is old
    "#);
}

#[test]
fn a_tree_is_two_levels_of_directories_with_makefiles() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    for name in [
        "c/a/Makefile",
        "c/b/Makefile",
        "c/nothing/README",
        "c/.hidden/Makefile",
        "c/Makefile",
        ".git/x/Makefile",
        "Mk/Uses/Makefile",
        "Templates/x/Makefile",
        "Tools/x/Makefile",
        "distfiles/x/Makefile",
        "packages/x/Makefile",
        "Keywords/x/Makefile",
        "d/deep/er/Makefile",
        "d/e-1.0_x+y/Makefile",
        "d/o d d/Makefile",
        "Makefile",
        "closed/x/Makefile",
    ] {
        std::fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
        std::fs::write(root.join(name), "").unwrap();
    }
    std::os::unix::fs::symlink("a", root.join("c/link")).unwrap();
    let make =
        MakeTool { program: "/nonexistent".into(), arguments: vec![], environment: vec![], time_limit: Duration::ZERO };
    let found = |root: &Utf8Path| -> Vec<String> {
        let db = database(Arc::new(OsSystem { disk: Disk::default(), make: Box::new(make.clone()) }), root);
        origins(&db).iter().map(ToString::to_string).collect()
    };
    assert_eq!(found(&root), ["c/a", "c/b", "closed/x", "d/e-1.0_x+y"], "B19");
    assert_eq!(found("/nonexistent".into()), Vec::<String>::new());
}

/// Ports `c/p0` to `c/pN`, made up as they are asked about; `deep`: each needs the one before it.
struct Endless {
    ports: usize,
    deep: bool,
}

impl System for Endless {
    fn file(&self, _: &Utf8Path) -> Option<Contents> {
        None
    }

    fn directory(&self, _: &Utf8Path) -> Option<DirectoryContents> {
        Some(DirectoryContents::of(&[("Makefile".into(), Contents::of(b""))]))
    }

    fn files(&self, _: &Utf8Path) -> Vec<(String, Contents)> {
        Vec::new()
    }

    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        let entry = |name: String| Entry { name, kind: FileKind::Directory };
        match path.as_str() {
            "/p" => Some(vec![entry("c".into())]),
            "/p/c" => Some((0..self.ports).map(|n| entry(format!("p{n}"))).collect()),
            _ => None,
        }
    }

    fn text(&self, _: &Utf8Path) -> Option<String> {
        None
    }

    fn now(&self) -> i64 {
        0
    }

    fn doubt(&self, _: &Changes) {}

    fn settled(&self, _: &Utf8Path, _: i64) -> bool {
        true
    }

    fn link(&self, _: &Utf8Path) -> Option<Utf8PathBuf> {
        None
    }

    fn make(&self, query: &MakeQuery) -> Asked {
        let name = query.directory.file_name().unwrap_or_default().to_owned();
        let before = name.strip_prefix('p').and_then(|n| n.parse::<usize>().ok()).and_then(|n| n.checked_sub(1));
        let depends = before.filter(|_| self.deep).map(|n| format!("x:c/p{n}")).unwrap_or_default();
        let values: BTreeMap<&str, String> =
            [("${PKGNAME}", format!("{name}-1")), ("${RUN_DEPENDS}", depends)].into_iter().collect();
        let value = |expression: &String| values.get(expression.as_str()).cloned().unwrap_or_default();
        Ok(MakeAnswer { values: query.expressions.iter().map(value).collect(), complaints: Vec::new() }).into()
    }
}

#[test]
fn thousands_of_ports_beside_and_above_each_other_are_planned() {
    for (ports, deep) in [(2_003, false), (3_000, true)] {
        let mut db = database(Arc::new(Endless { ports, deep }), "/p".into());
        let plan = planned(&db, &[]);
        assert_eq!(plan.jobs.len(), ports + 1, "B17, D50");
        assert!(plan.jobs.iter().enumerate().all(|(id, job)| job.depends.iter().all(|on| on.job.index() < id)), "D42");
        // The last first: the whole chain below is answered without running out of stack.
        let old = OldRecord { program: "another", before: 1, now: 2 };
        let recorded = Recorded { package: Some(PackageFacts::default()), old: Some(old), ..Recorded::default() };
        for job in &plan.jobs {
            db.set_recorded(Pkg::new(&db, job.spec.clone()), recorded.clone());
        }
        for job in &plan.jobs {
            assert!(matches!(needs_build(&db, Pkg::new(&db, job.spec.clone())).verdict, Verdict::Dirty(_)));
        }
    }
}

#[test]
fn a_ports_checksum_is_that_of_its_files_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    let make =
        MakeTool { program: "/nonexistent".into(), arguments: vec![], environment: vec![], time_limit: Duration::ZERO };
    let crc = |name: &str| {
        let db = database(Arc::new(OsSystem { disk: Disk::default(), make: Box::new(make.clone()) }), &root);
        let contents = db.directory(&root.join(name)).contents(&db);
        contents.map_or("none".to_owned(), |contents| format!("{:08x}", contents.crc))
    };
    let write = |path: &str, text: &str| {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), text).unwrap();
    };
    write("one/a", "hello\n");
    write("port/Makefile", "PORTNAME=\tfoo\n");
    write("port/distinfo", "SIZE (foo.tgz) = 3\n");
    write("port/files/patch-a", "--- a\n");
    std::fs::create_dir(root.join("nothing")).unwrap();
    assert_eq!(
        [crc("one"), crc("port"), crc("nothing"), crc("missing"), crc("one/a")].join(" "),
        "fe9beecf 80b34e43 00000000 none none",
        "E55, E56"
    );
    let mut before = crc("port");
    let mut after = |what: &str, changes: bool, change: &dyn Fn()| {
        change();
        let now = crc("port");
        assert_eq!(now != before, changes, "{what}");
        before = now;
    };
    let path = |name: &str| root.join("port").join(name);
    after("E51 nothing", false, &|| {});
    after("E53 work/", false, &|| write("port/work/x", "x"));
    after("E53 .git/", false, &|| write("port/.git/x", "x"));
    after("E53 CVS/", false, &|| write("port/CVS/x", "x"));
    after("E53 a file named work", false, &|| write("port/files/work", "x"));
    after("E54 an empty directory", false, &|| std::fs::create_dir(path("empty")).unwrap());
    after("E54 a touch", false, &|| write("port/Makefile", "PORTNAME=\tfoo\n"));
    after("E54 a mode", false, &|| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path("Makefile"), std::fs::Permissions::from_mode(0o755)).unwrap();
    });
    after("E54 a link counts by its target", true, &|| std::os::unix::fs::symlink("there", path("link")).unwrap());
    after("another target", true, &|| {
        std::fs::remove_file(path("link")).unwrap();
        std::os::unix::fs::symlink("elsewhere", path("link")).unwrap();
    });
    after("E52 contents", true, &|| write("port/Makefile", "PORTNAME=\tbar\n"));
    after("E52 a name", true, &|| std::fs::rename(path("files/patch-a"), path("files/patch-b")).unwrap());
    after("E52 a new file", true, &|| write("port/files/patch-c", ""));
    after("E52 a place", true, &|| std::fs::rename(path("files/patch-b"), path("patch-b")).unwrap());
    after("it is gone", true, &|| std::fs::remove_file(path("patch-b")).unwrap());
}

/// The plan of a request over the fixtures, asked through the library as `status` does.
fn fixtures(targets: &[&str]) -> (World, Plan) {
    let (world, plan, _) = fixtures_with_recipes(targets);
    (world, plan)
}

fn fixtures_with_recipes(targets: &[&str]) -> (World, Plan, Recipes) {
    let world = World::empty();
    let profile = Profile::load(Some(&world.path("cfg")), None, None).unwrap();
    profile.check_directories().unwrap();
    let make_conf = MakeConf::load(&profile.make_conf_path()).unwrap();
    let platform = platform("/".into(), &Declared { os: Some("Linux"), release: None, version: None }).unwrap();
    let store = Arc::new(dsynth::store::Store::in_memory().unwrap());
    let mut planner =
        Planner::new(&profile, &make_conf, &platform, Rules::default(), &store, &Stop::default()).unwrap();
    let parse = |text: &&str| Target::parse(text, &profile.portsdir, Source::Argument).unwrap();
    let request = Request { targets: targets.iter().map(parse).collect(), everything: targets.is_empty() };
    let plan = planner.plan(&request, false, &|_, _| {}, &Stop::default()).unwrap();
    let recipes = planner.recipes(&plan);
    (world, plan, recipes)
}

#[test]
fn the_graph_of_the_fixtures() {
    let (_world, plan) = fixtures(&[]);
    assert_snapshot!(edges(&plan), @"
    ports-mgmt/pkg:
    broken/badplist:
    broken/build-fails:
    broken/hangs: ignored
    broken/leaves-daemon:
    broken/patch-fails:
    broken/writes-outside:
    broken/wrong-checksum:
    devel/libgreet:
    devel/tablegen:
    devel/tablegen-doc:
    math/calc@float:
    math/calc@int:
    math/calc-user: math/calc@float BUILD, math/calc@int BUILD
    misc/hello: devel/libgreet LIB
    misc/hello-polite: devel/libgreet LIB
    misc/hello-twice: devel/libgreet LIB, misc/hello BUILD+RUN
    misc/no-such-port: broken
    broken/missing-dep: skipped for misc/no-such-port
    misc/tables: devel/tablegen BUILD
    sysutils/greeter: misc/hello RUN
    misc/meta-hello: misc/hello RUN, misc/hello-polite RUN, sysutils/greeter RUN
    t/all-ign@default: ignored
    t/all-ign@flav: ignored
    t/dbl@default:
    t/def-dep@flav:
    t/def-ign@default: ignored
    t/def-ign@flav:
    t/ign: ignored
    t/ign-on-ign: ignored
    t/leaf@broken: ignored
    t/leaf@default:
    t/b-leaf: t/leaf@default BUILD
    t/leaf@flav:
    t/leaf@ign: ignored
    t/lib:
    t/lib-brun: t/lib BUILD+RUN
    t/lib-user: t/lib LIB
    t/pair@ign: ignored
    t/pair-dep@default:
    t/pair@default: t/pair-dep@default BUILD
    t/pair-dep@depign: ignored
    t/all-dep@default: skipped for t/pair-dep@depign
    t/all-dep@flav: ignored
    t/dbl@depign: ignored
    t/def-dep@default: skipped for t/pair-dep@depign
    t/pair@depign: ignored
    t/pair-dep@flav:
    t/pair@flav: t/pair-dep@flav BUILD
    t/pair-dep@ign: ignored
    t/pair2@default: t/pair-dep@default BUILD
    t/pair2@depign: ignored
    t/pair2@flav: t/pair-dep@flav BUILD
    t/pair2@ign: ignored
    t/r-leaf: t/leaf@default RUN
    t/solo-ign: ignored
    t/tri@bar:
    t/tri@default:
    t/late: t/tri@default RUN
    t/on-ign: skipped for t/ign
    t/on-ign2: skipped for t/ign
    t/top: t/tri@default RUN
    t/top-def: t/tri@default RUN
    t/tri@foo: t/leaf@default RUN
    t/top-foo: t/tri@foo RUN
    t/tri@nosuch: broken
    broken/top-bad: skipped for t/tri@nosuch
    t/wrongname: t/leaf@flav RUN
    textproc/shout:
    textproc/typo:
    ");
    assert!(plan.notices.is_empty(), "{:?}", plan.notices);
    assert_snapshot!(order(&plan).replace(' ', "\n"), @"
    devel/libgreet
    misc/hello
    t/leaf@default
    t/tri@default
    t/lib
    t/pair-dep@default
    t/pair-dep@flav
    devel/tablegen
    math/calc@float
    math/calc@int
    misc/hello-polite
    sysutils/greeter
    t/leaf@flav
    t/tri@foo
    broken/badplist
    broken/build-fails
    broken/leaves-daemon
    broken/patch-fails
    broken/writes-outside
    broken/wrong-checksum
    devel/tablegen-doc
    math/calc-user
    misc/hello-twice
    misc/meta-hello
    misc/tables
    t/b-leaf
    t/dbl@default
    t/def-dep@flav
    t/def-ign@flav
    t/late
    t/lib-brun
    t/lib-user
    t/pair@default
    t/pair@flav
    t/pair2@default
    t/pair2@flav
    t/r-leaf
    t/top
    t/top-def
    t/top-foo
    t/tri@bar
    t/wrongname
    textproc/shout
    textproc/typo
    ");
}

#[test]
fn the_recipe_of_a_port() {
    let (world, plan, recipes) = fixtures_with_recipes(&["misc/hello-polite"]);
    let job = plan.jobs.iter().find(|job| job.spec.to_string() == "misc/hello-polite").unwrap();
    let recipe = &recipes[&job.spec];
    assert_eq!(recipe.fingerprint(), job.recipe, "what decides is what is explained");
    let line =
        |part: &dsynth::model::RecipePart| format!("{} {}: {}", part.kind, part.name, part.shown).trim_end().to_owned();
    let text = recipe.parts.iter().map(line).collect::<Vec<_>>().join("\n");
    assert!(!text.contains(world.base.as_str()), "a path of this host is no ingredient: {text}");
    insta::with_settings!({filters => vec![(r"abi : .*", "abi : [abi]")]}, { assert_snapshot!(text, @r#"
    abi : [abi]
    port misc/hello-polite:
    directory misc/hello:
    value PKGNAME: hello-polite-1.0
    value FETCH_DEPENDS:
    value EXTRACT_DEPENDS:
    value PATCH_DEPENDS:
    value BUILD_DEPENDS:
    value LIB_DEPENDS: libgreet.so.1:devel/libgreet
    value RUN_DEPENDS:
    value SELECTED_OPTIONS:
    value DESELECTED_OPTIONS:
    value PORT_OPTIONS:
    value LICENSE: BSD2CLAUSE
    value IGNORE:
    value ALLFILES: hello-1.0.tar.gz
    value CONFIGURE_ARGS:
    value CONFIGURE_ENV: CC="cc" CFLAGS="-pipe -O2 -I/usr/local/include" LDFLAGS=" -L/usr/local/lib -Wl,-rpath,/usr/local/lib"
    value MAKE_ARGS: PROGRAM=hello-polite
    value MAKE_ENV: PREFIX=/usr/local LOCALBASE=/usr/local CC="cc" CFLAGS="-pipe -O2 -I/usr/local/include" LDFLAGS=" -L/usr/local/lib -Wl,-rpath,/usr/local/lib"
    value CFLAGS: -pipe -O2 -I/usr/local/include
    value CPPFLAGS: -I/usr/local/include
    value CXXFLAGS: -pipe -O2 -I/usr/local/include
    value LDFLAGS: -L/usr/local/lib -Wl,-rpath,/usr/local/lib
    value PLIST_SUB: PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=hello-polite PORTVERSION=1.0 DATADIR=share/hello-polite
    value SUB_LIST: PREFIX=/usr/local LOCALBASE=/usr/local DATADIR=/usr/local/share/hello-polite
    value PREFIX: /usr/local
    "#) });
}
