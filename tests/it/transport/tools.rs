//! Small tools that do one thing each, so that a test sees the transport and not a catalog.

use std::time::Duration;

use imbrace_contacts_mcp::context::Context;
use imbrace_contacts_mcp::gateway::operations::GetContact;
use imbrace_contacts_mcp::model::ContactId;
use imbrace_contacts_mcp::render::{Reply, Shape};
use imbrace_contacts_mcp::tools::{Effect, Entry, Tool, ToolError};
use schemars::JsonSchema;
use serde::Deserialize;

/// All of them.
pub fn all() -> Vec<Entry> {
    vec![
        Entry::of::<Echo>(),
        Entry::of::<AskGateway>(),
        Entry::of::<Panics>(),
        Entry::of::<PanicsElsewhere>(),
        Entry::of::<Counts>(),
        Entry::of::<Waits>(),
        Entry::of::<Sends>(),
        Entry::of::<Removes>(),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// What to say.
    #[serde(default)]
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Milliseconds {
    /// How long.
    #[serde(default)]
    milliseconds: u64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Whom to ask about.
    contact_id: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

macro_rules! tool {
    ($name:ident, $stem:literal, $effect:expr, $input:ty, |$context:ident, $argument:ident| $work:expr) => {
        pub struct $name;
        impl Tool for $name {
            const NAME: &'static str = $stem;
            const TITLE: &'static str = concat!("Test: ", $stem);
            const DESCRIPTION: &'static str = "Serves the tests.";
            const EFFECT: Effect = $effect;
            const SHAPE: Shape = Shape::Lines;
            type Input = $input;
            async fn call($context: &Context, $argument: $input) -> Result<Reply, ToolError> {
                let lines: Vec<String> = $work;
                Ok(Reply::Lines(lines))
            }
        }
    };
}

tool!(Echo, "echo", Effect::Read, Text, |_context, input| vec![input.text]);

tool!(AskGateway, "ask_gateway", Effect::Read, Contact, |context, input| {
    let contact_id = input.contact_id.as_deref().unwrap_or("con_00000000-0000-4000-8000-000000000001");
    let contact_id = ContactId::parse(contact_id).unwrap();
    vec![format!("{:?}", context.gateway().send(&GetContact { contact_id }).await.is_ok())]
});

tool!(Panics, "panics", Effect::Read, Text, |_context, input| {
    // Out of bounds for every text that a test sends.
    vec![input.text.split(' ').map(str::to_owned).collect::<Vec<_>>()[99].clone()]
});

tool!(PanicsElsewhere, "panics_elsewhere", Effect::Read, Text, |_context, input| {
    // On a thread for blocking work, whose panic comes back as an error of joining.
    let work = move || vec![input.text.split(' ').map(str::to_owned).collect::<Vec<_>>()[99].clone()];
    tokio::task::spawn_blocking(work).await.map_err(|_| ToolError::Panicked { may_have_acted: false })?
});

tool!(Counts, "counts", Effect::Read, Milliseconds, |context, input| {
    for step in 1..=5 {
        context.progress().report(f64::from(step), Some(5.0), format!("step {step}"));
        tokio::time::sleep(Duration::from_millis(input.milliseconds)).await;
    }
    vec!["counted".to_owned()]
});

tool!(Waits, "waits", Effect::Read, Milliseconds, |_context, input| {
    tokio::time::sleep(Duration::from_millis(input.milliseconds)).await;
    vec!["waited".to_owned()]
});

tool!(Sends, "sends", Effect::Write { idempotent: false, overwrites: false }, Milliseconds, |_context, input| {
    tokio::time::sleep(Duration::from_millis(input.milliseconds)).await;
    vec!["sent".to_owned()]
});

tool!(Removes, "removes", Effect::Destroy, Nothing, |_context, _input| vec!["removed".to_owned()]);
