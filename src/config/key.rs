//! The keys of a profile.

/// Every key that a profile may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    OperatingSystem,
    Packages,
    Repository,
    Portsdir,
    Options,
    Distfiles,
    Buildbase,
    Logs,
    Ccache,
    System,
    PackageSuffix,
    MetaVersion,
    Builders,
    Jobs,
    TmpfsWorkdir,
    TmpfsLocalbase,
    Ncurses,
    LeveragePrebuilt,
    CheckPlist,
    NumaSetsize,
    ExitZeroOnFailure,
    Evaluator,
    PlatformRelease,
    PlatformVersion,
    NetworkPorts,
    MaxSilence,
    MaxBuildTime,
    MaxLogSize,
    WorkdirSize,
    MaxMemory,
    MaxProcesses,
    ApiListen,
    ApiKey,
}

impl Key {
    pub const ALL: [Key; 33] = [
        Key::OperatingSystem,
        Key::Packages,
        Key::Repository,
        Key::Portsdir,
        Key::Options,
        Key::Distfiles,
        Key::Buildbase,
        Key::Logs,
        Key::Ccache,
        Key::System,
        Key::PackageSuffix,
        Key::MetaVersion,
        Key::Builders,
        Key::Jobs,
        Key::TmpfsWorkdir,
        Key::TmpfsLocalbase,
        Key::Ncurses,
        Key::LeveragePrebuilt,
        Key::CheckPlist,
        Key::NumaSetsize,
        Key::ExitZeroOnFailure,
        Key::Evaluator,
        Key::PlatformRelease,
        Key::PlatformVersion,
        Key::NetworkPorts,
        Key::MaxSilence,
        Key::MaxBuildTime,
        Key::MaxLogSize,
        Key::WorkdirSize,
        Key::MaxMemory,
        Key::MaxProcesses,
        Key::ApiListen,
        Key::ApiKey,
    ];

    /// As it is written in the file; case matters.
    pub fn name(self) -> &'static str {
        match self {
            Key::OperatingSystem => "Operating_system",
            Key::Packages => "Directory_packages",
            Key::Repository => "Directory_repository",
            Key::Portsdir => "Directory_portsdir",
            Key::Options => "Directory_options",
            Key::Distfiles => "Directory_distfiles",
            Key::Buildbase => "Directory_buildbase",
            Key::Logs => "Directory_logs",
            Key::Ccache => "Directory_ccache",
            Key::System => "Directory_system",
            Key::PackageSuffix => "Package_suffix",
            Key::MetaVersion => "Meta_version",
            Key::Builders => "Number_of_builders",
            Key::Jobs => "Max_jobs_per_builder",
            Key::TmpfsWorkdir => "Tmpfs_workdir",
            Key::TmpfsLocalbase => "Tmpfs_localbase",
            Key::Ncurses => "Display_with_ncurses",
            Key::LeveragePrebuilt => "leverage_prebuilt",
            Key::CheckPlist => "Check_plist",
            Key::NumaSetsize => "Numa_setsize",
            Key::ExitZeroOnFailure => "Exit_zero_on_failure",
            Key::Evaluator => "Evaluator",
            Key::PlatformRelease => "Platform_release",
            Key::PlatformVersion => "Platform_version",
            Key::NetworkPorts => "Network_ports",
            Key::MaxSilence => "Max_silence",
            Key::MaxBuildTime => "Max_build_time",
            Key::MaxLogSize => "Max_log_size",
            Key::WorkdirSize => "Max_workdir_size",
            Key::MaxMemory => "Max_memory",
            Key::MaxProcesses => "Max_processes",
            Key::ApiListen => "Api_listen",
            Key::ApiKey => "Api_key",
        }
    }

    pub fn parse(name: &str) -> Option<Key> {
        Key::ALL.into_iter().find(|key| key.name() == name)
    }

    /// The key that was probably meant: no more than a third of it is typed wrong. A key that begins so goes first.
    pub fn nearest(name: &str) -> Option<Key> {
        let name = name.to_lowercase();
        let distance = |key: &Key| edits(&name, &key.name().to_lowercase());
        let begins = |key: &Key| key.name().to_lowercase().starts_with(&name);
        let nearest = Key::ALL.into_iter().min_by_key(|key| (!begins(key), distance(key)))?;
        (distance(&nearest) <= nearest.name().len() / 3).then_some(nearest)
    }
}

/// How many characters to add, drop or change to make one text of the other (Levenshtein).
fn edits(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = corner + usize::from(a != *b);
            corner = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(corner + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_by_its_name_alone() {
        for key in Key::ALL {
            assert_eq!(Key::parse(key.name()), Some(key));
            assert_eq!(Key::parse(&key.name().to_uppercase()), None);
        }
    }

    #[test]
    fn suggests_the_key_that_was_meant_or_none() {
        let table = [
            ("Number_of_bilders", Some(Key::Builders)),
            ("directory_buildbase", Some(Key::Buildbase)),
            ("Leverage_prebuilt", Some(Key::LeveragePrebuilt)),
            ("Directory_port", Some(Key::Portsdir)),
            ("Tmpfs_local", Some(Key::TmpfsLocalbase)),
            ("colour", None),
            ("", None),
        ];
        for (name, key) in table {
            assert_eq!(Key::nearest(name), key, "{name}");
        }
    }
}
