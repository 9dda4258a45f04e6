//! Answers that can be read and are not the answer: of another contact, without a file's address, of no route, in an encoding that
//! nobody asked for, and a "no" with a status of success.

use imbrace_contacts_mcp::context::uploads::{LARGEST_UPLOAD, Uploads};
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::model::Environment;
use imbrace_contacts_mcp::tools::{Output, ToolOutput, Toolbox};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::arguments::CONTACT;
use crate::support::scripted::{self, Play, Scripted, typed, with_headers};

/// Another contact than the one asked for.
const OTHER: &str = "con_00000000-0000-4000-8000-000000000002";

/// What a tool says, and whether it is an error, over a server that plays this.
async fn say(server: &Scripted, tool: &str, arguments: Value) -> (String, bool) {
    let answer = call(server, Output::Text, tool, arguments).await;
    // The id of a request is random.
    let words = answer.text.split(' ').map(|word| {
        let is_id =
            word.len() >= 16 && word.get(..16).is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_hexdigit()));
        if is_id { format!("REQUEST{}", &word[16..]) } else { word.to_owned() }
    });
    (words.collect::<Vec<_>>().join(" "), answer.is_error)
}

/// What a tool answers over a server that plays this.
pub(super) async fn call(server: &Scripted, output: Output, tool: &str, arguments: Value) -> ToolOutput {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("note.txt"), "a note").unwrap();
    let context = Context::new(ContextParts {
        gateway: server.client(),
        place: GatewayTarget { environment: Environment::Custom, host: "gateway.test".to_owned(), organization: None },
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::open(&[folder.path().to_owned()], LARGEST_UPLOAD).unwrap(),
    });
    let toolbox = Toolbox::builder(context).output(output).build().unwrap();
    let arguments = arguments.as_object().cloned().unwrap();
    toolbox.call(tool, arguments, Progress::default()).await.expect("the tool exists")
}

fn contact(id: &str, remark: &str) -> Play {
    let fields = json!({ "object_name": "contact", "id": id, "display_name": "Ann", "remark": remark });
    scripted::json(200, &fields.to_string())
}

fn update() -> Value {
    json!({ "contact_id": CONTACT, "set": [{ "field": "remark", "value": "new" }] })
}

#[tokio::test]
async fn a_read_that_brings_another_contact_is_an_error_that_says_so() {
    let server = Scripted::playing([contact(OTHER, "x")]).await;
    let (text, is_error) = say(&server, "get_contact", json!({ "contact_id": CONTACT })).await;
    assert!(is_error && text.contains("another contact than was asked for"), "{text}");
    assert!(!text.contains("Ann"), "{text}");
    let (text, is_error) = say(&server, "update_contact", update()).await;
    assert!(is_error && text.ends_with("Nothing was changed."), "{text}");
    assert!(server.targets().iter().all(|target| target.starts_with("GET ")), "{:?}", server.targets());
}

#[tokio::test]
async fn a_write_that_is_answered_with_another_contact_has_an_unknown_outcome_unless_a_read_shows_it() {
    let write = |after: &'static str| {
        Scripted::answering(move |index, seen| match (seen.method.as_str(), index) {
            ("PUT", _) => contact(OTHER, "new"),
            (_, 0) => contact(CONTACT, "old"),
            _ => contact(CONTACT, after),
        })
    };
    let server = write("old").await;
    let (text, is_error) = say(&server, "update_contact", update()).await;
    assert!(is_error && text.starts_with("Outcome unknown (another contact than was asked for)"), "{text}");
    assert_eq!(server.targets().iter().filter(|target| target.starts_with("PUT ")).count(), 1, "it is not repeated");
    let (text, is_error) = say(&write("new").await, "update_contact", update()).await;
    assert!(!is_error && text.starts_with("updated con_66d67483, verified"), "{text}");
}

#[tokio::test]
async fn an_upload_without_a_usable_address_has_an_unknown_outcome() {
    for url in [
        json!("http://files.example/contact/a.png"),
        json!("ftp://files.example/a.png"),
        json!("javascript:alert(1)"),
        json!("/contact/a.png"),
        json!("https://"),
        json!("https://ann:pass@files.example/a.png"),
        json!("https://files.example/a\n# b"),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        let server = Scripted::playing([scripted::json(200, &json!({ "url": url }).to_string())]).await;
        let (text, is_error) = say(&server, "upload_contact_file", json!({ "path": "note.txt" })).await;
        assert!(is_error && text.starts_with("Outcome unknown (") && text.contains("sha256"), "{url}: {text}");
        assert_eq!(server.seen().len(), 1, "{url}");
    }
    for url in ["https://files.example/contact/a.png", "http://127.0.0.1:9/a.png", "http://localhost/a.png"] {
        let server = Scripted::answering(move |_, seen| match seen.method.as_str() {
            "POST" => scripted::json(200, &json!({ "url": url }).to_string()),
            _ => contact(CONTACT, "x"),
        });
        let server = server.await;
        let (text, is_error) = say(&server, "upload_contact_file", json!({ "path": "note.txt" })).await;
        assert!(!is_error && text.contains(url), "{url}: {text}");
        // What an upload answers, an avatar takes.
        let set = json!({ "contact_id": CONTACT, "set": { "avatar_url": url } });
        say(&server, "update_contact", set).await;
        assert!(server.targets().iter().any(|target| target.starts_with("PUT ")), "{url}");
    }
}

#[tokio::test]
async fn a_route_that_does_not_exist_is_named_with_its_prefix_and_not_the_contact() {
    let mut said = Vec::new();
    for (name, play) in [
        ("a page", typed(404, "text/html", "<html><title>Error</title><pre>Cannot GET /x</pre></html>")),
        ("plain words", typed(404, "text/plain", "Cannot GET /channel-service/v1/contacts")),
        ("words in JSON", scripted::json(404, r#"{"message":"Cannot GET /x","error":"Not Found"}"#)),
        ("nothing", typed(404, "text/plain", "")),
        ("405", typed(405, "text/plain", "")),
        ("405 in JSON", scripted::json(405, r#"{"message":"Method Not Allowed"}"#)),
    ] {
        let server = Scripted::playing([play]).await;
        for (tool, arguments) in [
            ("get_contact", json!({ "contact_id": CONTACT })),
            ("update_contact", update()),
            ("list_contact_files", json!({ "contact_id": CONTACT })),
        ] {
            let (text, is_error) = say(&server, tool, arguments).await;
            assert!(
                is_error && text.contains("no route") && text.contains("channel-service/v1/"),
                "{name}, {tool}: {text}"
            );
            assert!(!text.contains("con_66d67483"), "{name}, {tool}: {text}");
            said.push(format!("{name}, {tool}: {text}"));
        }
    }
    assert_snapshot!(said.join("\n"));
    // The gateway's own words for a contact that is not there.
    let server = Scripted::playing([scripted::json(404, r#"{"error":"Contact not found"}"#)]).await;
    let (text, _) = say(&server, "get_contact", json!({ "contact_id": CONTACT })).await;
    assert!(text.starts_with("No con_66d67483"), "{text}");
}

#[tokio::test]
async fn an_encoding_that_was_not_asked_for_is_named() {
    for (status, name) in [(200, "gzip"), (200, "br"), (404, "gzip"), (502, "zstd")] {
        let server = Scripted::playing([with_headers(status, &[("content-encoding", name)], "\u{1f}\u{8b}x")]).await;
        let (text, is_error) = say(&server, "list_contact_files", json!({ "contact_id": CONTACT })).await;
        assert!(is_error, "{text}");
        assert!(status == 404 || text.contains(&format!("in the encoding {name}")), "{status} {name}: {text}");
        assert!(!text.contains("no route"), "{status} {name}: {text}");
    }
    let plain = with_headers(200, &[("content-encoding", "identity"), ("content-type", "application/json")], "[]");
    let server = Scripted::playing([plain]).await;
    let (text, is_error) = say(&server, "list_notifications", json!({})).await;
    assert!(!is_error, "{text}");
}

#[tokio::test]
async fn a_no_with_a_status_of_success_is_never_done() {
    for body in [
        json!({ "ok": false }),
        json!({ "ok": false, "error": "Quota exceeded" }),
        json!({ "success": false }),
        json!({ "success": "false", "message": "Quota exceeded" }),
    ] {
        let server = Scripted::playing([scripted::json(200, &body.to_string())]).await;
        for (tool, arguments) in [
            ("mark_notifications_read", json!({ "ids": ["not_1"] })),
            ("dismiss_notifications", json!({ "ids": ["not_1"] })),
            ("update_contact", update()),
            ("upload_contact_file", json!({ "path": "note.txt" })),
        ] {
            let (text, is_error) = say(&server, tool, arguments).await;
            assert!(is_error && text.contains("The gateway refused the request (200"), "{tool} {body}: {text}");
        }
    }
}
