//! The operating system that packages are built for.

use serde::{Deserialize, Serialize};

/// What a world (the base system in `Directory_system`) is; the source of the ABI and of `OSVERSION` and its like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// `DragonFly`, `FreeBSD` or `Linux`: `OPSYS` of the ports framework.
    pub os: String,
    /// `6.5`, `14.1`, `12`.
    pub release: String,
    /// The number in `sys/param.h` (`__DragonFly_version`, `__FreeBSD_version`); 0 on Linux.
    pub version: u32,
    /// `x86_64`, `amd64`: `ARCH`, as `uname -p` says it.
    pub arch: String,
    /// As `uname -m` says it.
    pub machine: String,
}

impl Platform {
    /// What makes packages of one machine useless on another: system, major release, architecture.
    pub fn abi(&self) -> String {
        let major = self.release.split('.').next().unwrap_or_default();
        // DragonFly breaks its ABI with minor releases too (6.2 -> 6.4), and says so in pkg's own ABI string.
        let release = if self.os == "DragonFly" { &self.release } else { major };
        format!("{}:{}:{}", self.os, release, self.arch)
    }
}
