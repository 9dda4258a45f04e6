//! The document's own answers, the contract's samples, and bodies that must not decode.

use imbrace_contacts_mcp::gateway::operations::{ListContactFiles, ListNotifications, UpdateContact};
use imbrace_contacts_mcp::gateway::{Answer, Decode, DecodeError, GatewayError, Outcome, Unreadable};
use imbrace_contacts_mcp::model::{
    CommentedMessage, Contact, ContactConversation, ContactFile, Message, Notification, NotificationTab, Page, Record,
    UploadedFile,
};
use serde_json::{Value, json};

use super::samples::{comment, contact, contact_id, list_contacts, update};
use crate::support::scripted::{Scripted, json, typed};

fn answer(body: &str) -> Answer {
    Answer::parse(body.as_bytes(), Some("application/json")).unwrap()
}

fn decoded<T: Decode>(body: &str) -> T {
    T::decode(answer(body)).unwrap()
}

fn misfit<T: Decode + std::fmt::Debug>(body: &str) -> String {
    T::decode(answer(body)).unwrap_err().to_string()
}

#[test]
fn the_documents_own_ten_contacts_decode_without_loss() {
    let text = include_str!("../fixtures/document_contacts.json");
    let page: Page<Contact> = decoded(text);
    let document: Value = serde_json::from_str(text).unwrap();
    let rows: Vec<_> = page.rows.iter().map(|contact| contact.record().to_value()).collect();
    assert_eq!(Value::from(rows), document["data"]);
    assert_eq!((page.rows.len(), page.grand_total(0), page.has_more(0)), (10, Some(65681), true));
    let first = &page.rows[0];
    assert_eq!(first.id(), Some("con_66d67483-8982-43d6-acbe-139568688add"));
    assert_eq!(first.name().as_deref(), Some("UNK#DO1695"));
    let names: Vec<_> = first.record().fields().map(|(name, _)| name).take(3).collect();
    assert_eq!(names, ["object_name", "id", "organization_id"], "the gateway's order is kept");
}

#[test]
fn the_sample_of_contacts_decodes() {
    let page: Page<Contact> = decoded(include_str!("../fixtures/contract_contacts.json"));
    let contact = &page.rows[0];
    assert_eq!(contact.name().as_deref(), Some("Mei Chan"));
    assert_eq!(contact.phone().as_deref(), Some("+85255500101"));
    assert_eq!(contact.email(), Some("mei@example.com"));
    assert_eq!(page.grand_total(0), Some(4321));
}

#[test]
fn the_sample_of_conversations_decodes() {
    let page: Page<ContactConversation> = decoded(include_str!("../fixtures/contract_conversations.json"));
    let row = &page.rows[0];
    assert_eq!(row.id(), Some("conv_11111111-2222-4333-8444-555555555601"));
    assert_eq!(row.participant_id(), Some("tcu_11111111-2222-4333-8444-555555555602"));
    assert_eq!((row.channel(), row.status()), (Some("web"), Some("pending")));
    assert_eq!((row.name(), row.at()), (Some("Mei Chan@2 Jan 2026"), Some("2026-01-02T10:30:00.000Z")));
    assert_eq!(row.team_names().collect::<Vec<_>>(), ["General"]);
    assert_eq!(row.latest_message().unwrap().text(), Some("Is the blue one in stock?"));
    assert_eq!(row.contact().unwrap().id(), Some("con_11111111-2222-4333-8444-555555555501"));
    assert_eq!(row.contact_id(), Some("con_11111111-2222-4333-8444-555555555501"));
    assert_eq!((page.grand_total(0), page.has_more(0)), (None, false));
}

#[test]
fn the_sample_of_an_update_decodes_without_its_event_name() {
    let contact: Contact = decoded(include_str!("../fixtures/contract_updated_contact.json"));
    assert_eq!(contact.name().as_deref(), Some("Mei Wong"));
    assert_eq!(contact.record().raw("action"), None);
}

#[test]
fn the_sample_of_notifications_decodes() {
    let page: Page<Notification> = decoded(include_str!("../fixtures/contract_notifications.json"));
    let row = &page.rows[0];
    assert_eq!((row.kind(), row.tab()), (Some(201), Some(NotificationTab::Conversations)));
    assert_eq!((row.title(), row.content(), row.sender()), (Some("Mei Chan@2 Jan 2026"), None, Some("General")));
    assert_eq!((row.is_read(), row.channel(), row.participant_id()), (Some(false), Some("web"), Some("tcu_demo")));
    assert_eq!(row.actions().collect::<Vec<_>>(), [("team_conversation_user_id", "tcu_demo")]);
    assert_eq!((page.grand_total(0), page.unread_count, page.has_more(0)), (Some(618), Some(595), true));
}

#[test]
fn the_sample_of_a_comment_decodes() {
    let message: CommentedMessage = decoded(include_str!("../fixtures/contract_comment.json"));
    let comment = message.comment("cmc_11111111-2222-4333-8444-555555555901").unwrap();
    assert_eq!((comment.author(), comment.text()), (Some("Agent One"), Some("VIP, call back Monday")));
    assert_eq!(comment.labels().collect::<Vec<_>>(), ["VIP"]);
    assert_eq!((comment.at(), comment.channel()), (Some("2026-01-02T11:00:00.000Z"), Some("web")));
    assert_eq!(message.message().text(), Some("Is the blue one in stock?"));
    assert!(message.comment("cmc_other").is_none());
}

#[test]
fn the_sample_of_files_decodes() {
    let page: Page<ContactFile> = decoded(include_str!("../fixtures/contract_files.json"));
    let file = &page.rows[0];
    assert_eq!((file.kind(), file.caption(), file.extension()), (Some("image"), Some("file01"), Some("mp4")));
    assert_eq!(file.url(), Some("https://files.example/chat/org_demo/file_demo.mp4"));
    assert_eq!((file.at(), file.sender()), (Some("2026-01-02T10:40:00.000Z"), Some("u_demo1")));
}

#[test]
fn an_upload_answers_bare_or_wrapped() {
    for body in [r#"{"url":"https://files.example/1"}"#, r#"{"data":{"url":"https://files.example/1"}}"#] {
        assert_eq!(decoded::<UploadedFile>(body).url, "https://files.example/1");
    }
    assert_eq!(misfit::<UploadedFile>("{}"), "expected an object with url at body, found an object");
}

#[test]
fn the_content_of_a_message_is_a_string_or_an_object() {
    let text = |content: Value| {
        let page: Page<Message> = decoded(&json!([{ "_id": "msg_1", "content": content }]).to_string());
        page.rows[0].text().map(str::to_owned)
    };
    assert_eq!(text(json!("hello")), Some("hello".to_owned()));
    assert_eq!(text(json!({ "text": "hello" })), Some("hello".to_owned()));
    assert_eq!(text(json!({ "text": "", "title": "Menu" })), Some("Menu".to_owned()));
    assert_eq!(text(json!({ "url": "https://files.example/1" })), None);
    assert_eq!(text(Value::Null), None);
}

#[test]
fn a_row_that_is_no_object_is_a_row_without_fields_that_says_so() {
    for body in [
        r#"{"data":[{"id":"con_1"},7],"count":9,"total":2}"#,
        r#"{"data":{"items":[{"id":"con_1"},7]}}"#,
        r#"[{"id":"con_1"},7]"#,
        r#"{"message":{"hits":[{"id":"con_1"},7]}}"#,
    ] {
        let page: Page<Contact> = decoded(body);
        assert_eq!((page.rows.len(), page.rows[0].id(), page.rows[1].id()), (2, Some("con_1"), None), "{body}");
        let misread = page.rows[1].record().misread();
        assert_eq!((misread.len(), misread[0].reason.to_string().as_str()), (1, "a number, not an object"), "{body}");
        assert_eq!(page.rows[0].record().misread(), [], "{body}");
    }
}

#[test]
fn a_broken_value_is_named_in_its_row_under_every_envelope() {
    let row = r#"{"id":"con_1","display_name":"Ann\ud800","nested":{"score":1e400}}"#;
    let named = |record: &Record| {
        let named: Vec<&str> = record.misread().iter().map(|misread| misread.path.as_str()).collect();
        assert_eq!(named, ["display_name", "nested.score"]);
        assert_eq!(record.text("display_name"), Some("Ann\\ud800"));
    };
    for (before, after) in [
        ("[{},", "]"),
        (r#"{"data":[{},"#, "]}"),
        (r#"{"message":{"hits":[{},"#, "]}}"),
        (r#"{"data":{"items":[{},"#, "]}}"),
    ] {
        let page: Page<Contact> = decoded(&format!("{before}{row}{after}"));
        named(page.rows[1].record());
        assert_eq!(page.rows[0].record().misread(), []);
    }
    for (before, after) in
        [("", ""), ("[", "]"), (r#"{"data":"#, "}"), (r#"{"data":["#, "]}"), (r#"{"data":{"data":"#, "}}")]
    {
        named(decoded::<Contact>(&format!("{before}{row}{after}")).record());
    }
}

#[test]
fn what_is_no_list_is_never_an_empty_page() {
    for body in [
        "{}",
        "null",
        "7",
        "\"x\"",
        r#"{"data":7}"#,
        r#"{"data":null}"#,
        r#"{"data":{"data":{"data":[]}}}"#,
        r#"{"count":3}"#,
        "",
    ] {
        assert!(matches!(Page::<Contact>::decode(answer(body)), Err(DecodeError::Shape(_))), "{body}");
    }
}

#[test]
fn one_object_may_be_wrapped_and_none_is_missing() {
    let bare = contact(1);
    for body in [
        bare.clone(),
        json!({ "data": bare }),
        json!({ "data": [bare] }),
        json!([bare]),
        json!({ "data": { "data": bare } }),
    ] {
        assert_eq!(decoded::<Contact>(&body.to_string()).record().to_value(), bare);
    }
    for body in [r#"{"data":[]}"#, r#"{"data":null}"#, "[]"] {
        assert_eq!(Contact::decode(answer(body)).unwrap_err(), DecodeError::Missing, "{body}");
    }
    for body in ["{}", r#"{"success":true}"#, r#"{"service":"x","status":"ok"}"#, "7", r#"{"data":[3]}"#, ""] {
        assert!(matches!(Contact::decode(answer(body)), Err(DecodeError::Shape(_))), "{body}");
    }
}

#[test]
fn bodies_that_are_no_json_have_their_own_names() {
    let unreadable = |body: &[u8], kind| Answer::parse(body, kind).unwrap_err();
    let json = Some("application/json; charset=utf-8");
    assert_eq!(unreadable(br#"{"data":[{"id":"con_1""#, json), Unreadable::CutOff { bytes: 22 });
    assert_eq!(unreadable(b"{\"data\":[]} x", json), Unreadable::NotJson { line: 1, column: 13 });
    assert_eq!(unreadable(b"hello", None), Unreadable::NotJson { line: 1, column: 1 });
    assert!(Answer::parse(br#"["\ud800"]"#, json).is_ok(), "half a surrogate pair is no reason to lose the others");
    assert_eq!(unreadable(b"{\"a\":\"\xff\"}", json), Unreadable::Encoding);
    let page = b"\n<!doctype html><title>Sign\n in</title>";
    assert_eq!(unreadable(page, json), Unreadable::WebPage { title: Some("Sign in".to_owned()) });
    assert_eq!(unreadable(b"Hello", Some("Text/HTML")), Unreadable::WebPage { title: None });
    assert!(Answer::parse(b"\xef\xbb\xbf[]", json).is_ok(), "a byte order mark is passed over");
    assert!(Answer::parse("[".repeat(5000).as_bytes(), json).is_err(), "depth is bounded");
}

#[test]
fn a_repeated_key_is_refused_wherever_it_stands() {
    for body in [
        r#"{"data":[],"data":[]}"#,
        r#"{"data":[{"email":"a@example.com","email":"b@example.com"}]}"#,
        r#"{"data":[{"content":{"text":"a","text":"b"}}]}"#,
        r#"[{"content":[{"a":1,"a":2}]}]"#,
        r#"{"nested":{"a":1,"a":2},"data":[]}"#,
    ] {
        let error = Answer::parse(body.as_bytes(), None).unwrap_err();
        assert!(matches!(error, Unreadable::RepeatedKey { .. }), "{body}: {error:?}");
    }
}

#[test]
fn fields_keep_their_order_and_numbers_their_digits() {
    let row =
        r#"{"z":18446744073709551615,"a":-9223372036854775808,"m":0.1,"b":-0.0,"y":1e300,"c":{"k":[1.5]},"x":1.0}"#;
    let spelled = |record: &Record| serde_json::to_string(record).unwrap();
    let expected = row.replace("1e300", "1e+300");
    assert_eq!(spelled(decoded::<Page<Contact>>(&format!("[{row}]")).rows[0].record()), expected);
    assert_eq!(spelled(&serde_json::from_str(row).unwrap()), expected, "as a stored record is read");
}

#[test]
fn an_object_of_many_keys_is_read_in_a_moment_and_its_repeated_key_is_found() {
    // One by one, 140,000 keys took ten thousand million comparisons.
    let keys: Vec<String> = (0..140_000).map(|number| format!("\"k{number}\":1")).collect();
    let whole = format!("[{{\"id\":\"con_1\",{}}}]", keys.join(","));
    assert_eq!(decoded::<Page<Contact>>(&whole).rows[0].record().fields().count(), 140_001);
    let repeated = format!("[{{{},\"k120000\":2}}]", keys.join(","));
    assert!(matches!(Answer::parse(repeated.as_bytes(), None), Err(Unreadable::RepeatedKey { .. })));
    // More of them are no page of contacts, and each takes memory.
    let many = format!("[{{{},{}}}]", keys.join(","), keys.join(",").replace('k', "l"));
    assert_eq!(Answer::parse(many.as_bytes(), None).unwrap_err(), Unreadable::TooManyValues { limit: 150_000 });
}

#[tokio::test]
async fn a_page_instead_of_an_answer_says_the_prefix_and_that_nobody_knows_of_a_write() {
    let server = Scripted::playing([typed(200, "text/html", "<title>Sign in</title>")]).await;
    let error = server.client().send(&list_contacts()).await.unwrap_err();
    let words = "the gateway answered under channel-service/v1 with a web page titled \"Sign in\" instead of JSON";
    assert_eq!(error.to_string(), words);
    let error = server.client().send(&update(json!({ "remark": "x" }))).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
}

#[tokio::test]
async fn only_operations_without_an_answer_take_an_empty_body() {
    let server = Scripted::playing([json(200, "")]).await;
    let client = server.client();
    let update: UpdateContact = update(json!({ "remark": "x" }));
    let errors = [
        client.send(&list_contacts()).await.unwrap_err(),
        client.send(&ListNotifications { tab: None, limit: 1, skip: 0 }).await.unwrap_err(),
        client.send(&ListContactFiles { contact_id: contact_id() }).await.unwrap_err(),
        client.send(&comment()).await.unwrap_err(),
        client.send(&update).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, GatewayError::WrongShape { .. }), "{error:?}");
        assert!(error.to_string().contains("found nothing"), "{error}");
    }
}
