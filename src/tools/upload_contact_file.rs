//! Uploads a file from a directory that the operator allowed, or over HTTP a small one that the call carries.

mod inline;
mod kind;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::{ArgumentError, Effect, Preview, Surface, Tool, ToolError, ToolSet, arguments, verify_write};
use crate::context::uploads::{Readable, UploadError};
use crate::context::{Context, Progress};
use crate::gateway::{UploadBody, operations};
use crate::plural::counted;
use crate::render::{self, Reply, Shape};

/// Tool `upload_contact_file`.
pub struct UploadContactFile;

/// Arguments of `upload_contact_file`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Input {
    /// On the server, in an allowed directory
    #[schemars(length(min = 1, max = 4096))]
    path: Option<String>,
    /// base64, at most 64 KiB
    #[schemars(length(min = 1))]
    content: Option<String>,
    /// file name
    #[schemars(length(min = 1, max = 255))]
    name: Option<String>,
}

impl Tool for UploadContactFile {
    const NAME: &'static str = "upload_contact_file";
    const TITLE: &'static str = "Upload file";
    const DESCRIPTION: &'static str = "Upload a file, readable by anyone with its address. \
        For an avatar set avatar_url.";
    const EFFECT: Effect = Effect::Write { idempotent: false, overwrites: false };
    const SHAPE: Shape = Shape::Lines;
    type Input = Input;

    async fn call(context: &Context, input: Input) -> Result<Reply, ToolError> {
        let File { name, content, media_type, digest, room: _room } = file(context, input).await?;
        let size = content.len();
        let (watcher, sent) = mpsc::unbounded_channel();
        let (media, content) = (media_type.to_owned(), content.into());
        let file = UploadBody { file_name: name, media_type: media, content, watcher: Some(watcher) };
        let operation = operations::UploadContactFile { file };
        // The bytes are the progress here.
        let quiet = context.with_progress(Progress::default());
        let upload = arguments::send::<Self, _>(&quiet, &operation, None);
        let uploaded = reported(upload, sent, size, context.progress()).await;
        let uploaded = uploaded.map_err(|error| verify_write::upload(error, &digest))?;
        let details = vec![format!("public: {}", render::clipped(&uploaded.url, 400)), format!("sha256: {digest}")];
        let done = format!("uploaded {} {media_type}", counted(size as u64, "byte"));
        Ok(arguments::receipt(context, done, details))
    }

    async fn preview(context: &Context, input: Input) -> Result<Option<Preview>, ToolError> {
        let File { name, content, media_type, digest, .. } = file(context, input).await?;
        let (name, size) = (render::quoted(&name, 80), content.len());
        let would = format!(
            "publish the file {name} ({} {media_type}), readable by anyone with its address,",
            counted(size as u64, "byte")
        );
        Ok(Some(Preview::would(would, digest)))
    }

    fn adapt_schema(schema: &mut Map<String, Value>, tool_set: &ToolSet) {
        // Whoever shares the server's files names one; whoever does not has nothing to name.
        let (unknown, required): (&[&str], &[&str]) = match (tool_set.door, tool_set.uploads) {
            (Surface::Here, _) => (&["content", "name"], &["path"]),
            (Surface::Http, false) => (&["path"], &["content", "name"]),
            (Surface::Http, true) => (&[], &[]),
        };
        if let Some(Value::Object(properties)) = schema.get_mut("properties") {
            properties.retain(|name, _| !unknown.contains(&name.as_str()));
        }
        if !required.is_empty() {
            schema.insert("required".to_owned(), required.into());
        }
    }
}

/// What is to be uploaded.
struct File {
    name: String,
    content: Vec<u8>,
    media_type: &'static str,
    digest: String,
    /// The memory that the content takes among that of all uploads.
    room: Option<OwnedSemaphorePermit>,
}

/// Reads the file that the arguments name or hold. Nothing has been sent.
async fn file(context: &Context, input: Input) -> Result<File, ToolError> {
    let rule = |rule: &str| ArgumentError::Rule { rule: rule.to_owned() };
    match (input.path, input.content, input.name) {
        (Some(path), None, None) => {
            let (room, context) = (context.uploads().room().await, context.clone());
            // The room goes with the reading, which goes on when nobody waits for it any more.
            let read = tokio::task::spawn_blocking(move || checked(&context, context.uploads().read(&path)?, room));
            read.await.map_err(|_| ToolError::Panicked { may_have_acted: false })?
        }
        (None, Some(content), Some(name)) => {
            let content = inline::decoded(&content)?;
            context.uploads().check_content(&content)?;
            checked(context, Readable { name, content }, None)
        }
        (None, Some(_), None) => Err(rule("`name` is missing: the file's name, such as photo.png.").into()),
        (None, None, _) => Err(rule("Give `path`, or `content` with `name`; nothing was sent.").into()),
        (Some(_), ..) => Err(rule("Give either `path`, or `content` with `name`; nothing was sent.").into()),
    }
}

/// What is known of a file once it is read, unless it holds the credential.
fn checked(context: &Context, file: Readable, mut room: Option<OwnedSemaphorePermit>) -> Result<File, ToolError> {
    let Readable { name, content } = file;
    // The caller's own credential, which in a shared server is none of the server's secrets.
    if context.gateway().redactor().is_in(&content) {
        return Err(UploadError::Secret.into());
    }
    let digest = Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect();
    let media_type = kind::media_type(&name, &content);
    // What a small file leaves over is for others.
    let taken = content.len() / 1024 + 1;
    if let Some(room) = &mut room {
        drop(room.num_permits().checked_sub(taken).and_then(|rest| room.split(rest)));
    }
    Ok(File { name, content, media_type, digest, room })
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
