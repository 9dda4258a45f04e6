//! What tests share.

pub(crate) mod scripted;

/// A home for the processes that this run starts, with nothing of the developer's in it.
pub(crate) fn home() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("home-{}", std::process::id()))
}
