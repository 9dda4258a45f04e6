//! What every call of imbrace-contacts-mcp runs, from the answer of the gateway to the text that a model reads: the HTTP
//! client, the nouns, the handles, and how all of it is shown.
//!
//! A crate of its own because of how it is built: this one for speed, the others for size (see docs/performance.md). It is
//! no library for others; use imbrace-contacts-mcp, which shows it under the same names.

pub mod gateway;
pub mod http_client;
pub mod ids;
pub mod model;
pub mod redact;
pub mod render;
