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
use crate::shared::Shared;
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
    let header = format!("{}\r\n", CONTACT_FIELDS.join(",")).into_bytes();
    let batches = rows.chunks(BATCH).map(|batch| store.documents_of(batch).and_then(|documents| lines(&documents)));
    for part in std::iter::once(Ok(header)).chain(batches) {
        let part = part.map(Bytes::from).map_err(std::io::Error::other);
        let failed = part.is_err();
        if sender.blocking_send(part).is_err() || failed {
            return;
        }
    }
}

fn lines(documents: &[String]) -> Result<Vec<u8>, StoreError> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for document in documents {
        let contact: Record = serde_json::from_str(document)?;
        let value = |name: &&str| match contact.raw(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(value)) => value.clone(),
            Some(other) => other.to_string(),
        };
        writer.write_record(CONTACT_FIELDS.iter().map(value))?;
    }
    writer.into_inner().map_err(|error| StoreError::Csv(error.into_error().into()))
}
