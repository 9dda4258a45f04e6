//! Carries a tool's progress to the client while the tool works.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::Peer;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::Instant;

use crate::context::Step;

/// A client is told at most this often; what happens between two reports is folded into the later one.
const EVERY: Duration = Duration::from_millis(100);

/// Waits for `call` and forwards its steps under the token that the client gave for them.
///
/// Each report is written before the next one, and the last one before the answer: that is why they are awaited here.
pub(super) async fn relay<T>(
    call: impl Future<Output = T>,
    mut steps: UnboundedReceiver<Step>,
    token: ProgressToken,
    peer: &Peer<RoleServer>,
) -> T {
    let mut call = pin!(call);
    let mut teller = Teller { token, peer, told: f64::NEG_INFINITY, waiting: None, next: Instant::now() };
    let answer = loop {
        tokio::select! {
            biased;
            answer = &mut call => break answer,
            Some(step) = steps.recv() => teller.take(step),
            () = tokio::time::sleep_until(teller.next), if teller.waiting.is_some() => teller.tell().await,
        }
    };
    while let Ok(step) = steps.try_recv() {
        teller.take(step);
    }
    teller.tell().await;
    answer
}

struct Teller<'a> {
    token: ProgressToken,
    peer: &'a Peer<RoleServer>,
    /// What the client was told last; the protocol wants every report to be greater.
    told: f64,
    waiting: Option<Step>,
    next: Instant,
}

impl Teller<'_> {
    fn take(&mut self, step: Step) {
        if step.done > self.told {
            self.waiting = Some(step);
        }
    }

    async fn tell(&mut self) {
        let Some(step) = self.waiting.take() else { return };
        self.told = step.done;
        self.next = Instant::now() + EVERY;
        let mut report = ProgressNotificationParam::new(self.token.clone(), step.done).with_message(step.message);
        if let Some(total) = step.total {
            report = report.with_total(total);
        }
        // A client that is gone needs no report; the call itself is cancelled elsewhere.
        let _ = self.peer.notify_progress(report).await;
    }
}
