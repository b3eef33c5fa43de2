//! The whole environment of `make`: nothing of the caller's is inherited (spec 2.8).

use camino::Utf8Path;

use super::{Profile, make_conf};
use crate::model::{Flavor, Platform};

/// A name and its value.
type Pairs = Vec<(String, String)>;

/// While the tree is read. The user's make.conf and options are named here, so that a port is planned with the same
/// words that it is built with (the C program gave the first as arguments of `make`, cut to a word each, and not
/// the second).
pub fn scan_environment(profile: &Profile, platform: &Platform, make_conf: Option<&Utf8Path>) -> Pairs {
    pairs([
        ("PORTSDIR", profile.portsdir.as_str()),
        ("BATCH", "yes"),
        ("PKG_COMPRESSION_FORMAT", profile.suffix.as_str()),
        ("PKG_SUFX", profile.suffix.as_str()),
        ("PACKAGE_BUILDING", "yes"),
        ("ARCH", &platform.arch),
        ("PORT_DBDIR", profile.options.as_str()),
        ("__MAKE_CONF", make_conf.map_or("/dev/null", Utf8Path::as_str)),
    ])
}

/// Of every phase inside the jail; a phase may add `NO_DEPENDS=1`.
pub fn worker_environment(platform: &Platform, flavor: Option<&Flavor>) -> Pairs {
    let full = format!("{} {}", platform.os, make_conf::os_release(platform));
    let mut environment = pairs([
        ("TERM", "dumb"),
        ("USER", "root"),
        ("HOME", "/root"),
        ("LANG", "C"),
        ("SSL_NO_VERIFY_PEER", "1"),
        ("PATH", "/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"),
        ("UNAME_s", &platform.os),
        ("UNAME_v", &full),
        ("UNAME_p", &platform.arch),
        ("UNAME_m", &platform.machine),
        ("UNAME_r", &platform.release),
    ]);
    environment.extend(flavor.map(|flavor| ("FLAVOR".into(), flavor.to_string())));
    environment
}

fn pairs<const N: usize>(table: [(&str, &str); N]) -> Pairs {
    table.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform() -> Platform {
        let text = |text: &str| text.to_owned();
        Platform {
            os: text("FreeBSD"),
            release: text("14.1"),
            version: 1401000,
            arch: text("aarch64"),
            machine: text("arm64"),
        }
    }

    fn lines(environment: &Pairs) -> String {
        environment.iter().map(|(name, value)| format!("{name}={value}\n")).collect()
    }

    #[test]
    fn a_scan_knows_the_tree_and_the_suffix() {
        insta::assert_snapshot!(lines(&scan_environment(&Profile::default(), &platform(), None)), @"
        PORTSDIR=/usr/dports
        BATCH=yes
        PKG_COMPRESSION_FORMAT=.txz
        PKG_SUFX=.txz
        PACKAGE_BUILDING=yes
        ARCH=aarch64
        PORT_DBDIR=/build/synth/options
        __MAKE_CONF=/dev/null
        ");
        let with = scan_environment(&Profile::default(), &platform(), Some("/cfg/make.conf".into()));
        assert!(lines(&with).ends_with("__MAKE_CONF=/cfg/make.conf\n"));
    }

    #[test]
    fn a_worker_sees_the_platform_and_its_flavor() {
        let flavor = Flavor::parse("py39").unwrap();
        insta::assert_snapshot!(lines(&worker_environment(&platform(), Some(&flavor))), @"
        TERM=dumb
        USER=root
        HOME=/root
        LANG=C
        SSL_NO_VERIFY_PEER=1
        PATH=/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin
        UNAME_s=FreeBSD
        UNAME_v=FreeBSD 14.1-SYNTH
        UNAME_p=aarch64
        UNAME_m=arm64
        UNAME_r=14.1
        FLAVOR=py39
        ");
        assert!(lines(&worker_environment(&platform(), None)).ends_with("UNAME_r=14.1\n"));
    }
}
