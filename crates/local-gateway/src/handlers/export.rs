//! The export of all contacts as CSV (contract, section 9): RFC 4180, a column a field, sent as it is read.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_DISPOSITION;
use http::{HeaderValue, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::call::Call;
use crate::model::CONTACT_FIELDS;
use crate::model::Record;
use crate::reply::Reply;
use crate::router::Shared;
use crate::store::{Sort, Store, StoreError};

/// How many contacts are read at once: between two such reads others may write.
const BATCH: usize = 500;

/// `GET contacts/_export_csv[?sort=…]`.
pub(crate) fn contacts(shared: &Shared, call: &Call) -> Result<Reply, StoreError> {
    let rows = shared.store.rows(Sort::parse(call.query("sort")))?;
    let (sender, receiver) = mpsc::channel(4);
    let store = Arc::clone(&shared.store);
    tokio::task::spawn_blocking(move || send(&store, &rows, &sender));
    let name = HeaderValue::from_static("attachment; filename=\"contacts.csv\"");
    let reply = Reply::new(StatusCode::OK, "text/csv; charset=utf-8", Bytes::new()).with(CONTENT_DISPOSITION, name);
    Ok(Reply { stream: Some(receiver), ..reply })
}

/// Sends the lines until nobody takes them any more. An error ends the answer in the middle.
fn send(store: &Store, rows: &[i64], sender: &mpsc::Sender<std::io::Result<Bytes>>) {
    let header = format!("{}\r\n", CONTACT_FIELDS.join(","));
    let batches = rows.chunks(BATCH).map(|batch| store.documents_of(batch).and_then(|documents| lines(&documents)));
    for part in std::iter::once(Ok(header)).chain(batches) {
        let part = part.map(Bytes::from).map_err(std::io::Error::other);
        let failed = part.is_err();
        if sender.blocking_send(part).is_err() || failed {
            return;
        }
    }
}

fn lines(documents: &[String]) -> Result<String, StoreError> {
    let mut text = String::with_capacity(documents.len() * 320);
    for document in documents {
        let contact: Record = serde_json::from_str(document)?;
        for (position, name) in CONTACT_FIELDS.iter().enumerate() {
            if position > 0 {
                text.push(',');
            }
            match contact.raw(name) {
                None | Some(Value::Null) => {}
                Some(Value::String(value)) => push(&mut text, value),
                Some(other) => push(&mut text, &other.to_string()),
            }
        }
        text.push_str("\r\n");
    }
    Ok(text)
}

/// A value, in quotes where it needs them.
fn push(text: &mut String, value: &str) {
    if value.contains([',', '"', '\r', '\n']) {
        text.push('"');
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(value);
    }
}
