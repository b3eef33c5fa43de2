//! Checksums of ports' directories at their last success.

use super::tables::CRC_INDEX;
use super::{Store, StoreError};
use crate::model::OriginSpec;

impl Store {
    /// Whether the port's directory is another than at its last success; so it is if nothing is known.
    ///
    /// An error is no answer: who wants to be safe builds (`needs_build(..).unwrap_or(true)`).
    pub fn needs_build(&self, spec: &OriginSpec, crc: u32) -> Result<bool, StoreError> {
        Ok(self.get_crc(spec)? != Some(crc))
    }

    pub fn get_crc(&self, spec: &OriginSpec) -> Result<Option<u32>, StoreError> {
        self.read(|reader| reader.get(&CRC_INDEX, spec.to_string().as_bytes()))
    }

    pub fn update_crc(&self, spec: &OriginSpec, crc: u32) -> Result<(), StoreError> {
        self.write(|writer| writer.put(&CRC_INDEX, spec.to_string().as_bytes(), &crc))
    }
}
