//! Files that the operator names: only regular ones are read, at most so many bytes, and without waiting for a writer.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Mutex;

/// How often a followed file is looked at, at most.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a call waits for a look at a followed file. A file system that hangs then holds up no further call.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);

/// A byte order mark, as some editors write it before UTF-8.
pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// Opens a regular file for reading. A symbolic link is followed.
///
/// # Errors
/// When it cannot be opened, or is a directory, pipe, socket or device. Opening never waits: a pipe has no writer yet.
pub fn open_regular(path: &Path) -> io::Result<File> {
    // Before opening, because opening a device may do something; after it, because another file may have taken the name.
    check_is_regular(&std::fs::metadata(path)?)?;
    let mut options = OpenOptions::new();
    options.read(true);
    set_nonblocking(&mut options);
    let file = options.open(path)?;
    check_is_regular(&file.metadata()?)?;
    Ok(file)
}

/// The content of a regular file.
///
/// # Errors
/// As [`open_regular`], and when the file has more than `max_bytes`.
pub fn read_regular(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open_regular(path)?.take(max_bytes.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 > max_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {max_bytes} bytes")));
    }
    Ok(content)
}

/// The text of a regular file, without a byte order mark.
///
/// # Errors
/// As [`read_regular`], and when the file is not UTF-8.
pub fn read_regular_text(path: &Path, max_bytes: u64) -> io::Result<String> {
    let text = String::from_utf8(read_regular(path, max_bytes)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text))
}

/// Refuses what is no regular file, by its kind.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`].
pub fn check_is_regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    let reason = if metadata.is_dir() {
        "it is a directory, not a file"
    } else {
        "it is no regular file (pipes, sockets and devices are not read)"
    };
    Err(io::Error::new(io::ErrorKind::InvalidInput, reason))
}

/// Opening a pipe must not wait for its other end, nor a terminal become ours.
#[cfg(unix)]
pub(crate) fn set_nonblocking(options: &mut OpenOptions) {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
}

/// Elsewhere there are no pipes among the files.
#[cfg(not(unix))]
pub(crate) fn set_nonblocking(_options: &mut OpenOptions) {}

/// A file that is read again when it has changed. All reading happens on threads for blocking work.
#[derive(Debug)]
pub struct FollowedFile {
    path: Arc<Path>,
    seen: Arc<Mutex<Seen>>,
}

/// When a file was last looked at, and its state then.
#[derive(Debug)]
struct Seen {
    looked: Instant,
    stamp: Option<Stamp>,
}

/// A change of a file is a change of one of these: time of modification, length, and on Unix the inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<SystemTime>, u64, u64);

impl FollowedFile {
    /// Follows a file that is about to be read for the first time.
    pub fn new(path: &Path) -> Self {
        let seen = Seen { looked: Instant::now(), stamp: stamp(path) };
        Self { path: path.into(), seen: Arc::new(Mutex::new(seen)) }
    }

    /// Runs `changed` when the file has changed since the last look, which is at least a second ago.
    ///
    /// While another look is under way nothing is awaited: what was read last holds. A file that is missing for a moment, while
    /// it is replaced, has not changed.
    pub async fn look(&self, changed: impl FnOnce(&Path) + Send + 'static) {
        let Ok(mut seen) = Arc::clone(&self.seen).try_lock_owned() else { return };
        if seen.looked.elapsed() < LOOK_EVERY {
            return;
        }
        seen.looked = Instant::now();
        let path = Arc::clone(&self.path);
        // The lock goes along, so that a look that hangs is the only one.
        let look = tokio::task::spawn_blocking(move || {
            let Some(stamp) = stamp(&path) else { return };
            if seen.stamp.replace(stamp) != Some(stamp) {
                changed(&path);
            }
        });
        let _ = tokio::time::timeout(LOOK_TIMEOUT, look).await;
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some(Stamp(metadata.modified().ok(), metadata.len(), inode))
}
