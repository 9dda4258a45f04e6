//! Reads the JSON that gateways send at a third of the general reader's cost, and gives up on everything unusual.
//!
//! What it gives is what the general reader gives; where it gives nothing, the general reader says whether that is an
//! error and which: the tests below hold the two beside each other.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{CARRIERS, Envelope, Field, Row, Shape};
use crate::model::{FieldName, Record, Seen, field_name};

/// Deeper nesting is left to the general reader, which has a limit of its own.
const DEEPEST: u8 = 24;

/// The shape of a text, if nothing in it is unusual: no syntax error, no repeated key, no deep nesting.
pub(super) fn scan(text: &str) -> Option<Shape> {
    let mut scanner = Scanner { text, bytes: text.as_bytes(), at: 0 };
    let shape = scanner.shape(DEEPEST)?;
    scanner.space();
    (scanner.at == text.len()).then_some(shape)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte that is no space, which is passed over.
    fn next(&mut self) -> Option<u8> {
        self.space();
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    /// What begins here, not passed over.
    fn peek(&mut self) -> Option<u8> {
        self.space();
        self.bytes.get(self.at).copied()
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    /// Whether another element follows; `close` ends the list.
    fn another(&mut self, close: u8) -> Option<bool> {
        match self.next()? {
            b',' => Some(true),
            byte => (byte == close).then_some(false),
        }
    }

    /// A string whose opening quote is passed over.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let begin = self.at;
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
        let mut end = begin + self.bytes.get(begin..)?.iter().position(special)?;
        if self.bytes.get(end) == Some(&b'"') {
            self.at = end + 1;
            return self.text.get(begin..end).map(Cow::Borrowed);
        }
        // Escapes: the end is the next quote that none of them holds.
        while *self.bytes.get(end)? != b'"' {
            end += if self.bytes.get(end) == Some(&b'\\') { 2 } else { 1 };
        }
        self.at = end + 1;
        serde_json::from_str(self.text.get(begin - 1..=end)?).ok().map(Cow::Owned)
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
                self.string().map(|text| Value::String(text.into_owned()))
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

    /// A key and its colon.
    fn name(&mut self) -> Option<Cow<'a, str>> {
        self.expect(b'"')?;
        let name = self.string()?;
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
        let mut record = Record::with_capacity(model.map_or(36, Record::count));
        let mut names = model.map(Record::names);
        let mut seen = Seen::default();
        let mut more = self.begins(b'}')?;
        while more {
            let name = self.name()?;
            let expected = names.as_mut().and_then(Iterator::next).filter(|expected| **expected == *name).cloned();
            let name = match expected {
                Some(name) => name,
                None => {
                    names = None;
                    let name = field_name(&name);
                    if seen.again(&name, record.names()) {
                        return None;
                    }
                    name
                }
            };
            record.push(name, self.value(depth)?);
            more = self.another(b'}')?;
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Shape, scan};

    /// Pieces that gateways send, and pieces that break what they stand in.
    const PIECES: [&str; 32] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        " ",
        "\n",
        "null",
        "true",
        "nul",
        "0",
        "-0",
        "12",
        "1e5",
        "01",
        "1.",
        "\"id\":",
        "\"data\":",
        "\"items\":",
        "\"message\":",
        "\"a\"",
        "\"\\n\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"é\"",
        "\\",
        "\u{7}",
        "18446744073709551616",
        "[{\"id\":\"1\",\"a\":2},{\"id\":\"2\",\"a\":3}]",
        "{\"a\":1,\"a\":2}",
    ];

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            ".{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 60, 6, |inner| {
            let name = prop_oneof![Just("data".to_owned()), Just("id".to_owned()), "[a-c\"\\\\]{1,2}"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(name, inner, 0..6)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    /// What the scanner gives is what the general reader gives.
    fn agrees(text: &str) {
        if let Some(shape) = scan(text) {
            assert_eq!(Shape::read_anything(text).ok(), Some(shape), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_json_is_read_as_the_general_reader_reads_it(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert_eq!(scan(&text), Shape::read_anything(&text).ok());
        }

        #[test]
        fn broken_json_is_never_read_in_another_way(value in json(), at: prop::sample::Index, cut in 0..3_usize, piece in 0..PIECES.len()) {
            let mut letters: Vec<char> = value.to_string().chars().collect();
            let begin = at.index(letters.len());
            let end = (begin + cut).min(letters.len());
            letters.splice(begin..end, PIECES[piece].chars());
            agrees(&letters.into_iter().collect::<String>());
        }

        #[test]
        fn neither_are_pieces_of_it(pieces in prop::collection::vec(0..PIECES.len(), 0..12)) {
            agrees(&pieces.into_iter().map(|piece| PIECES[piece]).collect::<String>());
        }
    }

    #[test]
    fn what_is_unusual_is_left_to_the_general_reader() {
        for text in ["", "{\"a\":1,\"a\":2}", "[{\"a\":1},{\"a\":1,\"a\":2}]", "[1,]", "{}x", "\"\\ud800\""] {
            assert_eq!(scan(text), None, "{text}");
        }
        assert_eq!(scan(&("[".repeat(100) + &"]".repeat(100))), None);
    }
}
