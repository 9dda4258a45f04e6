//! The examples that a stranger would look for are run as they stand, those that need a server against the built one.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use regex_lite::Regex;

/// A server that ends with the test.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the built binary and waits for the line on stderr or stdout that names its address behind `mark`.
fn server(arguments: &[&str], mark: &str) -> Server {
    let home = std::env::temp_dir();
    let mut child = Command::new("sh")
        .args(["-c", "exec \"$0\" \"$@\" 2>&1", env!("CARGO_BIN_EXE_imbrace-contacts-mcp")])
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let address = Regex::new(&format!(r"{mark}(127\.0\.0\.1:[1-9]\d*)")).unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines.by_ref().find_map(|line| Some(address.captures(&line.unwrap())?[1].to_owned())).unwrap();
    // Whatever it says later is read, so that it never waits.
    std::thread::spawn(move || lines.for_each(drop));
    Server(child, found)
}

/// An example as it is built now: `cargo test --test it` alone builds none.
fn example(name: &str) -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        output(Command::new(env!("CARGO")).args(["build", "--locked", "--quiet", "--examples"]));
    });
    let binary = Path::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
    binary.parent().unwrap().join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION)
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

#[test]
fn quickstart_shows_three_answers() {
    let text = output(&mut Command::new(example("quickstart")));
    assert_eq!(text.lines().filter(|line| line.starts_with("> ")).count(), 3, "{text}");
    assert!(text.contains("remark"), "{text}");
}

#[test]
fn cleanup_workflow_ends_where_it_began() {
    let text = output(&mut Command::new(example("cleanup_workflow")));
    let number = |pattern: &str| -> Vec<u64> {
        let pattern = Regex::new(pattern).unwrap();
        pattern.captures_iter(&text).map(|found| found[1].parse().unwrap()).collect()
    };
    let scores = number(r"score (\d+) of 100");
    assert!(scores.len() == 2 && scores[0] < scores[1], "{text}");
    assert_eq!(number(r"plan_\w+: (\d+) changes"), number(r"took back (\d+) changes"), "{text}");
    assert!(text.ends_with("kept 0\n"), "{text}");
}

#[test]
fn mcp_http_client_lists_and_calls() {
    let server = server(&["serve", "--env", "local", "--http", "127.0.0.1:0"], "listening at http://");
    let text = output(Command::new(example("mcp_http_client")).arg(format!("http://{}/mcp", server.1)));
    assert!(text.contains("list_contacts: ") && text.contains("3 of "), "{text}");
}

#[test]
fn gateway_client_reads_a_page_and_conversations() {
    let local = server(&["local-gateway", "--listen", "127.0.0.1:0", "--contacts", "50"], "http://");
    let text = output(
        Command::new(example("gateway_client"))
            .env("IMBRACE_BASE_URL", format!("http://{}", local.1))
            .env("IMBRACE_ACCESS_TOKEN", imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN),
    );
    assert!(text.contains("10 of 50 contacts") && text.contains(" conversations of con_"), "{text}");
}
