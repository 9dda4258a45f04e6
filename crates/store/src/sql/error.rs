//! The error of a statement that could not be run.

/// The reason why a statement could not be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// Somebody else has raised the fence; nothing was changed.
    #[error("another process has taken over")]
    Fenced,
    /// Others were at it for longer than one waits.
    #[error("it is held by another process")]
    Busy,
    /// It cannot be written, or not be opened.
    #[error("{0}")]
    Disk(String),
    /// The database server does not answer, or did not before the answer came: what was asked for may have been done.
    #[error("{0}")]
    Unreachable(String),
    /// The rows cannot be read.
    #[error("{0}")]
    Damaged(String),
}
