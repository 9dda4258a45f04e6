//! The measuring itself: starts, rounds of calls in turn, and what stands apart from them.

use std::io;
use std::time::Duration;

use crate::client::{Client, Way};
use crate::figures::{Figures, Row, median, spread};
use crate::message::Ask;
use crate::process::{self, Command, Process};
use crate::report::Apart;
use crate::server::{Kind, Running, Server};
use crate::stub::Stub;

/// The rows that one call asks for.
const ROWS: u64 = 10;
/// Calls under way at the same time.
const CROWDS: [usize; 4] = [1, 16, 64, 256];
/// The floor may differ by so much between rounds; beyond it the machine was busy with something else.
const CALM: f64 = 1.25;

/// How much is done.
pub(crate) struct Effort {
    starts: usize,
    rounds: usize,
    /// Calls a round, one after another and for each crowd.
    calls: usize,
    /// Calls of ours before the memory is looked at.
    load: usize,
}

impl Effort {
    pub(crate) const fn quick() -> Self {
        Self { starts: 1, rounds: 1, calls: 20, load: 100 }
    }

    pub(crate) const fn full() -> Self {
        Self { starts: 20, rounds: 5, calls: 1_500, load: 100_000 }
    }
}

/// Starts every server, then measures all in turn, round by round.
pub(crate) async fn rounds(servers: &[Server], stub: &Stub, effort: &Effort, apart: &mut Apart) -> Vec<Row> {
    let mut rows: Vec<Row> = servers.iter().map(Row::of).collect();
    starts(servers, &mut rows, effort).await;
    let mut running: Vec<Option<Running>> = Vec::new();
    for (server, row) in servers.iter().zip(&mut rows) {
        running.push(opened(server, row).await);
    }
    let mut bare = Row {
        name: "bare request to the stub".to_owned(),
        kind: Kind::Other,
        way: Way::Bare,
        figures: Figures::default(),
    };
    let mut straight = Client::http(Way::Bare, stub.address).await.expect("the stub answers");
    let mut calm = Vec::new();
    for _ in 0..effort.rounds {
        calm.push(floor(&mut straight, effort).await);
        let _ = round(&mut straight, None, &mut bare, effort).await;
        for (running, row) in running.iter_mut().zip(&mut rows) {
            let Some(Running { process, client, .. }) = running.as_mut().filter(|_| row.figures.failed.is_none())
            else {
                continue;
            };
            if let Err(error) = round(client, process.as_ref(), row, effort).await {
                row.figures.failed = Some(error.to_string());
            }
        }
    }
    calm.push(floor(&mut straight, effort).await);
    for (running, row) in running.iter().zip(&mut rows) {
        row.figures.loaded = running.as_ref().and_then(|it| it.process.as_ref()).map_or(0.0, Process::resident);
    }
    drop(running);
    let own = |kind| matches!(kind, Kind::Ours | Kind::PassThrough);
    for (server, row) in
        servers.iter().zip(&mut rows).filter(|(server, row)| own(server.kind) && row.figures.failed.is_none())
    {
        row.figures.failed = load(server, row, effort).await.err().map(|error| format!("under load: {error}"));
    }
    doubts(&calm, &bare, &rows, apart);
    rows.insert(0, bare);
    rows
}

/// The floor of all floors, to see whether the machine stays as it is.
async fn floor(straight: &mut Client, effort: &Effort) -> f64 {
    let _ = straight.fresh().await;
    let times = straight.one_by_one(&Ask::pages(ROWS), effort.calls).await.unwrap_or_default();
    let figures = Figures { times, ..Figures::default() };
    figures.quantile(0.5).unwrap_or(f64::NAN)
}

fn doubts(calm: &[f64], bare: &Row, rows: &[Row], apart: &mut Apart) {
    let changed = spread(calm);
    if changed > CALM {
        apart.doubts.push(format!(
            "the machine was busy: the bare request's median changed by {changed:.2} x between rounds. Ratios may be \
             believed, single figures not"
        ));
    }
    let best =
        rows.iter().filter(|row| row.kind != Kind::Echo).filter_map(|row| row.figures.rate(64)).fold(0.0, f64::max);
    if bare.figures.rate(64).is_some_and(|rate| rate < best * 1.5) {
        apart
            .doubts
            .push("the stub is not much faster than the fastest server, whose rate may be the stub's".to_owned());
    }
    for row in rows.iter().filter(|row| row.figures.failed.is_none() && !row.figures.is_steady()) {
        apart.doubts.push(format!("{}: its rounds differ by more than half (~)", row.name));
    }
}

async fn starts(servers: &[Server], rows: &mut [Row], effort: &Effort) {
    for round in 0..effort.starts {
        for (server, row) in servers.iter().zip(rows.iter_mut()) {
            // Peers take a second each; a few of their starts say enough.
            let is_own = matches!(server.kind, Kind::Ours | Kind::Echo | Kind::PassThrough);
            if server.command.is_none() || row.figures.failed.is_some() || (!is_own && round >= 3) {
                continue;
            }
            match server.start().await {
                Ok(running) => row.figures.starts.push(running.started),
                Err(error) => row.figures.failed = Some(format!("it does not start ({error})")),
            }
        }
    }
}

async fn opened(server: &Server, row: &mut Row) -> Option<Running> {
    if row.figures.failed.is_some() {
        return None;
    }
    match server.start().await {
        Ok(running) => {
            tokio::time::sleep(Duration::from_millis(50)).await;
            row.figures.idle = running.process.as_ref().map_or(0.0, Process::resident);
            Some(running)
        }
        Err(error) => {
            row.figures.failed = Some(format!("it does not start ({error})"));
            None
        }
    }
}

fn ask(kind: Kind) -> Ask {
    if kind == Kind::Echo { Ask::echo() } else { Ask::pages(ROWS) }
}

/// The people of the local gateway.
const PEOPLE: u64 = 1_000;

/// One server's turn.
async fn round(client: &mut Client, process: Option<&Process>, row: &mut Row, effort: &Effort) -> io::Result<()> {
    turn(client, process, row, effort, &ask(row.kind)).await
}

async fn turn(
    client: &mut Client,
    process: Option<&Process>,
    row: &mut Row,
    effort: &Effort,
    ask: &Ask,
) -> io::Result<()> {
    client.fresh().await?;
    row.figures.bytes = client.call(ask).await?;
    client.one_by_one(ask, effort.calls / 10).await?;
    // What is slow gets fewer calls, so that a round ends.
    let trial = client.one_by_one(ask, 5).await?;
    let slow = trial.iter().max().is_some_and(|longest| *longest > Duration::from_millis(2));
    let calls = if slow { (effort.calls / 5).max(20) } else { effort.calls };
    let used = |process: Option<&Process>| process.map_or(Duration::ZERO, Process::processor_time);
    let before = used(process);
    let times = client.one_by_one(ask, calls).await?;
    row.figures.cost_alone.push((used(process) - before).as_secs_f64() / calls as f64 * 1e3);
    let total: Duration = times.iter().sum();
    row.figures.rates.entry(1).or_default().push(calls as f64 / total.as_secs_f64());
    row.figures.times.extend(times);
    for crowd in CROWDS.into_iter().skip(1) {
        // So that all connections are open and everybody has had a turn.
        client.at_once(ask, crowd, crowd).await?;
        let calls = if slow { calls } else { calls * 2 }.max(crowd * 4);
        let before = used(process);
        let took = client.at_once(ask, calls, crowd).await?;
        row.figures.rates.entry(crowd).or_default().push(calls as f64 / took.as_secs_f64());
        if crowd == 64 {
            row.figures.cost_crowded.push((used(process) - before).as_secs_f64() / calls as f64 * 1e3);
        }
    }
    Ok(())
}

/// The memory after many calls, 64 at once, of a process that has done nothing else.
async fn load(server: &Server, row: &mut Row, effort: &Effort) -> io::Result<()> {
    let mut running = server.start().await?;
    running.client.at_once(&ask(row.kind), effort.load, 64).await?;
    row.figures.loaded = running.process.as_ref().map_or(0.0, Process::resident);
    Ok(())
}

/// What is not part of the rounds: a slow gateway, long pages, the binary.
pub(crate) async fn apart(gateway: &str, effort: &Effort, apart: &mut Apart) {
    let slow = Stub::start(Duration::from_millis(50));
    let calls = if effort.rounds > 1 { 64 * 40 } else { 64 };
    if let Ok(mut straight) = Client::http(Way::Bare, slow.address).await {
        apart.slow.extend(crowded(&mut straight, calls).await.ok().map(|rate| (Way::Bare, rate)));
    }
    for way in [Way::Stdio, Way::Http] {
        if let Ok(mut running) = Server::ours(way, &slow.base_url()).start().await {
            apart.slow.extend(crowded(&mut running.client, calls).await.ok().map(|rate| (way, rate)));
        }
        if let Ok([ours, bare]) = slow_p50(way, &slow.base_url(), effort).await {
            apart.slow_p50.extend([(Kind::Ours, way, ours), (Kind::PassThrough, way, bare)]);
        }
    }
    apart.long_page = pages(gateway, effort).await.ok();
}

/// The median call of ours and of the pass-through at a slow gateway, in seconds, in turn.
async fn slow_p50(way: Way, gateway: &str, effort: &Effort) -> io::Result<[f64; 2]> {
    let mut servers =
        [Server::ours(way, gateway).start().await?, Server::floor(Kind::PassThrough, way, gateway).start().await?];
    let kinds = [Kind::Ours, Kind::PassThrough];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..effort.rounds {
        for ((running, kind), times) in servers.iter_mut().zip(kinds).zip(&mut times) {
            times.extend(running.client.one_by_one(&ask(kind), effort.calls / 50 + 2).await?);
        }
    }
    Ok(times.map(|mut times| {
        times.sort_unstable();
        times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
    }))
}

async fn crowded(client: &mut Client, calls: usize) -> io::Result<f64> {
    let ask = Ask::pages(ROWS);
    client.at_once(&ask, 64, 64).await?;
    Ok(calls as f64 / client.at_once(&ask, calls, 64).await?.as_secs_f64())
}

/// How many times the processor time of 10 rows a page of 100 takes.
async fn pages(gateway: &str, effort: &Effort) -> io::Result<f64> {
    let mut running = Server::ours(Way::Stdio, gateway).start().await?;
    let mut costs = [Vec::new(), Vec::new()];
    for _ in 0..effort.rounds {
        for (rows, costs) in [10, 100].into_iter().zip(&mut costs) {
            let used = |running: &Running| running.process.as_ref().map_or(Duration::ZERO, Process::processor_time);
            let ask = Ask::pages(rows);
            running.client.one_by_one(&ask, effort.calls / 10).await?;
            let before = used(&running);
            running.client.one_by_one(&ask, effort.calls / 2).await?;
            costs.push((used(&running) - before).as_secs_f64());
        }
    }
    let [short, long] = costs.map(|costs| median(&costs).unwrap_or(f64::NAN));
    Ok(long / short)
}

/// The same against the local gateway, a process of its own.
pub(crate) async fn local(effort: &Effort) -> Vec<Row> {
    let port = process::free_port();
    let words = ["local-gateway", "--listen", &format!("127.0.0.1:{port}"), "--contacts", &PEOPLE.to_string()];
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    let command =
        Command { program: env!("CARGO_BIN_EXE_imbrace-contacts-mcp").to_owned(), words, variables: Vec::new() };
    let started = Process::spawn(&command).and_then(|process| {
        let address = ([127, 0, 0, 1], port).into();
        process::listening(address, Duration::from_secs(60)).map(|_| (process, address))
    });
    let Ok((_process, address)) = started else { return Vec::new() };
    let gateway = format!("http://{address}");
    let mut rows = Vec::new();
    if let Ok(mut straight) = Client::http(Way::Bare, address).await {
        let mut bare = Row {
            name: "bare request to the local gateway".to_owned(),
            kind: Kind::Other,
            way: Way::Bare,
            figures: Figures::default(),
        };
        bare.figures.failed = turn(&mut straight, None, &mut bare, effort, &Ask::pages_of(ROWS, PEOPLE))
            .await
            .err()
            .map(|error| error.to_string());
        rows.push(bare);
    }
    for server in [Way::Stdio, Way::Http].map(|way| Server::ours(way, &gateway)) {
        let mut row = Row::of(&server);
        if let Some(mut running) = opened(&server, &mut row).await {
            let ask = Ask::pages_of(ROWS, PEOPLE);
            let turn = turn(&mut running.client, running.process.as_ref(), &mut row, effort, &ask).await;
            row.figures.failed = turn.err().map(|error| error.to_string());
            row.figures.loaded = running.process.as_ref().map_or(0.0, Process::resident);
        }
        rows.push(row);
    }
    rows
}
