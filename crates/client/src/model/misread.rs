//! JSON with values that serde refuses or rounds: half surrogate pairs, numbers beyond every type of numbers, deep nesting.
//!
//! One such value must not cost a page of a hundred contacts. Each is kept as text and named; what is no JSON stays an error.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::shape::Json;

/// How far down a broken value is looked for. Each level is gone through once more, and the gateway's objects have six.
const MAX_DEPTH: usize = 16;

/// A value that could not be read as the gateway sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// Where it stands in its object, such as `additional_params.score`; empty for the whole.
    pub path: String,
    /// What is wrong with it.
    pub reason: MisreadReason,
}

/// Why a value could not be read as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MisreadReason {
    /// A text with half of a surrogate pair, which is no character: `\ud800` stands for it.
    #[error("half a surrogate pair, shown as its escape")]
    HalfSurrogatePair,
    /// A number that no type of numbers holds: the text of its digits stands for it.
    #[error("a number of too many digits, shown as text")]
    Number,
    /// Arrays and objects inside each other without end: their text stands for them.
    #[error("nested too deeply, shown as text")]
    Depth,
    /// A row of a list that is no object. Its value stands under [`Misread::VALUE`].
    #[error("{found}, not an object")]
    NoObject {
        /// What it is, such as `a string`.
        found: &'static str,
    },
}

impl Misread {
    /// The field under which a row that is no object stands.
    pub const VALUE: &'static str = "value";
}

/// Why a text has no JSON in it that can be used.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// It is no JSON.
    Json(serde_json::Error),
    /// A key stands twice in one object.
    RepeatedKey {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() {
            return Self::RepeatedKey { line: error.line(), column: error.column() };
        }
        Self::Json(error)
    }
}

/// Reads a text: by serde as a whole, and value by value where serde refuses it or would round a number.
pub(super) fn read(text: &str) -> Result<(Json, Vec<Misread>), ReadError> {
    let refused = match plain(text) {
        Some(Ok(json)) => return Ok((json, Vec::new())),
        Some(Err(error)) if !error.is_syntax() => return Err(error.into()),
        Some(Err(error)) => Some(error),
        None => None,
    };
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| refused.unwrap_or(error))?;
    let mut reader = Reader { text, misread: Vec::new() };
    let json = reader.value(raw, "", 0)?;
    Ok((json, reader.misread))
}

/// What serde makes of a text; `None` where it would round a number.
fn plain(text: &str) -> Option<Result<Json, serde_json::Error>> {
    (!has_inexact_number(text)).then(|| serde_json::from_str(text))
}

struct Reader<'a> {
    /// The whole text.
    text: &'a str,
    misread: Vec<Misread>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, raw: &'a RawValue, path: &str, depth: usize) -> Result<Json, ReadError> {
        let text = raw.get();
        match text.as_bytes().first() {
            Some(b'{' | b'[') if depth >= MAX_DEPTH => Ok(self.kept(text.into(), path, MisreadReason::Depth)),
            Some(b'{' | b'[') => match plain(text) {
                Some(Ok(json)) => Ok(json),
                _ if text.starts_with('[') => self.array(text, path, depth),
                _ => self.object(text, path, depth),
            },
            Some(b'"') => Ok(match serde_json::from_str::<String>(text) {
                Ok(string) => Json::Scalar(string.into()),
                Err(_) => self.kept(mended(text).into(), path, MisreadReason::HalfSurrogatePair),
            }),
            _ => Ok(match serde_json::from_str::<Value>(text) {
                Ok(value) if !value.is_f64() || is_exact(text) => Json::Scalar(value),
                _ => self.kept(text.into(), path, MisreadReason::Number),
            }),
        }
    }

    fn array(&mut self, text: &'a str, path: &str, depth: usize) -> Result<Json, ReadError> {
        let elements: Vec<&RawValue> = serde_json::from_str(text)?;
        let elements = elements.into_iter().enumerate();
        let read = elements.map(|(index, raw)| self.value(raw, &format!("{path}[{index}]"), depth + 1));
        Ok(Json::Array(read.collect::<Result<_, _>>()?))
    }

    fn object(&mut self, text: &'a str, path: &str, depth: usize) -> Result<Json, ReadError> {
        let pairs: Pairs<'a> = serde_json::from_str(text)?;
        let mut fields = IndexMap::with_capacity(pairs.0.len());
        for (key, raw) in pairs.0 {
            let read = serde_json::from_str::<String>(key.get());
            let is_mended = read.is_err();
            let name = read.unwrap_or_else(|_| mended(key.get()));
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if is_mended {
                self.misread.push(Misread { path: path.clone(), reason: MisreadReason::HalfSurrogatePair });
            }
            if fields.contains_key(&name) {
                return Err(self.repeated(key));
            }
            let value = self.value(raw, &path, depth + 1)?;
            fields.insert(name, value);
        }
        Ok(Json::Object(Box::new(fields)))
    }

    fn kept(&mut self, value: Value, path: &str, reason: MisreadReason) -> Json {
        self.misread.push(Misread { path: path.to_owned(), reason });
        Json::Scalar(value)
    }

    fn repeated(&self, key: &RawValue) -> ReadError {
        let offset = (key.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.get(..offset).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        ReadError::RepeatedKey { line: before.matches('\n').count() + 1, column: offset - line_start + 1 }
    }
}

/// The keys and values of an object as they stand in the text.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = access.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

/// The text of a JSON string in which halves of surrogate pairs are written as their escapes.
fn mended(json: &str) -> String {
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let (mut whole, mut at) = (String::with_capacity(json.len() + 8), 0);
    while let Some(rest) = json.get(at..).filter(|rest| !rest.is_empty()) {
        let length = match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                whole.push('\\');
                6
            }
            _ if rest.starts_with('\\') => 2,
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        whole.push_str(rest.get(..length).unwrap_or(rest));
        at += length;
    }
    serde_json::from_str(&whole).unwrap_or(whole)
}

/// Whether serde would round a number of a JSON text.
fn has_inexact_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut at, mut in_string) = (0, false);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'-' | b'0'..=b'9' if !in_string => {
                let is_part = |byte: &&u8| matches!(**byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = bytes.iter().skip(at).take_while(is_part).count();
                if !text.get(at..at + length).is_some_and(is_exact) {
                    return true;
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    false
}

/// Whether a number is what serde makes of it, digit for digit.
fn is_exact(number: &str) -> bool {
    // Every whole number of so few digits is.
    if number.len() < 18 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return true;
    }
    let held = number.parse::<f64>().ok().filter(|held| held.is_finite());
    held.is_some_and(|held| decimal(number) == decimal(&format!("{held:e}")))
}

/// A number's sign, its digits without zeros at either end, and the power of ten of the last one.
fn decimal(number: &str) -> Option<(bool, String, i64)> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (is_negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let digits = digits.trim_start_matches('0');
    let kept = digits.trim_end_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    let places = i64::try_from(fraction.len()).ok()?;
    let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
    Some((is_negative, kept.to_owned(), exponent.parse::<i64>().ok()?.checked_add(zeros)?.checked_sub(places)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::{Misread, MisreadReason, ReadError, is_exact, read};

    fn value(text: &str) -> (Value, Vec<(String, MisreadReason)>) {
        let (json, misread) = read(text).unwrap();
        (json.into_value(), misread.into_iter().map(|Misread { path, reason }| (path, reason)).collect())
    }

    #[test]
    fn a_number_is_exact_when_its_value_is_kept() {
        for kept in ["0", "-0", "-0.0", "1.10", "1e5", "1E+05", "18446744073709551615", "1e300", "5e-324", "0.1"] {
            assert!(is_exact(kept), "{kept}");
        }
        let long = format!("1{}", "0".repeat(400));
        for lost in ["18446744073709551617", "1e400", "-1e400", "0.1000000000000000055511151231257827", "1e-999", &long]
        {
            assert!(!is_exact(lost), "{lost}");
        }
    }

    #[test]
    fn what_serde_refuses_is_kept_as_text_and_named_by_its_path() {
        let (read, misread) = value(
            r#"{"a":["x\ud83d\ude00","\\ud800","q\"\ud800\n\udc00\ud800"],"b":1e400,"\udfff":{"c":12345678901234567890123}}"#,
        );
        assert_eq!(read["a"][0], "x😀");
        assert_eq!(read["a"][1], "\\ud800");
        assert_eq!(read["a"][2], "q\"\\ud800\n\\udc00\\ud800");
        assert_eq!(read["b"], "1e400");
        assert_eq!(read["\\udfff"]["c"], "12345678901234567890123");
        let named = [
            ("a[2]".to_owned(), MisreadReason::HalfSurrogatePair),
            ("b".to_owned(), MisreadReason::Number),
            ("\\udfff".to_owned(), MisreadReason::HalfSurrogatePair),
            ("\\udfff.c".to_owned(), MisreadReason::Number),
        ];
        assert_eq!(misread, named);
    }

    #[test]
    fn deep_nesting_is_kept_as_text_and_the_rest_is_read() {
        let deep = format!("{}{}", "[".repeat(3_000), "]".repeat(3_000));
        let (read, misread) = value(&format!(r#"[{{"id":"con_1","deep":{deep}}},{{"id":"con_2"}}]"#));
        assert_eq!(read[1]["id"], "con_2");
        assert_eq!((misread.len(), misread[0].1), (1, MisreadReason::Depth));
    }

    #[test]
    fn a_repeated_key_beside_a_broken_text_is_found_where_it_stands() {
        let error = read("{\"x\":\"\\ud800\",\n \"a\":1,\"\\u0061\":2}").err().unwrap();
        assert!(matches!(error, ReadError::RepeatedKey { line: 2, column: 8 }), "{error:?}");
    }

    proptest! {
        /// Whatever is broken beside it, a value that serde reads is read as serde reads it.
        #[test]
        fn what_is_not_broken_is_read_as_ever(text in "\\PC{0,20}", number in any::<f64>(), whole in any::<i64>()) {
            let plain = serde_json::json!({ "text": text, "number": number, "whole": [whole, null, true] });
            let mut broken = plain.to_string();
            broken.insert_str(1, r#""broken":"\ud800","#);
            let (mut read, misread) = value(&broken);
            prop_assert_eq!(misread, [("broken".to_owned(), MisreadReason::HalfSurrogatePair)]);
            read.as_object_mut().unwrap().remove("broken");
            let expected: Value = serde_json::from_str(&plain.to_string()).unwrap();
            prop_assert_eq!(read, expected);
        }
    }
}
