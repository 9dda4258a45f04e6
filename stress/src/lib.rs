//! What the stress programs share: a server process as peer, a server of their own under load, and random arguments.

pub mod argument_fuzz;
pub mod own_server;
pub mod peer;

use anyhow::Context as _;

/// The number behind a word of the command line, such as `--runs 60`; `usual` where the word is not there.
///
/// # Errors
/// If no number follows the word.
pub fn number_argument(word: &str, usual: u64) -> anyhow::Result<u64> {
    let mut words = std::env::args().skip_while(|given| given != word);
    if words.next().is_none() {
        return Ok(usual);
    }
    let given = words.next().with_context(|| format!("{word} takes a number"))?;
    given.parse().with_context(|| format!("{word} takes a number, not {given}"))
}
