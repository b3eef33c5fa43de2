//! Takes off what is mounted for the host to see: leaves first, and from the kernel's list of that moment.

use std::io;
use std::thread;
use std::time::Duration;

use camino::Utf8Path;

use super::Leftovers;

const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(200);

/// The mounts of this host.
pub(super) trait MountTable {
    /// One of them, by its mount point.
    type Mount: AsRef<Utf8Path>;

    /// All, each after the one it lies in.
    fn list(&self) -> io::Result<Vec<Self::Mount>>;

    fn unmount(&self, mount: &Self::Mount) -> io::Result<()>;

    /// Takes it out of the way though it is busy.
    fn force(&self, mount: &Self::Mount) -> io::Result<()>;

    fn pause(&self) {
        thread::sleep(PAUSE);
    }
}

/// Unmounts whatever `is_ours`; what is busy gets a few more chances and is then forced.
pub(super) fn unmount<T: MountTable>(table: &T, is_ours: impl Fn(&Utf8Path) -> bool) -> io::Result<Leftovers> {
    let mut done = Leftovers::default();
    let mut stuck = take_off(table, &is_ours, &mut done)?;
    for _ in 1..TRIES {
        if !stuck.iter().any(|(_, error)| is_busy(error)) {
            break;
        }
        table.pause();
        stuck = take_off(table, &is_ours, &mut done)?;
    }
    for (mount, error) in stuck {
        let path = mount.as_ref().to_owned();
        let forced = if is_busy(&error) { table.force(&mount) } else { Err(error) };
        match forced {
            Ok(()) => done.detached.push(path),
            Err(error) => done.stuck.push((path, error)),
        }
    }
    Ok(done)
}

/// Once over all of them, leaves first; what stays, and why.
fn take_off<T: MountTable>(
    table: &T,
    is_ours: impl Fn(&Utf8Path) -> bool,
    done: &mut Leftovers,
) -> io::Result<Vec<(T::Mount, io::Error)>> {
    let mut stuck = Vec::new();
    for mount in table.list()?.into_iter().rev().filter(|mount| is_ours(mount.as_ref())) {
        match table.unmount(&mount) {
            Ok(()) => done.unmounted.push(mount.as_ref().to_owned()),
            Err(error) => stuck.push((mount, error)),
        }
    }
    Ok(stuck)
}

fn is_busy(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;
    use std::cell::RefCell;
    use std::io::ErrorKind;

    /// Mounts that are busy for so many tries; `u32::MAX` is for ever.
    struct Host {
        mounts: RefCell<Vec<(Utf8PathBuf, u32)>>,
        refusal: ErrorKind,
        yields_to_force: bool,
        asked: RefCell<Vec<String>>,
    }

    impl Host {
        fn new(mounts: &[(&str, u32)], refusal: ErrorKind, yields_to_force: bool) -> Host {
            let mounts = mounts.iter().map(|(path, busy)| (Utf8PathBuf::from(*path), *busy)).collect();
            Host { mounts: RefCell::new(mounts), refusal, yields_to_force, asked: RefCell::default() }
        }
    }

    impl MountTable for Host {
        type Mount = Utf8PathBuf;

        fn list(&self) -> io::Result<Vec<Utf8PathBuf>> {
            Ok(self.mounts.borrow().iter().map(|(path, _)| path.clone()).collect())
        }

        fn unmount(&self, mount: &Utf8PathBuf) -> io::Result<()> {
            self.asked.borrow_mut().push(mount.to_string());
            let mut mounts = self.mounts.borrow_mut();
            let at = mounts.iter().position(|(path, _)| path == mount).unwrap();
            if mounts[at].1 > 0 {
                mounts[at].1 = mounts[at].1.saturating_sub(u32::from(mounts[at].1 < u32::MAX));
                return Err(self.refusal.into());
            }
            mounts.remove(at);
            Ok(())
        }

        fn force(&self, mount: &Utf8PathBuf) -> io::Result<()> {
            if !self.yields_to_force {
                return Err(ErrorKind::PermissionDenied.into());
            }
            self.mounts.borrow_mut().retain(|(path, _)| path != mount);
            Ok(())
        }

        fn pause(&self) {
            self.asked.borrow_mut().push("pause".to_owned());
        }
    }

    fn slot(path: &Utf8Path) -> bool {
        path.starts_with("/b/SL00")
    }

    #[test]
    fn leaves_go_first_and_others_are_left_alone() {
        let host = Host::new(&[("/", 0), ("/b/SL00", 0), ("/b/SL01", 0), ("/b/SL00/dev", 0)], ErrorKind::Other, true);
        let done = unmount(&host, slot).unwrap();
        assert_eq!(done.unmounted, ["/b/SL00/dev", "/b/SL00"]);
        assert_eq!(host.list().unwrap(), ["/", "/b/SL01"]);
        assert_eq!(*host.asked.borrow(), ["/b/SL00/dev", "/b/SL00"]);
    }

    #[test]
    fn what_is_busy_for_a_while_gets_its_time() {
        let host = Host::new(&[("/b/SL00", 2), ("/b/SL00/dev", 1)], ErrorKind::ResourceBusy, false);
        let done = unmount(&host, slot).unwrap();
        assert_eq!((done.unmounted.len(), done.detached.len(), done.stuck.len()), (2, 0, 0));
        assert_eq!(host.asked.borrow().iter().filter(|asked| *asked == "pause").count(), 2);
    }

    #[test]
    fn what_stays_busy_is_forced_and_what_does_not_go_then_is_reported() {
        let mounts = [("/b/SL00", u32::MAX), ("/b/SL00/dev", u32::MAX)];
        let host = Host::new(&mounts, ErrorKind::ResourceBusy, true);
        assert_eq!(unmount(&host, slot).unwrap().detached, ["/b/SL00/dev", "/b/SL00"]);
        let host = Host::new(&mounts, ErrorKind::ResourceBusy, false);
        let done = unmount(&host, slot).unwrap();
        assert_eq!(done.stuck[1].0, "/b/SL00");
        assert_eq!(done.stuck[1].1.kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn another_refusal_is_neither_waited_for_nor_forced() {
        let host = Host::new(&[("/b/SL00", u32::MAX)], ErrorKind::InvalidInput, true);
        let done = unmount(&host, slot).unwrap();
        assert_eq!(done.stuck[0].1.kind(), ErrorKind::InvalidInput);
        assert_eq!(*host.asked.borrow(), ["/b/SL00"]);
    }
}
