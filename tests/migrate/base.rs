//! A build base as an older dsynth leaves it: a tree, packages, and a database.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use dsynth::config::Profile;
use dsynth::model::{Event, Plan, Stop};
use dsynth::queries::inputs::Rules;
use dsynth::queries::request::Request;
use dsynth::session::build::{BuildOptions, Forecast};
use dsynth::session::{Session, targets};
use tempfile::TempDir;

/// One port with two below it: `ports-mgmt/pkg`, `devel/libgreet`, `misc/hello`.
const TARGET: &str = "misc/hello";

pub(crate) struct Base {
    pub(crate) root: Utf8PathBuf,
    _dir: TempDir,
}

/// What a forecast said: each dirty port with its reasons, and the notes.
pub(crate) type Said = (String, String);

impl Base {
    /// With a package for each port; `None` where there is no BSD make to ask the tree with.
    pub(crate) fn new() -> Option<Base> {
        if cfg!(target_os = "linux") && !Path::new("/usr/bin/bmake").exists() {
            eprintln!("skipped: no bmake");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let base = Base { root: Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap(), _dir: dir };
        for name in ["cfg", "build", "packages/All", "options", "distfiles", "logs"] {
            fs::create_dir_all(base.path(name)).unwrap();
        }
        copy(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/ports").into(), &base.path("ports"));
        fs::write(base.path("cfg/dsynth.ini"), base.ini()).unwrap();
        for job in base.plan().jobs {
            let (name, version) = job.pkgname.rsplit_once('-').unwrap();
            let manifest = format!(r#"{{"name":"{name}","version":"{version}","origin":"{}"}}"#, job.spec.origin);
            fs::write(base.path("packages/All").join(&job.pkgfile), archive(manifest.as_bytes())).unwrap();
        }
        // As if dsynth in Rust had never been here.
        fs::remove_file(base.path("build/dsynth.redb")).unwrap();
        Some(base)
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        self.root.join(name)
    }

    fn ini(&self) -> String {
        let root = &self.root;
        format!(
            "[Global Configuration]\nprofile_selected= T\n[T]\nOperating_system= FreeBSD\n\
             Platform_release= 14.3-RELEASE\nPlatform_version= 1403000\n\
             Directory_packages= {root}/packages\nDirectory_repository= {root}/packages/All\n\
             Directory_portsdir= {root}/ports\nDirectory_options= {root}/options\n\
             Directory_distfiles= {root}/distfiles\nDirectory_buildbase= {root}/build\n\
             Directory_logs= {root}/logs\nDirectory_ccache= disabled\nDirectory_system= /\n"
        )
    }

    pub(crate) fn session(&self) -> Session {
        Session::open(Profile::load(Some(&self.path("cfg")), None, None).unwrap(), "status").unwrap()
    }

    pub(crate) fn plan(&self) -> Plan {
        (*self.forecast(Rules::default()).0.plan).clone()
    }

    pub(crate) fn status(&self) -> Said {
        self.status_with(Rules::default())
    }

    pub(crate) fn status_with(&self, rules: Rules) -> Said {
        let (forecast, notes) = self.forecast(rules);
        let line = |(id, reasons): &(dsynth::model::JobId, Vec<dsynth::model::Reason>)| {
            let reasons: Vec<String> = reasons.iter().map(|reason| reason.to_string()).collect();
            format!("{}: {}", forecast.plan.job(*id).spec, reasons.join("; "))
        };
        (forecast.dirty.iter().map(line).collect::<Vec<_>>().join("\n"), notes)
    }

    fn forecast(&self, rules: Rules) -> (Forecast, String) {
        let session = self.session();
        let notes = Mutex::new(Vec::new());
        let options = BuildOptions { rules, ..BuildOptions::default() };
        let events = |event: Event| self.note(&notes, event);
        let forecast = session.forecast(&self.request(), &options, &Stop::default(), &events).unwrap();
        (forecast, notes.into_inner().unwrap().join("\n"))
    }

    /// A run in which nothing is to be built; answers with its notes.
    pub(crate) fn adopt(&self, rules: Rules) -> String {
        let session = self.session();
        let notes = Mutex::new(Vec::new());
        let options = BuildOptions { rules, directive: "build".into(), ..BuildOptions::default() };
        let events = |event: Event| self.note(&notes, event);
        let (_, report) = session.build(&self.request(), &options, &Stop::default(), &events).unwrap();
        assert_eq!((report.summary.fresh, report.summary.queued), (3, 0), "{report:?}");
        notes.into_inner().unwrap().join("\n")
    }

    fn note(&self, notes: &Mutex<Vec<String>>, event: Event) {
        // This program cannot be a jail's helper, so the tree is read without one, and that is said.
        if let Event::Note { text } = event
            && !text.starts_with("the ports tree is read without a jail")
        {
            notes.lock().unwrap().push(text.replace(self.root.as_str(), "B"));
        }
    }

    fn request(&self) -> Request {
        targets::read(&[TARGET.to_owned()], &self.path("ports")).unwrap().0
    }

    /// `ports_crc.db` with these records.
    pub(crate) fn ports_crc(&self, records: &[(&str, u32)]) {
        let records: Vec<(&str, Vec<u8>)> =
            records.iter().map(|(origin, crc)| (*origin, crc.to_le_bytes().to_vec())).collect();
        fs::write(self.path("build/ports_crc.db"), hash_file(&records)).unwrap();
    }

    /// The C dsynth's checksum of a port, for a tree whose path was written that way.
    pub(crate) fn checksum(&self, ports: &str, origin: &str) -> u32 {
        let mut sum = 0;
        for entry in walk(Utf8Path::new(&format!("{ports}/{origin}"))) {
            let found = entry.symlink_metadata().unwrap();
            let pieces = [&found.mtime().to_ne_bytes()[..], &found.size().to_ne_bytes(), entry.as_str().as_bytes()];
            sum ^= crc32c(&pieces.concat());
        }
        sum
    }

    /// The program itself.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsynth"));
        command.arg("-C").arg(self.path("cfg")).args(arguments).env_remove("DSYNTH_PROFILE");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        let text = String::from_utf8([stdout, stderr].concat()).unwrap();
        (status.code(), text.replace(self.root.as_str(), "B"))
    }
}

fn archive(manifest: &[u8]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["+COMPACT_MANIFEST", "+MANIFEST"] {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(manifest.len() as u64);
        builder.append_data(&mut header, name, manifest).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A hash file of Berkeley DB 1.85 with one bucket on one page; the library itself can read it.
pub(crate) fn hash_file(records: &[(&str, Vec<u8>)]) -> Vec<u8> {
    const PAGE: u32 = 4096;
    let count = records.len() as u32;
    // Magic, version, order, page, shift, directory, segments, shift, overflow point, last freed, the last bucket, masks, fill
    // factor, records, pages of the header, hash of a known text.
    let fields = [0x61561, 2, 1234, PAGE, 12, 256, 256, 8, 0, 0, 0, 1, 0, 40, count, 1, 0x956e_7de3];
    let mut file: Vec<u8> = fields.iter().flat_map(|field| field.to_be_bytes()).collect();
    file.resize(PAGE as usize, 0);
    let (mut offsets, mut data) = (Vec::new(), Vec::new());
    for (key, value) in records {
        for part in [key.as_bytes(), value] {
            data.splice(0..0, part.iter().copied());
            offsets.push((PAGE as usize - data.len()) as u16);
        }
    }
    let end = PAGE as usize - data.len();
    let slots = offsets.len() as u16;
    let room = end as u16 - (slots + 3) * 2;
    let numbers = std::iter::once(slots).chain(offsets).chain([room, end as u16]);
    file.extend(numbers.flat_map(u16::to_le_bytes));
    file.resize(PAGE as usize + end, 0);
    file.extend(data);
    file
}

fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| bit(crc)))
}

fn walk(dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = dir.read_dir_utf8().unwrap().map(Result::unwrap);
    entries
        .flat_map(|entry| if entry.path().is_dir() { walk(entry.path()) } else { vec![entry.path().into()] })
        .collect()
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    for file in walk(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&file, target).unwrap();
    }
}
