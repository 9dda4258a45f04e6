//! Proof: no call writes a field that its caller did not give. Every tool is called over stdio with arguments that are absent, `null`,
//! empty, right or repeated; each request that reaches the gateway is compared with what the call gave.
//!
//! ```sh
//! cargo run --release -p stress --bin argument_fuzz            # 100,000 calls
//! cargo run -p stress --bin argument_fuzz -- --quick           # 2,000
//! ```

use std::process::ExitCode;
use std::time::Instant;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use stress::argument_fuzz::{fuzzed_call, not_given};
use stress::peer::{self, Failure, Peer, command, figure};

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let is_quick = std::env::args().any(|word| word == "--quick");
    let calls: u64 = if is_quick { 2_000 } else { 100_000 };
    let runtime = tokio::runtime::Runtime::new()?;
    let people = Population { contacts: 12, ..Population::default() };
    let gateway = runtime.block_on(LocalGateway::start(Options { people, ..Options::default() }))?;
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state").to_string_lossy().into_owned();
    let words = ["--log", "off", "--state-dir", &state];
    let mut peer = Peer::start(command(&gateway.base_url(), ACCESS_TOKEN, &words)?)?;
    peer.say(&json!({"jsonrpc": "2.0", "id": "tools", "method": "tools/list"}))?;
    let listed = peer.said.recv_timeout(peer::PATIENCE)?;
    let definitions = listed.pointer("/result/tools").and_then(Value::as_array).cloned().ok_or("no tools")?;

    let mut random = StdRng::seed_from_u64(7);
    let (mut unasked, mut sent_though_repeated, mut unanswered, mut written, mut repeated) = (0, 0, 0, 0_u64, 0_u64);
    let began = Instant::now();
    for number in 0..calls {
        let definition = definitions.get(number as usize % definitions.len()).ok_or("no tool")?;
        let call = fuzzed_call(&mut random, definition);
        gateway.forget_requests();
        peer.say_text(&format!(
            r#"{{"jsonrpc":"2.0","id":{number},"method":"tools/call","params":{{"name":"{}","arguments":{}}}}}"#,
            call.tool, call.arguments
        ))?;
        let answer = peer.said.recv_timeout(peer::PATIENCE)?;
        unanswered += u64::from(answer.get("id") != Some(&Value::from(number)));
        let requests = gateway.requests();
        repeated += u64::from(call.is_repeated);
        // An earlier call may have begun to bring the snapshot up to date, which goes on beside this one.
        let is_of_snapshot = |target: &str| call.tool != "list_contacts" && target.contains("/contacts?");
        let is_sent = requests.iter().any(|request| !is_of_snapshot(&request.target));
        sent_though_repeated += u64::from(call.is_repeated && is_sent);
        for request in requests.iter().filter(|request| request.method != "GET") {
            written += 1;
            unasked += not_given(&call, &request.body).len();
        }
    }
    peer.end()?;
    let seconds = began.elapsed().as_secs();
    let text = format!("{calls} calls of {} tools in {seconds} s: {unanswered} unanswered", definitions.len());
    let mut reached = figure(&text, "0 unanswered", unanswered == 0);
    let text = format!("{written} requests that write: {unasked} fields or ids that the caller did not give");
    reached &= figure(&text, "0 fields, some writes", unasked == 0 && written > 0);
    let text = format!("{repeated} calls with something given twice: {sent_though_repeated} sent");
    reached &= figure(&text, "0 sent, some calls", sent_though_repeated == 0 && repeated > 0);
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
