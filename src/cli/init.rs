//! dsynth init: a configuration to begin with, and the directories that it names.
//!
//! Nothing that exists is written over, so it may be run again: after the files were edited it creates the
//! directories that they name now.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{INI_FILE, Profile, ProfileError, SEARCH_PATH, config_dir};
use crate::system::platform::system_name;

mod template;

/// Where to, and for which profile; as in the options.
#[derive(Clone, Debug, Default)]
pub struct InitOptions<'a> {
    pub config_dir: Option<&'a Utf8Path>,
    pub profile: Option<&'a str>,
    /// `DSYNTH_PROFILE`.
    pub environment: Option<&'a str>,
}

/// One thing that `init` did or found, as a line for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Step {
    #[error("wrote {0}")]
    Wrote(Utf8PathBuf),
    #[error("kept {0}")]
    Kept(Utf8PathBuf),
    #[error("created {0}")]
    Created(Utf8PathBuf),
    #[error("warning: there is no ports tree in {0}; put one there, or correct `Directory_portsdir`")]
    NoTree(Utf8PathBuf),
}

#[derive(Debug, thiserror::Error)]
pub enum InitError {
    #[error("cannot write `{path}`; run dsynth as root, or name another directory with -C")]
    Write { path: Utf8PathBuf, source: io::Error },
    #[error("cannot create the directory `{path}`; correct `{ini}` or run dsynth as root, then run `init` again")]
    Create { path: Utf8PathBuf, ini: Utf8PathBuf, source: io::Error },
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Writes what is missing; `tell` hears of each step as it is done, so an error comes after what went well.
pub fn init(options: &InitOptions<'_>, tell: &mut dyn FnMut(Step)) -> Result<(), InitError> {
    let dir = target(options.config_dir);
    let host = template::Host::of(system_name());
    tell(write_new(&dir.join(INI_FILE), &host.ini())?);
    let profile = Profile::load(Some(&dir), options.profile, options.environment)?;
    tell(write_new(&profile.make_conf_path(), template::MAKE_CONF)?);
    create_directories(&profile, tell)?;
    if !has_entries(&profile.portsdir) {
        tell(Step::NoTree(profile.portsdir));
    }
    Ok(())
}

/// The directory of the configuration that is in use, else where a new one belongs.
fn target(given: Option<&Utf8Path>) -> Utf8PathBuf {
    let new = given.unwrap_or(Utf8Path::new(SEARCH_PATH[0]));
    config_dir(given).unwrap_or_else(|_| new.to_owned())
}

fn write_new(path: &Utf8Path, text: &str) -> Result<Step, InitError> {
    let write = || {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
    };
    match write() {
        Ok(()) => Ok(Step::Wrote(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_file() => Ok(Step::Kept(path.to_owned())),
        Err(source) => Err(InitError::Write { path: path.to_owned(), source }),
    }
}

/// All that dsynth fills itself: neither the ports tree nor the world can be made out of nothing.
fn create_directories(profile: &Profile, tell: &mut dyn FnMut(Step)) -> Result<(), InitError> {
    let ours = [
        &profile.packages,
        &profile.repository,
        &profile.options,
        &profile.distfiles,
        &profile.buildbase,
        &profile.logs,
    ];
    for path in ours.into_iter().chain(&profile.ccache).filter(|path| !path.is_dir()) {
        fs::create_dir_all(path).map_err(|source| InitError::Create {
            path: path.clone(),
            ini: profile.config_dir.join(INI_FILE),
            source,
        })?;
        tell(Step::Created(path.clone()));
    }
    Ok(())
}

fn has_entries(dir: &Utf8Path) -> bool {
    fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let base = Utf8PathBuf::from_path_buf(dir.path().to_owned()).unwrap();
        (dir, base)
    }

    /// A configuration in `<base>/cfg` whose directories are below `base`.
    fn configure(base: &Utf8Path, profile: &str) {
        let host = template::Host::of(system_name());
        let text = host.ini().replace("/build/synth", &format!("{base}/synth"));
        let text = text.replace("/usr/ports", &format!("{base}/synth/dports")).replace("LiveSystem", profile);
        fs::create_dir(base.join("cfg")).unwrap();
        fs::write(base.join("cfg/dsynth.ini"), text).unwrap();
    }

    fn steps(base: &Utf8Path) -> Vec<String> {
        let cfg = base.join("cfg");
        let options = InitOptions { config_dir: Some(&cfg), ..InitOptions::default() };
        let mut steps = Vec::new();
        init(&options, &mut |step| steps.push(step.to_string().replace(base.as_str(), "B"))).unwrap();
        steps
    }

    #[test]
    fn creates_what_the_profile_names_and_warns_of_an_empty_tree() {
        let (_dir, base) = temporary();
        configure(&base, "Mine");
        insta::assert_snapshot!(steps(&base).join("\n"), @"
        kept B/cfg/dsynth.ini
        wrote B/cfg/Mine-make.conf
        created B/synth/live_packages
        created B/synth/live_packages/All
        created B/synth/options
        created B/synth/distfiles
        created B/synth/build
        created B/synth/logs
        warning: there is no ports tree in B/synth/dports; put one there, or correct `Directory_portsdir`
        ");
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let (_dir, base) = temporary();
        configure(&base, "Mine");
        steps(&base);
        fs::write(base.join("cfg/Mine-make.conf"), "X=y\n").unwrap();
        fs::create_dir_all(base.join("synth/dports/editors")).unwrap();
        assert_eq!(steps(&base), ["kept B/cfg/dsynth.ini", "kept B/cfg/Mine-make.conf"]);
        assert_eq!(fs::read_to_string(base.join("cfg/Mine-make.conf")).unwrap(), "X=y\n");
    }

    #[test]
    fn a_new_file_is_written_with_its_directory_and_an_old_one_is_kept() {
        let (_dir, base) = temporary();
        let path = base.join("new/dir/file");
        assert_eq!(write_new(&path, "one").unwrap(), Step::Wrote(path.clone()));
        assert_eq!(write_new(&path, "two").unwrap(), Step::Kept(path.clone()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        let error = write_new(&path.join("below"), "").unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot write `{path}/below`")), "{error}");
        assert!(write_new(&base, "").is_err(), "a directory is no configuration");
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named_with_the_file_that_names_it() {
        let (_dir, base) = temporary();
        configure(&base, "Mine");
        fs::write(base.join("synth"), "").unwrap();
        let cfg = base.join("cfg");
        let options = InitOptions { config_dir: Some(&cfg), ..InitOptions::default() };
        let mut told = 0;
        let error = init(&options, &mut |_| told += 1).unwrap_err().to_string();
        assert!(error.contains(&format!("`{base}/synth/live_packages`; correct `{base}/cfg/dsynth.ini`")), "{error}");
        assert_eq!(told, 2, "the files are there already");
    }
}
