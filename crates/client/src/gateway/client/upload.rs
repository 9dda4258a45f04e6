//! The one multipart body that the gateway takes: a single part named `file` (contract, 5.10).

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderValue;
use http_body::{Body, Frame, SizeHint};

use crate::characters::is_invisible;
use crate::gateway::UploadBody;

/// What a part is called when nothing is left of its name.
const NAMELESS: &str = "file";
/// How much is sent at once, in bytes.
const CHUNK: usize = 64 << 10;
/// The longest name that is sent, in characters.
const LONGEST_NAME: usize = 120;

/// The content type and the body of an upload (RFC 7578). Its length is known, so it is sent with a `content-length`.
pub(super) fn form(upload: &UploadBody) -> (Option<HeaderValue>, reqwest::Body) {
    // Random, so that no content holds it.
    let boundary = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let name = file_name(&upload.file_name);
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
    // A type with other signs could end the header early, and says nothing to anybody.
    if upload.media_type.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        head.push_str("Content-Type: ");
        head.push_str(&upload.media_type);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    let tail = format!("\r\n--{boundary}--\r\n");
    let left = (head.len() + upload.content.len() + tail.len()) as u64;
    let around = |text: String| std::iter::once(Bytes::from(text));
    let next = Box::new(around(head).chain(chunks(upload)).chain(around(tail)));
    let content_type = HeaderValue::from_str(&format!("multipart/form-data; boundary={boundary}")).ok();
    (content_type, reqwest::Body::wrap(Chunks { next, left }))
}

/// A body of known length, so that it is never sent in chunked coding. Each chunk is asked for as it is sent.
struct Chunks {
    next: Box<dyn Iterator<Item = Bytes> + Send + Sync>,
    /// How many bytes were not asked for yet.
    left: u64,
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let chunk = self.next.next();
        self.left = self.left.saturating_sub(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
        Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// The content in chunks; whoever watches is told as each of them is taken to be sent.
fn chunks(upload: &UploadBody) -> impl Iterator<Item = Bytes> + Send + Sync + 'static {
    let (content, watcher) = (upload.content.clone(), upload.watcher.clone());
    let starts = (0..content.len()).step_by(CHUNK);
    starts.map(move |start| {
        let end = (start + CHUNK).min(content.len());
        if let Some(watcher) = &watcher {
            // Nobody listening any more is no reason to stop sending.
            let _ = watcher.send(end as u64);
        }
        content.slice(start..end)
    })
}

/// The last step of a path without quotes, which could end the header early, and without invisible characters, which make it look
/// like another one (U+202E turns the direction of reading).
fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|letter| *letter != '"' && !is_invisible(*letter)).collect();
    let clean = clean.trim().trim_start_matches('.');
    // The end is kept: the extension decides what the file is stored as.
    let excess = clean.chars().count().saturating_sub(LONGEST_NAME);
    let kept: String = clean.chars().skip(excess).collect();
    if kept.is_empty() { NAMELESS.to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::{file_name, is_invisible};

    #[test]
    fn a_file_name_loses_its_path_its_quotes_and_its_line_breaks() {
        assert_eq!(file_name("/home/ann/photo 1.png"), "photo 1.png");
        assert_eq!(file_name("C:\\scans\\a\"b\r\nX-Evil: 1.pdf"), "abX-Evil: 1.pdf");
        assert_eq!(file_name("名刺.jpg"), "名刺.jpg");
        assert_eq!(file_name("../.."), "file");
        assert!(file_name(&format!("{}.pdf", "a".repeat(300))).ends_with("a.pdf"));
    }

    #[test]
    fn a_file_name_loses_every_invisible_character() {
        for letter in (char::MIN..='\u{1FFFF}')
            .chain('\u{E0000}'..='\u{E0FFF}')
            .filter(|letter| !matches!(letter, '"' | '/' | '\\'))
        {
            let name = format!("x{letter}y");
            let expected = if is_invisible(letter) { "xy" } else { name.as_str() };
            assert_eq!(file_name(&name), expected, "{}", letter.escape_unicode());
        }
    }
}
