//! Lossless means lossless: what the decoder rebuilds is the gateway's JSON, value for value.

use imbrace_contacts_mcp::model::Record;
use imbrace_contacts_mcp::render::{Budget, Lossless, Reply, Span, text, text_within};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::decoder;

const ROOMY: Budget = Budget { bytes: 10_000_000, lines: 100_000 };

fn listed(objects: &[Value]) -> Reply {
    listed_from(objects, 0)
}

/// The objects behind the first `skip` ones.
fn listed_from(objects: &[Value], skip: usize) -> Reply {
    let records = objects.iter().map(|object| Record::from_value(object.clone()).unwrap()).collect();
    let span = Span { skip: skip as u64, total: Some((skip + objects.len()) as u64), more: false, units: None };
    Reply::Lossless(Lossless { title: "things".to_owned(), span, notes: vec!["unread: 3".to_owned()], records })
}

/// The text of a list of objects, within the usual budget.
pub fn shown(objects: &[Value]) -> String {
    text(&listed(objects))
}

fn single(object: &Value) -> Reply {
    Reply::Lossless(Lossless::one(Record::from_value(object.clone()).unwrap()))
}

fn assert_comes_back(objects: &[Value]) {
    let shown = text_within(&listed(objects), ROOMY);
    let decoded = decoder::list(&shown);
    assert_eq!(decoded.objects, objects, "{shown}");
    for line in shown.lines() {
        assert!(!line.chars().any(|letter| letter.is_control()), "{line}");
    }
    for object in objects.iter().filter(|object| !object.as_object().unwrap().is_empty()) {
        assert_eq!(decoder::one(&text_within(&single(object), ROOMY)), *object);
    }
}

#[test]
fn the_form_reads_as_documented() {
    let objects = [
        json!({"id": "con_1", "url": "https://files.example.com/org/1.jpeg?size=large", "kind": "x y", "a": {"b": 1, "c": ""}, "note": null, "at": "2025-10-15T10:00:00.000Z"}),
        json!({"id": "con_2", "url": "https://files.example.com/org/2.jpeg?size=large", "kind": "x y", "a": {"b": 2, "c": "say \"hi\""}, "note": null, "at": "2025-10-15T11:30:00.000Z", "odd.name": [1]}),
        json!({"id": "con_3", "url": "https://files.example.com/org/3.jpeg?size=large", "kind": "x y", "a": {"b": 2, "c": ""}, "note": "z", "at": "2025-10-16T12:00:00.000Z"}),
    ];
    insta::assert_snapshot!(text(&listed(&objects)));
    assert_comes_back(&objects);
}

#[test]
fn nothings_of_every_kind_are_told_apart() {
    assert_comes_back(&[
        json!({"a": null, "b": "", "c": {}, "d": [], "e": 0, "f": false, "g": "null", "h": " x "}),
        json!({"a": "", "b": null, "c": [], "d": {}, "e": null, "f": "", "g": null, "h": ""}),
        json!({"b": "\"", "c": {"x": null}, "d": [[]], "e": "0", "f": "false", "g": "\"null\"", "h": "# x"}),
        json!({}),
    ]);
    assert_comes_back(&[json!({}), json!({})]);
    assert_comes_back(&[json!({"a": ""}), json!({"a": ""})]);
    assert_comes_back(&[json!({"a": "con_1"})]);
}

#[test]
fn names_that_look_like_something_else_are_told_apart() {
    assert_comes_back(&[
        json!({"": 1, ".": 2, "a.b": 3, "a": {"b": 4, "": 5, "c d": {"e=f": "; null=x"}}, "\"": 6, "#": 7, "a\nb": 8, "né": 9}),
        json!({"a": "text beside an object", "=": "=", "; ": "; ", ",": ",", "\u{202E}": "\u{202E}\u{0}\u{2028}"}),
    ]);
}

#[test]
fn the_contracts_own_answers_come_back_value_for_value() {
    for (what, body) in [
        ("contacts of the document", include_str!("../fixtures/document_contacts.json")),
        ("contacts", include_str!("../fixtures/contract_contacts.json")),
        ("conversations", include_str!("../fixtures/contract_conversations.json")),
        ("comment", include_str!("../fixtures/contract_comment.json")),
        ("files", include_str!("../fixtures/contract_files.json")),
        ("notifications", include_str!("../fixtures/contract_notifications.json")),
        ("updated contact", include_str!("../fixtures/contract_updated_contact.json")),
    ] {
        let body: Value = serde_json::from_str(body).unwrap();
        let rows = body.get("data").unwrap_or(&body);
        let rows = rows.as_array().cloned().unwrap_or_else(|| vec![rows.clone()]);
        assert!(!rows.is_empty(), "{what}");
        assert_comes_back(&rows);
        // The same object twice is said once, in the head.
        assert_comes_back(&[rows.clone(), rows].concat());
    }
}

#[test]
fn what_does_not_fit_is_said_and_passed_over() {
    let objects: Vec<Value> =
        (0..3).map(|n| json!({"id": n, "text": "x".repeat(if n == 0 { 20_000 } else { 10 })})).collect();
    let shown = text(&listed(&objects));
    assert!(shown.starts_with("# things 1: left out, its 20018 bytes"), "{shown}");
    assert!(shown.ends_with("next: skip=1"), "{shown}");
    let shown = text(&listed(&objects[..1]));
    assert!(!shown.contains("next:"), "{shown}");
    let many: Map<String, Value> = (0..3_000).map(|n| (format!("key{n}"), json!("v".repeat(100)))).collect();
    let mut object = json!({"id": "con_1", "additional_params": many, "name": "Ann"});
    object["k".repeat(70_000)] = json!(1);
    let shown = text(&single(&object));
    assert!(shown.len() <= 9_500 && shown.lines().count() <= 250, "{}", shown.len());
    assert!(shown.contains("id: \"con_1\"") && shown.contains("name: \"Ann\""), "{shown}");
    assert!(shown.contains("# additional_params left out: 3379"), "{shown}");
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{0,6}",
        1 => Just(String::new()),
        1 => "2025-1[0-2]-0[1-9]T0[0-9]:00:00.000Z",
        1 => "con_[0-9a-f]{4}",
        1 => "https://files.example.com/[a-z]{0,3}/large.jpeg",
        2 => proptest::sample::select(vec!["\"", "\"\"", "#", "# x", " a", "a  b", "null", "true", "1", "{}", "[]", ",", "a,b", "\n", "\r\n", "\u{2028}", "\u{202E}", "\u{200D}", "می\u{200C}خواهم", "👨\u{200D}👩", "\\", "\\u0041", "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}", "\u{0}", "\u{FEFF}", "=", "; null=a", "a=1 b=2"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn names() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(vec!["a", "b", "c", "id", "name", "x_y", "a-b"]).prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["", ".", "a.b", "a b", "\"", "#", "é", "\n", "=", "; ", ","]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        2 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<i32>().prop_map(|number| Value::from(f64::from(number) / 64.0)),
        5 => texts().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            2 => proptest::collection::vec((names(), inner), 0..4).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn objects() -> impl Strategy<Value = Value> {
    proptest::collection::vec((names(), values()), 0..7).prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_objects_come_back_value_for_value(objects in proptest::collection::vec(objects(), 1..6)) {
        assert_comes_back(&objects);
    }

    #[test]
    fn pages_cut_by_the_budget_come_back_whole(objects in proptest::collection::vec(objects(), 1..40), bytes in 300usize..3_000) {
        let budget = Budget { bytes, lines: 20 };
        let mut rebuilt: Vec<Value> = Vec::new();
        while rebuilt.len() < objects.len() {
            let rest = &objects[rebuilt.len()..];
            let shown = text_within(&listed_from(rest, rebuilt.len()), budget);
            prop_assert!(shown.len() <= bytes && shown.lines().count() <= 20, "{}", shown);
            let decoded = decoder::list(&shown);
            if decoded.objects.is_empty() {
                prop_assert!(decoded.head.contains("left out"), "{}", shown);
                rebuilt.push(rest[0].clone());
            }
            rebuilt.extend(decoded.objects);
            prop_assert_eq!(decoded.next, (rebuilt.len() < objects.len()).then_some(rebuilt.len() as u64), "{}", shown);
        }
        prop_assert_eq!(rebuilt, objects);
    }
}
