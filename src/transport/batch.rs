//! JSON-RPC batches of protocol version 2025-03-26: several messages in one array, answered by one array.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::model::{ClientJsonRpcMessage, ClientRequest, GetMeta, JsonRpcMessage, RequestId};
use serde_json::Value;

use super::message::{Incoming, Refusal};

/// Collects the answers of the batches of one connection.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    by_request: Mutex<HashMap<RequestId, Arc<Mutex<Batch>>>>,
}

/// The answers to one batch.
#[derive(Debug, Default)]
struct Batch {
    missing: usize,
    answers: Vec<Value>,
}

/// What becomes of an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Collected {
    /// It belongs to no batch and is to be written by itself.
    Single,
    /// Its batch waits for further answers.
    Waiting,
    /// All answers of its batch, as one array.
    Complete(Value),
}

impl Batches {
    /// Begins a batch of these requests, some of which are refused at once. The array, when nothing is left to wait for.
    pub(crate) fn begin(&self, requests: &[RequestId], refused: Vec<Value>) -> Option<Value> {
        if requests.is_empty() {
            return Some(refused).filter(|answers| !answers.is_empty()).map(Value::Array);
        }
        let batch = Arc::new(Mutex::new(Batch { missing: requests.len(), answers: refused }));
        let mut by_request = lock(&self.by_request);
        by_request.extend(requests.iter().map(|id| (id.clone(), Arc::clone(&batch))));
        None
    }

    /// Takes the answer to a request, which is made only where a batch waits for it.
    pub(crate) fn collect(&self, id: Option<&RequestId>, answer: impl FnOnce() -> Value) -> Collected {
        let batch = id.and_then(|id| lock(&self.by_request).remove(id));
        match batch {
            None => Collected::Single,
            Some(batch) => finish(&batch, Some(answer())).map_or(Collected::Waiting, Collected::Complete),
        }
    }

    /// Forgets a request that was cancelled. The array of its batch, when it was the last one missing.
    pub(crate) fn cancel(&self, id: &RequestId) -> Option<Value> {
        let batch = lock(&self.by_request).remove(id)?;
        finish(&batch, None)
    }
}

fn finish(batch: &Mutex<Batch>, answer: Option<Value>) -> Option<Value> {
    let mut batch = lock(batch);
    batch.missing = batch.missing.saturating_sub(1);
    batch.answers.extend(answer);
    let is_complete = batch.missing == 0 && !batch.answers.is_empty();
    is_complete.then(|| Value::Array(std::mem::take(&mut batch.answers)))
}

// std mutexes: held for one look, never across an await.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One element of a batch as a message, or its refusal; `None` when it expects neither.
pub(crate) fn element(incoming: Incoming) -> Option<Result<ClientJsonRpcMessage, Refusal>> {
    match incoming {
        Incoming::Message(message) => Some(admit(*message)),
        Incoming::Refused(refusal) | Incoming::NotJson(refusal) => Some(Err(refusal)),
        Incoming::Batch(_) | Incoming::Nothing => None,
    }
}

fn admit(mut message: ClientJsonRpcMessage) -> Result<ClientJsonRpcMessage, Refusal> {
    if let JsonRpcMessage::Request(request) = &mut message {
        if matches!(request.request, ClientRequest::InitializeRequest(_)) {
            let id = request.id.clone().into_json_value();
            return Err(Refusal::invalid(Some(&id), "`initialize` must not be part of a batch."));
        }
        // A batch is answered by one array, which has no place for progress.
        request.request.get_meta_mut().remove("progressToken");
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_is_answered_when_its_last_request_is_answered_or_cancelled() {
        let (batches, ids) = (Batches::default(), [1, 2, 3].map(RequestId::Number));
        assert_eq!(batches.begin(&ids, vec![json!("refused")]), None);
        assert_eq!(batches.collect(Some(&ids[1]), || json!(2)), Collected::Waiting);
        assert_eq!(batches.collect(Some(&RequestId::Number(9)), || json!(9)), Collected::Single);
        assert_eq!(batches.cancel(&ids[0]), None);
        assert_eq!(batches.collect(Some(&ids[2]), || json!(3)), Collected::Complete(json!(["refused", 2, 3])));
        assert_eq!(batches.cancel(&ids[2]), None, "nothing is left");
    }

    #[test]
    fn a_batch_without_requests_is_answered_at_once_or_never() {
        let batches = Batches::default();
        assert_eq!(batches.begin(&[], vec![]), None);
        assert_eq!(batches.begin(&[], vec![json!(1)]), Some(json!([1])));
    }
}
