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
    History,
    Logs,
    Serve,
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
    Completions,
    ManPage,
    Version,
    Help,
}

impl Directive {
    pub const ALL: [Directive; 33] = [
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
        Directive::History,
        Directive::Logs,
        Directive::Serve,
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
        Directive::Completions,
        Directive::ManPage,
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
            Directive::History => "history [ports]",
            Directive::Logs => "logs port",
            Directive::Serve => "serve",
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
            Directive::Completions => "completions shell",
            Directive::ManPage => "man-page",
            Directive::Version => "version",
            Directive::Help => "help [directive]",
        }
    }

    /// A line of the usage.
    pub fn summary(self) -> &'static str {
        match self {
            Directive::Status => "say what would be built; without ports, of what is installed here",
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
            Directive::History => "list past runs, or the builds of ports; --count",
            Directive::Logs => "print the log of a port's last build",
            Directive::Serve => "show runs to browsers and programs, and build for them; --listen",
            Directive::Cleanup => "unmount what a run left behind",
            Directive::Configure => "show and change the profile's settings",
            Directive::ListSystem => "list the ports of installed packages in build.txt",
            Directive::PrepareSystem => "build all installed packages",
            Directive::UpgradeSystem => "build all installed packages and upgrade them",
            Directive::RebuildRepository => "rebuild the repository's index",
            Directive::PurgeDistfiles => "delete distfiles that no port needs",
            Directive::ResetDb => "forget what packages were made from",
            Directive::Selftest => "try whether jails keep their promises on this host",
            Directive::Init => "write a configuration and create its directories",
            Directive::Completions => "print completions for bash, zsh, fish or elvish",
            Directive::ManPage => "print the manual page, for man(1)",
            Directive::Version => "print the version",
            Directive::Help => "print this text, or more about one directive",
        }
    }

    /// What more there is to say of it; may be nothing.
    pub fn description(self) -> &'static str {
        match self {
            Directive::Status => {
                "A line `  N => port` for each package that would be built, in order, and their number. Nothing is changed."
            }
            Directive::Build | Directive::JustBuild | Directive::Everything => {
                "What is up to date by its contents is not built again. The exit status is 2 if a port failed, was skipped or is \
                 missing. `everything` also deletes packages that no port makes any more."
            }
            Directive::Install => {
                "The host's own pkg(8) installs the packages of the ports named; with -y it asks nothing."
            }
            Directive::Force => "Old packages stay until the new ones are whole.",
            Directive::Test => "With -D: the log begins with what the port is built with.",
            Directive::Debug => {
                "When all is built, dsynth says how to get into the jails of the ports named, and waits; ^C takes them away."
            }
            Directive::FetchOnly => "A port that fails holds nobody back.",
            Directive::Add => {
                "The run goes on with these ports when it is done with its own. Runs of `everything`, `watch` and the like \
                 take none."
            }
            Directive::Cleanup => "Logs and packages stay.",
            Directive::Configure => {
                "A value that cannot be used is refused, and nothing is written before you say so; remarks stay."
            }
            Directive::ListSystem => "With all that these ports need, one a line, in the current directory.",
            Directive::PrepareSystem => {
                "Then asks whether to delete packages that this host does not need, and rebuilds the repository."
            }
            Directive::UpgradeSystem => {
                "The repository is rebuilt, and the host's own pkg(8) upgrades from it alone; with -y it asks nothing."
            }
            Directive::PurgeDistfiles => {
                "Keeps whatever any port and flavor of the tree names, and lock files. If a port cannot be read, nothing is \
                 deleted unless -f says so. With --dry-run it says what it would delete."
            }
            Directive::ResetDb => "Packages and logs stay; packages without a record count as up to date.",
            Directive::Init => "What exists is kept, so it may be run again after the file was edited.",
            Directive::Logs => {
                "The last one, on standard output. A port of many flavors has many logs; they are named."
            }
            Directive::History => "The newest first.",
            Directive::Serve => {
                "The page and the API of docs/api.md. Programs that ask for a build have it queued, one at a time. Without a key \
                 (Api_key in the profile) it listens on this machine alone."
            }
            Directive::Completions => {
                "Such as: dsynth completions bash > /usr/local/share/bash-completion/completions/dsynth"
            }
            Directive::ManPage => "Such as: dsynth man-page > /usr/local/share/man/man1/dsynth.1",
            _ => "",
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
