//! What it costs to know a repository of 30,000 packages, the first time and once their files are known.
//!
//! `cargo bench --bench packages`: the packages are made in a temporary directory, each with a hundred files of the sizes that
//! manifests of real ones have.

#![expect(clippy::print_stdout, reason = "a report")]

use std::fs;
use std::io::Write;
use std::time::Instant;

use camino::Utf8Path;
use dsynth::repo::Repository;
use dsynth::session::packages::Packages;
use dsynth::store::Store;
use flate2::Compression;
use flate2::write::GzEncoder;
use nix::sys::resource::{UsageWho, getrusage};

const COUNT: usize = 30_000;
const FILES: usize = 100;

fn main() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let dir = Utf8Path::from_path(dir.path()).expect("a path in UTF-8");
    (0..COUNT).for_each(|number| make(dir, number));
    let store = Store::in_memory().expect("a store");
    println!("{COUNT} packages of {FILES} files");
    look("the first time", dir, &store);
    look("their files are known", dir, &store);
}

fn look(name: &str, dir: &Utf8Path, store: &Store) {
    let (begin, cpu) = (Instant::now(), cpu());
    let packages = Packages::new(Repository::open(dir).expect("a repository"), store).expect("what is known");
    let names = packages.repository.list().expect("a list");
    let read = names.iter().filter(|name| packages.facts(name).is_some()).count();
    packages.save(store).expect("room for it");
    assert_eq!(read, COUNT);
    println!("{name}: {:.2} s, {:.2} s of CPU", begin.elapsed().as_secs_f64(), self::cpu() - cpu);
}

fn make(dir: &Utf8Path, number: usize) {
    let files: Vec<String> =
        (0..FILES).map(|file| format!("\"/usr/local/share/p{number}/{file}\":\"1${:064x}\"", number * file)).collect();
    let manifest = format!(
        "{{\"name\":\"p{number}\",\"version\":\"1\",\"origin\":\"c/p{number}\",\"files\":{{{}}}}}",
        files.join(",")
    );
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in [("+COMPACT_MANIFEST", "{}"), ("+MANIFEST", manifest.as_str())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        tar.append_data(&mut header, name, text.as_bytes()).expect("room in memory");
    }
    let bytes = tar.into_inner().and_then(GzEncoder::finish).expect("room in memory");
    fs::File::create(dir.join(format!("p{number}-1.pkg"))).and_then(|mut file| file.write_all(&bytes)).expect("a file");
}

fn cpu() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the usage of this process");
    [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6).iter().sum()
}
