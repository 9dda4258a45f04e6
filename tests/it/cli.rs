//! The built binary, as a person at a shell meets it.

mod automation;
mod calls;
mod cleanup;
mod doctor;
mod generated;
mod help;
mod init;
mod local_gateway;
mod renewal;
mod serving;
#[cfg(target_os = "linux")]
mod special_files;
mod tenants;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod tls;

use std::io::Write;
use std::process::{Command, Output, Stdio};

/// An access token that no local gateway knows, and that no output may show.
const CANARY: &str = "acc_00000000-0000-4000-8000-00000000cafe";

/// The binary, in an environment with nothing of the developer's in it.
pub(crate) fn program(words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
    command
        .args(words)
        .env_clear()
        .envs(variables.iter().copied())
        .env("HOME", crate::support::home())
        .env("NO_PROXY", "*");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let run = Self {
            code: output.status.code().expect("an exit code"),
            out: text(output.stdout),
            err: text(output.stderr),
        };
        assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "a credential is shown: {run:?}");
        run
    }
}

/// Runs the binary to its end.
pub(crate) fn run(words: &[&str], variables: &[(&str, &str)]) -> Run {
    Run::of(program(words, variables).output().expect("the binary runs"))
}

/// Runs the binary with a text on stdin.
fn run_with_input(words: &[&str], variables: &[(&str, &str)], input: &str) -> Run {
    let mut child = program(words, variables).stdin(Stdio::piped()).spawn().expect("the binary runs");
    child.stdin.take().expect("stdin").write_all(input.as_bytes()).expect("stdin is read");
    Run::of(child.wait_with_output().expect("it ends"))
}
