//! The scanner beside the general reader.

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
        if !pretty || value.as_object().is_none_or(serde_json::Map::is_empty) && value.as_array().is_none_or(Vec::is_empty) {
            prop_assert_eq!(scan(&text), Shape::read_anything(&text).ok());
        }
        agrees(&text);
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
