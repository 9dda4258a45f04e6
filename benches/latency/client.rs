//! One way to drive every kind of server: one call after another, or many at the same time.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::try_join_all;

use crate::http::{Events, Http};
use crate::message::Ask;
use crate::process::Process;
use crate::stdio::Stdio;

/// What has not been answered by now never will be.
const PATIENCE: Duration = Duration::from_secs(120);

/// How calls reach a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// Its pipes.
    Stdio,
    /// Streamable HTTP, whatever form the answers have.
    Http,
    /// The older pair `/sse` and `/messages`.
    Sse,
    /// The gateway's own request, without any server between.
    Bare,
}

/// A client with as many connections as it has had calls under way.
pub(crate) enum Client {
    Stdio(Stdio),
    Lanes(Lanes),
}

pub(crate) struct Lanes {
    way: Way,
    address: SocketAddr,
    session: Option<String>,
    open: Vec<Lane>,
}

enum Lane {
    Http(Http),
    Sse(Events),
    Bare(Http),
}

/// A token that the local gateway takes, and that the stub does not look at.
const TOKEN: &str = imbrace_contacts_mcp::local_gateway::ACCESS_TOKEN;

impl Client {
    /// Over the pipes of a process.
    pub(crate) async fn stdio(process: &mut Process) -> io::Result<Self> {
        patient(Stdio::open(process)).await.map(Self::Stdio)
    }

    /// Over HTTP, in one of its ways.
    pub(crate) async fn http(way: Way, address: SocketAddr) -> io::Result<Self> {
        let mut lanes = Lanes { way, address, session: None, open: Vec::new() };
        patient(lanes.reach(1)).await?;
        Ok(Self::Lanes(lanes))
    }

    /// Opens its connections anew: a server may have closed what was at rest.
    pub(crate) async fn fresh(&mut self) -> io::Result<()> {
        match self {
            Self::Stdio(_) => Ok(()),
            Self::Lanes(lanes) => {
                lanes.open.clear();
                patient(lanes.reach(1)).await
            }
        }
    }

    /// One call after another: how long each took.
    pub(crate) async fn one_by_one(&mut self, ask: &Ask, calls: usize) -> io::Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(calls);
        for _ in 0..calls {
            let began = Instant::now();
            self.call(ask).await?;
            times.push(began.elapsed());
        }
        Ok(times)
    }

    /// One call; the size of its answer in bytes.
    pub(crate) async fn call(&mut self, ask: &Ask) -> io::Result<usize> {
        match self {
            Self::Stdio(stdio) => patient(stdio.call(ask)).await,
            Self::Lanes(lanes) => patient(lanes.open[0].call(ask)).await,
        }
    }

    /// So many calls with so many under way: how long all of them took.
    pub(crate) async fn at_once(&mut self, ask: &Ask, calls: usize, in_flight: usize) -> io::Result<Duration> {
        match self {
            Self::Stdio(stdio) => {
                let began = Instant::now();
                patient(stdio.calls(ask, calls, in_flight)).await?;
                Ok(began.elapsed())
            }
            Self::Lanes(lanes) => {
                patient(lanes.reach(in_flight)).await?;
                let began = Instant::now();
                let each = calls.div_ceil(in_flight);
                let working = lanes.open.iter_mut().take(in_flight).map(|lane| async move {
                    for _ in 0..each {
                        lane.call(ask).await?;
                    }
                    Ok::<(), io::Error>(())
                });
                patient(async { try_join_all(working).await.map(drop) }).await?;
                // As if exactly so many had been asked for.
                Ok(began.elapsed().mul_f64(calls as f64 / (each * in_flight) as f64))
            }
        }
    }
}

impl Lanes {
    /// Opens connections until there are so many.
    async fn reach(&mut self, count: usize) -> io::Result<()> {
        while self.open.len() < count {
            let lane = match self.way {
                Way::Http if self.open.is_empty() => {
                    let http = Http::open(self.address).await?;
                    self.session.clone_from(&http.session);
                    Lane::Http(http)
                }
                Way::Http => Lane::Http(Http::connect(self.address, self.session.clone()).await?),
                Way::Sse => Lane::Sse(Events::open(self.address).await?),
                Way::Bare | Way::Stdio => Lane::Bare(Http::connect(self.address, None).await?),
            };
            self.open.push(lane);
        }
        Ok(())
    }
}

impl Lane {
    async fn call(&mut self, ask: &Ask) -> io::Result<usize> {
        match self {
            Self::Http(http) => http.call(ask).await,
            Self::Sse(events) => events.call(ask).await,
            Self::Bare(http) => http.get(ask, TOKEN).await,
        }
    }
}

async fn patient<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
