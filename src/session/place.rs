//! Where jobs are built: the profile's directories and the world, made into jails.

use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{MakeConf, Profile, Settings, jail_make_conf, worker_environment};
use crate::jail::{
    self, Jail, JailError, JailFile, JailSpec, Layout, Limits, Mount, MountKind, Template, World, mounts,
};
use crate::model::Platform;
use crate::phases::Make;
use crate::repo::{no_manuals, unpack};

/// Makes jails for one run.
pub trait Jails: Send + Sync {
    fn make(&self) -> &Make;

    /// A jail in `<BB>/SLnumber`, not set up yet, with some files of the caller's in it: path and text.
    fn jail(&self, number: u32, files: Vec<(String, String)>) -> Box<dyn Jail>;

    /// Makes the template if it is missing or old: with the package manager in it, or bare to build that one.
    fn prepare_template(&self, manager: Option<(&Utf8Path, String)>) -> Result<(), JailError>;
}

/// The real ones.
pub struct Place {
    pub make: Make,
    mounts: Vec<Mount>,
    template: Template,
    /// One thread at a time makes the template.
    template_door: Mutex<()>,
    make_conf: String,
    platform: Platform,
    buildbase: Utf8PathBuf,
    nice: i32,
    limits: Limits,
}

/// What of a run's options matters here.
#[derive(Clone, Debug, Default)]
pub struct PlaceOptions {
    pub developer: bool,
    pub nice: i32,
    /// Version of ports-mgmt/pkg, if it is known.
    pub pkg_version: Option<String>,
    /// `MAKE_JOBS_NUMBER`.
    pub jobs: u32,
    /// The repository is built anew in this jail: /packages is writable.
    pub writable_packages: bool,
}

impl Place {
    pub fn new(
        profile: &Profile,
        make_conf: &MakeConf,
        platform: &Platform,
        host_makefiles: Option<&Utf8Path>,
        options: &PlaceOptions,
    ) -> Result<Place, JailError> {
        let world = World::inspect(&profile.system)?;
        let settings = Settings {
            platform,
            suffix: profile.suffix,
            pkg_version: options.pkg_version.as_deref(),
            developer: options.developer,
            ccache: profile.ccache.is_some(),
            jobs: options.jobs,
            foreign: cfg!(target_os = "linux"),
        };
        // Where the world has BSD make under its own name, /usr/bin/make may be another make.
        let bmake = profile.system.join("usr/bin/bmake").exists();
        let program = if bmake { "/usr/bin/bmake" } else { "/usr/bin/make" };
        Ok(Place {
            make: Make { program: program.to_owned(), environment: worker_environment(platform, None) },
            mounts: table(profile, make_conf, &world, host_makefiles, options.writable_packages),
            template: Template::new(&profile.buildbase, &world),
            template_door: Mutex::new(()),
            make_conf: jail_make_conf(&make_conf.text, &settings),
            platform: platform.clone(),
            buildbase: profile.buildbase.clone(),
            nice: options.nice,
            limits: Limits { processes: profile.limits.processes, memory: profile.limits.memory },
        })
    }

    /// Whether every jail has a file, by its path below the root.
    pub fn template_has(&self, path: &str) -> bool {
        self.template.path().join(path).exists()
    }
}

impl Jails for Place {
    fn make(&self) -> &Make {
        &self.make
    }

    fn jail(&self, number: u32, files: Vec<(String, String)>) -> Box<dyn Jail> {
        let make_conf = ("/etc/make.conf".to_owned(), self.make_conf.clone());
        let files = std::iter::once(make_conf).chain(files);
        let files = files.map(|(path, content)| JailFile { path: path.into(), content, mode: 0o644 }).collect();
        jail::new(JailSpec {
            root: self.buildbase.join(format!("SL{number:02}")),
            mounts: self.mounts.clone(),
            template: self.template.path().to_owned(),
            files,
            // The same for all: no package may depend on which slot or host it was built in.
            hostname: "dsynth".into(),
            nice: self.nice,
            limits: self.limits,
            helper_exe: None,
        })
    }

    fn prepare_template(&self, manager: Option<(&Utf8Path, String)>) -> Result<(), JailError> {
        let _door = self.template_door.lock().unwrap_or_else(PoisonError::into_inner);
        let what = manager.as_ref().map_or("no package manager", |(_, digest)| digest);
        let stamp = format!("{} {what}", self.platform.abi());
        if self.template.is_current(&stamp) {
            return Ok(());
        }
        self.template.build(&stamp, |directory| match &manager {
            Some((package, _)) => unpack(package, directory, no_manuals).map(|_| ()).map_err(std::io::Error::other),
            None => Ok(()),
        })
    }
}

fn table(
    profile: &Profile,
    make_conf: &MakeConf,
    world: &World,
    host_makefiles: Option<&Utf8Path>,
    writable_packages: bool,
) -> Vec<Mount> {
    let has_ports_makefiles = profile.system.join("usr/share/mk/bsd.port.mk").exists();
    let layout = Layout {
        ports: profile.portsdir.clone(),
        packages: profile.packages.clone(),
        distfiles: profile.distfiles.clone(),
        options: profile.options.clone(),
        ccache: profile.ccache.clone(),
        share_mk: host_makefiles.filter(|_| !has_ports_makefiles).map(Utf8Path::to_owned),
        workdir_size: (profile.limits.workdir_size >> 20) as u32,
        with_debug: make_conf.with_debug(),
        usr_src: profile.system.join("usr/src/sys/Makefile").exists(),
    };
    let mut table = mounts(&layout, world);
    for mount in &mut table {
        if let MountKind::Null { read_only, .. } = &mut mount.kind
            && mount.target == "/packages"
        {
            *read_only = !writable_packages;
        }
    }
    // Ports and scripts know the repository as /packages/All.
    if profile.repository != profile.packages.join("All") {
        let kind = MountKind::Null { source: profile.repository.clone(), read_only: !writable_packages };
        table.push(Mount { target: "/packages/All".into(), kind });
    }
    table
}
