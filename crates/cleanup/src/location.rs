//! Where the state of one organisation lies.

use std::path::PathBuf;

/// Where the state of one organisation lies.
#[derive(Debug, Clone)]
pub struct StateLocation {
    /// The directory, made when it is missing, for its owner alone.
    pub directory: PathBuf,
    /// Environment and host or organisation; never the credential.
    pub place: String,
    /// A keyed digest of the credential where several share a process; else empty.
    pub tenant: String,
}
