//! Digests that nobody can test a guess against without the key: HMAC-SHA256 (RFC 2104).

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ring::hmac;

use crate::files;

/// Bytes of a key.
const LENGTH: usize = 32;

/// The key of one audit file's digests. Not shown by `Debug`, because it has none.
pub(super) struct Key(hmac::Key);

impl Key {
    fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The key in the file beside `path`, made up when there is none yet.
    ///
    /// # Errors
    /// When that file cannot be read or made, or is no key.
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let mut place = path.as_os_str().to_owned();
        place.push(".key");
        let place = PathBuf::from(place);
        match files::open_regular(&place) {
            Ok(file) => Self::read(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::make(&place),
            Err(error) => Err(error),
        }
    }

    fn read(file: std::fs::File) -> io::Result<Self> {
        let mut text = String::new();
        file.take(1024).read_to_string(&mut text)?;
        let key = unhex(text.trim()).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it holds no key"))?;
        Ok(Self::new(&key))
    }

    fn make(place: &Path) -> io::Result<Self> {
        let key: [u8; LENGTH] = rand::random();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        super::book::for_its_owner_only(&mut options);
        let mut file = options.open(place)?;
        let written = file.write_all((hex(&key) + "\n").as_bytes()).and_then(|()| file.sync_all());
        // A part of a key would be refused by every start from now on.
        if let Err(error) = written {
            let _ = std::fs::remove_file(place);
            return Err(error);
        }
        Ok(Self::new(&key))
    }

    /// The digest of some bytes, in hexadecimal digits.
    pub(super) fn digest(&self, bytes: &[u8]) -> String {
        hex(hmac::sign(&self.0, bytes).as_ref())
    }

    /// What tells this key from others and tells nothing of it.
    pub(super) fn name(&self) -> String {
        self.digest(b"the name of this key").chars().take(16).collect()
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; LENGTH]> {
    if text.len() != LENGTH * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; LENGTH];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_rfc_4231() {
        // Test case 1 of RFC 4231.
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(Key::new(&[0x0b; 20]).digest(b"Hi There"), expected);
    }
}
