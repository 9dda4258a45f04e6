//! The gateway client alone, without MCP: the first page of contacts, and one contact's conversations.
//!
//! ```sh
//! IMBRACE_BASE_URL=https://gateway.example.com IMBRACE_ACCESS_TOKEN=acc_… cargo run --example gateway_client
//! ```
//!
//! For a gateway without an account, start `imbrace-contacts-mcp local-gateway` and give its address and token.

use std::io::{self, Write};

use anyhow::Context;
use imbrace_contacts_client::gateway::operations::{GetContactConversations, ListContacts};
use imbrace_contacts_client::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_client::model::{BaseUrl, CHANNEL_TYPES, ContactId, Prefix, PrefixChoice};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let variable = |name: &'static str| std::env::var(name).with_context(|| format!("{name} is not set"));
    let client = Client::new(Settings {
        base_url: BaseUrl::parse(&variable("IMBRACE_BASE_URL")?)?.url().clone(),
        prefix: PrefixChoice::Auto(Prefix::ChannelService),
        credential: Credential::parse(variable("IMBRACE_ACCESS_TOKEN")?.into(), None)?,
        deadlines: Deadlines::default(),
    })?;

    let operation = ListContacts { limit: 10, skip: 0, sort: Some("-created_at".to_owned()) };
    let page = client.send(&operation).await?;
    let mut out = io::stdout().lock();
    let total = page.grand_total(operation.skip).map_or("an unknown number".to_owned(), |total| total.to_string());
    writeln!(out, "{} of {total} contacts, under the prefix {}", page.rows.len(), client.prefix().path())?;
    for contact in &page.rows {
        let name = contact.name().unwrap_or_default();
        writeln!(out, "{}  {name}  {}", contact.id().unwrap_or("-"), contact.phone().unwrap_or_default())?;
    }

    let Some(first) = page.rows.first().and_then(|contact| contact.id()) else {
        return Ok(());
    };
    let channel_types = CHANNEL_TYPES.map(str::to_owned).to_vec();
    let conversations =
        client.send(&GetContactConversations { contact_id: ContactId::parse(first)?, channel_types }).await?;
    writeln!(out, "{} conversations of {first}", conversations.rows.len())?;
    for conversation in &conversations.rows {
        let latest = conversation.latest_message();
        let words = latest.as_ref().and_then(|message| message.text()).unwrap_or("-");
        writeln!(out, "{}  {}  {words}", conversation.id().unwrap_or("-"), conversation.status().unwrap_or("-"))?;
    }
    Ok(())
}
