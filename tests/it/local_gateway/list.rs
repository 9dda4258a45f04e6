//! A list of contacts from a file: kept byte for byte, found and sorted like made-up ones, refused with line and reason.

use std::path::{Path, PathBuf};

use imbrace_contacts_mcp::local_gateway::{Error, ListError, LocalGateway, Options, StoreError};
use reqwest::Method;
use serde_json::json;

use super::{TestGateway, ids};

/// Three contacts, in no order, with what a list may hold: null beside "", fields nobody knows, nested values, blank lines.
const LIST: &str = r#"{"object_name":"contact","id":"con_b","channel_type":"line","display_name":"陳美玲","email":"","birthday":null,"created_at":"2025-02-01T00:00:00.000Z","updated_at":null,"additional_params":{"z":1,"a":[1.0,2]}}

{"id":"con_c","display_name":"Trần Văn C","phone_number":"0912 345 678","created_at":"2025-03-01T00:00:00.000Z","updated_at":"2025-04-01T00:00:00.000Z","unheard_of":{"y" : null}}
  {"id":"con_a","first_name":"Ann","last_name":"Lee","display_name":null,"created_at":"2025-01-01T00:00:00.000Z","updated_at":null}
"#;

/// A file with a text in a directory of its own.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contacts.jsonl");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn options(path: &Path) -> Options {
    Options { list: Some(path.to_owned()), ..Options::default() }
}

async fn refusal(text: &str) -> String {
    let (_folder, path) = file(text);
    let Err(Error::Data(StoreError::List(error))) = LocalGateway::start(options(&path)).await else {
        panic!("not refused: {text}");
    };
    error.to_string().replace(path.to_str().unwrap(), "FILE")
}

#[tokio::test]
async fn the_contacts_of_a_file_are_served_as_they_stand() {
    let (_folder, path) = file(LIST);
    let desk = TestGateway::start(options(&path)).await;
    let page = desk.request(Method::GET, "contacts?sort=created_at").send().await.unwrap().text().await.unwrap();
    let mut lines: Vec<&str> = LIST.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.sort_by_key(|line| line.contains("con_b").then_some(1).or(line.contains("con_c").then_some(2)));
    assert!(page.contains(&format!("\"data\":[{}]", lines.join(","))), "{page}");
    assert_eq!(desk.get("contacts").await["count"], 3);
    assert_eq!(ids(&desk.get("contacts/_search?q=tran&type=text").await), ["con_c"]);
    assert_eq!(ids(&desk.get("contacts/_search?q=ann%20lee&type=text").await), ["con_a"]);
    assert_eq!(ids(&desk.get("contacts/_search?q=美玲&type=text").await), ["con_b"]);
}

#[tokio::test]
async fn an_update_of_one_field_leaves_every_other_byte() {
    let (_folder, path) = file(LIST);
    let desk = TestGateway::start(options(&path)).await;
    for (id, old, new) in [
        ("con_b", r#""email":"""#, r#""email":"b@example.com""#),
        ("con_b", r#""email":"b@example.com""#, r#""email":"""#),
        ("con_b", r#""birthday":null"#, r#""birthday":"1990-01-01""#),
        ("con_b", r#""birthday":"1990-01-01""#, r#""birthday":null"#),
        ("con_c", r#""phone_number":"0912 345 678""#, r#""phone_number":"84912345678""#),
    ] {
        let read = || async {
            let answer = desk.request(Method::GET, &format!("contacts/{id}")).send().await.unwrap();
            answer.text().await.unwrap()
        };
        let moment = |text: &str| {
            let start = text.find("\"updated_at\":").unwrap();
            let end = start + text[start..].find([',', '}']).unwrap();
            text[start..end].to_owned()
        };
        let before = read().await;
        let body = format!("{{{new}}}");
        let request = desk.request(Method::PUT, &format!("contacts/{id}")).header("content-type", "application/json");
        assert!(request.body(body).send().await.unwrap().status().is_success());
        let after = read().await;
        assert_eq!(after.replace(&moment(&after), &moment(&before)), before.replace(old, new));
    }
}

#[tokio::test]
async fn what_is_no_contact_is_refused_with_its_line_and_the_reason() {
    let good = r#"{"id":"con_1","created_at":"2025-01-01T00:00:00.000Z"}"#;
    for (line, reason) in [
        ("{", "no JSON object: EOF"),
        ("[1]", "no JSON object: invalid type"),
        (r#"{"id":"con_2","id":"con_3","created_at":"x"}"#, "no JSON object: "),
        (r#"{"created_at":"2025-01-01T00:00:00.000Z"}"#, "it has no `id`"),
        (r#"{"id":"contact 2","created_at":"2025-01-01T00:00:00.000Z"}"#, "`id`: a contact id begins with con_"),
        (r#"{"id":"con_2","created_at":""}"#, "it has no `created_at`"),
        (good, "its `id` stands in line 1 already"),
    ] {
        let said = refusal(&format!("{good}\n\n{line}\n")).await;
        assert!(said.starts_with(&format!("FILE, line 3: {reason}")), "{line}: {said}");
    }
    let long = format!("{good}\n{{\"id\":\"con_2\",\"remark\":\"{}\"}}", "x".repeat(2 << 20));
    assert_eq!(refusal(&long).await, "FILE, line 2: it is longer than 1 MiB");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_or_is_no_text_is_refused() {
    let missing = LocalGateway::start(options(Path::new("no/such/file.jsonl"))).await.unwrap_err();
    assert!(matches!(missing, Error::Data(StoreError::List(ListError::Read { .. }))), "{missing:?}");
    let (_folder, path) = file("");
    std::fs::write(&path, b"{\"id\":\"con_\xff\xfe\"}").unwrap();
    let binary = LocalGateway::start(options(&path)).await.unwrap_err();
    assert!(matches!(binary, Error::Data(StoreError::List(ListError::Line { line: 1, .. }))), "{binary:?}");
}

#[tokio::test]
async fn an_empty_file_is_an_organisation_without_contacts() {
    let (_folder, path) = file("\n");
    let desk = TestGateway::start(options(&path)).await;
    assert_eq!(desk.get("contacts").await["count"], 0);
    assert_eq!(
        desk.get("notifications").await,
        json!({ "data": [], "count": 0, "total": 0, "unread_count": 0, "has_more": false })
    );
}
