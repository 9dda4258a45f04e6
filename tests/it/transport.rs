//! The ways in, tried with raw bytes: what a client sends and what it gets, in both eras of the protocol.

mod apps;
mod binary;
mod bodies;
mod calls;
mod cleanup_resources;
mod consent;
pub mod desk;
mod eras;
mod flood;
mod frames;
mod gateway_keys;
mod guard;
mod http;
mod limits;
mod metrics;
mod oauth;
mod openapi;
mod refusals;
mod request_restrictions;
mod review_page;
pub mod server;
mod skills;
mod sse;
mod sse_questions;
#[cfg(target_os = "linux")]
mod stderr;
mod subscriptions;
mod tenants;
mod tools;
#[cfg(feature = "otel")]
mod traces;
