//! Whatever JSON a gateway sends: rows come back value for value, and nothing panics.

use std::hint::black_box;

use imbrace_contacts_mcp::gateway::{Answer, Decode};
use imbrace_contacts_mcp::model::{
    CommentedMessage, Contact, ContactConversation, Message, Notification, Page, UploadedFile,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Names that mean something to the decoder, and some that do not.
fn name() -> impl Strategy<Value = String> {
    let known =
        ["data", "items", "message", "hits", "id", "_id", "content", "from", "comments", "labels", "type", "teams"];
    prop_oneof![prop::sample::select(known.to_vec()).prop_map(str::to_owned), "[a-z]{1,6}"]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let object = prop::collection::btree_map(name(), inner.clone(), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            object.prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map(name(), any_json(), 0..8).prop_map(|fields| Value::Object(fields.into_iter().collect()))
}

fn answer(body: &Value) -> Answer {
    Answer::parse(body.to_string().as_bytes(), None).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn rows_come_back_value_for_value(rows in prop::collection::vec(object(), 0..5)) {
        let page = Page::<Message>::decode(answer(&json!({ "data": rows }))).unwrap();
        let decoded: Vec<_> = page.rows.iter().map(|row| row.record().to_value()).collect();
        prop_assert_eq!(decoded, rows);
    }

    #[test]
    fn no_json_makes_a_decoder_or_an_accessor_panic(body in any_json()) {
        let _ = Contact::decode(answer(&body)).map(|contact| (contact.name().is_some(), contact.phone()));
        let _ = UploadedFile::decode(answer(&body));
        if let Ok(page) = Page::<Notification>::decode(answer(&body)) {
            black_box((page.grand_total(u64::MAX), page.has_more(u64::MAX)));
            page.rows.iter().for_each(|row| { black_box((row.tab(), row.content(), row.actions().count())); });
        }
        if let Ok(page) = Page::<ContactConversation>::decode(answer(&body)) {
            page.rows.iter().for_each(|row| { black_box((row.id(), row.at(), row.team_names().count(), row.latest_message())); });
        }
        if let Ok(message) = CommentedMessage::decode(answer(&body)) {
            message.comments().for_each(|comment| { black_box((comment.text(), comment.labels().count())); });
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Answer::parse(&bytes, Some("text/html"));
        let _ = Answer::parse(&[b"<title>".as_slice(), &bytes].concat(), None);
    }
}
