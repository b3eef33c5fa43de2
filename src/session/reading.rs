//! How the tree is read: by our own reader or by `make`, in jails or on the host.

use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::config::{MakeConf, Profile};
use crate::makefile::Dialect;
use crate::model::{Evaluator, Stop};
use crate::system::make::{Make, MakeTool};
use crate::system::native::{Check, HostShell, NativeMake, Setting, Shell};
use crate::system::platform::ncpu;

use super::scan::{RootError, ScanMake, Shown};

pub(super) struct Reading {
    pub(super) make: Arc<dyn Make>,
    /// It answers in process, and can say how its answers compared.
    pub(super) native: Option<Arc<NativeMake>>,
    pub(super) trouble: Option<RootError>,
}

/// A host that needs dsynth's makefiles has no BSD's base system either: there `make` and the commands of makefiles get a
/// jail, if they can have one. A host without any `make` has nothing to compare with.
pub(super) fn reading(
    make: MakeTool,
    makefiles: Option<Utf8PathBuf>,
    dialect: Dialect,
    profile: &Profile,
    make_conf: &MakeConf,
    stop: &Stop,
) -> Reading {
    let is_here = make.program.is_file();
    let on_host = |make: MakeTool, trouble| {
        let setting = Setting {
            environment: make.environment.clone(),
            system: makefiles.as_ref().map_or("/usr/share/mk".into(), ToString::to_string),
            program: make.program.to_string(),
            ..Setting::default()
        };
        let shell = HostShell { time_limit: make.time_limit };
        (Arc::new(make) as Arc<dyn Make>, Arc::new(shell) as Arc<dyn Shell>, setting, trouble)
    };
    let (reference, shell, setting, trouble) = match &makefiles {
        None => on_host(make, None),
        Some(makefiles) => {
            let shown = Shown {
                buildbase: profile.buildbase.clone(),
                makefiles: makefiles.clone(),
                directories: vec![profile.portsdir.clone(), profile.options.clone(), profile.empty_dir()],
                make_conf: make_conf.clone(),
                jails: ncpu() as usize,
                helper_exe: None,
            };
            match ScanMake::open(make.clone(), &shown, stop) {
                Ok(jails) => {
                    let (setting, jails) = (jails.setting(), Arc::new(jails));
                    (jails.clone() as Arc<dyn Make>, jails as Arc<dyn Shell>, setting, None)
                }
                Err(error) => on_host(make, Some(error)),
            }
        }
    };
    if profile.evaluator == Evaluator::Make {
        return Reading { make: reference, native: None, trouble };
    }
    let remembered = profile.buildbase.join("read-by-make");
    let check = Check::new(profile.evaluator == Evaluator::Both, remembered, seed());
    let setting = Setting { dialect, ..setting };
    let native = Arc::new(NativeMake::new(setting, shell, is_here.then_some(reference), check, stop.clone()));
    Reading { make: native.clone(), native: Some(native), trouble }
}

/// Which answers are compared is drawn anew for each process, or given to repeat a draw.
fn seed() -> u64 {
    let given = std::env::var("DSYNTH_SEED").ok().and_then(|text| text.parse().ok());
    given.unwrap_or_else(|| crate::system::disk::now().unsigned_abs() % 1_000_000)
}
