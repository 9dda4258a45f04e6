//! Credentials: from a variable, a file or the configuration file; exactly one.

use imbrace_contacts_mcp::config::Secret;
use secrecy::ExposeSecret;

use super::{CANARY, Trial, shown};

const OTHER: &str = "api_00000000-0000-4000-8000-000000000002";

fn credential(trial: &Trial) -> (Secret, Vec<String>) {
    let settings = trial.settings().unwrap();
    (settings.gateway.credential.unwrap(), settings.warnings)
}

#[test]
fn a_credential_comes_from_a_variable() {
    let (secret, warnings) = credential(&Trial::complete());
    assert_eq!((secret.text.expose_secret(), secret.source.to_string()), (CANARY, "IMBRACE_ACCESS_TOKEN".to_owned()));
    assert!(warnings.is_empty());
}

#[test]
fn a_credential_comes_from_a_file_without_the_line_end() {
    let trial = Trial::new();
    let path = shown(&trial.written("token", &format!("{CANARY}\n")));
    let (secret, warnings) = credential(&trial.variable("IMBRACE_API_KEY_FILE", &path));
    assert_eq!(secret.text.expose_secret(), CANARY);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_credential_comes_from_the_configuration_file_or_a_file_beside_it() {
    let (secret, _) = credential(&Trial::new().file(&format!("access_token = \"{CANARY}\"")));
    assert_eq!(secret.text.expose_secret(), CANARY);
    let trial = Trial::new().file("access_token_file = \"token\"");
    trial.written("imbrace-contacts-mcp/token", CANARY);
    assert_eq!(credential(&trial).0.text.expose_secret(), CANARY);
}

#[test]
fn two_credentials_are_refused_by_name() {
    let two = Trial::complete().variable("IMBRACE_API_KEY", OTHER);
    assert_eq!(
        two.error(),
        "more than one credential is set: IMBRACE_ACCESS_TOKEN and IMBRACE_API_KEY. Keep one of them"
    );
    let both_ways = Trial::complete().variable("IMBRACE_ACCESS_TOKEN_FILE", "/nowhere");
    assert_eq!(
        both_ways.error(),
        "more than one credential is set: IMBRACE_ACCESS_TOKEN and IMBRACE_ACCESS_TOKEN_FILE. Keep one of them"
    );
    let layers = Trial::complete().file(&format!("api_key = \"{OTHER}\""));
    assert!(layers.error().contains("IMBRACE_ACCESS_TOKEN and api_key (DIR/imbrace-contacts-mcp/config.toml, line 1)"));
}

#[test]
fn a_variable_wins_over_the_same_credential_in_the_file() {
    let (secret, _) = credential(&Trial::complete().file("access_token_file = \"absent\""));
    assert_eq!(secret.source.to_string(), "IMBRACE_ACCESS_TOKEN");
}

#[test]
fn a_file_that_holds_no_credential_is_named() {
    let trial = Trial::new();
    let error = |path: &str| Trial::new().variable("IMBRACE_JWT_FILE", path).error();
    let directory = shown(&trial.path(""));
    assert!(error(&directory).ends_with("cannot be used: it is a directory, not a file"), "{}", error(&directory));
    let absent = error("/nowhere/token");
    assert!(absent.starts_with("IMBRACE_JWT_FILE: /nowhere/token cannot be used: "), "{absent}");
    let empty = shown(&trial.written("empty", "\n\n"));
    assert_eq!(error(&empty), "IMBRACE_JWT_FILE: the file is empty");
    let large = shown(&trial.written("large", &"x".repeat(70_000)));
    assert!(error(&large).ends_with("it has more than 65536 bytes"));
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_warned_about() {
    use std::os::unix::fs::PermissionsExt;
    let trial = Trial::new();
    let path = trial.written("token", CANARY);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let (_, warnings) = credential(&trial.variable("IMBRACE_ACCESS_TOKEN_FILE", &shown(&path)));
    assert!(warnings[0].contains("can be read by others (mode 644); chmod 600"), "{warnings:?}");
    assert!(!warnings[0].contains(CANARY));
}
