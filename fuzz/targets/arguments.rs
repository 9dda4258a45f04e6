//! Tool arguments: whatever they are, each tool either refuses them in words or asks the gateway.
//!
//! The call is polled once: arguments are read in that step, and then the call waits for a gateway that never answers.
#![no_main]

use std::sync::LazyLock;

use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, Parts, Place, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{Handles, IdStyle};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use serde_json::Value;
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
    let context = Context::new(Parts {
        gateway: gateway.expect("a client"),
        place: Place { environment: Environment::Local, host: "gateway.test".to_owned(), organization: None },
        handles: Handles::new(IdStyle::Short),
        uploads: Uploads::default(),
    });
    Toolbox::new(context, &Selection::default(), Limits::default()).expect("the catalog")
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((tool, text)) = bytes.split_first() else { return };
    let Ok(Value::Object(arguments)) = serde_json::from_slice(text) else { return };
    let entries = TOOLBOX.entries();
    let name = entries[usize::from(*tool) % entries.len()].name;
    RUNTIME.block_on(async {
        let call = TOOLBOX.call(name, arguments, Progress::default());
        if let Some(Some(answered)) = futures::FutureExt::now_or_never(call) {
            assert!(!answered.text.contains("failed inside the server"), "{name}: a panic was contained");
            assert!(answered.text.chars().count() <= 2_000, "{name}: {}", answered.text);
        }
    });
});
