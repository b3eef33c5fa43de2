//! Files that Berkeley DB 1.85 wrote (testdata/databases), whole and damaged.

use std::collections::BTreeMap;
use std::fs;

use super::{ByteOrder, HEADER, Ndbm, NdbmError};

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

const FILES: [&str; 8] = ["empty", "one", "ndbm", "overflow", "deleted", "bigendian", "presized", "big"];

fn file(name: &str) -> Vec<u8> {
    fs::read(format!("{}/testdata/databases/{name}.db", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// As in testdata/databases/make-databases.
fn origins(count: usize) -> Vec<String> {
    let flavor = |index: usize| if index.is_multiple_of(5) { "@py39" } else { "" };
    (0..count).map(|index| format!("cat{}/port-{index}{}", index % 7, flavor(index))).collect()
}

fn small(origins: &[String], number: fn(u32) -> [u8; 4]) -> Records {
    let value = |origin: &String| number(crc32fast::hash(origin.as_bytes())).to_vec();
    origins.iter().map(|origin| (origin.clone().into_bytes(), value(origin))).collect()
}

fn large() -> Records {
    let mut records = small(&origins(20), u32::to_le_bytes);
    for length in (90..130).chain([200, 500, 2000]) {
        records.insert(format!("big/value-{length}").into(), (0..length).map(|byte| (byte % 251) as u8).collect());
        records.insert(format!("big/key-{length}-{}", "k".repeat(length)).into(), vec![1, 2, 3, 4]);
    }
    records
}

#[test]
fn finds_what_the_library_wrote() {
    let odd: Vec<String> = origins(200).into_iter().skip(1).step_by(2).collect();
    let cases = [
        ("empty", Records::new()),
        ("one", small(&origins(1), u32::to_le_bytes)),
        ("ndbm", small(&origins(300), u32::to_le_bytes)),
        ("overflow", small(&origins(200), u32::to_le_bytes)),
        ("deleted", small(&odd, u32::to_le_bytes)),
        ("bigendian", small(&origins(200), u32::to_be_bytes)),
        ("presized", small(&origins(20), u32::to_le_bytes)),
        ("big", large()),
    ];
    for (name, records) in cases {
        let found = Ndbm::parse(&file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.counted as usize, records.len(), "{name}");
        assert!(found.records == records, "{name}: {} of {}", found.records.len(), records.len());
        assert_eq!(found.order, if name == "bigendian" { ByteOrder::Big } else { ByteOrder::Little });
    }
}

#[test]
fn a_file_that_ends_early_is_an_error_or_lost_nothing() {
    for name in FILES {
        let whole = file(name);
        let records = Ndbm::parse(&whole).unwrap().records;
        for length in (0..whole.len()).step_by(29) {
            if let Ok(found) = Ndbm::parse(&whole[..length]) {
                assert_eq!(found.records, records, "{name}, {length} bytes");
            }
        }
    }
}

#[test]
fn a_changed_byte_is_never_a_panic_and_finds_no_more_than_the_file_holds() {
    for name in FILES {
        let mut bytes = file(name);
        // All of the header; beyond, enough to meet each kind of slot in each kind of page.
        for at in (0..HEADER).chain((HEADER..bytes.len()).step_by(23)) {
            let before = bytes[at];
            bytes[at] = before ^ [0x01, 0x80, 0xff][at % 3];
            check_bounded(&bytes);
            bytes[at] = before;
        }
    }
}

#[test]
fn rubbish_after_a_good_header_is_never_a_panic() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for name in ["overflow", "big", "bigendian"] {
        for _ in 0..500 {
            let mut changed = file(name);
            for _ in 0..20 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let at = 12 + (random >> 8) as usize % (changed.len() - 12);
                changed[at] = random as u8;
            }
            check_bounded(&changed);
        }
    }
}

fn check_bounded(bytes: &[u8]) {
    if let Ok(found) = Ndbm::parse(bytes) {
        let size: usize = found.records.iter().map(|(key, value)| key.len() + value.len()).sum();
        assert!(size <= bytes.len());
    }
}

#[test]
fn says_what_is_wrong() {
    let changed = |at: usize, value: u32| {
        let mut bytes = file("overflow");
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        Ndbm::parse(&bytes).unwrap_err().to_string()
    };
    let first_page = 2 * 256;
    let cases = [
        (changed(0, 0x0005_3162), "it is no hash file of Berkeley DB 1.85"),
        (changed(4, 3), "its version is 3, not 2"),
        (changed(8, 77), "its header makes no sense: byte order 77"),
        (changed(12, 300), "its header makes no sense: pages of 300 bytes"),
        (changed(60, 90_000), "it ends too early: page 90000 is missing"),
        (changed(first_page, 0xffff_ffff), "its page 2 is damaged: its number of offsets makes no sense"),
        (changed(first_page, 0x0200_ffff), "its page 2 is damaged: an offset leads out of it"),
    ];
    for (found, text) in cases {
        assert_eq!(found, text);
    }
    assert_eq!(Ndbm::parse(b""), Err(NdbmError::NotHash));
    assert_eq!(Ndbm::parse(&file("one")[..200]), Err(NdbmError::Truncated(0)));
}
