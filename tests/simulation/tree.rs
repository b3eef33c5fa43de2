//! A made-up ports tree, and what packages of it must be.

use std::fs;
use std::sync::Arc;

use camino::Utf8Path;
use dsynth::model::{Asked, DepKind, Fate, Fingerprint, Job, JobDepend, JobId, KindSet, OriginSpec, Plan, Recipe};

use dsynth::session::fresh::Recipes;

use crate::dice::Dice;

/// Ports by number, each with a version of its files and those it depends on, all lower.
#[derive(Clone, Debug)]
pub struct Tree {
    ports: Vec<(u64, Vec<usize>)>,
}

impl Tree {
    pub fn new(dice: &Dice) -> Tree {
        let count = 2 + dice.below(7) as usize;
        let port = |place: usize| {
            let depends = (0..place).filter(|_| dice.thousandths(350)).collect();
            (1, depends)
        };
        Tree { ports: (0..count).map(port).collect() }
    }

    /// Somebody commits, or takes a commit back.
    pub fn edit(&mut self, dice: &Dice) {
        for (version, _) in &mut self.ports {
            *version = match dice.below(10) {
                0..3 => *version + 1,
                3 => (*version - 1).max(1),
                _ => *version,
            };
        }
    }

    fn recipe(&self, place: usize) -> Recipe {
        let mut recipe = Recipe::default();
        recipe.push("port", "files", Fingerprint::of(self.ports[place].0.to_string().as_bytes()), "");
        recipe
    }

    pub fn recipes(&self) -> Recipes {
        (0..self.len()).map(|place| (spec(place), Arc::new(self.recipe(place)))).collect()
    }

    pub fn plan(&self) -> Plan {
        let jobs = self.ports.iter().enumerate().map(|(place, (_, depends))| {
            let kinds = KindSet::default().with(DepKind::Lib);
            Job {
                spec: spec(place),
                pkgname: format!("p{place}-1"),
                pkgfile: format!("p{place}-1.pkg"),
                crc: 0,
                distfiles: Vec::new(),
                master: None,
                meta: false,
                asked: Asked::Named,
                fate: Fate::Open,
                recipe: self.recipe(place).fingerprint(),
                depends: depends.iter().map(|on| JobDepend { job: JobId(*on as u32), kinds }).collect(),
            }
        });
        Plan { jobs: jobs.collect(), notices: Vec::new() }
    }

    pub fn len(&self) -> usize {
        self.ports.len()
    }

    /// What building a port makes: it depends on its files and on the packages that are there.
    pub fn package(&self, place: usize, repository: &Utf8Path) -> Vec<u8> {
        let (version, depends) = &self.ports[place];
        let mut text = format!("version {version}");
        for on in depends {
            let bytes = fs::read(repository.join(format!("p{on}-1.pkg"))).unwrap_or_default();
            text += &format!(" p{on} {}", blake3::hash(&bytes));
        }
        archive(place, &blake3::hash(text.as_bytes()).to_string())
    }
}

fn spec(place: usize) -> OriginSpec {
    OriginSpec::parse(&format!("c/p{place}")).unwrap()
}

/// A package whose one file has this digest.
fn archive(place: usize, digest: &str) -> Vec<u8> {
    let manifest = format!(
        r#"{{"name":"p{place}","version":"1","origin":"c/p{place}","files":{{"/usr/local/share/p{place}":"1${digest}"}}}}"#
    );
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["+COMPACT_MANIFEST", "+MANIFEST"] {
        let mut header = tar::Header::new_ustar();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, manifest.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}
