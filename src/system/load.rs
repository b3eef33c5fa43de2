//! How busy this machine is, for whoever looks at a run.

use std::fs;
use std::process::Command;

use crate::model::HostLoad;

/// What nobody says is 0, or no swap.
pub fn host_load() -> HostLoad {
    let linux = || Some(linux(&fs::read_to_string("/proc/loadavg").ok()?, &fs::read_to_string("/proc/meminfo").ok()?));
    linux().unwrap_or_else(bsd)
}

fn linux(loads: &str, meminfo: &str) -> HostLoad {
    let kib = |name: &str| -> Option<u64> {
        let line = meminfo.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let swap =
        kib("SwapTotal:").zip(kib("SwapFree:")).and_then(|(total, free)| percent(total.saturating_sub(free), total));
    HostLoad { load: three(loads), swap, free: kib("MemAvailable:").unwrap_or(0).saturating_mul(1024) }
}

/// By one program for all: calls of our own would be unsafe code. Names that a system does not have are left out by it.
fn bsd() -> HostLoad {
    let names = ["vm.loadavg", "hw.pagesize", "vm.stats.vm.v_free_count", "vm.stats.vm.v_inactive_count"];
    let swap = ["vm.swap_size", "vm.swap_anon_use"];
    let output = Command::new("/sbin/sysctl").args(names).args(swap).output();
    output.map(|output| of_sysctl(&String::from_utf8_lossy(&output.stdout))).unwrap_or_default()
}

/// `name: value` lines. DragonFly counts swap in pages of what there is and what is used.
fn of_sysctl(text: &str) -> HostLoad {
    let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let number = |name: &str| value(name)?.trim().parse::<u64>().ok();
    let pages = |name| number(name).unwrap_or(0);
    let free = pages("vm.stats.vm.v_free_count") + pages("vm.stats.vm.v_inactive_count");
    let swap = number("vm.swap_anon_use").zip(number("vm.swap_size"));
    HostLoad {
        load: value("vm.loadavg").map(three).unwrap_or_default(),
        swap: swap.and_then(|(used, size)| percent(used, size)),
        free: free.saturating_mul(pages("hw.pagesize")),
    }
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// The first three numbers, with or without braces around them.
fn three(text: &str) -> [f64; 3] {
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    [(); 3].map(|()| numbers.next().unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linux_tells_it_in_two_files() {
        let meminfo = "MemTotal: 9 kB\nMemAvailable:  2048 kB\nSwapTotal:  1000 kB\nSwapFree:    250 kB\n";
        let expected = HostLoad { load: [0.2, 0.18, 0.12], swap: Some(75.0), free: 2 << 20 };
        assert_eq!(linux("0.20 0.18 0.12 1/80 11206\n", meminfo), expected);
        assert_eq!(linux("", "SwapTotal: 0 kB\nSwapFree: 0 kB\n"), HostLoad::default());
    }

    #[test]
    fn a_bsd_tells_it_by_sysctl() {
        let text = "vm.loadavg: { 1.20 2.18 3.12 }\nhw.pagesize: 4096\nvm.stats.vm.v_free_count: 100\n\
                    vm.stats.vm.v_inactive_count: 28\nvm.swap_size: 200\nvm.swap_anon_use: 50\n";
        let expected = HostLoad { load: [1.2, 2.18, 3.12], swap: Some(25.0), free: 128 << 12 };
        assert_eq!(of_sysctl(text), expected);
        assert_eq!(of_sysctl(""), HostLoad::default());
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(host_load().free > 0);
    }
}
