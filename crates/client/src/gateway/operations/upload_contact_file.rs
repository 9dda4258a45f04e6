//! Section 9 of the API document: a public upload, bound to no contact (contract, 5.10).

use http::Method;

use crate::gateway::{Body, Operation, Replay, Request, UploadBody};
use crate::model::UploadedFile;

/// Uploads a file; anyone who has the answered address can read it.
#[derive(Debug, Clone)]
pub struct UploadContactFile {
    /// What to upload.
    pub file: UploadBody,
}

impl Operation for UploadContactFile {
    const NAME: &'static str = "upload_contact_file";
    const METHOD: Method = Method::POST;
    const ROUTE: &'static str = "contacts/_fileupload";
    const REPLAY: Replay = Replay::Never;
    type Response = UploadedFile;

    fn request(&self) -> Request {
        Request { body: Body::Upload(self.file.clone()), ..Request::default() }
    }
}
