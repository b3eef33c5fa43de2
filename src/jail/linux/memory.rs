//! What the processes of a jail hold of memory, by the kernel's list of each one's children.

use std::fs;

use nix::unistd::{Pid, SysconfVar, sysconf};

/// Bytes that the process and all its descendants have for themselves: files and what several share are not counted. `None`
/// where the kernel keeps no such list.
pub(in super::super) fn memory(server: Pid) -> Option<u64> {
    let page = sysconf(SysconfVar::PAGE_SIZE).ok().flatten().and_then(|size| u64::try_from(size).ok())?;
    let mut found = children(server.as_raw())?;
    let mut pages = 0;
    // Whoever ends while this looks counts for nothing.
    while let Some(pid) = found.pop() {
        pages += own_pages(pid).unwrap_or(0);
        found.extend(children(pid).unwrap_or_default());
    }
    Some(pages * page)
}

fn children(pid: i32) -> Option<Vec<i32>> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let lists = threads.flatten().map(|thread| fs::read_to_string(thread.path().join("children")));
    let lists = lists.collect::<Result<Vec<_>, _>>().ok()?;
    Some(lists.iter().flat_map(|list| list.split_whitespace()).filter_map(|pid| pid.parse().ok()).collect())
}

/// Those in memory but for those that files or others have, too (proc(5), `statm`).
fn own_pages(pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let mut numbers = text.split_whitespace().map_while(|word| word.parse::<u64>().ok());
    Some(numbers.nth(1)?.saturating_sub(numbers.next()?))
}
