//! `explain`: reasons down to the file, the value or the package that changed.

use std::collections::{BTreeMap, BTreeSet};

use dsynth::config::Profile;
use dsynth::model::{Stop, Trace};
use dsynth::queries::inputs::Rules;
use dsynth::session::build::BuildOptions;
use dsynth::session::fresh::Fresh;
use dsynth::session::{Session, targets};
use insta::assert_snapshot;
use uuid::Uuid;

use crate::world::World;

/// When the builds of these tests began: 2026-01-02 03:04:05 UTC.
const BEGAN: u128 = 1_767_323_045_000;

/// As if all that `ports` need had been built just now.
fn built(world: &World, ports: &[&str]) {
    let profile = Profile::load(Some(&world.base.join("cfg")), None, None).unwrap();
    let session = Session::open(profile, "test").unwrap();
    let words: Vec<String> = ports.iter().map(|port| (*port).to_owned()).collect();
    let (request, _) = targets::read(&words, &session.profile.portsdir).unwrap();
    let (planner, plan) = session.plan(&request, &BuildOptions::default(), &Stop::default(), &|_| ()).unwrap();
    let (forced, rules) = (BTreeSet::new(), Rules::default());
    let fresh = Fresh {
        plan: plan.clone(),
        recipes: planner.recipes(&plan),
        store: &session.store,
        packages: &session.packages,
        old: BTreeMap::new(),
        forced,
        rules,
    };
    for (n, id) in plan.ids().enumerate() {
        let job = plan.job(id);
        let package =
            session.packages.repository.put(&job.pkgfile, &mut &*package(&job.pkgname, &job.spec.to_string())).unwrap();
        let build = Uuid::from_u128((BEGAN << 80) | (0x7000_8000_0000_0000_0000 + n as u128));
        let (recipe, depends, pkgfile) = (job.recipe, fresh.depend_traces(job), job.pkgfile.clone());
        let trace = Trace { build: Some(build), recipe, depends, pkgfile, package };
        session.store.put_trace(&job.spec, &trace, &fresh.recipe(&job.spec)).unwrap();
    }
    session.packages.save(&session.store).unwrap();
}

fn package(pkgname: &str, origin: &str) -> Vec<u8> {
    let (name, version) = pkgname.rsplit_once('-').unwrap();
    let manifest = format!(r#"{{"name":"{name}","version":"{version}","origin":"{origin}","files":{{}}}}"#);
    let mut builder = tar::Builder::new(Vec::new());
    for member in ["+COMPACT_MANIFEST", "+MANIFEST"] {
        let mut header = tar::Header::new_ustar();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, member, manifest.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// `c/top` runs `c/mid`, which is linked with `c/low`; `c/two` runs both.
fn tower() -> World {
    let world = World::with(&[
        ("c/low", "CONFIGURE_ARGS=\t--fast"),
        ("c/mid", "LIB_DEPENDS=\tlibx.so:c/low"),
        ("c/top", "RUN_DEPENDS=\tmid>0:c/mid"),
        ("c/two", "RUN_DEPENDS=\tmid>0:c/mid low>0:c/low"),
    ]);
    world.write("ports/c/low/files/patch-a", b"a\n");
    world.write("ports/c/low/files/patch-b", b"b\n");
    world
}

#[test]
fn what_was_never_built_says_so() {
    let world = tower();
    assert_snapshot!(world.answer(&["explain", "c/top"]), @"
    c/top: to be built
      never built
    ");
    assert!(!world.base.join("build/dsynth.redb").exists(), "to explain makes no database");
}

#[test]
fn what_is_up_to_date_names_the_build_that_made_it() {
    let world = tower();
    built(&world, &["c/top"]);
    assert_snapshot!(world.answer(&["explain", "c/top", "c/low"]), @"
    c/low: up to date: its package low-1.pkg was made from the same recipe, by build 019b7ca9-8c88-7000-8000-000000000001 on 2026-01-02 03:04:05
    c/top: up to date: its package top-1.pkg was made from the same recipe, by build 019b7ca9-8c88-7000-8000-000000000003 on 2026-01-02 03:04:05
    ");
    assert_snapshot!(world.answer(&["explain", "--json", "c/top"]), @r#"
    {
      "ports": [
        {
          "port": "c/top",
          "package": "top-1.pkg",
          "asked": true,
          "state": "fresh",
          "text": "its package top-1.pkg was made from the same recipe, by build 019b7ca9-8c88-7000-8000-000000000003 on 2026-01-02 03:04:05",
          "build": "019b7ca9-8c88-7000-8000-000000000003",
          "began": "2026-01-02T03:04:05Z"
        }
      ]
    }
    "#);
}

#[test]
fn a_package_that_nobody_recorded_counts_as_up_to_date() {
    let world = tower();
    built(&world, &["c/low"]);
    std::fs::remove_file(world.base.join("build/dsynth.redb")).unwrap();
    assert_snapshot!(world.answer(&["explain", "c/low"]), @"c/low: up to date: its package low-1.pkg was found without a record and taken for up to date");
}

#[test]
fn reasons_go_down_to_the_files_and_values_that_changed() {
    let world = tower();
    built(&world, &["c/two", "c/top"]);
    world.port("c/low", "2", "CONFIGURE_ARGS=\t--safe");
    world.write("ports/c/low/files/patch-b", b"other\n");
    world.write("ports/c/low/files/patch-c", b"c\n");
    std::fs::remove_file(world.base.join("ports/c/low/files/patch-a")).unwrap();
    assert_snapshot!(world.answer(&["explain", "c/top", "c/two"]), @"
    c/top: to be built
      dependency c/mid: the contents of mid-1 changed
        c/mid: to be built
          dependency c/low: low-1 -> low-2
            c/low: to be built
              port c/low changed
                Makefile changed
                files/patch-a is gone
                files/patch-b changed
                files/patch-c is new
              value PKGNAME changed: `low-1` -> `low-2`
              value CONFIGURE_ARGS changed: `--fast` -> `--safe`
              value PLIST_SUB changed: `PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=1 DATADIR=share/low` -> `PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=2 DATADIR=share/low`
    c/two: to be built
      dependency c/mid: the contents of mid-1 changed
        c/mid: to be built, see above
      dependency c/low: low-1 -> low-2
        c/low: to be built, see above
    ");
    assert_snapshot!(world.answer(&["explain", "--json", "c/top"]), @r#"
    {
      "ports": [
        {
          "port": "c/low",
          "package": "low-2.pkg",
          "asked": false,
          "state": "dirty",
          "reasons": [
            {
              "reason": "recipe",
              "text": "port c/low changed",
              "kind": "port",
              "name": "c/low",
              "files": [
                {
                  "name": "Makefile",
                  "change": "changed"
                },
                {
                  "name": "files/patch-a",
                  "change": "gone"
                },
                {
                  "name": "files/patch-b",
                  "change": "changed"
                },
                {
                  "name": "files/patch-c",
                  "change": "new"
                }
              ]
            },
            {
              "reason": "recipe",
              "text": "value PKGNAME changed: `low-1` -> `low-2`",
              "kind": "value",
              "name": "PKGNAME",
              "old": "low-1",
              "new": "low-2"
            },
            {
              "reason": "recipe",
              "text": "value CONFIGURE_ARGS changed: `--fast` -> `--safe`",
              "kind": "value",
              "name": "CONFIGURE_ARGS",
              "old": "--fast",
              "new": "--safe"
            },
            {
              "reason": "recipe",
              "text": "value PLIST_SUB changed: `PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=1 DATADIR=share/low` -> `PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=2 DATADIR=share/low`",
              "kind": "value",
              "name": "PLIST_SUB",
              "old": "PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=1 DATADIR=share/low",
              "new": "PREFIX=/usr/local LOCALBASE=/usr/local PORTNAME=low PORTVERSION=2 DATADIR=share/low"
            }
          ]
        },
        {
          "port": "c/mid",
          "package": "mid-1.pkg",
          "asked": false,
          "state": "dirty",
          "reasons": [
            {
              "reason": "dependency",
              "text": "dependency c/low: low-1 -> low-2",
              "name": "c/low",
              "old": "low-1",
              "new": "low-2"
            }
          ]
        },
        {
          "port": "c/top",
          "package": "top-1.pkg",
          "asked": true,
          "state": "dirty",
          "reasons": [
            {
              "reason": "dependency",
              "text": "dependency c/mid: the contents of mid-1 changed",
              "name": "c/mid",
              "old": "mid-1",
              "new": "mid-1"
            }
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(world.answer(&["-x", "explain", "c/mid"]), @"c/mid: up to date: its package mid-1.pkg was made from the same recipe, by build 019b7ca9-8c88-7000-8000-000000000002 on 2026-01-02 03:04:05");
}

#[test]
fn a_package_that_is_gone_or_broken_is_named() {
    let world = tower();
    built(&world, &["c/top"]);
    std::fs::remove_file(world.base.join("packages/All/mid-1.pkg")).unwrap();
    world.write("packages/All/low-1.pkg", b"no package");
    let ran = world.run(&["explain", "c/mid", "c/low"]);
    assert_snapshot!(format!("{}{}", ran.stdout, ran.stderr), @"
    c/low: to be built
      its package low-1.pkg is missing
    c/mid: to be built
      its package mid-1.pkg is missing
    cannot read the package `W/packages/All/low-1.pkg`: it is no archive that dsynth knows; build the port again; it counts as missing
    ");
}

#[test]
fn what_will_never_be_built_leads_to_the_culprit() {
    let world = tower();
    world.port("c/no", "1", "IGNORE=\tnot here");
    world.port("c/wants", "1", "RUN_DEPENDS=\tno>0:c/no");
    world.port("c/more", "1", "RUN_DEPENDS=\tw>0:c/wants");
    assert_snapshot!(world.answer(&["explain", "c/more"]), @"
    c/more: skipped due to c/wants->c/no
      c/wants: skipped due to c/no
        c/no: ignored: not here
    ");
    assert_snapshot!(world.answer(&["explain", "--json", "c/wants"]), @r#"
    {
      "ports": [
        {
          "port": "c/no",
          "package": "no-1.pkg",
          "asked": false,
          "state": "ignored",
          "text": "ignored: not here"
        },
        {
          "port": "c/wants",
          "package": "wants-1.pkg",
          "asked": true,
          "state": "skipped",
          "text": "skipped due to c/no",
          "because_of": [
            "c/no"
          ]
        }
      ]
    }
    "#);
    let ran = world.run(&["explain"]);
    assert_snapshot!(format!("{} {}", ran.status, ran.stderr), @"1 dsynth: no ports given: name some as category/name[@flavor], or a file that lists them");
}
