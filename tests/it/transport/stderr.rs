//! The built binary with a stderr that takes nothing: a pipe that nobody reads, a full disk, a closed descriptor.
//!
//! No log line may hold up an answer, the end of the input or a signal.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use super::desk::{HANDSHAKE, call, initialize, text};
use super::server;

/// A hundred calls log several times what a pipe holds.
const LOUD: &str = "trace,h2=trace,hyper=trace,hyper_util=trace,rmcp=trace";

/// How long the end may take: the log gets a second, and a busy machine some more.
const END: Duration = Duration::from_secs(5);

/// Where log lines go.
#[derive(Debug, Clone, Copy)]
enum Stderr {
    NeverRead,
    FullDisk,
    Closed,
}

const ALL: [Stderr; 3] = [Stderr::NeverRead, Stderr::FullDisk, Stderr::Closed];

fn spawn(words: &[&str], stderr: Stderr) -> Child {
    let binary = env!("CARGO_BIN_EXE_imbrace-contacts-mcp");
    let mut command = match stderr {
        Stderr::Closed => {
            let mut command = Command::new("sh");
            command.args(["-c", "exec \"$0\" \"$@\" 2>&-", binary]);
            command
        }
        _ => Command::new(binary),
    };
    let stderr = match stderr {
        Stderr::NeverRead => Stdio::piped(),
        Stderr::FullDisk => Stdio::from(File::options().write(true).open("/dev/full").unwrap()),
        Stderr::Closed => Stdio::null(),
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.args(words).env_clear().env("PATH", path).env("HOME", crate::support::home()).env("NO_PROXY", "*");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap()
}

fn serve(more: &[&str], stderr: Stderr) -> Child {
    let words = ["serve", "--env", "local", "--local-contacts", "20", "--log", LOUD];
    spawn(&[words.as_slice(), more].concat(), stderr)
}

/// The exit code and how long it took, or a failure instead of a test that hangs.
fn ended(child: &mut Child) -> (Option<i32>, Duration) {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), began.elapsed());
        }
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            panic!("the process does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Kills the process when an answer does not come, so that whoever waits for it hears an end.
fn guarded(child: Child, patience: Duration, work: impl FnOnce(&mut BufReader<ChildStdout>)) -> Child {
    let mut child = child;
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (done, waiting) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if waiting.recv_timeout(patience) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let _ = child.kill();
        }
        child
    });
    work(&mut out);
    drop(done);
    watch.join().unwrap()
}

fn answer(out: &mut BufReader<ChildStdout>) -> Value {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|_| panic!("no answer came: {line:?}"))
}

/// How many calls a test makes: so many as `STDERR_CALLS` says, or else few.
fn calls(few: i64) -> i64 {
    std::env::var("STDERR_CALLS").ok().map_or(few, |count| count.parse().expect("STDERR_CALLS is a number"))
}

/// How long so many calls may take before the process is taken for stuck.
fn patience(calls: i64) -> Duration {
    Duration::from_secs(60 + calls.cast_unsigned() / 20)
}

/// Calls over stdio one after the other; the end of the input is the end of the process.
fn calls_over_stdio(stderr: Stderr, count: i64) {
    let mut child = serve(&[], stderr);
    let mut input = child.stdin.take().unwrap();
    let mut child = guarded(child, patience(count), |out| {
        writeln!(input, "{}", initialize(HANDSHAKE)).unwrap();
        answer(out);
        for id in 1..=count {
            writeln!(input, "{}", call(id, "list_contacts", json!({"limit": 1}))).unwrap();
            let said = answer(out);
            assert!(said["id"] == id && text(&said).starts_with("# contacts 1-1 of 20"), "{stderr:?}: {said}");
        }
        drop(input);
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
    });
    let (code, took) = ended(&mut child);
    assert!(code == Some(0) && took < END, "{stderr:?}: {code:?} after {took:?}");
}

#[test]
fn calls_over_stdio_are_answered_while_nobody_reads_stderr() {
    calls_over_stdio(Stderr::NeverRead, calls(2_000));
}

#[test]
fn calls_over_stdio_are_answered_with_a_full_disk_and_without_stderr() {
    calls_over_stdio(Stderr::FullDisk, calls(200));
    calls_over_stdio(Stderr::Closed, calls(200));
}

#[tokio::test]
async fn http_and_sse_answer_and_end_whatever_stderr_is() {
    let client = server::client();
    for stderr in ALL {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = |path: &str| format!("http://{address}{path}");
        let mut child = serve(&["--http", &address.to_string(), "--sse"], stderr);
        let began = Instant::now();
        while client.get(url("/healthz")).send().await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "{stderr:?}: it does not start");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let post = |path: &str, message: &Value| {
            let request = client.post(url(path)).header(ACCEPT, "application/json, text/event-stream");
            request.header(CONTENT_TYPE, "application/json").body(message.to_string()).send()
        };
        let mut events = client.get(url("/sse")).timeout(patience(calls(150))).send().await.unwrap();
        let mut heard = String::new();
        while !heard.contains("\n\n") {
            heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
        }
        let messages = heard.lines().find_map(|line| line.strip_prefix("data: ")).unwrap().to_owned();
        post(&messages, &initialize("2024-11-05")).await.unwrap();
        for id in 1..=calls(150) {
            let message = call(id, "list_contacts", json!({"limit": 1}));
            let said: Value = server::json(post("/mcp", &message).await.unwrap()).await;
            assert!(text(&said).starts_with("# contacts 1-1 of 20"), "{stderr:?}: {said}");
            assert_eq!(post(&messages, &message).await.unwrap().status(), 202);
            let answer = format!("\"id\":{id},");
            while !heard.contains(&answer) {
                heard.push_str(std::str::from_utf8(&events.chunk().await.unwrap().unwrap()).unwrap());
            }
            // Each call waits for its answer, so that nothing of the next one is in it yet.
            heard.clear();
        }
        assert_eq!(client.get(url("/healthz")).send().await.unwrap().status(), 200);
        drop(events);
        let sent = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let (code, took) = tokio::task::spawn_blocking(move || ended(&mut child)).await.unwrap();
        assert!(code == Some(0) && took < END, "{stderr:?}: {code:?} after {took:?}");
    }
}

#[test]
fn dropped_lines_are_counted_in_one_line_once_the_pipe_is_read() {
    let mut child = serve(&[], Stderr::NeverRead);
    let (mut input, log) = (child.stdin.take().unwrap(), child.stderr.take().unwrap());
    let mut log = Some(log);
    let mut child = guarded(child, Duration::from_secs(120), |out| {
        writeln!(input, "{}", initialize(HANDSHAKE)).unwrap();
        answer(out);
        // A pipe and the queue hold little more than a megabyte; unknown tools with long names fill it soon.
        let name = "x".repeat(8 * 1024);
        for id in 1..=400 {
            let named = json!({"jsonrpc": "2.0", "id": id, "method": name, "params": {}});
            writeln!(input, "{named}").unwrap();
            answer(out);
        }
        let mut log = BufReader::new(log.take().unwrap()).lines().map_while(Result::ok);
        let told = log.find(|line| line.contains("log lines were dropped")).expect("it is told");
        let count = told.split("telemetry: ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        assert!(count.parse::<u64>().unwrap() > 10 && told.starts_with("20"), "{told}");
        drop(input);
        let rest: Vec<String> = log.collect();
        assert!(!rest.iter().any(|line| line.contains("were dropped")), "{rest:?}");
    });
    assert_eq!(ended(&mut child).0, Some(0));
}

/// A pipe that is full already when the process starts, as one that it shares with its parent may be.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let filling = writer.try_clone().unwrap();
    let (full, is_full) = std::sync::mpsc::channel();
    // One byte at a time until a write does not come back; the thread ends with the reader.
    std::thread::spawn(move || {
        let mut filling = filling;
        while filling.write(&[b'.'; 4096]).is_ok() {
            let _ = full.send(());
        }
    });
    while is_full.recv_timeout(Duration::from_millis(300)).is_ok() {}
    (reader, writer)
}

#[test]
fn errors_at_the_end_hold_up_no_exit() {
    for (words, code) in [
        (["serve", "--no-such-flag", "x"].as_slice(), 2),
        (["serve"].as_slice(), 78),
        (["call", "no_such_tool", "--env", "local", "--local-contacts", "1"].as_slice(), 2),
        (["call", "get_contact", "{}", "--env", "local", "--local-contacts", "1"].as_slice(), 1),
    ] {
        let (_reader, writer) = full_pipe();
        let mut command = Command::new(env!("CARGO_BIN_EXE_imbrace-contacts-mcp"));
        command.args(words).env_clear().env("HOME", crate::support::home()).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(writer).spawn().unwrap();
        let (ended, took) = ended(&mut child);
        assert!(ended == Some(code) && took < END, "{words:?}: {ended:?} after {took:?}");
    }
}
