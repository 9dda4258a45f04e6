//! Ready configuration for MCP clients. It never holds a credential: it names where the client or the server reads one.

use std::path::PathBuf;

use base64::Engine;
use clap::Args;
use serde_json::{Map, Value, json};

use super::options::environments;
use crate::client_settings::{Format, Part, Refusal, fresh};

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
    /// Gemini CLI
    GeminiCli,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
    /// Goose
    Goose,
    /// LibreChat
    #[value(name = "librechat")]
    LibreChat,
    /// n8n, over HTTP
    #[value(name = "n8n")]
    N8n,
    /// The tool servers of iMBRACE's assistants, over HTTP
    Imbrace,
}

/// What `init` takes.
#[derive(Debug, Args)]
pub struct InitOptions {
    /// The client
    #[arg(value_enum)]
    pub client: ClientName,
    /// The gateway that the client's server talks to [default: product]
    #[arg(long, value_name = "NAME", value_parser = environments(), conflicts_with = "base_url")]
    pub env: Option<String>,
    /// Address of a gateway of your own
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Organisation
    #[arg(long, value_name = "ID")]
    pub organization_id: Option<String>,
    /// Directory for what the server keeps; taken from here when it is not absolute
    #[arg(long, value_name = "DIRECTORY")]
    pub state_dir: Option<PathBuf>,
    /// File with your access token (acc_…), for every client that starts the server; Claude Desktop and Zed always use one
    /// [default: token, beside the configuration file]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Offer only the tools that read
    #[arg(long)]
    pub read_only: bool,
    /// For n8n and iMBRACE: the address at which they reach the server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// Put it into the client's settings file: a copy of the old file is kept, and nothing else in it changes
    #[arg(long)]
    pub write: bool,
    /// With --write: the settings file, where it is not in its usual place
    #[arg(long, value_name = "FILE", requires = "write")]
    pub file: Option<PathBuf>,
}

/// The server, as a client starts it or reaches it.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// The absolute path of this program, or its name where it is on the path.
    pub binary: String,
    /// The environment's name, where no address of an own gateway is given.
    pub env: String,
    /// The address of an own gateway.
    pub base_url: Option<String>,
    /// The organisation.
    pub organization_id: Option<String>,
    /// The absolute path of the state directory.
    pub state_dir: Option<String>,
    /// The absolute path of the file with the access token.
    pub token_file: Option<String>,
    /// True if only tools that read are offered.
    pub read_only: bool,
    /// Where clients over HTTP reach the server, without a path.
    pub url: String,
}

/// Ready configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientConfiguration {
    /// The configuration itself: JSON, TOML or YAML.
    pub text: String,
    /// Where to put it and what else to do.
    pub advice: String,
}

/// The name under which clients know this server.
const SERVER: &str = "imbrace-contacts";
/// The same for people.
const TITLE: &str = "iMBRACE contacts";
/// The variable that the clients which can refer to variables are pointed at.
const TOKEN: &str = "IMBRACE_ACCESS_TOKEN";
const TOKEN_FILE: &str = "IMBRACE_ACCESS_TOKEN_FILE";
/// Stands for the credential where a configuration is tried: of the right form, and nobody's.
const NOBODYS_TOKEN: &str = "acc_00000000-0000-4000-8000-000000000000";

impl ClientName {
    /// The format of its settings file.
    pub fn format(self) -> Format {
        match self {
            Self::ClaudeDesktop | Self::ClaudeCode | Self::Windsurf | Self::N8n | Self::Imbrace => Format::Json,
            Self::Cursor | Self::Vscode | Self::GeminiCli | Self::Zed => Format::Jsonc,
            Self::Codex => Format::Toml,
            Self::Goose | Self::LibreChat => Format::Yaml,
        }
    }

    /// Whether it reaches a running server over HTTP, with the caller's key as its credential.
    pub fn is_over_http(self) -> bool {
        matches!(self, Self::N8n | Self::Imbrace)
    }

    /// Whether it can neither refer to a variable nor ask for a secret, so that the token is read from a file.
    pub fn needs_token_file(self) -> bool {
        matches!(self, Self::ClaudeDesktop | Self::Zed)
    }

    /// Where its settings file usually is. `variable` looks up an environment variable. `None` where it has no file of its own.
    pub fn settings_file(self, variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = || set("HOME").or_else(|| set("USERPROFILE"));
        let configuration = || set("XDG_CONFIG_HOME").or_else(|| home().map(|home| home.join(".config")));
        match self {
            Self::ClaudeDesktop if cfg!(windows) => Some(set("APPDATA")?.join("Claude/claude_desktop_config.json")),
            Self::ClaudeDesktop if cfg!(target_os = "macos") => {
                Some(home()?.join("Library/Application Support/Claude/claude_desktop_config.json"))
            }
            Self::ClaudeDesktop => Some(configuration()?.join("Claude/claude_desktop_config.json")),
            Self::ClaudeCode => Some(PathBuf::from(".mcp.json")),
            Self::Cursor => Some(home()?.join(".cursor/mcp.json")),
            Self::Vscode => Some(PathBuf::from(".vscode/mcp.json")),
            Self::Codex => {
                Some(set("CODEX_HOME").or_else(|| home().map(|home| home.join(".codex")))?.join("config.toml"))
            }
            Self::GeminiCli => Some(home()?.join(".gemini/settings.json")),
            Self::Windsurf => Some(home()?.join(".codeium/windsurf/mcp_config.json")),
            Self::Zed if cfg!(windows) => Some(set("APPDATA")?.join("Zed/settings.json")),
            Self::Zed if cfg!(target_os = "macos") => Some(home()?.join(".config/zed/settings.json")),
            Self::Zed => Some(configuration()?.join("zed/settings.json")),
            Self::Goose if cfg!(windows) => Some(set("APPDATA")?.join("Block/goose/config/config.yaml")),
            Self::Goose => Some(configuration()?.join("goose/config.yaml")),
            Self::LibreChat => Some(PathBuf::from("librechat.yaml")),
            Self::N8n | Self::Imbrace => None,
        }
    }

    /// The text by which the client fills in the access token; `None` where it hands a variable on by its name, or where the
    /// token comes from a file.
    fn reference(self) -> Option<&'static str> {
        match self {
            Self::ClaudeCode | Self::GeminiCli | Self::LibreChat => Some("${IMBRACE_ACCESS_TOKEN}"),
            Self::Cursor | Self::Windsurf => Some("${env:IMBRACE_ACCESS_TOKEN}"),
            Self::Vscode => Some("${input:imbrace-access-token}"),
            Self::ClaudeDesktop | Self::Codex | Self::Zed | Self::Goose | Self::N8n | Self::Imbrace => None,
        }
    }
}

impl ServerOptions {
    fn is_local(&self) -> bool {
        self.base_url.is_none() && self.env == "local"
    }

    /// What is configured beside the credential, as name of the key and value.
    fn settings(&self) -> Vec<(&'static str, String)> {
        let gateway = match &self.base_url {
            Some(url) => ("base_url", url.clone()),
            None => ("env", self.env.clone()),
        };
        let given = [("organization_id", &self.organization_id), ("state_dir", &self.state_dir)];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        std::iter::once(gateway).chain(given).collect()
    }

    fn arguments(&self) -> Vec<&'static str> {
        if self.read_only { vec!["serve", "--read-only"] } else { vec!["serve"] }
    }

    /// The variables that the client starts the server with, the credential as the client is told to fill it in.
    fn variables(&self, client: ClientName) -> Map<String, Value> {
        let named =
            |(name, value): (&str, String)| (format!("IMBRACE_{}", name.to_ascii_uppercase()), Value::from(value));
        let mut variables: Map<String, Value> = self.settings().into_iter().map(named).collect();
        let credential = match (&self.token_file, client.reference()) {
            _ if self.is_local() => None,
            (Some(file), _) => Some((TOKEN_FILE, file.as_str())),
            (None, reference) => reference.map(|reference| (TOKEN, reference)),
        };
        variables.extend(credential.map(|(name, value)| (name.to_owned(), Value::from(value))));
        variables
    }

    /// True if the client hands the token's variable on by its name.
    fn hands_on(&self) -> bool {
        !self.is_local() && self.token_file.is_none()
    }

    /// The variables of the process that the client starts, with nobody's token where the client fills one in.
    pub fn process_variables(&self, client: ClientName) -> Vec<(String, String)> {
        let mut variables: Vec<(String, String)> = self
            .variables(client)
            .into_iter()
            .filter(|(name, _)| name != TOKEN)
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect();
        if self.hands_on() {
            variables.push((TOKEN.to_owned(), NOBODYS_TOKEN.to_owned()));
        }
        variables
    }

    /// The words after the program's name that start the server which clients over HTTP reach.
    pub fn http_arguments(&self) -> Vec<String> {
        let url = url::Url::parse(&self.url).ok();
        let host = url.as_ref().and_then(url::Url::host_str).unwrap_or("127.0.0.1").to_owned();
        let is_here = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        let port = url.as_ref().and_then(url::Url::port).unwrap_or(8080);
        let address = match host.as_str() {
            "localhost" => format!("127.0.0.1:{port}"),
            host if is_here => format!("{host}:{port}"),
            _ => format!("0.0.0.0:{port}"),
        };
        let mut words = ["serve", "--http", &address, "--auth", "gateway-key"].map(str::to_owned).to_vec();
        if !is_here {
            words.extend(["--allow-host".to_owned(), host]);
        }
        for (name, value) in self.settings() {
            words.extend([format!("--{}", name.replace('_', "-")), value]);
        }
        if self.read_only {
            words.push("--read-only".to_owned());
        }
        words
    }
}

/// The entry that goes into a client's settings file.
pub fn client_parts(client: ClientName, options: &ServerOptions) -> Vec<Part> {
    let variables = options.variables(client);
    let server = json!({"command": options.binary, "args": options.arguments(), "env": variables});
    let with = |members: Value| {
        let mut server = server.clone();
        if let (Some(server), Value::Object(members)) = (server.as_object_mut(), members) {
            server.extend(members);
        }
        server
    };
    let member = |of, value| vec![Part::Member { of, name: SERVER, value }];
    match client {
        ClientName::ClaudeDesktop
        | ClientName::ClaudeCode
        | ClientName::Cursor
        | ClientName::GeminiCli
        | ClientName::Windsurf => member("mcpServers", server),
        ClientName::Zed => member("context_servers", server),
        ClientName::LibreChat => member("mcpServers", with(json!({"type": "stdio"}))),
        ClientName::Vscode => {
            let mut parts = member("servers", with(json!({"type": "stdio"})));
            if options.hands_on() {
                parts.insert(0, Part::Element { of: "inputs", id: "/id", value: question() });
            }
            parts
        }
        ClientName::Codex if options.hands_on() => member("mcp_servers", with(json!({"env_vars": [TOKEN]}))),
        ClientName::Codex => member("mcp_servers", server),
        ClientName::Goose => {
            let mut extension = json!({
                "enabled": true,
                "type": "stdio",
                "name": SERVER,
                "description": "Contacts of iMBRACE: find, read, correct and clean them",
                "cmd": options.binary,
                "args": options.arguments(),
                "envs": variables,
                "timeout": 300,
            });
            if let (true, Some(extension)) = (options.hands_on(), extension.as_object_mut()) {
                extension.insert("env_keys".to_owned(), json!([TOKEN]));
            }
            member("extensions", extension)
        }
        ClientName::N8n => vec![Part::Element {
            of: "nodes",
            id: "/name",
            value: json!({
                "id": SERVER,
                "name": TITLE,
                "type": "@n8n/n8n-nodes-langchain.mcpClientTool",
                "typeVersion": 1.2,
                "position": [0, 0],
                "parameters": {
                    "endpointUrl": format!("{}/mcp", options.url),
                    "serverTransport": "httpStreamable",
                    "authentication": "bearerAuth",
                    "options": {},
                },
            }),
        }],
        ClientName::Imbrace => vec![Part::Element {
            of: "TOOL_SERVER_CONNECTIONS",
            id: "/info/id",
            value: json!({
                "type": "openapi",
                "url": options.url,
                "path": "openapi.json",
                "auth_type": "bearer",
                "key": "",
                "config": {"enable": true},
                "info": {"id": SERVER, "name": TITLE, "description": "Find, read, correct and clean contacts"},
            }),
        }],
    }
}

/// What VS Code asks at the first start.
fn question() -> Value {
    json!({
        "type": "promptString",
        "id": "imbrace-access-token",
        "description": "iMBRACE access token (acc_…)",
        "password": true
    })
}

/// The configuration of a client, as a whole file.
///
/// # Errors
/// [`Refusal`] when a value cannot be written in the client's format.
pub fn client_configuration(client: ClientName, options: &ServerOptions) -> Result<ClientConfiguration, Refusal> {
    let parts = client_parts(client, options);
    let text = match client.format() {
        Format::Json | Format::Jsonc => {
            let mut whole = Map::new();
            for part in parts {
                match part {
                    Part::Member { of, name, value } => whole.insert(of.to_owned(), json!({name: value})),
                    Part::Element { of, value, .. } => whole.insert(of.to_owned(), json!([value])),
                };
            }
            if client == ClientName::N8n {
                whole.insert("connections".to_owned(), json!({}));
            }
            format!("{:#}\n", Value::Object(whole))
        }
        format => fresh(format, &parts)?,
    };
    Ok(ClientConfiguration { text, advice: advice(client, options) })
}

/// A link that puts the server into Cursor or VS Code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallLink {
    /// For the browser and the system: it opens the client.
    pub own: String,
    /// The same by way of the maker's page, for pages that allow no other schemes.
    pub web: String,
}

/// The link of a client that has one.
pub fn install_link(client: ClientName, options: &ServerOptions) -> Option<InstallLink> {
    let parts = client_parts(client, options);
    let server = parts.iter().find_map(|part| match part {
        Part::Member { value, .. } => Some(value.clone()),
        Part::Element { .. } => None,
    })?;
    let inputs: Vec<Value> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Element { value, .. } => Some(value.clone()),
            Part::Member { .. } => None,
        })
        .collect();
    match client {
        ClientName::Cursor => {
            let config = base64::engine::general_purpose::STANDARD.encode(server.to_string());
            let query = format!("name={SERVER}&config={}", escaped(&config));
            Some(InstallLink {
                own: format!("cursor://anysphere.cursor-deeplink/mcp/install?{query}"),
                web: format!("https://cursor.com/en/install-mcp?{query}"),
            })
        }
        ClientName::Vscode => {
            let mut whole = server.clone();
            if let Some(whole) = whole.as_object_mut() {
                whole.insert("name".to_owned(), SERVER.into());
                if !inputs.is_empty() {
                    whole.insert("inputs".to_owned(), inputs.clone().into());
                }
            }
            let asked = match inputs.is_empty() {
                true => String::new(),
                false => format!("&inputs={}", escaped(&Value::from(inputs).to_string())),
            };
            Some(InstallLink {
                own: format!("vscode:mcp/install?{}", escaped(&whole.to_string())),
                web: format!(
                    "https://insiders.vscode.dev/redirect/mcp/install?name={SERVER}{asked}&config={}",
                    escaped(&server.to_string())
                ),
            })
        }
        _ => None,
    }
}

/// A text inside of an address.
fn escaped(text: &str) -> String {
    // Forms write a blank as a plus, addresses do not.
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn advice(client: ClientName, options: &ServerOptions) -> String {
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
        ClientName::GeminiCli => "Merge it into ~/.gemini/settings.json, or .gemini/settings.json in a project.",
        ClientName::Windsurf => "Merge it into ~/.codeium/windsurf/mcp_config.json.",
        ClientName::Zed => "Merge it into settings.json (command palette > zed: open settings file).",
        ClientName::Goose => {
            "Merge it into ~/.config/goose/config.yaml (Windows: %APPDATA%\\Block\\goose\\config\\config.yaml)."
        }
        ClientName::LibreChat => "Merge it into librechat.yaml, on the machine that LibreChat runs on.",
        ClientName::N8n => {
            "Copy it and paste it into the canvas of a workflow, then connect it to an AI Agent node as a tool."
        }
        ClientName::Imbrace => {
            "Send it to the administrator's route of the assistants for tool servers, or type its values into their page (Tools)."
        }
    };
    let credential = match client {
        ClientName::N8n => {
            "Choose or make a credential of the type Bearer Auth in the node: your access token (acc_…) or API key (api_…)."
        }
        ClientName::Imbrace => {
            "Write an access token (acc_…) or API key (api_…) of the organisation at `key`, or into the field of the page."
        }
        _ if options.is_local() => "The local gateway needs no credential.",
        _ if options.token_file.is_some() => {
            "The server reads your access token (acc_…) from the file at IMBRACE_ACCESS_TOKEN_FILE, which only you should be able to read."
        }
        ClientName::Vscode => "VS Code asks for your access token (acc_…) at the first start and keeps it encrypted.",
        ClientName::Goose => {
            "Set IMBRACE_ACCESS_TOKEN (acc_…) in the environment of Goose, or let `goose configure` keep it."
        }
        _ => "Set IMBRACE_ACCESS_TOKEN (acc_…) in the environment that the client is started from.",
    };
    let last = if client.is_over_http() {
        format!("The server that it reaches:\n  {} {}", options.binary, options.http_arguments().join(" "))
    } else {
        match install_link(client, options) {
            Some(link) => format!("Then restart the client. Or open this link instead:\n  {}", link.own),
            None => "Then restart the client.".to_owned(),
        }
    };
    format!("{place}\n{credential}\n{last}")
}
