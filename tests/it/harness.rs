//! A fresh local gateway and the tools over it.

use imbrace_contacts_mcp::audit::Audit;
use imbrace_contacts_mcp::cleanup::{StateLocation, Workspace};
use imbrace_contacts_mcp::context::uploads::{LARGEST_UPLOAD, OwnFiles, Uploads};
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{self, Arrival, LocalGateway, Population};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::redact::Secrets;
use imbrace_contacts_mcp::tools::{Limits, Output, Selection, ToolOutput, Toolbox};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A fresh local gateway and every tool over it.
pub struct Harness {
    pub gateway: LocalGateway,
    pub toolbox: Toolbox,
    /// What the tools work with.
    pub context: Context,
    /// Where the cleanup keeps its state.
    pub state: TempDir,
}

/// What a test may want otherwise.
pub struct Wishes {
    pub contacts: usize,
    pub style: IdStyle,
    pub environment: Environment,
    pub upload_directories: Vec<PathBuf>,
    pub token: &'static str,
    pub selection: Selection,
    pub limits: Limits,
    pub output: Output,
    pub audit: Option<Audit>,
    pub secrets: Secrets,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            contacts: 300,
            style: IdStyle::Short,
            environment: Environment::Local,
            upload_directories: Vec::new(),
            token: local_gateway::ACCESS_TOKEN,
            selection: Selection::default(),
            limits: Limits::default(),
            output: Output::default(),
            audit: None,
            secrets: Secrets::default(),
        }
    }
}

impl Harness {
    /// Three hundred contacts, the document's ten first.
    pub async fn new() -> Self {
        Self::with(Wishes::default()).await
    }

    /// As wished.
    pub async fn with(wishes: Wishes) -> Self {
        let people = Population { contacts: wishes.contacts, ..Population::default() };
        let gateway = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await.unwrap();
        let settings = Settings {
            base_url: gateway.base_url().parse().unwrap(),
            prefix: PrefixChoice::Fixed(Prefix::ChannelService),
            credential: Credential::parse(wishes.token.into(), None).unwrap(),
            deadlines: Deadlines::default(),
        };
        let state = tempfile::tempdir().unwrap();
        let home =
            StateLocation { directory: state.path().join("state"), place: "local".to_owned(), tenant: String::new() };
        let client = Client::new(settings).unwrap();
        let workspace = Workspace::new(home, client.clone());
        let context = Context::new(ContextParts {
            gateway: client,
            place: GatewayTarget {
                environment: wishes.environment,
                host: gateway.address().to_string(),
                organization: Some(local_gateway::ORGANIZATION_ID.to_owned()),
            },
            short_ids: ShortIds::new(wishes.style),
            uploads: Uploads::open(&wishes.upload_directories, LARGEST_UPLOAD)
                .unwrap()
                .without(OwnFiles { secrets: wishes.secrets.clone(), ..OwnFiles::default() }),
        })
        .with_cleanup(Some(workspace));
        let toolbox =
            Toolbox::builder(context.clone()).selection(wishes.selection).limits(wishes.limits).output(wishes.output);
        let toolbox = toolbox.audit(wishes.audit).secrets(wishes.secrets).transport("test").build().unwrap();
        Self { gateway, toolbox, context, state }
    }

    /// The same tools, answering in JSON.
    pub fn structured(&self) -> Toolbox {
        Toolbox::builder(self.context.clone()).output(Output::Structured).build().unwrap()
    }

    /// A tool's answer, whatever it is.
    pub async fn answer(&self, tool: &str, arguments: Value) -> ToolOutput {
        let arguments = arguments.as_object().cloned().expect("arguments are an object");
        let mut answer = self.toolbox.call(tool, arguments, Progress::default()).await.expect("the tool exists");
        answer.text = undated(&answer.text);
        answer
    }

    /// The text of a success.
    pub async fn call(&self, tool: &str, arguments: Value) -> String {
        let ToolOutput { text, is_error, .. } = self.answer(tool, arguments).await;
        assert!(!is_error, "{tool} answered an error: {text}");
        text
    }

    /// The text of a success; a call that needs a confirmation is confirmed as its preview says.
    pub async fn confirmed(&self, tool: &str, mut arguments: Value) -> String {
        let text = self.call(tool, arguments.clone()).await;
        let Some((_, token)) = text.rsplit_once("confirm=") else { return text };
        arguments["confirm"] = token.into();
        self.call(tool, arguments).await
    }

    /// The text of an error.
    pub async fn fail(&self, tool: &str, arguments: Value) -> String {
        let ToolOutput { text, is_error, .. } = self.answer(tool, arguments).await;
        assert!(is_error, "{tool} succeeded: {text}");
        text
    }

    /// What reached the gateway.
    pub fn arrivals(&self) -> Vec<Arc<Arrival>> {
        self.gateway.requests()
    }
}

/// A text without the moment at which its list was read.
pub fn undated(text: &str) -> String {
    let mut parts = text.split("list as of ");
    let mut undated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        undated.push_str("list as of NOW");
        undated.push_str(part.get("2026-01-01 10:00 UTC".len()..).unwrap_or_default());
    }
    undated
}
