//! Resource updates: clients are told when a sync or a watch, in whatever process, has changed what the findings and duplicates are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rmcp::RoleServer;
use rmcp::model::{
    ErrorCode, ErrorData, Extensions, InitializeResult, ResourceUpdatedNotificationParam, SubscriptionFilter,
};
use rmcp::service::{Peer, SubscriptionContext};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{LONGEST_NAME, Server};
use crate::cleanup::Workspace;
use crate::render::clipped;
use crate::tools::Toolbox;
use crate::tools::cleanup_resources::{DUPLICATES, FINDINGS, QUESTIONS};

/// The pause between two looks at the state, each of which reads one row of SQLite.
const LOOK: Duration = Duration::from_secs(2);

/// Addresses whose content a sync or a watch changes.
const UPDATED: [&str; 3] = [FINDINGS, DUPLICATES, QUESTIONS];

/// Returns true if an update of this address is ever told.
pub(super) fn is_updated(uri: &str) -> bool {
    UPDATED.contains(&uri)
}

/// The resources that one connection has subscribed to. A clone, which is of another connection, has none.
#[derive(Default)]
pub(super) struct OwnSubscriptions {
    // std mutex: held for a look into a map.
    by_uri: Mutex<HashMap<String, DropGuard>>,
}

impl Clone for OwnSubscriptions {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The name under which the subscription to changes of the list of resources stands beside those to addresses.
const LIST: &str = "";

/// The part of a requested filter that is kept: addresses that change, and the list of resources.
pub(super) fn accepted(requested: &SubscriptionFilter) -> SubscriptionFilter {
    let uris = requested.resource_subscriptions.iter().flatten().filter(|uri| is_updated(uri)).cloned();
    SubscriptionFilter::builder().resources_list_changed().resource_subscriptions(uris.collect::<Vec<_>>()).build()
}

/// Waits until the state is another one than it was.
async fn changed(workspace: &Workspace, known: &mut Option<String>) {
    loop {
        // What cannot be read now may be read at the next look.
        if let Ok(mark) = workspace.mark().await {
            match known.replace(mark.clone()) {
                Some(before) if before != mark => return,
                _ => {}
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Tells a client of version 2026-07-28 until it leaves or the server ends.
pub(super) async fn listen(toolbox: &Toolbox, context: SubscriptionContext, stop: &CancellationToken) {
    let Some(workspace) = toolbox.cleanup_resources() else { return context.cancelled().await };
    let accepted = context.accepted().clone();
    let mut known = None;
    loop {
        tokio::select! {
            () = context.cancelled() => return,
            () = stop.cancelled() => return,
            () = changed(workspace, &mut known) => {}
        }
        for uri in accepted.resource_subscriptions.iter().flatten() {
            if context.sink().notify_resource_updated(uri.clone()).await.is_err() {
                return;
            }
        }
        if accepted.resources_list_changed == Some(true) && context.sink().notify_resource_list_changed().await.is_err()
        {
            return;
        }
    }
}

/// Returns true if a request came by a connection on which the server can send notifications.
fn can_notify(extensions: &Extensions) -> bool {
    extensions.get::<http::request::Parts>().is_none()
}

/// The capabilities for an older client: no subscriptions where nothing can be sent to it.
pub(super) fn as_offered(mut agreed: InitializeResult, extensions: &Extensions) -> InitializeResult {
    if let Some(resources) = agreed.capabilities.resources.as_mut().filter(|_| !can_notify(extensions)) {
        (resources.subscribe, resources.list_changed) = (None, None);
    }
    agreed
}

impl Server {
    /// Tells an older client of updates of one address, until it leaves or unsubscribes.
    pub(super) async fn subscribe_to(
        &self,
        uri: &str,
        toolbox: &Toolbox,
        (peer, extensions): (Peer<RoleServer>, &Extensions),
    ) -> Result<(), ErrorData> {
        if !is_updated(uri) {
            let text =
                format!("`{}` never changes while it is there; {} do.", clipped(uri, LONGEST_NAME), UPDATED.join(", "));
            return Err(ErrorData::invalid_params(text, None));
        }
        if !can_notify(extensions) {
            let text = "This connection carries no notifications: each request is answered by itself. Use stdio, SSE, or \
                        subscriptions/listen of version 2026-07-28.";
            return Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, text, None));
        }
        self.follow(uri, toolbox, peer).await;
        Ok(())
    }

    /// Tells an older client that has asked for the list of resources when that changes.
    pub(super) async fn follow_list(&self, toolbox: &Toolbox, (peer, extensions): (Peer<RoleServer>, &Extensions)) {
        if can_notify(extensions) {
            self.follow(LIST, toolbox, peer).await;
        }
    }

    async fn follow(&self, uri: &str, toolbox: &Toolbox, peer: Peer<RoleServer>) {
        let Some(workspace) = toolbox.cleanup_resources().cloned() else { return };
        // Before the answer, so that nothing that happens after it is missed.
        let mut known = workspace.mark().await.ok();
        let mut by_uri = self.subscriptions.by_uri.lock().unwrap_or_else(PoisonError::into_inner);
        if by_uri.contains_key(uri) {
            return;
        }
        let ended = CancellationToken::new();
        by_uri.insert(uri.to_owned(), ended.clone().drop_guard());
        let (uri, stop): (Arc<str>, CancellationToken) = (uri.into(), self.stop.clone());
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = ended.cancelled() => return,
                    () = stop.cancelled() => return,
                    () = changed(&workspace, &mut known) => {}
                }
                let sent = if &*uri == LIST {
                    peer.notify_resource_list_changed().await
                } else {
                    peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(&*uri)).await
                };
                if sent.is_err() {
                    return;
                }
            }
        });
    }

    /// Ends a subscription to an address.
    pub(super) fn unsubscribe_from(&self, uri: &str) {
        self.subscriptions.by_uri.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }
}
