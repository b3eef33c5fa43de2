//! The parameters of a FreeBSD jail(8), as jail_set(2) takes them.

use std::net::{Ipv4Addr, Ipv6Addr};

use camino::Utf8Path;

/// `JAIL_SYS_INHERIT` of sys/jail.h.
const INHERIT: i32 = 2;
/// Mounts inside are listed, and none outside.
const OWN_MOUNTS: i32 = 1;

/// Each command has a jail of its own, which ends with its last process, so there is none to be removed. Of what jails may be
/// allowed, these are not: mounts, raw sockets, System V IPC, jails of their own.
pub(super) fn parameters(slot: &Utf8Path, hostname: &str, network: bool) -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| [text.as_bytes(), b"\0"].concat();
    let number = |number: i32| number.to_ne_bytes().to_vec();
    let mut all =
        vec![("path", text(slot.as_str())), ("host.hostname", text(hostname)), ("enforce_statfs", number(OWN_MOUNTS))];
    all.extend(if network {
        [("ip4", number(INHERIT)), ("ip6", number(INHERIT))]
    } else {
        // In the order of the network, as in_addr and in6_addr are.
        [("ip4.addr", Ipv4Addr::LOCALHOST.octets().to_vec()), ("ip6.addr", Ipv6Addr::LOCALHOST.octets().to_vec())]
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(network: bool, name: &str) -> Option<Vec<u8>> {
        let all = parameters("/b/SL00".into(), "builder", network);
        all.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn texts_end_with_a_nul_and_numbers_are_ints() {
        assert_eq!(value(false, "path").unwrap(), b"/b/SL00\0");
        assert_eq!(value(false, "host.hostname").unwrap(), b"builder\0");
        assert_eq!(value(false, "enforce_statfs").unwrap(), 1_i32.to_ne_bytes());
    }

    #[test]
    fn only_a_command_that_asks_for_it_has_the_hosts_addresses() {
        assert_eq!(value(true, "ip4").unwrap(), 2_i32.to_ne_bytes());
        assert_eq!((value(true, "ip4.addr"), value(true, "ip6.addr")), (None, None));
        assert_eq!((value(false, "ip4"), value(false, "ip6")), (None, None));
        assert_eq!(value(false, "ip4.addr").unwrap(), [127, 0, 0, 1]);
        assert_eq!(value(false, "ip6.addr").unwrap(), Ipv6Addr::LOCALHOST.octets());
    }
}
