//! What other programs read of a report.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Report;
use super::book::Book;
use crate::model::samples::{built, failed, ignored, secs, skipped, spec, started};
use crate::model::{Event, Failure, HostLoad, Phase, SlotId, Summary};
use crate::view::{About, Picture, RunView};

fn run() -> Event {
    Event::RunStarted { run: Uuid::nil(), queued: 9, workers: 3, limit: 3 }
}

/// A directory, and a book whose clock is at zero on new year's eve.
fn book() -> (tempfile::TempDir, Utf8PathBuf, Book) {
    let dir = tempfile::tempdir().unwrap();
    let logs = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
    let report = logs.join("Report");
    let about = About { profile: "A \"quoted\" profile".into(), directive: "build".into(), logs };
    let book = Book::new(RunView::of(about), "2025-12-31T23:59:50Z".parse::<Timestamp>().unwrap());
    (dir, report, book)
}

/// Each event so many seconds after the book's zero, and the look at the clock that follows.
fn write(book: &mut Book, events: impl IntoIterator<Item = (u64, Event)>) {
    for (at, event) in events {
        book.hear(&event, secs(at)).unwrap();
        book.write(secs(at)).unwrap();
    }
}

fn read(dir: &Utf8Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

fn names(dir: &Utf8Path) -> Vec<String> {
    let mut names: Vec<String> =
        dir.read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned()).collect();
    names.retain(|name| name.ends_with(".json") || name.ends_with(".new"));
    names.sort();
    names
}

fn script() -> Vec<(u64, Event)> {
    vec![
        (15, run()),
        (15, ignored("c/no", "says: \"no\"\nand \\ means it", 2)),
        (16, Event::Broken { spec: spec("c/gone"), reason: "not in the tree".into() }),
        (16, Event::Fresh { spec: spec("c/fresh") }),
        (20, started(0, "lang/python@py39")),
        (20, started(1, "c/bad")),
        (21, Event::PhaseStarted { slot: SlotId(0), spec: spec("lang/python@py39"), phase: Phase::InstallPkgs }),
        (22, Event::Output { slot: SlotId(0), lines: 12 }),
        (22, Event::Memory { slot: SlotId(0), bytes: 3 << 20 }),
        (747, failed(1, "c/bad", Failure::Exit(1), 12)),
        (747, skipped("c/late", "c/between->c/bad")),
        (748, failed(1, "c/alone", Failure::Exit(1), 0)),
        (749, Event::Host(HostLoad { load: [2.25, 1.0, 0.5], swap: Some(7.125), free: 1 << 30 })),
    ]
}

#[test]
fn the_history_has_the_fields_of_dsynth() {
    let (_kept, dir, mut book) = book();
    write(&mut book, script());
    assert_snapshot!(read(&dir, "01_history.json"), @r#"
    [
      {
       "entry":1
       ,"elapsed":"00:00:00"
       ,"ID":"-1"
       ,"result":"ignored"
       ,"origin":"c/no"
       ,"info":"says: \"no\"\nand \\ means it:|:2"
       ,"duration":""
      }
      ,{
       "entry":2
       ,"elapsed":"00:12:12"
       ,"ID":"01"
       ,"result":"failed"
       ,"origin":"c/bad"
       ,"info":"build: 12"
       ,"duration":"00:12:05"
      }
      ,{
       "entry":3
       ,"elapsed":"00:12:12"
       ,"ID":"-1"
       ,"result":"skipped"
       ,"origin":"c/late"
       ,"info":"c/between->c/bad"
       ,"duration":""
      }
      ,{
       "entry":4
       ,"elapsed":"00:12:13"
       ,"ID":"01"
       ,"result":"failed"
       ,"origin":"c/alone"
       ,"info":"build:"
       ,"duration":"00:12:05"
      }
    ]
    "#);
}

#[test]
fn the_summary_has_the_fields_of_dsynth() {
    let (_kept, dir, mut book) = book();
    write(&mut book, script().into_iter().take(1));
    assert!(read(&dir, "summary.json").contains("\"elapsed\":\"Shutdown\"\n     ,\"phase\":\"\""));
    write(&mut book, script().into_iter().skip(1));
    book.write(secs(360_000)).unwrap();
    assert_snapshot!(read(&dir, "summary.json"), @r#"
    {
      "profile":"A \"quoted\" profile"
      ,"kickoff":" 01-Jan-2026 00:00:05 UTC"
      ,"kfiles":1
      ,"active":1
      ,"stats":{
        "queued":8
        ,"built":0
        ,"failed":2
        ,"ignored":1
        ,"skipped":1
        ,"remains":3
        ,"meta":0
        ,"elapsed":" 99:59:45"
        ,"pkghour":0
        ,"impulse":0
        ,"swapinfo":"  7.1"
        ,"load":"  2.2"
      }
      ,"builders":[
      {
         "ID":"00"
         ,"elapsed":" 99:59:40"
         ,"phase":"install-pkgs"
         ,"origin":"lang/python@py39"
         ,"lines":"12"
      }
      ,{
         "ID":"01"
         ,"elapsed":" --:--:--"
         ,"phase":"Idle"
         ,"origin":""
         ,"lines":""
      }
      ,{
         "ID":"02"
         ,"elapsed":" --:--:--"
         ,"phase":"None"
         ,"origin":""
         ,"lines":""
      }
      ]
    }
    "#);
}

#[test]
fn the_summary_is_written_every_ten_seconds_at_the_start_and_at_the_end() {
    let (_kept, dir, mut book) = book();
    let elapsed = |dir: &Utf8Path| {
        let summary: Value = serde_json::from_str(&read(dir, "summary.json")).unwrap();
        (summary["active"].as_u64().unwrap(), summary["stats"]["elapsed"].as_str().unwrap().to_owned())
    };
    write(&mut book, [(100, run())]);
    assert_eq!(elapsed(&dir), (1, " 00:00:00".into()));
    for (at, expected) in [(109, 0), (110, 10), (119, 10), (121, 21), (130, 21)] {
        book.write(secs(at)).unwrap();
        assert_eq!(elapsed(&dir), (1, format!(" 00:00:{expected:02}")), "{at}");
    }
    write(&mut book, [(133, Event::RunEnded { summary: Summary::default() })]);
    book.write(secs(999)).unwrap();
    assert_eq!(elapsed(&dir), (0, " 00:00:33".into()));
}

#[test]
fn a_history_file_ends_after_fifty_thousand_bytes() {
    let (_kept, dir, mut book) = book();
    let many = (0..700).map(|number| (20, skipped(&format!("c/p{number}"), "c/bad")));
    write(&mut book, std::iter::once((10, run())).chain(many));
    assert_eq!(names(&dir), ["01_history.json", "02_history.json", "03_history.json", "summary.json"]);
    let sizes = ["01", "02", "03"].map(|number| read(&dir, &format!("{number}_history.json")).len());
    assert!((50_001..50_200).contains(&sizes[0]) && (50_001..50_200).contains(&sizes[1]), "{sizes:?}");
    // As many as the summary names, one after the other, as the C program's page asks for them.
    write(&mut book, [(30, Event::RunEnded { summary: Summary::default() })]);
    let rows = rows_of_the_c_page(&dir);
    assert_eq!(rows.len(), 700);
    assert_eq!([&rows[0][0], &rows[699][0]], ["1", "700"]);
}

/// The rows of the table of the C program's `progress.js`.
fn rows_of_the_c_page(dir: &Utf8Path) -> Vec<[String; 8]> {
    let summary: Value = serde_json::from_str(&read(dir, "summary.json")).unwrap();
    let files = (1..=summary["kfiles"].as_u64().unwrap()).map(|file| {
        let entries: Vec<Value> = serde_json::from_str(&read(dir, &format!("{file:02}_history.json"))).unwrap();
        entries
    });
    files.flatten().map(|entry| row(&entry)).collect()
}

fn row(entry: &Value) -> [String; 8] {
    let text = |name: &str| entry[name].as_str().unwrap().to_owned();
    let (result, info) = (text("result"), text("info"));
    let (told, skips) = match result.as_str() {
        "built" => ("logfile".into(), String::new()),
        "failed" => {
            let parts: Vec<&str> = info.split(':').collect();
            (format!("Failed {} phase (logfile)", parts[0]), parts[1].to_owned())
        }
        "skipped" => (format!("Issue with {info}"), String::new()),
        "ignored" => {
            let parts: Vec<&str> = info.split(":|:").collect();
            (parts[0].to_owned(), parts[1].to_owned())
        }
        other => panic!("the C page has no words for {other}"),
    };
    let entry = entry["entry"].as_u64().unwrap().to_string();
    [entry, text("elapsed"), format!("[{}]", text("ID")), result, text("origin"), told, skips, text("duration")]
}

#[test]
fn the_page_of_the_c_program_can_read_it() {
    let (_kept, dir, mut book) = book();
    let ended = Event::RunEnded { summary: Summary::default() };
    write(&mut book, script().into_iter().chain([(800, built(0, "lang/python@py39", 780)), (801, ended)]));
    let rows: Vec<String> = rows_of_the_c_page(&dir).iter().map(|row| row.join(" | ")).collect();
    assert_snapshot!(rows.join("\n"), @r#"
    1 | 00:00:00 | [-1] | ignored | c/no | says: "no"
    and \ means it | 2 | 
    2 | 00:12:12 | [01] | failed | c/bad | Failed build phase (logfile) |  12 | 00:12:05
    3 | 00:12:12 | [-1] | skipped | c/late | Issue with c/between->c/bad |  | 
    4 | 00:12:13 | [01] | failed | c/alone | Failed build phase (logfile) |  | 00:12:05
    5 | 00:13:05 | [00] | built | lang/python@py39 | logfile |  | 00:13:00
    "#);
}

#[test]
fn a_new_run_begins_with_a_new_report() {
    let (_kept, dir, mut book) = book();
    fs::create_dir_all(&dir).unwrap();
    for name in ["07_history.json", "summary.json", "mine.txt"] {
        fs::write(dir.join(name), "old").unwrap();
    }
    write(&mut book, [(10, run()), (11, built(0, "c/a", 1))]);
    write(&mut book, [(20, Event::RunStarted { run: Uuid::max(), queued: 1, workers: 1, limit: 1 })]);
    assert_eq!(names(&dir), ["summary.json"]);
    assert_eq!(read(&dir, "mine.txt"), "old");
    write(&mut book, [(21, built(0, "c/b", 1))]);
    let history: Value = serde_json::from_str(&read(&dir, "01_history.json")).unwrap();
    assert_eq!((history[0]["entry"].as_u64(), history[0]["elapsed"].as_str()), (Some(1), Some("00:00:01")));
}

/// A report of a run whose logs are in `logs`.
fn report(logs: &Utf8Path) -> (Arc<Picture>, Report) {
    let about = About { logs: logs.into(), ..About::default() };
    let picture = Arc::new(Picture::new(RunView::of(about), Duration::ZERO));
    let report = Report::new(&picture);
    (picture, report)
}

#[test]
fn a_report_that_cannot_be_written_is_told_once_and_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let dir = Utf8Path::from_path(dir.path()).unwrap();
    fs::write(dir.join("Report"), "a file").unwrap();
    let (picture, report) = report(dir);
    picture.hear(&run());
    picture.hear(&built(0, "c/a", 1));
    let trouble = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(10));
        report.trouble()
    });
    let trouble = trouble.take(1000).flatten().next().unwrap();
    assert!(trouble.starts_with(&format!("cannot write the report in `{dir}/Report`: ")), "{trouble}");
    picture.hear(&Event::RunEnded { summary: Summary::default() });
    let later = Arc::clone(&report.trouble);
    drop(report);
    assert_eq!(*later.lock().unwrap(), None);
}

#[test]
fn what_was_heard_is_written_when_the_report_ends() {
    let dir = tempfile::tempdir().unwrap();
    let dir = Utf8Path::from_path(dir.path()).unwrap();
    let (picture, report) = report(dir);
    [run(), built(0, "c/a", 1), Event::RunEnded { summary: Summary::default() }].iter().for_each(|e| picture.hear(e));
    drop(report);
    assert_eq!(names(&dir.join("Report")), ["01_history.json", "summary.json"]);
}

#[test]
fn a_picture_that_is_closed_ends_its_report() {
    let dir = tempfile::tempdir().unwrap();
    let (picture, mut report) = report(Utf8Path::from_path(dir.path()).unwrap());
    picture.close();
    report.thread.take().unwrap().join().unwrap();
}
