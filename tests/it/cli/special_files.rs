//! Files that are no regular files, named by every setting that takes a file: nobody waits for a pipe's writer.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::config::{KEYS, Key, Kind};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use tempfile::TempDir;

use super::{Run, program};

/// No start takes longer; a process that waits for a pipe never ends.
const LIMIT: Duration = Duration::from_secs(15);

/// Why a file is not read.
const REASON: &str = "it is no regular file";

/// A pipe without a writer, a device that never ends, and a directory.
fn special(directory: &TempDir) -> [PathBuf; 3] {
    let pipe = directory.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    [pipe, PathBuf::from("/dev/zero"), directory.path().to_owned()]
}

/// Runs the binary to its end, which must come soon.
fn run_soon(words: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut child = program(words, variables).spawn().unwrap();
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
            let Output { stderr, .. } = child.wait_with_output().unwrap();
            panic!("{words:?} {variables:?} never ends: {}", String::from_utf8_lossy(&stderr));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Run::of(child.wait_with_output().unwrap())
}

/// The settings that name a file, with what else a start needs to get to it.
fn start_with(key: &Key, path: &str) -> Run {
    let variable = key.variable();
    let own = (variable.as_str(), path);
    let gateway = ("IMBRACE_BASE_URL", "http://127.0.0.1:9");
    let local = [("IMBRACE_ENV", "local"), ("IMBRACE_LOCAL_CONTACTS", "3")];
    let variables = match key.name {
        "access_token_file" | "api_key_file" => vec![gateway, own],
        "jwt_file" => {
            vec![gateway, own, ("IMBRACE_ORGANIZATION_ID", "org_00000000-0000-4000-8000-000000000001")]
        }
        "http_token_file" => vec![local[0], local[1], ("IMBRACE_HTTP", "127.0.0.1:0"), own],
        "oauth_jwks" => {
            let issuer = ("IMBRACE_OAUTH_ISSUER", "https://issuer.example.com");
            let audience = ("IMBRACE_OAUTH_AUDIENCE", "https://contacts.example.com/mcp");
            vec![local[0], local[1], ("IMBRACE_HTTP", "127.0.0.1:0"), issuer, audience, own]
        }
        _ => vec![local[0], local[1], own],
    };
    run_soon(&["serve"], &variables)
}

#[test]
fn no_setting_waits_for_a_pipe_or_reads_a_device() {
    let directory = tempfile::tempdir().unwrap();
    let directories = ["state_dir", "upload_dir"];
    let files = KEYS
        .iter()
        .filter(|key| (key.kind == Kind::Path && !directories.contains(&key.name)) || key.name == "oauth_jwks");
    let files: Vec<&Key> = files.collect();
    assert!(files.len() >= 9, "{files:?}");
    for path in special(&directory) {
        let path = path.to_str().unwrap();
        for key in &files {
            let run = start_with(key, path);
            assert_ne!(run.code, 0, "{} {path}", key.name);
            let names_it = run.err.contains(&key.variable())
                // The configuration file is named by its path.
                || (key.name == "config" && run.err.contains("the configuration file"));
            assert!(names_it && !run.err.contains("panicked"), "{} {path}: {}", key.name, run.err);
        }
    }
}

#[test]
fn no_key_of_an_audit_file_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let pipe = directory.path().join("audit.key");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
    let audit = directory.path().join("audit");
    let run = run_soon(&["serve"], &[("IMBRACE_ENV", "local"), ("IMBRACE_AUDIT", audit.to_str().unwrap())]);
    assert!(run.code != 0 && run.err.contains("IMBRACE_AUDIT") && run.err.contains(REASON), "{}", run.err);
}

#[test]
fn no_argument_that_names_a_file_waits_for_a_pipe() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    let local = ["--env", "local", "--local-contacts", "5", "--state-dir", state.to_str().unwrap()];
    for path in special(&directory) {
        let path = path.to_str().unwrap();
        let changes = [&["cleanup", "plan", "--changes", path], &local[..]].concat();
        for words in [&["audit", "verify", path][..], &changes, &["local-gateway", "--people", path]] {
            let run = run_soon(words, &[]);
            assert!(run.code != 0 && run.err.contains(path), "{words:?}: {}", run.err);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_file_that_becomes_a_pipe_holds_up_no_call() {
    let people = Population { contacts: 12, ..Population::default() };
    let local = LocalGateway::start(Options { people, ..Options::default() }).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    std::fs::write(&path, ACCESS_TOKEN).unwrap();
    let (base_url, file) = (local.base_url(), path.clone());
    let log = tokio::task::spawn_blocking(move || call_after_replacing(&base_url, &file)).await.unwrap();
    assert!(log.contains("the credential stays as it was") && log.contains(REASON), "{log}");
    local.stop().await;
}

/// Calls a tool, puts a pipe in the file's place, and calls it again; gives the log.
fn call_after_replacing(base_url: &str, path: &Path) -> String {
    use std::io::{BufRead, BufReader, Write};
    let variables = [("IMBRACE_BASE_URL", base_url), ("IMBRACE_ACCESS_TOKEN_FILE", path.to_str().unwrap())];
    let mut child = program(&["serve"], &variables).stdin(std::process::Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let (sender, answers) = std::sync::mpsc::channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(sender.send(line))));
    writeln!(
        input,
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"2025-11-25","capabilities":{{}},"clientInfo":{{"name":"test","version":"1"}}}}}}"#
    )
    .unwrap();
    answers.recv_timeout(LIMIT).unwrap();
    for round in 1..=2 {
        let call = format!(
            r#"{{"jsonrpc":"2.0","id":{round},"method":"tools/call","params":{{"name":"list_contacts","arguments":{{"limit":1}}}}}}"#
        );
        writeln!(input, "{call}").unwrap();
        let answer = answers.recv_timeout(LIMIT).expect("the call is answered");
        assert!(answer.contains(r#""isError":false"#), "{answer}");
        if round == 1 {
            std::fs::remove_file(path).unwrap();
            rustix::fs::mkfifoat(rustix::fs::CWD, path, 0o600.into()).unwrap();
            std::thread::sleep(Duration::from_millis(1100));
        }
    }
    drop(input);
    String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap()
}

/// The operator learns at the start what lies in an upload directory and is never uploaded.
#[test]
fn an_upload_directory_that_holds_files_of_the_server_is_warned_about() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(at("config.toml"), "env = \"local\"\nlocal_contacts = 3\n").unwrap();
    let (config, audit, state, uploads) = (at("config.toml"), at("audit"), at("state"), at(""));
    std::fs::create_dir(&state).unwrap();
    let words = ["serve", "--config", &config, "--audit", &audit, "--state-dir", &state, "--upload-dir", &uploads];
    run_soon(&words, &[]);
    let run = run_soon(&words, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    for own in [&config, &audit, &format!("{audit}.key"), &state] {
        let told = run
            .err
            .lines()
            .any(|line| line.contains("WARN") && line.contains(own.as_str()) && line.contains("is never uploaded"));
        assert!(told, "{own}: {}", run.err);
    }
}

/// The file of a cleanup's state, found after a first sync, is something else now: it is said, and nothing is done to it.
#[test]
fn a_state_is_only_kept_in_a_regular_file_of_its_owner() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let directory = tempfile::tempdir().unwrap();
    let (state, data) = (directory.path().join("state"), directory.path().join("people.sqlite"));
    let words = ["cleanup", "sync", "--rate", "1000", "--env", "local", "--local-contacts", "5", "--local-data"];
    let words = [&words[..], &[data.to_str().unwrap(), "--state-dir", state.to_str().unwrap()]].concat();
    let run = run_soon(&words, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let entries = std::fs::read_dir(&state).unwrap().map(|entry| entry.unwrap().path());
    let file = entries.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "sqlite")).unwrap();
    let other = directory.path().join("other");
    std::fs::write(&other, "mine").unwrap();
    let put: [(&str, &dyn Fn()); 3] = [
        ("it is a symbolic link", &|| symlink(&other, &file).unwrap()),
        ("it is no regular file", &|| rustix::fs::mkfifoat(rustix::fs::CWD, &file, 0o600.into()).unwrap()),
        ("it is no regular file", &|| std::fs::create_dir(&file).unwrap()),
    ];
    for (reason, put) in put {
        let _ = std::fs::remove_file(&file);
        put();
        let run = run_soon(&words, &[]);
        let is_told = run.err.contains(reason) && run.err.contains(file.to_str().unwrap());
        assert!(run.code != 0 && is_told, "{reason}: {}", run.err);
    }
    assert!(std::fs::metadata(&file).unwrap().is_dir() && !std::fs::metadata(&other).unwrap().file_type().is_fifo());
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "mine");
    // Only root can give files away.
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, "").unwrap();
    if std::os::unix::fs::chown(&file, Some(12_345), None).is_ok() {
        let run = run_soon(&words, &[]);
        assert!(run.code != 0 && run.err.contains("it belongs to another user"), "{}", run.err);
        std::os::unix::fs::chown(&other, Some(12_345), None).unwrap();
        std::fs::remove_file(&file).unwrap();
        run_soon(&words, &[]);
        let export = ["cleanup", "export", "report", "--force", "--csv", other.to_str().unwrap(), "--env", "local"];
        let export = [&export[..], &words[5..]].concat();
        let run = run_soon(&export, &[]);
        assert!(run.code == 1 && run.err.contains("belongs to another user"), "{}", run.err);
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "mine");
    }
}
