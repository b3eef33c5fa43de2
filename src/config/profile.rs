//! A profile of dsynth.ini: what is built, where, and by how many.
//!
//! Keys in `[Global Configuration]` are defaults for all profiles. A profile that is not in the file is an
//! error (the C program silently took its defaults).

use std::net::SocketAddr;

use camino::{Utf8Path, Utf8PathBuf};

use super::derived::{MAX_BUILDERS, MAX_JOBS};
use super::{Entry, Ini, IniError, Key, PackageSuffix, PortLimits, ValueError, limits, value};
use crate::model::Evaluator;

pub const INI_FILE: &str = "dsynth.ini";
/// Where dsynth.ini is looked for without `-C`.
pub const SEARCH_PATH: [&str; 2] = ["/etc/dsynth", "/usr/local/etc/dsynth"];

const GLOBAL: &str = "Global Configuration";
const SELECTED: &str = "profile_selected";
const DEFAULT_PROFILE: &str = "LiveSystem";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub name: String,
    /// Where dsynth.ini, make.conf and the hooks are.
    pub config_dir: Utf8PathBuf,
    /// Not said: the system that dsynth runs on.
    pub operating_system: Option<String>,
    pub packages: Utf8PathBuf,
    pub repository: Utf8PathBuf,
    pub portsdir: Utf8PathBuf,
    pub options: Utf8PathBuf,
    pub distfiles: Utf8PathBuf,
    pub buildbase: Utf8PathBuf,
    pub logs: Utf8PathBuf,
    /// `None` is `disabled`.
    pub ccache: Option<Utf8PathBuf>,
    /// The world that packages are built in.
    pub system: Utf8PathBuf,
    pub suffix: PackageSuffix,
    /// Of the repository's index.
    pub meta_version: u32,
    /// As written; `workers()` is what it comes to.
    pub builders: Option<u32>,
    /// As written; `jobs()` is what it comes to.
    pub jobs: u32,
    pub ncurses: bool,
    pub check_plist: bool,
    /// How many parts the processors fall into; below 2 there are no parts.
    pub numa_setsize: u32,
    /// A run that ended says 0 even if ports failed, as the C program does.
    pub exit_zero_on_failure: bool,
    /// Who reads makefiles.
    pub evaluator: Evaluator,
    /// What to call the platform where the world itself cannot say (Linux).
    pub platform_release: Option<String>,
    pub platform_version: Option<u32>,
    pub limits: PortLimits,
    /// Where `serve` listens.
    pub api_listen: Option<SocketAddr>,
    /// What `serve` wants to be told in X-API-Key.
    pub api_key: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("no configuration: there is {tried}; `dsynth init` writes one")]
    NoFile { tried: String },
    #[error(transparent)]
    Ini(#[from] IniError),
    #[error("{path}:{line}: {fault}")]
    Entry { path: Utf8PathBuf, line: usize, fault: ProfileFault },
    #[error("profile `{name}` is not in `{path}`; {choice}")]
    NoProfile { name: String, path: Utf8PathBuf, choice: String },
    #[error("`{0}` cannot be the name of a profile: it is part of file names")]
    Name(String),
}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    #[error("unknown key `{key}`{hint}")]
    UnknownKey { key: String, hint: String },
    #[error("`profile_selected` belongs into `[Global Configuration]`")]
    SelectedElsewhere,
    #[error("`{}`: {fault}", key.name())]
    Value { key: Key, fault: ValueError },
}

/// The directory of the first dsynth.ini: in the directory of `-C` alone, or along the search path.
pub fn config_dir(given: Option<&Utf8Path>) -> Result<Utf8PathBuf, ProfileError> {
    match given {
        Some(dir) => first_config_dir(&[dir]),
        None => first_config_dir(&SEARCH_PATH.map(Utf8Path::new)),
    }
}

fn first_config_dir(dirs: &[&Utf8Path]) -> Result<Utf8PathBuf, ProfileError> {
    let found = dirs.iter().find(|dir| dir.join(INI_FILE).exists());
    let tried = || {
        let names: Vec<String> = dirs.iter().map(|dir| format!("`{}`", dir.join(INI_FILE))).collect();
        format!("{} {}", if names.len() == 1 { "no" } else { "neither" }, names.join(" nor "))
    };
    found.map(|dir| dir.to_path_buf()).ok_or_else(|| ProfileError::NoFile { tried: tried() })
}

impl Profile {
    /// `wanted` is that of `-p`, `environment` that of `DSYNTH_PROFILE`; the file's choice comes after both.
    pub fn load(
        given: Option<&Utf8Path>,
        wanted: Option<&str>,
        environment: Option<&str>,
    ) -> Result<Profile, ProfileError> {
        let dir = config_dir(given)?;
        let environment = environment.filter(|name| !name.is_empty());
        Profile::from_ini(&Ini::read(&dir.join(INI_FILE))?, wanted.or(environment))
    }

    /// The wanted profile, or the one that the file selects.
    pub fn from_ini(ini: &Ini, wanted: Option<&str>) -> Result<Profile, ProfileError> {
        let selected = ini.entries(GLOBAL).filter(|entry| entry.key == SELECTED).last();
        let name = wanted.or(selected.map(|entry| entry.value.as_str())).unwrap_or(DEFAULT_PROFILE);
        let mut profile = Profile { name: profile_name(ini, name)?, ..Profile::default() };
        profile.config_dir = ini.path.parent().unwrap_or(Utf8Path::new("/")).to_owned();
        let mut repository = false;
        for section in [GLOBAL, name] {
            for entry in ini.entries(section) {
                if section == GLOBAL && entry.key == SELECTED {
                    continue;
                }
                let at = |fault| ProfileError::Entry { path: ini.path.clone(), line: entry.line, fault };
                let key = key_of(entry).map_err(at)?;
                profile.set(key, &entry.value).map_err(|fault| at(ProfileFault::Value { key, fault }))?;
                repository |= key == Key::Repository;
            }
        }
        if !repository {
            profile.repository = profile.packages.join("All");
        }
        Ok(profile)
    }

    /// `<CFG>/<profile>-make.conf`, which need not exist.
    pub fn make_conf_path(&self) -> Utf8PathBuf {
        self.config_dir.join(format!("{}-make.conf", self.name))
    }

    /// A directory without anything: `LOCALBASE` while the tree is read.
    pub fn empty_dir(&self) -> Utf8PathBuf {
        self.buildbase.join("empty")
    }

    fn set(&mut self, key: Key, text: &str) -> Result<(), ValueError> {
        match key {
            Key::OperatingSystem => self.operating_system = Some(value::operating_system(text)?),
            Key::Packages => self.packages = value::directory(text)?,
            Key::Repository => self.repository = value::directory(text)?,
            Key::Portsdir => self.portsdir = value::directory(text)?,
            Key::Options => self.options = value::directory(text)?,
            Key::Distfiles => self.distfiles = value::directory(text)?,
            Key::Buildbase => self.buildbase = value::directory(text)?,
            Key::Logs => self.logs = value::directory(text)?,
            Key::Ccache if text == "disabled" => self.ccache = None,
            Key::Ccache => self.ccache = Some(value::directory(text)?),
            Key::System => self.system = value::directory(text)?,
            Key::PackageSuffix => self.suffix = PackageSuffix::parse(text)?,
            Key::MetaVersion => self.meta_version = value::count(text, i32::MAX as u32)?,
            Key::Builders => self.builders = Some(value::count(text, MAX_BUILDERS)?),
            Key::Jobs => self.jobs = value::count(text, MAX_JOBS)?,
            Key::TmpfsWorkdir => value::fixed(text, true, "a work directory outside tmpfs")?,
            Key::TmpfsLocalbase => value::fixed(text, true, "a /usr/local outside tmpfs")?,
            Key::Ncurses => self.ncurses = value::boolean(text)?,
            Key::LeveragePrebuilt => value::fixed(text, false, "taking packages that others built")?,
            Key::CheckPlist => self.check_plist = value::boolean(text)?,
            Key::NumaSetsize => self.numa_setsize = value::count(text, MAX_BUILDERS)?,
            Key::ExitZeroOnFailure => self.exit_zero_on_failure = value::boolean(text)?,
            Key::Evaluator => self.evaluator = value::evaluator(text)?,
            Key::PlatformRelease => self.platform_release = Some(value::release(text)?),
            Key::PlatformVersion => self.platform_version = Some(value::count(text, u32::MAX)?),
            Key::NetworkPorts => self.limits.network = limits::ports(text)?,
            Key::MaxSilence => self.limits.silence.set_silence(text)?,
            Key::MaxBuildTime => self.limits.build_time.set_time(text)?,
            Key::MaxLogSize => self.limits.log_size.set_size(text)?,
            Key::WorkdirSize => self.limits.workdir_size = limits::tmpfs_size(text)?,
            Key::MaxMemory => self.limits.memory = limits::memory(text)?,
            Key::MaxProcesses => self.limits.processes = Some(value::count(text, u32::MAX)?).filter(|count| *count > 0),
            Key::ApiListen => self.api_listen = Some(value::address(text)?),
            Key::ApiKey => self.api_key = Some(value::key(text)?),
        }
        Ok(())
    }
}

impl Default for Profile {
    /// That of an empty `[LiveSystem]` section.
    fn default() -> Profile {
        Profile {
            name: DEFAULT_PROFILE.into(),
            config_dir: SEARCH_PATH[0].into(),
            operating_system: None,
            packages: "/build/synth/live_packages".into(),
            repository: "/build/synth/live_packages/All".into(),
            portsdir: "/usr/dports".into(),
            options: "/build/synth/options".into(),
            distfiles: "/build/synth/distfiles".into(),
            buildbase: "/build/synth/build".into(),
            logs: "/build/synth/logs".into(),
            ccache: None,
            system: "/".into(),
            suffix: PackageSuffix::default(),
            meta_version: 2,
            builders: None,
            jobs: 8,
            ncurses: true,
            check_plist: false,
            numa_setsize: 0,
            exit_zero_on_failure: false,
            evaluator: Evaluator::default(),
            platform_release: None,
            platform_version: None,
            limits: PortLimits::default(),
            api_listen: None,
            api_key: None,
        }
    }
}

fn profile_name(ini: &Ini, name: &str) -> Result<String, ProfileError> {
    if name.contains('/') {
        return Err(ProfileError::Name(name.into()));
    }
    if name != GLOBAL && ini.has_section(name) {
        return Ok(name.into());
    }
    let mut others: Vec<String> = Vec::new();
    for section in ini.sections.iter().filter(|section| section.name != GLOBAL) {
        let other = format!("`{}`", section.name);
        if !others.contains(&other) {
            others.push(other);
        }
    }
    let choice = if others.is_empty() {
        format!("there is no profile in it; begin one with the line `[{name}]`")
    } else {
        format!("choose one of {} with -p, DSYNTH_PROFILE or `{SELECTED}`", others.join(", "))
    };
    Err(ProfileError::NoProfile { name: name.into(), path: ini.path.clone(), choice })
}

fn key_of(entry: &Entry) -> Result<Key, ProfileFault> {
    if entry.key == SELECTED {
        return Err(ProfileFault::SelectedElsewhere);
    }
    Key::parse(&entry.key).ok_or_else(|| {
        let hint = Key::nearest(&entry.key).map(|key| format!("; did you mean `{}`?", key.name()));
        ProfileFault::UnknownKey { key: entry.key.clone(), hint: hint.unwrap_or_default() }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn profile(text: &str, wanted: Option<&str>) -> Result<Profile, String> {
        let ini = Ini::parse("/cfg/x.ini".into(), text.as_bytes()).map_err(|error| error.to_string())?;
        Profile::from_ini(&ini, wanted).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_profile_is_all_defaults() {
        let expected = Profile { config_dir: "/cfg".into(), ..Profile::default() };
        assert_eq!(profile("[LiveSystem]\n", None), Ok(expected));
    }

    #[test]
    fn every_key_reaches_its_field() {
        let text = "[P]\nOperating_system= FreeBSD\nDirectory_packages= /p k\nDirectory_repository= /r\n\
            Directory_portsdir= /t/\nDirectory_options= /o\nDirectory_distfiles= /d\nDirectory_buildbase= /b\n\
            Directory_logs= /l\nDirectory_ccache= /c\nDirectory_system= /s\nPackage_suffix= .tzst\nMeta_version= 1\n\
            Number_of_builders= 0x10\nMax_jobs_per_builder= 010\nTmpfs_workdir= yes\nTmpfs_localbase= 1\n\
            Display_with_ncurses= no\nleverage_prebuilt= OFF\nCheck_plist= on\nNuma_setsize= 2\n\
            Exit_zero_on_failure= true\nEvaluator= both\nPlatform_release= 14.1-RELEASE\nPlatform_version= 1401000\n\
            Max_workdir_size= 32G\nMax_memory= 4G\nMax_processes= 500\n\
            Api_listen= [::1]:80\nApi_key= 0123456789abcdef\n";
        let expected = Profile {
            name: "P".into(),
            config_dir: "/cfg".into(),
            operating_system: Some("FreeBSD".into()),
            packages: "/p k".into(),
            repository: "/r".into(),
            portsdir: "/t".into(),
            options: "/o".into(),
            distfiles: "/d".into(),
            buildbase: "/b".into(),
            logs: "/l".into(),
            ccache: Some("/c".into()),
            system: "/s".into(),
            suffix: PackageSuffix::Tzst,
            meta_version: 1,
            builders: Some(16),
            jobs: 8,
            ncurses: false,
            check_plist: true,
            numa_setsize: 2,
            exit_zero_on_failure: true,
            evaluator: Evaluator::Both,
            platform_release: Some("14.1".into()),
            platform_version: Some(1401000),
            limits: PortLimits {
                workdir_size: 32 << 30,
                memory: Some(4 << 30),
                processes: Some(500),
                ..PortLimits::default()
            },
            api_listen: "[::1]:80".parse().ok(),
            api_key: Some("0123456789abcdef".into()),
        };
        assert_eq!(profile(text, Some("P")), Ok(expected));
    }

    #[test]
    fn the_command_line_goes_before_the_files_choice_wherever_it_stands() {
        let text = "[A]\n[B]\n[LiveSystem]\n[Global Configuration]\nprofile_selected= B\n";
        assert_eq!(profile(text, None).unwrap().name, "B");
        assert_eq!(profile(text, Some("A")).unwrap().name, "A");
        assert_eq!(profile("[LiveSystem]\n[B]", None).unwrap().name, "LiveSystem");
    }

    #[test]
    fn a_profile_overrides_global_keys_and_other_profiles_do_not_count() {
        let text =
            "[A]\nCheck_plist= no\n[Global Configuration]\nCheck_plist= yes\nMeta_version= 1\n[B]\nnonsense= 1\n";
        let found = profile(text, Some("A")).unwrap();
        assert!(!found.check_plist);
        assert_eq!(found.meta_version, 1);
    }

    #[test]
    fn the_repository_follows_the_packages() {
        assert_eq!(profile("[LiveSystem]\nDirectory_packages= /p", None).unwrap().repository, "/p/All");
        let global = "[Global Configuration]\nDirectory_repository= /r\n[LiveSystem]\nDirectory_packages= /p";
        assert_eq!(profile(global, None).unwrap().repository, "/r");
    }

    #[test]
    fn ccache_is_a_directory_or_disabled() {
        let both = "[LiveSystem]\nDirectory_ccache= /c\nDirectory_ccache= disabled";
        assert_eq!(profile(both, None).unwrap().ccache, None);
    }

    #[test]
    fn an_error_names_the_line_and_the_way_out() {
        let table = [
            ("Number_of_bilders= 1", "unknown key `Number_of_bilders`; did you mean `Number_of_builders`?"),
            ("colour= 1", "unknown key `colour`"),
            ("profile_selected= A", "`profile_selected` belongs into `[Global Configuration]`"),
            ("Number_of_builders= 1025", "`Number_of_builders`: 1025 is out of range; choose 0 to 1024"),
            ("Max_jobs_per_builder= -1", "`Max_jobs_per_builder`: -1 is out of range; choose 0 to 8192"),
            ("Tmpfs_workdir= false", "`Tmpfs_workdir`: a work directory outside tmpfs is not supported"),
            ("Tmpfs_localbase= 0", "`Tmpfs_localbase`: a /usr/local outside tmpfs is not supported"),
            ("leverage_prebuilt= true", "`leverage_prebuilt`: taking packages that others built is not supported"),
            (
                "Check_plist= maybe",
                "`Check_plist`: `maybe` is neither true nor false (yes, no, on, off, 1 and 0 do as well)",
            ),
            ("Directory_logs= logs", "`Directory_logs`: `logs` is not an absolute path; begin it with `/`"),
            ("Package_suffix= .zip", "`Package_suffix`: `.zip` is not one of .tgz .tar .txz .tbz .tzst"),
            ("Network_ports= go", "`Network_ports`: `go` is no port; write `category/name` or `category/name@flavor`"),
            ("Max_silence= 5y", "`Max_silence`: `5y` is not a time such as 90 (minutes), 30s, 90m, 48h or 3d"),
            ("Max_log_size= a/b:7", "`Max_log_size`: `7` is not a size from 1M on, such as 512M or 64G"),
            ("Operating_system= freebsd", "`Operating_system`: `freebsd` is not one of DragonFly FreeBSD Linux"),
            (
                "Api_listen= 8080",
                "`Api_listen`: `8080` is not an address and a port, such as 127.0.0.1:8080 or [::1]:8080",
            ),
            ("Api_key= short", "`Api_key`: a key has 16 characters or more, and no blanks"),
        ];
        for (line, message) in table {
            let error = profile(&format!("[LiveSystem]\n\n{line}\n"), None).unwrap_err();
            assert_eq!(error, format!("/cfg/x.ini:3: {message}"));
        }
    }

    #[test]
    fn a_profile_that_is_not_there_is_an_error_that_names_those_that_are() {
        let missing = |text, name| profile(text, Some(name)).unwrap_err();
        assert_eq!(
            missing("[Global Configuration]\n[A]\n[B]\n[A]", "C"),
            "profile `C` is not in `/cfg/x.ini`; choose one of `A`, `B` with -p, DSYNTH_PROFILE or `profile_selected`"
        );
        assert_eq!(
            missing("", "Live"),
            "profile `Live` is not in `/cfg/x.ini`; there is no profile in it; begin one with the line `[Live]`"
        );
        assert!(missing("[A]", "Global Configuration").starts_with("profile `Global Configuration` is not in"));
        assert!(missing("[../x]", "../x").contains("cannot be the name of a profile"));
    }

    #[test]
    fn the_file_is_looked_for_along_the_path() {
        let dir = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(dir.path()).unwrap();
        let (one, two) = (dir.join("one"), dir.join("two"));
        fs::create_dir(&two).unwrap();
        let error = first_config_dir(&[&one, &two]).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "no configuration: there is neither `{one}/dsynth.ini` nor `{two}/dsynth.ini`; `dsynth init` writes one"
            )
        );
        fs::write(two.join(INI_FILE), "[A]\n[LiveSystem]\n").unwrap();
        assert_eq!(first_config_dir(&[&one, &two]).unwrap(), two);

        let load = |wanted, environment| Profile::load(Some(&two), wanted, environment).unwrap();
        assert_eq!(load(None, Some("A")).name, "A");
        assert_eq!(load(Some("LiveSystem"), Some("A")).name, "LiveSystem");
        assert_eq!(load(None, Some("")).make_conf_path(), two.join("LiveSystem-make.conf"));
    }
}
