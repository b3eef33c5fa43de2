//! A tree that is scanned by one process after the other, with a real `make` and in memory what each keeps.

use std::fs;
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use dsynth::model::OriginSpec;
use dsynth::queries::Database;
use dsynth::queries::inputs::{Pkg, Rules, SettingsFields};
use dsynth::queries::saved::MemorySaved;
use dsynth::queries::scan::{ScanError, evaluation};
use dsynth::queries::tree::origins;
use dsynth::system::disk::Disk;
use dsynth::system::make::Make;
use dsynth::system::os::OsSystem;
use dsynth::system::watch::Changes;
use dsynth::system::{Asked, MakeQuery};

use crate::harness::*;

/// Ports that were asked, and the package names or the reasons why there are none.
pub type Scanned = (String, Vec<Result<String, ScanError>>);

/// Notes who is asked, and does something meanwhile.
struct Noting {
    make: Arc<dyn Make>,
    asked: Arc<Mutex<Vec<String>>>,
    afterwards: Box<dyn Fn(&str) + Send + Sync>,
}

impl Make for Noting {
    fn ask(&self, query: &MakeQuery) -> Asked {
        let name = query.directory.file_name().unwrap();
        self.asked.lock().unwrap().push(name.to_owned());
        let asked = self.make.ask(query);
        (self.afterwards)(name);
        asked
    }
}

/// A tree whose findings are kept from one process to the next.
pub struct Tree {
    pub scratch: Scratch,
    make: Arc<dyn Make>,
    saved: Arc<MemorySaved>,
    ports: Vec<&'static str>,
}

impl Tree {
    /// Makefiles by the ports' names; a tree for each reader, if there are jails.
    pub fn for_each_reader(ports: &[(&'static str, &str)]) -> Vec<Tree> {
        let tree = |native: bool| {
            let scratch = Scratch::new("");
            ports.iter().for_each(|(name, makefile)| scratch.port(name, makefile));
            let jails = Arc::new(scratch.system()?);
            let make: Arc<dyn Make> = if native { Arc::new(scratch.native(jails)) } else { jails };
            Some(Tree { scratch, make, saved: Arc::default(), ports: ports.iter().map(|(name, _)| *name).collect() })
        };
        [false, true].into_iter().filter_map(tree).collect()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.scratch.base.join("ports").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// As another process would: who was asked, and what became of each port.
    pub fn scan(&self) -> Scanned {
        let (scanned, moved) = self.scan_while(|_| ());
        assert!(!moved);
        scanned
    }

    pub fn asked(&self) -> String {
        self.scan().0
    }

    /// The same, and what is done each time a port was asked; whether the database noticed.
    pub fn scan_while(&self, afterwards: impl Fn(&str) + Send + Sync + 'static) -> (Scanned, bool) {
        // What changed a moment ago might change again without another time stamp.
        sleep(Duration::from_millis(40));
        self.make.doubt(&Changes::all());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let make = Noting { make: self.make.clone(), asked: asked.clone(), afterwards: Box::new(afterwards) };
        let system = OsSystem { disk: Disk::default(), make: Box::new(make) };
        let db = Database::new(Arc::new(system), self.saved.clone(), self.settings());
        let answer = |name: &&str| {
            let spec = OriginSpec::parse(&format!("c/{name}")).unwrap();
            (**evaluation(&db, Pkg::new(&db, spec))).clone().map(|evaluation| evaluation.pkgname)
        };
        let answers = self.ports.iter().map(answer).collect();
        let asked = asked.lock().unwrap().join(" ");
        ((asked, answers), db.take_moved())
    }

    /// All ports that a scan of everything finds.
    pub fn origins(&self) -> Vec<String> {
        let make = Box::new(self.scratch.host());
        let system = OsSystem { disk: Disk::default(), make };
        let db = Database::new(Arc::new(system), self.saved.clone(), self.settings());
        origins(&db).iter().map(|origin| origin.as_str().to_owned()).collect()
    }

    fn settings(&self) -> SettingsFields {
        let base = &self.scratch.base;
        SettingsFields {
            ports: base.join("ports"),
            options: base.join("options"),
            localbase: base.join("build/empty"),
            evaluation: String::new(),
            abi: "Test:1:x".into(),
            rules: Rules::default(),
        }
    }
}
