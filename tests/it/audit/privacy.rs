//! What never stands in an audit file.

use imbrace_contacts_mcp::tools;
use serde_json::{Value, json};

use super::{audited, lines};

const CANARY: &str = "acc_00000000-0000-4000-8000-00000000cafe";

#[tokio::test]
async fn no_text_of_arguments_or_answers_is_recorded_for_any_tool() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit.jsonl");
    let desk = audited(&path).await;
    let contact = "con_00000000-0000-4000-8000-000000000001";
    let secret = "Quetzalcoatl Example quetzal@example.com +1 202 555 0143";
    for entry in tools::catalog() {
        let schema = entry.schema();
        let properties = schema["properties"].as_object().unwrap();
        let mut arguments = json!({});
        for (name, property) in properties {
            arguments[name] = match property["type"].as_str() {
                Some("integer") => json!(3),
                Some("boolean") => json!(true),
                Some("array") => json!([secret, contact]),
                Some("object") => json!({"display_name": secret, "token": CANARY}),
                _ => Value::from(format!("{secret} {CANARY} {contact}")),
            };
        }
        desk.answer(entry.name, arguments).await;
        desk.answer(entry.name, json!({})).await;
    }
    desk.call("search_contacts", json!({"query": "nguyen"})).await;
    let text = std::fs::read_to_string(&path).unwrap();
    for word in ["uetzal", "example.com", "202 555", "acc_", "guyen"] {
        assert!(!text.contains(word), "{word}");
    }
    assert!(text.contains(contact), "ids are recorded");
    // Nothing but words of closed sets, ids, digests, numbers and times.
    for line in lines(&path) {
        for (name, value) in line.as_object().unwrap() {
            let texts: Vec<&str> = value
                .as_array()
                .map_or_else(|| vec![value], |list| list.iter().collect())
                .into_iter()
                .filter_map(Value::as_str)
                .collect();
            assert!(
                texts
                    .iter()
                    .all(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-:.".contains(&byte))),
                "{name}: {value}"
            );
        }
    }
}

#[tokio::test]
async fn equal_arguments_have_equal_digests_only_under_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut digests = Vec::new();
    for name in ["one", "two"] {
        let path = folder.path().join(name);
        let desk = audited(&path).await;
        for _ in 0..2 {
            desk.call("search_contacts", json!({"query": "nguyen"})).await;
        }
        digests.extend(lines(&path).iter().skip(1).map(|line| line["arguments"].as_str().unwrap().to_owned()));
    }
    assert_eq!((&digests[0], &digests[2]), (&digests[1], &digests[3]));
    assert_ne!(digests[0], digests[2]);
}
