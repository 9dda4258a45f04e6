//! Reading the files that the operator allowed, and no others.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

/// The directories that uploads may be read from, opened once and held.
///
/// A path is resolved beneath the held directory by the kernel (`openat2` on Linux), so neither `..` nor a symlink
/// leads out, not even one that is swapped in while we look.
#[derive(Debug, Clone, Default)]
pub struct Uploads {
    /// Shared, so that many contexts hold each directory open once.
    directories: Arc<[(PathBuf, Dir)]>,
    largest: u64,
}

/// The default largest upload, in bytes: 10 MiB (contract, 5.10).
pub const LARGEST_UPLOAD: u64 = 10 * 1024 * 1024;

/// A file that was read.
#[derive(Debug)]
pub struct Readable {
    /// The last part of its path.
    pub name: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// No directory is configured.
    #[error("uploads are off: start the server with --upload-dir DIRECTORY to allow files from it")]
    Off,
    /// The path is in none of the directories, or leads out of one.
    #[error("this path is outside the allowed directories ({allowed})")]
    Outside {
        /// The directories, as the operator wrote them.
        allowed: String,
    },
    /// There is no such file, or it cannot be opened.
    #[error("this file cannot be read: {cause}")]
    Unreadable {
        /// In words.
        cause: String,
    },
    /// A directory, device, socket or pipe.
    #[error("this is no regular file")]
    NotAFile,
    /// More than the limit.
    #[error("this file has {size} bytes, more than the limit of {largest}")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        largest: u64,
    },
}

impl Uploads {
    /// Opens the directories.
    ///
    /// # Errors
    /// The first directory that cannot be opened, with the reason.
    pub fn open(paths: &[PathBuf], largest: u64) -> Result<Self, (PathBuf, std::io::Error)> {
        let open = |path: &PathBuf| {
            let whole = std::path::absolute(path).map_err(|error| (path.clone(), error))?;
            let directory = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| (path.clone(), error))?;
            Ok((whole, directory))
        };
        Ok(Self { directories: paths.iter().map(open).collect::<Result<_, _>>()?, largest })
    }

    /// Whether there is any directory to read from.
    pub fn is_on(&self) -> bool {
        !self.directories.is_empty()
    }

    /// Reads a file: an absolute path inside one of the directories, or a path relative to one.
    ///
    /// # Errors
    /// [`UploadError`]; nothing outside the directories is ever opened.
    pub fn read(&self, path: &str) -> Result<Readable, UploadError> {
        if self.directories.is_empty() {
            return Err(UploadError::Off);
        }
        let path = Path::new(path);
        let mut failure = self.outside();
        for (root, directory) in self.directories.iter() {
            let beneath = if path.is_absolute() { path.strip_prefix(root).ok() } else { Some(path) };
            match beneath.map(|beneath| self.read_beneath(directory, beneath)) {
                Some(Ok(file)) => return Ok(file),
                Some(Err(error)) => failure = error,
                None => {}
            }
        }
        Err(failure)
    }

    fn read_beneath(&self, directory: &Dir, path: &Path) -> Result<Readable, UploadError> {
        let open = |error: std::io::Error| match error.kind() {
            // cap-std's word for a path that leads out.
            std::io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => self.outside(),
            _ => UploadError::Unreadable { cause: error.to_string() },
        };
        // The kind is looked at before opening, because opening a device may do something; and again after it, because
        // the name may have been swapped in between.
        if !directory.metadata(path).map_err(open)?.is_file() {
            return Err(UploadError::NotAFile);
        }
        let file = directory.open_with(path, &nonblocking()).map_err(open)?;
        let metadata = file.metadata().map_err(open)?;
        if !metadata.is_file() {
            return Err(UploadError::NotAFile);
        }
        if metadata.len() > self.largest {
            return Err(UploadError::TooLarge { size: metadata.len(), largest: self.largest });
        }
        // It may grow while it is read.
        let mut content = Vec::new();
        file.take(self.largest + 1).read_to_end(&mut content).map_err(open)?;
        let size = content.len() as u64;
        if size > self.largest {
            return Err(UploadError::TooLarge { size, largest: self.largest });
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Readable { name, content })
    }

    fn outside(&self) -> UploadError {
        let allowed: Vec<String> = self.directories.iter().map(|(root, _)| root.display().to_string()).collect();
        UploadError::Outside { allowed: allowed.join(", ") }
    }
}

/// How a file is opened: a pipe that was swapped in must not make the thread wait for its writer.
fn nonblocking() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use cap_std::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}
