//! The official Rust client against the built server, over each transport that it has: listing, reading, writing and failing.
//!
//! `interop_rmcp BINARY HTTP_ADDRESS KEY_ADDRESS TOOLS` prints a line a cell of docs/clients.md: `cell: CLIENT | TRANSPORT | works`.

use std::io::{self, Write};
use std::process::{ExitCode, Stdio};

use anyhow::{Context, ensure};
use rmcp::model::CallToolRequestParams;
use rmcp::service::RunningService;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{RoleClient, ServiceExt};
use serde_json::{Value, json};

const NAME: &str = "Rust SDK (`rmcp`) 3.11";
const ABSENT: &str = "con_00000000-0000-4000-8000-00000000dead";

type Client = RunningService<RoleClient, ()>;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [binary, address, _, tools] = words.as_slice() else { anyhow::bail!("BINARY HTTP_ADDRESS KEY_ADDRESS TOOLS") };
    let expected = tools.parse()?;
    let over_stdio = async {
        let mut command = tokio::process::Command::new(binary);
        command.args(["serve", "--env", "local", "--log", "error"]).stderr(Stdio::null());
        exercise(().serve(TokioChildProcess::new(command)?).await?, expected).await
    };
    let over_http = async {
        exercise(().serve(StreamableHttpClientTransport::from_uri(format!("http://{address}/mcp"))).await?, expected)
            .await
    };
    let mut code = ExitCode::SUCCESS;
    for (transport, result) in [("stdio", over_stdio.await), ("Streamable HTTP", over_http.await)] {
        let word = if result.is_ok() { "works" } else { "FAILS" };
        writeln!(io::stdout(), "cell: {NAME} | {transport} | {word}")?;
        if let Err(error) = result {
            writeln!(io::stdout(), "FAIL: {NAME}, {transport}: {error:#}")?;
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

async fn exercise(client: Client, expected: usize) -> anyhow::Result<()> {
    let tools = client.list_all_tools().await?;
    ensure!(tools.len() == expected, "{} tools", tools.len());
    let (list, is_error) = call(&client, "list_contacts", json!({"limit": 40})).await?;
    ensure!(!is_error, "{list}");
    let number = std::env::var("INTEROP_CONTACT")?.parse()?;
    let mut contacts = list.lines().filter(|line| line.starts_with("con_"));
    let contact = contacts.nth(number).and_then(|line| line.split(',').next());
    let contact = contact.context("a contact")?;
    let remark = format!("interoperability {}", std::process::id());
    let set = json!({"contact_id": contact, "set": [{"field": "remark", "value": remark}]});
    let (written, is_error) = call(&client, "update_contact", set).await?;
    ensure!(!is_error && written.contains(&remark), "{written}");
    let (read, is_error) = call(&client, "get_contact", json!({"contact_id": contact})).await?;
    ensure!(!is_error && read.contains(&remark), "{read}");
    let (absent, is_error) = call(&client, "get_contact", json!({"contact_id": ABSENT})).await?;
    ensure!(is_error && absent.contains("con_00000000"), "{absent}");
    client.cancel().await?;
    Ok(())
}

/// The text of an answer, and whether it is an error of the tool.
async fn call(client: &Client, name: &'static str, arguments: Value) -> anyhow::Result<(String, bool)> {
    let arguments = arguments.as_object().cloned().unwrap_or_default();
    let result = client.call_tool(CallToolRequestParams::new(name).with_arguments(arguments)).await?;
    let texts = result.content.iter().filter_map(|content| content.as_text()).map(|text| text.text.clone());
    Ok((texts.collect(), result.is_error.unwrap_or_default()))
}
