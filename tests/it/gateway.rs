//! The gateway client against servers that say exactly what a test wants.

mod breaker;
mod breaker_rules;
mod cancellation;
mod connections;
mod credentials;
mod deadlines;
mod decode;
mod errors;
mod model;
mod refusals;
mod retries;
mod round_trip;
mod samples;
mod secrets;
mod single_flight;
mod vectors;
mod vectors_of_writes;
mod wire;
