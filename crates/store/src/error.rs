//! Why the store cannot be used. Every message names the file and says what to do.

use std::path::PathBuf;

/// Why the store cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is of a newer version of this program.
    #[error(
        "{} was written by a newer version (schema {found}, this one knows {known}); update this program, or use another state directory",
        .file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The file cannot be read.
    #[error("{} is damaged ({reason}); restore a backup, or move it away and begin anew", .file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The disk refuses: full, read-only, or not permitted.
    #[error("{} cannot be written ({reason}); free some space or fix the permissions", .file.display())]
    Disk {
        /// The file.
        file: PathBuf,
        /// The reason.
        reason: String,
    },
    /// Other processes hold it for longer than a call can wait.
    #[error("{} is held by another process; try again", .file.display())]
    Busy {
        /// The file.
        file: PathBuf,
    },
    /// The file system has no locks or no shared memory.
    #[error(
        "{} is on a drive where processes cannot share a file (a network drive?); use a state directory on a local one",
        .file.display()
    )]
    NoLocks {
        /// The file.
        file: PathBuf,
    },
    /// The database server does not answer: it is down, busy, or the network is.
    #[error(
        "the state database {place} does not answer ({reason}); see whether PostgreSQL runs there and this machine may reach it"
    )]
    Unreachable {
        /// Server and database.
        place: String,
        /// The reason.
        reason: String,
    },
    /// The database server does not let this program in.
    #[error(
        "the state database {place} refuses the login ({reason}); check user and password, and that the database exists"
    )]
    Login {
        /// Server and database.
        place: String,
        /// The reason; never a password.
        reason: String,
    },
    /// The tables are of a newer version of this program.
    #[error(
        "the state database {place} was written by a newer version (schema {found}, this one knows {known}); update this program, or use \
         another database"
    )]
    NewerDatabase {
        /// Server and database.
        place: String,
        /// Its version.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// The database refuses what it was asked for: a right is missing, the disk is full, tables were changed by hand.
    #[error("the state database {place} cannot be used ({reason})")]
    Unusable {
        /// Server and database.
        place: String,
        /// The reason.
        reason: String,
    },
    /// It is to be filled and holds something.
    #[error(
        "{place} holds short ids, confirmations or writes of a day already; nothing was copied. Choose an empty one"
    )]
    NotEmpty {
        /// File, or server and database.
        place: String,
    },
    /// The contents that were read again are not those that were written.
    #[error("what was copied to {place} is not what was read; nothing was kept of it")]
    Differs {
        /// File, or server and database.
        place: String,
    },
}
