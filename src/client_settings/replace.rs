//! A file that is replaced whole: read once, copied, and exchanged by a rename if nobody has written it meanwhile.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Refusal;
use crate::files;

/// The largest settings file that is edited, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A settings file as it was read.
#[derive(Debug)]
pub struct SettingsFile {
    /// As it was named.
    named: PathBuf,
    /// What the name stands for, behind all links.
    path: PathBuf,
    /// The content and what belongs to it; `None` where there is no file yet.
    before: Option<(Vec<u8>, Metadata)>,
}

impl SettingsFile {
    /// Reads a file that need not exist. Where it is a symbolic link, the file behind it is meant.
    ///
    /// # Errors
    /// [`Refusal::File`]: a directory, pipe or device, a link to nothing, a file with a second name, one that is too large or may
    /// not be read.
    pub fn read(named: &Path) -> Result<Self, Refusal> {
        let wrong = |error: io::Error| Refusal::File(error.to_string());
        let path = match fs::symlink_metadata(named) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self { named: named.to_owned(), path: named.to_owned(), before: None });
            }
            Err(error) => return Err(wrong(error)),
            Ok(found) if found.is_symlink() => fs::canonicalize(named)
                .map_err(|error| Refusal::File(format!("it is a link that leads nowhere: {error}")))?,
            Ok(_) => named.to_owned(),
        };
        let content = files::read_regular(&path, LARGEST).map_err(wrong)?;
        let metadata = fs::metadata(&path).map_err(wrong)?;
        if names(&metadata) > 1 {
            return Err(Refusal::File(
                "it is a hard link: the file has a second name, which would keep the old content".to_owned(),
            ));
        }
        Ok(Self { named: named.to_owned(), path, before: Some((content, metadata)) })
    }

    /// The file that is written: the one behind the links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text; empty where there is no file yet.
    ///
    /// # Errors
    /// [`Refusal::File`] when it is no UTF-8.
    pub fn text(&self) -> Result<&str, Refusal> {
        let bytes = self.before.as_ref().map_or(&[][..], |(bytes, _)| bytes);
        std::str::from_utf8(bytes).map_err(|_| Refusal::File("it is not UTF-8".to_owned()))
    }

    /// Puts a text in its place, with the mode and the owner that it had, and gives the copy of the old file.
    ///
    /// The new file takes the old one's name in one step: who reads it sees all of the old one or all of the new one.
    ///
    /// # Errors
    /// [`Refusal::Changed`] when the file is not what was read, and [`Refusal::File`]; in both cases nothing was changed.
    pub fn replace(&self, text: &str, stamp: &str) -> Result<Option<PathBuf>, Refusal> {
        let wrong = |error: io::Error| Refusal::File(error.to_string());
        let directory = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if self.before.is_none() {
            fs::create_dir_all(directory).map_err(wrong)?;
        }
        let mut made = Made::default();
        let backup = match &self.before {
            None => None,
            Some((bytes, metadata)) => {
                Some(made.file(&self.path, &format!("backup-{stamp}"), bytes, Some(metadata))?)
            }
        };
        let metadata = self.before.as_ref().map(|(_, metadata)| metadata);
        let new = made.file(&self.path, &format!("new-{}", std::process::id()), text.as_bytes(), metadata)?;
        if !self.is_unchanged() {
            return Err(Refusal::Changed);
        }
        fs::rename(&new, &self.path).map_err(wrong)?;
        made.keep();
        // What is lost without it is the new name after a power cut, and the old file is as good.
        if let Ok(directory) = File::open(directory) {
            let _ = directory.sync_all();
        }
        Ok(backup)
    }

    /// Whether the name still stands for the file that was read, with the content that it had.
    fn is_unchanged(&self) -> bool {
        let Ok(now) = Self::read(&self.named) else { return false };
        now.path == self.path
            && now.before.map(|(bytes, _)| bytes) == self.before.as_ref().map(|(bytes, _)| bytes.clone())
    }
}

/// Files that were made on the way; they go when the way ends early.
#[derive(Default)]
struct Made(Vec<PathBuf>);

impl Made {
    /// Writes a new file beside another, `NAME.ENDING`, and gives its path.
    fn file(&mut self, beside: &Path, ending: &str, bytes: &[u8], like: Option<&Metadata>) -> Result<PathBuf, Refusal> {
        let mut name = beside.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(ending);
        let path = beside.with_file_name(name);
        let wrong = |error: io::Error| Refusal::File(format!("{} cannot be written: {error}", path.display()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Settings may hold secrets of other servers: nobody else reads the file before it has its own mode.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, if like.is_some() { 0o600 } else { 0o644 });
        let mut file = options.open(&path).map_err(wrong)?;
        self.0.push(path.clone());
        file.write_all(bytes).map_err(wrong)?;
        if let Some(like) = like {
            own_like(&file, like).map_err(wrong)?;
            file.set_permissions(like.permissions()).map_err(wrong)?;
        }
        file.sync_all().map_err(wrong)?;
        Ok(path)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// The number of names (hard links) that a file has.
#[cfg(unix)]
fn names(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::nlink(metadata)
}

#[cfg(not(unix))]
fn names(_metadata: &Metadata) -> u64 {
    1
}

/// Gives a file the owner and the group of another one.
#[cfg(unix)]
fn own_like(file: &File, like: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let made = file.metadata()?;
    if (made.uid(), made.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(like.uid()), Some(like.gid()))
}

#[cfg(not(unix))]
fn own_like(_file: &File, _like: &Metadata) -> io::Result<()> {
    Ok(())
}
