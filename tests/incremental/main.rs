//! Change this: these queries run, these ports are asked again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::model::{
    Contents, DirectoryContents, Entry, Evaluation, Fingerprint, OriginSpec, PackageFacts, Plan, Reason, Recipe, Stop,
    Trace, Verdict,
};
use dsynth::queries::Database;
use dsynth::queries::inputs::{OldRecord, Pkg, Recorded, Rules, SettingsFields};
use dsynth::queries::needs_build::{Ingredients, judge, needs_build};
use dsynth::queries::plan::{PlanError, plan};
use dsynth::queries::request::{Request, Source, Target};
use dsynth::queries::saved::{MemorySaved, Saved};
use dsynth::queries::scan::{ScanError, evaluation};
use dsynth::system::memory::MemorySystem;
use dsynth::system::watch::Changes;
use dsynth::system::{Asked, MakeQuery, System};

/// A tree in memory, a database over it, and the names of the queries that ran.
struct World {
    system: Arc<MemorySystem>,
    saved: Arc<MemorySaved>,
    db: Database,
    ran: Arc<Mutex<Vec<String>>>,
}

impl World {
    fn new(files: &[(&str, &str)]) -> World {
        let system = Arc::new(MemorySystem::default());
        for (path, text) in files {
            system.write(format!("/p/{path}"), text);
        }
        World::over(system, Arc::default())
    }

    /// As another process would begin: with what is on disk, and what was kept.
    fn over(system: Arc<MemorySystem>, saved: Arc<MemorySaved>) -> World {
        let ran = Arc::new(Mutex::new(Vec::new()));
        let log = ran.clone();
        let db = Database::with_log(
            system.clone(),
            saved.clone(),
            settings(),
            Box::new(move |name| log.lock().unwrap().push(name.split('(').next().unwrap_or_default().to_owned())),
        );
        World { system, saved, db, ran }
    }

    fn plan(&self, targets: &[&str]) -> Plan {
        self.try_plan(targets, Source::List).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_plan(&self, targets: &[&str], source: Source) -> Result<Plan, PlanError> {
        let targets = targets.iter().map(|t| Target::parse(t, "/p".into(), source).unwrap()).collect();
        let request = Request { targets, everything: false };
        plan(&self.db, &request, false, &|_, _| {}, &Stop::default())
    }

    fn evaluate(&self, spec: &str) -> Result<Evaluation, ScanError> {
        (**evaluation(&self.db, Pkg::new(&self.db, OriginSpec::parse(spec).unwrap()))).clone()
    }

    /// Plans again after what `change` did; says which queries ran and which ports `make` was asked about.
    fn after(&mut self, targets: &[&str], change: impl FnOnce(&MemorySystem)) -> String {
        change(&self.system);
        self.near(targets, Changes::all())
    }

    /// Plans again after looking only at what is near some changes.
    fn near(&mut self, targets: &[&str], changes: Changes) -> String {
        self.db.take_over(&changes);
        self.db.try_again();
        self.system.take_asked();
        self.ran.lock().unwrap().clear();
        self.plan(targets);
        let mut ran: Vec<String> = std::mem::take(&mut self.ran.lock().unwrap());
        ran.sort();
        ran.dedup();
        let asked = self.system.take_asked();
        format!("{} | {}", ran.join(" "), asked.join(" "))
    }
}

fn settings() -> SettingsFields {
    SettingsFields {
        ports: "/p".into(),
        options: "/options".into(),
        localbase: "/empty".into(),
        evaluation: String::new(),
        abi: "Test:1:x".into(),
        rules: Rules::default(),
    }
}

fn specs(plan: &Plan) -> String {
    plan.jobs.iter().map(|job| job.spec.to_string()).collect::<Vec<_>>().join(" ")
}

const PKG: (&str, &str) = ("ports-mgmt/pkg/Makefile", "PKGNAME=pkg-1\nPKGFILE=/x/pkg-1.pkg\n");

fn chain() -> World {
    World::new(&[
        PKG,
        ("Mk/bsd.port.mk", "PREFIX=/usr/local\n"),
        ("c/a/Makefile", ".include /p/Mk/bsd.port.mk\nPKGNAME=a-1\nLIB_DEPENDS=libb.so:c/b\nBUILD_DEPENDS=x:c/c\n"),
        (
            "c/b/Makefile",
            ".include /p/Mk/bsd.port.mk\n.exists /p/UIDs\n.exists /p/c/probed/there\nPKGNAME=b-1\nRUN_DEPENDS=x:/p/c/c\n",
        ),
        ("c/c/Makefile", ".include /p/Mk/bsd.port.mk\n.exists /p/c/Makefile.inc\nPKGNAME=c-1\n"),
        ("c/c/files/patch-x", "one\n"),
    ])
}

#[test]
fn dependencies_come_first_and_the_package_manager_before_all() {
    assert_eq!(specs(&chain().plan(&["c/a"])), "ports-mgmt/pkg c/c c/b c/a");
}

#[test]
fn a_variant_names_the_port_that_it_is_one_of() {
    let world = chain();
    world.system.write("/p/c/variant/Makefile", "PKGNAME=variant-1\nMASTERDIR=/p/c/variant/../c\n");
    world.system.write("/p/c/own/Makefile", "PKGNAME=own-1\nMASTERDIR=/p/c/own\n");
    let plan = world.plan(&["c/variant", "c/own"]);
    let masters = plan.jobs.iter().filter_map(|job| Some(format!("{} of {}", job.spec, job.master.as_ref()?)));
    assert_eq!(masters.collect::<Vec<_>>(), ["c/variant of c/c"]);
}

#[test]
fn a_second_look_runs_nothing() {
    let mut world = chain();
    world.plan(&["c/a"]);
    assert_eq!(world.after(&["c/a"], |_| {}), " | ");
}

#[test]
fn a_touch_asks_no_port_again() {
    let mut world = chain();
    world.plan(&["c/a"]);
    assert_eq!(world.after(&["c/a"], |system| system.touch("/p/c/c/Makefile")), " | ");
}

#[test]
fn another_process_asks_only_what_changed_meanwhile() {
    let cases: [(&str, &str, &str); 8] = [
        ("c/c/files/patch-x", "two", "c/c"),
        ("c/c/files/patch-new", "new", "c/c"),
        ("Mk/bsd.port.mk", "PREFIX=/opt\n", "c/a c/b c/c"),
        ("c/Makefile.inc", "X=1\n", "c/c"),
        ("UIDs", "root:0\n", "c/b"),
        ("c/probed/there", "x", "c/b"),
        ("Mk/unread.mk", "X=1\n", ""),
        ("c/new/Makefile", "PKGNAME=new-1\n", ""),
    ];
    for (path, text, expected) in cases {
        let first = chain();
        first.plan(&["c/a"]);
        first.system.take_asked();
        first.system.write(format!("/p/{path}"), text);
        let second = World::over(first.system.clone(), first.saved.clone());
        second.plan(&["c/a"]);
        let mut asked = second.system.take_asked();
        asked.sort();
        assert_eq!(asked.join(" "), expected, "after {path}");
    }
}

#[test]
fn an_edited_port_is_asked_alone() {
    let mut world = chain();
    world.plan(&["c/a"]);
    let ran = world.after(&["c/a"], |system| system.write("/p/c/c/Makefile", "PKGNAME=c-1\n# a comment\n"));
    // `port` and `depends` come out equal, so nobody above is touched.
    assert_eq!(ran, "depends evaluation fingerprint port | c/c");
}

#[test]
fn a_comment_in_the_framework_asks_all_that_read_it_and_changes_no_recipe() {
    let mut world = chain();
    let before = world.plan(&["c/a"]);
    world.system.write("/p/Mk/bsd.port.mk", "# a comment\nPREFIX=/usr/local\n");
    world.db.take_over(&Changes::all());
    world.system.take_asked();
    let after = world.plan(&["c/a"]);
    let mut asked = world.system.take_asked();
    asked.sort();
    assert_eq!(asked, ["c/a", "c/b", "c/c"]);
    assert_eq!(before, after);
}

#[test]
fn a_new_file_in_a_port_changes_its_recipe_alone() {
    let mut world = chain();
    let before = world.plan(&["c/a"]);
    world.system.write("/p/c/b/files/patch-new", "x");
    world.db.take_over(&Changes::all());
    let after = world.plan(&["c/a"]);
    let changed: Vec<String> = before
        .jobs
        .iter()
        .zip(&after.jobs)
        .filter(|(old, new)| old.recipe != new.recipe)
        .map(|(_, new)| new.spec.to_string())
        .collect();
    assert_eq!(changed, ["c/b"]);
}

#[test]
fn a_removed_port_is_reported_and_what_needs_it_is_skipped() {
    let mut world = chain();
    world.plan(&["c/a"]);
    world.system.remove("/p/c/c/Makefile");
    world.system.remove("/p/c/c/files/patch-x");
    world.db.take_over(&Changes::all());
    let plan = world.plan(&["c/a"]);
    let fates: Vec<String> = plan.jobs.iter().map(|job| format!("{}: {:?}", job.spec, job.fate)).collect();
    insta::assert_snapshot!(fates.join("\n"), @r#"
    c/c: Broken("port not found: c/c (path: /p/c/c)")
    c/b: Skipped("c/c")
    c/a: Skipped("c/c")
    "#);
}

#[test]
fn cycles_are_named_and_the_rest_is_planned() {
    let world = World::new(&[
        PKG,
        ("c/a/Makefile", "PKGNAME=a-1\nRUN_DEPENDS=x:c/b\n"),
        ("c/b/Makefile", "PKGNAME=b-1\nRUN_DEPENDS=x:c/a\n"),
        ("c/self/Makefile", "PKGNAME=self-1\nRUN_DEPENDS=x:c/self\n"),
        ("c/top/Makefile", "PKGNAME=top-1\nRUN_DEPENDS=x:c/a\n"),
        ("c/fine/Makefile", "PKGNAME=fine-1\n"),
    ]);
    let plan = world.plan(&["c/top", "c/fine", "c/self"]);
    let fates: Vec<String> = plan.jobs.iter().map(|job| format!("{}: {:?}", job.spec, job.fate)).collect();
    insta::assert_snapshot!(fates.join("\n"), @r#"
    ports-mgmt/pkg: Open
    c/fine: Open
    c/a: Cyclic("c/a -> c/b -> c/a")
    c/b: Cyclic("c/b -> c/a -> c/b")
    c/top: Skipped("c/a")
    c/self: Cyclic("c/self -> c/self")
    "#);
    let named = |targets: &[&str]| world.try_plan(targets, Source::Argument).map_err(|error| error.to_string());
    assert_eq!(named(&["c/fine", "c/self"]).unwrap_err(), "c/self: dependency cycle: c/self -> c/self");
    assert!(named(&["c/top", "c/fine"]).is_ok(), "what only depends on a cycle is skipped");
}

#[test]
fn two_ports_with_one_package_file_are_told() {
    let world = World::new(&[PKG, ("c/a/Makefile", "PKGNAME=x-1\n"), ("c/b/Makefile", "PKGNAME=x-1\n")]);
    let notices: Vec<String> = world.plan(&["c/a", "c/b"]).notices.iter().map(|notice| notice.text.clone()).collect();
    assert_eq!(notices, ["makes the same package file as c/a: x-1.pkg"]);
}

#[test]
fn a_makefile_that_fails_is_one_ports_trouble() {
    let world = World::new(&[PKG, ("c/a/Makefile", ".error\n"), ("c/b/Makefile", "PKGNAME=b-1\n")]);
    let request = Request { targets: Vec::new(), everything: true };
    let plan = plan(&world.db, &request, false, &|_, _| {}, &Stop::default()).unwrap();
    let fates: Vec<String> = plan.jobs.iter().map(|job| format!("{}: {:?}", job.spec, job.fate)).collect();
    insta::assert_snapshot!(fates.join("\n"), @r#"
    ports-mgmt/pkg: Open
    c/a: Broken("make failed (exit status: 1): told to fail")
    c/b: Open
    "#);
}

#[test]
fn a_wide_tree_and_a_deep_one_are_planned() {
    let mut files = vec![(PKG.0.to_owned(), PKG.1.to_owned())];
    for n in 0..300 {
        let depends = if n == 0 { String::new() } else { format!("RUN_DEPENDS=x:c/p{}\n", n - 1) };
        files.push((format!("c/p{n}/Makefile"), format!("PKGNAME=p{n}-1\n{depends}")));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let plan = World::new(&files).plan(&["c/p299"]);
    assert_eq!(plan.jobs.len(), 301);
    assert!(plan.jobs.iter().enumerate().all(|(id, job)| job.depends.iter().all(|on| on.job.index() < id)));
}

#[test]
fn needs_build_follows_what_is_recorded() {
    let mut world = chain();
    world.plan(&["c/a"]);
    let specs = ["c/c", "c/b", "c/a"].map(|text| dsynth::model::OriginSpec::parse(text).unwrap());
    let verdict = |db: &Database, n: usize| needs_build(db, Pkg::new(db, specs[n].clone())).verdict.clone();
    assert_eq!(verdict(&world.db, 0), Verdict::Dirty(vec![Reason::NeverBuilt]));
    let last = Pkg::new(&world.db, specs[0].clone());
    world.db.set_recorded(last, Recorded::default());
    assert!(matches!(verdict(&world.db, 2), Verdict::Dirty(_)));
}

#[test]
fn an_old_record_stands_for_a_trace_that_is_missing() {
    let package = PackageFacts {
        name: "c".into(),
        version: "1".into(),
        origin: "c/c".into(),
        flavor: None,
        output: Fingerprint::of(b""),
        plist: Fingerprint::of(b""),
        shlibs_provided: Vec::new(),
        shlibs_required: Vec::new(),
        depends: Vec::new(),
    };
    let old = |now| Some(OldRecord { program: "the C dsynth", before: 0xab, now });
    let trace = |recipe: &Ingredients| {
        let (pkgfile, package) = ("c-1.pkg".into(), package.clone());
        Some(Trace { build: None, recipe: recipe.fingerprint, depends: Vec::new(), pkgfile, package })
    };
    let (now, before) = (Arc::<Recipe>::default, || None);
    let recipe = Ingredients { fingerprint: Recipe::default().fingerprint(), now: &now, before: &before };
    let changed = "its port changed since the C dsynth built it: CRC 000000ab -> 00000001";
    let (no_rules, xx) = (Rules::default(), Rules { ignore_depends: true, ignore_recipe: true });
    let x = Rules { ignore_depends: true, ignore_recipe: false };
    let cases = [
        ("none", None, None, no_rules, ""),
        ("it holds", None, old(0xab), no_rules, ""),
        ("it does not", None, old(1), no_rules, changed),
        ("-x is about dependencies", None, old(1), x, changed),
        ("-xx", None, old(1), xx, ""),
        ("a trace knows better", trace(&recipe), old(1), no_rules, ""),
    ];
    for (name, trace, old, rules, reason) in cases {
        let recorded = Recorded { trace, package: Some(package.clone()), old, ..Recorded::default() };
        let said = match judge(&recipe, &Vec::new, &recorded, rules).verdict {
            Verdict::Fresh => String::new(),
            Verdict::Dirty(reasons) => reasons.iter().map(Reason::to_string).collect::<Vec<_>>().join(", "),
        };
        assert_eq!(said, reason, "{name}");
    }
    let missing = judge(&recipe, &Vec::new, &Recorded { old: old(1), ..Recorded::default() }, no_rules);
    assert_eq!(missing.verdict, Verdict::Dirty(vec![Reason::NeverBuilt]));
}

fn at(paths: &[&str]) -> Changes {
    Changes::of(paths.iter().map(|path| (*path).into()))
}

#[test]
fn only_what_is_near_a_change_is_looked_at() {
    let mut world = chain();
    world.plan(&["c/a"]);
    world.system.write("/p/c/b/Makefile", "PKGNAME=b-2\n");
    world.system.write("/p/c/c/files/patch-x", "two\n");
    assert_eq!(world.near(&["c/a"], at(&["/p/Mk/unread.mk", "/p/d"])), " | ");
    assert_eq!(world.near(&["c/a"], at(&["/p/c/c/files/patch-x"])), "evaluation fingerprint | c/c");
    // Whatever is below a directory that came or went.
    assert!(world.near(&["c/a"], at(&["/p/c"])).ends_with("| c/b"));
}

#[test]
fn what_changed_is_named_by_its_files() {
    let mut world = chain();
    world.plan(&["c/a"]);
    world.system.write("/p/c/b/Makefile", "PKGNAME=b-2\n");
    world.system.write("/p/c/b/files/new", "x");
    world.system.remove("/p/c/c/files/patch-x");
    world.system.touch("/p/c/a/Makefile");
    let files = ["/p/c/a/Makefile", "/p/c/b/Makefile", "/p/c/b/files/new", "/p/c/c/files/patch-x"];
    let changed: Vec<String> = world.db.take_over(&at(&files)).into_iter().map(String::from).collect();
    assert_eq!(changed, files[1..], "what was only touched is none of it");
    world.system.write("/p/c/b/Makefile", "PKGNAME=b-3\n");
    let changed: Vec<String> = world.db.take_over(&Changes::all()).into_iter().map(String::from).collect();
    assert_eq!(changed, ["/p/c/b"], "more is not known");
}

#[test]
fn options_that_come_later_are_seen() {
    let mut world = chain();
    world.system.write("/p/c/c/Makefile", ".exists /options/c_c/options\nPKGNAME=c-1\n");
    world.db.refresh();
    world.plan(&["c/a"]);
    world.system.write("/options/c_c/options", "OPTIONS_FILE_SET+=X\n");
    assert_eq!(world.near(&["c/a"], at(&["/options/c_c"])), "evaluation | c/c");
}

#[test]
fn a_port_that_cannot_be_read_is_asked_again_at_each_change() {
    let mut world = chain();
    world.plan(&["c/c"]);
    world.system.write("/p/other/x.mk", ".error\n");
    world.system.write("/p/c/c/Makefile", ".include /p/other/x.mk\nPKGNAME=c-1\n");
    assert!(world.near(&["c/c"], at(&["/p/c/c/Makefile"])).ends_with("| c/c"));
    // A make that failed does not say what it read: the file that is mended is no input of anything.
    world.system.write("/p/other/x.mk", "X=1\n");
    assert!(world.near(&["c/c"], at(&["/p/other/x.mk"])).ends_with("| c/c"));
    assert_eq!(world.near(&["c/c"], at(&["/p/elsewhere"])), " | ");
}

#[test]
fn a_port_that_fails_is_asked_again_when_what_it_read_changes() {
    let world = || {
        let world = World::new(&[
            PKG,
            ("Mk/check.mk", ".error\n"),
            ("c/a/Makefile", ".exists /p/c/x/fix\n.include /p/Mk/check.mk\nPKGNAME=a-1\n"),
        ]);
        world.evaluate("c/a").unwrap_err();
        world.system.take_asked();
        world
    };
    let cases = [("c/b/Makefile", ""), ("c/a/files/new", "c/a"), ("Mk/check.mk", "c/a"), ("c/x/fix", "c/a")];
    for (path, expected) in cases {
        let first = world();
        first.system.write(format!("/p/{path}"), "A=b\n");
        let second = World::over(first.system.clone(), first.saved.clone());
        let _ = second.evaluate("c/a");
        assert_eq!(second.system.take_asked().join(" "), expected, "after {path}");
    }
}

/// A host where somebody writes to the tree while `make` reads it, so many times.
struct Unquiet {
    host: MemorySystem,
    writes: AtomicUsize,
}

impl System for Unquiet {
    fn files(&self, path: &Utf8Path) -> Vec<(String, Contents)> {
        self.host.files(path)
    }

    fn file(&self, path: &Utf8Path) -> Option<Contents> {
        self.host.file(path)
    }

    fn directory(&self, path: &Utf8Path) -> Option<DirectoryContents> {
        self.host.directory(path)
    }

    fn link(&self, path: &Utf8Path) -> Option<Utf8PathBuf> {
        self.host.link(path)
    }

    fn names(&self, path: &Utf8Path) -> Option<Vec<Entry>> {
        self.host.names(path)
    }

    fn text(&self, path: &Utf8Path) -> Option<String> {
        self.host.text(path)
    }

    fn now(&self) -> i64 {
        self.host.now()
    }

    fn doubt(&self, changes: &Changes) {
        self.host.doubt(changes);
    }

    fn settled(&self, path: &Utf8Path, since: i64) -> bool {
        self.host.settled(path, since)
    }

    fn make(&self, query: &MakeQuery) -> Asked {
        let asked = self.host.make(query);
        let left = self.writes.load(Ordering::Relaxed);
        if left > 0 && query.directory.ends_with("c/a") {
            self.writes.store(left - 1, Ordering::Relaxed);
            self.host.write("/p/c/a/Makefile", format!("PKGNAME=a-{left}\n"));
        }
        asked
    }
}

#[test]
fn a_tree_that_changes_while_it_is_read_is_read_again_and_its_old_answer_is_not_kept() {
    let host = MemorySystem::default();
    host.write("/p/c/a/Makefile", "PKGNAME=a-0\n");
    host.write("/p/c/b/Makefile", "PKGNAME=b-0\n");
    let system = Arc::new(Unquiet { host, writes: AtomicUsize::new(2) });
    let saved = Arc::new(MemorySaved::default());
    let mut db = Database::new(system.clone(), saved.clone(), settings());
    let kept = |name: &str| saved.evaluation(&OriginSpec::parse(name).unwrap()).is_some();
    for (pkgname, moved) in [("a-0", true), ("a-2", true), ("a-1", false)] {
        let answer = |name: &str| (**evaluation(&db, Pkg::new(&db, OriginSpec::parse(name).unwrap()))).clone().unwrap();
        let (a, _) = (answer("c/a"), answer("c/b"));
        assert_eq!(a.pkgname, pkgname);
        assert_eq!(a.complaints.is_empty(), !moved, "{:?}", a.complaints);
        assert_eq!((db.take_moved(), kept("c/a"), kept("c/b")), (moved, !moved, true));
        db.refresh();
    }
    assert_eq!(system.host.take_asked(), ["c/a", "c/b", "c/a", "c/a"]);
}
