//! The answers, by resource. A handler takes a call, asks the store, and puts the rows into the route's envelope.

pub(super) mod comments;
pub(super) mod contacts;
pub(super) mod conversations;
pub(super) mod export;
pub(super) mod files;
pub(super) mod notifications;
pub(super) mod uploads;
