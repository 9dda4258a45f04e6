//! `init`: configuration that starts, for each client, without a credential; and settings files that keep all else.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use imbrace_contacts_mcp::cli::{ClientName, ServerOptions, client_parts, install_link};
use imbrace_contacts_mcp::client_settings::{Format, Refusal, SettingsFile, with_parts};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{CANARY, Run, program, run};

const BINARY: &str = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");
const TOKEN: &str = "acc_00000000-0000-4000-8000-000000000001";

/// The clients that start the server: name, what holds the servers, usual settings file below the home or the project.
const STARTING: [(&str, ClientName, &str, &str); 10] = [
    ("claude-desktop", ClientName::ClaudeDesktop, "mcpServers", ".config/Claude/claude_desktop_config.json"),
    ("claude-code", ClientName::ClaudeCode, "mcpServers", ".mcp.json"),
    ("cursor", ClientName::Cursor, "mcpServers", ".cursor/mcp.json"),
    ("vscode", ClientName::Vscode, "servers", ".vscode/mcp.json"),
    ("codex", ClientName::Codex, "mcp_servers", ".codex/config.toml"),
    ("gemini-cli", ClientName::GeminiCli, "mcpServers", ".gemini/settings.json"),
    ("windsurf", ClientName::Windsurf, "mcpServers", ".codeium/windsurf/mcp_config.json"),
    ("zed", ClientName::Zed, "context_servers", ".config/zed/settings.json"),
    ("goose", ClientName::Goose, "extensions", ".config/goose/config.yaml"),
    ("librechat", ClientName::LibreChat, "mcpServers", "librechat.yaml"),
];

/// A home with a token in the usual place, which is the current directory, too.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let token = home.path().join(".config/imbrace-contacts-mcp/token");
        std::fs::create_dir_all(token.parent().unwrap()).unwrap();
        std::fs::write(token, format!("{TOKEN}\n")).unwrap();
        Self(home)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, words: &[&str]) -> Run {
        let mut command = program(words, &[("IMBRACE_ACCESS_TOKEN", CANARY)]);
        command.current_dir(self.0.path()).env("HOME", self.0.path());
        Run::of(command.output().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The names beside a file that begin with its name.
    fn copies(&self, name: &str) -> Vec<PathBuf> {
        let path = self.path(name);
        let start = format!("{}.", path.file_name().unwrap().to_str().unwrap());
        let all = std::fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        all.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&start)).collect()
    }
}

/// What a text of a client's format says, by a reader that the program does not use where there is one.
fn value_of(text: &str, client: ClientName) -> Value {
    match client.format() {
        Format::Json => serde_json::from_str(text).unwrap(),
        Format::Jsonc => serde_json::from_str(&without_comments(text)).unwrap(),
        Format::Toml => serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap(),
        Format::Yaml => yaml(
            &saphyr::LoadableYamlNode::load_from_str(text).map(|mut all: Vec<saphyr::Yaml>| all.remove(0)).unwrap(),
        ),
    }
}

fn yaml(node: &saphyr::Yaml<'_>) -> Value {
    use saphyr::{Scalar, Yaml};

    match node {
        Yaml::Value(Scalar::Boolean(boolean)) => Value::from(*boolean),
        Yaml::Value(Scalar::Integer(number)) => Value::from(*number),
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        Yaml::Sequence(list) => list.iter().map(yaml).collect(),
        Yaml::Mapping(mapping) => {
            Value::Object(mapping.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), yaml(value))).collect())
        }
        _ => Value::Null,
    }
}

/// JSON without comments and trailing commas; the tests' texts hold neither inside of strings.
fn without_comments(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    let text = regex_lite::Regex::new(r"(?s)/\*.*?\*/|(?:^|\s)//[^\n]*").unwrap().replace_all(text, "");
    regex_lite::Regex::new(r",(\s*[}\]])").unwrap().replace_all(&text, "$1").into_owned()
}

/// The command, arguments and variables that a client starts the server with: references are filled in from its own environment.
fn started_with(client: ClientName, root: &str, text: &str) -> (String, Vec<String>, Vec<(String, String)>) {
    let whole = value_of(text, client);
    let server = &whole[root]["imbrace-contacts"];
    let (command, variables) = match client {
        ClientName::Goose => ("cmd", "envs"),
        _ => ("command", "env"),
    };
    let texts = |list: &Value| -> Vec<String> {
        list.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let filled = |text: &str| match (client, text) {
        (ClientName::ClaudeCode | ClientName::GeminiCli | ClientName::LibreChat, "${IMBRACE_ACCESS_TOKEN}")
        | (ClientName::Cursor | ClientName::Windsurf, "${env:IMBRACE_ACCESS_TOKEN}")
        | (ClientName::Vscode, "${input:imbrace-access-token}") => TOKEN.to_owned(),
        (_, text) => text.to_owned(),
    };
    let given = server[variables].as_object().unwrap().iter();
    let given = given.map(|(name, value)| (name.clone(), filled(value.as_str().unwrap())));
    let handed_on = texts(&server["env_vars"]).into_iter().chain(texts(&server["env_keys"]));
    let variables = given.chain(handed_on.map(|name| (name, TOKEN.to_owned()))).collect();
    if client == ClientName::Vscode && text.contains("input:") {
        assert_eq!(whole["inputs"][0]["id"], "imbrace-access-token");
        assert_eq!(whole["inputs"][0]["password"], true);
    }
    (server[command].as_str().unwrap().to_owned(), texts(&server["args"]), variables)
}

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#;

/// Starts what a client would start, and says hello.
fn answers(home: &Home, (command, arguments, variables): (String, Vec<String>, Vec<(String, String)>)) -> String {
    let mut child = Command::new(command)
        .args(arguments)
        .current_dir("/")
        .env_clear()
        .env("HOME", home.0.path())
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{HELLO}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_printed_starts_exactly_as_it_stands() {
    let home = Home::new();
    for (name, client, root, _) in STARTING {
        for more in [
            &["--env", "local"][..],
            &["--read-only"],
            &[
                "--base-url",
                "https://gateway.example.com",
                "--organization-id",
                "org_example",
                "--state-dir",
                "state of mine",
            ],
            &["--env", "demo", "--token-file", ".config/imbrace-contacts-mcp/token"],
        ] {
            let ready = home.run(&[&["init", name], more].concat());
            assert_eq!(ready.code, 0, "{name} {more:?}: {}", ready.err);
            let (command, arguments, variables) = started_with(client, root, &ready.out);
            assert_eq!(command, BINARY);
            assert_eq!(arguments.contains(&"--read-only".to_owned()), more.contains(&"--read-only"), "{name}");
            let directory =
                variables.iter().find(|(name, _)| name == "IMBRACE_STATE_DIR").map(|(_, value)| PathBuf::from(value));
            assert_eq!(
                directory,
                more.contains(&"--state-dir").then(|| home.path("state of mine")),
                "absolute, from where init ran"
            );
            let answer = answers(&home, (command, arguments, variables));
            assert!(answer.contains("serverInfo"), "{name} {more:?}: {answer}");
        }
    }
}

#[test]
#[cfg(unix)]
fn what_is_printed_for_clients_over_http_reaches_the_server_that_is_named_with_it() {
    let home = Home::new();
    for (name, pointer, suffix) in
        [("n8n", "/nodes/0/parameters/endpointUrl", "/mcp"), ("imbrace", "/TOOL_SERVER_CONNECTIONS/0/url", "")]
    {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let ready = home.run(&["init", name, "--env", "local", "--url", &url]);
        assert_eq!(ready.code, 0, "{}", ready.err);
        let whole: Value = serde_json::from_str(&ready.out).unwrap();
        assert_eq!(whole.pointer(pointer).unwrap(), &format!("{url}{suffix}"));
        let words: Vec<&str> = ready.err.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(words[0], BINARY);
        let mut server = program(&words[1..], &[]).env("HOME", home.0.path()).spawn().unwrap();
        let log = BufReader::new(server.stderr.take().unwrap());
        log.lines().map_while(Result::ok).find(|line| line.contains("listening at")).unwrap();
        let requests = match name {
            "n8n" => vec![format!("POST /mcp HTTP/1.1\r\ncontent-length: {}\r\n", HELLO.len()) + "BODY" + HELLO],
            _ => vec![
                "GET /openapi.json HTTP/1.1\r\n".to_owned() + "BODY",
                "POST /tools/list_contacts HTTP/1.1\r\ncontent-length: 11\r\n".to_owned() + "BODY{\"limit\":1}",
            ],
        };
        for request in requests {
            let (head, body) = request.split_once("BODY").unwrap();
            let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
            let rest = format!(
                "host: 127.0.0.1:{port}\r\nauthorization: Bearer {TOKEN}\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(format!("{head}{rest}").as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{name} {head}: {answer}");
        }
        server.kill().unwrap();
        server.wait().unwrap();
    }
}

#[test]
fn a_configuration_that_cannot_start_is_not_printed() {
    let home = Home::new();
    home.write("taken", "a file");
    home.write("no-token", "\n");
    for (words, code, part) in [
        (&["init", "cursor", "--base-url", "gateway.example.com"][..], 78, "IMBRACE_BASE_URL"),
        (&["init", "cursor", "--base-url", "https://gateway.example.com", "--env", "demo"], 2, "cannot be used with"),
        (&["init", "cursor", "--env", "custom"], 78, "base_url"),
        (&["init", "cursor", "--state-dir", "taken/below"], 2, "a directory is needed"),
        (&["init", "cursor", "--token-file", "missing"], 78, "IMBRACE_ACCESS_TOKEN_FILE"),
        (&["init", "zed", "--token-file", "no-token"], 78, "IMBRACE_ACCESS_TOKEN_FILE"),
        (&["init", "n8n", "--url", "contacts.example.com"], 2, "--url"),
        (&["init", "imbrace", "--url", "https://contacts.example.com/mcp"], 2, "without a path"),
        (&["init", "n8n", "--write"], 2, "--file"),
    ] {
        let refused = home.run(words);
        assert_eq!((refused.code, refused.out.as_str()), (code, ""), "{words:?}: {}", refused.err);
        assert!(refused.err.contains(part), "{words:?}: {}", refused.err);
    }
    // The server would read this file, too.
    home.write(".config/imbrace-contacts-mcp/config.toml", "limit = 3\n");
    let refused = home.run(&["init", "codex"]);
    assert_eq!((refused.code, refused.out.as_str()), (78, ""));
    assert!(refused.err.contains("config.toml"), "{}", refused.err);
    std::fs::remove_file(home.path(".config/imbrace-contacts-mcp/token")).unwrap();
    std::fs::remove_file(home.path(".config/imbrace-contacts-mcp/config.toml")).unwrap();
    assert_eq!(home.run(&["init", "claude-desktop"]).code, 78, "its token file is not there");
    assert_eq!(home.run(&["init", "claude-desktop", "--env", "local"]).code, 0);
}

#[test]
fn where_to_put_it_is_said_beside_it() {
    let home = Home::new();
    for (client, part) in [
        ("claude-desktop", "claude_desktop_config.json"),
        ("claude-code", ".mcp.json"),
        ("cursor", "cursor://anysphere.cursor-deeplink/mcp/install?"),
        ("vscode", "vscode:mcp/install?"),
        ("codex", "~/.codex/config.toml"),
        ("gemini-cli", "~/.gemini/settings.json"),
        ("windsurf", "~/.codeium/windsurf/mcp_config.json"),
        ("zed", "settings.json"),
        ("goose", "~/.config/goose/config.yaml"),
        ("librechat", "librechat.yaml"),
        ("n8n", "AI Agent"),
        ("imbrace", "tool servers"),
    ] {
        let advice = home.run(&["init", client]).err;
        assert!(
            advice.contains(part) && advice.contains("access token") || advice.contains("IMBRACE_ACCESS_TOKEN"),
            "{client}: {advice}"
        );
        let local = home.run(&["init", client, "--env", "local"]);
        assert!(
            !local.out.contains("TOKEN") && !local.out.contains("inputs") || client == "imbrace",
            "{client}: {}",
            local.out
        );
    }
}

#[test]
fn links_hold_what_init_prints() {
    let options = ServerOptions {
        binary: "imbrace-contacts-mcp".to_owned(),
        env: "product".to_owned(),
        url: "http://127.0.0.1:8080".to_owned(),
        ..ServerOptions::default()
    };
    let decoded = |address: &str| -> Vec<(String, String)> {
        let query = address.split_once('?').unwrap().1;
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    };
    let named = |pairs: &[(String, String)], name: &str| pairs.iter().find(|(key, _)| key == name).unwrap().1.clone();
    let cursor = install_link(ClientName::Cursor, &options).unwrap();
    for address in [&cursor.own, &cursor.web] {
        let pairs = decoded(address);
        assert_eq!(named(&pairs, "name"), "imbrace-contacts");
        let config =
            base64::Engine::decode(&base64::engine::general_purpose::STANDARD, named(&pairs, "config")).unwrap();
        let config: Value = serde_json::from_slice(&config).unwrap();
        assert_eq!(config["env"]["IMBRACE_ACCESS_TOKEN"], "${env:IMBRACE_ACCESS_TOKEN}");
        assert_eq!(config["args"], json!(["serve"]));
    }
    let vscode = install_link(ClientName::Vscode, &options).unwrap();
    let own = decoded(&vscode.own).remove(0).0;
    let own: Value = serde_json::from_str(&own).unwrap();
    assert_eq!((&own["name"], &own["inputs"][0]["password"]), (&json!("imbrace-contacts"), &json!(true)));
    let pairs = decoded(&vscode.web);
    let config: Value = serde_json::from_str(&named(&pairs, "config")).unwrap();
    assert_eq!(config["env"]["IMBRACE_ACCESS_TOKEN"], "${input:imbrace-access-token}");
    assert!(named(&pairs, "inputs").contains("promptString"));
    assert!(!vscode.own.contains('+') && !vscode.own.contains(' '), "{}", vscode.own);
}

/// Whether one text is the other with something put in at a single place, or exchanged at it.
fn differs_at_one_place(old: &str, new: &str) -> bool {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let before = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let after = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    before + after >= old.len() && new.len() >= old.len()
}

fn options(read_only: bool) -> ServerOptions {
    ServerOptions {
        binary: "/opt/contacts \"mcp\"/imbrace-contacts-mcp".to_owned(),
        env: "product".to_owned(),
        token_file: None,
        read_only,
        url: "http://127.0.0.1:8080".to_owned(),
        ..ServerOptions::default()
    }
}

/// Every client's format, where the servers are, and whether they are a list.
fn all_clients() -> Vec<(ClientName, &'static str)> {
    let mut all: Vec<(ClientName, &str)> = STARTING.iter().map(|(_, client, root, _)| (*client, *root)).collect();
    all.extend([(ClientName::N8n, "nodes"), (ClientName::Imbrace, "TOOL_SERVER_CONNECTIONS")]);
    all
}

/// How a settings file looks.
#[derive(Debug, Clone)]
struct Look {
    indent: &'static str,
    end: &'static str,
    mark: bool,
    comments: bool,
    last_line_ends: bool,
    others: usize,
    has_root: bool,
    compact: bool,
}

fn looks() -> impl Strategy<Value = Look> {
    let words = (prop_oneof![Just("  "), Just("    "), Just("\t"), Just(" ")], prop_oneof![Just("\n"), Just("\r\n")]);
    (words, any::<[bool; 5]>(), 0..4_usize).prop_map(
        |((indent, end), [mark, comments, last_line_ends, has_root, compact], others)| Look {
            indent,
            end,
            mark,
            comments,
            last_line_ends,
            others,
            has_root,
            compact,
        },
    )
}

/// A settings file with other people's entries.
fn settings(client: ClientName, root: &str, look: &Look) -> String {
    let comments = look.comments && client.format() != Format::Json;
    let i = look.indent;
    let mut lines: Vec<String> = Vec::new();
    match client.format() {
        Format::Json | Format::Jsonc => {
            let (open, close) =
                if matches!(client, ClientName::N8n | ClientName::Imbrace) { ('[', ']') } else { ('{', '}') };
            let entry = |n: usize| match open {
                '[' => format!("{{ \"name\" :\"other {n}\",\"info\":{{\"id\": \"{n}\"}} , \"position\":[1,  2.50]}}"),
                _ => format!("\"other-{n}\" : {{\"command\":\"npx\" ,\"args\": [ \"-y\",\"x\" ], \"n\": 1.0e3}}"),
            };
            if look.compact {
                let entries: Vec<String> = (0..look.others).map(entry).collect();
                let servers = format!("\"{root}\": {open}{}{close}", entries.join(" ,"));
                lines.push(match look.has_root {
                    true => format!("{{\"theme\":\"dark\",{servers}}}"),
                    false => "{\"theme\":\"dark\"}".to_owned(),
                });
            } else {
                if comments {
                    lines.push("// Settings of mine".to_owned());
                }
                lines.push(if comments { "{ // first".to_owned() } else { "{".to_owned() });
                lines.push(format!("{i}\"theme\" :  \"dark\"{}", if look.has_root { "," } else { "" }));
                if look.has_root {
                    lines.push(format!("{i}\"{root}\": {open}{}", if comments { " /* my servers */" } else { "" }));
                    for n in 0..look.others {
                        if comments {
                            lines.push(format!("{i}{i}// the server {n}"));
                        }
                        let comma = if n + 1 < look.others || comments { "," } else { "" };
                        lines.push(format!("{i}{i}{}{comma}", entry(n)));
                    }
                    lines.push(format!("{i}{close}"));
                }
                lines.push("}".to_owned());
            }
        }
        Format::Toml => {
            lines.push("model   = 'a'".to_owned());
            if comments {
                lines.push("# servers".to_owned());
            }
            for n in 0..look.others {
                lines.push(format!("[{root}.other-{n}]   # {n}"));
                lines.push(format!("{i}command=\"npx\""));
                lines.push("text = '''".to_owned());
                lines.push(format!("[{root}.imbrace-contacts]"));
                lines.push("'''".to_owned());
            }
            lines.push("[tui]".to_owned());
            lines.push("when = 1979-05-27".to_owned());
        }
        Format::Yaml => {
            let i = if i == "\t" { "   " } else { i };
            lines.push("version:   1.2.1".to_owned());
            if comments {
                lines.push("# servers".to_owned());
            }
            if look.has_root && look.compact {
                let entries: Vec<String> = (0..look.others).map(|n| format!("other-{n}: {{cmd: npx}}")).collect();
                lines.push(format!("{root}: {{{}}}", entries.join(", ")));
            } else if look.has_root {
                lines.push(format!("{root}:{}", if comments { "   # mine" } else { "" }));
                for n in 0..look.others {
                    if comments {
                        lines.push(format!("{i}# the server {n}"));
                    }
                    lines.push(format!("{i}other-{n}:"));
                    lines.push(format!("{i}{i}text: |"));
                    lines.push(format!("{i}{i}{i}imbrace-contacts: no entry"));
                    lines.push(format!("{i}{i}args: [ a,  'b' ]"));
                }
            }
            lines.push("last: true".to_owned());
        }
    }
    let mark = if look.mark && client.format() != Format::Toml { "\u{feff}" } else { "" };
    format!("{mark}{}{}", lines.join(look.end), if look.last_line_ends { look.end } else { "" })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// 12 clients' files with other entries, comments and odd formatting: no byte changes beside our entry, the first time, a second
    /// time, and when it is exchanged.
    #[test]
    fn no_other_byte_changes(look in looks()) {
        for (client, root) in all_clients() {
            let old = settings(client, root, &look);
            let mut text = old.clone();
            for part in client_parts(client, &options(false)) {
                let next = with_parts(&text, client.format(), std::slice::from_ref(&part))
                    .unwrap_or_else(|refusal| panic!("{client:?}: {refusal}\n{old}"));
                prop_assert!(differs_at_one_place(&text, &next), "{:?}\n{}\n---\n{}", client, text, next);
                text = next;
            }
            prop_assert_eq!(text.contains("\r\n"), old.contains("\r\n") , "{:?}", client);
            prop_assert!(!old.contains("\r\n") || !text.replace("\r\n", "").contains('\n'), "{:?}\n{}", client, text);
            let whole = value_of(text.trim_start_matches('\u{feff}'), client);
            match client {
                ClientName::N8n | ClientName::Imbrace => prop_assert!(!whole[root].as_array().unwrap().is_empty()),
                _ => prop_assert!(whole[root]["imbrace-contacts"].is_object(), "{:?}\n{}", client, text),
            }
            let again = with_parts(&text, client.format(), &client_parts(client, &options(false)));
            prop_assert_eq!(again.as_ref(), Ok(&text));
            // An entry in braces of YAML is not exchanged.
            if client.format() == Format::Yaml && look.compact && look.has_root || root == "nodes" || root.starts_with("TOOL") {
                continue;
            }
            let narrowed = with_parts(&text, client.format(), &client_parts(client, &options(true))).unwrap();
            prop_assert!(narrowed.contains("--read-only"), "{}", narrowed);
            let restored = with_parts(&narrowed, client.format(), &client_parts(client, &options(false))).unwrap();
            prop_assert_eq!(restored, text);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn write_puts_it_into_the_clients_own_file_and_keeps_a_copy() {
    for (name, client, root, file) in STARTING {
        let home = Home::new();
        let look = Look {
            indent: "    ",
            end: "\n",
            mark: false,
            comments: true,
            last_line_ends: true,
            others: 2,
            has_root: true,
            compact: false,
        };
        let old = settings(client, root, &look).replace("\"x\"", &format!("\"{CANARY}\""));
        let path = home.write(file, &old);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o640);
        std::fs::set_permissions(&path, mode).unwrap();
        let written = home.run(&["init", name, "--env", "local", "--write"]);
        assert_eq!(written.code, 0, "{name}: {}", written.err);
        assert!(!written.out.contains("command") && !written.err.contains(CANARY));
        let new = home.read(file);
        assert!(differs_at_one_place(&old, &new), "{name}:\n{new}");
        let answer = answers(&home, started_with(client, root, &new));
        assert!(answer.contains("serverInfo"), "{name}");
        let copies = home.copies(file);
        assert_eq!(copies.len(), 1, "{name}: {copies:?}");
        assert_eq!(std::fs::read_to_string(&copies[0]).unwrap(), old, "{name}");
        for path in [&path, &copies[0]] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o640, "{name}: {}", path.display());
        }
        let again = home.run(&["init", name, "--env", "local", "--write"]);
        assert!(again.out.contains("nothing was changed"), "{name}: {}", again.out);
        assert_eq!((home.read(file), home.copies(file).len()), (new, 1), "{name}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn write_makes_a_file_that_is_not_there_and_fills_an_empty_one() {
    for (name, client, root, file) in STARTING {
        for is_empty in [false, true] {
            let home = Home::new();
            if is_empty {
                home.write(file, "");
            }
            let written = home.run(&["init", name, "--env", "local", "--write"]);
            assert_eq!(written.code, 0, "{name}: {}", written.err);
            assert_eq!(home.read(file), home.run(&["init", name, "--env", "local"]).out, "{name}");
            started_with(client, root, &home.read(file));
        }
    }
}

/// What a person filled in stays when the entry is written again.
#[test]
fn a_key_and_a_place_that_were_filled_in_stay() {
    let home = Home::new();
    let old = json!({"TOOL_SERVER_CONNECTIONS": [{"url": "http://old.example.com", "key": "filled in", "type": "openapi",
        "config": {"enable": false, "access": [1]}, "info": {"id": "imbrace-contacts"}}]});
    home.write("exported.json", &old.to_string());
    let written =
        home.run(&["init", "imbrace", "--url", "https://contacts.example.com", "--write", "--file", "exported.json"]);
    assert_eq!(written.code, 0, "{}", written.err);
    let new: Value = serde_json::from_str(&home.read("exported.json")).unwrap();
    let server = &new["TOOL_SERVER_CONNECTIONS"][0];
    assert_eq!((&server["key"], &server["url"]), (&json!("filled in"), &json!("https://contacts.example.com")));
    assert_eq!(
        (&server["config"], &server["path"]),
        (&old["TOOL_SERVER_CONNECTIONS"][0]["config"], &json!("openapi.json"))
    );
}

#[test]
fn a_file_that_cannot_be_read_or_added_to_is_left_alone() {
    let home = Home::new();
    let deep = "[".repeat(100_000);
    for (client, file, text, part) in [
        ("cursor", ".cursor/mcp.json", "{\"mcpServers\": {\"a\": {\"command\": \"", "(line 1)"),
        ("cursor", ".cursor/mcp.json", "{\n  \"mcpServers\": {\n  }", "(line"),
        ("cursor", ".cursor/mcp.json", "{\"mcpServers\": {}} {}", "JSON"),
        ("cursor", ".cursor/mcp.json", deep.as_str(), "JSON"),
        ("claude-code", ".mcp.json", "{\n\"mcpServers\": {} // mine\n}", "(line 2)"),
        ("claude-code", ".mcp.json", "{\"mcpServers\": []}", "`mcpServers` in it is not an object"),
        ("claude-code", ".mcp.json", "[]", "not an object"),
        ("claude-code", ".mcp.json", "{\"mcpServers\": {}, \"mcpServers\": {}}", "twice"),
        ("vscode", ".vscode/mcp.json", "{\"inputs\": {}, \"servers\": {}}", "`inputs` in it is not a list"),
        ("codex", ".codex/config.toml", "model = \n[a]\n", "(line 1)"),
        (
            "codex",
            ".codex/config.toml",
            "mcp_servers = { a = { command = \"x\" } }\n",
            "write its entries as [mcp_servers.NAME]",
        ),
        ("codex", ".codex/config.toml", "[mcp_servers]\nimbrace-contacts = { command = \"x\" }\n", "take it out"),
        ("goose", ".config/goose/config.yaml", "a: [\n", "YAML"),
        ("goose", ".config/goose/config.yaml", "extensions: 3\n", "`extensions` in it is not a mapping"),
        ("goose", ".config/goose/config.yaml", "a: 1\n---\nb: 2\n", "more than one document"),
        ("goose", ".config/goose/config.yaml", "- a\n", "not a mapping"),
    ] {
        let text = text.replace("\"x\"", &format!("\"{CANARY}\""));
        home.write(file, &text);
        let options: &[&str] = if client == "vscode" { &[] } else { &["--env", "local"] };
        let refused = home.run(&[&["init", client, "--write"], options].concat());
        assert_eq!((refused.code, refused.out.as_str()), (70, ""), "{client} {text:.60}: {}", refused.err);
        assert!(
            refused.err.contains(part) && refused.err.contains("left as it is"),
            "{client} {text:.60}: {}",
            refused.err
        );
        assert_eq!(home.read(file), text);
        assert_eq!(home.copies(file), Vec::<PathBuf>::new(), "no copy of a file that was not written");
    }
    home.write(".mcp.json", "");
    std::fs::write(home.path(".mcp.json"), [b'{', 0xff, b'}']).unwrap();
    assert!(home.run(&["init", "claude-code", "--env", "local", "--write"]).err.contains("UTF-8"));
}

#[test]
#[cfg(unix)]
fn links_are_followed_and_kept_and_what_is_no_file_is_refused() {
    use std::os::unix::fs::symlink;

    let home = Home::new();
    let write = ["init", "cursor", "--env", "local", "--write"];
    home.write("dotfiles/cursor.json", "{ }\n");
    std::fs::create_dir(home.path(".cursor")).unwrap();
    let link = home.path(".cursor/mcp.json");
    symlink("../dotfiles/cursor.json", &link).unwrap();
    let written = home.run(&write);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(link.is_symlink() && home.read("dotfiles/cursor.json").contains("imbrace-contacts"));
    assert_eq!(home.copies("dotfiles/cursor.json").len(), 1);

    let refuse = |what: &str, part: &str| {
        let refused = home.run(&write);
        assert_eq!((refused.code, refused.out.as_str()), (70, ""), "{what}: {}", refused.err);
        assert!(refused.err.contains(part), "{what}: {}", refused.err);
        std::fs::remove_file(&link).or_else(|_| std::fs::remove_dir(&link)).unwrap();
    };
    std::fs::remove_file(&link).unwrap();
    symlink("nowhere", &link).unwrap();
    refuse("a link to nothing", "leads nowhere");
    home.write("one.json", "{}");
    std::fs::hard_link(home.path("one.json"), &link).unwrap();
    refuse("a hard link", "second name");
    std::fs::create_dir(&link).unwrap();
    refuse("a directory", "directory");
    rustix::fs::mkfifoat(rustix::fs::CWD, &link, 0o600.into()).unwrap();
    refuse("a pipe", "no regular file");
}

#[test]
fn a_file_that_changes_while_it_is_edited_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mcp.json");
    let there = |path: &Path| std::fs::read_dir(path).unwrap().count();
    std::fs::write(&path, "{}").unwrap();
    let file = SettingsFile::read(&path).unwrap();
    std::fs::write(&path, "{\"by\": \"the client\"}").unwrap();
    assert_eq!(file.replace("{\"by\": \"us\"}", "now"), Err(Refusal::Changed));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"by\": \"the client\"}");
    assert_eq!(there(folder.path()), 1, "neither a copy nor a new file is left");
    // Gone, and made anew.
    let file = SettingsFile::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.replace("{}", "now"), Err(Refusal::Changed));
    let file = SettingsFile::read(&path).unwrap();
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(file.replace("{\"by\": \"us\"}", "now"), Err(Refusal::Changed));
    assert_eq!(there(folder.path()), 1);
}

#[test]
fn the_name_of_a_client_that_is_not_known_is_refused_with_those_that_are() {
    assert!(run(&["init", "emacs"], &[]).err.contains("librechat"));
}
