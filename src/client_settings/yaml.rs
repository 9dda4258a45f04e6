//! YAML: positions by saphyr, one insertion or exchange of lines a part.
//!
//! A new entry becomes the first of its mapping, below the line of the mapping's name, so that it stands before no comment that belongs
//! to another entry. A file without the mapping gets it at its end.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::Value;

use super::{Part, Refusal, line_end, not_understood, spliced};

/// The text with a part in it.
pub(super) fn with_part(text: &str, part: &Part) -> Result<String, Refusal> {
    let Part::Member { of, name, value } = part else { return Err(not_understood()) };
    let before = parse(text)?;
    let end = line_end(text);
    let root = match &before {
        None => Vec::new(),
        Some(root) => members(root).ok_or_else(|| Refusal::Shape("its outermost value is not a mapping".to_owned()))?,
    };
    let changed = match root.iter().find(|(key, _)| is_text(key, of)) {
        None => {
            let gap = if text.is_empty() || text.ends_with('\n') { "" } else { end };
            format!("{text}{gap}{of}:{end}{}", block(name, value, "  ", end))
        }
        Some((of_key, list)) => match members(list) {
            Some(entries) if is_flow(text, list) => {
                if entries.iter().any(|(key, _)| is_text(key, name)) {
                    return unchanged_or_refused(text, &entries, name, value);
                }
                let open = byte_of(text, list)? + 1;
                let comma = if entries.is_empty() { "" } else { ", " };
                spliced(text, open, open, &format!("{}: {value}{comma}", Value::from(*name)))
            }
            Some(entries) => {
                let column = entries.first().map_or(2, |(key, _)| key.span.start.col());
                let indent = " ".repeat(column);
                match entries.iter().find(|(key, _)| is_text(key, name)) {
                    Some((_, old)) if plain(old).as_ref() == Some(value) => return Ok(text.to_owned()),
                    Some((key, _)) => {
                        let (from, to) = lines_of_entry(text, key.span.start.line(), column);
                        let missing_end = if text.get(..to).unwrap_or_default().ends_with('\n') { "" } else { end };
                        let new = block(name, value, &indent, end);
                        let new = if missing_end.is_empty() { new } else { new.trim_end().to_owned() };
                        spliced(text, from, to, &new)
                    }
                    None => below(text, of_key, &block(name, value, &indent, end), end),
                }
            }
            // `extensions:` and nothing behind it.
            None if is_null(list) => below(text, of_key, &block(name, value, "  ", end), end),
            None => return Err(Refusal::Shape(format!("`{of}` in it is not a mapping"))),
        },
    };
    check(before.as_ref(), &changed, part)?;
    Ok(changed)
}

fn parse(text: &str) -> Result<Option<MarkedYaml<'_>>, Refusal> {
    let documents = MarkedYaml::load_from_str(text)
        .map_err(|error| Refusal::Syntax { format: "YAML", line: Some(error.marker().line()) })?;
    let mut documents = documents.into_iter();
    match (documents.next(), documents.next()) {
        (first, None) => Ok(first.filter(|root| !is_null(root))),
        (_, Some(_)) => Err(Refusal::Shape("it holds more than one document".to_owned())),
    }
}

/// The entries of a mapping in their order.
fn members<'a, 'b>(node: &'b MarkedYaml<'a>) -> Option<Vec<(&'b MarkedYaml<'a>, &'b MarkedYaml<'a>)>> {
    match &node.data {
        YamlData::Mapping(mapping) => Some(mapping.iter().collect()),
        _ => None,
    }
}

fn is_text(node: &MarkedYaml<'_>, text: &str) -> bool {
    matches!(&node.data, YamlData::Value(Scalar::String(found)) if found == text)
}

fn is_null(node: &MarkedYaml<'_>) -> bool {
    matches!(node.data, YamlData::Value(Scalar::Null))
}

/// The byte at which a node begins.
fn byte_of(text: &str, node: &MarkedYaml<'_>) -> Result<usize, Refusal> {
    let found = text.char_indices().nth(node.span.start.index());
    found.map(|(byte, _)| byte).ok_or_else(not_understood)
}

/// Returns true if a mapping is written with braces.
fn is_flow(text: &str, node: &MarkedYaml<'_>) -> bool {
    byte_of(text, node).is_ok_and(|byte| text.get(byte..).is_some_and(|rest| rest.starts_with('{')))
}

/// An entry among braces is left alone: exchanging it would need its end.
fn unchanged_or_refused(
    text: &str,
    entries: &[(&MarkedYaml<'_>, &MarkedYaml<'_>)],
    name: &str,
    value: &Value,
) -> Result<String, Refusal> {
    let old = entries.iter().find(|(key, _)| is_text(key, name));
    if old.and_then(|(_, old)| plain(old)).as_ref() == Some(value) {
        return Ok(text.to_owned());
    }
    Err(Refusal::Shape(format!("its entry `{name}` is written in braces; take it out, then run the command again")))
}

/// The byte at which a line begins, lines counted from 1.
fn line_start(text: &str, line: usize) -> usize {
    if line <= 1 {
        return 0;
    }
    text.match_indices('\n').nth(line - 2).map_or(text.len(), |(byte, _)| byte + 1)
}

/// The text with a block below the line of a key.
fn below(text: &str, key: &MarkedYaml<'_>, block: &str, end: &str) -> String {
    let at = line_start(text, key.span.start.line() + 1);
    let gap = if text.get(..at).unwrap_or_default().ends_with('\n') { "" } else { end };
    spliced(text, at, at, &format!("{gap}{block}"))
}

/// From the line of an entry's key to its last line: the lines below it that go in deeper, without the comments after them.
fn lines_of_entry(text: &str, line: usize, column: usize) -> (usize, usize) {
    let from = line_start(text, line);
    let (mut at, mut to) = (from, from);
    for (index, line) in text.get(from..).unwrap_or_default().split_inclusive('\n').enumerate() {
        let words = line.trim_start_matches(' ');
        let goes_on = index == 0 || line.len() - words.len() > column;
        let is_empty = words.trim().is_empty() || words.starts_with('#');
        if !goes_on && !is_empty {
            break;
        }
        at += line.len();
        if !is_empty {
            to = at;
        }
    }
    (from, to)
}

/// An entry as lines. Texts of JSON are texts of YAML.
fn block(name: &str, value: &Value, indent: &str, end: &str) -> String {
    let mut lines = format!("{indent}{name}:{end}");
    for (key, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Array(elements) if !elements.is_empty() => {
                lines += &format!("{indent}  {key}:{end}");
                lines.extend(elements.iter().map(|element| format!("{indent}    - {element}{end}")));
            }
            Value::Object(members) if !members.is_empty() => {
                lines += &format!("{indent}  {key}:{end}");
                lines.extend(members.iter().map(|(key, value)| format!("{indent}    {key}: {value}{end}")));
            }
            other => lines += &format!("{indent}  {key}: {other}{end}"),
        }
    }
    lines
}

/// A node as JSON; `None` for what JSON has no word for.
fn plain(node: &MarkedYaml<'_>) -> Option<Value> {
    Some(match &node.data {
        YamlData::Value(Scalar::Null) => Value::Null,
        YamlData::Value(Scalar::Boolean(boolean)) => Value::from(*boolean),
        YamlData::Value(Scalar::Integer(number)) => Value::from(*number),
        YamlData::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        YamlData::Sequence(list) => list.iter().map(plain).collect::<Option<Value>>()?,
        YamlData::Mapping(mapping) => {
            let members = mapping.iter().map(|(key, value)| match &key.data {
                YamlData::Value(Scalar::String(key)) => Some((key.to_string(), plain(value)?)),
                _ => None,
            });
            Value::Object(members.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// Checks that the changed text has the part, and for the rest says what it said before. Nodes are compared without their places.
fn check(before: Option<&MarkedYaml<'_>>, changed: &str, part: &Part) -> Result<(), Refusal> {
    let Part::Member { of, name, value } = part else { return Err(not_understood()) };
    let after = parse(changed).map_err(|_| not_understood())?;
    let old = before.and_then(members).unwrap_or_default();
    let new = after.as_ref().and_then(members).ok_or_else(not_understood)?;
    let (old_list, new_list) = (entries_of(&old, of), entries_of(&new, of));
    let ours = new_list.iter().find(|(key, _)| is_text(key, name)).and_then(|(_, ours)| plain(ours));
    let is_right =
        is_same_but(&old, &new, of) && is_same_but(&old_list, &new_list, name) && ours.as_ref() == Some(value);
    if is_right { Ok(()) } else { Err(not_understood()) }
}

type Entries<'a, 'b> = Vec<(&'b MarkedYaml<'a>, &'b MarkedYaml<'a>)>;

/// The entries of the mapping behind a name.
fn entries_of<'a, 'b>(entries: &Entries<'a, 'b>, name: &str) -> Entries<'a, 'b> {
    entries.iter().find(|(key, _)| is_text(key, name)).and_then(|(_, list)| members(list)).unwrap_or_default()
}

/// Whether two mappings hold the same but for what stands behind a name.
fn is_same_but(old: &Entries<'_, '_>, new: &Entries<'_, '_>, name: &str) -> bool {
    let rest = |entries: &Entries<'_, '_>| -> Vec<String> {
        let others = entries.iter().filter(|(key, _)| !is_text(key, name));
        others.map(|(key, value)| format!("{:?} {:?}", without_places(key), without_places(value))).collect()
    };
    rest(old) == rest(new)
}

/// A node of which nothing says where it stood.
fn without_places<'a>(node: &MarkedYaml<'a>) -> YamlData<'a, MarkedYaml<'a>> {
    let bare = |node: &MarkedYaml<'a>| MarkedYaml { span: Default::default(), data: without_places(node) };
    match &node.data {
        YamlData::Sequence(list) => YamlData::Sequence(list.iter().map(bare).collect()),
        YamlData::Mapping(mapping) => {
            YamlData::Mapping(mapping.iter().map(|(key, value)| (bare(key), bare(value))).collect())
        }
        YamlData::Tagged(tag, node) => YamlData::Tagged(tag.clone(), Box::new(bare(node))),
        other => other.clone(),
    }
}
