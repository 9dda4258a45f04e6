//! What the stress programs share: a server process as peer, and a server of their own under load.

pub mod own_server;
pub mod peer;
