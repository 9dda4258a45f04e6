//! The ways in, tried with raw bytes: what a client sends and what it gets, in both eras of the protocol.

mod binary;
mod bodies;
mod calls;
mod consent;
pub mod desk;
mod eras;
mod flood;
mod frames;
mod guard;
pub mod house;
mod http;
mod limits;
mod narrowing;
mod oauth;
mod shelf;
mod sse;
mod sse_questions;
#[cfg(target_os = "linux")]
mod stderr;
mod tenants;
mod tools;
