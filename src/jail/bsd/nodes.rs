//! Which device nodes a jail sees, as rules of devfs(8) on FreeBSD and of devfsctl(8) on DragonFly.

use camino::Utf8Path;

/// What poudriere shows to builds, and terminals: of these a jail sees its own.
#[cfg(any(test, target_os = "freebsd"))]
const FREEBSD: &[&str] = &[
    "null", "zero", "full", "random", "urandom", "tty", "fd", "fd/*", "stdin", "stdout", "stderr", "ptmx", "pts",
    "pts/*",
];

/// The arguments of devfs(8), a call each: first all are hidden, so that a call that fails shows too little.
#[cfg(any(test, target_os = "freebsd"))]
pub(super) fn freebsd_rules(dev: &Utf8Path) -> Vec<Vec<String>> {
    let call =
        |rule: &[&str]| ["-m", dev.as_str(), "rule", "apply"].iter().chain(rule).map(|&word| word.into()).collect();
    let shown = FREEBSD.iter().map(|name| call(&["path", name, "unhide"]));
    std::iter::once(call(&["hide"])).chain(shown).collect()
}

/// By the types of devfsctl(8): disks and tapes, and the memory of the kernel. Everything else stays, because what builds need
/// is of the same types, and nobody has tried which rules would leave just that.
#[cfg(any(test, target_os = "dragonfly"))]
pub(super) const DRAGONFLY: &str = "hide D_DISK\nhide D_TAPE\nhide mem\nhide kmem\nhide io\n";

/// The arguments of devfsctl(8). Rules are kept by mount point and outlive the mount, so those of an earlier jail go first.
#[cfg(any(test, target_os = "dragonfly"))]
pub(super) fn dragonfly_rules(dev: &Utf8Path, file: &Utf8Path) -> [Vec<String>; 2] {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    [words(&["-c", "-m", dev.as_str()]), words(&["-a", "-f", file.as_str(), "-m", dev.as_str()])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freebsd_hides_all_before_it_shows_any() {
        let rules = freebsd_rules("/b/SL00/dev".into());
        assert_eq!(rules[0].join(" "), "-m /b/SL00/dev rule apply hide");
        assert_eq!(rules[1].join(" "), "-m /b/SL00/dev rule apply path null unhide");
        assert_eq!(rules.len(), 1 + FREEBSD.len());
        assert!(!FREEBSD.iter().any(|name| ["mem", "kmem", "io", "*"].contains(name)));
    }

    #[test]
    fn dragonfly_forgets_the_rules_of_the_jail_before() {
        let [clear, apply] = dragonfly_rules("/b/SL00/dev".into(), "/b/SL00/.nodes".into());
        assert_eq!(clear.join(" "), "-c -m /b/SL00/dev");
        assert_eq!(apply.join(" "), "-a -f /b/SL00/.nodes -m /b/SL00/dev");
        assert!(DRAGONFLY.lines().all(|line| line.starts_with("hide ")));
    }
}
