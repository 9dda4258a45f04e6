//! A successful answer's body, made into JSON or a named reason why not.

use super::words;
use crate::model::shape::{Shape, has_more_values_than};
use crate::model::{Misread, ReadError};

/// Values in one answer: a page of 100 contacts has some 6,000.
const MAX_VALUES: usize = 150_000;

/// A successful answer: its JSON, or nothing for an empty body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The parsed body; `None` when it was empty.
    pub(super) shape: Option<Shape>,
    /// The values that could not be read as they were sent, by their paths from the top.
    pub(super) misread: Vec<Misread>,
    /// The body of an answer in CSV.
    pub(super) csv: Option<String>,
}

/// Why the body of a success cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// A web page, as a proxy, a login wall or a wrong path sends it.
    #[error("a web page{} instead of JSON", .title.as_ref().map(|title| format!(" titled \"{title}\"")).unwrap_or_default())]
    WebPage {
        /// The page's title: one line, clipped.
        title: Option<String>,
    },
    /// Compressed, or encoded in another way that was not asked for.
    #[error("a body in the encoding {name}, which was not asked for: a proxy on the way may have added it")]
    ContentEncoding {
        /// The value of `content-encoding`, clipped.
        name: String,
    },
    /// Not UTF-8, which JSON must be.
    #[error("text that is not UTF-8")]
    Encoding,
    /// JSON that stops in the middle.
    #[error("JSON that is cut off after {bytes} bytes")]
    CutOff {
        /// How much there was.
        bytes: usize,
    },
    /// Neither JSON nor a web page.
    #[error("text that is not JSON (line {line}, column {column})")]
    NotJson {
        /// Where JSON ends, from 1.
        line: usize,
        /// Where JSON ends, from 1.
        column: usize,
    },
    /// JSON with a repeated key, of which no one can say which is meant.
    #[error("JSON in which a key stands twice in one object (line {line}, column {column})")]
    RepeatedKey {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// More values than any page of contacts has. Each takes memory, however short it is.
    #[error("more than {limit} values")]
    TooManyValues {
        /// The most that are read.
        limit: usize,
    },
    /// More than we read.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: usize,
    },
}

impl Answer {
    /// An answer without a body.
    pub(super) const EMPTY: Self = Self { shape: None, misread: Vec::new(), csv: None };

    /// Reads a body. A byte order mark is passed over; `OK` is what some servers send for "done".
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn parse(body: &[u8], content_type: Option<&str>) -> Result<Self, Unreadable> {
        Self::read(body, content_type, "")
    }

    /// The same, with the credential in use kept out of the error.
    pub(super) fn read(body: &[u8], content_type: Option<&str>, secret: &str) -> Result<Self, Unreadable> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii();
        if body.is_empty() || body == b"OK" {
            return Ok(Self::EMPTY);
        }
        if is_web_page(body, content_type) {
            let title = words::page_title(&String::from_utf8_lossy(body));
            let title = title.map(|title| words::one_line(&title, secret));
            return Err(Unreadable::WebPage { title });
        }
        let text = std::str::from_utf8(body).map_err(|_| Unreadable::Encoding)?;
        if has_more_values_than(text.as_bytes(), MAX_VALUES) {
            return Err(Unreadable::TooManyValues { limit: MAX_VALUES });
        }
        let (shape, misread) = Shape::read(text).map_err(|error| match error {
            ReadError::RepeatedKey { line, column } => Unreadable::RepeatedKey { line, column },
            ReadError::Json(error) if error.is_eof() => Unreadable::CutOff { bytes: body.len() },
            ReadError::Json(error) => Unreadable::NotJson { line: error.line(), column: error.column() },
        })?;
        Ok(Self { shape: Some(shape), misread, csv: None })
    }

    /// Reads a body that should be CSV. What begins as JSON does is read as that: another service may have answered.
    pub(super) fn read_csv(body: &[u8], content_type: Option<&str>, secret: &str) -> Result<Self, Unreadable> {
        match body.trim_ascii().first() {
            None | Some(b'{' | b'[' | b'<') => return Self::read(body, content_type, secret),
            Some(_) => {}
        }
        if is_web_page(body, content_type) {
            return Self::read(body, content_type, secret);
        }
        let text = std::str::from_utf8(body).map_err(|_| Unreadable::Encoding)?;
        Ok(Self { csv: Some(text.to_owned()), ..Self::EMPTY })
    }
}

/// Whether a body is HTML: by its first byte, or by its type when it does not begin as JSON does.
fn is_web_page(body: &[u8], content_type: Option<&str>) -> bool {
    let says_html = || content_type.is_some_and(|name| name.to_ascii_lowercase().contains("text/html"));
    match body.first() {
        Some(b'<') => true,
        Some(b'{' | b'[') | None => false,
        Some(_) => says_html(),
    }
}
