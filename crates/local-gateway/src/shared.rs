//! State that every request may use: the data, the faults, and the counters.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::arrivals::Arrivals;
use super::concurrent_edits::AtWork;
use super::faults::Chooser;
use super::store::Store;
use super::tallies::Counter;
use super::{Limits, Options};

/// State that every request may use.
#[derive(Debug)]
pub(super) struct Shared {
    /// The data.
    pub(super) store: Arc<Store>,
    /// How it misbehaves now.
    pub(super) faults: Chooser,
    /// The requests that arrived.
    pub(super) arrivals: Arrivals,
    /// The writes that were done.
    pub(super) acts: Arrivals,
    /// How often what.
    pub(super) counter: Counter,
    /// Edits by other people meanwhile.
    pub(super) crowd: AtWork,
    /// Sizes and times.
    pub(super) limits: Limits,
    /// The base URL that answers name, such as an upload's.
    pub(super) base_url: String,
    /// Ends the serving.
    pub(super) shutdown: CancellationToken,
}

impl Shared {
    /// Everything of one gateway.
    pub(super) fn new(store: Store, options: &Options, address: SocketAddr, shutdown: CancellationToken) -> Self {
        Self {
            store: Arc::new(store),
            faults: Chooser::new(options.faults.clone()),
            arrivals: Arrivals::new(options.limits.arrivals),
            acts: Arrivals::new(options.limits.arrivals),
            counter: Counter::default(),
            crowd: AtWork::new(options.crowd.clone()),
            limits: options.limits.clone(),
            base_url: format!("http://{address}"),
            shutdown,
        }
    }
}
