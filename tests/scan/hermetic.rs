//! Answers depend on the tree, the profile and the platform: not on who asks, nor on what else the host has.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;

use crate::harness::*;
use crate::program::*;

/// Every value that a caller's environment or the host's tools might shine through.
const CURIOUS: &str = "\
PKGNAME=curious-1
BUILD_DEPENDS=${CC:Mcc:S/$/:c\\/cc/} ${CFLAGS:M-pipe:S/^/x/:S/$/:c\\/flags/}
V!= uname -s; echo ${MAKEFLAGS:Q} $$LC_ALL $$HOME $$CURIOUS; type curious-tool 2>/dev/null; true
.if exists(/usr/bin/makeinfo) || exists(/usr/bin/ldd)
V+=host
.endif
.if defined(CURIOUS)
V+=curious
.endif
IGNORE:=said ${V:ts-} ${CURIOUS} ${CC} ${CFLAGS} ${PREFIX} ${.MAKEFLAGS:M-[nk]} ${.MAKEFLAGS:MCURIOUS*}
";

#[test]
fn the_callers_environment_does_not_count() {
    let scratch = Scratch::new("");
    if scratch.system().is_none() {
        return;
    }
    let ports = scratch.base.join("ports");
    fs::create_dir_all(ports.join("Mk")).unwrap();
    fs::create_dir_all(ports.join("ports-mgmt/pkg")).unwrap();
    fs::write(ports.join("ports-mgmt/pkg/Makefile"), "PKGNAME=pkg-1\n").unwrap();
    scratch.port("curious", CURIOUS);
    let tools = scratch.base.join("tools");
    fs::create_dir(&tools).unwrap();
    for name in ["curious-tool", "uname", "cc", "bmake", "sh", "make", "awk"] {
        fs::write(tools.join(name), "#!/bin/sh\necho curious\n").unwrap();
        fs::set_permissions(tools.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let said = |environment: &[(&str, &str)]| {
        // Nothing saved from before, and the scan root is made with this environment too.
        for name in ["dsynth.redb", "scan-root", "scan-mk"] {
            let path = scratch.base.join("build").join(name);
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
        let mut dsynth = dsynth(&scratch, &ports, &["status", "c/curious"]);
        dsynth.env_remove("DSYNTH_LOG").envs(environment.iter().copied());
        let output = dsynth.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let plain = said(&[]);
    assert!(plain.contains("said DragonFly"), "{plain}");
    let path = format!("{tools}:/usr/bin:/bin");
    let odd: [(&str, &str); 14] = [
        ("PATH", &path),
        ("CC", "curious"),
        ("CFLAGS", "-curious"),
        ("PREFIX", "/curious"),
        ("CURIOUS", "yes"),
        ("MAKEFLAGS", "-n -k CURIOUS=flag"),
        ("MAKEOBJDIRPREFIX", "/tmp"),
        ("MAKESYSPATH", "/curious"),
        ("PORTSDIR", "/curious"),
        ("HOME", "/curious"),
        ("LC_ALL", "tr_TR.UTF-8"),
        ("LANG", "curious"),
        ("ENV", "/curious"),
        ("LD_LIBRARY_PATH", "/curious"),
    ];
    assert_eq!(said(&odd), plain);
}

#[test]
fn what_the_host_has_installed_does_not_count() {
    // Programs of the host that makefiles of real trees look for, and that are no part of the scan's base system.
    let seen = ["/usr/bin/makeinfo", "/usr/bin/unzip", "/usr/bin/ssh-agent", "/usr/bin/ldd", "/usr/bin/perl"];
    let present = seen.iter().filter(|path| Utf8Path::new(path).exists()).count();
    assert!(present > 0, "this host has none of them, and the test cannot fail");
    let tests: String = seen.iter().map(|path| format!(".if exists({path})\nA+={path}\n.endif\n")).collect();
    let scratch =
        Scratch::new(format!("{tests}B!= for i in {}; do test -e $$i && echo $$i; done; true\n", seen.join(" ")));
    let Some(system) = scratch.system() else { return };
    assert_eq!((scratch.value(&system, "A"), scratch.value(&system, "B")), (String::new(), String::new()));
    assert_ne!(scratch.value(&scratch.host(), "A"), "");
}
