//! Kills an apply at random points and lets the next one go on, and counts what was lost, written twice or left unsaid.
//!
//! `cargo run -p stress --bin cleanup_crash` kills 200 times, with `-- --quick` 10 times. The parent runs a local gateway, which
//! counts the writes to each contact; the child applies a plan over it until it is killed.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, Change, OpenGate, PlanReport, PlanRequest, StepState, SyncRequest, Watch, Workspace,
};
use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options, Population};

/// The argument by which this program knows that it is the child.
const ROLE: &str = "--as-apply";
/// Contacts that the plan changes, for each kill; more than all rounds together get to.
const CONTACTS: usize = 20;

fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let [_, role, url, directory, plan, fingerprint] = arguments.as_slice()
        && role == ROLE
    {
        runtime.block_on(child(url, directory.into(), plan, fingerprint))?;
        return Ok(ExitCode::SUCCESS);
    }
    let kills = if arguments.iter().any(|word| word == "--quick") { 10 } else { 200 };
    runtime.block_on(parent(kills))
}

/// Applies until there is nothing left, and says when it gets on.
async fn child(url: &str, directory: PathBuf, plan: &str, fingerprint: &str) -> anyhow::Result<()> {
    let workspace = stress::workspace(url, directory)?;
    let say = |_: u64, _: Option<u64>, _: &str| {
        let mut out = std::io::stdout();
        let _ = writeln!(out, "on").and_then(|()| out.flush());
    };
    let watch = Watch { progress: Box::new(say), ..Watch::default() };
    loop {
        let request =
            ApplyRequest { plan: plan.to_owned(), fingerprint: fingerprint.to_owned(), ..ApplyRequest::default() };
        if workspace.apply(request, &OpenGate::UNPACED, &watch).await?.remaining == 0 {
            return Ok(());
        }
    }
}

fn start(url: &str, directory: &Path, plan: &PlanReport) -> anyhow::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([ROLE, url]).arg(directory).args([&plan.id, &plan.fingerprint]);
    Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?)
}

/// Starts an apply and kills it: most often among its writes, at times before the first.
async fn kill_once(url: &str, directory: &Path, plan: &PlanReport, number: u64) -> anyhow::Result<bool> {
    let mut child = start(url, directory, plan)?;
    if !number.is_multiple_of(5) {
        let mut said = BufReader::new(child.stdout.take().context("its output")?);
        tokio::task::spawn_blocking(move || said.read_line(&mut String::new())).await??;
    }
    tokio::time::sleep(Duration::from_micros(rand::random_range(0..60_000))).await;
    let running = child.try_wait()?.is_none();
    child.kill()?;
    child.wait()?;
    Ok(running)
}

async fn parent(kills: u64) -> anyhow::Result<ExitCode> {
    let gateway = LocalGateway::start(Options {
        people: Population { contacts: CONTACTS * usize::try_from(kills)?, ..Population::default() },
        faults: "*:latency,ms=3".parse()?,
        ..Options::default()
    })
    .await?;
    let folder = tempfile::tempdir()?;
    let (url, directory) = (gateway.base_url(), folder.path().join("state"));
    let workspace = stress::workspace(&url, directory.clone())?;
    let sync = SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
    workspace.sync(sync, &Watch::default()).await?;
    let plan = workspace.plan(PlanRequest { changes: changes(&gateway)?, ..PlanRequest::default() }).await?;
    let (mut unknown, mut running) = (0, 0);
    for number in 1..=kills {
        running += u64::from(kill_once(&url, &directory, &plan, number).await?);
        // What the kill left open is said before anything settles it.
        unknown += workspace.show(&plan.id).await?.counts.unknown;
    }
    anyhow::ensure!(running == kills, "the plan came to its end after {running} kills");
    let midway = gateway.tallies().writes.len();
    let mut last = start(&url, &directory, &plan)?;
    drop(last.stdout.take());
    anyhow::ensure!(last.wait()?.success(), "the last apply failed");
    report(&gateway, &workspace, &plan, (kills, unknown, midway)).await
}

fn changes(gateway: &LocalGateway) -> anyhow::Result<Vec<Change>> {
    let documents = gateway.contacts_json()?;
    let change = |(number, document): (usize, &String)| {
        let contact: serde_json::Value = serde_json::from_str(document)?;
        let contact = contact.get("id").and_then(serde_json::Value::as_str).context("an id")?.to_owned();
        Ok(Change { contact, field: "remark".to_owned(), value: format!("cleaned {number}").into() })
    };
    documents.iter().enumerate().map(change).collect()
}

/// Compares the journal with what the gateway has and counted.
async fn report(
    gateway: &LocalGateway,
    workspace: &Workspace,
    plan: &PlanReport,
    (kills, unknown, midway): (u64, u64, usize),
) -> anyhow::Result<ExitCode> {
    let steps = workspace.steps(&plan.id).await?;
    let tallies = gateway.tallies();
    let (mut lost, mut doubled, mut open) = (0, 0, 0);
    for step in &steps {
        let document = gateway.contact_json(&step.contact)?.context("the contact")?;
        let contact: serde_json::Value = serde_json::from_str(&document)?;
        let done = contact.get("remark") == Some(&step.after) && step.state == StepState::Applied;
        lost += u64::from(!done);
        doubled += tallies.writes_to(&step.contact).saturating_sub(1);
        open += u64::from(step.state == StepState::Unknown);
    }
    let reconciled = if open == 0 { "all reconciled".to_owned() } else { format!("{open} not reconciled") };
    let mut out = std::io::stdout();
    writeln!(out, "{kills} kills: {lost} lost, {doubled} doubled, {unknown} unknown, {reconciled}")?;
    writeln!(out, "{} contacts, {midway} of them written before the last kill", steps.len())?;
    let good = lost == 0 && doubled == 0 && open == 0 && unknown > 0;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
