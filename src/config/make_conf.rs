//! make.conf: the user's, and the jail's that is made of it.
//!
//! The user's text is kept as it is, with its conditionals and its values of many words. dsynth's lines come
//! after it and win.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::PackageSuffix;
use crate::model::Platform;

/// `<CFG>/<profile>-make.conf`; empty if there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MakeConf {
    /// The file, if there is one.
    pub path: Option<Utf8PathBuf>,
    pub text: String,
}

#[derive(Debug, thiserror::Error)]
pub enum MakeConfError {
    #[error("cannot read `{path}`")]
    Read { path: Utf8PathBuf, source: io::Error },
    #[error("{path}:{line}: not UTF-8; save the file as UTF-8")]
    NotUtf8 { path: Utf8PathBuf, line: usize },
}

impl MakeConf {
    pub fn load(path: &Utf8Path) -> Result<MakeConf, MakeConfError> {
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(MakeConf::default()),
            Err(source) => return Err(MakeConfError::Read { path: path.to_owned(), source }),
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + good.iter().filter(|byte| **byte == b'\n').count();
            MakeConfError::NotUtf8 { path: path.to_owned(), line }
        })?;
        Ok(MakeConf { path: Some(path.to_owned()), text })
    }

    /// Whether it says `WITH_DEBUG`, with any value and on any condition: work directories need twice the room.
    pub fn with_debug(&self) -> bool {
        let operator = |rest: &str| rest.trim_start().trim_start_matches(['?', '+', ':', '!']).starts_with('=');
        self.text.lines().any(|line| line.trim_start().strip_prefix("WITH_DEBUG").is_some_and(operator))
    }
}

/// What dsynth itself says in a jail's make.conf.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    pub platform: &'a Platform,
    pub suffix: PackageSuffix,
    /// Version of ports-mgmt/pkg, if it is known.
    pub pkg_version: Option<&'a str>,
    pub developer: bool,
    pub ccache: bool,
    /// `MAKE_JOBS_NUMBER`.
    pub jobs: u32,
    /// See `platform_facts`.
    pub foreign: bool,
}

/// The jail's /etc/make.conf.
pub fn jail_make_conf(user: &str, settings: &Settings<'_>) -> String {
    let mut text = user.to_owned();
    if !text.is_empty() {
        // The empty line is what a backslash at the end of the user's text continues with.
        text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
    }
    for (name, value) in jail_lines(settings) {
        text.push_str(&format!("{name}={value}\n"));
    }
    text
}

/// What `make` is to be told of the platform while the tree is read, so that no port asks the host.
/// The jobs are a fixed number: a recipe must not depend on how many processors this machine has.
pub fn scan_facts(platform: &Platform, foreign: bool) -> Vec<(&'static str, String)> {
    let mut facts = platform_facts(platform, foreign);
    facts.extend([("_SMP_CPUS", "2".to_owned()), ("MAKE_JOBS_NUMBER", "2".to_owned())]);
    facts
}

/// `<release>-SYNTH`: dsynth's name for a release.
pub(super) fn os_release(platform: &Platform) -> String {
    format!("{}-SYNTH", platform.release)
}

fn jail_lines(settings: &Settings<'_>) -> Vec<(&'static str, String)> {
    let suffix = settings.suffix.as_str();
    let mut lines = texts(&[
        ("USE_PACKAGE_DEPENDS_ONLY", "yes"),
        ("PORTSDIR", "/xports"),
        ("PORT_DBDIR", "/options"),
        ("PKG_DBDIR", "/var/db/pkg"),
        ("PKG_CACHEDIR", "/var/cache/pkg"),
        ("PKG_COMPRESSION_FORMAT", suffix),
    ]);
    if names_files_by_suffix(settings.pkg_version) {
        lines.extend(texts(&[("PKG_SUFX", suffix)]));
    }
    if settings.developer {
        lines.extend(texts(&[("DEVELOPER", "1")]));
    }
    if settings.ccache {
        lines.extend(texts(&[("WITH_CCACHE_BUILD", "yes"), ("CCACHE_DIR", "/ccache")]));
    }
    lines.extend(platform_facts(settings.platform, settings.foreign));
    lines.extend(texts(&[
        ("DISTDIR", "/distfiles"),
        ("WRKDIRPREFIX", "/construction"),
        ("BATCH", "yes"),
        ("PACKAGE_BUILDING", "yes"),
        // Keeps the watchdog fed.
        ("PKG_CREATE_VERBOSE", "yes"),
    ]));
    lines.push(("MAKE_JOBS_NUMBER", settings.jobs.to_string()));
    lines
}

/// The platform in the words of the ports framework. `foreign`: the host is another system, so what the
/// framework would ask the kernel for (sysctl, uname) has to be said too.
fn platform_facts(platform: &Platform, foreign: bool) -> Vec<(&'static str, String)> {
    let mut facts = texts(&[("UID", "0"), ("ARCH", &platform.arch), ("OPSYS", &platform.os)]);
    if platform.os == "DragonFly" {
        facts.push(("DFLYVERSION", platform.version.to_string()));
    }
    // Ports compare it with FreeBSD's numbers: all others are newer than any FreeBSD.
    let osversion = if platform.os == "FreeBSD" { platform.version } else { 9_999_999 };
    facts.push(("OSVERSION", osversion.to_string()));
    facts.push(("OSREL", platform.release.clone()));
    facts.push(("_OSRELEASE", os_release(platform)));
    if foreign {
        facts.extend(texts(&[
            ("CONFIGURE_MAX_CMD_LEN", "262144"),
            ("HAVE_COMPAT_IA32_KERN", ""),
            ("LINUX_OSRELEASE", "2.6.32"),
        ]));
    }
    facts
}

/// Before 1.17 a package's file ends as it is compressed; later it is always `.pkg`.
fn names_files_by_suffix(pkg_version: Option<&str>) -> bool {
    let mut numbers = pkg_version.unwrap_or_default().split(|c: char| !c.is_ascii_digit());
    let mut number = || numbers.next().and_then(|text| text.parse::<u32>().ok());
    match (number(), number()) {
        (Some(major), Some(minor)) => (major, minor) < (1, 17),
        (Some(major), None) => major <= 1,
        (None, _) => true,
    }
}

fn texts(table: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    table.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(os: &str, release: &str, version: u32) -> Platform {
        Platform { os: os.into(), release: release.into(), version, arch: "x86_64".into(), machine: "x86_64".into() }
    }

    fn settings(platform: &Platform) -> Settings<'_> {
        let suffix = PackageSuffix::Txz;
        Settings { platform, suffix, pkg_version: None, developer: false, ccache: false, jobs: 8, foreign: false }
    }

    #[test]
    fn the_users_text_stays_whole_and_dsynths_lines_follow() {
        let platform = platform("DragonFly", "6.5", 600500);
        let text = jail_make_conf("DEFAULT_VERSIONS= a=1 b=2\n.if 1\nX+=y\n.endif", &settings(&platform));
        insta::assert_snapshot!(text, @"
        DEFAULT_VERSIONS= a=1 b=2
        .if 1
        X+=y
        .endif

        USE_PACKAGE_DEPENDS_ONLY=yes
        PORTSDIR=/xports
        PORT_DBDIR=/options
        PKG_DBDIR=/var/db/pkg
        PKG_CACHEDIR=/var/cache/pkg
        PKG_COMPRESSION_FORMAT=.txz
        PKG_SUFX=.txz
        UID=0
        ARCH=x86_64
        OPSYS=DragonFly
        DFLYVERSION=600500
        OSVERSION=9999999
        OSREL=6.5
        _OSRELEASE=6.5-SYNTH
        DISTDIR=/distfiles
        WRKDIRPREFIX=/construction
        BATCH=yes
        PACKAGE_BUILDING=yes
        PKG_CREATE_VERBOSE=yes
        MAKE_JOBS_NUMBER=8
        ");
    }

    #[test]
    fn developer_ccache_and_a_new_pkg_change_their_lines() {
        let platform = platform("FreeBSD", "14.1", 1401000);
        let settings = Settings { pkg_version: Some("1.21.3"), developer: true, ccache: true, ..settings(&platform) };
        let text = jail_make_conf("", &settings);
        assert!(text.starts_with("USE_PACKAGE_DEPENDS_ONLY=yes\n"));
        assert!(text.contains("FORMAT=.txz\nDEVELOPER=1\nWITH_CCACHE_BUILD=yes\nCCACHE_DIR=/ccache\nUID=0\n"));
        assert!(text.contains("OPSYS=FreeBSD\nOSVERSION=1401000\nOSREL=14.1\n"));
    }

    #[test]
    fn a_backslash_at_the_end_swallows_none_of_dsynths_lines() {
        let platform = platform("DragonFly", "6.5", 600500);
        for user in ["X= a \\", "X= a \\\n"] {
            assert!(jail_make_conf(user, &settings(&platform)).contains("\\\n\nUSE_PACKAGE"));
        }
    }

    #[test]
    fn scans_are_told_of_the_same_platform_as_jails() {
        let platform = platform("DragonFly", "4.3", 400300);
        let jail = jail_make_conf("", &Settings { foreign: true, ..settings(&platform) });
        for (name, value) in platform_facts(&platform, true) {
            assert!(scan_facts(&platform, true).contains(&(name, value.clone())));
            assert!(jail.contains(&format!("\n{name}={value}\n")), "{name}");
        }
        let asked = |facts: Vec<(&str, String)>| facts.iter().any(|(name, _)| *name == "HAVE_COMPAT_IA32_KERN");
        assert!(asked(scan_facts(&platform, true)) && !asked(scan_facts(&platform, false)));
    }

    #[test]
    fn the_suffix_is_said_to_a_pkg_that_is_old_or_unknown() {
        let table = [
            (None, true),
            (Some(""), true),
            (Some("1.6.1"), true),
            (Some("1.16.3_1"), true),
            (Some("1.17"), false),
            (Some("1.17.b2"), false),
            (Some("2"), false),
            (Some("2.0_1,1"), false),
        ];
        for (version, named) in table {
            assert_eq!(names_files_by_suffix(version), named, "{version:?}");
        }
    }

    #[test]
    fn with_debug_counts_with_any_value() {
        let said = |text: &str| MakeConf { path: None, text: text.into() }.with_debug();
        for text in ["WITH_DEBUG=", "a=b\n  WITH_DEBUG ?= yes\n", "WITH_DEBUG+=no"] {
            assert!(said(text), "{text}");
        }
        for text in ["", "#WITH_DEBUG=yes", "WITH_DEBUG_PORTS= a/b", "X=WITH_DEBUG=1"] {
            assert!(!said(text), "{text}");
        }
    }

    #[test]
    fn a_missing_file_is_empty_and_a_bad_one_names_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(dir.path()).unwrap().join("P-make.conf");
        assert_eq!(MakeConf::load(&path).unwrap(), MakeConf::default());
        fs::write(&path, "A= b\n").unwrap();
        assert_eq!(MakeConf::load(&path).unwrap().path.as_ref(), Some(&path));
        fs::write(&path, b"A= b\nC= \xff\n").unwrap();
        let error = MakeConf::load(&path).unwrap_err().to_string();
        assert_eq!(error, format!("{path}:2: not UTF-8; save the file as UTF-8"));
        let error = MakeConf::load(Utf8Path::from_path(dir.path()).unwrap()).unwrap_err();
        assert!(matches!(error, MakeConfError::Read { .. }));
    }
}
