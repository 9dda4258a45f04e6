//! What the stress programs share: a server process as peer, a server of their own under load, and random arguments.

pub mod argument_fuzz;
pub mod own_server;
pub mod peer;
