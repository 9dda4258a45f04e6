//! The local gateway: a real HTTP server over SQLite that answers every operation as the contract says.
//!
//! It is what `--env local` talks to, what the tests call, and what the `local-gateway` command serves. Its people are
//! reproducible from a seed and its misbehaviour ([`Faults`]) is chosen request by request.

mod arrivals;
mod authentication;
mod call;
mod concurrent_edits;
mod connection;
pub mod faults;
mod fold;
mod handle;
mod handlers;
mod json;
mod people;
mod reply;
mod router;
mod shared;
mod store;
mod tallies;
mod upload;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use imbrace_contacts_client::{gateway, model};

pub use arrivals::Arrival;
pub use authentication::{
    ACCESS_TOKEN, API_KEY, EXPIRED_ACCESS_TOKEN, JSON_WEB_TOKEN, SCOPED_API_KEY, SECOND_ACCESS_TOKEN,
};
pub use concurrent_edits::{ConcurrentEdits, ConcurrentEditsError};
pub use faults::Faults;
pub use people::{ListError, ORGANIZATION_ID, Population};
pub use router::routes;
pub use store::StoreError;
pub use tallies::Tallies;

use shared::Shared;
use store::Store;

/// How long a stop waits for requests under way before it drops them.
const DRAIN: Duration = Duration::from_secs(2);

/// How a local gateway is started.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Who is in the list when the data is new.
    pub people: Population,
    /// A list to take instead of made-up people: JSON Lines, one contact of the gateway a line, kept as it stands. Only
    /// read when the data is new; conversations and notifications are made up around it.
    pub list: Option<PathBuf>,
    /// The SQLite file; `None` keeps everything in memory and leaves nothing behind.
    pub data: Option<PathBuf>,
    /// How it misbehaves at first; see [`LocalGateway::set_faults`].
    pub faults: Faults,
    /// Who works on the contacts meanwhile; see [`LocalGateway::set_crowd`].
    pub crowd: ConcurrentEdits,
    /// The sizes and times it keeps to.
    pub limits: Limits,
    /// Stops the server from outside, as [`LocalGateway::stop`] does from inside.
    pub shutdown: CancellationToken,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            people: Population::default(),
            list: None,
            data: None,
            faults: Faults::default(),
            crowd: ConcurrentEdits::default(),
            limits: Limits::default(),
            shutdown: CancellationToken::new(),
        }
    }
}

/// The sizes and times that a local gateway keeps to. The contract leaves them open (section 11), so they can be set.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most rows in one page.
    pub page: u64,
    /// What happens to a `limit` above that.
    pub above_page: AbovePage,
    /// The largest request body in bytes; more is answered with the 413 page of an edge in front of the gateway.
    pub body: usize,
    /// How long a request whose body was swallowed (contract, section 3) stays open before its socket is closed. The
    /// real gateway takes 30 s.
    pub swallow: Duration,
    /// How many arrived requests are remembered for [`LocalGateway::requests`].
    pub arrivals: usize,
}

/// What happens to a `limit` larger than the largest page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AbovePage {
    /// It is lowered without a word, as databases behind gateways do; the envelope's `total` says how many rows came.
    #[default]
    Lower,
    /// It is refused with 400.
    Refuse,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            page: 100,
            above_page: AbovePage::default(),
            body: 20 << 20,
            swallow: Duration::from_millis(200),
            arrivals: 1_000,
        }
    }
}

/// Why a local gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The data could not be opened, read or filled.
    #[error("the local gateway's data")]
    Data(#[from] StoreError),
}

/// A running local gateway; it stops when dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), imbrace_contacts_local_gateway::Error> {
/// use imbrace_contacts_local_gateway::{LocalGateway, Options, Population};
///
/// let people = Population { contacts: 20, ..Population::default() };
/// let gateway = LocalGateway::start(Options { people, ..Options::default() }).await?;
/// assert!(gateway.base_url().starts_with("http://127.0.0.1:"));
/// gateway.stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct LocalGateway {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
    shutdown: CancellationToken,
    /// Ends the server task when the gateway is dropped without [`LocalGateway::stop`].
    _guard: DropGuard,
}

impl LocalGateway {
    /// Binds, fills the data when it is new, and serves until stopped, dropped or told by `options.shutdown`.
    ///
    /// # Errors
    /// [`Error::Listen`] when the address cannot be had, [`Error::Data`] when the file is no data of a local gateway.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let listen_error = |source| Error::Listen { address: options.listen, source };
        let listener = tokio::net::TcpListener::bind(options.listen).await.map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;
        let store = open(options.clone()).await?;
        let shutdown = options.shutdown.child_token();
        let shared = Arc::new(Shared::new(store, &options, address, shutdown.clone()));
        let server = tokio::spawn(router::serve(listener, Arc::clone(&shared)));
        let guard = shutdown.clone().drop_guard();
        Ok(Self { address, shared, server: Some(server), shutdown, _guard: guard })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for a client, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests that arrived, oldest first; at most [`Limits::arrivals`] are remembered.
    pub fn requests(&self) -> Vec<Arc<Arrival>> {
        self.shared.arrivals.all()
    }

    /// The writes that were done, oldest first, whatever their callers were answered; as many as of the requests.
    pub fn acts(&self) -> Vec<Arc<Arrival>> {
        self.shared.acts.all()
    }

    /// Forgets the requests that arrived so far, what was done, and the tallies.
    pub fn forget_requests(&self) {
        self.shared.arrivals.clear();
        self.shared.acts.clear();
        self.shared.counter.clear();
    }

    /// Changes how it misbehaves, from the next request on. Counts of used faults start again.
    pub fn set_faults(&self, faults: Faults) {
        self.shared.faults.set(faults);
    }

    /// Waits until the server has ended, for whatever reason.
    pub async fn wait(mut self) {
        if let Some(server) = self.server.take() {
            // The task only ends; it has no result, and a panic in it was already reported by the runtime.
            let _ = server.await;
        }
    }

    /// Stops accepting, lets requests under way finish for a moment, and returns when the socket is closed.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(DRAIN, &mut server).await.is_err()
        {
            server.abort();
        }
    }
}

/// Opens or makes the data off the async threads: filling it is seconds of work for a large population.
async fn open(options: Options) -> Result<Store, StoreError> {
    tokio::task::spawn_blocking(move || Store::open(&options)).await.map_err(|_| StoreError::Stopped)?
}

/// The name of [`ConcurrentEdits`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ConcurrentEdits`")]
pub type Crowd = ConcurrentEdits;

/// The name of [`ConcurrentEditsError`] in version 0.1.
#[deprecated(since = "0.2.0", note = "renamed to `ConcurrentEditsError`")]
pub type CrowdError = ConcurrentEditsError;
