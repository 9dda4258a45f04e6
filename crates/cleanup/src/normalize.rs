//! Values made comparable: for comparing and for proposing a correction, never for storing as they are.

pub mod birthday;
pub mod email;
pub(crate) mod filler;
pub mod ids;
pub mod name;
pub mod phone;
pub mod time_zone;
