//! What the display looks like, at sizes that people have.

use std::time::Duration;

use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::model::samples::spec;
use crate::model::{Event, HostLoad, Phase, SlotId};
use crate::ui::samples;
use crate::view::{About, RunView};

const ASCII: Look = Look { color: false, utf8: false };
const UTF8: Look = Look { color: true, utf8: true };

/// A run of twelve minutes in which something is being built.
fn running() -> RunView {
    let mut view = RunView::of(About { profile: "Live".into(), directive: "build".into(), logs: "/logs".into() });
    let host = HostLoad { load: [3.25, 2.5, 1.0], swap: None, free: 5 << 30 };
    let busy = [Event::Host(host)].into_iter().chain(samples::run().into_iter().take_while(|event| {
        // Up to there both slots had their jobs.
        !matches!(event, Event::Skipped { .. })
    }));
    let python = spec("lang/python@py39");
    let more = [
        samples::started(0, "lang/python@py39", 1, 2),
        Event::PhaseStarted { slot: SlotId(0), spec: python.clone(), phase: Phase::Build },
        Event::Output { slot: SlotId(0), lines: 12_345 },
        Event::Adjusted { load: 9.0, swap: 0.0, memory: 0, limits: [1; 3], from: 2, to: 1 },
    ];
    busy.chain(more).zip(0..).for_each(|(event, second)| view.hear(&event, Duration::from_secs(second * 20)));
    view
}

fn scanning() -> RunView {
    let mut view = RunView::of(About { profile: "Live".into(), directive: "everything".into(), logs: "/logs".into() });
    for (done, second) in [(500, 0), (10_370, 12)] {
        view.hear(&Event::Scanned { done, total: 22_863 }, Duration::from_secs(second));
    }
    view
}

fn drawn(view: &RunView, state: &State, look: Look, (width, height): (u16, u16)) -> Terminal<TestBackend> {
    let moment = Moment::of(view, Duration::from_secs(720), None);
    let text = Text { of: None, lines: last_lines(view) };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(&moment, state, &text, look, frame.buffer_mut())).unwrap();
    terminal
}

/// Rows of text, with `|` where the terminal ends.
fn rows(view: &RunView, look: Look, size: (u16, u16)) -> String {
    let terminal = drawn(view, &State::new(Role::Run), look, size);
    let buffer = terminal.backend().buffer();
    let row = |row: &[ratatui::buffer::Cell]| row.iter().map(|cell| cell.symbol()).collect::<String>() + "|";
    buffer.content().chunks(size.0.into()).map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn at_80_columns_every_field_is_where_it_has_always_been() {
    assert_snapshot!(rows(&running(), ASCII, (80, 24)), @"
     Total 8       Built 2      Ignored 1      Load   3.2  Pkg/hour 16     Lim 1    |
      Left 3      Failed 1      Skipped 0      Swap     -   Impulse 18     00:10:40 |
    =============================================================================== |
     ID  Duration  Build Phase      Origin                                    Lines |
    =============================================================================== |
     00  00:06:20  build            lang/python@py39                          12345 |
     01  --:--:--  Idle                                                             |
    == build Live ======================================================= ?: keys = |
    [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G |
    [000] FAILURE c/bad 12                                           build 00:12:05 |
    [000] START   c/bad                                idep=00 depi=12/03 dep=0.25G |
    [001] SUCCESS multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor 10|
    [000] SUCCESS lang/python@py39                                         00:01:02 |
    [001] START   multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor id|
    [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G |
    [XXX] c/gone lost in the ether: not in the tree                                 |
    [XXX] c/no 2 ignored due to is marked as broken                                 |
    c/odd: malformed `x:`                                                           |
    pkg is taken from the repository                                                |
                                                                                    |
                                                                                    |
                                                                                    |
                                                                                    |
                                                                                    |
    ");
}

#[test]
fn a_wide_terminal_shows_more_of_names_and_of_the_machine() {
    assert_snapshot!(rows(&running(), UTF8, (120, 40)), @"
     Total 8       Built 2      Ignored 1      Load   3.2  Pkg/hour 16     Lim 1       Free 5.0G                            |
      Left 3      Failed 1      Skipped 0      Swap     -   Impulse 18     00:10:40    Load 2.5 1.0                         |
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── |
     ID  Duration  Build Phase      Origin                                                                            Lines |
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── |
     00  00:06:20  build            lang/python@py39                                                                  12345 |
     01  --:--:--  Idle                                                                                                     |
    ── build Live ─────────────────────────────────────────────────────────────────────────────────────────────── ?: keys ─ |
    [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G                                         |
    [000] FAILURE c/bad 12                                           build 00:12:05                                         |
    [000] START   c/bad                                idep=00 depi=12/03 dep=0.25G                                         |
    [001] SUCCESS multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor 100:00:00                                 |
    [000] SUCCESS lang/python@py39                                         00:01:02                                         |
    [001] START   multimedia/a-port-with-a-name-that-leaves-no-room-at-all@flavor idep=112 depi=1234/03 dep=0.25G           |
    [000] START   lang/python@py39                     idep=01 depi=02/03 dep=0.25G                                         |
    [XXX] c/gone lost in the ether: not in the tree                                                                         |
    [XXX] c/no 2 ignored due to is marked as broken                                                                         |
    c/odd: malformed `x:`                                                                                                   |
    pkg is taken from the repository                                                                                        |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
    ");
}

#[test]
fn a_small_terminal_shows_what_matters() {
    assert_snapshot!(rows(&running(), ASCII, (40, 10)), @"
     00:10:40  Left 3  Built 2  Failed 1    |
     Load 3.2  Pkg/h 16  Skip 0  Ign 1      |
    00 00:06:20 build    lang/python@py39   |
    01 --:--:-- Idle                        |
    == build Live =============== ?: keys = |
    [000] START   lang/python@py39          |
    [000] FAILURE c/bad 12                  |
    [000] START   c/bad                     |
    [001] SUCCESS multimedia/a-port-with-a-n|
    [000] SUCCESS lang/python@py39          |
    ");
}

#[test]
fn a_scan_shows_when_it_will_be_done() {
    assert_snapshot!(rows(&scanning(), UTF8, (120, 16)), @"
     Total 0       Built 0      Ignored 0      Load     -  Pkg/hour 0                                                       |
      Left 0      Failed 0      Skipped 0      Swap     -   Impulse 0      00:00:00                                         |
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── |
     ID  Duration  Build Phase      Origin                                                                            Lines |
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── |
     Scan  45.4% 00:15:11 left  10370 of 22863 ports, 14 a second  █████████████████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ |
    ── everything Live ────────────────────────────────────────────────────────────────────────────────────────── ?: keys ─ |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
                                                                                                                            |
    ");
    assert_snapshot!(rows(&scanning(), ASCII, (40, 6)), @"
     00:00:00  Left 0  Built 0  Failed 0    |
     Load -  Pkg/h 0  Skip 0  Ign 0  Swap - |
     Scan  45.4% 00:15:11 left  ####....... |
    == everything Live ========== ?: keys = |
                                            |
                                            |
    ");
}

#[test]
fn keys_are_explained_at_any_size() {
    let state = State { help: true, ..State::new(Role::Run) };
    let terminal = drawn(&running(), &state, ASCII, (40, 10));
    assert_snapshot!(terminal.backend(), @r#"
    " Up Down    choose a slot               "
    " Enter      its log, and back           "
    " PgUp PgDn  scroll the log              "
    " Home End   its ends                    "
    " s          finish builds, begin no more"
    " ^C         stop; twice: at once        "
    " ^Z         leave the screen; fg: back  "
    "                                        "
    "                                        "
    "                                        "
    "#);
}

#[test]
fn a_port_s_log_grows_at_the_bottom_and_a_run_s_at_the_top() {
    let text = |of: Option<&str>| Text {
        of: of.map(str::to_owned),
        lines: ["newest", "older"].map(|text| LogLine::new(LogKind::Results, text)).into(),
    };
    let shown = |follows, of| {
        let state = State { follows, ..State::new(Role::Run) };
        let moment = Moment::of(&running(), Duration::from_secs(720), Some(StopReason::Finish));
        let mut terminal = Terminal::new(TestBackend::new(40, 10)).unwrap();
        terminal.draw(|frame| draw(&moment, &state, &text(of), ASCII, frame.buffer_mut())).unwrap();
        terminal.backend().to_string()
    };
    assert_snapshot!(shown(true, Some("lang/python@py39")), @r#"
    " 00:10:40  Left 3  Built 2  Failed 1    "
    " Load 3.2  Pkg/h 16  Skip 0  Ign 1      "
    "00 00:06:20 build    lang/python@py39   "
    "01 --:--:-- Done                        "
    "== lang/python@py39 ========= ?: keys = "
    "                                        "
    "                                        "
    "                                        "
    "older                                   "
    "newest                                  "
    "#);
    assert_snapshot!(shown(false, None), @r#"
    " 00:10:40  Left 3  Built 2  Failed 1    "
    " Load 3.2  Pkg/h 16  Skip 0  Ign 1      "
    "00 00:06:20 build    lang/python@py39   "
    "01 --:--:-- Done                        "
    "== Stopping when 1 have ended ========= "
    "newest                                  "
    "older                                   "
    "                                        "
    "                                        "
    "                                        "
    "#);
}

#[test]
fn colours_are_for_those_who_want_them() {
    let colors = |look| {
        let terminal = drawn(&running(), &State::new(Role::Run), look, (80, 24));
        let mut colors: Vec<Color> = terminal.backend().buffer().content().iter().map(|cell| cell.fg).collect();
        colors.dedup();
        colors.retain(|color| *color != Color::Reset);
        colors
    };
    assert_eq!(colors(UTF8), [Color::Red, Color::Green]);
    assert_eq!(colors(ASCII), []);
}

#[test]
fn a_terminal_without_utf8_gets_none() {
    let mut view = running();
    view.hear(&Event::Note { text: "naïve — log".into() }, Duration::from_secs(700));
    for view in [view, scanning()] {
        assert!(rows(&view, ASCII, (120, 40)).is_ascii());
    }
}

#[test]
fn no_size_is_too_small() {
    let mut view = running();
    for (width, height) in (0..=82).step_by(3).flat_map(|width| (0..=18).map(move |height| (width, height))) {
        for state in [State::new(Role::Run), State { asks: true, chosen: Some(1), ..State::new(Role::Run) }] {
            drawn(&view, &state, UTF8, (width, height));
        }
        drawn(&scanning(), &State::new(Role::Monitor), UTF8, (width, height));
    }
    // Many more slots than rows, and the last one chosen.
    view.slots.resize(1024, None);
    let terminal = drawn(&view, &State { chosen: Some(1023), ..State::new(Role::Run) }, ASCII, (80, 24));
    assert!(terminal.backend().to_string().contains(" 1023--:--:--"), "{}", terminal.backend());
}
