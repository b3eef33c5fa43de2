//! The steps from a port to its package.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// One step of a port's build; in the order of spec 6.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    // What a port is built with, for developers.
    DumpEnvironment,
    ShowConfig,
    DumpConfigureEnv,
    DumpConfigureArgs,
    DumpMakeEnv,
    DumpMakeArgs,
    DumpPlistSub,
    DumpSubList,
    DumpMakeConf,
    InstallPkgs,
    CheckSanity,
    PkgDepends,
    FetchDepends,
    Fetch,
    Checksum,
    ExtractDepends,
    Extract,
    PatchDepends,
    Patch,
    BuildDepends,
    LibDepends,
    Configure,
    Build,
    RunDepends,
    Stage,
    CheckPlist,
    Package,
    Install,
    Deinstall,
}

impl Phase {
    pub const ALL: [Phase; 29] = [
        Phase::DumpEnvironment,
        Phase::ShowConfig,
        Phase::DumpConfigureEnv,
        Phase::DumpConfigureArgs,
        Phase::DumpMakeEnv,
        Phase::DumpMakeArgs,
        Phase::DumpPlistSub,
        Phase::DumpSubList,
        Phase::DumpMakeConf,
        Phase::InstallPkgs,
        Phase::CheckSanity,
        Phase::PkgDepends,
        Phase::FetchDepends,
        Phase::Fetch,
        Phase::Checksum,
        Phase::ExtractDepends,
        Phase::Extract,
        Phase::PatchDepends,
        Phase::Patch,
        Phase::BuildDepends,
        Phase::LibDepends,
        Phase::Configure,
        Phase::Build,
        Phase::RunDepends,
        Phase::Stage,
        Phase::CheckPlist,
        Phase::Package,
        Phase::Install,
        Phase::Deinstall,
    ];

    /// Name on screens and in logs; for all but `install-pkgs` and the dumps it is the `make` target too.
    pub fn name(self) -> &'static str {
        match self {
            Phase::DumpEnvironment => "dump-env",
            Phase::ShowConfig => "show-config",
            Phase::DumpConfigureEnv
            | Phase::DumpConfigureArgs
            | Phase::DumpMakeEnv
            | Phase::DumpMakeArgs
            | Phase::DumpPlistSub
            | Phase::DumpSubList => "dump-var",
            Phase::DumpMakeConf => "make-conf",
            Phase::InstallPkgs => "install-pkgs",
            Phase::CheckSanity => "check-sanity",
            Phase::PkgDepends => "pkg-depends",
            Phase::FetchDepends => "fetch-depends",
            Phase::Fetch => "fetch",
            Phase::Checksum => "checksum",
            Phase::ExtractDepends => "extract-depends",
            Phase::Extract => "extract",
            Phase::PatchDepends => "patch-depends",
            Phase::Patch => "patch",
            Phase::BuildDepends => "build-depends",
            Phase::LibDepends => "lib-depends",
            Phase::Configure => "configure",
            Phase::Build => "build",
            Phase::RunDepends => "run-depends",
            Phase::Stage => "stage",
            Phase::CheckPlist => "check-plist",
            Phase::Package => "package",
            Phase::Install => "install",
            Phase::Deinstall => "deinstall",
        }
    }

    /// What the port's log calls it (spec 7.3).
    pub fn title(self) -> &'static str {
        match self {
            Phase::InstallPkgs => "setup",
            Phase::DumpEnvironment => "Environment",
            Phase::ShowConfig => "showconfig",
            Phase::DumpMakeConf => "make.conf",
            phase => phase.variable().unwrap_or(phase.name()),
        }
    }

    /// The variable that it shows.
    pub fn variable(self) -> Option<&'static str> {
        match self {
            Phase::DumpConfigureEnv => Some("CONFIGURE_ENV"),
            Phase::DumpConfigureArgs => Some("CONFIGURE_ARGS"),
            Phase::DumpMakeEnv => Some("MAKE_ENV"),
            Phase::DumpMakeArgs => Some("MAKE_ARGS"),
            Phase::DumpPlistSub => Some("PLIST_SUB"),
            Phase::DumpSubList => Some("SUB_LIST"),
            _ => None,
        }
    }

    /// Whether it only says what the port is built with.
    pub fn is_dump(self) -> bool {
        self < Phase::InstallPkgs
    }

    /// Whether `NO_DEPENDS=1` is set: dependencies were installed before, these phases need no look at them.
    pub fn skips_depends(self) -> bool {
        self.is_dump() || matches!(self, Phase::InstallPkgs | Phase::Build | Phase::Package)
    }

    pub fn needs_network(self) -> bool {
        self == Phase::Fetch
    }

    /// How long a phase may be silent before it is taken for dead (spec 6.6).
    pub fn watchdog(self) -> Duration {
        let minutes = match self {
            Phase::CheckPlist => 5,
            Phase::CheckSanity | Phase::PkgDepends | Phase::Checksum | Phase::PatchDepends | Phase::Patch => 10,
            Phase::ExtractDepends | Phase::Extract | Phase::Configure => 15,
            Phase::InstallPkgs => 30,
            Phase::BuildDepends | Phase::LibDepends | Phase::RunDepends | Phase::Stage | Phase::Package => 60,
            Phase::Install | Phase::Deinstall => 60,
            Phase::FetchDepends | Phase::Fetch => 120,
            Phase::Build => 180,
            _dump => 10,
        };
        Duration::from_secs(minutes * 60)
    }
}
