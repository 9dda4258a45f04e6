//! Reads the JSON that gateways send at a third of the general reader's cost, and gives up on everything unusual.
//!
//! What it gives is what the general reader gives; where it gives nothing, the general reader says whether that is an
//! error and which: the tests below hold the two beside each other.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value};

use super::{CARRIERS, Envelope, Field, Row, Shape};
use crate::model::{CONTACT_FIELDS, FieldName, Names, Record, Seen, Slot, field_name};

/// Deeper nesting is left to the general reader, which has a limit of its own.
const DEEPEST: u8 = 24;
/// So many fields a contact has, and some.
const USUAL: usize = 36;

/// The shape of a text, if nothing in it is unusual: no syntax error, no repeated key, no deep nesting, no line breaks.
pub(super) fn scan(text: &str) -> Option<Shape> {
    // Places in it are kept in 32 bits.
    u32::try_from(text.len()).ok()?;
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
        if self.bytes.get(self.at) == Some(&b',') {
            self.at += 1;
            return Some(true);
        }
        match self.next()? {
            b',' => Some(true),
            byte => (byte == close).then_some(false),
        }
    }

    /// A string whose opening quote is passed over.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        let begin = self.at;
        let mut end = begin + special(self.bytes.get(begin..)?)?;
        match self.bytes.get(end)? {
            b'"' => {
                self.at = end + 1;
                return self.text.get(begin..end).map(Cow::Borrowed);
            }
            b'\\' => {}
            // A control character, which must not stand in a string.
            _ => return None,
        }
        // Escapes: the end is the next quote that none of them holds. The general reader looks at all of it again.
        while *self.bytes.get(end)? != b'"' {
            end += if self.bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(begin - 1..=end)?).ok().map(Cow::Owned)
    }

    /// A word or a number.
    fn scalar(&mut self) -> Option<Value> {
        let rest = self.bytes.get(self.at..)?;
        // What may not follow it is found by whoever reads on.
        if rest.starts_with(b"null") {
            self.at += 4;
            return Some(Value::Null);
        }
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

    /// Passes over what stands between two values, a key most of all, if it is what stood there in the row before.
    #[inline(always)]
    fn passes(&mut self, key: &[u8]) -> bool {
        let end = self.at + key.len();
        let is_same = self.bytes.get(self.at..end).is_some_and(|here| equal(here, key));
        if is_same {
            self.at = end;
        }
        is_same
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
                let (mut rows, mut model) = (Vec::with_capacity(16), Model::of_contacts());
                let mut more = self.begins(b']')?;
                while more {
                    rows.push(self.row(&mut model, depth)?);
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

    fn row(&mut self, model: &mut Model<'a>, depth: u8) -> Option<Row> {
        if self.peek()? != b'{' {
            return self.value(depth).map(Row::Other);
        }
        self.at += 1;
        self.record(model, depth.checked_sub(1)?).map(Row::Record)
    }

    /// A record that most likely has the fields of the one before it: then a name costs one comparison, cannot stand
    /// twice, and need not be kept again.
    fn record(&mut self, model: &mut Model<'a>, depth: u8) -> Option<Record> {
        let mut slots = Vec::with_capacity(model.keys.len().max(USUAL));
        // Its own names, where it does not go on as the one before.
        let mut own = None::<Names>;
        let mut more = self.begins(b'}')?;
        while more {
            let expected = model.keys.get(slots.len()).filter(|_| own.is_none());
            if !expected.is_some_and(|key| self.passes(key)) {
                let begin = self.at;
                let name = field_name(&self.name()?);
                self.space();
                let names = own.get_or_insert_with(|| model.cut(slots.len()));
                names.add(name).ok()?;
                model.keys.push(self.bytes.get(begin..self.at)?);
            }
            self.slot(&mut slots, depth)?;
            more = self.another(b'}')?;
        }
        if own.is_none() && slots.len() < model.keys.len() {
            own = Some(model.cut(slots.len()));
        }
        if let Some(own) = own {
            model.names = Arc::new(own);
        }
        Some(Record::within(Arc::clone(self.answer), Arc::clone(&model.names), slots))
    }

    /// Adds the value of a field. Where it stands in the end is where it is written: moving it costs as much as reading.
    #[inline(always)]
    fn slot(&mut self, slots: &mut Vec<Slot>, depth: u8) -> Option<()> {
        // Spaces in front of it are part of the key.
        if self.bytes.get(self.at) == Some(&b'"') {
            let begin = self.at + 1;
            let end = begin + special(self.bytes.get(begin..)?)?;
            if self.bytes.get(end) == Some(&b'"') {
                self.at = end + 1;
                // Places have at most 32 bits, which was looked at first.
                slots.push(Slot::Text { begin: begin as u32, end: end as u32 });
                return Some(());
            }
        }
        slots.push(Slot::Value(self.value(depth)?));
        Some(())
    }
}

/// The fields of the row before.
struct Model<'a> {
    names: Arc<Names>,
    /// For each of them what stands between the value before it and its own: the key in quotes, colon and spaces.
    keys: Vec<&'a [u8]>,
}

impl Model<'_> {
    /// What most lists hold (contract, 6.1), before there is a row.
    fn of_contacts() -> Self {
        static NAMES: LazyLock<Arc<Names>> =
            LazyLock::new(|| Arc::new(CONTACT_FIELDS.into_iter().map(Cow::Borrowed).collect()));
        static TEXTS: LazyLock<[String; CONTACT_FIELDS.len()]> =
            LazyLock::new(|| CONTACT_FIELDS.map(|name| format!("\"{name}\":")));
        static KEYS: LazyLock<Vec<&[u8]>> = LazyLock::new(|| TEXTS.iter().map(String::as_bytes).collect());
        Self { names: Arc::clone(&NAMES), keys: KEYS.clone() }
    }

    /// Forgets all but so many, and gives the names of those.
    fn cut(&mut self, count: usize) -> Names {
        self.keys.truncate(count);
        self.keys.reserve(USUAL);
        self.names.first(count)
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHEST: u64 = ONES << 7;

/// Where the next quote, backslash or control character stands, eight bytes at a time: most strings are shorter than a
/// call is long.
#[inline(always)]
fn special(bytes: &[u8]) -> Option<usize> {
    // The highest bit of every byte that is below the limit; beyond the first of them others may be wrong.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // With this bit turned a quote comes down to a space, and a space goes up above it.
        let quote_or_control = below(word ^ (ONES * 2), b'"' ^ 2 | 1);
        let escape = below(word ^ (ONES * b'\\' as u64), 1);
        let found = (quote_or_control | escape) & HIGHEST;
        if found != 0 {
            return Some(number * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
    Some(words.len() * 8 + rest.iter().position(is_special)?)
}

/// Whether two pieces of the same length are the same, eight bytes at a time, the last of them together with some that
/// were compared before; a key is shorter than a call is long.
#[inline(always)]
fn equal(one: &[u8], other: &[u8]) -> bool {
    let (Some((_, last)), Some((_, other_last))) = (one.split_last_chunk::<8>(), other.split_last_chunk::<8>()) else {
        return one == other;
    };
    let (words, others) = (one.as_chunks::<8>().0, other.as_chunks::<8>().0);
    last == other_last && words.iter().zip(others).all(|(one, other)| one == other)
}

#[cfg(test)]
mod tests;
