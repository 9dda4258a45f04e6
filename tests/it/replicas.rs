//! Servers of several machines over one PostgreSQL database: each has a state directory of its own, and what one gives out is good at all.

use std::io::{BufRead, BufReader};
use std::process::Child;

use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use imbrace_contacts_store::{LongId, SqliteStore, Store as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::{Run, program, run};
use crate::databases::Database;
use crate::tools::short_ids;
use crate::transport::server;

/// One server, as on a machine of its own.
struct Replica {
    address: String,
    server: Child,
    _state: TempDir,
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

impl Replica {
    fn start(gateway: &LocalGateway, url: &str, more: &[&str]) -> Self {
        let state = tempfile::tempdir().unwrap();
        let (base_url, directory) = (gateway.base_url(), state.path().to_str().unwrap().to_owned());
        let words = ["serve", "--http", "127.0.0.1:0", "--base-url", &base_url, "--state-dir", &directory];
        let variables = [("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN), ("IMBRACE_STATE_URL", url)];
        let mut server = program(&[&words, more].concat(), &variables).spawn().unwrap();
        let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
        let line = log.find(|line| line.contains("listening at")).expect("it listens");
        let address = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        // What it says later has a place to go.
        std::thread::spawn(move || log.for_each(drop));
        Self { address, server, _state: state }
    }

    /// The text of an answer, and whether it is an error.
    async fn call(&self, tool: &str, arguments: Value) -> (String, bool) {
        let params = json!({ "name": tool, "arguments": arguments });
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let request = server::client().post(format!("http://{}/mcp", self.address));
        let request = request.header("content-type", "application/json").body(message.to_string());
        let answer: Value = serde_json::from_str(&request.send().await.unwrap().text().await.unwrap()).unwrap();
        let result = &answer["result"];
        (result["content"][0]["text"].as_str().unwrap_or_default().to_owned(), result["isError"] == true)
    }

    async fn ready(&self) -> (u16, String) {
        let answer = server::client().get(format!("http://{}/readyz", self.address)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

async fn gateway() -> LocalGateway {
    let people = Population { contacts: 40, ..Population::default() };
    LocalGateway::start(Options { people, ..Options::default() }).await.unwrap()
}

const REMOVE: &str = "dismiss_all_notifications";

#[tokio::test(flavor = "multi_thread")]
async fn what_one_replica_gives_out_is_good_at_the_others() {
    let Some(database) = Database::new() else { return };
    let (gateway, url) = (gateway().await, database.url());
    let replicas = [0, 1, 2].map(|_| Replica::start(&gateway, &url, &[]));
    let (listed, _) = replicas[0].call("list_contacts", json!({ "limit": 5 })).await;
    let ids = short_ids(&listed);
    assert!(ids.len() == 5 && ids.iter().all(|id| id.len() == 12), "{listed}");
    for replica in &replicas {
        assert_eq!(replica.ready().await, (200, "ready\n".to_owned()));
        for id in &ids {
            let (card, is_error) = replica.call("get_contact", json!({ "contact_id": id })).await;
            assert!(!is_error, "{card}");
        }
    }
    let (preview, _) = replicas[1].call(REMOVE, json!({ "type": "all" })).await;
    let token = preview.rsplit_once("confirm=").unwrap().1.to_owned();
    gateway.forget_requests();
    let uses =
        (0..50).map(|number: usize| replicas[number % 3].call(REMOVE, json!({ "type": "all", "confirm": token })));
    let answers = futures::future::join_all(uses).await;
    assert_eq!(answers.iter().filter(|(_, is_error)| !is_error).count(), 1, "{answers:?}");
    let used = answers.iter().filter(|(text, is_error)| *is_error && text.contains("has been used already"));
    assert_eq!(used.count(), 49, "{answers:?}");
    assert_eq!(gateway.requests().iter().filter(|request| request.method == "DELETE").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_count_the_writes_of_a_day_together() {
    let Some(database) = Database::new() else { return };
    let (gateway, url) = (gateway().await, database.url());
    let replicas = [0, 1, 2].map(|_| Replica::start(&gateway, &url, &["--max-writes-per-day", "7"]));
    let (listed, _) = replicas[0].call("list_contacts", json!({ "limit": 1 })).await;
    let id = short_ids(&listed).remove(0);
    let writes = (0..30).map(|number: usize| {
        let arguments = json!({ "contact_id": id, "set": [{ "field": "remark", "value": format!("note {number}") }] });
        replicas[number % 3].call("update_contact", arguments)
    });
    let answers = futures::future::join_all(writes).await;
    assert_eq!(answers.iter().filter(|(_, is_error)| !is_error).count(), 7, "{answers:?}");
    let refused = answers.iter().filter(|(text, _)| text.contains("as many writes today as --max-writes-per-day=7"));
    assert_eq!(refused.count(), 23, "{answers:?}");
}

/// Reads go on, with what this process remembers and with whole ids beside; no write is sent, and `/readyz` says so.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_reads_go_on_and_nothing_is_written() {
    let Some(database) = Database::new() else { return };
    let (gateway, url) = (gateway().await, database.url());
    let replica = Replica::start(&gateway, &url, &[]);
    let (listed, _) = replica.call("list_contacts", json!({ "limit": 2 })).await;
    let known = short_ids(&listed);
    let name = url.rsplit_once('/').unwrap().1.to_owned();
    let close = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false");
    database.at_server(&close);
    database.cut_connections();
    let (card, is_error) = replica.call("get_contact", json!({ "contact_id": known[0] })).await;
    assert!(!is_error, "{card}");
    let (listed, is_error) = replica.call("list_contacts", json!({ "limit": 4 })).await;
    let shown = short_ids(&listed);
    assert!(!is_error && shown.len() == 4, "{listed}");
    let lengths: Vec<usize> = shown.iter().map(String::len).collect();
    assert_eq!(lengths, [12, 12, 40, 40], "known ones stay short, new ones are whole: {listed}");
    gateway.forget_requests();
    let (refused, is_error) = replica.call("get_contact", json!({ "contact_id": "con_99999999" })).await;
    assert!(is_error && refused.contains("short ids cannot be looked up at the moment"), "{refused}");
    let set = json!([{ "field": "remark", "value": "a note" }]);
    let (refused, is_error) = replica.call("update_contact", json!({ "contact_id": known[0], "set": set })).await;
    assert!(is_error && refused.contains("Nothing was done: the state database does not answer"), "{refused}");
    let (refused, is_error) = replica.call(REMOVE, json!({ "type": "all" })).await;
    assert!(is_error && refused.contains("Nothing was done"), "{refused}");
    let requests = gateway.requests();
    assert!(requests.iter().all(|request| request.method == "GET"), "nothing was written");
    let (status, reason) = replica.ready().await;
    assert!(status == 503 && reason.contains("the state database does not answer"), "{status} {reason}");
    let open = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true");
    database.at_server(&open);
    let (answer, is_error) = replica.call("update_contact", json!({ "contact_id": known[0], "set": set })).await;
    assert!(!is_error, "it goes on by itself: {answer}");
}

fn doctor(url: &str) -> Run {
    run(&["doctor", "--env", "local", "--local-contacts", "12"], &[("IMBRACE_STATE_URL", url)])
}

#[test]
fn doctor_asks_the_database_and_shows_no_password() {
    let Some(database) = Database::new() else { return };
    let report = doctor(&database.url());
    assert_eq!((report.code, report.err.as_str()), (0, ""), "{}", report.out);
    assert!(report.out.contains("set, not shown  (IMBRACE_STATE_URL)"), "{}", report.out);
    let place = database.url().rsplit_once('@').unwrap().1.to_owned();
    assert!(report.out.contains(&format!("{place}, without TLS  (IMBRACE_STATE_URL)")), "{}", report.out);
    let wrong = doctor(&database.url().replace("only-for-tests", "wr0ng-s3cret"));
    assert_eq!(wrong.code, 1, "{}", wrong.out);
    assert!(wrong.out.contains("refuses the login (password authentication failed"), "{}", wrong.out);
    for run in [&report, &wrong] {
        assert!(!run.out.contains("s3cret") && !run.out.contains("only-for-tests"), "{}", run.out);
    }
}

/// Directory to database to directory: everything is there and equal, nothing goes on top of something, and no password is shown.
#[test]
fn state_move_copies_everything_and_into_nothing_but_an_empty_place() {
    let Some(database) = Database::new() else { return };
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [first, last, empty] = [0, 1, 2].map(|number| directories[number].path().to_str().unwrap());
    let tenant = imbrace_contacts_store::Tenant { key: [7; 32], place: "local".to_owned() };
    let ids: Vec<LongId> = (0..500).map(|_| LongId::Uuid("con", uuid::Uuid::new_v4())).collect();
    let given = SqliteStore::new(directories[0].path()).give_out(&tenant, &ids, 0).unwrap();
    let url = database.url().replace(":only-for-tests", "");
    let moved = |from: &str, to: &str| {
        let run = run(&["state", "move", from, to], &[("IMBRACE_STATE_PASSWORD", "only-for-tests")]);
        assert!(!run.out.contains("only-for-tests") && !run.err.contains("only-for-tests"), "{run:?}");
        run
    };
    let there = moved(first, &url);
    assert_eq!(there.code, 0, "{there:?}");
    assert!(
        there.out.contains("read again and equal: 500 short ids of 1 tenant, 0 confirmations, 0 callers"),
        "{there:?}"
    );
    let back = moved(&url, last);
    let digest = |run: &Run| run.out.rsplit_once("SHA-256 ").unwrap().1.to_owned();
    assert_eq!((back.code, digest(&back)), (0, digest(&there)), "{back:?}");
    assert_eq!(SqliteStore::new(directories[1].path()).give_out(&tenant, &ids, 0).unwrap(), given);
    for (from, to) in [(first, url.as_str()), (&url, last)] {
        let refused = moved(from, to);
        assert!(refused.code != 0 && refused.err.contains("already; nothing was copied"), "{refused:?}");
    }
    let nothing = moved(empty, &url);
    assert!(nothing.code == 2 && nothing.err.contains("there is nothing at"), "{nothing:?}");
    assert!(std::fs::read_dir(empty).unwrap().next().is_none(), "no file was made");
    let shown = run(&["state", "move", first, &database.url()], &[]);
    assert_eq!(shown.code, 78, "{shown:?}");
    assert!(shown.err.contains("TO: every process of the machine can read a password"), "{shown:?}");
    assert!(!shown.err.contains("only-for-tests"), "{shown:?}");
}
