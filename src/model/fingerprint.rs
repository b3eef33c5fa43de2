//! Digests of what goes into a package and of what comes out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 128 bits of BLAKE3: what a recipe or a package comes down to.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fingerprint([u8; 16]);

impl Fingerprint {
    pub fn of(bytes: &[u8]) -> Fingerprint {
        Fingerprint::from_hash(blake3::hash(bytes))
    }

    /// Of several fields; lengths are hashed too, so fields never run into each other.
    pub fn of_fields<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Fingerprint {
        let mut digest = Digest::default();
        fields.into_iter().for_each(|field| digest.field(field));
        digest.finish()
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn from_hash(hash: blake3::Hash) -> Fingerprint {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        Fingerprint(bytes)
    }
}

/// A fingerprint of several fields in the making; lengths are hashed too, so fields never run into each other.
#[derive(Default)]
pub struct Digest(blake3::Hasher);

impl Digest {
    pub fn field(&mut self, field: &[u8]) {
        self.0.update(&(field.len() as u64).to_le_bytes());
        self.0.update(field);
    }

    pub fn finish(&self) -> Fingerprint {
        Fingerprint::from_hash(self.0.finalize())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
