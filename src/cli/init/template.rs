//! The files that `init` writes, for the system it runs on.

/// What differs between systems.
pub(super) struct Host {
    system: &'static str,
    portsdir: &'static str,
    /// Lines about the platform, after the others.
    platform: &'static str,
}

/// A profile's make.conf: nothing but advice.
pub(super) const MAKE_CONF: &str = "\
# make.conf of one dsynth profile: read when the ports are looked at and when they are built.
# The whole language of make may be used; dsynth's own lines come after these.
#
# LICENSES_ACCEPTED=	NONE
# DISABLE_LICENSES=	yes
# DEFAULT_VERSIONS=	ssl=openssl python=3.11
# FORCE_PACKAGE=	yes
# DPORTS_BUILDER=	yes
# STRIP=
# WITH_DEBUG=		yes
";

const LINUX: &str = "
; Packages are built in a copy of the world in Directory_system, which is this Linux with `/`. It may be
; a world that stands for another system (its make, its base tools); then say which, and its version,
; as __FreeBSD_version or __DragonFly_version has it:
;
; Operating_system= FreeBSD
; Platform_release= 14.1
; Platform_version= 1401000
";

impl Host {
    pub(super) fn of(system: &'static str) -> Host {
        let portsdir = if system == "DragonFly" { "/build/synth/dports" } else { "/usr/ports" };
        Host { system, portsdir, platform: if system == "Linux" { LINUX } else { "" } }
    }

    /// dsynth.ini with the keys of spec 2.6 and their advice.
    pub(super) fn ini(&self) -> String {
        let Host { system, portsdir, platform } = self;
        format!(
            "\
; dsynth.ini, written by `dsynth init`; change what you like.
; A line is `Key= value`. What follows a ` ;` is a remark.

[Global Configuration]
profile_selected= LiveSystem

[LiveSystem]
Operating_system= {system}

; `dsynth init` creates all of these but the ports tree and the world, which is Directory_system.
Directory_packages= /build/synth/live_packages
Directory_repository= /build/synth/live_packages/All
Directory_portsdir= {portsdir}
Directory_options= /build/synth/options
Directory_distfiles= /build/synth/distfiles
Directory_buildbase= /build/synth/build
Directory_logs= /build/synth/logs
Directory_ccache= disabled ; or a directory
Directory_system= /

; How packages are compressed: .tgz .tar .txz .tbz .tzst
Package_suffix= .txz

; Ports built at a time: 0 is half of the processors and one. Jobs of each: 0 is all processors.
Number_of_builders= 0
Max_jobs_per_builder= 0

; No other value of these two and of leverage_prebuilt is supported.
Tmpfs_workdir= true
Tmpfs_localbase= true
Display_with_ncurses= true
leverage_prebuilt= false

; Meta_version= 2
; Check_plist= false
; Numa_setsize= 2

; What one port may use. Times are minutes, or have a unit (30s, 90m, 48h, 3d), and 0 is without end; sizes are such as 512M
; or 64G. `category/name:VALUE` or `category/name@flavor:VALUE` after it is for that port. A phase that is silent for longer
; than Max_silence is ended; without the key each phase has its own limit, from 5 minutes (check-plist) to 180 (build).
; Max_memory and Max_processes need a cgroup (docs/jails.md); 0 is no limit.
;
; Max_silence= www/chromium:600
; Max_build_time= 48h www/chromium:7d
; Max_log_size= 1G
; Max_workdir_size= 64G
; Max_memory= 0
; Max_processes= 0

; The network is there in the fetch phase alone, but for these ports.
; Network_ports= lang/example lang/example@flavor

; Exit with 0 at the end of a run even if ports failed; otherwise that is 2.
; Exit_zero_on_failure= false

; Who reads makefiles: native (dsynth itself, now and then compared with make), make, or both.
; Evaluator= native

; Where `dsynth serve` listens, and the key that it wants in X-API-Key. Without a key it listens on this machine alone.
; Api_listen= 127.0.0.1:8080
; Api_key= sixteen-characters-or-more

{platform}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Ini, Profile};

    #[test]
    fn the_file_is_a_profile_that_dsynth_understands() {
        for (system, portsdir) in
            [("DragonFly", "/build/synth/dports"), ("FreeBSD", "/usr/ports"), ("Linux", "/usr/ports")]
        {
            let ini = Ini::parse("/etc/dsynth/dsynth.ini".into(), Host::of(system).ini().as_bytes()).unwrap();
            let expected = Profile {
                operating_system: Some(system.into()),
                portsdir: portsdir.into(),
                builders: Some(0),
                jobs: 0,
                ..Profile::default()
            };
            assert_eq!(Profile::from_ini(&ini, None).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_commented_out_is_understood_too() {
        let text = Host::of("Linux").ini();
        let live: Vec<&str> = text.lines().map(|line| line.strip_prefix("; ").unwrap_or(line)).collect();
        let keys = live.iter().filter(|line| line.contains("= ") && !line.contains('`'));
        let text: String = keys.map(|line| format!("{line}\n")).collect();
        let text = format!("[LiveSystem]\n{}", text.replace("profile_selected= LiveSystem\n", ""));
        let profile = Profile::from_ini(&Ini::parse("x".into(), text.as_bytes()).unwrap(), None).unwrap();
        assert_eq!((profile.platform_version, profile.numa_setsize), (Some(1401000), 2));
    }

    #[test]
    fn the_make_conf_changes_nothing() {
        assert!(MAKE_CONF.lines().all(|line| line.starts_with('#')));
    }
}
