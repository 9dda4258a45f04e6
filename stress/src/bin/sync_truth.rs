//! Interrupts syncs anywhere while people add, edit and delete contacts, and counts what is stale once they have stopped.
//!
//! `cargo run -p stress --bin sync_truth` makes 10,000 runs, with `-- --quick` 40; `-- --runs N --first K` makes N, from
//! number K on. A run is one to four syncs over a small list in small pages, each of which may be stopped (a page that
//! fails, a cancelled call, a call that is dropped as by a kill, a restart on the same state), with other people at work at
//! every few requests; then the people stop and one more sync completes. The snapshot must then be the gateway's list, byte
//! for byte.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use imbrace_contacts_mcp::cleanup::{StateLocation, SyncRequest, Watch, Workspace};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::local_gateway::{
    ACCESS_TOKEN, AbovePage, ConcurrentEdits, Faults, Limits, LocalGateway, Options, Population,
};
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};

/// Runs on one list, before another takes its place.
const RUNS_OF_A_LIST: u64 = 20;
/// As many calls as a sync may take once nobody moves the list any more.
const CALLS: usize = 6;

/// How the gateway's clock goes in a list's runs.
#[derive(Debug, Clone, Copy)]
struct Clock {
    /// Milliseconds ahead of ours.
    ahead: i64,
    /// Milliseconds by which it jumps, either way.
    skew: u64,
    /// Milliseconds of a tick.
    tick: u64,
    /// What an incremental pass reads again; at least twice the skew.
    overlap: Duration,
}

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    runs: u64,
    syncs: u64,
    interrupted: u64,
    requests: u64,
    wrong_runs: u64,
    stale: u64,
    incremental: u64,
}

fn main() -> anyhow::Result<ExitCode> {
    let usual = if std::env::args().any(|word| word == "--quick") { 40 } else { 10_000 };
    let (runs, first) = (stress::number_argument("--runs", usual)?, stress::number_argument("--first", 0)?);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(all(first, runs))
}

async fn all(first: u64, runs: u64) -> anyhow::Result<ExitCode> {
    let begun = std::time::Instant::now();
    let mut counts = Counts::default();
    let mut number = first;
    while number < first + runs {
        let until = (number + RUNS_OF_A_LIST).min(first + runs);
        one_list(number, until, &mut counts).await.with_context(|| format!("--first {number}"))?;
        number = until;
    }
    let Counts { runs, syncs, interrupted, requests, wrong_runs, stale, incremental } = counts;
    writeln!(
        std::io::stdout(),
        "{runs} runs: {syncs} syncs, {interrupted} of them interrupted, {requests} requests, {:.0} s",
        begun.elapsed().as_secs_f64()
    )?;
    writeln!(std::io::stdout(), "last syncs that were incremental: {incremental} of {runs}")?;
    writeln!(std::io::stdout(), "runs whose snapshot was wrong at the end: {wrong_runs} (goal 0)")?;
    writeln!(std::io::stdout(), "stale, missing or surplus contacts at the end: {stale} (goal 0)")?;
    anyhow::ensure!(interrupted * 4 > runs && incremental > 0, "the runs are not what they should be");
    Ok(if stale == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn one_list(first: u64, until: u64, counts: &mut Counts) -> anyhow::Result<()> {
    let mut rng = StdRng::seed_from_u64(first);
    let above_page = if rng.random() { AbovePage::Lower } else { AbovePage::Refuse };
    let gateway = LocalGateway::start(Options {
        people: Population { contacts: rng.random_range(0..60), seed: first },
        limits: Limits { page: rng.random_range(1..12), above_page, ..Limits::default() },
        ..Options::default()
    })
    .await?;
    let folder = tempfile::tempdir()?;
    let clock = clock(&mut rng);
    for number in first..until {
        let mut rng = StdRng::seed_from_u64(number ^ 0x7275_6e73);
        run(&gateway, folder.path(), &mut rng, (number, clock), counts)
            .await
            .with_context(|| format!("run {number}"))?;
    }
    Ok(())
}

fn clock(rng: &mut StdRng) -> Clock {
    let tick = *[0, 0, 5, 50, 1_000].choose(rng).unwrap_or(&0);
    let ahead = *[0, 0, 7_200_000, -7_200_000].choose(rng).unwrap_or(&0);
    // A skew is larger than a run is long: any order of timestamps occurs.
    let skew = *[0, 0, 0, 2_000].choose(rng).unwrap_or(&0);
    let overlap = if skew == 0 { Duration::ZERO } else { Duration::from_secs(60) };
    Clock { ahead, skew, tick, overlap }
}

async fn run(
    gateway: &LocalGateway,
    folder: &Path,
    rng: &mut StdRng,
    (number, clock): (u64, Clock),
    counts: &mut Counts,
) -> anyhow::Result<()> {
    let before = gateway.tallies().requests_of("list_contacts");
    for call in 0..rng.random_range(1..=4_u64) {
        let crowd = ConcurrentEdits {
            insert: rng.random_range(0..3),
            edit: rng.random_range(0..6),
            delete: u64::from(rng.random_ratio(1, 4)),
            every: rng.random_range(1..4),
            times: Some(rng.random_range(0..12)),
            clock: clock.ahead,
            skew: clock.skew,
            tick: clock.tick,
            seed: number * 8 + call,
            ..ConcurrentEdits::default()
        };
        gateway.set_crowd(crowd);
        for _ in 0..rng.random_range(0..3) {
            gateway.act_crowd()?;
        }
        counts.syncs += 1;
        counts.interrupted += u64::from(!interrupted(gateway, folder, rng, clock).await?);
    }
    gateway.set_crowd(ConcurrentEdits::default());
    gateway.set_faults(Faults::default());
    let at_last = gateway.tallies().requests_of("list_contacts");
    let mut complete = false;
    for _ in 0..CALLS {
        counts.syncs += 1;
        let report = workspace(gateway, folder)?.sync(request(clock, false), &Watch::default()).await?;
        complete = report.complete;
        if complete {
            break;
        }
    }
    anyhow::ensure!(complete, "a list that rests is not complete after {CALLS} calls");
    let now = gateway.tallies().requests_of("list_contacts");
    let there: BTreeSet<String> = gateway.contacts_json()?.into_iter().collect();
    let here = snapshot(folder)?;
    let stale = there.symmetric_difference(&here).count() as u64;
    if stale > 0 {
        writeln!(std::io::stdout(), "run {number}: {stale} differ, {clock:?}")?;
        for (name, lacking) in [("only there", there.difference(&here)), ("only here", here.difference(&there))] {
            for document in lacking.take(4) {
                let contact: serde_json::Value = serde_json::from_str(document)?;
                let of = |name: &str| contact.get(name).cloned().unwrap_or_default();
                writeln!(
                    std::io::stdout(),
                    "  {name}: {} created {} updated {}",
                    of("id"),
                    of("created_at"),
                    of("updated_at")
                )?;
            }
        }
    }
    // Fewer requests than a crawl of this list takes.
    counts.incremental += u64::from((now - at_last) <= 6);
    counts.runs += 1;
    counts.requests += now - before;
    counts.stale += stale;
    counts.wrong_runs += u64::from(stale > 0);
    Ok(())
}

/// One sync that may be stopped; whether it came to its end.
async fn interrupted(gateway: &LocalGateway, folder: &Path, rng: &mut StdRng, clock: Clock) -> anyhow::Result<bool> {
    // Each sync is that of another process.
    let workspace = workspace(gateway, folder)?;
    let request = request(clock, rng.random_ratio(1, 8));
    let after = rng.random_range(0..12);
    gateway.set_faults(Faults::default());
    let watch = Watch::default();
    let done = match rng.random_range(0..4) {
        0 => workspace.sync(request, &watch).await?.complete,
        1 => {
            // A refusal, which is not tried again: the error of a gateway at any page.
            gateway.set_faults(format!("list_contacts:403,after={after}").parse()?);
            workspace.sync(request, &watch).await.is_ok_and(|report| report.complete)
        }
        2 => {
            let (cancel, requests) = (watch.cancel.clone(), gateway.tallies().requests_of("list_contacts"));
            let stop = async {
                while gateway.tallies().requests_of("list_contacts") < requests + after {
                    tokio::time::sleep(Duration::from_micros(200)).await;
                }
                cancel.cancel();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                report = workspace.sync(request, &watch) => report?.complete,
                () = stop => false,
            }
        }
        _ => {
            let kill = Duration::from_micros(rng.random_range(0..20_000));
            tokio::time::timeout(kill, workspace.sync(request, &watch))
                .await
                .is_ok_and(|report| report.is_ok_and(|it| it.complete))
        }
    };
    Ok(done)
}

fn request(clock: Clock, full: bool) -> SyncRequest {
    SyncRequest {
        full,
        requests_per_second: Some(f64::INFINITY),
        overlap: Some(clock.overlap),
        ..SyncRequest::default()
    }
}

fn workspace(gateway: &LocalGateway, folder: &Path) -> anyhow::Result<Workspace> {
    let client = Client::new(Settings {
        base_url: gateway.base_url().parse()?,
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?;
    Ok(Workspace::new(
        StateLocation { directory: folder.join("state"), place: "local".to_owned(), tenant: String::new() },
        client,
    ))
}

/// The documents of the snapshot, from its file.
fn snapshot(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let files = std::fs::read_dir(folder.join("state"))?.collect::<Result<Vec<_>, _>>()?;
    let mut files = files.iter().map(std::fs::DirEntry::path);
    let file: PathBuf = files.find(|path| path.extension().is_some_and(|it| it == "sqlite")).context("a state")?;
    let db = rusqlite::Connection::open(file)?;
    let mut select = db.prepare("SELECT document FROM contact")?;
    Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}
