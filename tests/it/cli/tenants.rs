//! Cleanup for callers who bring their own gateway credential: each has plans, decisions and a snapshot of its own.

use std::io::{BufRead, BufReader};
use std::process::Child;

use imbrace_contacts_mcp::local_gateway::{
    ACCESS_TOKEN, JSON_WEB_TOKEN, LocalGateway, ORGANIZATION_ID, Options, Population, SECOND_ACCESS_TOKEN,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Run, program, run_with_input};
use crate::tools::MEI;
use crate::transport::server;

const HEADER: &str = "x-imbrace-access-token";

/// Who asks: the headers that say so.
type Caller = &'static [(&'static str, &'static str)];

const ANN: Caller = &[(HEADER, ACCESS_TOKEN)];
/// Of the same organisation.
const BOB: Caller = &[(HEADER, SECOND_ACCESS_TOKEN)];
const JET: Caller = &[(HEADER, JSON_WEB_TOKEN), ("x-organization-id", ORGANIZATION_ID)];
/// The same credential, for another organisation.
const FAR: Caller = &[(HEADER, JSON_WEB_TOKEN), ("x-organization-id", "org_elsewhere")];

/// How callers show their gateway credential.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    /// In a header of its own.
    Header,
    /// As their bearer token, which is their authentication too.
    Key,
}

const MODES: [Mode; 2] = [Mode::Header, Mode::Key];

/// Those of these callers who are let in: no key is accepted for an organisation that is not its own.
fn let_in(mode: Mode, callers: [Caller; 3]) -> impl Iterator<Item = Caller> {
    callers.into_iter().filter(move |caller| mode == Mode::Header || *caller != FAR)
}

/// One server for everybody, over one gateway and one state directory.
struct Shared {
    mode: Mode,
    gateway: LocalGateway,
    address: String,
    server: Child,
    _state: TempDir,
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Shared {
    async fn open(confirm: &str, mode: Mode) -> Self {
        let people = Population { contacts: 40, ..Population::default() };
        let gateway = LocalGateway::start(Options { people, ..Options::default() }).await.unwrap();
        let state = tempfile::tempdir().unwrap();
        let (url, directory) = (gateway.base_url(), state.path().to_str().unwrap().to_owned());
        let by = match mode {
            Mode::Header => ["--gateway-credential-header", HEADER],
            Mode::Key => ["--auth", "gateway-key"],
        };
        let words = [&["serve", "--http", "127.0.0.1:0", "--base-url", &url], by.as_slice()].concat();
        let words = [&words[..], &["--state-dir", &directory, "--confirm", confirm]].concat();
        let mut server = program(&words, &[]).spawn().expect("the binary runs");
        let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
        let line = log.find(|line| line.contains("listening at")).expect("it listens");
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { mode, gateway, address, server, _state: state }
    }

    async fn ask(&self, caller: Caller, method: &str, params: Value) -> Value {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let request = server::client().post(format!("http://{}/mcp", self.address));
        let request = caller.iter().fold(request, |request, (name, value)| match (self.mode, *name) {
            (Mode::Key, HEADER) => request.bearer_auth(value),
            _ => request.header(*name, *value),
        });
        let request = request.header("accept", "application/json, text/event-stream");
        server::json(request.header("content-type", "application/json").body(message.to_string()).send().await.unwrap())
            .await
    }

    /// What a tool says, and whether it is an error.
    async fn call(&self, caller: Caller, tool: &str, arguments: Value) -> (String, bool) {
        let answer = self.ask(caller, "tools/call", json!({ "name": tool, "arguments": arguments })).await;
        let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {answer}"));
        (text.to_owned(), answer["result"]["isError"] == json!(true))
    }

    async fn ok(&self, caller: Caller, tool: &str, arguments: Value) -> String {
        let (text, is_error) = self.call(caller, tool, arguments).await;
        assert!(!is_error, "{tool}: {text}");
        text
    }

    /// The addresses of the files that a caller sees.
    async fn files(&self, caller: Caller) -> Vec<String> {
        let listed = self.ask(caller, "resources/list", json!({})).await;
        let files = listed["result"]["resources"].as_array().unwrap_or_else(|| panic!("no files: {listed}"));
        files.iter().map(|file| file["uri"].as_str().unwrap().to_owned()).collect()
    }

    /// The ids of plans that are offered to complete one.
    async fn completed(&self, caller: Caller) -> String {
        let template = json!({ "type": "ref/resource", "uri": "contacts://plan/{plan}.csv" });
        let params = json!({ "ref": template, "argument": { "name": "plan", "value": "plan_" } });
        self.ask(caller, "completion/complete", params).await["result"]["completion"]["values"].to_string()
    }

    /// A plan that sets Mei's remark: its id and fingerprint.
    async fn plan(&self, caller: Caller) -> (String, String) {
        let said = self.ok(caller, "plan_cleanup", json!({ "changes": { MEI: { "remark": "seen" } } })).await;
        let next = said.rsplit_once("next: apply_cleanup plan=").unwrap_or_else(|| panic!("no plan: {said}")).1;
        let (plan, fingerprint) = next.split_once(" fingerprint=").unwrap();
        (plan.to_owned(), fingerprint.to_owned())
    }
}

/// Nothing shows a plan to this caller, or does anything with it.
async fn keeps_from(shared: &Shared, other: Caller, (plan, fingerprint): (&str, &str)) {
    for (tool, arguments) in [
        ("plan_cleanup", json!({ "plan": plan })),
        ("apply_cleanup", json!({ "plan": plan, "fingerprint": fingerprint })),
        ("undo_cleanup", json!({ "plan": plan })),
        ("undo_cleanup", json!({ "plan": plan, "dry_run": false })),
    ] {
        let (said, is_error) = shared.call(other, tool, arguments).await;
        assert!(is_error && said.starts_with(&format!("There is no plan `{plan}` here")), "{tool}: {said}");
    }
    assert!(!shared.files(other).await.iter().any(|uri| uri.contains(plan)));
    for uri in files_of(plan) {
        let read = shared.ask(other, "resources/read", json!({ "uri": uri })).await;
        let said = read["error"]["message"].as_str().unwrap_or_else(|| panic!("{uri} was read: {read}"));
        assert!(said.contains("There is no resource"), "{said}");
    }
    assert!(!shared.completed(other).await.contains(plan));
}

fn files_of(plan: &str) -> [String; 2] {
    [format!("contacts://plan/{plan}.csv"), format!("contacts://journal/{plan}.csv")]
}

#[tokio::test]
async fn a_plan_is_nobodys_but_the_credentials_and_organisations_that_made_it() {
    for (confirm, mode) in [("destructive", Mode::Header), ("never", Mode::Header), ("destructive", Mode::Key)] {
        let shared = Shared::open(confirm, mode).await;
        for (owner, others) in [(ANN, [BOB, JET, FAR]), (JET, [ANN, BOB, FAR])] {
            let (plan, fingerprint) = shared.plan(owner).await;
            for other in let_in(mode, others) {
                keeps_from(&shared, other, (&plan, &fingerprint)).await;
            }
            // The skills are everybody's.
            let mut files = shared.files(owner).await;
            files.retain(|uri| !uri.starts_with("skill://"));
            assert_eq!(files, files_of(&plan));
            assert!(shared.completed(owner).await.contains(&plan));
            shared.ok(owner, "plan_cleanup", json!({ "plan": plan })).await;
            let read = shared.ask(owner, "resources/read", json!({ "uri": files_of(&plan)[0] })).await;
            assert!(read["result"]["contents"][0]["text"].as_str().unwrap().contains(MEI), "{read}");
        }
        assert!(shared.gateway.tallies().writes.is_empty(), "a plan of another was written");
    }
}

#[tokio::test]
async fn what_was_applied_can_be_taken_back_only_by_who_applied_it() {
    for mode in MODES {
        let shared = Shared::open("never", mode).await;
        let (plan, fingerprint) = shared.plan(ANN).await;
        // One of Bob's own, so that he has a state that his undo could look in.
        shared.plan(BOB).await;
        shared.ok(ANN, "apply_cleanup", json!({ "plan": plan, "fingerprint": fingerprint })).await;
        let before = shared.gateway.contact_json(MEI).unwrap();
        for other in let_in(mode, [BOB, JET, FAR]) {
            let (said, is_error) = shared.call(other, "undo_cleanup", json!({ "plan": plan, "dry_run": false })).await;
            assert!(is_error && said.starts_with(&format!("There is no plan `{plan}` here")), "{said}");
        }
        assert_eq!(shared.gateway.contact_json(MEI).unwrap(), before);
        let undone = shared.ok(ANN, "undo_cleanup", json!({ "plan": plan, "dry_run": false })).await;
        assert!(undone.starts_with("1 field put back"), "{undone}");
    }
}

#[tokio::test]
async fn a_snapshot_and_what_was_decided_on_it_are_one_callers() {
    for mode in MODES {
        let shared = Shared::open("destructive", mode).await;
        let documents = shared.gateway.contacts_json().unwrap();
        for document in documents.iter().take(2) {
            let contact: Value = serde_json::from_str(document).unwrap();
            let fields = json!({
                "display_name": "Wai Ling Cheung", "first_name": "", "last_name": "", "email": "wai.ling.cheung@example.com",
                "area_code": "852", "phone_number": "61234567", "birthday": "1988-02-11",
            });
            let id = contact["id"].as_str().unwrap();
            assert!(shared.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
        }
        let found = shared.ok(ANN, "find_duplicate_contacts", json!({})).await;
        let group = found.split([',', '\n']).find(|word| word.starts_with("dup_")).expect("a group").to_owned();
        let read = json!({ "uri": "contacts://duplicates.csv" });
        assert!(shared.ask(ANN, "resources/read", read.clone()).await["result"].is_object());
        for other in let_in(mode, [BOB, JET, FAR]) {
            let refused = shared.ask(other, "resources/read", read.clone()).await;
            assert!(refused["error"]["message"].as_str().unwrap().contains("snapshot"), "{refused}");
        }
        shared.ok(ANN, "decide_duplicates", json!({ "answers": format!("{group}=different") })).await;
        assert!(!shared.ok(ANN, "find_duplicate_contacts", json!({})).await.contains(&group));
        assert!(shared.ok(BOB, "find_duplicate_contacts", json!({})).await.contains(&group), "Ann's answer was Bob's");
    }
}

#[test]
fn a_configured_organisation_has_a_state_of_its_own() {
    let state = tempfile::tempdir().unwrap();
    let run = |organization: &str, words: &[&str]| -> Run {
        let directory = state.path().to_str().unwrap();
        let place = ["--env", "local", "--local-contacts", "12", "--state-dir", directory, "--organization-id"];
        let words = [&["cleanup"], words, &place, &[organization]].concat();
        run_with_input(&words, &[], &format!("contact,remark\n{MEI},seen\n"))
    };
    let planned = run("org_one", &["plan", "--changes", "-", "--json"]);
    let plan: Value = serde_json::from_str(&planned.out).unwrap_or_else(|error| panic!("{error}: {planned:?}"));
    let (id, fingerprint) = (plan["plan"].as_str().unwrap(), plan["fingerprint"].as_str().unwrap());
    for words in [&["plan", id][..], &["apply", id, "--fingerprint", fingerprint], &["undo", id, "--write", "--yes"]] {
        let refused = run("org_two", words);
        assert_eq!(refused.code, 1, "{words:?}: {refused:?}");
        assert!(refused.err.contains(&format!("no plan `{id}` here")), "{words:?}: {refused:?}");
    }
    assert_eq!(run("org_one", &["plan", id]).code, 0);
    assert_eq!(run("org_one", &["apply", id, "--fingerprint", fingerprint]).code, 0);
}
