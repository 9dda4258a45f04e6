//! A small file inside a call, as base64 in any of its spellings.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::tools::ArgumentError;

/// The most bytes of a file inside a call: a model writes every one of them.
const MOST: usize = 64 << 10;

/// The bytes of a base64 text: either alphabet, with or without padding, with line breaks, or as a `data:` address.
///
/// # Errors
/// [`ArgumentError::Rule`] for a text that is none, and for too many bytes.
pub(super) fn decoded(text: &str) -> Result<Vec<u8>, ArgumentError> {
    let refuse = |rule: String| ArgumentError::Rule { rule };
    let text = text.trim();
    let body = match text.strip_prefix("data:") {
        Some(address) => address.split_once(";base64,").map(|(_, body)| body),
        None => Some(text),
    };
    let body = body.ok_or_else(|| refuse("`content` is a data: address without ;base64; nothing was sent.".into()))?;
    // Looked at before decoding, with room for line breaks.
    if body.len() > MOST * 2 {
        return Err(too_large());
    }
    let clean: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let alphabet = if clean.iter().any(|byte| matches!(byte, b'-' | b'_')) { URL_SAFE } else { STANDARD };
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let content = GeneralPurpose::new(&alphabet, lenient).decode(clean);
    let content = content.map_err(|_| refuse("`content` must be base64; nothing was sent.".into()))?;
    match content.len() {
        0 => Err(refuse("`content` holds no bytes; nothing was sent.".into())),
        1..=MOST => Ok(content),
        _ => Err(too_large()),
    }
}

fn too_large() -> ArgumentError {
    let rule = "`content` may hold at most 64 KiB. A larger file has to lie in a directory that the operator allows with --upload-dir; nothing was sent.";
    ArgumentError::Rule { rule: rule.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn every_spelling_of_base64_is_read() {
        for text in ["+/8=", "+/8", "-_8=", "-_8", " +/\r\n8=\n", "data:image/png;base64,+/8="] {
            assert_eq!(decoded(text).unwrap(), [0xFB, 0xFF], "{text}");
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "=", "a", "äöü", "+-8=", "data:,hello", "+/8=+/8="] {
            assert!(decoded(text).is_err(), "{text}");
        }
        assert!(decoded(&"A".repeat(87_382)).is_ok());
        assert!(decoded(&"A".repeat(87_384)).is_err());
        assert!(decoded(&"A".repeat(900_000)).is_err());
    }
}
