//! Ready configuration for MCP clients. It never holds a credential: it names where the client or the server reads one.

use serde_json::{Map, Value, json};

/// A client that configuration is written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ClientName {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code
    ClaudeCode,
    /// Cursor
    Cursor,
    /// Visual Studio Code
    Vscode,
    /// Codex
    Codex,
}

/// Ready configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfiguration {
    /// The configuration itself, JSON or TOML.
    pub text: String,
    /// Where to put it and what else to do.
    pub advice: String,
}

/// The name under which clients know this server.
const SERVER: &str = "imbrace-contacts";
/// The variable that the clients which can refer to variables are pointed at.
const TOKEN: &str = "IMBRACE_ACCESS_TOKEN";
const TOKEN_FILE: &str = "IMBRACE_ACCESS_TOKEN_FILE";
/// Stands where the operator writes a path.
const PLACEHOLDER: &str = "/path/to/a/file/with/your/access/token";

/// The configuration of a client whose server is this binary.
///
/// `binary` is the absolute path, `env` an environment's name.
pub fn configuration(client: ClientName, binary: &str, env: &str, read_only: bool) -> ClientConfiguration {
    let mut arguments = vec!["serve"];
    if read_only {
        arguments.push("--read-only");
    }
    let is_local = env == "local";
    let reference = match client {
        _ if is_local => None,
        ClientName::ClaudeDesktop => Some((TOKEN_FILE, PLACEHOLDER)),
        ClientName::ClaudeCode => Some((TOKEN, "${IMBRACE_ACCESS_TOKEN}")),
        ClientName::Cursor => Some((TOKEN, "${env:IMBRACE_ACCESS_TOKEN}")),
        ClientName::Vscode => Some((TOKEN, "${input:imbrace-access-token}")),
        // Codex hands variables on by name.
        ClientName::Codex => None,
    };
    let mut variables = Map::from_iter([("IMBRACE_ENV".to_owned(), Value::from(env))]);
    variables.extend(reference.map(|(name, value)| (name.to_owned(), Value::from(value))));
    let server = json!({"command": binary, "args": arguments, "env": variables});
    let text = match client {
        ClientName::ClaudeDesktop | ClientName::ClaudeCode | ClientName::Cursor => {
            pretty(&json!({"mcpServers": {SERVER: server}}))
        }
        ClientName::Vscode => pretty(&vscode(server, is_local)),
        ClientName::Codex => codex(binary, &arguments, env, is_local),
    };
    ClientConfiguration { text, advice: advice(client, is_local) }
}

fn vscode(mut server: Value, is_local: bool) -> Value {
    if let Some(server) = server.as_object_mut() {
        server.insert("type".to_owned(), "stdio".into());
    }
    let mut whole = json!({"servers": {SERVER: server}});
    if let (false, Some(whole)) = (is_local, whole.as_object_mut()) {
        let ask = json!({
            "type": "promptString",
            "id": "imbrace-access-token",
            "description": "iMBRACE access token (acc_…)",
            "password": true
        });
        whole.insert("inputs".to_owned(), json!([ask]));
    }
    whole
}

fn codex(binary: &str, arguments: &[&str], env: &str, is_local: bool) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let arguments = arguments.iter().map(|argument| quoted(argument)).collect::<Vec<_>>().join(", ");
    let handed_on = if is_local { String::new() } else { format!("env_vars = [\"{TOKEN}\"]\n") };
    format!(
        "[mcp_servers.{SERVER}]\ncommand = {}\nargs = [{arguments}]\n{handed_on}env = {{ IMBRACE_ENV = {} }}\n",
        quoted(binary),
        quoted(env)
    )
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn advice(client: ClientName, is_local: bool) -> String {
    let place = match client {
        ClientName::ClaudeDesktop => {
            "Merge it into claude_desktop_config.json (Settings > Developer > Edit Config):\n  \
             macOS    ~/Library/Application Support/Claude/claude_desktop_config.json\n  \
             Windows  %APPDATA%\\Claude\\claude_desktop_config.json"
        }
        ClientName::ClaudeCode => "Put it into .mcp.json at the top of a project.",
        ClientName::Cursor => "Merge it into ~/.cursor/mcp.json, or .cursor/mcp.json in a project.",
        ClientName::Vscode => "Put it into .vscode/mcp.json in a project (or run \"MCP: Open User Configuration\").",
        ClientName::Codex => "Add it to ~/.codex/config.toml.",
    };
    let credential = match client {
        _ if is_local => "The local gateway needs no credential.",
        ClientName::ClaudeDesktop => {
            "Put your access token (acc_…) into a file that only you can read, and write its path at IMBRACE_ACCESS_TOKEN_FILE."
        }
        ClientName::Vscode => "VS Code asks for your access token (acc_…) at the first start and keeps it encrypted.",
        ClientName::ClaudeCode | ClientName::Cursor | ClientName::Codex => {
            "Set IMBRACE_ACCESS_TOKEN (acc_…) in the environment that the client is started from."
        }
    };
    format!("{place}\n{credential}\nThen restart the client.")
}
