//! The tools as a library: a local gateway, a toolbox over it, three calls. `cargo run --example quickstart`

use std::io::Write;

use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A real HTTP gateway over SQLite, with people made up from a seed.
    let local = LocalGateway::start(Options::default()).await?;

    // The client of a gateway, and the tools over it.
    let gateway = Client::new(Settings {
        base_url: local.base_url().parse()?,
        prefix: PrefixChoice::Auto(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?;
    let place =
        GatewayTarget { environment: Environment::Local, host: local.address().to_string(), organization: None };
    let (short_ids, uploads) = (ShortIds::new(IdStyle::Short), Uploads::default());
    let context = Context::new(ContextParts { gateway, place, short_ids, uploads });
    let toolbox = Toolbox::new(context, &Selection::default(), Limits::default())?;

    // What a model asks, and what it reads.
    for (tool, arguments) in [
        ("list_contacts", r#"{"limit": 3}"#),
        ("search_contacts", r#"{"query": "nguyen", "limit": 3}"#),
        ("update_contact", r#"{"contact_id": "con_66d67483", "set": {"remark": "prefers e-mail"}}"#),
    ] {
        let answer = toolbox.call(tool, serde_json::from_str(arguments)?, Progress::default()).await;
        let text = answer.ok_or("no such tool")?.text;
        writeln!(std::io::stdout(), "> {tool} {arguments}\n{text}\n")?;
    }
    local.stop().await;
    Ok(())
}
