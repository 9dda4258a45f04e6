//! JSON schemas of the arguments, made from the input types: a strict one to check by, a lean one to show.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// Keywords that bounds are written with. The checks need them; a model reads the bounds in the description.
const BOUNDS: [&str; 6] = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

/// The schema that arguments are checked by: one flat object, no references, no `null` alternatives.
pub(super) fn strict<T: JsonSchema>() -> Map<String, Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    simplify(&mut schema);
    let mut schema = match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    // The type's own doc comment: the tool has a description.
    schema.remove("description");
    schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    schema
}

/// The schema that clients see: the strict one without the bounds.
pub(super) fn lean(strict: &Map<String, Value>) -> Map<String, Value> {
    let mut schema = Value::Object(strict.clone());
    drop_keywords(&mut schema, &BOUNDS);
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Drops what tells a model nothing, and the `null` that `Option` adds.
fn simplify(schema: &mut Value) {
    drop_keywords(schema, &["$schema", "title", "format", "default", "additionalProperties", "uniqueItems"]);
    visit(schema, &|map| {
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                map.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(values)) = map.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        if let Some(Value::Array(mut choices)) = map.remove("anyOf") {
            choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
            if let [Value::Object(only)] = choices.as_slice() {
                for (key, value) in only {
                    map.entry(key.clone()).or_insert_with(|| value.clone());
                }
            } else {
                map.insert("anyOf".to_owned(), Value::Array(choices));
            }
        }
        // An enum whose variants are documented one by one: `oneOf` of `const`s.
        if let Some(Value::Array(choices)) = map.remove("oneOf") {
            let words: Vec<Value> = choices.iter().filter_map(|choice| choice.get("const").cloned()).collect();
            map.insert("type".to_owned(), "string".into());
            map.insert("enum".to_owned(), Value::Array(words));
        }
    });
}

fn drop_keywords(schema: &mut Value, keywords: &[&str]) {
    visit(schema, &|map| map.retain(|key, _| !keywords.contains(&key.as_str())));
}

/// Applies a change to a schema and to every schema inside it, but not to the names of properties.
fn visit(schema: &mut Value, change: &impl Fn(&mut Map<String, Value>)) {
    let Value::Object(map) = schema else { return };
    change(map);
    if let Some(Value::Object(properties)) = map.get_mut("properties") {
        properties.values_mut().for_each(|property| visit(property, change));
    }
    if let Some(items) = map.get_mut("items") {
        visit(items, change);
    }
}
