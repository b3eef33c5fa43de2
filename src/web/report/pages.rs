//! The page and what it reads: `runs.js`, and for each run a directory with its state, its results and the host's load.
//!
//! A page that was opened as a file may read scripts and nothing else, so each file calls `dsynth` with its name and its data.

use std::fs;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::view::RunView;
use crate::web::assets::ASSETS;
use crate::web::data::{CHUNK, Row, State};
use crate::web::place::place;
use crate::web::plots::Plots;

/// How old the state of a run may become while it is heard of.
const CADENCE: Duration = Duration::from_secs(2);
/// So many runs are kept.
const KEPT: usize = 30;

/// One run's files.
pub(super) struct Pages {
    dir: Utf8PathBuf,
    run: Uuid,
    /// How many results are in files.
    results: usize,
    plots: Plots,
    written: Option<Duration>,
}

/// All that is known of a run from outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Line {
    run: Uuid,
    profile: String,
    directive: String,
    began: i64,
    active: bool,
    queued: usize,
    built: usize,
    failed: usize,
    skipped: usize,
}

impl Pages {
    pub(super) fn new(report: &Utf8Path, run: Uuid) -> Pages {
        Pages { dir: report.to_owned(), run, results: 0, plots: Plots::default(), written: None }
    }

    /// What is to be seen in plots.
    pub(super) fn look(&mut self, view: &RunView, now: Duration) {
        view.host.iter().for_each(|host| self.plots.add(view.elapsed(now), host));
    }

    pub(super) fn is_due(&self, now: Duration) -> bool {
        self.written.is_none_or(|written| now.saturating_sub(written) >= CADENCE)
    }

    /// The results first: the state says how many there are.
    pub(super) fn write(&mut self, view: &RunView, now: Duration, clock: i64) -> io::Result<()> {
        let Some(state) = State::of(view, now, clock) else { return Ok(()) };
        let is_first = self.written.replace(now).is_none();
        if is_first {
            self.begin()?;
        }
        self.write_results(view)?;
        self.place("host", &self.plots)?;
        self.place("state", &state)?;
        if is_first || !state.active { self.list(Line::of(&state)) } else { Ok(()) }
    }

    fn begin(&self) -> io::Result<()> {
        fs::create_dir_all(self.own())?;
        fs::create_dir_all(self.dir.join("page"))?;
        ASSETS.iter().try_for_each(|(name, text, _)| place(&self.dir, name, text))
    }

    fn write_results(&mut self, view: &RunView) -> io::Result<()> {
        let all = &view.finished;
        while self.results < all.len() {
            let chunk = self.results / CHUNK;
            let rows: Vec<Row> = all.iter().skip(chunk * CHUNK).take(CHUNK).map(Row::of).collect();
            self.place(&format!("results-{chunk}"), &rows)?;
            self.results = chunk * CHUNK + rows.len();
        }
        Ok(())
    }

    fn own(&self) -> Utf8PathBuf {
        self.dir.join("runs").join(self.run.to_string())
    }

    fn place(&self, name: &str, data: &impl Serialize) -> io::Result<()> {
        place(&self.own(), &format!("{name}.js"), &called(&format!("{}/{name}", self.run), data)?)
    }

    /// The newest first; runs of which there are no files any more are left out, and those that are too old go.
    fn list(&self, line: Line) -> io::Result<()> {
        let mut lines = listed(&self.dir.join("runs.js"));
        lines.retain(|other| other.run != line.run && self.dir.join("runs").join(other.run.to_string()).is_dir());
        // Whoever is not at work now was killed.
        lines.iter_mut().for_each(|other| other.active = false);
        lines.insert(0, line);
        lines.truncate(KEPT);
        place(&self.dir, "runs.js", &called("runs", &Runs { runs: &lines })?)?;
        for entry in self.dir.join("runs").read_dir_utf8()? {
            let entry = entry?;
            let is_old = |run: Uuid| lines.iter().all(|line| line.run != run);
            if Uuid::parse_str(entry.file_name()).is_ok_and(is_old) {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Runs<'a> {
    runs: &'a [Line],
}

impl Line {
    fn of(state: &State) -> Line {
        let counts = &state.counts;
        Line {
            run: state.run,
            profile: state.profile.clone(),
            directive: state.directive.clone(),
            began: state.began,
            active: state.active,
            queued: counts.queued,
            built: counts.built,
            failed: counts.failed,
            skipped: counts.skipped,
        }
    }
}

fn called(name: &str, data: &impl Serialize) -> io::Result<String> {
    Ok(format!("dsynth(\"{name}\", {});\n", serde_json::to_string(data)?))
}

/// What cannot be read is no reason not to write it anew.
fn listed(path: &Utf8Path) -> Vec<Line> {
    #[derive(Deserialize)]
    struct Runs {
        runs: Vec<Line>,
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    let data = text.strip_prefix("dsynth(\"runs\", ").and_then(|rest| rest.strip_suffix(");\n"));
    let runs = data.and_then(|data| serde_json::from_str::<Runs>(data).ok());
    runs.map(|runs| runs.runs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::model::{Event, OriginSpec, Summary};
    use crate::view::About;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn run(number: u128) -> (RunView, Uuid) {
        let mut view = RunView::of(About { profile: "Live".into(), directive: "build".into(), logs: "/logs".into() });
        let run = Uuid::from_u128(number);
        view.hear(&Event::RunStarted { run, queued: 2000, workers: 2, limit: 2 }, secs(0));
        (view, run)
    }

    fn skip(view: &mut RunView, numbers: std::ops::Range<usize>) {
        for number in numbers {
            let spec = OriginSpec::parse(&format!("c/p{number}")).unwrap();
            view.hear(&Event::Skipped { spec, pkgfile: String::new(), chain: "c/bad".into() }, secs(1));
        }
    }

    /// What the page is called with, as it reads it.
    fn read(dir: &Utf8Path, name: &str) -> Value {
        let path = if name == "runs" { "runs.js".into() } else { format!("runs/{name}.js") };
        let text = fs::read_to_string(dir.join(path)).unwrap();
        let data = text.strip_prefix(&format!("dsynth(\"{name}\", ")).unwrap().strip_suffix(");\n").unwrap();
        serde_json::from_str(data).unwrap()
    }

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, path)
    }

    #[test]
    fn each_result_is_in_one_file_and_the_state_says_how_many_there_are() {
        let (_kept, dir) = temporary();
        let (mut view, run) = run(1);
        let mut pages = Pages::new(&dir, run);
        for (from, to, sizes) in [(0, 3, vec![3]), (3, 3, vec![3]), (3, 501, vec![500, 1]), (501, 1000, vec![500, 500])]
        {
            skip(&mut view, from..to);
            pages.write(&view, secs(2), 1000).unwrap();
            assert_eq!(read(&dir, &format!("{run}/state"))["results"], to);
            let size = |chunk| read(&dir, &format!("{run}/results-{chunk}")).as_array().unwrap().len();
            assert_eq!((0..sizes.len()).map(size).collect::<Vec<_>>(), sizes);
        }
        assert_eq!(read(&dir, &format!("{run}/results-1"))[499]["port"], "c/p999");
        for (name, text, _) in ASSETS {
            assert_eq!(fs::read_to_string(dir.join(name)).unwrap(), text);
        }
    }

    #[test]
    fn runs_are_listed_the_newest_first_and_old_ones_go() {
        let (_kept, dir) = temporary();
        fs::write(dir.join("runs.js"), "what is this?").unwrap();
        let count = KEPT as u128 + 2;
        for number in 1..=count {
            let (mut view, run) = run(number);
            let mut pages = Pages::new(&dir, run);
            pages.write(&view, secs(1), 5000).unwrap();
            // The first one is killed.
            if number > 1 {
                view.hear(&Event::RunEnded { summary: Summary { failed: 7, ..Summary::default() } }, secs(9));
                pages.write(&view, secs(9), 13_000).unwrap();
            }
            let runs = read(&dir, "runs");
            let ids: Vec<&str> =
                runs["runs"].as_array().unwrap().iter().map(|run| run["run"].as_str().unwrap()).collect();
            let first = if number > KEPT as u128 { number - KEPT as u128 + 1 } else { 1 };
            let expected: Vec<String> = (first..=number).rev().map(|id| Uuid::from_u128(id).to_string()).collect();
            assert_eq!(ids, expected);
            assert!(number == 1 || runs["runs"].as_array().unwrap().iter().all(|run| run["active"] == false));
            assert_eq!(runs["runs"][0]["began"], 4000);
        }
        assert_eq!(dir.join("runs").read_dir_utf8().unwrap().count(), KEPT);
    }

    #[test]
    fn what_is_not_a_run_is_left_alone() {
        let (_kept, dir) = temporary();
        fs::create_dir_all(dir.join("runs/mine")).unwrap();
        let (view, run) = run(1);
        Pages::new(&dir, run).write(&view, secs(1), 5000).unwrap();
        assert!(dir.join("runs/mine").is_dir());
    }
}
