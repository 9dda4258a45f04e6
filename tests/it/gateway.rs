//! The gateway client against servers that say exactly what a test wants.

mod decode;
mod samples;
mod vectors;
mod vectors_of_writes;
mod wire;
