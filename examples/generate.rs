//! Writes the generated files anew: tools.json and its sha256, the generated parts of README.md and of docs/, and
//! examples/clients.
//!
//! `cargo run --example generate` writes; with `-- --check` it only says what is stale. The tests compare, too.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use imbrace_contacts_mcp::cleanup::findings::{Fixability, Kind};
use imbrace_contacts_mcp::cleanup::{StateLocation, Workspace};
use imbrace_contacts_mcp::cli::{self, ClientName, ServerOptions};
use imbrace_contacts_mcp::config::{KEYS, Key};
use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options};
use imbrace_contacts_mcp::metrics::{self, Described};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use imbrace_contacts_mcp::{app, tools};
use sha2::{Digest, Sha256};

type Failure = Box<dyn std::error::Error>;

/// The clients and the file that shows the configuration of each.
const CLIENTS: [(ClientName, &str); 12] = [
    (ClientName::ClaudeDesktop, "claude-desktop.json"),
    (ClientName::ClaudeCode, "claude-code.json"),
    (ClientName::Cursor, "cursor.json"),
    (ClientName::Vscode, "vscode.json"),
    (ClientName::Codex, "codex.toml"),
    (ClientName::GeminiCli, "gemini-cli.json"),
    (ClientName::Windsurf, "windsurf.json"),
    (ClientName::Zed, "zed.json"),
    (ClientName::Goose, "goose.yaml"),
    (ClientName::LibreChat, "librechat.yaml"),
    (ClientName::N8n, "n8n.json"),
    (ClientName::Imbrace, "imbrace.json"),
];

/// How much of the sample answer the first screen of README.md has room for.
const SAMPLE_LINES: usize = 8;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program at a shell may wait for its reader")]
async fn main() -> Result<ExitCode, Failure> {
    let only_check = std::env::args().any(|argument| argument == "--check");
    let mut code = ExitCode::SUCCESS;
    for (path, text) in generated().await? {
        if std::fs::read_to_string(&path).ok().as_ref() == Some(&text) {
            continue;
        }
        let verb = if only_check { "stale" } else { "written" };
        std::io::Write::write_all(&mut std::io::stderr(), format!("{verb}: {}\n", path.display()).as_bytes())?;
        if only_check {
            code = ExitCode::FAILURE;
        } else {
            std::fs::write(&path, text)?;
        }
    }
    Ok(code)
}

/// Every generated file, as it should be.
pub async fn generated() -> Result<Vec<(PathBuf, String)>, Failure> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sample = format!("```text\n{}\n```\n", sample().await?);
    let tour = format!("```rust\n{}```\n", std::fs::read_to_string(top.join("examples/quickstart.rs"))?);
    let tokens = std::fs::read_to_string(top.join("benches/tokens/recorded.md"))?;
    let page = |path: &str, parts: &[(&str, &str)]| -> Result<(PathBuf, String), Failure> {
        let path = top.join(path);
        let text = std::fs::read_to_string(&path)?;
        let text = parts.iter().try_fold(text, |text, (name, content)| replaced(&text, name, content))?;
        Ok((path, text))
    };
    let manifest = app::manifest()?;
    // As `sha256sum --check` reads it.
    let digest = Sha256::digest(manifest.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let digest = format!("{digest}  tools.json\n");
    let mut files = vec![
        page("README.md", &[("sample", &sample), ("links", &install_links()), ("tools", &tool_table())])?,
        page("docs/install.md", &[("links", &link_table())])?,
        page("docs/configuration.md", &[("configuration", &configuration_table())])?,
        page("docs/observability.md", &[("metrics", &metrics_table())])?,
        page("docs/answers.md", &[("tokens", &tokens)])?,
        page("docs/library.md", &[("tour", &tour)])?,
        (top.join("tools.json"), manifest),
        (top.join("tools.json.sha256"), digest),
        (top.join("docs/findings.md"), findings_page()),
    ];
    for (client, name) in CLIENTS {
        let ready = cli::client_configuration(client, &shown(client))?;
        files.push((top.join("examples/clients").join(name), ready.text));
    }
    Ok(files)
}

/// The server that the example of a client starts or reaches.
fn shown(client: ClientName) -> ServerOptions {
    ServerOptions {
        binary: "/usr/local/bin/imbrace-contacts-mcp".to_owned(),
        env: "product".to_owned(),
        token_file: client.needs_token_file().then(|| "/home/you/.config/imbrace-contacts-mcp/token".to_owned()),
        url: "http://127.0.0.1:8080".to_owned(),
        ..ServerOptions::default()
    }
}

/// The clients that a link installs the server in, with the names that people know them by.
const LINKED: [(ClientName, &str); 2] = [(ClientName::Cursor, "Cursor"), (ClientName::Vscode, "VS Code")];

/// The link of a client; the program is found on the path, wherever it was installed.
fn link(client: ClientName, env: &str) -> Option<cli::InstallLink> {
    let options = ServerOptions { binary: "imbrace-contacts-mcp".to_owned(), env: env.to_owned(), ..shown(client) };
    cli::install_link(client, &options)
}

/// For README.md: links to the makers' pages, because nothing else is a link there.
fn install_links() -> String {
    let mut lines = String::new();
    for (client, name) in LINKED {
        let links = ["product", "local"].map(|env| link(client, env).map(|link| link.web).unwrap_or_default());
        let _ = writeln!(lines, "- {name}: [your contacts]({}), [made-up contacts]({})", links[0], links[1]);
    }
    lines
}

/// For docs/install.md: the links themselves.
fn link_table() -> String {
    let mut lines = String::new();
    for (client, name) in LINKED {
        for (env, whose) in [("product", "your contacts"), ("local", "made-up contacts")] {
            let own = link(client, env).map(|link| link.own).unwrap_or_default();
            let _ = writeln!(lines, "{name}, {whose}:\n\n```text\n{own}\n```\n");
        }
    }
    lines
}

/// What the README's first command prints.
async fn sample() -> Result<String, Failure> {
    let local = LocalGateway::start(Options::default()).await?;
    let gateway = Client::new(Settings {
        base_url: local.base_url().parse()?,
        prefix: PrefixChoice::Auto(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?;
    let place =
        GatewayTarget { environment: Environment::Local, host: local.address().to_string(), organization: None };
    let (short_ids, uploads) = (ShortIds::new(IdStyle::Short), Uploads::default());
    let state = tempfile::tempdir()?;
    let home = StateLocation { directory: state.path().to_owned(), place: "local".to_owned(), tenant: String::new() };
    let workspace = Workspace::new(home, gateway.clone());
    let context = Context::new(ContextParts { gateway, place, short_ids, uploads }).with_cleanup(Some(workspace));
    let toolbox = Toolbox::new(context, &Selection::default(), Limits::default())?;
    let arguments = serde_json::from_str(r#"{"query":"nguyen"}"#)?;
    let answer = toolbox.call("search_contacts", arguments, Progress::default()).await;
    local.stop().await;
    let text = answer.ok_or("no such tool")?.text;
    let (shown, hidden) = (text.lines().take(SAMPLE_LINES), text.lines().skip(SAMPLE_LINES).count());
    Ok(format!("{}\n… {hidden} more lines", shown.collect::<Vec<_>>().join("\n")))
}

/// The text with everything between two markers exchanged.
fn replaced(text: &str, name: &str, content: &str) -> Result<String, Failure> {
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
    let missing = || format!("the page has no markers for `{name}`");
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(&end).ok_or_else(missing)?;
    Ok(format!("{before}{begin}{content}{end}{after}"))
}

fn tool_table() -> String {
    let mut table = "| tool | effect | what it does |\n|---|---|---|\n".to_owned();
    for entry in tools::catalog() {
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| `{}` | {} | {} |", entry.name, app::effect(entry.effect), cell(entry.description));
    }
    table
}

/// Every kind of finding, the most severe first.
fn findings_page() -> String {
    let mut page = "# What an audit finds\n\n\
        Made by `cargo run --example generate` from `crates/cleanup/src/findings/kind.rs`. `plan_cleanup fix=safe` (`cleanup plan --fix safe`)\n\
        takes every kind that is fixed without a guess; a kind that is fixed by one is named (`fix=email_domain_typo`) after a person\n\
        has seen examples (`audit_contacts kinds=…`, `cleanup audit --kind … --examples 5`); the others are only told. How well each is\n\
        found on a labelled list: `cargo run --release --example audit_bench -- DIR`.\n\n\
        An audit tells the most severe first. Its score is the share of contacts without any finding, in percent and rounded down: 100\n\
        is a list without a single one. It is told where all kinds were looked for. `audit_contacts` leaves out the severity `low`, and has\n\
        examples where kinds are named: all of it at once costs a model at most 450 tokens.\n\n\
        | kind | severity | fix | what it is |\n|---|---|---|---|\n"
        .to_owned();
    let mut kinds = Kind::ALL;
    kinds.sort_by_key(|kind| std::cmp::Reverse(kind.severity()));
    for kind in kinds {
        let severity = kind.severity().word();
        let fix = match kind.fixability() {
            Fixability::Safe => "without a guess",
            Fixability::Ask => "by a guess",
            Fixability::None => "none",
        };
        let _ = writeln!(page, "| `{}` | {severity} | {fix} | {} |", kind.name(), cell(kind.meaning()));
    }
    page
}

fn metrics_table() -> String {
    let mut table = "| metric | kind | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for Described { name, kind, labels, meaning } in metrics::catalog() {
        let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
        let _ = writeln!(table, "| `{name}` | {kind} | {} | {} |", labels.join(" "), cell(meaning));
    }
    table
}

fn configuration_table() -> String {
    let mut table = "| key in the file | variable | flag | default | meaning |\n|---|---|---|---|---|\n".to_owned();
    for key in &KEYS {
        let Key { name, default, meaning, .. } = key;
        let flag = key.flag().map_or("never".to_owned(), |flag| format!("`{flag}`"));
        let _ = writeln!(table, "| `{name}` | `{}` | {flag} | {} | {} |", key.variable(), cell(default), cell(meaning));
    }
    table
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
