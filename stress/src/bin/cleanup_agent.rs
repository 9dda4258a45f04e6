//! A scripted agent that cleans up a whole organisation over MCP and takes it back: calls, tokens, requests, and what is left.
//!
//! `cargo run --release -p stress --bin cleanup_agent -- [FILE]`: a fresh local gateway serves the contacts of FILE (JSON Lines, such as
//! `contacts.jsonl` of a labelled list), or 65,681 made-up ones; `-- --quick` 600. The agent speaks to the server as a model's
//! client does, over stdio, and knows only what the answers say. Tokens are those of o200k_base, of arguments and answers.

#![allow(clippy::print_stdout, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, call, command, figure};
use tiktoken_rs::CoreBPE;

/// Contacts of a large organisation.
const MANY: usize = 65_681;

/// Contacts that are shown when they are not as they were.
const NAMED: usize = 20;

/// The agent: its end of the connection, and what it has spent.
struct Agent {
    peer: Peer,
    vocabulary: CoreBPE,
    calls: u64,
    /// Calls that only go on with a plan or a reading.
    resumes: u64,
    tokens: usize,
}

impl Agent {
    /// Calls a tool; what asks for a confirmation is confirmed, as the person behind the agent would.
    fn ask(&mut self, tool: &str, mut arguments: Value) -> Result<String, Failure> {
        loop {
            self.calls += 1;
            let text = self.say(tool, &arguments)?;
            let Some((_, token)) = text.rsplit_once("confirm=") else { return Ok(text) };
            arguments["confirm"] = token.trim().into();
        }
    }

    /// Calls a tool until it says no more that it is to be called again.
    fn finish(&mut self, tool: &str, arguments: &Value) -> Result<String, Failure> {
        let mut text = self.ask(tool, arguments.clone())?;
        while text.contains("call again to go on") {
            let before = self.calls;
            text = self.ask(tool, arguments.clone())?;
            self.resumes += self.calls - before;
            self.calls = before;
        }
        Ok(text)
    }

    fn say(&mut self, tool: &str, arguments: &Value) -> Result<String, Failure> {
        self.peer.say(&call(self.calls + self.resumes, tool, arguments))?;
        let answer = self.peer.said.recv_timeout(peer::PATIENCE)?;
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().ok_or_else(|| format!("{tool}: {answer}"))?.to_owned();
        if result["isError"] == true {
            return Err(format!("{tool} {arguments}: {text}").into());
        }
        self.tokens += self.vocabulary.encode_with_special_tokens(&format!("{arguments}{text}")).len();
        Ok(text)
    }

    /// Makes a plan and carries it out; its id, or none when there was nothing to do.
    fn change(&mut self, arguments: Value) -> Result<Option<String>, Failure> {
        let text = match self.ask("plan_cleanup", arguments) {
            Err(error) if error.to_string().contains("nothing to do") => return Ok(None),
            text => text?,
        };
        println!("{}", text.lines().next().unwrap_or_default());
        let next = text.rsplit_once("next: apply_cleanup plan=").ok_or("a plan without a next call")?.1;
        let (plan, fingerprint) = next.split_once(" fingerprint=").ok_or("a plan without a fingerprint")?;
        let done = self.finish("apply_cleanup", &json!({"plan": plan, "fingerprint": fingerprint.trim()}))?;
        println!("{}", done.replace('\n', "; "));
        Ok(Some(plan.to_owned()))
    }
}

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_quick = words.iter().any(|word| word == "--quick");
    let list = words.iter().find(|word| !word.starts_with("--")).map(PathBuf::from);
    let contacts = if is_quick { 600 } else { MANY };
    let people = Population { contacts, ..Population::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let gateway = runtime.block_on(LocalGateway::start(Options { people, list, ..Options::default() }))?;
    let state = tempfile::tempdir()?;
    let before = contacts_of(&gateway)?;

    let base_url = gateway.base_url();
    let place = state.path().to_string_lossy().into_owned();
    let peer = Peer::start(command(&base_url, ACCESS_TOKEN, &["--state-dir", &place, "--log", "off"])?)?;
    let mut agent = Agent { peer, vocabulary: tiktoken_rs::o200k_base()?, calls: 0, resumes: 0, tokens: 0 };
    let began = Instant::now();
    let audit = agent.finish("audit_contacts", &json!({}))?;
    let (read_in, read_by) = (began.elapsed(), requests(&gateway));
    println!("{}", audit.lines().take(2).collect::<Vec<_>>().join("; "));
    agent.ask("find_duplicate_contacts", json!({"limit": 5}))?;
    let questions = agent.ask("find_duplicate_contacts", json!({"tier": "questions", "limit": 40}))?;
    if let Some(answers) = answers(&questions)? {
        let asked = agent.ask("decide_duplicates", json!({"answers": answers}))?;
        // Several answers at once, a pattern among them, are confirmed.
        let said = match asked.rsplit_once("confirm=") {
            Some((_, token)) => agent.ask("decide_duplicates", json!({"answers": answers, "confirm": token}))?,
            None => asked,
        };
        println!("{said}");
    }
    let fixed = agent.change(json!({"fix": "safe"}))?;
    let filled = agent.change(json!({"merge": "fill"}))?;
    let applied_by = requests(&gateway) - read_by;
    let written = gateway.tallies().writes;
    let (changed, most) = (written.values().sum::<u64>(), written.values().max().copied().unwrap_or_default());
    let cleaned = contacts_of(&gateway)?;
    let different = cleaned.iter().zip(&before).filter(|(now, then)| now != then).count();
    for plan in [filled, fixed].into_iter().flatten() {
        agent.finish("undo_cleanup", &json!({"plan": plan}))?;
        println!("{}", agent.finish("undo_cleanup", &json!({"plan": plan, "dry_run": false}))?.replace('\n', "; "));
    }
    let after = contacts_of(&gateway)?;
    let unlike: Vec<(&Value, &Value)> = after.iter().zip(&before).filter(|(now, then)| now != then).collect();
    for (now, then) in unlike.iter().take(NAMED) {
        println!("not as it was: {}", difference(now, then));
    }
    let left = unlike.len();

    let thousands = before.len() as f64 / 1_000.0;
    let per_thousand = agent.tokens as f64 / thousands;
    let mut reached = true;
    let text = format!("agent: {} calls, and {} that go on with a plan or a reading", agent.calls, agent.resumes);
    reached &= figure(&text, "at most 25 calls", agent.calls <= 25);
    let text = format!("agent: {} tokens, {per_thousand:.0} for each 1,000 of {} contacts", agent.tokens, before.len());
    // So few contacts do not pay for the answers' first lines.
    reached &= figure(&text, "at most 100", is_quick || per_thousand <= 100.0);
    let text =
        format!("agent: read by {read_by} requests in {:.1} s, at the pace of a polite client", read_in.as_secs_f64());
    reached &= figure(&text, "at most 700 requests", read_by <= 700);
    let each = applied_by as f64 / changed.max(1) as f64;
    let text = format!(
        "agent: {changed} writes by {applied_by} requests, {each:.2} each; {different} contacts changed, at most {most} writes a contact"
    );
    reached &= figure(&text, "at most 2.1 requests, and some changed", changed > 0 && each <= 2.1);
    let text = format!("agent: {left} contacts not as they were after the undo, of {}", before.len());
    reached &= figure(&text, "0", left == 0);
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the agent makes of the patterns: names that differ are different people, the same name with a number, address or
/// birthday in common is one. What is neither is left to a person.
fn answers(questions: &str) -> Result<Option<String>, Failure> {
    let mut rows = csv::ReaderBuilder::new().comment(Some(b'#')).flexible(true).from_reader(questions.as_bytes());
    let mut answers = Vec::new();
    for row in rows.records() {
        let row = row?;
        let pattern = row.get(0).unwrap_or_default();
        let shares = ["phone", "email", "birthday"].iter().any(|key| pattern.contains(key));
        if pattern.contains("other name") {
            answers.push(format!("{pattern}=different"));
        } else if pattern.contains("same name") && shares {
            answers.push(format!("{pattern}=same"));
        }
    }
    Ok(Some(answers.join(";")).filter(|answers| !answers.is_empty()))
}

/// The fields of a contact that are not as they were.
fn difference(now: &Value, then: &Value) -> String {
    let names: BTreeSet<&String> =
        [now, then].iter().filter_map(|one| one.as_object()).flat_map(|one| one.keys()).collect();
    let unlike = names.into_iter().filter(|name| now.get(name) != then.get(name));
    let said: Vec<String> = unlike.map(|name| format!("{name}: {:?} -> {:?}", then.get(name), now.get(name))).collect();
    format!("{} {}", now["id"], said.join(", "))
}

fn requests(gateway: &LocalGateway) -> u64 {
    gateway.tallies().requests.values().sum()
}

/// Every contact as the gateway has it, save the time of its last change.
fn contacts_of(gateway: &LocalGateway) -> Result<Vec<Value>, Failure> {
    let documents = gateway.contacts_json()?;
    let read = |document: &String| -> Result<Value, Failure> {
        let mut contact: Value = serde_json::from_str(document)?;
        if let Some(fields) = contact.as_object_mut() {
            fields.remove("updated_at");
        }
        Ok(contact)
    };
    documents.iter().map(read).collect()
}
