//! Section 9 of the API document: a public upload, bound to no contact (contract, 5.10).

use http::Method;

use crate::gateway::{Body, Operation, Replay, Request, UploadBody};
use crate::model::{UploadedFile, is_file_address};

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

    fn mismatch(&self, uploaded: &UploadedFile, is_loopback: bool) -> Option<&'static str> {
        (!is_file_address(&uploaded.url, is_loopback)).then_some("no https address of the file")
    }
}
