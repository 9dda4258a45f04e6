//! An MCP server for iMBRACE contacts, as a library.
//!
//! Features, all of them on by default: `http` (serving over HTTP), `store` (short ids and confirmations that outlive a process), `cleanup`
//! (the cleanup tools and commands), `local` (the local gateway) and `metrics` (metrics for Prometheus). Without any of them it serves stdio, with whole ids.
//! `otel` (traces as OTLP over HTTP) is off by default.
//!
//! One gateway operation is one file in [`gateway::operations`]; one thing a model can ask for is one file in
//! [`tools`]. Everything else carries a call from the one to the other and its answer back, short.

pub mod app;
pub mod audit;
pub mod cli;
pub mod client_settings;
pub mod config;
pub mod context;
pub mod files;
#[cfg(feature = "http")]
pub mod identity;
pub mod ids;
pub mod mcp;
pub mod metrics;
#[cfg(feature = "cleanup")]
pub mod policy;
pub mod render;
#[cfg(all(feature = "cleanup", feature = "http"))]
pub mod review;
pub mod telemetry;
pub mod tools;
pub mod traces;
pub mod transport;
mod unique_keys;
pub mod write_gate;

#[cfg(feature = "cleanup")]
pub use imbrace_contacts_cleanup as cleanup;
pub use imbrace_contacts_client::http_client;
pub(crate) use imbrace_contacts_client::plural;
pub use imbrace_contacts_client::{gateway, model, redact};
#[cfg(feature = "local")]
pub use imbrace_contacts_local_gateway as local_gateway;
