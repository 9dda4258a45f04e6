//! Uploads a file from a directory that the operator allowed.

use schemars::JsonSchema;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{Effect, Tool, ToolError, arguments, settle};
use crate::context::uploads::Readable;
use crate::context::{Context, Progress};
use crate::gateway::{UploadBody, operations};
use crate::render::{self, Reply, Shape};

/// Tool `upload_contact_file`.
pub struct UploadContactFile;

/// Arguments of `upload_contact_file`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// File on the server's machine, in an allowed directory
    #[schemars(length(min = 1, max = 4096))]
    path: String,
}

impl Tool for UploadContactFile {
    const NAME: &'static str = "upload_contact_file";
    const TITLE: &'static str = "Upload file";
    const DESCRIPTION: &'static str = "Upload a file and get its public address: anyone with it can read the file. \
        It belongs to no contact until update_contact sets it as avatar_url.";
    const EFFECT: Effect = Effect::Write { idempotent: false };
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let shared = context.clone();
        let read = tokio::task::spawn_blocking(move || shared.uploads().read(&input.path));
        let Readable { name, content } = read.await.map_err(|_| ToolError::Panicked { may_have_acted: false })??;
        let size = content.len();
        let digest: String = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
        // The content decides, because a name can say anything.
        let media_type = infer::get(&content).map_or("application/octet-stream", |kind| kind.mime_type()).to_owned();
        let (watcher, sent) = mpsc::unbounded_channel();
        let (media, content) = (media_type.clone(), content.into());
        let file = UploadBody { file_name: name, media_type: media, content, watcher: Some(watcher) };
        let operation = operations::UploadContactFile { file };
        // The bytes are the progress here.
        let quiet = context.with_progress(Progress::default());
        let upload = arguments::send::<Self, _>(&quiet, &operation, None);
        let uploaded = reported(upload, sent, size, context.progress()).await;
        let uploaded = uploaded.map_err(|error| settle::upload(error, &digest))?;
        let details = vec![format!("public: {}", render::clipped(&uploaded.url, 400)), format!("sha256: {digest}")];
        let done = format!("uploaded {size} bytes {media_type}");
        Ok(arguments::receipt(context, done, details))
    }
}

/// Waits for an upload, and reports how many of its bytes have left.
async fn reported<T>(
    upload: impl Future<Output = T>,
    mut sent: mpsc::UnboundedReceiver<u64>,
    size: usize,
    progress: &Progress,
) -> T {
    let mut upload = std::pin::pin!(upload);
    let total = Some(size as f64);
    progress.report(0.0, total, "uploading");
    loop {
        tokio::select! {
            uploaded = &mut upload => {
                progress.report(size as f64, total, "uploaded");
                return uploaded;
            }
            Some(bytes) = sent.recv() => progress.report(bytes as f64, total, "uploading"),
        }
    }
}
