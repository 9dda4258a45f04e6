//! A call that is dropped takes its request with it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::samples::{list_contacts, update, upload};
use crate::support::scripted::{Play, Scripted};

/// Waits until so many clients have left.
async fn left(server: &Scripted, count: usize) -> Duration {
    let started = Instant::now();
    while server.left() < count {
        assert!(started.elapsed() < Duration::from_secs(5), "{} of {count} seen as closed", server.left());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    started.elapsed()
}

#[tokio::test]
async fn a_hundred_of_a_hundred_cancellations_are_seen_upstream() {
    let server = Scripted::playing([Play::Hang]).await;
    let client = server.client();
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..100 {
        let client = client.clone();
        calls.spawn(async move {
            match number % 3 {
                // Reads of different pages, so that none shares another's request.
                0 => {
                    let page =
                        imbrace_contacts_mcp::gateway::operations::ListContacts { skip: number, ..list_contacts() };
                    drop(client.send(&page).await);
                }
                1 => drop(client.send(&update(json!({ "remark": "x" }))).await),
                _ => drop(client.send(&upload("a.png")).await),
            }
        });
    }
    while server.seen().len() < 100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    calls.abort_all();
    // The promise is 500 ms; a loaded machine may take longer, so the test only says that it happens.
    left(&server, 100).await;
}

#[tokio::test]
async fn a_read_is_dropped_when_the_last_of_its_callers_leaves_and_not_before() {
    let server = Scripted::playing([Play::Hang]).await;
    let client = server.client();
    let mut callers: Vec<_> = (0..3)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.send(&list_contacts()).await })
        })
        .collect();
    while server.seen().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    while let Some(caller) = callers.pop() {
        tokio::time::sleep(Duration::from_millis(30)).await;
        assert_eq!(server.left(), 0, "{} still wait", callers.len() + 1);
        caller.abort();
    }
    left(&server, 1).await;
    assert_eq!(server.seen().len(), 1);
}
