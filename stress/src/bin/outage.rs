//! Proof: outages are survived politely. Reads through the client at a gateway with one fault in ten, alone and in bursts;
//! then a gateway that is gone for a long time, and one that is gone for a moment.
//!
//! ```sh
//! cargo run --release -p stress --bin outage               # about eleven minutes, ten of them an outage
//! cargo run -p stress --bin outage -- --quick              # about half a minute
//! ```
//!
//! Nothing is scaled: the breaker's pauses are the real ones. In its quick form the long outage takes 20 s, which makes the
//! figure worse than the promised one, because pauses grow with an outage.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::{StreamExt, stream};
use imbrace_contacts_mcp::gateway::operations::ListContacts;
use imbrace_contacts_mcp::gateway::{Client, GatewayError};
use imbrace_contacts_mcp::local_gateway::{Faults, Limits, LocalGateway, Options, Population};

/// One fault in ten, of every kind that an outage shows.
const ONE_IN_TEN: &str = "seed:3;*:reset=0.03;*:503=0.03,body=html;*:502=0.02;*:reset_after=0.02";
/// How long a burst lasts: every request in it fails.
const BURST: Duration = Duration::from_millis(30);
/// How long it is quiet between bursts, so that one moment in ten is bad.
const QUIET: Duration = Duration::from_millis(270);
/// What every request gets in a burst or an outage.
const ALL_FAIL: &str = "*:reset";

/// The read of a number; no two in flight are equal, so that none shares another's request.
async fn read(client: &Client, number: usize) -> Result<(), GatewayError> {
    client.send(&ListContacts { limit: 1, skip: (number % 200) as u64, sort: None }).await.map(drop)
}

/// One figure with its goal.
struct Figure {
    line: String,
    is_met: bool,
}

fn figure(what: &str, value: f64, unit: &str, goal: f64, is_met: bool) -> Figure {
    let sign = if is_met { "" } else { "  MISSED" };
    Figure { line: format!("{what}: {value:.3}{unit}, goal {goal}{unit}{sign}"), is_met }
}

/// Reads one after the other in some lanes, at a pace that a few busy assistants have.
async fn reads(gateway: &LocalGateway, count: usize, lanes: usize, pace: Duration) -> anyhow::Result<(f64, f64)> {
    let client = stress::gateway_client(&gateway.base_url())?;
    gateway.forget_requests();
    let asked = stream::iter(0..count).map(|number| {
        let client = &client;
        async move {
            let answer = read(client, number).await;
            tokio::time::sleep(pace).await;
            answer.is_ok()
        }
    });
    let succeeded = asked.buffer_unordered(lanes).filter(|ok| futures::future::ready(*ok)).count().await;
    let load = gateway.requests().len() as f64 / count as f64;
    Ok((succeeded as f64 / count as f64 * 100.0, load))
}

async fn one_in_ten(gateway: &LocalGateway, count: usize) -> anyhow::Result<Vec<Figure>> {
    gateway.set_faults(ONE_IN_TEN.parse::<Faults>()?);
    let (succeeded, load) = reads(gateway, count, 8, Duration::ZERO).await?;
    Ok(vec![
        figure(&format!("{count} reads, one fault in ten: succeeded"), succeeded, " %", 99.8, succeeded >= 99.8),
        figure("  requests a read", load, "", 1.2, load <= 1.2),
    ])
}

async fn bursts(gateway: &LocalGateway, count: usize) -> anyhow::Result<Vec<Figure>> {
    let weather = async {
        loop {
            gateway.set_faults(Faults::default());
            tokio::time::sleep(QUIET).await;
            gateway.set_faults(ALL_FAIL.parse::<Faults>().unwrap_or_default());
            tokio::time::sleep(BURST).await;
        }
    };
    let asked = reads(gateway, count, 8, Duration::from_millis(20));
    let (succeeded, load) = tokio::select! {
        asked = asked => asked?,
        () = weather => unreachable_weather()?,
    };
    Ok(vec![
        figure(
            &format!("{count} reads, bursts of 30 ms in every 300 ms: succeeded"),
            succeeded,
            " %",
            99.8,
            succeeded >= 99.8,
        ),
        figure("  requests a read", load, "", 1.2, load <= 1.2),
    ])
}

/// The weather never ends by itself.
fn unreachable_weather() -> anyhow::Result<(f64, f64)> {
    anyhow::bail!("the bursts ended")
}

async fn long_outage(gateway: &LocalGateway, length: Duration) -> anyhow::Result<Vec<Figure>> {
    let client = stress::gateway_client(&gateway.base_url())?;
    gateway.set_faults(ALL_FAIL.parse::<Faults>()?);
    let mut number = 0;
    // Until the breaker has opened.
    while !matches!(read(&client, number).await, Err(GatewayError::Paused { .. })) {
        number += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    gateway.forget_requests();
    let (started, mut calls, mut slowest) = (Instant::now(), 0_u32, Duration::ZERO);
    while started.elapsed() < length {
        let began = Instant::now();
        drop(read(&client, number).await);
        slowest = slowest.max(began.elapsed());
        calls += 1;
        tokio::time::sleep(Duration::from_secs(1).saturating_sub(began.elapsed())).await;
    }
    let rate = gateway.requests().len() as f64 / f64::from(calls);
    let what = format!("outage of {} s, a call a second: requests a call", length.as_secs());
    let slowest = slowest.as_secs_f64();
    Ok(vec![figure(&what, rate, "", 0.25, rate <= 0.25), figure("  longest call", slowest, " s", 1.0, slowest <= 1.0)])
}

async fn short_outage(gateway: &LocalGateway) -> anyhow::Result<Vec<Figure>> {
    let client = stress::gateway_client(&gateway.base_url())?;
    gateway.set_faults(ALL_FAIL.parse::<Faults>()?);
    let calls = async {
        loop {
            let answer = read(&client, 0).await;
            if answer.is_ok() {
                return Instant::now();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let end = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        gateway.set_faults(Faults::default());
        Instant::now()
    };
    let (first_success, over) = tokio::join!(calls, end);
    let recovery = first_success.saturating_duration_since(over).as_secs_f64();
    Ok(vec![figure("outage of 3 s: first success after its end", recovery, " s", 6.0, recovery <= 6.0)])
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let (count, length) = if is_quick { (2_000, 20) } else { (10_000, 600) };
    let options = Options {
        people: Population { contacts: 300, ..Population::default() },
        limits: Limits { arrivals: 1_000_000, ..Limits::default() },
        ..Options::default()
    };
    let gateway = LocalGateway::start(options).await.context("the local gateway")?;
    let mut missed = false;
    let mut show = |figures: Vec<Figure>| -> anyhow::Result<()> {
        for figure in figures {
            missed |= !figure.is_met;
            writeln!(std::io::stdout(), "{}", figure.line)?;
        }
        Ok(())
    };
    show(one_in_ten(&gateway, count).await?)?;
    show(bursts(&gateway, count).await?)?;
    show(short_outage(&gateway).await?)?;
    show(long_outage(&gateway, Duration::from_secs(length)).await?)?;
    ensure!(!missed, "a goal is missed");
    Ok(())
}
