//! What several tools do with their arguments: ids and handles, columns, and sending with the right advice on failure.

use std::borrow::Cow;

use imbrace_contacts_client::suggestion::{likeness, nearest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::error::{ArgumentError, ToolError, value_found};
use super::tool::Tool;
use crate::context::Context;
use crate::gateway::Operation;
use crate::ids::UnknownShortId;
use crate::model::id::Kind;
use crate::model::{CHANNEL_TYPES, Id, IdError, NotificationTab, UPDATABLE_FIELDS};
use crate::render::{self, Fields, Noun, Reply};

/// Which rows of a list; a part of the arguments of every tool that the gateway pages.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(super) struct Paging {
    /// Max 100
    #[serde(default = "twenty")]
    #[schemars(range(min = 1, max = 100))]
    pub(super) limit: u64,
    /// Offset
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub(super) skip: u64,
}

/// The default number of rows.
const fn twenty() -> u64 {
    20
}

/// Names of columns, or other words: `phone,remark`. A string costs fewer tokens to describe than a list, which is read as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(from = "String")]
#[schemars(with = "String", inline)]
pub(super) struct FieldNames(Vec<String>);

impl From<String> for FieldNames {
    fn from(text: String) -> Self {
        // A list that was sent as a text.
        if let Ok(names) = serde_json::from_str(&text) {
            return Self(names);
        }
        Self(text.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }
}

impl FieldNames {
    /// The words as they were written.
    pub(super) fn words(self) -> Vec<String> {
        self.0
    }
}

/// A field of a contact that can be set, as a schema: a closed set of words.
pub(super) struct ContactField;

impl JsonSchema for ContactField {
    fn schema_name() -> Cow<'static, str> {
        "ContactField".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": UPDATABLE_FIELDS })
    }
}

// The schema of an item of `set`, which `field_values` reads. A doc comment would stand in every definition.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the schema is made from it")]
pub(super) struct FieldValue {
    /// Name
    field: ContactField,
    /// "" clears
    value: String,
}

/// Fields with their new values, from items `{field, value}` or an object `{field: value}`. `null` is not given.
///
/// # Errors
/// [`ArgumentError::Rule`] for an item of another form, and for a field that is given twice.
pub(super) fn field_values(name: &str, given: Value) -> Result<Map<String, Value>, ToolError> {
    let items = match given {
        Value::Array(items) => items,
        Value::Object(fields) => return Ok(fields),
        _ => Vec::new(),
    };
    let mut fields = Map::new();
    for given in items {
        let [field, value] = item(name, given, ["field", "value"])?;
        if value.is_null() {
            continue;
        }
        let field = text(name, "field", &field)?;
        if fields.insert(field.clone(), value).is_some() {
            return Err(twice(name, &field));
        }
    }
    Ok(fields)
}

/// The members of an item of a list of objects; `null` for those that are absent.
pub(super) fn item<const N: usize>(name: &str, item: Value, keys: [&str; N]) -> Result<[Value; N], ToolError> {
    let Value::Object(mut members) = item else {
        return Err(form(name, &keys));
    };
    let values = keys.map(|key| members.remove(key).unwrap_or_default());
    if members.is_empty() { Ok(values) } else { Err(form(name, &keys)) }
}

/// A member that must be a text.
pub(super) fn text(name: &str, member: &str, value: &Value) -> Result<String, ToolError> {
    let found = value.as_str().map(str::trim).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| {
        let rule = format!("`{name}`: an item has a value and no `{member}`. Nothing was sent.");
        ArgumentError::Rule { rule }.into()
    })
}

fn form(name: &str, keys: &[&str]) -> ToolError {
    let rule = format!("`{name}`: an item is {{{}}}, with no other key. Nothing was sent.", keys.join(", "));
    ArgumentError::Rule { rule }.into()
}

pub(super) fn twice(name: &str, field: &str) -> ToolError {
    let rule = format!("`{name}`: {} is given twice. Nothing was sent.", value_found(field));
    ArgumentError::Rule { rule }.into()
}

/// A tab of the notification centre, as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tab {
    Conversations,
    Assigns,
    Teams,
}

impl Tab {
    /// The tab that the gateway knows.
    pub(super) const fn model(self) -> NotificationTab {
        match self {
            Self::Conversations => NotificationTab::Conversations,
            Self::Assigns => NotificationTab::Assigns,
            Self::Teams => NotificationTab::Teams,
        }
    }
}

/// The keys that the dashboard sorts contacts by; others are unproven (contract, 5.1).
pub(super) const SORT_KEYS: [&str; 4] = ["created_at", "first_name", "last_name", "email"];

/// A sort key with its `-`, as the gateway takes it: the newest first where none is given. `None` for a key that is not known to work.
pub(super) fn gateway_sort(text: Option<&str>) -> Option<String> {
    let text = text.unwrap_or("-created_at");
    SORT_KEYS.contains(&text.trim_start_matches(['-', '+'])).then(|| text.trim_start_matches('+').to_owned())
}

/// The channel types to ask for: those given, or all seven.
///
/// # Errors
/// [`ArgumentError::Value`] for one that the gateway is not known to take.
pub(super) fn channel_types(given: Vec<String>) -> Result<Vec<String>, ToolError> {
    let given: Vec<String> = given.into_iter().map(|name| name.trim().to_lowercase()).collect();
    if given.is_empty() {
        return Ok(CHANNEL_TYPES.map(str::to_owned).to_vec());
    }
    match given.iter().find(|name| !CHANNEL_TYPES.contains(&name.as_str())) {
        None => Ok(given),
        Some(other) => Err(ArgumentError::Value {
            name: "channel_types".to_owned(),
            expected: format!("any of {}", CHANNEL_TYPES.join(", ")),
            found: value_found(other),
        }
        .into()),
    }
}

/// The id that an argument stands for: a whole id, or a handle from an answer.
///
/// # Errors
/// [`ArgumentError::Id`] when it is neither; nothing has been sent then.
pub(super) fn id<K: Kind>(context: &Context, name: &str, text: &str) -> Result<Id<K>, ToolError> {
    let text = text.trim();
    let refuse = |problem: String, hint: String| {
        let (name, found) = (name.to_owned(), value_found(text));
        ToolError::from(ArgumentError::Id { name, problem, found, hint })
    };
    let whole = match context.short_ids().whole(text) {
        Some(Err(UnknownShortId { fault: Some(fault), .. })) => {
            let problem = format!("short ids cannot be looked up at the moment ({fault})");
            return Err(refuse(problem, "Use the whole id, or tell the operator".to_owned()));
        }
        Some(Err(unknown)) if unknown.nearest.is_empty() => {
            return Err(refuse(
                format!("no {} with this short id has been listed yet", K::NOUN),
                format!("Use {} first, or the whole id", finder::<K>()),
            ));
        }
        Some(Err(unknown)) => {
            let problem = format!("no {} with this short id has been listed", K::NOUN);
            return Err(refuse(problem, format!("Nearest: {}", unknown.nearest.join(", "))));
        }
        Some(Ok(whole)) => whole,
        None => text.to_owned(),
    };
    Id::parse(&whole).map_err(|error: IdError| refuse(error.to_string(), format!("Use {} to find it", finder::<K>())))
}

/// The tool that finds ids of a kind.
fn finder<K: Kind>() -> &'static str {
    match K::PREFIX {
        "tcu" => "get_contact_conversations",
        "cmc" => "list_contact_comments",
        "not" => "list_notifications",
        "con" => "search_contacts",
        _ => "a list",
    }
}

/// The ids that a list argument stands for, each once.
///
/// # Errors
/// As [`id`], for the first that is none.
pub(super) fn ids<K: Kind>(context: &Context, name: &str, texts: &[String]) -> Result<Vec<Id<K>>, ToolError> {
    let mut ids: Vec<Id<K>> = Vec::with_capacity(texts.len());
    for text in texts {
        let id = id(context, name, text)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// The columns that an argument `fields` names.
///
/// # Errors
/// [`ArgumentError`] for the first name that is no column, with those that are: all of them, or the likest few where
/// all would be a long list.
pub(super) fn fields<T: Noun>(names: &FieldNames) -> Result<Fields<T>, ToolError> {
    Fields::pick(&names.0).map_err(|unknown| {
        let meant = nearest(&unknown.name, unknown.known.iter().copied()).map(str::to_owned);
        let mut known = unknown.known;
        if known.len() > COLUMNS_NAMED {
            known.retain(|name| *name != "*");
            known.sort_by_cached_key(|name| std::cmp::Reverse((likeness(&unknown.name, name) * 1e6) as u32));
            known.truncate(COLUMNS_NAMED);
            known.push("… (* = all)");
        }
        ArgumentError::Field { name: value_found(&unknown.name), meant, known: known.join(" ") }.into()
    })
}

/// How many columns an error names at most; a contact has thirty, which would cost more than an answer.
const COLUMNS_NAMED: usize = 8;

/// Sends an operation on behalf of a tool.
///
/// # Errors
/// [`ToolError::Gateway`], which knows the tool's effect and what was asked for.
pub(super) async fn send<T: Tool, O: Operation>(
    context: &Context,
    operation: &O,
    subject: Option<&str>,
) -> Result<O::Response, ToolError> {
    // A page of a hundred rows behind a slow gateway takes seconds; who asked for progress sees that we are at it.
    context.progress().report(0.0, Some(1.0), "asking the gateway");
    let sent = context.gateway().send(operation).await;
    context.progress().report(1.0, Some(1.0), "the gateway answered");
    let shown = |id: &str| context.short_ids().show(id);
    sent.map_err(|error| ToolError::Gateway { error: Box::new(error), effect: T::EFFECT, subject: subject.map(shown) })
}

/// Reads what a write is about to change. Nothing has been written when this fails, whatever the tool's effect.
///
/// # Errors
/// [`ToolError::BeforeWrite`].
pub(super) async fn read_before_write<O: Operation>(
    context: &Context,
    operation: &O,
    subject: &str,
) -> Result<O::Response, ToolError> {
    let sent = context.gateway().send(operation).await;
    sent.map_err(|error| ToolError::BeforeWrite { error: Box::new(error), subject: context.short_ids().show(subject) })
}

/// What a write did, with the environment it did it in.
pub(super) fn receipt(context: &Context, done: String, details: Vec<String>) -> Reply {
    let place = context.place();
    render::receipt(place.environment, place.organization.as_deref(), &place.host, done, details)
}
