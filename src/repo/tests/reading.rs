//! What packages say, whole and damaged.

use super::*;
use crate::repo::{PackageError, read_facts, unpack};

#[test]
fn compression_and_file_name_do_not_matter() {
    let place = Place::new();
    let all = compressed(&package(FILES, &[7; 300_000]));
    let facts = all.map(|(kind, bytes)| read_facts(&place.file(&format!("odd-{kind}.txz"), &bytes)).unwrap());
    assert_eq!(facts[0].pkgname(), "b-1.0");
    assert!(facts.iter().all(|other| *other == facts[0]));
}

#[test]
fn several_frames_and_skipped_ones_are_one_archive() {
    let place = Place::new();
    let whole = package("", &[7; 200_000]);
    let (one, two) = whole.split_at(900);
    let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"xyz"].concat();
    let frames = [skipped.clone(), zstd(one), skipped, zstd(two)].concat();
    let expected = read_facts(&place.file("whole", &whole)).unwrap();
    assert_eq!(read_facts(&place.file("frames", &frames)).unwrap(), expected);
}

/// What no compression makes smaller.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    bytes
}

#[test]
fn a_package_that_ends_too_early_is_none() {
    let place = Place::new();
    for (kind, whole) in compressed(&package(FILES, &noise(100_000))) {
        let read = |bytes: &[u8]| read_facts(&place.file("b", bytes));
        assert!(read(&whole).is_ok(), "{kind}");
        // A tar ends in zeros, of which some may be missing.
        let spare = if kind == "tar" { 1024 } else { 0 };
        for cut in [1, 2, 5, 13, 700, 50_000, 90_000].map(|cut| cut + spare) {
            let read = read(&whole[..whole.len() - cut]);
            assert!(matches!(read, Err(PackageError::Truncated { .. })), "{kind} without its last {cut}: {read:?}");
        }
    }
}

#[test]
fn xz_and_zstd_are_not_decompressed_to_see_their_ends() {
    let place = Place::new();
    for (kind, mut bytes) in compressed(&package(FILES, &noise(400_000))) {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        if ["xz", "zst"].contains(&kind) {
            assert!(read_facts(&place.file("b", &bytes)).is_ok(), "{kind}");
        }
    }
}

#[test]
fn without_checksums_the_contents_decide() {
    let place = Place::new();
    let output = |bytes: &[u8]| read_facts(&place.file("b", bytes)).unwrap();
    let text = manifest("");
    let described = ("+MANIFEST", EntryType::Regular, 0o644, text.as_bytes());
    let file = ("/bin/b", EntryType::Regular, 0o755, &b"one"[..]);
    let link = ("/bin/c", EntryType::Symlink, 0o755, &b"b"[..]);
    let before = output(&archive(&[described, file, link]));
    assert_eq!(output(&archive(&[described, link, file])), before, "order");
    assert_eq!(output(&zstd(&archive(&[described, file, link]))), before, "compression");
    let changes = [(file.0, file.1, 0o555, file.3), (file.0, file.1, file.2, b"two"), (link.0, link.1, link.2, b"d")];
    for change in changes {
        let other = if change.0 == file.0 { link } else { file };
        let after = output(&archive(&[described, change, other]));
        assert_ne!(after.output, before.output, "{change:?}");
        assert_eq!(after.plist, before.plist, "{change:?}");
    }
    assert_ne!(output(&archive(&[described, file])).plist, before.plist);
}

#[test]
fn what_is_no_package_is_told_apart() {
    let place = Place::new();
    let reason = |bytes: &[u8]| match read_facts(&place.file("b", bytes)).unwrap_err() {
        PackageError::NotAPackage { reason, .. } => reason,
        PackageError::Truncated { .. } => "truncated".into(),
        other => panic!("{other}"),
    };
    assert_eq!(reason(b""), "it is empty");
    assert_eq!(reason(b"#!/bin/sh\n"), "it is no archive that dsynth knows");
    let other = archive(&[("bin/b", EntryType::Regular, 0o644, b"x")]);
    assert_eq!(reason(&other), "it has no `+MANIFEST` at its beginning");
    let text = archive(&[("+MANIFEST", EntryType::Regular, 0o644, b"name: b")]);
    assert!(reason(&text).starts_with("its manifest is not JSON"));
    for (kind, bytes) in compressed(&package(FILES, b"")) {
        let head = &bytes[..if kind == "tar" { 1200 } else { bytes.len() / 3 }];
        assert_eq!(reason(head), "truncated", "{kind}");
    }
}

#[test]
fn no_damage_makes_it_panic() {
    let place = Place::new();
    let mut seed = 0x5eed_u64;
    let mut dice = |sides: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % sides
    };
    let noise: Vec<u8> = (0..3000).map(|_| dice(256) as u8).collect();
    for (_, whole) in compressed(&package("", &noise)) {
        for _ in 0..120 {
            let mut bytes = whole.clone();
            match dice(3) {
                0 => bytes.truncate(dice(whole.len())),
                1 => bytes[dice(whole.len())] ^= 1 << dice(8),
                _ => (0..8).for_each(|_| bytes[dice(whole.len().min(900))] = dice(256) as u8),
            }
            let path = place.file("b", &bytes);
            let (_facts, _count) = (read_facts(&path), unpack(&path, &place.path(""), |_| true));
        }
    }
}
