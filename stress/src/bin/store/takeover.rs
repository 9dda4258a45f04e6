//! An apply whose process is killed, or stands still, again and again, while another one waits to take over.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, Change, CleanupError, OpenGate, PlanReport, PlanRequest, StepState, SyncRequest, Watch,
};
use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options, Population};

/// The argument by which this program knows that it is one of those that apply.
const ROLE: &str = "--as-apply";
/// Contacts that the plan changes, for each kill; more than all rounds together get to.
const CONTACTS: usize = 60;
/// A process that waits takes over within so long.
const TAKEN_OVER_IN: Duration = Duration::from_secs(10);

/// Applies, when this process was started for that.
pub(super) fn apply_if_asked() -> anyhow::Result<bool> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, role, url, directory, plan, fingerprint] = arguments.as_slice() else { return Ok(false) };
    if role != ROLE {
        return Ok(false);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(child(url, directory.into(), plan, fingerprint))?;
    Ok(true)
}

/// Applies until there is nothing left, says when it gets on, and waits while another one is at work.
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
        match workspace.apply(request, &OpenGate::UNPACED, &watch).await {
            Ok(report) if report.remaining == 0 => return Ok(()),
            Ok(_) | Err(CleanupError::AtWork(_) | CleanupError::Busy | CleanupError::TakenOver) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// The two that apply; one is at work, the other waits.
struct Pair {
    said: Receiver<(u32, Instant)>,
    sender: Sender<(u32, Instant)>,
    children: Vec<Child>,
}

impl Pair {
    fn start(&mut self, url: &str, directory: &Path, plan: &PlanReport) -> anyhow::Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([ROLE, url]).arg(directory).args([&plan.id, &plan.fingerprint]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let (lines, sender) = (BufReader::new(child.stdout.take().context("its output")?).lines(), self.sender.clone());
        let id = child.id();
        std::thread::spawn(move || {
            for _ in lines.map_while(Result::ok) {
                let _ = sender.send((id, Instant::now()));
            }
        });
        self.children.push(child);
        Ok(())
    }

    /// Who is at work now, and not who was when there was no time to listen.
    fn holder(&mut self) -> anyhow::Result<u32> {
        let now = Instant::now();
        loop {
            let (id, at) = self.next()?;
            if at > now {
                return Ok(id);
            }
        }
    }

    /// Who gets on next.
    fn next(&mut self) -> anyhow::Result<(u32, Instant)> {
        let Self { said, children, .. } = self;
        said.recv_timeout(Duration::from_secs(30)).with_context(|| {
            let states: Vec<_> = children.iter_mut().map(|child| format!("{:?}", child.try_wait())).collect();
            format!("nobody gets on any more; how the processes ended: {}", states.join(", "))
        })
    }

    /// How long it takes until one that is not this one gets on, since a moment.
    fn taken_over(&mut self, from: u32, since: Instant) -> anyhow::Result<Duration> {
        loop {
            let (id, at) = self.next()?;
            if id != from && at > since {
                return Ok(at.duration_since(since));
            }
        }
    }

    fn take(&mut self, id: u32) -> anyhow::Result<Child> {
        let place = self.children.iter().position(|child| child.id() == id).context("a child of ours")?;
        Ok(self.children.remove(place))
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn signal(id: u32, name: &str) -> anyhow::Result<()> {
    anyhow::ensure!(Command::new("kill").args([name, &id.to_string()]).status()?.success(), "kill {name}");
    Ok(())
}

/// Returns true if no process is in the middle of a change of the state.
fn can_be_written(directory: &Path) -> anyhow::Result<bool> {
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "sqlite") {
                let db = rusqlite::Connection::open(&path)?;
                db.busy_timeout(Duration::ZERO)?;
                match db.execute_batch("BEGIN IMMEDIATE; ROLLBACK") {
                    Ok(()) => {}
                    Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy) => {
                        return Ok(false);
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    Ok(true)
}

/// What came of it, in words, and whether the goals are met.
pub(super) async fn takeover(kills: u64, pauses: u64) -> anyhow::Result<(String, bool)> {
    let gateway = LocalGateway::start(Options {
        people: Population { contacts: CONTACTS * usize::try_from(kills + pauses)?, ..Population::default() },
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
    let (place, shown) = (url.clone(), plan.clone());
    let rounds = move || {
        let (sender, said) = channel();
        let mut pair = Pair { said, sender, children: Vec::new() };
        pair.start(&place, &directory, &shown)?;
        pair.start(&place, &directory, &shown)?;
        let mut longest = Duration::ZERO;
        for _ in 0..kills {
            let holder = pair.holder()?;
            std::thread::sleep(Duration::from_micros(rand::random_range(0..30_000)));
            let mut child = pair.take(holder)?;
            child.kill()?;
            let since = Instant::now();
            child.wait()?;
            longest = longest.max(pair.taken_over(holder, since)?);
            pair.start(&place, &directory, &shown)?;
        }
        let mut longest_paused = Duration::ZERO;
        for _ in 0..pauses {
            let holder = pair.holder()?;
            std::thread::sleep(Duration::from_micros(rand::random_range(0..30_000)));
            // One that stands still in the middle of a commit keeps the file from everybody (docs/state.md), so it gets on first.
            signal(holder, "-STOP")?;
            while !can_be_written(&directory)? {
                signal(holder, "-CONT")?;
                std::thread::sleep(Duration::from_micros(rand::random_range(0..30_000)));
                signal(holder, "-STOP")?;
            }
            let since = Instant::now();
            longest_paused = longest_paused.max(pair.taken_over(holder, since)?);
            std::thread::sleep(Duration::from_millis(200));
            signal(holder, "-CONT")?;
        }
        // The first one to find nothing left ends, and so does the other.
        for child in &mut pair.children {
            anyhow::ensure!(child.wait()?.success(), "an apply failed");
        }
        anyhow::Ok((longest, longest_paused))
    };
    let (longest, longest_paused) = tokio::task::spawn_blocking(rounds).await??;
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
    let figure = format!(
        "{lost} lost, {doubled} doubled, {open} left unknown of {} contacts with {kills} kills and {pauses} pauses; taken over in at \
         most {:.1} s after a kill and {:.1} s after a pause",
        steps.len(),
        longest.as_secs_f64(),
        longest_paused.as_secs_f64(),
    );
    let is_met = lost + doubled + open == 0 && longest.max(longest_paused) < TAKEN_OVER_IN;
    Ok((figure, is_met))
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
