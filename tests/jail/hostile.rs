//! What a root that means harm cannot do. Each attempt is small enough to do none where it succeeds.

use std::fs;

use dsynth::jail::Exit;

use crate::harness::*;

/// Runs a script of attempts; each that succeeds prints `DID` and what it was.
fn attempts(scratch: &Scratch, slot: &str, script: &str) -> Option<String> {
    let mut jail = scratch.jail(slot)?;
    let begin = "did() { what=$1; shift; \"$@\" >/dev/null 2>&1 && echo DID $what; }\n";
    let (text, exit) = run(&mut *jail, &shell(&format!("{begin}{script}\ntrue")));
    assert_eq!(exit, Exit::Code(0), "{text}");
    Some(text.lines().filter(|line| line.starts_with("DID")).collect())
}

#[test]
fn root_mounts_nothing_and_changes_no_mount() {
    let scratch = Scratch::new();
    let script = "did tmpfs mount -t tmpfs none /mnt
        for place in /packages /xports /usr/bin /proc; do
            did \"remount $place\" mount -o remount,rw $place
            did \"remount bind $place\" mount -o remount,bind,rw $place
            did \"unmount $place\" umount $place
            did \"detach $place\" umount -l $place
            did \"cover $place\" mount --bind /tmp $place
        done
        did 'move' mount --move /packages /mnt
        did 'unshare' unshare -m true
        did 'user namespace' unshare -U true
        did 'user and mount' unshare -Urm true
        did 'enter process 1' nsenter -t 1 -m true";
    let Some(did) = attempts(&scratch, "SL00", script) else { return };
    assert_eq!(did, "");
    // As another user it is no easier.
    let other = "did 'user namespace of nobody' setpriv --reuid=65534 --clear-groups unshare -Urm true";
    assert_eq!(attempts(&scratch, "SL00", other).unwrap(), "");
}

#[test]
fn root_does_not_leave_its_root() {
    let scratch = Scratch::new();
    fs::write(scratch.base.join("marker"), "").unwrap();
    let script = format!(
        "did chroot chroot /tmp /bin/true
        did 'root of process 1' ls /proc/1/root/
        did 'files of process 1' readlink /proc/1/fd/0
        did 'memory of process 1' head -c 1 /proc/1/mem
        did 'the host' test -e {}/marker",
        scratch.base
    );
    let Some(did) = attempts(&scratch, "SL00", &script) else { return };
    assert_eq!(did, "");
}

#[test]
fn there_are_no_nodes_but_those_in_dev() {
    let scratch = Scratch::new();
    // A probe: nobody reads or writes what the node would stand for.
    let script = "for place in /dev /tmp /construction /distfiles /usr/local; do
            did \"node in $place\" mknod $place/kmem c 1 2
            did \"disk in $place\" mknod $place/disk b 8 0
        done
        for name in mem kmem port kmsg sda vda nvme0n1 fuse kvm loop0 net/tun; do
            did \"look at $name\" test -e /dev/$name
        done
        did 'sysctl' sh -c 'echo 1 > /proc/sys/kernel/hostname'
        did 'sysrq' test -w /proc/sysrq-trigger -a ! -r /proc/version
        did 'oom' sh -c 'echo -1000 > /proc/self/oom_score_adj'";
    let Some(did) = attempts(&scratch, "SL00", script) else { return };
    assert_eq!(did, "");
    assert!(is_empty(&scratch.base.join("distfiles")));
}

#[test]
fn capabilities_are_those_that_builds_need() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let sets = "Inh Prm Eff Bnd Amb".map_words(|set| print(&mut *jail, &format!("grep Cap{set}: /proc/self/status")));
    // chown dac_override fowner fsetid kill setgid setuid
    let kept = "00000000000000fb";
    let none = "0000000000000000";
    for (set, expected) in sets.iter().zip([none, kept, kept, kept, none]) {
        assert!(set.ends_with(&format!("\t{expected}\n")), "{set}");
    }
}

trait Words {
    fn map_words<T>(&self, what: impl FnMut(&str) -> T) -> Vec<T>;
}

impl Words for str {
    fn map_words<T>(&self, what: impl FnMut(&str) -> T) -> Vec<T> {
        self.split(' ').map(what).collect()
    }
}

#[test]
fn what_builds_do_as_root_still_works() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    print(
        &mut *jail,
        "cd /construction; echo x > f; chmod 4755 f; mkdir d; chmod 0 d; touch d/g; mkfifo p; ln -s /x l; chmod 111 /root",
    );
    // Only one user is in an ordinary user's jail.
    if nix::unistd::geteuid().is_root() {
        print(
            &mut *jail,
            "cd /construction; chown 1234:567 f && chmod u+s f && test -u f && echo y >> f &&
             setpriv --reuid=65534 --clear-groups sh -c 'sleep 60 & exec sleep 60' & sleep 0.2; kill -9 $!",
        );
    }
}

// In a jail; on the host, what is in /distfiles is an ordinary program of root's, set-id bit and all (docs/jails.md).
#[test]
fn a_set_id_program_of_roots_gives_nobody_its_rights() {
    if !nix::unistd::geteuid().is_root() {
        return eprintln!("skipped: only one user is in an ordinary user's jail");
    }
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let said = print(
        &mut *jail,
        "for place in /distfiles /options /construction /usr/local /tmp; do
             cp /usr/bin/id $place/evil && chmod 4755 $place/evil && test -u $place/evil &&
             setpriv --reuid=65534 --clear-groups $place/evil -u; rm $place/evil
         done",
    );
    assert_eq!(said, "65534\n".repeat(5));
}

#[test]
fn a_command_cannot_trace_or_kill_the_hosts_processes() {
    let scratch = Scratch::new();
    let mut witness = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let script = format!(
        "did 'kill by number' kill -0 {0}
        did 'see' test -e /proc/{0}/status
        kill -9 -1 2>/dev/null; true",
        witness.id()
    );
    // A number of ours may be in use in there by chance: process 1 and the shell are all there is.
    let did = attempts(&scratch, "SL00", &script);
    assert!(witness.try_wait().unwrap().is_none(), "it was killed");
    witness.kill().unwrap();
    witness.wait().unwrap();
    if let Some(did) = did {
        assert_eq!(did, "");
    }
}

#[test]
fn a_fork_bomb_ends_with_its_command() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    // 200 processes, each deaf to TERM and in a session of its own.
    let sleeper = format!("trap \"\" TERM HUP INT; sleep 60; : {}", scratch.base);
    let bomb = format!("i=0; while test $i -lt 200; do setsid sh -c '{sleeper}' & i=$((i + 1)); done; echo $i");
    assert_eq!(print(&mut *jail, &bomb), "200\n");
    assert!(processes(&sleeper).is_empty());
    assert_eq!(print(&mut *jail, "set -- /proc/[0-9]*; echo $#"), "2\n", "process 1 and sh");
}

#[test]
fn an_ordinary_user_has_no_more_processes_than_the_limit() {
    let scratch = Scratch::new();
    let mut spec = scratch.spec("SL00");
    spec.limits.processes = Some(40);
    let Some(mut jail) = scratch.jail_of(spec) else { return };
    let count = "i=0; while test $i -lt 60; do sleep 60 & i=$((i + 1)); done; set -- /proc/[0-9]*; echo $#";
    let (text, exit) = run(&mut *jail, &shell(count));
    let refused = text.contains("Cannot fork") || text.contains("Resource temporarily unavailable");
    if nix::unistd::geteuid().is_root() {
        // The kernel exempts it; docs/jails.md says so.
        assert!(!refused && exit == Exit::Code(0), "{text}");
    } else {
        assert!(refused, "{text}");
    }
    assert_eq!(print(&mut *jail, "echo next"), "next\n");
}
