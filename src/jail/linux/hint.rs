//! What may be missing when the kernel says no.

use std::io;

use nix::libc::{EACCES, EINVAL, ENOSPC, ENOSYS, EPERM, EROFS, EUSERS};

/// Where it said no.
#[derive(Clone, Copy)]
pub(in super::super) enum Hint {
    None,
    UserNamespace,
    Namespaces,
    Proc,
    Attributes,
    MountPoint,
}

impl Hint {
    /// Empty, or a remark to follow the reason.
    pub(in super::super) fn text(self, error: &io::Error) -> String {
        let errno = error.raw_os_error().unwrap_or_default();
        let text = match self {
            Hint::UserNamespace if [EPERM, EACCES, ENOSPC, EUSERS, EINVAL, ENOSYS].contains(&errno) => {
                "user namespaces are switched off here: look at the sysctls `kernel.unprivileged_userns_clone`, \
                 `user.max_user_namespaces` and `kernel.apparmor_restrict_unprivileged_userns`, or run as root"
            }
            Hint::Namespaces if [EPERM, EACCES].contains(&errno) => {
                "this root may make no namespaces, as in most containers; it needs CAP_SYS_ADMIN"
            }
            Hint::Namespaces if errno == ENOSPC => "the sysctls `user.max_*_namespaces` allow no more",
            Hint::Proc if [EPERM, EACCES].contains(&errno) => {
                "the kernel gives a new /proc only where the old one is seen whole; a container covers parts of it"
            }
            Hint::MountPoint if errno == EROFS => "it must be a directory of the base system already",
            Hint::Attributes if errno == ENOSYS => "mount_setattr(2) needs Linux 5.12",
            _ => return String::new(),
        };
        format!(" ({text})")
    }
}
