//! dsynth.ini, its profiles, and what they make of `make.conf` and the environment.

mod derived;
mod directories;
mod edit;
mod environment;
mod ini;
mod key;
mod limits;
mod make_conf;
mod profile;
mod value;

pub use derived::memory_target;
pub use directories::DirectoryError;
pub use edit::with_value;
pub use environment::{scan_environment, worker_environment};
pub use ini::{Entry, Ini, IniError, IniFault, Section};
pub use key::Key;
pub use limits::{PerPort, PortLimits};
pub use make_conf::{MakeConf, MakeConfError, Settings, jail_make_conf, scan_facts};
pub use profile::{INI_FILE, Profile, ProfileError, ProfileFault, SEARCH_PATH, config_dir};
pub use value::{PackageSuffix, ValueError};
