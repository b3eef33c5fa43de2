//! A jail's control group, where the host has them in version 2 and leaves a part of the tree to dsynth.

use std::fs;
use std::io;
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::{JailError, Limits};
use super::mounted::mount_point;

const CONTROLLERS: [&str; 2] = ["memory", "pids"];
/// Where dsynth itself goes: a group that has members of its own may not share out its controllers.
const OWN: &str = "dsynth";

/// What a jail may use, kept by its control group if it has one.
pub(in super::super) struct Budget(Option<Cgroup>);

impl Budget {
    /// There is no group where there are none or nothing is to be limited.
    pub(in super::super) fn make(limits: &Limits, slot: &Utf8Path) -> Result<Budget, JailError> {
        match home() {
            Ok(home) if *limits != Limits::default() => {
                let name = format!("{}-{}", slot.file_name().unwrap_or_default(), std::process::id());
                Cgroup::at(home.join(name), limits).map(|cgroup| Budget(Some(cgroup)))
            }
            _ => Ok(Budget(None)),
        }
    }

    /// For the helper to [`enter`].
    pub(in super::super) fn place(&self) -> Option<&Utf8Path> {
        self.0.as_ref().map(|cgroup| cgroup.place.as_path())
    }

    /// How many processes the kernel has killed for want of memory: of this jail, and on the host.
    pub(in super::super) fn kills(&self) -> (u64, u64) {
        (self.0.as_ref().map_or(0, Cgroup::kills), host_kills())
    }
}

/// Removed when dropped; nobody may be in it any more.
struct Cgroup {
    place: Utf8PathBuf,
}

/// Why there are none, for people; `None` if there are.
pub(in super::super) fn limits_missing() -> Option<String> {
    home().as_ref().err().cloned()
}

impl Cgroup {
    fn at(place: Utf8PathBuf, limits: &Limits) -> Result<Cgroup, JailError> {
        // Left by a dsynth that was killed and had the same number.
        let _ = fs::remove_dir(&place);
        fs::create_dir(&place).map_err(JailError::path("make", &place))?;
        let cgroup = Cgroup { place };
        cgroup.limit("memory.max", limits.memory)?;
        cgroup.limit("pids.max", limits.processes.map(u64::from))?;
        Ok(cgroup)
    }

    fn kills(&self) -> u64 {
        counter(&fs::read_to_string(self.place.join("memory.events")).unwrap_or_default(), "oom_kill")
    }

    fn limit(&self, name: &str, limit: Option<u64>) -> Result<(), JailError> {
        let path = self.place.join(name);
        limit.map_or(Ok(()), |limit| fs::write(&path, limit.to_string()).map_err(JailError::path("write", &path)))
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // What stays holds nobody, and a reboot takes it.
        let _ = fs::remove_dir(&self.place);
    }
}

/// For the helper: it and all that it starts are in the group from here on.
pub(super) fn enter(place: &Utf8Path) -> io::Result<()> {
    fs::write(place.join("cgroup.procs"), "0")
}

/// 0 if the kernel does not say.
fn host_kills() -> u64 {
    counter(&fs::read_to_string("/proc/vmstat").unwrap_or_default(), "oom_kill")
}

/// The number after a name, in lines of both.
fn counter(text: &str, name: &str) -> u64 {
    let mut lines = text.lines().filter_map(|line| line.split_once(' '));
    lines.find(|(found, _)| *found == name).and_then(|(_, number)| number.trim().parse().ok()).unwrap_or(0)
}

/// The group whose children are the jails'; found out once.
fn home() -> &'static Result<Utf8PathBuf, String> {
    static HOME: OnceLock<Result<Utf8PathBuf, String>> = OnceLock::new();
    HOME.get_or_init(|| {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let (root, place) = own_group(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"))
            .ok_or("this host has no cgroups of version 2")?;
        delegated(&root, &place)
    })
}

/// Where the hierarchy is mounted, and where in it this process is.
fn own_group(mountinfo: &str, cgroup: &str) -> Option<(Utf8PathBuf, Utf8PathBuf)> {
    let mount = mountinfo.lines().find(|line| line.contains(" - cgroup2 "))?;
    let root = mount_point(mount)?;
    let below = cgroup.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let place = root.join(below);
    Some((root, place))
}

/// Makes `place` share out its controllers; says what is in the way.
fn delegated(root: &Utf8Path, place: &Utf8Path) -> Result<Utf8PathBuf, String> {
    let has = |file: &str| {
        let text = fs::read_to_string(place.join(file)).unwrap_or_default();
        CONTROLLERS.into_iter().find(|name| !text.split_whitespace().any(|word| word == *name))
    };
    if let Some(name) = has("cgroup.controllers") {
        return Err(format!("`{place}` has no controller `{name}`: version 1 has it, or nobody delegated it"));
    }
    if has("cgroup.subtree_control").is_none() {
        return Ok(place.to_owned());
    }
    let share = || {
        // The root alone may have members and share.
        if place != root {
            fs::create_dir_all(place.join(OWN))?;
            enter(&place.join(OWN))?;
        }
        fs::write(place.join("cgroup.subtree_control"), "+memory +pids")
    };
    share().map(|()| place.to_owned()).map_err(|error| {
        format!("`{place}` is not delegated ({error}); start dsynth by `systemd-run --scope -p Delegate=yes`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The kernel's files are played by plain ones: not every machine that runs the tests has the controllers.
    fn group(controllers: &str, shared: &str) -> (tempfile::TempDir, Utf8PathBuf) {
        let scratch = tempfile::tempdir().unwrap();
        let place = Utf8PathBuf::from_path_buf(scratch.path().join("unit")).unwrap();
        fs::create_dir(&place).unwrap();
        fs::write(place.join("cgroup.controllers"), controllers).unwrap();
        fs::write(place.join("cgroup.subtree_control"), shared).unwrap();
        (scratch, place)
    }

    #[test]
    fn a_delegated_group_shares_its_controllers_and_dsynth_moves_aside() {
        let (_scratch, place) = group("cpu memory pids\n", "\n");
        assert_eq!(delegated(place.parent().unwrap(), &place), Ok(place.clone()));
        assert_eq!(fs::read_to_string(place.join("cgroup.subtree_control")).unwrap(), "+memory +pids");
        assert_eq!(fs::read_to_string(place.join("dsynth/cgroup.procs")).unwrap(), "0");
    }

    #[test]
    fn what_shares_already_is_left_alone_and_what_cannot_is_told() {
        let (_scratch, place) = group("memory pids\n", "memory pids\n");
        assert_eq!(delegated(place.parent().unwrap(), &place), Ok(place.clone()));
        assert!(!place.join("dsynth").exists());
        let (_scratch, place) = group("cpu memory\n", "");
        let error = delegated(&place, &place).unwrap_err();
        assert!(error.contains("no controller `pids`"), "{error}");
    }

    #[test]
    fn limits_are_written_and_kills_are_read() {
        let (_scratch, place) = group("memory pids", "memory pids");
        let limits = Limits { processes: Some(200), memory: Some(1 << 30) };
        let cgroup = Cgroup::at(place.join("SL00-7"), &limits).unwrap();
        let read = |name: &str| fs::read_to_string(cgroup.place.join(name)).unwrap();
        assert_eq!((read("memory.max"), read("pids.max")), ("1073741824".into(), "200".into()));
        assert_eq!(cgroup.kills(), 0);
        fs::write(cgroup.place.join("memory.events"), "low 0\noom 3\noom_kill 2\noom_group_kill 0\n").unwrap();
        assert_eq!(cgroup.kills(), 2);
    }

    #[test]
    fn the_own_group_is_that_of_version_2() {
        let mountinfo = "1 2 0:3 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
                         4 2 0:5 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw\n";
        let found = own_group(mountinfo, "4:memory:/x\n0::/user.slice/me\n");
        assert_eq!(found, Some(("/sys/fs/cgroup".into(), "/sys/fs/cgroup/user.slice/me".into())));
        assert_eq!(own_group("1 2 0:3 / / rw - ext4 x rw\n", "0::/\n"), None);
    }
}
