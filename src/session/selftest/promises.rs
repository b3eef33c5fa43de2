//! What jails promise, each with what tries to break it: shell scripts that say what they could do, and say nothing where
//! the promise is kept. None does harm where it is not.

use std::time::Duration;

use super::Expected;
use crate::jail::{Exit, Shortage};

pub(super) struct Promise {
    pub(super) text: &'static str,
    /// Tried in order, up to the first that finds something.
    pub(super) steps: &'static [Step],
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
        steps: &[quiet(
            "for place in /xports /packages /bin /sbin /lib /libexec /usr/bin /usr/sbin /usr/lib /usr/libexec /usr/share \
             /usr/include /boot /usr/src; do
                 test -d $place/. && touch $place/selftest 2>/dev/null && echo \"$place is writable\"
             done; true",
        )],
    },
    Promise {
        text: "/construction, /usr/local, /tmp and /distfiles are writable",
        steps: &[quiet(
            "for place in /construction /usr/local /tmp /var/tmp /distfiles /options; do
                 touch $place/selftest 2>&1 && rm $place/selftest
             done",
        )],
    },
    Promise {
        text: "/dev has no more than a program may expect, and that works",
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
        steps: &[quiet(
            "mknod=$(command -v mknod) || { echo UNTRIED: there is no mknod; exit 0; }
             for place in /dev /tmp /construction /distfiles; do
                 $mknod $place/node c 1 2 2>/dev/null && echo \"made a node in $place\"
             done; true",
        )],
    },
    Promise {
        text: "nobody mounts, remounts or unmounts",
        steps: &[quiet(
            "command -v mount >/dev/null || { echo UNTRIED: there is no mount; exit 0; }
             mount -t tmpfs none /mnt 2>/dev/null && echo mounted a tmpfs
             for place in /packages /xports /usr/bin; do
                 mount -o remount,bind,rw $place 2>/dev/null && touch $place/selftest 2>/dev/null && echo \"made $place writable\"
                 umount $place 2>/dev/null && echo \"unmounted $place\"
             done; true",
        )],
    },
    Promise {
        text: "nobody leaves the root, or gets a user namespace",
        steps: &[quiet(
            "command -v chroot >/dev/null && chroot /tmp /bin/true 2>/dev/null && echo chroot
             command -v chroot >/dev/null && chroot / /bin/true 2>/dev/null && echo chroot to the root
             command -v unshare >/dev/null && unshare -U true 2>/dev/null && echo a user namespace
             ls /proc/1/root/ >/dev/null 2>&1 && echo the root of process 1
             test \"$(cd /; cd ../../..; pwd)\" = / || echo 'there is something above /'",
        )],
    },
    Promise {
        text: "the host's processes are out of reach",
        steps: &[quiet("kill -0 $HOST_PID 2>/dev/null && echo \"dsynth itself, process $HOST_PID, can be killed\"; true")],
    },
    Promise {
        text: "the network is there to fetch",
        steps: &[Step {
            network: true,
            ..quiet(
                "test -r /proc/net/tcp || { echo UNTRIED: the kernel does not list sockets here; exit 0; }
                 grep -q \":$HOST_PORT\" /proc/net/tcp || echo 'the listener of the host is not there'",
            )
        }],
    },
    Promise {
        text: "the network is not there otherwise, but for a loopback",
        steps: &[quiet(
            "test -r /proc/net/tcp || { echo UNTRIED: the kernel does not list sockets here; exit 0; }
             grep -q \":$HOST_PORT\" /proc/net/tcp && echo 'the listener of the host is there'
             tail -n +3 /proc/net/dev | grep -v '^ *lo:'; grep -q 127.0.0.1 /proc/net/fib_trie || echo 'no loopback'",
        )],
    },
    Promise {
        text: "what a command leaves behind is dead when it has ended",
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
        steps: &[Step {
            silence: Duration::from_millis(500),
            expected: |exit, _| exit == Exit::Silent,
            ..quiet("sleep 60")
        }],
    },
    Promise {
        text: "who takes too long is ended",
        steps: &[Step {
            time: Duration::from_millis(500),
            expected: |exit, _| exit == Exit::TimedOut,
            listens: 1 << 30,
            ..quiet("while :; do echo x; sleep 0.1; done")
        }],
    },
    Promise {
        text: "who prints without end is ended",
        steps: &[Step {
            listens: 1 << 20,
            expected: |exit, _| exit == Exit::Unheard,
            ..quiet("while :; do echo and so on and so forth and so on and so forth and so on and so forth; done")
        }],
    },
    Promise {
        text: "a full work directory is full, and is named",
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
    fn every_promise_is_tried_and_said_once() {
        let mut texts: Vec<&str> = PROMISES.iter().map(|promise| promise.text).collect();
        assert!(PROMISES.iter().all(|promise| !promise.steps.is_empty()));
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), PROMISES.len());
    }
}
