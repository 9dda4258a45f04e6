//! A client for iMBRACE's Contacts APIs: typed operations over HTTP, records that keep every field that they were sent, and
//! errors that say whether the gateway may have acted.
//!
//! ```no_run
//! use imbrace_contacts_client::gateway::operations::ListContacts;
//! use imbrace_contacts_client::gateway::{Client, Credential, Deadlines, Settings};
//! use imbrace_contacts_client::model::{BaseUrl, Prefix, PrefixChoice};
//!
//! # async fn page() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Settings {
//!     base_url: BaseUrl::parse("https://gateway.example.com")?.url().clone(),
//!     prefix: PrefixChoice::Auto(Prefix::ChannelService),
//!     credential: Credential::parse("acc_example".into(), None)?,
//!     deadlines: Deadlines::default(),
//! })?;
//! let page = client.send(&ListContacts { limit: 10, skip: 0, sort: None }).await?;
//! for contact in &page.rows {
//!     println!("{:?} {:?}", contact.id(), contact.name());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`gateway`] holds the client and one file an operation, [`model`] the ids, records and pages, [`redact`] takes the
//! credential out of texts, [`characters`] says which characters hide, [`plural`] counts in sentences,
//! [`suggestion`] guesses the name that was meant, [`placeholder`] sees variables that nobody filled in, [`http_client`] is reqwest as the client sets it up, and [`write_gate`] is what
//! writes pass that a program makes for somebody else.

pub mod characters;
pub mod gateway;
pub mod http_client;
pub mod model;
pub mod placeholder;
pub mod plural;
pub mod redact;
pub mod suggestion;
pub mod write_gate;
