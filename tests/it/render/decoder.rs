//! Rebuilds JSON from the lossless form, by what is written at the top of `src/render/lossless.rs` and nothing else.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// What an answer holds.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The first line.
    pub head: String,
    /// Where the next page begins, if there is one.
    pub next: Option<u64>,
    /// The objects.
    pub objects: Vec<Value>,
}

#[derive(Default)]
struct Head {
    constant: Vec<(Vec<String>, Value)>,
    blank: HashMap<Vec<String>, Value>,
    json: Vec<Vec<String>>,
    prefix: HashMap<Vec<String>, String>,
    suffix: HashMap<Vec<String>, String>,
}

/// The objects of a list.
pub fn list(text: &str) -> Decoded {
    let head_line = text.lines().next().unwrap();
    let next = head_line.rsplit_once("; next: skip=").map(|(_, next)| next.parse().unwrap());
    let mut decoded = Decoded { head: head_line.to_owned(), next, objects: Vec::new() };
    let mut head = Head::default();
    let mut rest = text;
    while rest.starts_with('#') {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        read_head(line, &mut head);
        rest = after;
    }
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rest.as_bytes()).into_records();
    let Some(names) = rows.next() else { return decoded };
    let names: Vec<Vec<String>> = names.unwrap().iter().filter(|name| !name.is_empty()).map(whole_path).collect();
    decoded.objects = rows.map(|row| object(&head, &names, &row.unwrap())).collect();
    decoded
}

/// One object by itself.
pub fn one(text: &str) -> Value {
    let mut object = Value::Object(Map::new());
    for line in text.lines() {
        let (path, rest) = path(line);
        put(&mut object, &path, serde_json::from_str(rest.strip_prefix(": ").unwrap()).unwrap());
    }
    object
}

fn object(head: &Head, names: &[Vec<String>], row: &csv::StringRecord) -> Value {
    let mut object = Value::Object(Map::new());
    for (path, value) in &head.constant {
        put(&mut object, path, value.clone());
    }
    for (index, name) in names.iter().enumerate() {
        let cell = row.get(index).unwrap_or_default();
        let value = if cell.is_empty() {
            let Some(blank) = head.blank.get(name) else { continue };
            blank.clone()
        } else if head.json.contains(name) {
            serde_json::from_str(cell).unwrap()
        } else {
            let middle: String =
                if cell.starts_with('"') { serde_json::from_str(cell).unwrap() } else { cell.to_owned() };
            let part = |parts: &HashMap<Vec<String>, String>| parts.get(name).cloned().unwrap_or_default();
            Value::from(format!("{}{middle}{}", part(&head.prefix), part(&head.suffix)))
        };
        put(&mut object, name, value);
    }
    object
}

fn read_head(line: &str, head: &mut Head) {
    let (what, mut rest) = line.trim_start_matches("# ").split_once(": ").unwrap_or_default();
    match what {
        "every row" => head.constant = pairs(rest),
        "prefix" => head.prefix = texts(rest),
        "suffix" => head.suffix = texts(rest),
        "JSON" => {
            while !rest.is_empty() {
                let (name, after) = path(rest);
                head.json.push(name);
                rest = after.trim_start();
            }
        }
        "blank" => {
            while !rest.is_empty() {
                let (value, after) = rest.split_once('=').unwrap();
                let value: Value = serde_json::from_str(value).unwrap();
                rest = after;
                while !rest.is_empty() && !rest.starts_with("; ") {
                    let (name, after) = path(rest.trim_start());
                    head.blank.insert(name, value.clone());
                    rest = after;
                }
                rest = rest.strip_prefix("; ").unwrap_or(rest);
            }
        }
        _ => {}
    }
}

fn texts(rest: &str) -> HashMap<Vec<String>, String> {
    pairs(rest).into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect()
}

/// `name=JSON name=JSON`.
fn pairs(mut rest: &str) -> Vec<(Vec<String>, Value)> {
    let mut pairs = Vec::new();
    while !rest.is_empty() {
        let (name, after) = path(rest);
        let (value, after) = json(after.strip_prefix('=').unwrap());
        pairs.push((name, value));
        rest = after.trim_start();
    }
    pairs
}

/// A JSON value at the beginning, and what follows it.
fn json(text: &str) -> (Value, &str) {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next().unwrap().unwrap();
    (value, &text[values.byte_offset()..])
}

/// A path at the beginning, and what follows it.
fn path(mut text: &str) -> (Vec<String>, &str) {
    let mut steps = Vec::new();
    loop {
        if text.starts_with('"') {
            let (step, after) = json(text);
            steps.push(step.as_str().unwrap().to_owned());
            text = after;
        } else {
            let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-@".contains(letter);
            let end = text.find(|letter| !plain(letter)).unwrap_or(text.len());
            assert!(end > 0, "a step at {text:?}");
            steps.push(text[..end].to_owned());
            text = &text[end..];
        }
        match text.strip_prefix('.') {
            Some(after) => text = after,
            None => return (steps, text),
        }
    }
}

fn whole_path(text: &str) -> Vec<String> {
    let (steps, rest) = path(text);
    assert_eq!(rest, "");
    steps
}

fn put(object: &mut Value, path: &[String], value: Value) {
    let (last, steps) = path.split_last().unwrap();
    let mut place = object.as_object_mut().unwrap();
    for step in steps {
        place = place.entry(step).or_insert_with(|| Value::Object(Map::new())).as_object_mut().unwrap();
    }
    assert!(place.insert(last.clone(), value).is_none(), "{path:?} stands twice");
}
