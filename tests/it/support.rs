//! What tests share.

pub(crate) mod scripted;
