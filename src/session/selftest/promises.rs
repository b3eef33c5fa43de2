//! What jails promise, each with what tries to break it: shell scripts that say what they could do, and say nothing where
//! the promise is kept. None does harm where it is not.

use std::time::Duration;

use super::Expected;
use crate::jail::{Exit, Shortage};

pub(super) struct Promise {
    pub(super) text: &'static str,
    /// Systems that cannot keep it, by their names in `std::env::consts::OS`, and why; it is not tried there.
    missing_on: &'static [(&'static str, &'static str)],
    /// Tried in order, up to the first that finds something.
    pub(super) steps: &'static [Step],
}

impl Promise {
    pub(super) fn missing_on(&self, system: &str) -> Option<&'static str> {
        self.missing_on.iter().find(|(name, _)| *name == system).map(|(_, why)| *why)
    }
}

pub(super) struct Step {
    pub(super) script: &'static str,
    pub(super) network: bool,
    pub(super) silence: Duration,
    pub(super) time: Duration,
    /// How many bytes of output are heard.
    pub(super) listens: usize,
    pub(super) expected: Expected,
}

/// What a script says first if it could not try.
pub(super) const UNTRIED: &str = "UNTRIED";

/// For awk(1): of ifconfig(8), the addresses that are not those of a loopback.
pub(super) const ADDRESSES: &str = "$1 ~ /^inet6?$/ && $2 !~ /^(127\\.|::1|fe80:)/ { print $2 }";

const MINUTE: Duration = Duration::from_secs(60);

const fn quiet(script: &'static str) -> Step {
    Step { script, network: false, silence: MINUTE, time: MINUTE, listens: usize::MAX, expected: succeeds }
}

fn succeeds(exit: Exit, _: &[Shortage]) -> bool {
    exit == Exit::Code(0)
}

pub(super) const PROMISES: &[Promise] = &[
    Promise {
        text: "the base system, the tree and the packages are read-only",
        missing_on: &[],
        steps: &[quiet(
            "for place in /xports /packages /bin /sbin /lib /libexec /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/share \
             /usr/include /boot /usr/src; do
                 test -d $place/. && touch $place/selftest 2>/dev/null && echo \"$place is writable\"
             done; true",
        )],
    },
    Promise {
        text: "/construction, /usr/local, /tmp and /distfiles are writable",
        missing_on: &[],
        steps: &[quiet(
            "for place in /construction /usr/local /tmp /var/tmp /distfiles /options; do
                 touch $place/selftest 2>&1 && rm $place/selftest
             done",
        )],
    },
    Promise {
        text: "/dev has no more than a program may expect, and that works",
        missing_on: &[("dragonfly", "disks and the kernel's memory are hidden there, and the rest is not")],
        steps: &[
            quiet(
                "for node in /dev/*; do
                     case ${node#/dev/} in
                     fd|full|null|ptmx|pts|random|shm|stderr|stdin|stdout|tty|urandom|zero) ;;
                     *) echo \"there is $node\";;
                     esac
                 done",
            ),
            quiet("echo x > /dev/null && head -c 4 /dev/zero /dev/urandom >/dev/null"),
        ],
    },
    Promise {
        text: "nobody makes device nodes",
        missing_on: &[],
        steps: &[quiet(
            "mknod=$(command -v mknod) || { echo UNTRIED: there is no mknod; exit 0; }
             for place in /dev /tmp /construction /distfiles; do
                 $mknod $place/node c 1 2 2>/dev/null && echo \"made a node in $place\"
             done; true",
        )],
    },
    Promise {
        text: "nobody mounts, remounts or unmounts",
        missing_on: &[],
        steps: &[quiet(
            "command -v mount >/dev/null || { echo UNTRIED: there is no mount; exit 0; }
             mount -t tmpfs none /mnt 2>/dev/null && echo mounted a tmpfs
             for place in /packages /xports /usr/bin; do
                 for how in '-o remount,bind,rw' '-u -o rw'; do
                     mount $how $place 2>/dev/null && touch $place/selftest 2>/dev/null && echo \"made $place writable\"
                 done
                 umount $place 2>/dev/null && echo \"unmounted $place\"
             done; true",
        )],
    },
    Promise {
        text: "nobody leaves the root, or gets a user namespace",
        missing_on: &[],
        steps: &[quiet(
            // A jail of FreeBSD lets root change its root further down, from where no way leads up.
            "test $HOST_SYSTEM = freebsd || for root in /tmp /; do
                 chroot $root /bin/true 2>/dev/null && echo chroot to $root
             done
             command -v unshare >/dev/null && unshare -U true 2>/dev/null && echo a user namespace
             ls /proc/1/root/ >/dev/null 2>&1 && echo the root of process 1
             test \"$(cd /; cd ../../..; pwd)\" = / || echo 'there is something above /'",
        )],
    },
    Promise {
        text: "the host's processes are out of reach",
        missing_on: &[("dragonfly", "a chroot does not hide them")],
        steps: &[quiet("kill -0 $HOST_PID 2>/dev/null && echo \"dsynth itself, process $HOST_PID, can be killed\"; true")],
    },
    Promise {
        text: "the network is there to fetch",
        missing_on: &[],
        steps: &[Step {
            network: true,
            ..quiet(
                "if test $HOST_SYSTEM != linux; then
                     test -n \"$(ifconfig -a | awk \"$ADDRESSES\")\" || echo UNTRIED: this host has no address of its own
                     exit 0
                 fi
                 test -r /proc/net/tcp || { echo UNTRIED: the kernel does not list sockets here; exit 0; }
                 grep -q \":$HOST_PORT\" /proc/net/tcp || echo 'the listener of the host is not there'",
            )
        }],
    },
    Promise {
        text: "the network is not there otherwise, but for a loopback",
        missing_on: &[("dragonfly", "a chroot has the host's network")],
        steps: &[quiet(
            "test $HOST_SYSTEM = linux || { ifconfig -a | awk \"$ADDRESSES\"; exit 0; }
             test -r /proc/net/tcp || { echo UNTRIED: the kernel does not list sockets here; exit 0; }
             grep -q \":$HOST_PORT\" /proc/net/tcp && echo 'the listener of the host is there'
             tail -n +3 /proc/net/dev | grep -v '^ *lo:'; grep -q 127.0.0.1 /proc/net/fib_trie || echo 'no loopback'",
        )],
    },
    Promise {
        text: "what a command leaves behind is dead when it has ended",
        missing_on: &[],
        steps: &[
            quiet(
                "(sh -c 'trap \"\" HUP INT TERM; echo $$ > /tmp/daemon; sleep 60 & wait' >/dev/null 2>&1 &)
                 while ! test -s /tmp/daemon; do :; done",
            ),
            quiet("kill -0 $(cat /tmp/daemon) 2>/dev/null && echo 'the daemon lives'; rm /tmp/daemon"),
        ],
    },
    Promise {
        text: "who is silent for too long is ended",
        missing_on: &[],
        steps: &[Step {
            silence: Duration::from_millis(500),
            expected: |exit, _| exit == Exit::Silent,
            ..quiet("sleep 60")
        }],
    },
    Promise {
        text: "who takes too long is ended",
        missing_on: &[],
        steps: &[Step {
            time: Duration::from_millis(500),
            expected: |exit, _| exit == Exit::TimedOut,
            listens: 1 << 30,
            ..quiet("while :; do echo x; sleep 0.1; done")
        }],
    },
    Promise {
        text: "who prints without end is ended",
        missing_on: &[],
        steps: &[Step {
            listens: 1 << 20,
            expected: |exit, _| exit == Exit::Unheard,
            ..quiet("while :; do echo and so on and so forth and so on and so forth and so on and so forth; done")
        }],
    },
    Promise {
        text: "a full work directory is full, and is named",
        missing_on: &[],
        steps: &[Step {
            expected: |exit, short| {
                let is_it = |short: &Shortage| matches!(short, Shortage::Space { place, .. } if place == "/construction");
                exit != Exit::Code(0) && short.iter().any(is_it)
            },
            ..quiet("dd if=/dev/zero of=/construction/big bs=65536 count=2048 2>/dev/null")
        }],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_that_others_can_reach() {
        let ifconfig = "lo0: flags=8049<UP,LOOPBACK,RUNNING>\n\tinet6 ::1 prefixlen 128\n\tinet6 fe80::1%lo0 prefixlen 64\n\t\
                        inet 127.0.0.1 netmask 0xff000000\nem0: flags=8863<UP>\n\tinet 192.0.2.7 netmask 0xffffff00\n\t\
                        inet6 2001:db8::7 prefixlen 64\n";
        let scratch = tempfile::tempdir().unwrap();
        let file = scratch.path().join("ifconfig");
        std::fs::write(&file, ifconfig).unwrap();
        let found = std::process::Command::new("awk").arg(ADDRESSES).arg(file).output().unwrap();
        assert_eq!(String::from_utf8(found.stdout).unwrap(), "192.0.2.7\n2001:db8::7\n");
    }

    #[test]
    fn linux_keeps_all_of_them_and_a_system_that_does_not_says_why() {
        assert!(PROMISES.iter().all(|promise| promise.missing_on("linux").is_none()));
        let missing: Vec<&str> = PROMISES.iter().filter_map(|promise| promise.missing_on("dragonfly")).collect();
        assert!(missing.contains(&"a chroot has the host's network"), "{missing:?}");
        let known = ["freebsd", "dragonfly"];
        assert!(PROMISES.iter().flat_map(|promise| promise.missing_on).all(|(name, _)| known.contains(name)));
    }

    #[test]
    fn every_promise_is_tried_and_said_once() {
        let mut texts: Vec<&str> = PROMISES.iter().map(|promise| promise.text).collect();
        assert!(PROMISES.iter().all(|promise| !promise.steps.is_empty()));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), PROMISES.len());
    }
}
