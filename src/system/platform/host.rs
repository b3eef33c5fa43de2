//! The machine that dsynth runs on: how large it is, and what its system calls things.

use std::process::Command;
use std::{env, fs, thread};

/// The system that dsynth was made for, as its kernel calls itself.
pub fn system_name() -> &'static str {
    match env::consts::OS {
        "dragonfly" => "DragonFly",
        "freebsd" => "FreeBSD",
        _ => "Linux",
    }
}

/// Processors that dsynth may use, 1 at least.
pub fn ncpu() -> u32 {
    thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()).unwrap_or(1)
}

/// Memory in bytes; 0 if nobody says.
pub fn physmem() -> u64 {
    let linux = || memory_total(&fs::read_to_string("/proc/meminfo").ok()?);
    linux().or_else(|| sysctl("hw.physmem")?.parse().ok()).unwrap_or(0)
}

/// Runnable processes for each processor, over the last 15 minutes; 0 if nobody says.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").ok().or_else(|| sysctl("vm.loadavg")).unwrap_or_default();
    load_of(&text).unwrap_or(0.0) / f64::from(ncpu())
}

/// Runnable processes over the last minute; 0 if nobody says.
pub fn load_now() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").ok().or_else(|| sysctl("vm.loadavg")).unwrap_or_default();
    numbers_of(&text).next().unwrap_or(0.0)
}

/// Percent of swap in use; 0 where there is none, or nobody says.
pub fn swap_used() -> f64 {
    let linux = || swap_of(&fs::read_to_string("/proc/meminfo").ok()?);
    let number = |name| sysctl(name)?.parse::<f64>().ok();
    let bsd = || Some((number("vm.swap_anon_use")?, number("vm.swap_size")?));
    linux().or_else(bsd).filter(|(_, size)| *size > 0.0).map_or(0.0, |(used, size)| 100.0 * used / size)
}

/// How much is in use, and how much there is, in one unit.
fn swap_of(meminfo: &str) -> Option<(f64, f64)> {
    let field = |name: &str| -> Option<f64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let (total, free) = (field("SwapTotal:")?, field("SwapFree:")?);
    Some((total - free, total))
}

/// The third number, with or without braces before it.
fn load_of(text: &str) -> Option<f64> {
    numbers_of(text).nth(2)
}

fn numbers_of(text: &str) -> impl Iterator<Item = f64> + '_ {
    text.split_whitespace().filter_map(|word| word.parse().ok())
}

/// The running kernel's `osreldate`; Linux has none.
pub fn kernel_version() -> Option<u32> {
    if cfg!(target_os = "linux") { None } else { sysctl("kern.osreldate")?.parse().ok() }
}

/// What a system calls a kind of processor: `uname -p` and `uname -m`.
pub(super) fn names_of(os: &str, arch: &'static str) -> (&'static str, &'static str) {
    match (os, arch) {
        ("FreeBSD", "x86_64") => ("amd64", "amd64"),
        ("FreeBSD", "aarch64") => ("aarch64", "arm64"),
        ("FreeBSD", "riscv64") => ("riscv64", "riscv"),
        ("FreeBSD", "powerpc64" | "powerpc64le") => (arch, "powerpc"),
        ("FreeBSD", "arm") => ("armv7", "arm"),
        ("FreeBSD", "x86") => ("i386", "i386"),
        ("Linux", "x86") => ("i686", "i686"),
        ("Linux", "powerpc64") => ("ppc64", "ppc64"),
        ("Linux", "powerpc64le") => ("ppc64le", "ppc64le"),
        _ => (arch, arch),
    }
}

fn memory_total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

/// By the program: the call itself would be unsafe code, for three numbers a run.
fn sysctl(name: &str) -> Option<String> {
    let output = Command::new("/sbin/sysctl").args(["-n", name]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swap_is_what_is_not_free() {
        assert_eq!(swap_of("MemTotal: 9 kB\nSwapTotal:  1000 kB\nSwapFree:    250 kB\n"), Some((750.0, 1000.0)));
        assert_eq!(swap_of("MemTotal: 9 kB\n"), None);
        assert!((0.0..=100.0).contains(&swap_used()) && load_now() >= 0.0);
    }

    #[test]
    fn the_load_is_the_third_number_of_either_system() {
        assert_eq!(load_of("0.20 0.18 0.12 1/80 11206\n"), Some(0.12));
        assert_eq!(load_of("{ 1.20 2.18 3.12 }\n"), Some(3.12));
        assert_eq!(load_of(""), None);
    }

    #[test]
    fn the_host_has_a_processor_and_memory() {
        assert!(ncpu() >= 1 && physmem() > 1 << 20);
    }

    #[test]
    fn memory_is_told_in_kibibytes() {
        assert_eq!(memory_total("MemTotal:       16384 kB\nMemFree: 1 kB\n"), Some(16 << 20));
        for text in ["", "MemTotal: many kB", "MemTotal: 12", "MemTotal: 99999999999999999999 kB"] {
            assert_eq!(memory_total(text), None);
        }
    }
}
