//! Reading the files that the operator allowed, and no others.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::redact::Secrets;

/// The directories that uploads may be read from, opened once and held.
///
/// A path is resolved beneath the held directory by the kernel (`openat2` on Linux), so neither `..` nor a symlink
/// leads out, not even one that is swapped in while we look.
#[derive(Debug, Clone)]
pub struct Uploads {
    /// Shared, so that many contexts hold each directory open once.
    directories: Arc<[(PathBuf, Dir)]>,
    largest: u64,
    own: Arc<OwnFiles>,
    /// KiB of files that may still be held in memory at the same time.
    memory: Arc<Semaphore>,
}

/// Memory for the files of all uploads under way, in KiB.
const MEMORY: usize = 32 * 1024;

/// What the server itself keeps on the disk and in its memory, and never uploads.
#[derive(Debug, Default)]
pub struct OwnFiles {
    /// Its files: configuration, credentials, tokens, audit file and key. A hard link to one is that file.
    pub files: Vec<PathBuf>,
    /// Its directories: the state. No file directly in one is uploaded.
    pub directories: Vec<PathBuf>,
    /// The secrets that no file and no file inside a call may hold.
    pub secrets: Secrets,
    /// Whether files and directories whose names begin with a dot are uploaded like others.
    pub allows_hidden: bool,
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
    /// A name that begins with a dot: keys, histories and settings have such names.
    #[error("names that begin with a dot are not uploaded (the operator allows them with --upload-hidden)")]
    Hidden,
    /// Something of the system: processes, devices.
    #[error("nothing under /proc, /sys and /dev is uploaded")]
    System,
    /// One of the server's own files.
    #[error("this is a file of the server itself, which is never uploaded")]
    Own,
    /// The content holds a credential of the server.
    #[error("this file holds a credential of the server, so it is never uploaded")]
    Secret,
    /// More than the limit.
    #[error("this file has {size} bytes, more than the limit of {largest}")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        largest: u64,
    },
}

/// Without any directory.
impl Default for Uploads {
    fn default() -> Self {
        let (directories, own) = (Arc::default(), Arc::default());
        Self { directories, largest: LARGEST_UPLOAD, own, memory: Arc::new(Semaphore::new(MEMORY)) }
    }
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
        let directories = paths.iter().map(open).collect::<Result<_, _>>()?;
        Ok(Self { directories, largest, ..Self::default() })
    }

    /// Waits for the memory that the largest file takes. It is given back when the permit is dropped, with the file.
    pub async fn room(&self) -> Option<OwnedSemaphorePermit> {
        let wanted = usize::try_from(self.largest / 1024 + 1).unwrap_or(MEMORY).min(MEMORY);
        Arc::clone(&self.memory).acquire_many_owned(wanted as u32).await.ok()
    }

    /// The same directories, without what the server keeps for itself.
    #[must_use]
    pub fn without(self, own: OwnFiles) -> Self {
        Self { own: Arc::new(own), ..self }
    }

    /// What lies in the directories and is never uploaded, in words for the operator.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for (root, _) in self.directories.iter() {
            let Ok(root) = root.canonicalize() else { continue };
            if is_of_system(&root) {
                warnings.push(format!("upload_dir {}: nothing under /proc, /sys and /dev is uploaded", root.display()));
            }
            for own in self.own.files.iter().chain(&self.own.directories) {
                if own.canonicalize().is_ok_and(|own| own.starts_with(&root)) {
                    let (root, own) = (root.display(), own.display());
                    warnings.push(format!(
                        "upload_dir {root} holds {own}, which belongs to the server and is never uploaded; keep the two apart"
                    ));
                }
            }
        }
        warnings
    }

    /// Checks the content of a file, wherever it comes from.
    ///
    /// # Errors
    /// [`UploadError::Secret`].
    pub fn check_content(&self, content: &[u8]) -> Result<(), UploadError> {
        if self.own.secrets.redactor().is_in(content) { Err(UploadError::Secret) } else { Ok(()) }
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
        for allowed in self.directories.iter() {
            let beneath = if path.is_absolute() { path.strip_prefix(&allowed.0).ok() } else { Some(path) };
            match beneath.map(|beneath| self.read_beneath(allowed, beneath)) {
                Some(Ok(file)) => return Ok(file),
                Some(Err(error)) => failure = error,
                None => {}
            }
        }
        Err(failure)
    }

    fn read_beneath(&self, (root, directory): &(PathBuf, Dir), path: &Path) -> Result<Readable, UploadError> {
        let open = |error: std::io::Error| match error.kind() {
            // cap-std's word for a path that leads out.
            std::io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => self.outside(),
            _ => UploadError::Unreadable { cause: error.to_string() },
        };
        if self.is_hidden(path) {
            return Err(UploadError::Hidden);
        }
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
        self.check_place(&file, root, path)?;
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
        self.check_content(&content)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Readable { name, content })
    }

    fn is_hidden(&self, path: &Path) -> bool {
        let is_hidden =
            |part: Component<'_>| matches!(part, Component::Normal(name) if name.as_encoded_bytes().starts_with(b"."));
        !self.own.allows_hidden && path.components().any(is_hidden)
    }

    /// Refuses a file by its own place and its identity: a link, or a second name, may lead to it by a harmless name.
    fn check_place(&self, file: &cap_std::fs::File, root: &Path, path: &Path) -> Result<(), UploadError> {
        let place = place_of(file).or_else(|| root.join(path).canonicalize().ok());
        if let Some(place) = place {
            if is_of_system(&place) {
                return Err(UploadError::System);
            }
            let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
            if place.strip_prefix(root).is_ok_and(|beneath| self.is_hidden(beneath)) {
                return Err(UploadError::Hidden);
            }
            let is_in = |directory: &PathBuf| directory.canonicalize().is_ok_and(|own| place.starts_with(own));
            if self.own.directories.iter().any(is_in) {
                return Err(UploadError::Own);
            }
        }
        if self.is_own(file) { Err(UploadError::Own) } else { Ok(()) }
    }

    /// Whether a file is one of the server's own, under whatever name.
    #[cfg(unix)]
    fn is_own(&self, file: &cap_std::fs::File) -> bool {
        use cap_std::fs::MetadataExt;
        let Ok(found) = file.metadata() else { return true };
        let identity = (found.dev(), found.ino());
        let in_directories = self.own.directories.iter().filter_map(|own| std::fs::read_dir(own).ok()).flatten();
        let in_directories = in_directories.filter_map(|entry| Some(entry.ok()?.path()));
        self.own.files.iter().cloned().chain(in_directories).any(|own| {
            let own = std::fs::metadata(own);
            own.is_ok_and(|own| {
                (std::os::unix::fs::MetadataExt::dev(&own), std::os::unix::fs::MetadataExt::ino(&own)) == identity
            })
        })
    }

    /// Elsewhere files are told apart by their paths.
    #[cfg(not(unix))]
    fn is_own(&self, _file: &cap_std::fs::File) -> bool {
        false
    }

    fn outside(&self) -> UploadError {
        let allowed: Vec<String> = self.directories.iter().map(|(root, _)| root.display().to_string()).collect();
        UploadError::Outside { allowed: allowed.join(", ") }
    }
}

/// The directories of the system that hold no files of people.
fn is_of_system(place: &Path) -> bool {
    cfg!(unix) && ["/proc", "/sys", "/dev"].iter().any(|system| place.starts_with(system))
}

/// Where an open file lies, by the kernel; `None` where it does not tell.
#[cfg(target_os = "linux")]
fn place_of(file: &cap_std::fs::File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
}

/// Where an open file lies, by the kernel; `None` where it does not tell.
#[cfg(not(target_os = "linux"))]
fn place_of(_file: &cap_std::fs::File) -> Option<PathBuf> {
    None
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
