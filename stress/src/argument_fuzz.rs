//! Random calls of every tool whose arguments are absent, `null`, empty, right or repeated, and what such a call may write.

#![allow(
    clippy::indexing_slicing,
    reason = "a JSON value answers null for what it lacks, and the other places are drawn from the length"
)]

use std::collections::BTreeSet;

use rand::{Rng, RngExt};
use serde_json::{Value, json};

/// The contact that calls are about.
pub const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A call in the making.
pub struct FuzzedCall {
    /// The tool.
    pub tool: String,
    /// The arguments as JSON text, in which a key may stand twice.
    pub arguments: String,
    /// Whether something is given twice, so that nothing may be sent at all.
    pub is_repeated: bool,
    /// The fields, or the ids, that the caller gave a value.
    pub given: BTreeSet<String>,
}

/// A random call of the tool of this definition, as `tools/list` has it.
pub fn fuzzed_call(random: &mut impl Rng, definition: &Value) -> FuzzedCall {
    let tool = definition["name"].as_str().unwrap_or_default().to_owned();
    let mut call = FuzzedCall { tool, arguments: String::new(), is_repeated: false, given: BTreeSet::new() };
    let required = definition["inputSchema"]["required"].as_array().cloned().unwrap_or_default();
    let mut members = Vec::new();
    for (name, schema) in definition["inputSchema"]["properties"].as_object().into_iter().flatten() {
        let is_required = required.iter().any(|required| required == name);
        // What is required is mostly there: a call without it gets nowhere.
        let is_there = random.random_range(0..20) < if is_required { 19 } else { 8 };
        if !is_there {
            continue;
        }
        let text = value(random, name, schema, is_required, &mut call);
        members.push(format!("{}:{text}", json!(name)));
        if random.random_range(0..40) == 0 {
            call.is_repeated = true;
            members.push(format!("{}:{}", json!(name), ["null", "\"\"", &text][random.random_range(0..3)]));
        }
    }
    call.arguments = format!("{{{}}}", members.join(","));
    call
}

/// What a request wrote that the caller did not give: fields of a contact, or ids of notifications.
pub fn not_given(call: &FuzzedCall, body: &[u8]) -> Vec<String> {
    let written: Vec<String> = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) if call.tool == "update_contact" => {
            fields.into_iter().map(|(name, _)| name).collect()
        }
        Ok(Value::Array(ids)) => ids.iter().map(|id| id.as_str().unwrap_or("?").to_owned()).collect(),
        _ => Vec::new(),
    };
    written.into_iter().filter(|name| call.is_repeated || !call.given.contains(name)).collect()
}

fn value(random: &mut impl Rng, name: &str, schema: &Value, is_required: bool, call: &mut FuzzedCall) -> String {
    let kind = random.random_range(0..10);
    match (kind, is_required) {
        (0, _) | (1 | 2, false) => return "null".to_owned(),
        (3, _) | (4, false) => return "\"\"".to_owned(),
        _ => {}
    }
    match name {
        "set" => return fields(random, call),
        "changes" => return json!([{ "contact": CONTACT, "field": "remark", "value": null }]).to_string(),
        "ids" => {
            let ids: Vec<Value> = (0..random.random_range(0..4))
                .map(|number| if random.random() { Value::Null } else { json!(format!("not_{number}")) })
                .collect();
            call.given.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned));
            return Value::Array(ids).to_string();
        }
        _ => {}
    }
    let text = match name {
        "contact_id" | "contact" => CONTACT,
        "comment_id" => "cmc_1",
        "conversation_id" => "tcu_1",
        "query" => "ann",
        "sort" => "email",
        "channel_types" => "web",
        "plan" => "plan_00000000",
        "answers" => "dup_00000000=same",
        _ => schema["enum"][0].as_str().unwrap_or("x"),
    };
    match schema["type"].as_str() {
        Some("integer") => "1".to_owned(),
        Some("boolean") => random.random::<bool>().to_string(),
        _ => json!(text).to_string(),
    }
}

/// The argument `set`: as an object, as a list of `{field, value}`, or one of both as JSON in a text.
fn fields(random: &mut impl Rng, call: &mut FuzzedCall) -> String {
    let is_list = random.random::<bool>();
    let mut members = Vec::new();
    for (field, right) in FIELDS {
        if random.random_range(0..10) < 6 {
            continue;
        }
        let value = match random.random_range(0..4) {
            0 | 1 => Value::Null,
            2 if !matches!(field, "first_name" | "last_name") => json!(""),
            _ => json!(right),
        };
        if !value.is_null() {
            call.given.insert(field.to_owned());
        }
        let member = |value: &Value| {
            if is_list {
                json!({ "field": field, "value": value }).to_string()
            } else {
                format!("{}:{value}", json!(field))
            }
        };
        members.push(member(&value));
        if random.random_range(0..60) == 0 {
            let again = [Value::Null, json!(""), json!(right)][random.random_range(0..3)].clone();
            // In a list an item without a value is one that is not there.
            call.is_repeated |= !is_list || (!value.is_null() && !again.is_null());
            if !again.is_null() {
                call.given.insert(field.to_owned());
            }
            members.push(member(&again));
        }
    }
    let (open, close) = if is_list { ('[', ']') } else { ('{', '}') };
    let text = format!("{open}{}{close}", members.join(","));
    if random.random_range(0..4) == 0 { json!(text).to_string() } else { text }
}

/// Fields that can be set, each with a value that it takes.
pub const FIELDS: [(&str, &str); 22] = [
    ("first_name", "Ann"),
    ("last_name", "Lee"),
    ("display_name", "Ann Lee"),
    ("email", "ann@example.com"),
    ("area_code", "852"),
    ("phone_number", "55500101"),
    ("gender", "f"),
    ("language", "zh-Hant"),
    ("remark", "seen"),
    ("title", "Dr"),
    ("birthday", "1990-12-31"),
    ("location", "Hong Kong"),
    ("company_name", "Example Ltd"),
    ("position", "Buyer"),
    ("time_zone", "Asia/Hong_Kong"),
    ("avatar_url", "https://files.example.com/a.png"),
    ("whatsapp_id", "85255500101"),
    ("facebook_id", "1"),
    ("messenger_id", "2"),
    ("wechat_id", "3"),
    ("line_id", "4"),
    ("instagram_id", "5"),
];
