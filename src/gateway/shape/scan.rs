//! Reads the JSON that gateways send at a third of the general reader's cost, and gives up on everything unusual.
//!
//! What it gives is what the general reader gives; where it gives nothing, the general reader says whether that is an
//! error and which: the tests below hold the two beside each other.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{CARRIERS, Envelope, Field, Row, Shape};
use crate::model::{FieldName, Record, Seen, field_name};

/// Deeper nesting is left to the general reader, which has a limit of its own.
const DEEPEST: u8 = 24;

/// The shape of a text, if nothing in it is unusual: no syntax error, no repeated key, no deep nesting, no line breaks.
pub(super) fn scan(text: &str) -> Option<Shape> {
    // None can stand in a string, and looking for them once is cheaper than looking in every string.
    if text.bytes().fold(false, |found, byte| found | (byte < 0x20)) {
        return None;
    }
    let answer = Arc::new(text.to_owned());
    let mut scanner = Scanner { answer: &answer, text, bytes: text.as_bytes(), at: 0 };
    let shape = scanner.shape(DEEPEST)?;
    scanner.space();
    (scanner.at == text.len()).then_some(shape)
}

struct Scanner<'a> {
    answer: &'a Arc<String>,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

/// A string: where it stands, or itself where it is written with escapes.
enum Text {
    Place(Range<usize>),
    Read(String),
}

impl<'a> Scanner<'a> {
    #[inline(always)]
    fn space(&mut self) {
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    /// The next byte that is no space, which is passed over.
    #[inline(always)]
    fn next(&mut self) -> Option<u8> {
        self.space();
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// What begins here, not passed over.
    #[inline(always)]
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Whether another element follows; `close` ends the list.
    #[inline(always)]
    fn another(&mut self, close: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(true),
            byte => (byte == close).then_some(false),
        }
    }

    /// A string whose opening quote is passed over.
    #[inline]
    fn string(&mut self) -> Option<Text> {
        let begin = self.at;
        let mut end = begin + quote_or_escape(self.bytes.get(begin..)?)?;
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return Some(Text::Place(begin..end));
        }
        // Escapes: the end is the next quote that none of them holds.
        while *self.bytes.get(end)? != b'"' {
            end += if self.bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(begin - 1..=end)?).ok().map(Text::Read)
    }

    /// The same as text.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        Some(match self.string()? {
            Text::Place(place) => Cow::Borrowed(self.text.get(place)?),
            Text::Read(text) => Cow::Owned(text),
        })
    }

    /// A word or a number.
    fn scalar(&mut self) -> Option<Value> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && !b"+-.".contains(byte));
        let word = self.text.get(self.at..self.at + length.unwrap_or(rest.len()))?;
        self.at += word.len();
        match word {
            "null" => Some(Value::Null),
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ => serde_json::from_str(word).ok(),
        }
    }

    fn value(&mut self, depth: u8) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.text().map(|text| Value::String(text.into_owned()))
            }
            b'[' => {
                self.at += 1;
                let mut values = Vec::new();
                let mut more = self.begins(b']')?;
                while more {
                    values.push(self.value(depth)?);
                    more = self.another(b']')?;
                }
                Some(Value::Array(values))
            }
            b'{' => {
                self.at += 1;
                let mut fields = Map::new();
                let mut more = self.begins(b'}')?;
                while more {
                    let name = self.name()?;
                    if fields.insert(name.into_owned(), self.value(depth)?).is_some() {
                        return None;
                    }
                    more = self.another(b'}')?;
                }
                Some(Value::Object(fields))
            }
            _ => self.scalar(),
        }
    }

    /// Whether a list or an object that was just opened holds anything; passes over its end if not.
    fn begins(&mut self, close: u8) -> Option<bool> {
        let holds = self.peek()? != close;
        self.at += usize::from(!holds);
        Some(holds)
    }

    /// Passes over this key and its colon, if they stand here as they are most often written. Only for names without
    /// quotes and escapes, such as the known ones.
    #[inline(always)]
    fn passes(&mut self, name: &str) -> bool {
        let rest = self.bytes.get(self.at..).and_then(|rest| rest.strip_prefix(b"\""));
        let rest = rest.and_then(|rest| rest.strip_prefix(name.as_bytes())).and_then(|rest| rest.strip_prefix(b"\":"));
        if rest.is_some() {
            self.at += name.len() + 3;
        }
        rest.is_some()
    }

    /// A key and its colon.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let name = self.text()?;
        self.expect(b':')?;
        Some(name)
    }

    fn shape(&mut self, depth: u8) -> Option<Shape> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'[' => {
                self.at += 1;
                let mut rows = Vec::new();
                let mut more = self.begins(b']')?;
                while more {
                    let row = self.row(rows.last(), depth)?;
                    rows.push(row);
                    more = self.another(b']')?;
                }
                Some(Shape::Rows(rows))
            }
            b'{' => {
                self.at += 1;
                self.envelope(depth).map(Shape::Object)
            }
            _ => self.value(depth).map(Shape::Scalar),
        }
    }

    fn envelope(&mut self, depth: u8) -> Option<Envelope> {
        let mut fields: Vec<(FieldName, Field)> = Vec::new();
        let mut seen = Seen::default();
        let mut more = self.begins(b'}')?;
        while more {
            let name = field_name(&self.name()?);
            if seen.again(&name, fields.iter().map(|(name, _)| name)) {
                return None;
            }
            let carries = CARRIERS.contains(&&*name);
            let field = if carries { Field::Carrier(self.shape(depth)?) } else { Field::Plain(self.value(depth)?) };
            fields.push((name, field));
            more = self.another(b'}')?;
        }
        Some(Envelope { fields })
    }

    fn row(&mut self, before: Option<&Row>, depth: u8) -> Option<Row> {
        if self.peek()? != b'{' {
            return self.value(depth).map(Row::Other);
        }
        self.at += 1;
        let model = match before {
            Some(Row::Record(record)) => Some(record),
            Some(Row::Other(_)) | None => None,
        };
        self.record(model, depth.checked_sub(1)?).map(Row::Record)
    }

    /// A record that most likely has the fields of the one before it: then a name costs one comparison, and cannot stand
    /// twice.
    fn record(&mut self, model: Option<&Record>, depth: u8) -> Option<Record> {
        let mut record = Record::within(Arc::clone(self.answer), model.map_or(36, Record::count));
        let mut names = model.map(Record::names);
        let mut seen = Seen::default();
        let mut more = self.begins(b'}')?;
        while more {
            let expected = names.as_mut().and_then(Iterator::next);
            let name = match expected {
                Some(Cow::Borrowed(name)) if self.passes(name) => Cow::Borrowed(*name),
                _ => {
                    let name = self.name()?;
                    match expected.filter(|expected| **expected == *name) {
                        Some(expected) => expected.clone(),
                        None => {
                            names = None;
                            let name = field_name(&name);
                            if seen.again(&name, record.names()) {
                                return None;
                            }
                            name
                        }
                    }
                }
            };
            if self.peek()? == b'"' {
                self.at += 1;
                match self.string()? {
                    Text::Place(place) => record.push_text(name, place),
                    Text::Read(text) => record.push(name, Value::String(text)),
                }
            } else {
                record.push(name, self.value(depth)?);
            }
            more = self.another(b'}')?;
        }
        Some(record)
    }
}

/// Where the next quote or backslash stands, eight bytes at a time: most strings are shorter than a call is long.
#[inline]
fn quote_or_escape(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // The highest bit of every byte that is zero; beyond the first of them others may be wrong.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\');
    Some(words.len() * 8 + rest.iter().position(special)?)
}

#[cfg(test)]
mod tests;
