//! Values as bytes: a version, a checksum, then postcard.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a table holds.
pub(super) trait Value: Serialize + DeserializeOwned {
    /// Goes up with every change of the type or of a type in it.
    const VERSION: u8 = 1;

    /// Reads the body of an older version; `None` for versions that nobody reads any more.
    fn older(_version: u8, _body: &[u8]) -> Option<Result<Self, String>> {
        None
    }
}

const HEADER: usize = 5;

pub(super) fn encode<V: Value>(value: &V) -> Result<Vec<u8>, String> {
    let body = postcard::to_stdvec(value).map_err(|error| error.to_string())?;
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.push(V::VERSION);
    bytes.extend(crc32fast::hash(&body).to_le_bytes());
    bytes.extend(body);
    Ok(bytes)
}

/// The reason is a clause: `its version is 9, not 1`.
pub(super) fn decode<V: Value>(bytes: &[u8]) -> Result<V, String> {
    let Some(([version, sum @ ..], body)) = bytes.split_first_chunk::<HEADER>() else {
        return Err(format!("{} bytes are too few", bytes.len()));
    };
    let is_whole = *sum == crc32fast::hash(body).to_le_bytes();
    if *version != V::VERSION {
        let older = is_whole.then(|| V::older(*version, body)).flatten();
        return older.unwrap_or_else(|| Err(format!("its version is {version}, not {}", V::VERSION)));
    }
    if !is_whole {
        return Err("its checksum is wrong".into());
    }
    from_body(body)
}

/// All of the bytes make one value.
pub(super) fn from_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    match postcard::take_from_bytes(body) {
        Ok((value, [])) => Ok(value),
        Ok((_, rest)) => Err(format!("{} bytes too many", rest.len())),
        Err(error) => Err(error.to_string().to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Value for (u32, String) {}

    #[test]
    fn gives_back_what_it_was_given() {
        let value = (u32::MAX, "x".to_owned());
        assert_eq!(decode(&encode(&value).unwrap()), Ok(value));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let bytes = encode(&(7_u32, "some text".to_owned())).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            assert!(decode::<(u32, String)>(&changed).is_err(), "byte {at}");
            assert!(decode::<(u32, String)>(&bytes[..at]).is_err(), "{at} bytes");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let bytes = encode(&(7_u32, String::new())).unwrap();
        let reason = |bytes: &[u8]| decode::<(u32, String)>(bytes).unwrap_err();
        assert_eq!(reason(&bytes[..3]), "3 bytes are too few");
        assert_eq!(reason(&[9, 0, 0, 0, 0, 0]), "its version is 9, not 1");
        assert_eq!(reason(&[1, 0, 0, 0, 0, 1]), "its checksum is wrong");
    }
}
