//! The tests: one binary that mirrors `src`.

<<<<<<< HEAD
mod local_gateway;
=======
mod transport;
>>>>>>> mcp
