//! The ways in, tried with raw bytes: what a client sends and what it gets, in both eras of the protocol.

mod binary;
mod calls;
mod consent;
pub mod desk;
mod eras;
mod flood;
mod frames;
mod guard;
mod house;
mod http;
mod limits;
mod oauth;
mod sse;
mod tenants;
mod tools;
