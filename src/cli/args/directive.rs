//! The directives: what dsynth can be told to do.

/// The directives of spec 1.5 and ours; the name is matched as a whole, and its case matters. `WORKER` stays reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    Status,
    StatusEverything,
    Build,
    JustBuild,
    Install,
    Force,
    Test,
    Debug,
    Everything,
    FetchOnly,
    Add,
    Monitor,
    Explain,
    Graph,
    Check,
    Watch,
    Cleanup,
    Configure,
    ListSystem,
    PrepareSystem,
    UpgradeSystem,
    RebuildRepository,
    PurgeDistfiles,
    ResetDb,
    Selftest,
    Init,
    Version,
    Help,
}

impl Directive {
    pub const ALL: [Directive; 28] = [
        Directive::Status,
        Directive::StatusEverything,
        Directive::Build,
        Directive::JustBuild,
        Directive::Install,
        Directive::Force,
        Directive::Test,
        Directive::Debug,
        Directive::Everything,
        Directive::FetchOnly,
        Directive::Add,
        Directive::Monitor,
        Directive::Explain,
        Directive::Graph,
        Directive::Check,
        Directive::Watch,
        Directive::Cleanup,
        Directive::Configure,
        Directive::ListSystem,
        Directive::PrepareSystem,
        Directive::UpgradeSystem,
        Directive::RebuildRepository,
        Directive::PurgeDistfiles,
        Directive::ResetDb,
        Directive::Selftest,
        Directive::Init,
        Directive::Version,
        Directive::Help,
    ];

    pub fn parse(name: &str) -> Option<Directive> {
        Directive::ALL.into_iter().find(|directive| directive.name() == name)
    }

    pub fn name(self) -> &'static str {
        self.synopsis().split(' ').next().unwrap_or_default()
    }

    /// The name and what may follow it.
    pub fn synopsis(self) -> &'static str {
        match self {
            Directive::Status => "status [ports]",
            Directive::StatusEverything => "status-everything",
            Directive::Build => "build [ports]",
            Directive::JustBuild => "just-build [ports]",
            Directive::Install => "install [ports]",
            Directive::Force => "force [ports]",
            Directive::Test => "test [ports]",
            Directive::Debug => "debug [ports]",
            Directive::Everything => "everything",
            Directive::FetchOnly => "fetch-only [ports]",
            Directive::Add => "add [ports]",
            Directive::Monitor => "monitor [datfile]",
            Directive::Explain => "explain [ports]",
            Directive::Graph => "graph [ports]",
            Directive::Check => "check [ports]",
            Directive::Watch => "watch [ports]",
            Directive::Cleanup => "cleanup",
            Directive::Configure => "configure",
            Directive::ListSystem => "list-system",
            Directive::PrepareSystem => "prepare-system",
            Directive::UpgradeSystem => "upgrade-system",
            Directive::RebuildRepository => "rebuild-repository",
            Directive::PurgeDistfiles => "purge-distfiles",
            Directive::ResetDb => "reset-db",
            Directive::Selftest => "selftest",
            Directive::Init => "init",
            Directive::Version => "version",
            Directive::Help => "help",
        }
    }

    /// A line of the usage.
    pub fn summary(self) -> &'static str {
        match self {
            Directive::Status => "say what would be built",
            Directive::StatusEverything => "say what would be built of the whole tree",
            Directive::Build => "build, then ask whether to rebuild the repository",
            Directive::JustBuild => "build and leave the repository's index alone",
            Directive::Install => "build, rebuild the repository, and install",
            Directive::Force => "build even what is up to date",
            Directive::Test => "build with all checks, install and deinstall",
            Directive::Debug => "build, and leave the place it was built in for a look",
            Directive::Everything => "build the whole tree",
            Directive::FetchOnly => "fetch distfiles; `everything` is the whole tree",
            Directive::Add => "add ports to a run that is under way",
            Directive::Monitor => "look at a run that is under way",
            Directive::Explain => "say why a port would be built, or why not",
            Directive::Graph => "show what depends on what; --reverse --depth --within --dot",
            Directive::Check => "say what is wrong with the tree; exit status 2 if anything is",
            Directive::Watch => "build, and again at each change; --once --dry-run --poll",
            Directive::Cleanup => "unmount what a run left behind",
            Directive::Configure => "not implemented",
            Directive::ListSystem => "list the ports of installed packages in build.txt",
            Directive::PrepareSystem => "build all installed packages",
            Directive::UpgradeSystem => "build all installed packages and upgrade them",
            Directive::RebuildRepository => "rebuild the repository's index",
            Directive::PurgeDistfiles => "delete distfiles that no port needs",
            Directive::ResetDb => "forget what packages were made from",
            Directive::Selftest => "try whether jails keep their promises on this host",
            Directive::Init => "write a configuration and create its directories",
            Directive::Version => "print the version",
            Directive::Help => "print this text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directive_is_found_by_its_whole_name() {
        for directive in Directive::ALL {
            let name = directive.name();
            assert_eq!(Directive::parse(name), Some(directive));
            assert_eq!(Directive::parse(&name.to_uppercase()), None);
            assert_eq!(Directive::parse(&name[..name.len() - 1]), None);
        }
        assert_eq!(Directive::parse(""), None);
    }
}
