//! The sealed form of a confirmation: what it is bound to, and a message authentication code over it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::hmac;

/// The beginning of a keyed digest; without the key nobody can look for another text with the same one.
pub(super) type Fingerprint = [u8; 8];

/// Bytes before the code.
const BODY: usize = 1 + 4 + 8 + 8 + 8;
/// Bytes of the code: forging one takes 2^127 calls on average.
const CODE: usize = 16;

/// The way a confirmation comes; a token for one is of no use in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The model repeats the call with it.
    Argument,
    /// A person was asked.
    Person,
}

/// What a confirmation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) way: Way,
    /// Its number in this process.
    pub(super) serial: u32,
    /// In milliseconds since the process began to give them out.
    pub(super) expires: u64,
    /// Of caller, place, tool and arguments.
    pub(super) call: Fingerprint,
    /// Of what the preview showed.
    pub(super) content: Fingerprint,
}

/// Closes and opens tokens with a key that never leaves the process.
pub(super) struct Seal {
    key: hmac::Key,
}

impl Seal {
    /// With a key of its own.
    pub(super) fn new() -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, &rand::random::<[u8; 32]>()) }
    }

    /// The fingerprint of several texts; their lengths count, so that nothing moves from one into the next.
    pub(super) fn fingerprint(&self, parts: &[impl AsRef<[u8]>]) -> Fingerprint {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"fingerprint");
        for part in parts {
            let part = part.as_ref();
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        beginning(context.sign().as_ref())
    }

    /// The token as a text.
    pub(super) fn close(&self, token: &Token) -> String {
        let mut bytes = Vec::with_capacity(BODY + CODE);
        bytes.push(match token.way {
            Way::Argument => 1,
            Way::Person => 2,
        });
        bytes.extend(token.serial.to_be_bytes());
        bytes.extend(token.expires.to_be_bytes());
        bytes.extend(token.call);
        bytes.extend(token.content);
        bytes.extend(self.code(&bytes));
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a text says; `None` unless it was closed with this key.
    pub(super) fn open(&self, text: &str) -> Option<Token> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim()).ok()?;
        let (body, shown) = bytes.split_at_checked(BODY)?;
        // Compared under the key, so that the time it takes tells nothing about the right code.
        let (code, key) = (self.code(body), &self.key);
        if shown.len() != CODE || hmac::sign(key, shown).as_ref() != hmac::sign(key, &code).as_ref() {
            return None;
        }
        let (way, body) = body.split_first()?;
        let (serial, body) = body.split_first_chunk()?;
        let (expires, body) = body.split_first_chunk()?;
        let (call, body) = body.split_first_chunk()?;
        Some(Token {
            way: if *way == 1 { Way::Argument } else { Way::Person },
            serial: u32::from_be_bytes(*serial),
            expires: u64::from_be_bytes(*expires),
            call: *call,
            content: beginning(body),
        })
    }

    fn code(&self, body: &[u8]) -> [u8; CODE] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(b"token");
        context.update(body);
        beginning(context.sign().as_ref())
    }
}

/// The first bytes of a longer text.
fn beginning<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.first_chunk().copied().unwrap_or([0; N])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { way: Way::Person, serial: 7, expires: 120_000, call: [1; 8], content: [2; 8] }
    }

    #[test]
    fn what_was_closed_opens_and_no_changed_byte_does() {
        let seal = Seal::new();
        let text = seal.close(&token());
        assert_eq!(seal.open(&text), Some(token()));
        assert_eq!(seal.open(&format!(" {text}\n")), Some(token()));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open(&String::from_utf8(bytes).unwrap()), None, "byte {place}");
        }
        for shorter in 0..text.len() {
            assert_eq!(seal.open(&text[..shorter]), None);
        }
        assert_eq!(seal.open(&format!("{text}AAAA")), None);
    }

    #[test]
    fn another_process_opens_nothing() {
        assert_eq!(Seal::new().open(&Seal::new().close(&token())), None);
    }

    #[test]
    fn nothing_moves_from_one_part_of_a_binding_into_the_next() {
        let seal = Seal::new();
        assert_ne!(seal.fingerprint(&["ab", "c"]), seal.fingerprint(&["a", "bc"]));
        assert_eq!(seal.fingerprint(&["ab", "c"]), seal.fingerprint(&["ab", "c"]));
    }
}
