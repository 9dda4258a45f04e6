//! What outlives a process and is good at every other: short ids and confirmations, over the built binary and over toolboxes that share a
//! state directory as processes do.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use imbrace_contacts_mcp::context::Progress;
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population, SECOND_ACCESS_TOKEN};
use imbrace_contacts_mcp::tools::Toolbox;
use imbrace_contacts_store::SqliteStore;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::Harness;

/// A gateway and a state directory, which every process shares.
struct Machine {
    /// Serves until the test ends.
    _runtime: tokio::runtime::Runtime,
    gateway: LocalGateway,
    state: TempDir,
}

/// How a process ended.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Machine {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let people = Population { contacts: 300, ..Population::default() };
        let gateway = runtime.block_on(LocalGateway::start(Options { people, ..Options::default() })).unwrap();
        Self { _runtime: runtime, gateway, state: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.state.path().join("shared.sqlite")
    }

    /// A shell script that ends in `exec "$0" "$@"`, in which one tool is called.
    fn script(&self, script: &str, more: &[&str], token: &str, (tool, arguments): (&str, &str)) -> Run {
        let mut command = std::process::Command::new("bash");
        let url = self.gateway.base_url();
        command.args(["-c", script, env!("CARGO_BIN_EXE_imbrace-contacts-mcp")]);
        command.args(["call", tool, arguments, "--base-url", &url]).args(more);
        command
            .env_clear()
            .env("IMBRACE_STATE_DIR", self.state.path())
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", crate::support::home())
            .env("NO_PROXY", "*");
        command.env("IMBRACE_ACCESS_TOKEN", token).stdin(std::process::Stdio::null());
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// A process of its own, which calls one tool.
    fn call(&self, more: &[&str], call: (&str, &str)) -> Run {
        self.script("exec \"$0\" \"$@\"", more, ACCESS_TOKEN, call)
    }

    /// The short ids that a list shows.
    fn listed(&self) -> Vec<String> {
        let listed = self.call(&[], LIST);
        assert_eq!(listed.code, Some(0), "{}", listed.err);
        crate::tools::short_ids(&listed.out)
    }
}

const LIST: (&str, &str) = ("list_contacts", r#"{"limit":5}"#);

#[test]
fn ids_of_one_process_are_good_at_the_next() {
    let machine = Machine::new();
    let ids = machine.listed();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id.len() == 12), "{ids:?}");
    for id in &ids {
        let found = machine.call(&[], ("get_contact", &json!({ "contact_id": id }).to_string()));
        assert_eq!(found.code, Some(0), "{id}: {}", found.err);
    }
    // A user of their own, as far as this machine knows: no organisation is configured.
    let arguments = json!({ "contact_id": ids[0] }).to_string();
    let foreign = machine.script("exec \"$0\" \"$@\"", &[], SECOND_ACCESS_TOKEN, ("get_contact", &arguments));
    assert_eq!(foreign.code, Some(1));
    assert!(foreign.err.contains("no contact with this short id has been listed yet"), "{}", foreign.err);
}

#[test]
fn credentials_of_one_configured_organisation_share_their_ids() {
    let machine = Machine::new();
    let organization = ["--organization-id", imbrace_contacts_mcp::local_gateway::ORGANIZATION_ID];
    let listed = machine.call(&organization, LIST);
    let id = crate::tools::short_ids(&listed.out).remove(0);
    let arguments = json!({ "contact_id": id }).to_string();
    let get = |organization| {
        machine.script("exec \"$0\" \"$@\"", organization, SECOND_ACCESS_TOKEN, ("get_contact", arguments.as_str()))
    };
    assert_eq!(get(&organization).code, Some(0));
    assert_eq!(get(&["--organization-id", "org_elsewhere"]).code, Some(1));
}

#[cfg(unix)]
#[test]
fn the_store_is_its_owners_alone_and_holds_no_credential() {
    use std::os::unix::fs::PermissionsExt as _;
    let machine = Machine::new();
    machine.listed();
    let mode = std::fs::metadata(machine.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for entry in std::fs::read_dir(machine.state.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let token = ACCESS_TOKEN.as_bytes();
        assert!(!bytes.windows(token.len()).any(|window| window == token), "{}", path.display());
    }
}

#[test]
fn switched_off_nothing_is_kept_and_ids_are_whole() {
    let machine = Machine::new();
    let listed = machine.call(&["--state", "off"], LIST);
    assert!(listed.out.contains("con_66d67483-8982-43d6-acbe-139568688add"), "{}", listed.out);
    let audit = machine.call(&["--state", "off"], ("audit_contacts", "{}"));
    assert!(audit.code == Some(1) && audit.err.contains("`state = off` (--state, IMBRACE_STATE)"), "{}", audit.err);
    assert_eq!(std::fs::read_dir(machine.state.path()).unwrap().count(), 0, "no file was made");

    let listed = machine.call(&["--state", "no-snapshot"], LIST);
    assert!(crate::tools::short_ids(&listed.out).iter().all(|id| id.len() == 12), "{}", listed.out);
    for tool in ["audit_contacts", "find_duplicate_contacts", "plan_cleanup"] {
        let refused = machine.call(&["--state", "no-snapshot"], (tool, "{}"));
        assert!(refused.code == Some(1) && refused.err.contains("`state = no-snapshot`"), "{tool}: {}", refused.err);
    }
    let wrong = machine.call(&["--state", "sometimes"], LIST);
    assert_eq!(wrong.code, Some(2), "{}", wrong.err);
}

/// A list is read and shown with whole ids, which the log says; a confirmation is refused before anything is sent.
fn reads_go_on_and_writes_are_refused(machine: &Machine, script: &str, more: &[&str], reason: &str) {
    let listed = machine.script(script, more, ACCESS_TOKEN, LIST);
    assert_eq!(listed.code, Some(0), "{}", listed.err);
    assert!(listed.out.contains("con_66d67483-8982-43d6-acbe-139568688add"), "{}", listed.out);
    assert!(listed.err.contains("short ids cannot be kept") && listed.err.contains(reason), "{reason}: {}", listed.err);
    let asked = machine.script(script, more, ACCESS_TOKEN, ("get_contact", r#"{"contact_id":"con_66d67483"}"#));
    assert_eq!(asked.code, Some(1));
    assert!(asked.err.contains("short ids cannot be looked up at the moment"), "{}", asked.err);
    machine.gateway.forget_requests();
    let removed = machine.script(script, more, ACCESS_TOKEN, ("dismiss_all_notifications", r#"{"type":"all"}"#));
    assert_eq!(removed.code, Some(1));
    assert!(removed.err.contains("confirmations cannot be kept"), "{}", removed.err);
    let requests = machine.gateway.requests();
    assert!(requests.iter().all(|request| request.method == "GET"), "nothing was removed");
}

const PLAIN: &str = "exec \"$0\" \"$@\"";

#[test]
fn a_damaged_store_is_named_and_left_as_it_is() {
    let machine = Machine::new();
    std::fs::write(machine.file(), "this is no database, and long enough to look at: ".repeat(100)).unwrap();
    let before = std::fs::read(machine.file()).unwrap();
    reads_go_on_and_writes_are_refused(&machine, PLAIN, &[], "shared.sqlite is damaged");
    assert_eq!(std::fs::read(machine.file()).unwrap(), before);
    std::fs::remove_file(machine.file()).unwrap();
    assert_eq!(machine.listed().len(), 5, "moved away, it begins anew");
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_as_it_is() {
    let machine = Machine::new();
    let ids = machine.listed();
    let version = |version: i64| {
        let db = rusqlite::Connection::open(machine.file()).unwrap();
        let own: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
        own
    };
    let own = version(99);
    reads_go_on_and_writes_are_refused(&machine, PLAIN, &[], "was written by a newer version (schema 99");
    version(own);
    let found = machine.call(&[], ("get_contact", &json!({ "contact_id": ids[0] }).to_string()));
    assert_eq!(found.code, Some(0), "nothing was lost: {}", found.err);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_one_that_cannot_be_written_lose_nothing() {
    let machine = Machine::new();
    let full = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    reads_go_on_and_writes_are_refused(&machine, full, &[], "cannot be written");
    for directory in ["/proc/state", "/dev/null/state"] {
        reads_go_on_and_writes_are_refused(&machine, PLAIN, &["--state-dir", directory], "cannot be written");
    }
    let ids = machine.listed();
    // What is there is read on a full disk, too.
    let get = json!({ "contact_id": ids[0] }).to_string();
    assert_eq!(machine.script(full, &[], ACCESS_TOKEN, ("get_contact", &get)).code, Some(0));
}

#[test]
fn a_store_that_has_reached_its_limit_says_so() {
    let machine = Machine::new();
    let first = machine.listed();
    let size = || std::fs::metadata(machine.file()).unwrap().len();
    let before = size();
    let list = json!({ "limit": 100, "skip": 100 }).to_string();
    // A file that is larger already grows no more.
    let full = machine.call(&["--state-limit", "4096"], ("list_contacts", &list));
    assert_eq!(full.code, Some(0), "{}", full.err);
    assert!(full.err.contains("short ids cannot be kept") && full.err.contains("cannot be written"), "{}", full.err);
    let shown = crate::tools::short_ids(&full.out);
    assert!(shown.len() > 50 && shown.iter().all(|id| id.len() == 40), "{shown:?}");
    assert_eq!(size(), before);
    let get = json!({ "contact_id": first[0] }).to_string();
    assert_eq!(machine.call(&["--state-limit", "4096"], ("get_contact", &get)).code, Some(0));
    assert_eq!(machine.call(&["--state-limit", "0"], ("list_contacts", &list)).err, "", "0 is without a limit");
}

/// Toolboxes over one gateway, each with its own connection to one state directory, as three processes have.
async fn three(desk: &Harness, directory: &Path) -> Vec<Toolbox> {
    let toolbox = |_| {
        let store = Arc::new(SqliteStore::new(directory));
        Toolbox::builder(desk.context.clone()).store(Some(store)).build().unwrap()
    };
    (0..3).map(toolbox).collect()
}

const REMOVE: &str = "dismiss_all_notifications";

async fn answer(toolbox: &Toolbox, arguments: serde_json::Value) -> (String, bool) {
    let answer = toolbox.call(REMOVE, arguments.as_object().cloned().unwrap(), Progress::default()).await.unwrap();
    (answer.text, answer.is_error)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_uses_of_one_confirmation_at_three_processes_are_one_request() {
    let (desk, state) = (Harness::new().await, tempfile::tempdir().unwrap());
    let processes = three(&desk, state.path()).await;
    let (preview, _) = answer(&processes[0], json!({ "type": "all" })).await;
    let token = preview.rsplit_once("confirm=").unwrap().1.to_owned();
    desk.gateway.forget_requests();
    let uses = (0..50).map(|number: usize| {
        let (toolbox, token) = (processes[number % 3].clone(), token.clone());
        tokio::spawn(async move { answer(&toolbox, json!({ "type": "all", "confirm": token })).await })
    });
    let answers = futures::future::try_join_all(uses).await.unwrap();
    assert_eq!(answers.iter().filter(|(_, is_error)| !is_error).count(), 1, "{answers:?}");
    let refused = answers.iter().filter(|(text, is_error)| *is_error && text.contains("has been used already"));
    assert_eq!(refused.count(), 49, "{answers:?}");
    let removals = desk.arrivals().iter().filter(|arrival| arrival.method == "DELETE").count();
    assert_eq!(removals, 1);
}

#[tokio::test]
async fn a_confirmation_outlives_the_process_that_gave_it() {
    let (desk, state) = (Harness::new().await, tempfile::tempdir().unwrap());
    let token = {
        let processes = three(&desk, state.path()).await;
        let (preview, _) = answer(&processes[0], json!({ "type": "all" })).await;
        preview.rsplit_once("confirm=").unwrap().1.to_owned()
    };
    let bytes = std::fs::read(state.path().join("shared.sqlite")).unwrap();
    assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()), "a digest is kept, not the token");
    let processes = three(&desk, state.path()).await;
    let (text, is_error) = answer(&processes[1], json!({ "type": "all", "confirm": token })).await;
    assert!(!is_error, "{text}");
    let (text, is_error) = answer(&processes[2], json!({ "type": "all", "confirm": token })).await;
    assert!(is_error && text.contains("has been used already"), "{text}");
}
