//! One line: its fields in their fixed order, and the hash that seals it to the line before.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::digest::hex;

/// What the first line of a file names as the line before it.
pub(super) const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What stands between a line's fields and its own hash.
const SEAL: &str = ",\"hash\":\"";

/// What a line tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A process has opened the file.
    Start,
    /// A last line without its end was cut off.
    Cut,
    /// A write is about to be sent.
    Intent,
    /// A call has ended.
    Outcome,
}

/// A line's fields, without its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    /// 1, 2, 3, … in each file.
    pub(super) sequence: u64,
    /// UTC, to the millisecond.
    pub(super) time: String,
    pub(super) kind: Kind,
    /// Of a write's outcome: the number of its intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) effect: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ids: Vec<String>,
    /// The HMAC of the arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<String>,
    /// The HMAC of the answer's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) milliseconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) environment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) caller: Option<String>,
    /// Of a start: which key the digests after it are made with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// Of a cut: how many bytes went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
    /// The hash of the line before.
    pub(super) previous: String,
}

impl Line {
    /// A line with nothing in it but its kind; number, time and previous hash come when it is written.
    pub(super) fn of(kind: Kind) -> Self {
        Self {
            sequence: 0,
            time: String::new(),
            kind,
            call: None,
            tool: None,
            effect: None,
            outcome: None,
            error: None,
            ids: Vec::new(),
            arguments: None,
            answer: None,
            milliseconds: None,
            environment: None,
            caller: None,
            key: None,
            bytes: None,
            previous: String::new(),
        }
    }

    /// The whole line with its end, and its hash.
    ///
    /// # Errors
    /// When it cannot be written as JSON, which its types rule out.
    pub(super) fn sealed(&self) -> serde_json::Result<(String, String)> {
        let mut text = serde_json::to_string(self)?;
        // The closing brace moves behind the hash.
        text.pop();
        let hash = hex(&Sha256::digest(text.as_bytes()));
        text.push_str(SEAL);
        text.push_str(&hash);
        text.push_str("\"}\n");
        Ok((text, hash))
    }

    /// Reads a line without its end; `None` when it is none of ours or its hash is not its own.
    pub(super) fn read(text: &str) -> Option<(Self, String)> {
        let (body, rest) = text.rsplit_once(SEAL)?;
        let hash = rest.strip_suffix("\"}")?;
        if hex(&Sha256::digest(body.as_bytes())) != hash {
            return None;
        }
        Some((serde_json::from_str(text).ok()?, hash.to_owned()))
    }
}
