//! Rows and fields that cannot be read as they should be: shown as far as they can be, named, and no reason to lose the others.

use imbrace_contacts_mcp::tools::Output;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::wrong_answers::call;
use crate::arguments::CONTACT;
use crate::support::scripted::{self, Scripted};

/// A tool that lists, the path of its list and the rest of its envelope, and a row of it that can be read.
struct Listing {
    tool: &'static str,
    arguments: Value,
    /// The envelope around the rows, with `ROWS` in their place.
    envelope: &'static str,
    /// The beginning of a row: what follows is `,…}`.
    row: &'static str,
    /// The field that the row's text stands in.
    text: &'static str,
}

fn listings() -> Vec<Listing> {
    let of_contact = || json!({ "contact_id": CONTACT });
    vec![
        Listing {
            tool: "list_contacts",
            arguments: json!({ "limit": 5 }),
            envelope: r#"{"data":ROWS,"count":70,"total":5,"has_more":true}"#,
            row: r#"{"object_name":"contact","id":"con_NUMBER","channel_type":"web""#,
            text: "display_name",
        },
        Listing {
            tool: "search_contacts",
            arguments: json!({ "query": "ann", "limit": 5 }),
            envelope: r#"{"data":ROWS,"count":70,"total":5,"has_more":true}"#,
            row: r#"{"object_name":"contact","id":"con_NUMBER","channel_type":"web""#,
            text: "display_name",
        },
        Listing {
            tool: "get_contact_conversations",
            arguments: of_contact(),
            envelope: r#"{"data":ROWS}"#,
            row: r#"{"_id":"conv_NUMBER","public_id":"tcu_NUMBER","channel_type":"web","name":"Ann""#,
            text: "status",
        },
        Listing {
            tool: "list_contact_comments",
            arguments: json!({ "contact_id": CONTACT, "limit": 5 }),
            envelope: r#"{"data":ROWS,"count":70,"total":5,"has_more":true}"#,
            row: r#"{"_id":"msg_NUMBER","comments":[{"_id":"cmc_NUMBER","content":"call back"}]"#,
            text: "note",
        },
        Listing {
            tool: "list_contact_files",
            arguments: of_contact(),
            envelope: "ROWS",
            row: r#"{"_id":"msg_NUMBER","created_at":"2026-01-02T10:40:00.000Z","content":{"caption":"a picture"}"#,
            text: "type",
        },
        Listing {
            tool: "list_notifications",
            arguments: json!({ "limit": 5 }),
            envelope: r#"{"data":ROWS,"count":70,"total":5,"unread_count":3,"has_more":true}"#,
            row: r#"{"_id":"not_NUMBER","type":201,"is_read":false"#,
            text: "title",
        },
    ]
}

impl Listing {
    /// A page of five rows, of which the second and the third are these; `REST` stands for the row's usual beginning.
    fn page(&self, second: &str, third: &str) -> String {
        let row = |number: usize, rest: &str| {
            let start = self.row.replace("NUMBER", &number.to_string());
            rest.replace("REST", &start)
        };
        let good = |number| row(number, &format!(r#"REST,"{}":"fine {number}"}}"#, self.text));
        let rows = [good(1), row(2, second), row(3, third), good(4), good(5)];
        self.envelope.replace("ROWS", &format!("[{}]", rows.join(",")))
    }

    async fn answer(&self, page: &str, output: Output, fields: Option<&str>) -> String {
        let server = Scripted::playing([scripted::json(200, page)]).await;
        let mut arguments = self.arguments.clone();
        if let Some(fields) = fields {
            arguments["fields"] = fields.into();
        }
        let answer = call(&server, output, self.tool, arguments).await;
        assert!(!answer.is_error, "{}: {}", self.tool, answer.text);
        if output == Output::Structured {
            let structured = answer.structured.expect("structured output was asked for");
            assert_eq!(serde_json::from_str::<Value>(&answer.text).unwrap(), structured);
        }
        answer.text
    }
}

#[tokio::test]
async fn a_broken_text_and_a_long_number_cost_no_row_and_are_named() {
    let mut said = Vec::new();
    for listing in listings() {
        let second = format!(r#"REST,"{}":"half \ud83d here"}}"#, listing.text);
        let third = r#"REST,"additional_params":{"score":12345678901234567890123,"rate":1e400}}"#;
        let page = listing.page(&second, third);
        for (output, fields) in [
            (Output::Text, None),
            (Output::Structured, None),
            (Output::Text, Some("*")),
            (Output::Structured, Some("*")),
        ] {
            let text = listing.answer(&page, output, fields).await;
            for expected in ["fine 1", "fine 4", "fine 5"] {
                assert!(text.contains(expected) || listing.tool == "list_contact_comments", "{}: {text}", listing.tool);
            }
            let field = if listing.tool == "list_contact_comments" { "message 2 note" } else { "row 2 " };
            assert!(text.contains(&format!("unreadable: {field}")), "{} {output:?} {fields:?}: {text}", listing.tool);
            assert!(text.contains("additional_params.score"), "{} {output:?} {fields:?}: {text}", listing.tool);
            let has_whole_row = fields.is_some() && listing.tool != "list_contact_comments";
            assert!(!has_whole_row || text.contains("12345678901234567890123"), "the digits are kept: {text}");
            assert!(!has_whole_row || text.contains("1e400"), "{text}");
            if listing.envelope.contains("has_more") {
                assert!(text.contains("70") && text.contains('5'), "the counts stay: {text}");
            }
            said.push(format!("{} {output:?} {}\n{text}", listing.tool, fields.unwrap_or("-")));
        }
    }
    assert_snapshot!(said.join("\n\n"));
}

#[tokio::test]
async fn a_row_of_another_shape_is_a_row_and_is_named_with_what_it_holds() {
    let mut said = Vec::new();
    for listing in listings() {
        for (second, third) in [(r#""only \u202etext""#, r#"["a",1]"#), ("null", "17")] {
            let page = listing.page(second, third);
            for output in [Output::Text, Output::Structured] {
                let text = listing.answer(&page, output, None).await;
                let row = if listing.tool == "list_contact_comments" { "message" } else { "row" };
                for number in [2, 3] {
                    assert!(text.contains(&format!("{row} {number} is ")), "{}: {text}", listing.tool);
                }
                assert!(!text.contains('\u{202e}'), "{text}");
                // The next page begins behind all five.
                assert!(
                    !listing.envelope.contains("has_more")
                        || text.contains("skip=5")
                        || text.contains(r#""next_skip":5"#),
                    "{text}"
                );
                said.push(format!("{} {output:?}\n{text}", listing.tool));
            }
        }
    }
    assert_snapshot!(said.join("\n\n"));
}

#[tokio::test]
async fn a_field_of_another_type_is_named_with_what_it_holds() {
    let mut said = Vec::new();
    for listing in listings() {
        let is_comments = listing.tool == "list_contact_comments";
        let (second, third) = if is_comments {
            (
                r#"{"_id":"msg_2","comments":{"a":1}}"#.to_owned(),
                r#"{"_id":"msg_3","comments":[{"_id":"cmc_3","content":7}]}"#.to_owned(),
            )
        } else {
            (format!(r#"REST,"{}":["a","b"]}}"#, listing.text), format!(r#"REST,"{}":85255500101}}"#, listing.text))
        };
        let page = listing.page(&second, &third);
        for output in [Output::Text, Output::Structured] {
            let text = listing.answer(&page, output, None).await;
            assert!(text.contains("unreadable: "), "{}: {text}", listing.tool);
            assert!(is_comments || text.contains("85255500101"), "{}: {text}", listing.tool);
            said.push(format!("{} {output:?}\n{text}", listing.tool));
        }
    }
    assert_snapshot!(said.join("\n\n"));
}

#[tokio::test]
async fn one_contact_with_a_broken_field_is_shown_and_says_so() {
    let body = format!(
        r#"{{"id":"{CONTACT}","display_name":["x"],"remark":"a \ud800 b","additional_params":{{"n":0.1000000000000000055511151231257827}}}}"#
    );
    let server = Scripted::playing([scripted::json(200, &body)]).await;
    let mut said = Vec::new();
    for output in [Output::Text, Output::Structured] {
        for fields in [None, Some("*")] {
            let mut arguments = json!({ "contact_id": CONTACT });
            if let Some(fields) = fields {
                arguments["fields"] = fields.into();
            }
            let answer = call(&server, output, "get_contact", arguments).await;
            assert!(!answer.is_error && answer.text.contains("half a surrogate pair"), "{}", answer.text);
            said.push(answer.text);
        }
    }
    assert_snapshot!(said.join("\n\n"));
}

/// The old value of a receipt is what a change is taken back with: where it was not read as it was sent, the receipt says so.
#[tokio::test]
async fn a_receipt_names_an_old_value_that_could_not_be_read() {
    for (old, said) in [
        (r#""caf\ud800""#, r#""caf\ud800" -> "new" (unreadable before: half a surrogate pair, shown as its escape)"#),
        ("1e400", r#""1e400" -> "new" (unreadable before: a number of too many digits, shown as text)"#),
        (r#"["a","b"]"#, r#""['a','b']" -> "new" (unreadable before: an array)"#),
        (r#""fine""#, r#""fine" -> "new""#),
        ("null", r#"(empty) -> "new""#),
    ] {
        let contact = move |remark: &str| format!(r#"{{"object_name":"contact","id":"{CONTACT}","remark":{remark}}}"#);
        let server = Scripted::answering(move |index, _| {
            let remark = if index == 0 { old } else { r#""new""# };
            scripted::json(200, &contact(remark))
        });
        let set = json!({ "contact_id": CONTACT, "set": [{ "field": "remark", "value": "new" }] });
        let answer = call(&server.await, Output::Text, "update_contact", set).await;
        let line = answer.text.lines().find(|line| line.starts_with("remark: "));
        assert_eq!(line, Some(format!("remark: {said}").as_str()), "{}", answer.text);
    }
}
