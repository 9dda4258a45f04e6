//! Help, versions, completions, and what a wrong command line is told.

use imbrace_contacts_mcp::config::KEYS;

use super::run;

const COMMANDS: [&str; 8] = ["serve", "call", "tools", "doctor", "local-gateway", "init", "audit", "completions"];

#[test]
fn each_subcommand_has_help_with_an_example() {
    for command in COMMANDS {
        let help = run(&[command, "--help"], &[]);
        assert_eq!((help.code, help.err.as_str()), (0, ""), "{command}");
        assert!(
            help.out.contains("\nExamples:\n  ") && help.out.contains(&format!("  imbrace-contacts-mcp {command} ")),
            "{command}: {}",
            help.out
        );
        assert!(help.out.lines().all(|line| line.chars().count() <= 110), "{command}: a line is too long");
    }
}

#[test]
fn the_first_help_lists_the_subcommands_the_layers_and_the_exit_codes() {
    let help = run(&["--help"], &[]);
    assert_eq!(help.code, 0);
    for part in COMMANDS.iter().chain(&["--env local", "IMBRACE_ACCESS_TOKEN", "config.toml", "78"]) {
        assert!(help.out.contains(part), "{part}");
    }
    assert!(!help.out.contains('\u{1b}'), "colours only on a terminal");
}

#[test]
fn serve_shows_every_key_of_the_configuration_that_has_a_flag_with_its_variable() {
    let help = run(&["serve", "--help"], &[]).out.split_whitespace().collect::<Vec<_>>().join(" ");
    for key in KEYS.iter().filter(|key| key.has_flag) {
        assert!(help.contains(&key.flag().unwrap()), "{}", key.name);
        assert!(help.contains(&format!("[env: {}]", key.variable())), "{}", key.name);
    }
    for key in KEYS.iter().filter(|key| !key.has_flag) {
        assert!(!help.contains(&format!("--{}", key.name.replace('_', "-"))), "{}", key.name);
    }
}

#[test]
fn help_never_shows_the_value_of_a_variable() {
    let help = run(&["serve", "--help"], &[("IMBRACE_ACCESS_TOKEN", super::CANARY), ("IMBRACE_ENV", "sentinel")]);
    assert!(!help.out.contains("sentinel"));
}

#[test]
fn the_version_is_that_of_the_package() {
    assert_eq!(run(&["--version"], &[]).out, concat!("imbrace-contacts-mcp ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_wrong_command_line_ends_with_2_and_says_what_was_meant() {
    for (words, part) in [
        (vec!["serv"], "serve"),
        (vec!["call"], "<TOOL>"),
        (vec!["call", "x", "--env", "prodct"], "product"),
        (vec!["serve", "--access-token", "x"], "unexpected argument"),
        (vec!["serve", "--local-contacts", "many"], "--local-contacts"),
        (vec!["init", "emacs"], "claude-code"),
        (vec!["tools", "--tools", "list_contact"], "no tool is named `list_contact`"),
    ] {
        let wrong = run(&words, &[]);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{words:?}");
        assert!(wrong.err.contains(part), "{words:?}: {}", wrong.err);
    }
}

#[test]
fn each_shell_gets_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = run(&["completions", shell], &[]);
        assert_eq!(script.code, 0, "{shell}");
        assert!(
            script.out.contains("local-gateway") && script.out.contains("--local-seed") || shell == "fish",
            "{shell}"
        );
    }
}

#[test]
fn tools_are_listed_for_people_and_for_programs() {
    let table = run(&["tools"], &[]).out;
    assert!(table.lines().any(|line| line.starts_with("search_contacts ") && line.contains("reads")), "{table}");
    let some: serde_json::Value = serde_json::from_str(&run(&["tools", "--json", "--read-only"], &[]).out).unwrap();
    // A decision is stored, though nothing is written at the gateway.
    let stores: Vec<&serde_json::Value> =
        some["tools"].as_array().unwrap().iter().filter(|tool| tool["annotations"]["readOnlyHint"] != true).collect();
    assert_eq!(stores.iter().map(|tool| tool["name"].as_str().unwrap()).collect::<Vec<_>>(), ["decide_duplicates"]);
    assert_eq!(run(&["tools", "--tools", "get_contact,list_contacts"], &[]).out.lines().count(), 2);
}
