//! The directory of packages.

use std::io::{self, Read};
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::repo::{PackageError, Repository};

fn repository(place: &Place) -> Repository {
    Repository::open(&place.path("All")).unwrap()
}

/// Gives some bytes, then fails.
struct Broken(&'static [u8]);

impl Read for Broken {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::Error::other("the jail is gone")) } else { self.0.read(buf) }
    }
}

#[test]
fn a_package_is_put_read_listed_and_removed() {
    let place = Place::new();
    let packages = repository(&place);
    assert!(packages.list().unwrap().is_empty() && !packages.dir().exists(), "nothing is made for a look");
    let facts = packages.put("b-1.0.pkg", &mut &package(FILES, b"x")[..]).unwrap();
    let stamp = packages.stamp("b-1.0.pkg").unwrap();
    assert_eq!(packages.facts("b-1.0.pkg").unwrap(), facts);
    assert_eq!(facts.pkgname(), "b-1.0");
    assert_eq!(packages.list().unwrap(), ["b-1.0.pkg"]);
    let again = packages.put("b-1.0.pkg", &mut &package(FILES, b"x")[..]).unwrap();
    assert_eq!(again, facts);
    assert_ne!(packages.stamp("b-1.0.pkg").unwrap(), stamp, "another file, though an equal one");
    packages.remove("b-1.0.pkg").unwrap();
    assert!(matches!(packages.remove("b-1.0.pkg"), Err(PackageError::Missing { .. })));
}

#[test]
fn a_package_that_does_not_arrive_whole_leaves_the_old_one() {
    let place = Place::new();
    let packages = repository(&place);
    let old = package(FILES, b"old");
    packages.put("b.pkg", &mut &old[..]).unwrap();
    let error = packages.put("b.pkg", &mut Broken(b"new and torn")).unwrap_err();
    assert_eq!(error.to_string(), format!("write the package `{}`: the jail is gone", packages.path("b.pkg")));
    let error = packages.put("b.pkg", &mut &b"no package at all"[..]).unwrap_err();
    assert!(matches!(error, PackageError::NotAPackage { .. }), "{error}");
    assert_eq!(fs::read(packages.path("b.pkg")).unwrap(), old);
    assert_eq!(packages.remove_garbage().unwrap(), [""; 0]);
}

#[test]
fn what_a_crash_left_is_overwritten_or_swept_away_and_never_written_through() {
    let place = Place::new();
    let packages = repository(&place);
    let victim = place.file("victim", b"precious");
    fs::create_dir(packages.dir()).unwrap();
    symlink(&victim, packages.path("a.pkg.new")).unwrap();
    fs::write(packages.path("b.pkg.new"), b"torn").unwrap();
    packages.put("a.pkg", &mut &package(FILES, b"a")[..]).unwrap();
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    assert_eq!(packages.list().unwrap(), ["a.pkg"]);
    assert_eq!(packages.remove_garbage().unwrap(), ["b.pkg.new"]);
    assert!(!packages.path("b.pkg.new").exists());
}

#[test]
fn each_way_of_not_being_a_package_has_its_error() {
    let place = Place::new();
    let packages = repository(&place);
    fs::create_dir_all(packages.path("dir.pkg")).unwrap();
    symlink("nowhere", packages.path("link.pkg")).unwrap();
    fs::write(packages.path("cut.pkg"), &zstd(&package(FILES, b""))[..60]).unwrap();
    fs::write(packages.path("text.pkg"), "text").unwrap();
    let told = |name: &str| packages.facts(name).unwrap_err().to_string().replace(packages.dir().as_str(), "All");
    assert_eq!(told("no.pkg"), "read the package `All/no.pkg`: there is no such file");
    assert_eq!(told("dir.pkg"), "use the package `All/dir.pkg`: it is a directory, not a file; move it away");
    let dangling = "read the package `All/link.pkg`: it is a link to `nowhere`, which does not exist; remove it";
    assert_eq!(told("link.pkg"), dangling);
    assert_eq!(told("cut.pkg"), "read the package `All/cut.pkg`: it ends too early; build the port again");
    assert!(told("text.pkg").contains("it is no archive that dsynth knows"));
    let put = packages.put("dir.pkg", &mut &b"x"[..]).unwrap_err();
    assert!(matches!(put, PackageError::NotAFile { .. }), "{put}");
    assert_eq!(packages.list().unwrap(), ["cut.pkg", "link.pkg", "text.pkg"]);
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let place = Place::new();
    let packages = repository(&place);
    for name in ["", ".", "..", "../b.pkg", "/etc/passwd", "a/b.pkg", ".b.pkg", "a\0b"] {
        assert!(matches!(packages.facts(name), Err(PackageError::Name { .. })), "{name:?}");
        assert!(matches!(packages.put(name, &mut &b""[..]), Err(PackageError::Name { .. })), "{name:?}");
    }
}

#[test]
fn a_file_is_no_repository() {
    let place = Place::new();
    let error = Repository::open(&place.file("All", b"")).unwrap_err();
    assert!(error.to_string().ends_with("it is not a directory; correct `Directory_repository`"));
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let place = Place::new();
    let packages = repository(&place);
    fs::create_dir(packages.dir()).unwrap();
    fs::set_permissions(packages.dir(), fs::Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere; then there is nothing to see here.
    if let Err(error) = packages.put("b.pkg", &mut &package(FILES, b"x")[..]) {
        assert!(error.to_string().starts_with(&format!("write the package `{}`: ", packages.path("b.pkg"))));
    }
    fs::set_permissions(packages.dir(), fs::Permissions::from_mode(0o755)).unwrap();
}
