//! What a makefile sees, and what it does not.

use std::fs;

use dsynth::config::MakeConf;

use crate::harness::*;

#[test]
fn exists_sees_a_bsds_base_system_and_not_the_hosts() {
    let hidden = ["/usr/bin/ldd", "/usr/bin/tac", "/etc/os-release", "/usr/share/mk/sys.mk", "/home", "/proc/cpuinfo"];
    let seen = ["/usr/bin/ssh", "/usr/include/openssl/opensslv.h", "/usr/lib/libssl.so", "/bin/sh", "/usr/bin/awk"];
    let makefile = format!(
        ".for path in {} {}\n.  if exists(${{path}})\nSEEN+=${{path}}\n.  endif\n.endfor\n",
        hidden.join(" "),
        seen.join(" ")
    );
    let scratch = Scratch::new(makefile);
    for (_, system) in scratch.readers() {
        assert_eq!(scratch.value(&*system, "SEEN").split(' ').collect::<Vec<_>>(), seen);
        assert!(scratch.value(&scratch.host(), "SEEN").contains("/usr/bin/ldd"), "the host would have shown it");
    }
}

#[test]
fn commands_answer_for_the_platform() {
    let scratch = Scratch::new(concat!(
        "A!= uname -s -r -p\nB!= /usr/bin/uname -m\nC!= id -u; id -un\nD!= hostname; /bin/hostname\n",
        "E!= cc --version\nF!= cat /etc/group | cut -d: -f1\nG!= /sbin/md5 -q /dev/null\nH!= /usr/bin/jot 3\n",
        "I!= type ldd >/dev/null 2>&1 && echo seen || echo hidden\nJ!= echo ~root\nK!= wc -l < /etc/passwd\n",
    ));
    for (_, system) in scratch.readers() {
        let values: Vec<String> = ["A", "B", "C", "D", "F", "G", "H", "I", "J", "K"]
            .iter()
            .map(|name| format!("{name} {}\n", scratch.value(&*system, name)))
            .collect();
        insta::allow_duplicates!(insta::assert_snapshot!(values.concat(), @"
    A Plan9 4.0 mips
    B mips
    C 0 root
    D localhost localhost
    F wheel nobody
    G d41d8cd98f00b204e9800998ecf8427e
    H 1 2 3
    I hidden
    J /root
    K 2
    "));
        // Asked once, on the host, and handed down.
        assert_eq!(scratch.value(&*system, "E"), scratch.ask(&scratch.host(), &["E"]).unwrap().values[0]);
    }
}

#[test]
fn a_make_within_make_reads_with_the_same_makefiles() {
    let scratch = Scratch::new(concat!(
        "A!= ${MAKE} -C ${.CURDIR}/../other -V NAME\nB!= make -C ${.CURDIR}/../other -V NAME\n",
        "C!= /usr/bin/make -C ${.CURDIR}/../other -V OPSYS\n",
    ));
    scratch.port("other", "NAME=other-${OPSYS}\n.if exists(/usr/bin/ldd)\nNAME=host\n.endif\n");
    for (who, system) in scratch.readers() {
        for (name, value) in [("A", "other-Plan9"), ("B", "other-Plan9"), ("C", "Plan9")] {
            assert_eq!(scratch.value(&*system, name), value, "{who}");
        }
    }
}

#[test]
fn complaints_are_apart_from_values() {
    let scratch = Scratch::new("");
    for (who, system) in scratch.readers() {
        scratch.port("port", "A!= echo out; echo err >&2\n.warning beware\nB= b  \nC!= ldd 2>&1; true\n");
        let answer = scratch.ask(&*system, &["A", "B", "NONE"]).unwrap();
        assert_eq!(answer.values, ["out", "b", ""]);
        assert!(answer.complaints.iter().any(|line| line == "err"), "{who}: {answer:?}");
        assert!(answer.complaints.iter().any(|line| line.contains("beware")), "{who}: {answer:?}");
        // Nothing of them is left for the next.
        scratch.port("port", "A=quiet\n");
        assert_eq!(scratch.value(&*system, "A"), "quiet");
    }
}

#[test]
fn the_tree_the_options_and_make_conf_are_where_they_were_and_read_only() {
    let mut scratch = Scratch::new(concat!(
        ".sinclude \"${PORTSDIR}/../options/c_port/options\"\n",
        ".for name in ports ports/c/port build/empty build/scan-mk/bin\n",
        "A!= touch ${PORTSDIR}/../${name}/new 2>&1 || : > ${PORTSDIR}/../${name}/new && echo open ${name}\n",
        "TRIED+=${A:Mopen}\n.endfor\n",
        "B=${LOCALBASE} ${CONF} ${OPTION}\n.if exists(${LOCALBASE})\nB+=there\n.endif\n",
    ));
    let path = scratch.base.join("cfg/P-make.conf");
    fs::create_dir(scratch.base.join("cfg")).unwrap();
    fs::write(&path, "CONF=conf\n").unwrap();
    scratch.make_conf = MakeConf { path: Some(path), text: "CONF=conf\n".into() };
    fs::create_dir_all(scratch.base.join("options/c_port")).unwrap();
    fs::write(scratch.base.join("options/c_port/options"), "OPTION=option\n").unwrap();
    for (_, system) in scratch.readers() {
        let answer = scratch.ask(&*system, &["TRIED:M*", "B"]).unwrap();
        assert_eq!(answer.values, [String::new(), format!("{}/build/empty conf option there", scratch.base)]);
        assert!(!scratch.base.join("ports/new").exists());
    }
}
