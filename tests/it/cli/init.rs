//! `init`: ready configuration for each client, without a credential.

use serde_json::Value;

use super::{CANARY, run};

const BINARY: &str = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");

#[test]
fn json_clients_get_json_that_starts_this_binary() {
    for (client, root) in [
        ("claude-desktop", "mcpServers"),
        ("claude-code", "mcpServers"),
        ("cursor", "mcpServers"),
        ("vscode", "servers"),
    ] {
        let ready = run(&["init", client], &[("IMBRACE_ACCESS_TOKEN", CANARY)]);
        assert_eq!(ready.code, 0, "{client}");
        let configuration: Value = serde_json::from_str(&ready.out).unwrap();
        let server = &configuration[root]["imbrace-contacts"];
        assert_eq!(server["command"], BINARY, "{client}");
        assert_eq!(server["args"][0], "serve", "{client}");
        assert_eq!(server["env"]["IMBRACE_ENV"], "product", "{client}");
    }
}

#[test]
fn codex_gets_toml() {
    let ready = run(&["init", "codex", "--read-only"], &[]);
    let configuration: toml::Table = ready.out.parse().unwrap();
    let server = &configuration["mcp_servers"]["imbrace-contacts"];
    assert_eq!(server["command"].as_str(), Some(BINARY));
    assert_eq!(server["args"].as_array().unwrap().len(), 2);
    assert_eq!(server["env_vars"][0].as_str(), Some("IMBRACE_ACCESS_TOKEN"));
}

#[test]
fn where_to_put_it_is_said_beside_it() {
    for (client, part) in [
        ("claude-desktop", "claude_desktop_config.json"),
        ("claude-code", ".mcp.json"),
        ("cursor", "~/.cursor/mcp.json"),
        ("vscode", ".vscode/mcp.json"),
        ("codex", "~/.codex/config.toml"),
    ] {
        let advice = run(&["init", client], &[]).err;
        assert!(
            advice.contains(part) && advice.contains("access token") || client != "claude-desktop",
            "{client}: {advice}"
        );
        assert!(advice.contains(part), "{client}: {advice}");
    }
}

#[test]
fn the_local_gateway_needs_no_credential_anywhere() {
    for client in ["claude-desktop", "claude-code", "cursor", "vscode", "codex"] {
        let ready = run(&["init", client, "--env", "local"], &[]);
        assert!(!ready.out.contains("TOKEN") && !ready.out.contains("inputs"), "{client}: {}", ready.out);
        assert!(ready.out.contains("local"), "{client}");
    }
}
