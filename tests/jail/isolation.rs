//! What a jail can see and touch.

use std::fs;
use std::net::TcpListener;

use dsynth::jail::{self, Exit, Template, World};

use crate::harness::*;

#[test]
fn the_hosts_directories_are_read_only_but_for_three() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    for place in ["/xports", "/packages", "/usr/bin", "/usr/share", "/proc/sys"] {
        let (text, exit) = run(&mut *jail, &shell(&format!("echo x > {place}/x")));
        assert_ne!(exit, Exit::Code(0), "{place}: {text}");
        assert!(text.contains("Read-only file system") || place == "/proc/sys", "{place}: {text}");
    }
    for place in ["/distfiles", "/options", "/construction", "/usr/local", "/tmp", "/var/tmp", "/root", "/dev/shm"] {
        print(&mut *jail, &format!("echo x > {place}/x"));
    }
    assert_eq!(fs::read_to_string(scratch.base.join("distfiles/x")).unwrap(), "x\n");
    assert_eq!(print(&mut *jail, "cat /xports/README"), "a tree\n");
}

#[test]
fn jails_do_not_see_each_other() {
    let scratch = Scratch::new();
    let (Some(mut a), Some(mut b)) = (scratch.jail("SL00"), scratch.jail("SL01")) else { return };
    print(&mut *a, "echo secret > /construction/secret; echo x > /tmp/x");
    assert_eq!(
        print(&mut *b, "ls /construction /usr/local/etc/pkg; ls /tmp"),
        "/construction:\n\n/usr/local/etc/pkg:\n"
    );
    assert!(is_empty(&scratch.base.join("build/SL00")));
}

#[test]
fn only_a_fetch_sees_the_hosts_network() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    // The kernel lists sockets that listen by their port in hexadecimal digits.
    let mut command = shell(&format!("grep -c :{:04X} /proc/net/tcp", listener.local_addr().unwrap().port()));
    assert_eq!(run(&mut *jail, &command).0, "0\n");
    command.network = true;
    assert_eq!(run(&mut *jail, &command).0, "1\n");
    let devices =
        print(&mut *jail, "tail -n +3 /proc/net/dev | cut -d: -f1; cat /proc/net/if_inet6 /proc/net/fib_trie");
    assert_eq!(devices.lines().next().map(str::trim), Some("lo"));
    assert!(devices.contains("127.0.0.1"), "the loopback is up: {devices}");
}

#[test]
fn the_host_is_out_of_reach() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let top = print(&mut *jail, "ls -A / /mnt; cd ..; cd ../..; pwd");
    assert!(!top.contains(".host") && top.ends_with("/\n"), "{top}");
    assert!(!print(&mut *jail, "cat /proc/self/mountinfo").contains(".host"));
    assert_eq!(print(&mut *jail, "ls /proc/self/fd | tr '\\n' ' '"), "0 1 2 3 ", "3 is the listed directory");
    assert_eq!(print(&mut *jail, "grep NoNewPrivs /proc/self/status"), "NoNewPrivs:\t1\n");
    assert_eq!(print(&mut *jail, "id -u; cat /proc/sys/kernel/hostname"), "0\njail.test\n");
}

#[test]
fn devices_are_few_and_work() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let names = print(&mut *jail, "cd /dev; echo *");
    assert_eq!(names, "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero\n");
    print(
        &mut *jail,
        "echo x > /dev/null && head -c 4 /dev/zero /dev/urandom /dev/random >/dev/null && echo y > /dev/stdout",
    );
    assert_ne!(run(&mut *jail, &shell("echo x > /dev/full")).1, Exit::Code(0));
}

#[test]
fn the_links_of_the_world_are_the_jails() {
    let scratch = Scratch::new();
    let Some(mut jail) = scratch.jail("SL00") else { return };
    let here = fs::read_link("/bin").map(|to| format!("{}\n", to.display())).unwrap_or_default();
    assert_eq!(run(&mut *jail, &shell("readlink /bin")).0, here);
}

#[test]
fn the_template_of_the_host_gives_accounts_without_secrets() {
    let scratch = Scratch::new();
    if scratch.jail("SL00").is_none() {
        return;
    }
    let template = Template::new(&scratch.base, &World::inspect("/".into()).unwrap());
    template.build("test", |new| fs::write(new.join("usr/local/sbin/pkg"), "pkg")).unwrap();
    let mut jail = jail::new(jail::JailSpec { template: template.path().to_owned(), ..scratch.spec("SL01") });
    jail.setup().unwrap();
    assert_eq!(print(&mut *jail, "cut -d: -f2 /etc/passwd /etc/shadow 2>/dev/null | sort -u"), "*\n");
    assert_eq!(print(&mut *jail, "grep ^wheel: /etc/group; cat /usr/local/sbin/pkg"), "wheel:*:0:root\npkg");
    assert_eq!(print(&mut *jail, "stat -c %a /tmp /var/tmp"), "1777\n1777\n");
    assert_ne!(run(&mut *jail, &shell("ls /etc/ssh/*key* /etc/localtime")).1, Exit::Code(0));
}
