//! A media message of a contact, and what an upload answers (contract, 5.9 and 5.10).

use url::Url;

use super::Record;
use super::base_url::is_loopback;

/// A file that went through one of a contact's conversations.
#[derive(Debug, Clone, PartialEq)]
pub struct ContactFile(Record);

impl ContactFile {
    /// The whole object.
    pub fn record(&self) -> &Record {
        &self.0
    }

    /// The id, `msg_…`: a file is a media message.
    pub fn id(&self) -> Option<&str> {
        self.0.id()
    }

    /// What the gateway calls it; `image` stands for nearly everything.
    pub fn kind(&self) -> Option<&str> {
        self.0.text("type")
    }

    /// The caption; `file01` and so on when the sender gave none, and then not unique.
    pub fn caption(&self) -> Option<&str> {
        self.0.text_at(&["content", "caption"])
    }

    /// Where the file is; anyone who has the address can read it.
    pub fn url(&self) -> Option<&str> {
        self.0.text_at(&["content", "url"]).or_else(|| self.0.text("content"))
    }

    /// The extension, which may also be `plain`, `octet-stream` or `unknown`.
    pub fn extension(&self) -> Option<&str> {
        self.0.text_at(&["content", "extension"])
    }

    /// When it was sent.
    pub fn at(&self) -> Option<&str> {
        self.0.text("created_at")
    }

    /// Who sent it: `con_…` or `u_…`.
    pub fn sender(&self) -> Option<&str> {
        super::message::sender(&self.0)
    }
}

impl From<Record> for ContactFile {
    fn from(record: Record) -> Self {
        Self(record)
    }
}

/// What an upload answers: an address that anyone can read (contract, 5.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Where the file now is.
    pub url: String,
}

/// Whether a text is the address of a file that others can open: https with a host, or http to this machine when the gateway is on it.
pub fn is_file_address(text: &str, gateway_is_loopback: bool) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let is_plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    let is_reachable = match url.scheme() {
        "https" => url.has_host(),
        "http" => gateway_is_loopback && is_loopback(&url),
        _ => false,
    };
    is_plain && is_reachable && url.username().is_empty() && url.password().is_none()
}
