//! What a model reads: the cleaner, the budget, the table, the dates, and the lossless form with its decoder.

mod dates;
mod decoder;
pub(crate) mod hostile;
mod lossless;
mod population;
mod table;
mod untrusted;
