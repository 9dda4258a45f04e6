//! What `issued.rs` is synchronised with. The model test reads that file with another module of this name.

pub(super) use std::sync::{Mutex, PoisonError};
