//! A profile with all its directories in one temporary place, and a dsynth to run over it.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

/// The package manager's package, as the fixtures make it.
const MANAGER: &str = "pkg-1.21.3.pkg";

/// Configuration, ports tree, repository, options, distfiles, build base and logs; taken away at the end.
pub struct World {
    pub base: Utf8PathBuf,
    /// Lines of the profile that a test sets itself.
    settings: String,
}

/// What a dsynth said, with the world's directory as `W`.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// A copy of the fixtures and an empty repository.
    pub fn empty() -> World {
        let kept = tempfile::Builder::new().prefix("dsynth-accept-").tempdir().unwrap().keep();
        let base = Utf8PathBuf::from_path_buf(kept).unwrap();
        for name in ["cfg", "packages/All", "options", "distfiles", "build", "logs"] {
            fs::create_dir_all(base.join(name)).unwrap();
        }
        copy(&testdata().join("ports"), &base.join("ports"));
        let world = World { base, settings: String::new() };
        world.configure();
        world
    }

    /// The same with the package manager in its repository; `None`, and a word, where the kernel gives no jails.
    pub fn new() -> Option<World> {
        let manager = manager()?;
        let world = World::empty();
        world.write(&format!("packages/All/{MANAGER}"), manager);
        Some(world)
    }

    /// Adds a line to the profile; the last one for a key counts.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings += &format!("{key}= {value}\n");
        self.configure();
    }

    fn configure(&self) {
        let base = &self.base;
        let text = format!(
            "[Global Configuration]\nprofile_selected= T\n\n[T]\nOperating_system= Linux\nDirectory_system= /\n\
             Directory_packages= {base}/packages\nDirectory_repository= {base}/packages/All\n\
             Directory_portsdir= {base}/ports\nDirectory_options= {base}/options\n\
             Directory_distfiles= {base}/distfiles\nDirectory_buildbase= {base}/build\nDirectory_logs= {base}/logs\n\
             Directory_ccache= disabled\nPackage_suffix= .tgz\nNumber_of_builders= 4\nMax_jobs_per_builder= 1\n{}",
            self.settings
        );
        self.write("cfg/dsynth.ini", text.as_bytes());
    }

    pub fn path(&self, below: &str) -> Utf8PathBuf {
        self.base.join(below)
    }

    pub fn read(&self, below: &str) -> String {
        fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    pub fn write(&self, below: &str, bytes: &[u8]) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Replaces what is there, once at least.
    pub fn edit(&self, below: &str, from: &str, to: &str) {
        let before = self.read(below);
        assert!(before.contains(from), "{below} has no `{from}`");
        self.write(below, before.replace(from, to).as_bytes());
    }

    pub fn append(&self, below: &str, text: &str) {
        self.write(below, (self.read(below) + text).as_bytes());
    }

    pub fn remove(&self, below: &str) {
        fs::remove_file(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"));
    }

    /// The user's choice for one port, as `+ON -OFF` words.
    pub fn options(&self, origin: &str, words: &str) {
        let line = |word: &str| match word.split_at(1) {
            ("+", name) => format!("OPTIONS_FILE_SET+={name}\n"),
            (_, name) => format!("OPTIONS_FILE_UNSET+={name}\n"),
        };
        let text: String = words.split_whitespace().map(line).collect();
        self.write(&format!("options/{}/options", origin.replace('/', "_")), text.as_bytes());
    }

    pub fn make_conf(&self, text: &str) {
        self.write("cfg/T-make.conf", text.as_bytes());
    }

    /// A variant's files over the ports tree.
    pub fn variant(&self, name: &str) {
        copy(&testdata().join("variants").join(name), &self.path("ports"));
    }

    /// Package files in the repository but the package manager's, sorted.
    pub fn packages(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("packages/All")).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != MANAGER).collect();
        names.sort();
        names
    }

    /// Nothing was ever built, but for the package manager.
    pub fn forget_all(&self) {
        self.packages().iter().for_each(|name| self.remove(&format!("packages/All/{name}")));
        let _ = fs::remove_file(self.path("build/dsynth.redb"));
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dsynth"));
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(&self.base).stdin(Stdio::null());
        // All builders at once, whatever else this machine does.
        command.arg("-C").arg(self.path("cfg")).args(["-s0", "-M99"]).args(words);
        command
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.finish(self.command(words))
    }

    /// Runs it to its end; `W` stands for the world's directory in what it says.
    pub fn finish(&self, mut command: Command) -> Ran {
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(self.base.as_str(), "W");
        Ran { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Begins it, its output unread.
    pub fn begin(&self, words: &[&str]) -> Child {
        self.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    pub fn log(&self, name: &str) -> String {
        self.read(&format!("logs/{name}"))
    }
}

impl Drop for World {
    /// Unless something is still mounted below: then a mistake would be the host's loss.
    fn drop(&mut self) {
        if !mounts().contains(self.base.as_str()) {
            let _ = fs::remove_dir_all(&self.base);
        }
    }
}

impl Ran {
    /// Ports that `make` was asked about, sorted; for what ran with `-d`.
    pub fn asked(&self) -> Vec<String> {
        let port = |line: &str| {
            let mut words = line.split_once(" make -C W/ports/")?.1.split_whitespace();
            let origin = words.next()?;
            let flavor = words.find_map(|word| word.strip_prefix("FLAVOR="));
            Some(flavor.map_or(origin.to_owned(), |flavor| format!("{origin}@{flavor}")))
        };
        let mut ports: Vec<String> = self.stderr.lines().filter_map(port).collect();
        ports.sort();
        ports
    }

    /// What it said on standard output, without how far a scan is: who takes a plan from memory has nothing to tell of that.
    pub fn answer(&self) -> Vec<&str> {
        self.stdout.lines().filter(|line| !is_progress(line)).collect()
    }

    /// Everything that it said, standard output first, and its exit status.
    pub fn whole(&self) -> String {
        let part = |name: &str, text: &str| match text.trim_end() {
            "" => String::new(),
            text => format!("{name}:\n{text}\n"),
        };
        format!("{}{}exit {}", part("stdout", &self.stdout), part("stderr", &self.stderr), self.status)
    }
}

pub fn is_progress(line: &str) -> bool {
    line.is_empty() || line.contains('%') || (line.starts_with("Total ") && !line.contains(':'))
}

/// The host's mounts, as this process sees them.
pub fn mounts() -> String {
    fs::read_to_string("/proc/self/mountinfo").unwrap()
}

/// The host's processes whose arguments contain `word`.
pub fn processes(word: &str) -> Vec<i32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let has_word = |pid: &i32| {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).replace('\0', " ").contains(word)
    };
    numbers.filter(has_word).collect()
}

/// Waits for what happens without us, up to twenty seconds.
pub fn soon(what: impl Fn() -> bool) -> bool {
    (0..2000).any(|_| {
        let seen = what();
        if !seen {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        seen
    })
}

pub fn testdata() -> &'static Utf8Path {
    Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata"))
}

/// Runs some of the tests again as an ordinary user, if we are root. A temporary directory of ours is no obstacle:
/// each test makes its own.
pub fn by_nobody(tests: &[&str]) {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    // The user `nobody` of most systems; any number but 0 will do.
    let identity = ["--reuid=65534", "--regid=65534", "--clear-groups"];
    let program = std::env::current_exe().unwrap();
    let output = match Command::new("setpriv").args(identity).arg(program).args(tests).output() {
        Ok(output) => output,
        Err(error) => return eprintln!("skipped: no setpriv(1) here: {error}"),
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if [Some(126), Some(127)].contains(&output.status.code()) {
        return eprintln!("skipped: the tests lie where an ordinary user may not look: {said}");
    }
    assert!(output.status.success(), "{said}");
    eprintln!("{said}");
}

/// The package manager's package, bootstrapped once for all tests.
fn manager() -> Option<&'static [u8]> {
    static MADE: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let world = World::empty();
        let ran = world.run(&["just-build", "ports-mgmt/pkg"]);
        match fs::read(world.path("packages/All").join(MANAGER)) {
            Ok(bytes) => Some(bytes),
            Err(_) if no_jails(&ran.stdout) => None,
            Err(error) => panic!("no package manager: {error}\n{}", ran.whole()),
        }
    });
    if made.is_none() {
        eprintln!("skipped: this kernel gives no namespaces to this user");
    }
    made.as_deref()
}

/// What dsynth says where the kernel refuses (src/jail/linux/hint.rs).
pub fn no_jails(said: &str) -> bool {
    ["user namespaces are switched off here", "may make no namespaces", "allow no more", "covers parts of it"]
        .iter()
        .any(|hint| said.contains(hint))
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}
