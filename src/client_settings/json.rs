//! JSON, with and without comments: positions by jsonc-parser, one insertion or exchange a part.
//!
//! A new entry becomes the first of its object or list. There it needs no comma of its neighbours, and stands before no comment that
//! belongs to one of them.

use jsonc_parser::ast::{Array, Object, Value as Node};
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use super::{Format, Part, Refusal, line_end, line_of, not_understood, spliced};

/// Objects and lists may be nested this deep. Settings files are not; the parser calls itself for each level.
const DEEPEST: usize = 100;

/// The text with a part in it.
pub(super) fn with_part(text: &str, format: Format, part: &Part) -> Result<String, Refusal> {
    let root = parse(text, format)?;
    let Node::Object(root) = &root else {
        return Err(Refusal::Shape("its outermost value is not an object".to_owned()));
    };
    let (from, to, with) = match part {
        Part::Member { of, name, value } => match member(root, of)? {
            None => insertion(text, root.range.start, root.properties.is_empty(), |style| {
                format!("{}: {}", quoted(of), style.object_of(name, value))
            }),
            Some(Node::Object(object)) => match member(object, name)? {
                Some(old) if plain(old) == *value => return Ok(text.to_owned()),
                Some(old) => exchange(text, old, value),
                None => insertion(text, object.range.start, object.properties.is_empty(), |style| {
                    format!("{}: {}", quoted(name), style.value(value))
                }),
            },
            Some(_) => return Err(Refusal::Shape(format!("`{of}` in it is not an object"))),
        },
        Part::Element { of, id, value } => match member(root, of)? {
            None => insertion(text, root.range.start, root.properties.is_empty(), |style| {
                format!("{}: {}", quoted(of), style.list_of(value))
            }),
            Some(Node::Array(list)) => match element(list, id, value) {
                Some(old) => match overlaid(&plain(old), value) {
                    same if same == plain(old) => return Ok(text.to_owned()),
                    other => exchange(text, old, &other),
                },
                None => insertion(text, list.range.start, list.elements.is_empty(), |style| style.value(value)),
            },
            Some(_) => return Err(Refusal::Shape(format!("`{of}` in it is not a list"))),
        },
    };
    let changed = spliced(text, from, to, &with);
    check(root, &parse(&changed, format)?, part)?;
    Ok(changed)
}

fn parse(text: &str, format: Format) -> Result<Node<'_>, Refusal> {
    let wrong = |line| Refusal::Syntax { format: format.name(), line };
    if let Some(byte) = too_deep(text) {
        return Err(wrong(Some(line_of(text, byte))));
    }
    let is_lenient = format == Format::Jsonc;
    let options = ParseOptions {
        allow_comments: is_lenient,
        allow_trailing_commas: is_lenient,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options);
    let parsed = parsed.map_err(|error| wrong(Some(line_of(text, error.range().start))))?;
    parsed.value.ok_or_else(|| wrong(None))
}

/// The byte at which brackets are nested too deep. Those in texts and comments are counted, too, which is as well.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.bytes().position(|byte| {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

/// The value of a member. A name that is there twice has no value that every reader agrees on.
fn member<'a, 'b>(object: &'b Object<'a>, name: &str) -> Result<Option<&'b Node<'a>>, Refusal> {
    let mut found = object.properties.iter().filter(|property| property.name.as_str() == name);
    match (found.next(), found.next()) {
        (first, None) => Ok(first.map(|property| &property.value)),
        (_, Some(_)) => Err(Refusal::Shape(format!("`{name}` stands in it twice; take one of them out"))),
    }
}

/// The element of a list that has the id of a value.
fn element<'a, 'b>(list: &'b Array<'a>, id: &str, value: &Value) -> Option<&'b Node<'a>> {
    let wanted = value.pointer(id)?;
    list.elements.iter().find(|element| plain(element).pointer(id) == Some(wanted))
}

/// An old element with our texts in it. What only the old one has stays, and so does what a person fills in there: a key, a place on a
/// canvas, a switch.
fn overlaid(old: &Value, ours: &Value) -> Value {
    match (old, ours) {
        (Value::Object(old), Value::Object(ours)) => {
            let mut both = old.clone();
            for (name, value) in ours {
                let value = old.get(name).map_or_else(|| value.clone(), |old| overlaid(old, value));
                both.insert(name.clone(), value);
            }
            Value::Object(both)
        }
        (_, Value::String(text)) if !text.is_empty() => ours.clone(),
        _ => old.clone(),
    }
}

/// Where a first entry of the object or list that begins at `open` goes, and what is put there.
fn insertion(text: &str, open: usize, is_empty: bool, entry: impl Fn(&Style) -> String) -> (usize, usize, String) {
    let open_end = open + 1;
    let comma = if is_empty { "" } else { "," };
    let rest = text.get(open_end..).unwrap_or_default();
    let inner = first_line_within(rest);
    let Some(after_comments) = inner else {
        // Its first entry, or its end, stands on the line of its bracket.
        if is_empty && rest.trim_start().starts_with(['}', ']']) {
            let gap = rest.len() - rest.trim_start().len();
            let style = Style::of(text, open);
            let with =
                format!("{end}{in_}{}{end}{out}", entry(&style), end = style.end, in_ = style.inner, out = style.outer);
            return (open_end, open_end + gap, with);
        }
        let with = format!("{}{comma}{}", entry(&Style::compact()), if is_empty { "" } else { " " });
        return (open_end, open_end, with);
    };
    let style = Style::of(text, open);
    let with = format!("{}{}{}{comma}", style.end, style.inner, entry(&style));
    (open_end + after_comments, open_end + after_comments, with)
}

/// How far the first line goes when nothing but blanks and comments stands on it; `None` when something does.
fn first_line_within(text: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        let line = rest.get(blank..)?;
        if line.starts_with('\n') {
            // The carriage return belongs to the end of the line.
            let end = at + blank;
            return Some(if text.get(..end)?.ends_with('\r') { end - 1 } else { end });
        }
        if line.starts_with("//") {
            let end = at + blank + line.find('\n')?;
            return Some(if text.get(..end)?.ends_with('\r') { end - 1 } else { end });
        }
        let comment = line.strip_prefix("/*")?;
        at += blank + 4 + comment.find("*/")?;
    }
}

/// The span of an old value, and the new one in its place.
fn exchange(text: &str, old: &Node<'_>, value: &Value) -> (usize, usize, String) {
    let range = jsonc_parser::common::Ranged::range(old);
    let is_one_line = !text.get(range.start..range.end).unwrap_or_default().contains('\n');
    let starts_line = text.get(..range.start).unwrap_or_default().rsplit('\n').next().unwrap_or_default();
    let style =
        if is_one_line && !starts_line.trim().is_empty() { Style::compact() } else { Style::of(text, range.start) };
    let style = Style { inner: style.outer.clone(), ..style };
    (range.start, range.end, style.value(value))
}

/// How the lines around a place look.
struct Style {
    end: &'static str,
    /// What the line of the bracket begins with.
    outer: String,
    /// What a line inside begins with.
    inner: String,
    /// One level.
    unit: String,
    is_compact: bool,
}

impl Style {
    /// The style at the bracket at byte `open`.
    fn of(text: &str, open: usize) -> Self {
        let line_start = text.get(..open).unwrap_or_default().rfind('\n').map_or(0, |byte| byte + 1);
        let outer = blanks(text.get(line_start..).unwrap_or_default());
        // The first line inside that has something on it says how far lines go in; else the first indented line of the file.
        let inside = text.get(open + 1..).unwrap_or_default().lines().skip(1).find(|line| !line.trim().is_empty());
        let inner = inside.map(blanks).filter(|inner| inner.len() > outer.len() && inner.starts_with(&outer));
        let first = text.lines().map(blanks).find(|blanks| !blanks.is_empty());
        let unit = inner.as_ref().map(|inner| inner.get(outer.len()..).unwrap_or_default().to_owned());
        let unit = unit.or(first).unwrap_or_else(|| "  ".to_owned());
        let inner = inner.unwrap_or_else(|| format!("{outer}{unit}"));
        Self { end: line_end(text), outer, inner, unit, is_compact: false }
    }

    fn compact() -> Self {
        Self { end: "", outer: String::new(), inner: String::new(), unit: String::new(), is_compact: true }
    }

    /// A value that begins in a line with the inner indent.
    fn value(&self, value: &Value) -> String {
        if self.is_compact {
            return value.to_string();
        }
        let mut bytes = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut bytes, PrettyFormatter::with_indent(self.unit.as_bytes()));
        // Writing a value to memory cannot fail; the compact form is as good.
        let written = value.serialize(&mut serializer).ok().and_then(|()| String::from_utf8(bytes).ok());
        written.unwrap_or_else(|| value.to_string()).replace('\n', &format!("{}{}", self.end, self.inner))
    }

    fn object_of(&self, name: &str, value: &Value) -> String {
        self.value(&Value::Object([(name.to_owned(), value.clone())].into_iter().collect()))
    }

    fn list_of(&self, value: &Value) -> String {
        self.value(&Value::Array(vec![value.clone()]))
    }
}

/// The blanks that a line begins with.
fn blanks(line: &str) -> String {
    line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect()
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A node without its positions. Numbers that serde_json cannot hold become their texts.
fn plain(node: &Node<'_>) -> Value {
    match node {
        Node::StringLit(text) => Value::from(text.value.as_ref()),
        Node::NumberLit(number) => serde_json::from_str(number.value).unwrap_or_else(|_| Value::from(number.value)),
        Node::BooleanLit(boolean) => Value::from(boolean.value),
        Node::NullKeyword(_) => Value::Null,
        Node::Array(list) => list.elements.iter().map(plain).collect(),
        Node::Object(object) => {
            Value::Object(object.properties.iter().map(|it| (it.name.as_str().to_owned(), plain(&it.value))).collect())
        }
    }
}

/// Checks that the changed file has the part, and for the rest says what it said before.
fn check(before: &Object<'_>, after: &Node<'_>, part: &Part) -> Result<(), Refusal> {
    let Node::Object(after) = after else { return Err(not_understood()) };
    let of = part.of();
    let others = |root: &Object<'_>| -> Vec<(String, Value)> {
        let others = root.properties.iter().filter(|property| property.name.as_str() != of);
        others.map(|property| (property.name.as_str().to_owned(), plain(&property.value))).collect()
    };
    let (old, new) = (member(before, of)?.map(plain), member(after, of)?.map(plain));
    let is_right = match part {
        Part::Member { name, value, .. } => {
            let rest = |whole: Option<Value>| {
                let mut whole = whole.unwrap_or_else(|| Value::Object(serde_json::Map::new()));
                let ours = whole.as_object_mut().and_then(|object| object.remove(*name));
                (whole, ours)
            };
            let ((old, _), (new, ours)) = (rest(old), rest(new));
            old == new && ours.as_ref() == Some(value)
        }
        Part::Element { id, value, .. } => {
            let wanted = value.pointer(id);
            let rest = |whole: Option<Value>| -> (Vec<Value>, Vec<Value>) {
                let whole = whole.and_then(|whole| whole.as_array().cloned()).unwrap_or_default();
                whole.into_iter().partition(|element| element.pointer(id) != wanted)
            };
            let ((old, mine), (new, ours)) = (rest(old), rest(new));
            let wanted = mine.first().map_or_else(|| value.clone(), |mine| overlaid(mine, value));
            old == new && ours.contains(&wanted)
        }
    };
    if is_right && others(before) == others(after) { Ok(()) } else { Err(not_understood()) }
}
