//! What the stress programs share: a server process as peer, a server of their own under load, and random arguments.

pub mod argument_fuzz;
pub mod own_server;
pub mod peer;
pub mod shared;

use std::path::PathBuf;

use anyhow::Context as _;
use imbrace_contacts_mcp::cleanup::{StateLocation, Workspace};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN;
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};

/// A client of a local gateway, with the usual deadlines.
///
/// # Errors
/// If the address is no URL.
pub fn gateway_client(base_url: &str) -> anyhow::Result<Client> {
    Ok(Client::new(Settings {
        base_url: base_url.parse()?,
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?)
}

/// A cleanup of the contacts of a local gateway, with its state in this directory.
///
/// # Errors
/// As [`gateway_client`].
pub fn workspace(base_url: &str, directory: PathBuf) -> anyhow::Result<Workspace> {
    let home = StateLocation { directory, place: "local".to_owned(), tenant: String::new() };
    Ok(Workspace::new(home, gateway_client(base_url)?))
}

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
