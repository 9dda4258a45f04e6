//! The starting state of a job: a local gateway with its people, and the built server over stdio.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use rmcp::model::{CallToolRequestParams, Tool};
use rmcp::service::RunningService;
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Map, Value};
use tokio::process::Command;

use crate::job::State;

/// The directory of uploads, where a sentence can name files.
pub const FILES: &str = "files";

/// A gateway with the people of a job, and a server in front of it.
pub struct World {
    gateway: LocalGateway,
    client: RunningService<RoleClient, ()>,
    /// The contacts of the job by their keys.
    keys: BTreeMap<String, String>,
    before: BTreeMap<String, Value>,
    _home: tempfile::TempDir,
}

/// What a tool answered.
pub struct Answer {
    /// Its text.
    pub text: String,
    /// True if it is an error.
    pub is_error: bool,
}

/// The server's binary: built beside this program.
pub fn built_server() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    // Programs lie in the profile's directory, tests in `deps` below it.
    let places = own.ancestors().skip(1).take(2).map(|place| place.join("imbrace-contacts-mcp"));
    let found = places.map(|place| place.with_extension(std::env::consts::EXE_EXTENSION)).find(|place| place.is_file());
    found.context("the server is not built; run `cargo build` in the same profile first, or give --server FILE")
}

impl World {
    /// Starts both.
    pub async fn begin(state: &State, server: &Path) -> anyhow::Result<Self> {
        let people = Population { contacts: state.people, ..Population::default() };
        let gateway = LocalGateway::start(Options { people, ..Options::default() }).await?;
        let mut keys = BTreeMap::new();
        for contact in &state.contact {
            let mut fields = contact.clone();
            let key = fields.remove("key").and_then(|key| key.as_str().map(str::to_owned));
            let id = gateway.insert_contact(&fields)?;
            keys.extend(key.map(|key| (key, id)));
        }
        gateway.forget_requests();
        let before = contacts(&gateway)?;
        let home = tempfile::tempdir()?;
        let files = home.path().join(FILES);
        std::fs::create_dir(&files)?;
        for (name, text) in &state.file {
            std::fs::write(files.join(name), text)?;
        }
        let mut command = Command::new(server);
        command.args(["serve", "--env", "custom", "--base-url", &gateway.base_url()]);
        command.args(["--organization-id", imbrace_contacts_mcp::local_gateway::ORGANIZATION_ID]);
        command.arg("--state-dir").arg(home.path().join("state")).arg("--upload-dir").arg(&files);
        command.args(["--log", "error"]).args(&state.arguments);
        command.env_clear().env("HOME", home.path()).env("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN);
        let client = ().serve(TokioChildProcess::new(command)?).await.context("the server did not start")?;
        Ok(Self { gateway, client, keys, before, _home: home })
    }

    /// The definitions of its tools.
    pub async fn tools(&self) -> anyhow::Result<Vec<Tool>> {
        Ok(self.client.list_all_tools().await?)
    }

    /// What the server tells a model at the start.
    pub fn instructions(&self) -> String {
        self.client.peer_info().and_then(|info| info.instructions.clone()).unwrap_or_default()
    }

    /// Calls a tool.
    pub async fn call(&self, tool: &str, arguments: Map<String, Value>) -> anyhow::Result<Answer> {
        let request = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let result = match self.client.call_tool(request).await {
            Ok(result) => result,
            Err(rmcp::ServiceError::McpError(error)) => {
                return Ok(Answer { text: error.message.into_owned(), is_error: true });
            }
            Err(error) => return Err(error.into()),
        };
        let texts: Vec<&str> =
            result.content.iter().filter_map(|content| content.as_text().map(|text| text.text.as_str())).collect();
        Ok(Answer { text: texts.join("\n"), is_error: result.is_error == Some(true) })
    }

    /// The id of a contact of the job.
    pub fn id(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    /// Every contact as it was at the start, by id.
    pub const fn before(&self) -> &BTreeMap<String, Value> {
        &self.before
    }

    /// Every contact as it is now, by id.
    pub fn after(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        contacts(&self.gateway)
    }

    /// How often an operation was asked for, by its name.
    pub fn asked(&self) -> BTreeMap<String, u64> {
        self.gateway.tallies().requests.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
    }

    /// Ends both.
    pub async fn end(self) -> anyhow::Result<()> {
        self.client.cancel().await?;
        self.gateway.stop().await;
        Ok(())
    }
}

fn contacts(gateway: &LocalGateway) -> anyhow::Result<BTreeMap<String, Value>> {
    let mut all = BTreeMap::new();
    for text in gateway.contacts_json()? {
        let contact: Value = serde_json::from_str(&text)?;
        let id = contact.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        all.insert(id, contact);
    }
    Ok(all)
}
