//! Rules that hold for all tools at once: what clients see, what it costs, and that hints tell the truth.

use imbrace_contacts_mcp::tools::{self, Confirm, Effect, Entry, Selection, Surface};
use serde_json::{Map, Value, json};

use crate::harness::{Harness, Wishes};
use crate::tools::{MEI, plan_of_remarks, short_ids, somebody_with};

/// Every tool as it is shipped.
fn offered() -> Vec<Entry> {
    tools::offered(&Selection::default(), true).unwrap()
}

/// Keywords that tell a model nothing, or that some clients refuse.
const NOISE: [&str; 14] = [
    "$schema",
    "$ref",
    "$defs",
    "anyOf",
    "oneOf",
    "allOf",
    "title",
    "format",
    "default",
    "nullable",
    "minimum",
    "maximum",
    "additionalProperties",
    "const",
];

#[test]
fn names_titles_and_descriptions_keep_to_the_rules() {
    let mut names: Vec<&str> = offered().iter().map(|entry| entry.name).collect();
    for Entry { name, title, description, .. } in offered() {
        assert!(name.len() <= 40 && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!((5..=40).contains(&title.len()), "{name}: {title}");
        assert!(description.len() <= 400 && description.ends_with('.'), "{name}: {description}");
        for word in ["IMPORTANT", "ALWAYS", "NEVER", "MUST"] {
            assert!(!description.contains(word), "{name} orders its reader about");
        }
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), offered().len());
}

#[test]
fn schemas_are_flat_and_every_argument_is_described() {
    fn lint(place: &str, schema: &Value, wrong: &mut Vec<String>) {
        let map = schema.as_object().unwrap();
        wrong.extend(NOISE.iter().filter(|word| map.contains_key(**word)).map(|word| format!("{place} holds {word}")));
        if !map.get("type").is_some_and(Value::is_string) {
            wrong.push(format!("{place} has no single type"));
        }
        for (name, property) in map.get("properties").and_then(Value::as_object).unwrap_or(&Map::new()) {
            let place = format!("{place}.{name}");
            if property.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
                wrong.push(format!("{place} is not described"));
            }
            lint(&place, property, wrong);
        }
        if let Some(items) = map.get("items") {
            lint(&format!("{place}[]"), items, wrong);
        }
    }
    let mut wrong = Vec::new();
    for (door, confirm, uploads) in [
        (Surface::Here, Confirm::Destructive, true),
        (Surface::Here, Confirm::All, false),
        (Surface::Http, Confirm::All, true),
        (Surface::Http, Confirm::Never, false),
    ] {
        let selection = Selection { door, confirm, ..Selection::default() };
        for entry in tools::offered(&selection, uploads).unwrap() {
            lint(entry.name, &Value::Object(entry.schema()), &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Arguments that make each tool succeed on a fresh desk.
async fn good_arguments(desk: &Harness, tool: &str) -> Value {
    match tool {
        "list_contacts" | "list_notifications" => json!({}),
        "search_contacts" => json!({ "query": "a" }),
        "get_contact" | "get_contact_conversations" | "list_contact_comments" | "list_contact_files" => {
            json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add" })
        }
        "get_conversation_messages" => {
            let (_, conversations) = somebody_with(desk, "get_contact_conversations", 1).await;
            json!({ "conversation_id": short_ids(&conversations)[0] })
        }
        "update_contact" => {
            json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "set": { "remark": "seen" } })
        }
        "get_contact_comment" => {
            let (contact, comments) = somebody_with(desk, "list_contact_comments", 1).await;
            json!({ "contact_id": contact, "comment_id": short_ids(&comments)[0] })
        }
        "upload_contact_file" => json!({ "path": "note.txt" }),
        "mark_notifications_read" | "dismiss_notifications" => {
            json!({ "ids": short_ids(&desk.call("list_notifications", json!({ "limit": 2 })).await) })
        }
        "dismiss_all_notifications" => json!({ "type": "teams" }),
        "check_contact" => json!({ "contact": { "email": "mei@gmial.com" } }),
        "audit_contacts" => json!({}),
        "find_duplicate_contacts" => {
            desk.call("audit_contacts", json!({})).await;
            json!({})
        }
        "decide_duplicates" => {
            desk.call("audit_contacts", json!({})).await;
            let known = desk.call("list_contacts", json!({ "limit": 2 })).await;
            json!({ "answers": format!("{}=different", short_ids(&known).join(" ")) })
        }
        "plan_cleanup" => json!({ "changes": { MEI: { "remark": "seen" } } }),
        "show_cleanup" => json!({ "plan": plan_of_remarks(desk, 1).await["plan"] }),
        "apply_cleanup" => plan_of_remarks(desk, 1).await,
        "undo_cleanup" => {
            let plan = plan_of_remarks(desk, 1).await;
            desk.confirmed("apply_cleanup", plan.clone()).await;
            json!({ "plan": plan["plan"], "dry_run": false })
        }
        other => panic!("no arguments for the tool `{other}`"),
    }
}

/// A desk with one directory to upload from.
async fn desk() -> (Harness, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("note.txt"), "a note").unwrap();
    let upload_directories = vec![directory.path().to_owned()];
    (Harness::with(Wishes { upload_directories, ..Wishes::default() }).await, directory)
}

#[tokio::test]
async fn hints_are_proved_by_what_reaches_the_gateway() {
    for entry in offered() {
        let (desk, _directory) = desk().await;
        let arguments = good_arguments(&desk, entry.name).await;
        desk.gateway.forget_requests();
        desk.confirmed(entry.name, arguments).await;
        let only_reads = desk.arrivals().iter().all(|arrival| arrival.method == "GET");
        assert_eq!(only_reads, entry.effect.is_read_only(), "{}", entry.name);
    }
}

/// By the specification: whoever replaces or removes what is there is destructive, storing a decision is no reading, and only a tool
/// whose second equal call changes nothing is idempotent.
#[test]
fn hints_follow_the_specification() {
    let destructive: Vec<&str> =
        offered().iter().filter(|entry| entry.effect.destructive_hint()).map(|entry| entry.name).collect();
    assert_eq!(
        destructive,
        [
            "update_contact",
            "dismiss_notifications",
            "dismiss_all_notifications",
            "decide_duplicates",
            "apply_cleanup",
            "undo_cleanup"
        ]
    );
    for entry in offered() {
        let changes = entry.effect != Effect::Read;
        assert_eq!(entry.effect.read_only_hint(), !changes, "{}", entry.name);
    }
}

#[tokio::test]
async fn a_second_equal_apply_writes_more_so_it_is_not_idempotent() {
    let (desk, _directory) = desk().await;
    let plan = plan_of_remarks(&desk, 30).await;
    let puts = || desk.arrivals().iter().filter(|arrival| arrival.method == "PUT").count();
    desk.confirmed("apply_cleanup", plan.clone()).await;
    assert_eq!(puts(), 20, "the first call writes twenty");
    let before = puts();
    desk.confirmed("apply_cleanup", plan).await;
    assert_eq!(puts() - before, 10, "the second equal call writes the rest");
    let entry = offered().into_iter().find(|entry| entry.name == "apply_cleanup").unwrap();
    assert!(!entry.effect.idempotent_hint());
}

#[tokio::test]
async fn an_idempotent_tool_changes_nothing_the_second_time() {
    for entry in offered() {
        if entry.effect.is_read_only() || !entry.effect.idempotent_hint() {
            continue;
        }
        let (desk, _directory) = desk().await;
        let arguments = good_arguments(&desk, entry.name).await;
        desk.confirmed(entry.name, arguments.clone()).await;
        let first = state(&desk).await;
        desk.confirmed(entry.name, arguments).await;
        assert_eq!(state(&desk).await, first, "{}", entry.name);
    }
}

/// What a caller can see of the gateway's data, save the time of the last change.
async fn state(desk: &Harness) -> String {
    let contact = json!({ "contact_id": "con_66d67483-8982-43d6-acbe-139568688add", "fields": "*" });
    let contact = desk.call("get_contact", contact).await;
    let contact: Vec<&str> = contact.lines().filter(|line| !line.starts_with("updated_at")).collect();
    format!("{}\n{}", contact.join("\n"), desk.call("list_notifications", json!({ "limit": 100 })).await)
}

/// Whether a JSON value keeps to a schema of the few keywords that output schemas use.
fn keeps(schema: &Value, value: &Value) -> bool {
    let is_of_type = match schema.get("type").and_then(Value::as_str) {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        other => panic!("an output schema holds the type {other:?}"),
    };
    let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    let has_required = required.filter_map(Value::as_str).all(|name| value.get(name).is_some());
    let properties = schema.get("properties").and_then(Value::as_object);
    let keeps_properties = properties.is_none_or(|properties| {
        let fields = value.as_object().into_iter().flatten();
        fields.into_iter().all(|(name, field)| properties.get(name).is_some_and(|schema| keeps(schema, field)))
    });
    let keeps_items =
        schema.get("items").is_none_or(|items| value.as_array().into_iter().flatten().all(|item| keeps(items, item)));
    is_of_type && has_required && keeps_properties && keeps_items
}

#[tokio::test]
async fn structured_answers_keep_to_the_output_schema_and_the_budget() {
    for entry in offered() {
        let (desk, _directory) = desk().await;
        let arguments = good_arguments(&desk, entry.name).await;
        let toolbox = desk.structured();
        let mut variants = vec![arguments.clone()];
        if entry.schema()["properties"].get("fields").is_some() {
            variants.push({
                let mut all = arguments.clone();
                all["fields"] = "*".into();
                all
            });
        }
        for arguments in variants {
            let arguments = arguments.as_object().cloned().unwrap();
            let answered = toolbox.call(entry.name, arguments, Default::default()).await.unwrap();
            assert!(!answered.is_error, "{}: {}", entry.name, answered.text);
            let structured = answered.structured.expect("a structured answer");
            assert_eq!(structured.to_string(), answered.text);
            assert!(answered.text.len() <= 9_500, "{}: {} bytes", entry.name, answered.text.len());
            assert!(keeps(&Value::Object(entry.shape.schema()), &structured), "{}: {structured:#}", entry.name);
        }
    }
}

#[tokio::test]
async fn a_structured_list_pages_like_the_text() {
    let desk = Harness::with(Wishes { contacts: 137, ..Wishes::default() }).await;
    let toolbox = desk.structured();
    let (mut seen, mut skip) = (0, 0);
    loop {
        let arguments = json!({ "limit": 100, "skip": skip, "fields": "*" }).as_object().cloned().unwrap();
        let page = toolbox.call("list_contacts", arguments, Default::default()).await.unwrap().structured.unwrap();
        seen += page["objects"].as_array().unwrap().len();
        match page.get("next_skip").and_then(Value::as_u64) {
            Some(next) => skip = next,
            None => break,
        }
    }
    assert_eq!(seen, 137);
}

#[tokio::test]
async fn errors_never_carry_structured_content() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let toolbox = desk.structured();
    let answered = toolbox.call("get_contact", Map::new(), Default::default()).await.unwrap();
    assert!(answered.is_error && answered.structured.is_none());
}
