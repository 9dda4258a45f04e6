//! The first file of a multipart body, as the file service reads it (contract, 5.10).

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

/// A file part.
#[derive(Debug)]
pub(super) struct Part {
    /// The part's file name; empty when it has none.
    pub(super) file_name: String,
    /// The part's media type; empty when it has none.
    pub(super) media_type: String,
    /// Its content.
    pub(super) content: Bytes,
}

/// The first part that is a file, whatever its name; other parts are passed over. `None` when there is none.
pub(super) async fn first_file(headers: &HeaderMap, body: &Bytes) -> Option<Part> {
    let mut request = Request::new(Body::from(body.clone()));
    request.headers_mut().insert(CONTENT_TYPE, headers.get(CONTENT_TYPE)?.clone());
    // The body is already in memory and within its limit; axum's own of 2 MB is for those that stream.
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.ok()?;
    while let Some(part) = parts.next_field().await.ok()? {
        let Some(file_name) = part.file_name().map(str::to_owned) else {
            continue;
        };
        let media_type = part.content_type().unwrap_or_default().to_owned();
        return Some(Part { file_name, media_type, content: part.bytes().await.ok()? });
    }
    None
}
