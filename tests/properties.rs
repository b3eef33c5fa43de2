//! Whatever is in a file, its reader says what it found or what is wrong, and never panics.

#![allow(unreachable_pub, reason = "a test has no public face")]

use std::fs;
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::collection::vec;
use proptest::prelude::*;

use dsynth::config::{Ini, IniError, Key, MakeConf, PackageSuffix, Profile, Settings, jail_make_conf, with_value};
use dsynth::model::{OriginSpec, Platform};
use dsynth::queries::depends::read_word;
use dsynth::queries::moved::{Destination, Moved};
use dsynth::queries::request::{Source, Target};
use dsynth::repo::read_facts;
use dsynth::session::targets;

fn few() -> ProptestConfig {
    ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() }
}

/// Bytes, half of the time made of pieces that mean something to the reader.
fn text_of(pieces: Vec<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop_oneof![
        4 => proptest::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ];
    prop_oneof![vec(any::<u8>(), 0..400), vec(pieces, 0..60).prop_map(|pieces| pieces.concat())]
}

fn ini_text() -> impl Strategy<Value = Vec<u8>> {
    let mut pieces: Vec<&str> = Key::ALL.map(Key::name).into();
    pieces.extend([
        "[Global Configuration]",
        "[LiveSystem]",
        "profile_selected",
        "[",
        "]",
        "=",
        "= ",
        ";",
        "#",
        "\n",
        "\n",
        "\n",
    ]);
    pieces.extend([
        "1",
        "true",
        "/a/b",
        "c/d:5",
        "0x",
        "-",
        "99999999999999999999",
        "48h",
        "64G",
        ".txz",
        "\r",
        "\u{feff}",
        "é",
    ]);
    text_of(pieces)
}

fn lines(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').count()
}

fn temporary(bytes: &[u8]) -> (tempfile::TempDir, Utf8PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(dir.path()).unwrap().join("file");
    fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// An archive with one member, as old as it can be: any tar will do.
fn package(manifest: &[u8]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(manifest.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append_data(&mut header, "+MANIFEST", manifest).unwrap();
    tar.into_inner().unwrap()
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_configuration_is_read_or_its_line_is_named(bytes in ini_text(), wanted in proptest::option::of("[A-Za-z/ ]{0,9}")) {
        let path = Utf8Path::new("/cfg/x.ini");
        match Ini::parse(path, &bytes) {
            Err(IniError::Syntax { line, .. }) => prop_assert!(1 <= line && line <= lines(&bytes)),
            Err(error) => prop_assert!(false, "{error}"),
            Ok(ini) => {
                let entries = ini.sections.iter().flat_map(|section| &section.entries);
                prop_assert!(entries.clone().all(|entry| entry.line <= lines(&bytes) && !entry.value.is_empty()));
                for wanted in [None, wanted.as_deref(), Some("LiveSystem")] {
                    if let Err(error) = Profile::from_ini(&ini, wanted) {
                        prop_assert!(!error.to_string().is_empty());
                    }
                }
            }
        }
    }

    #[test]
    fn a_value_comes_back_as_it_was_written(value in "[!\"$-:<-~][!-~]{0,5}( [!\"$-:<-~][!-~]{0,5}){0,3}") {
        let text = format!("[s]\nk= {value}");
        let ini = Ini::parse("x".into(), text.as_bytes()).unwrap();
        prop_assert_eq!(&ini.entries("s").last().unwrap().value, &value);
    }

    #[test]
    fn an_edit_changes_one_value_and_no_other(bytes in ini_text(), index in 0..Key::ALL.len(), value in "[!\"$-:<-~][!-~]{0,5}") {
        let (key, path) = (Key::ALL[index].name(), Utf8Path::new("x.ini"));
        let Ok(before) = Ini::parse(path, &bytes) else { return Ok(()) };
        let text = with_value(std::str::from_utf8(&bytes).unwrap(), "LiveSystem", key, &value);
        let after = Ini::parse(path, text.as_bytes()).unwrap();
        prop_assert_eq!(&after.entries("LiveSystem").filter(|entry| entry.key == key).last().unwrap().value, &value);
        let others = |ini: &Ini| {
            let sections = ini.sections.iter().filter(|section| !section.entries.is_empty());
            let entries = sections.flat_map(|section| section.entries.iter().map(|entry| (section.name.clone(), entry.clone())));
            let others = entries.filter(|(name, entry)| !(name == "LiveSystem" && entry.key == key));
            others.map(|(name, entry)| (name, entry.key, entry.value)).collect::<Vec<_>>()
        };
        prop_assert_eq!(others(&before), others(&after));
    }

    #[test]
    fn each_line_of_a_list_is_a_port_or_is_told(
        bytes in text_of(vec!["c/a", "devel/git", "@", "flavor", "/", " ", "\t", "#", "\n", "\n", "..", "-", "/p/", "\0"])
    ) {
        let (_dir, path) = temporary(&bytes);
        let words = String::from_utf8_lossy(&bytes).lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).filter(|word| !word.starts_with('#')).count();
        match targets::read(&[path.to_string()], "/p".into()) {
            Ok((request, notices)) => {
                prop_assert_eq!(request.targets.len() + notices.len(), words);
                prop_assert!(request.targets.iter().all(|target| target.source == Source::List));
            }
            Err(error) => prop_assert!(error.to_string().starts_with("no ports given"), "{}", error),
        }
    }

    #[test]
    fn what_is_read_of_a_port_can_be_read_again(text in "\\PC{0,30}|[a-z]{1,3}/[a-z-]{1,4}(@[a-z0-9-]{0,3})?") {
        if let Ok(spec) = OriginSpec::parse(&text) {
            prop_assert_eq!(OriginSpec::parse(&spec.to_string()), Ok(spec.clone()));
            prop_assert!(!spec.log_name().contains('/') && spec.origin.as_str().split('/').count() == 2);
        }
        let _ = Target::parse(&text, "/p".into(), Source::Argument);
    }

    #[test]
    fn a_dependency_word_names_a_port_that_is_in_it(
        word in "\\PC{0,40}|[a-z.>=0-9]{0,6}:(/p/|/p)?[a-z]{0,3}/[a-z]{0,3}(@[a-z]{0,3})?(:[a-z]{0,5})?"
    ) {
        match read_word(&word, "/p".into()) {
            Ok(Some(spec)) => prop_assert!(word.contains(&spec.to_string()), "{} is not in {}", spec, word),
            Ok(None) => prop_assert!(word.to_lowercase().contains("nonexistent"), "{}", word),
            Err(error) => prop_assert_eq!(error.word, word),
        }
    }

    #[test]
    fn moves_are_followed_to_an_end(
        bytes in text_of(vec!["c/a", "c/b", "c/c", "c/a@f", "|", "|", "|", "\n", "\n", "2024-01-01", "gone", "#"])
    ) {
        let moved = Moved::read(&String::from_utf8_lossy(&bytes));
        for port in ["c/a", "c/b", "c/a@f"] {
            let port = OriginSpec::parse(port).unwrap();
            if let Some(Destination::To(to)) = moved.follow(&port) {
                prop_assert_ne!(to, port);
            }
        }
    }

    #[test]
    fn a_package_says_what_it_is_or_what_is_wrong(
        bytes in text_of(vec!["{", "}", "[", "]", "\"name\":\"a\"", "\"version\":", "\"1\"", "\"origin\":\"c/a\"", ",", ":", "\"deps\":", "\"files\":", "null", "1e999", "\\u0000", "\"annotations\":{\"flavor\":\"f\"}"])
    ) {
        for content in [package(&bytes), bytes.clone()] {
            let (_dir, path) = temporary(&content);
            match read_facts(&path) {
                Ok(facts) => prop_assert!(!facts.name.is_empty() && !facts.origin.is_empty()),
                Err(error) => prop_assert!(error.to_string().contains(path.as_str()), "{}", error),
            }
        }
    }

    #[test]
    fn a_package_that_was_whole_is_read_whatever_became_of_its_end(cut in 0_usize..3000, noise in vec(any::<u8>(), 0..9)) {
        let mut content = package(br#"{"name":"a","version":"1","origin":"c/a","files":{"/x":"1$00"}}"#);
        content.truncate(cut);
        content.extend(&noise);
        let (_dir, path) = temporary(&content);
        if let Err(error) = read_facts(&path) {
            prop_assert_eq!(error.to_string().lines().count(), 1, "one line: {}", error);
        }
    }

    #[test]
    fn the_users_make_conf_stays_whole_before_dsynths_lines(
        bytes in text_of(vec!["WITH_DEBUG", "=", "+=", "?=", "yes", "\n", "\\", ".if", ".endif", "#", "X", " ", "\t", "é"])
    ) {
        let (_dir, path) = temporary(&bytes);
        let platform = Platform { os: "FreeBSD".into(), release: "14.1".into(), version: 1401000, arch: "amd64".into(), machine: "amd64".into() };
        let settings = Settings { platform: &platform, suffix: PackageSuffix::Txz, pkg_version: None, developer: false, ccache: false, jobs: 1, foreign: false };
        match MakeConf::load(&path) {
            Ok(make_conf) => {
                let text = jail_make_conf(&make_conf.text, &settings);
                prop_assert!(text.as_bytes().starts_with(&bytes) && text.contains("\nMAKE_JOBS_NUMBER=1\n"));
                if make_conf.with_debug() {
                    prop_assert!(make_conf.text.contains("WITH_DEBUG"));
                }
            }
            Err(error) => prop_assert!(error.to_string().contains("not UTF-8"), "{}", error),
        }
    }
}

#[test]
fn a_list_may_be_cut_anywhere() {
    let whole = "devel/git  1.0 remark\n# c\nlang/python@py39";
    for end in 0..=whole.len() {
        let (_dir, path) = temporary(b"");
        fs::File::create(&path).unwrap().write_all(&whole.as_bytes()[..end]).unwrap();
        let _ = targets::read(&[path.to_string()], "/p".into());
    }
}
