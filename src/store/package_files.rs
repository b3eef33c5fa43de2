//! What is known of package files, so that an unchanged one is not opened again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::codec::Value;
use super::tables::PACKAGE_FILES;
use super::{Store, StoreError};
use crate::model::{Fingerprint, PackageFacts};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFile {
    /// Of the file when it was read: `repo` makes it of size, times and inode.
    pub stamp: Fingerprint,
    pub facts: PackageFacts,
}

impl Value for PackageFile {}

impl Store {
    pub fn package_file(&self, name: &str) -> Result<Option<PackageFile>, StoreError> {
        self.read(|reader| reader.get(&PACKAGE_FILES, name.as_bytes()))
    }

    /// All there are, by file name. What cannot be read is left out: the package file itself is read again.
    pub fn package_files(&self) -> Result<BTreeMap<String, PackageFile>, StoreError> {
        let mut files = BTreeMap::new();
        self.read(|reader| {
            reader.each(&PACKAGE_FILES, b"", |(name, file)| {
                files.extend(String::from_utf8(name).ok().zip(file.ok()));
                true
            })
        })?;
        Ok(files)
    }

    pub fn put_package_files<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a str, &'a PackageFile)>,
    ) -> Result<(), StoreError> {
        self.write(|writer| {
            let mut files = files.into_iter();
            files.try_for_each(|(name, file)| writer.put(&PACKAGE_FILES, name.as_bytes(), file))
        })
    }

    /// For package files that are gone.
    pub fn forget_package_files<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Result<(), StoreError> {
        self.write(|writer| names.into_iter().try_for_each(|name| writer.remove(&PACKAGE_FILES, name.as_bytes())))
    }
}
