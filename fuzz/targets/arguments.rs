//! Tool arguments: whatever they are, each tool answers in words, and never by a panic that had to be contained.
//!
//! The gateway cannot be reached, and the breaker knows it before the first execution: a call goes through everything but
//! the network, and costs no connection.
#![no_main]

use std::sync::LazyLock;

use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{ShortIds, IdStyle};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime"));

static TOOLBOX: LazyLock<Toolbox> = LazyLock::new(|| {
    let gateway = Client::new(Settings {
        base_url: "http://127.0.0.1:9".parse().expect("an address"),
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse("acc_00000000-0000-4000-8000-000000000001".into(), None).expect("a token"),
        deadlines: Deadlines::default(),
    });
    let context = Context::new(ContextParts {
        gateway: gateway.expect("a client"),
        place: GatewayTarget { environment: Environment::Local, host: "gateway.test".to_owned(), organization: None },
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::default(),
    });
    let toolbox = Toolbox::new(context, &Selection::default(), Limits::default()).expect("the catalog");
    // Until the gateway is left alone; from then on one call in a minute finds that nothing listens there.
    while !asked(&toolbox, "list_contacts", Map::new()).contains("has been failing") {}
    toolbox
});

/// What a call answers.
fn asked(toolbox: &Toolbox, name: &str, arguments: Map<String, Value>) -> String {
    let answered = RUNTIME.block_on(toolbox.call(name, arguments, Progress::default()));
    answered.expect("every tool of the catalog answers").text
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((tool, text)) = bytes.split_first() else { return };
    let Ok(Value::Object(arguments)) = serde_json::from_slice(text) else { return };
    let entries = TOOLBOX.entries();
    let name = entries[usize::from(*tool) % entries.len()].name;
    let text = asked(&TOOLBOX, name, arguments);
    // A panic ends the process before the toolbox contains it: libFuzzer's hook comes first.
    assert!(!text.is_empty() && text.chars().count() <= 2_000, "{name}: {text}");
});
