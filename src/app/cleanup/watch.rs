//! `cleanup watch`: rounds of sync, what is new, and, with a policy, what may be fixed without asking.

mod news;
mod webhook;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use imbrace_contacts_client::characters::{escaped_json, escaped_lines};
use jiff::Timestamp;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::super::{ANSWERED_ERROR, DONE, Ending, UNFINISHED, signals};
use super::{AS_LONG_AS_IT_TAKES, CleanupSession, export, policy, progress, words};
use crate::cleanup::{CleanupError, Message, SyncRequest, Watch};
use crate::cli::{WatchArguments, WatchFormat};
use crate::policy::{PolicyError, PolicyRun, PolicyRunner};
use crate::telemetry;
use news::Round;
use webhook::Webhook;

/// The pause between two looks of a watch that waits for another one.
const LOOK: Duration = Duration::from_secs(1);

/// A watch at work.
struct Watching<'a> {
    session: &'a CleanupSession,
    given: &'a WatchArguments,
    runner: Option<PolicyRunner>,
    webhook: Option<Webhook>,
    /// Where the reports of rounds are put; none where nobody asked for them.
    reports: Option<PathBuf>,
    stop: CancellationToken,
}

/// Runs one round, or rounds until it is stopped.
///
/// # Errors
/// [`UsageError`](super::super::UsageError) for a policy with mistakes, the engine's in a single round, or what keeps a report from being
/// written.
pub(super) async fn watch(session: &CleanupSession, given: &WatchArguments) -> anyhow::Result<Ending> {
    let runner = match &given.policy {
        Some(file) => {
            let (workspace, policy) = (session.workspace.clone(), policy::read(file)?);
            Some(PolicyRunner { workspace, policy, clock: Arc::new(Timestamp::now) })
        }
        None => None,
    };
    let webhook = match (&given.webhook, &given.webhook_secret_file) {
        (Some(url), Some(secret)) => Some(Webhook::open(url, secret, &session.authorities)?),
        _ => None,
    };
    // A policy's runs always leave a report.
    let usual = || given.policy.as_ref().map(|_| session.state_directory.join("reports"));
    let reports = given.reports.clone().or_else(usual);
    let stop = signals::stop_signal()?;
    let watching = Watching { session, given, runner, webhook, reports, stop };
    let Some(_lock) = watching.lock().await? else {
        let err =
            "Another `cleanup watch` is at work on these contacts, so this one leaves; --wait waits for its end.\n";
        return Ok(Ending { err: err.to_owned(), code: ANSWERED_ERROR, ..Ending::default() });
    };
    match given.interval {
        None => watching.once().await,
        Some(interval) => watching.rounds(interval).await,
    }
}

impl Watching<'_> {
    /// The right to watch; none where another watch has it and this one does not wait.
    async fn lock(&self) -> anyhow::Result<Option<crate::cleanup::WatchLock>> {
        let mut is_told = false;
        loop {
            let lock = self.session.workspace.watch_lock().await?;
            if lock.is_some() || !self.given.wait || self.stop.is_cancelled() {
                return Ok(lock);
            }
            if !is_told {
                telemetry::mention("another `cleanup watch` is at work on these contacts; waiting for its end\n");
                is_told = true;
            }
            self.sleep(LOOK).await;
        }
    }

    async fn sleep(&self, time: Duration) {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            () = self.stop.cancelled() => {}
        }
    }

    /// One round, which ends with a code for a timer.
    async fn once(&self) -> anyhow::Result<Ending> {
        let (out, code) = self.round().await?;
        let failing = self.deliver().await?;
        let code = if code == DONE && failing.is_long { UNFINISHED } else { code };
        Ok(Ending { out, err: failing.text, code })
    }

    /// Rounds until somebody stops them. What keeps a round from its end is told, and the next one tries again.
    async fn rounds(&self, interval: Duration) -> anyhow::Result<Ending> {
        loop {
            match self.round().await {
                Ok((out, _)) => print(&out)?,
                Err(error) => match error.downcast_ref::<CleanupError>() {
                    Some(refused) => {
                        telemetry::mention(&escaped_lines(&words::refused(refused, &self.session.again)));
                    }
                    None => return Err(error),
                },
            }
            let next = tokio::time::Instant::now() + interval;
            loop {
                let failing = self.deliver().await?;
                if !failing.text.is_empty() {
                    telemetry::mention(&failing.text);
                }
                let rest = next.saturating_duration_since(tokio::time::Instant::now());
                let pause = failing.next_try.map_or(rest, |due| due.min(rest));
                if rest.is_zero() || self.stop.is_cancelled() {
                    break;
                }
                self.sleep(pause.max(Duration::from_millis(100))).await;
            }
            if self.stop.is_cancelled() {
                return Ok(Ending { code: DONE, ..Ending::default() });
            }
        }
    }

    fn watched(&self) -> (Watch, progress::Shown) {
        progress::watch(self.stop.clone(), "contacts")
    }

    /// Reads what changed, looks for what is new, lets the policy run, tells all of it, and keeps that it was told.
    async fn round(&self) -> anyhow::Result<(String, u8)> {
        let (session, given) = (self.session, self.given);
        let rate = session.rate(given.rate);
        let max_seconds = Some(AS_LONG_AS_IT_TAKES);
        let request =
            SyncRequest { full: given.full, max_seconds, requests_per_second: rate, ..SyncRequest::default() };
        let (watch, bar) = self.watched();
        let synced = session.workspace.sync(request, &watch).await;
        bar.end();
        if !synced?.complete {
            return Ok(("the sync was stopped before its end; nothing was looked at\n".to_owned(), UNFINISHED));
        }
        let kinds = self.runner.as_ref().map(|runner| runner.policy.reported().to_vec()).unwrap_or_default();
        let news = session.workspace.news(kinds).await?;
        let run = match &self.runner {
            None => None,
            Some(runner) => {
                let gate = session.gate(given.rate);
                let (watch, bar) = self.watched();
                let run = runner.run(given.apply, &gate, &watch).await;
                bar.end();
                Some(run)
            }
        };
        let code = run.as_ref().map_or(DONE, code_of);
        let round =
            Round { place: session.place.named(), again: session.again.clone(), at: Timestamp::now(), news, run };
        let value = round.json();
        self.report(&round)?;
        let message = match &self.webhook {
            Some(_) if round.is_news() => {
                Some(Message { id: format!("msg_{}", uuid::Uuid::new_v4().simple()), body: value.to_string() })
            }
            _ => None,
        };
        session.workspace.told(&round.news, message).await?;
        Ok((self.text(&round, &value)?, code))
    }

    fn text(&self, round: &Round, value: &Value) -> anyhow::Result<String> {
        if self.session.json {
            // A line each, so that a reader of rounds can split them.
            return Ok(escaped_json(&format!("{value}\n")).into_owned());
        }
        Ok(match self.given.format {
            WatchFormat::Text => escaped_lines(&round.text()).into_owned(),
            WatchFormat::Md => round.markdown(),
            WatchFormat::Csv => round.csv()?,
        })
    }

    /// Leaves the round's report as Markdown and as CSV, where there is something to report.
    fn report(&self, round: &Round) -> anyhow::Result<()> {
        let Some(directory) = self.reports.as_deref().filter(|_| round.is_news()) else { return Ok(()) };
        progress::make_directory(directory)?;
        let name = round.file_name();
        for (ending, text) in [("md", round.markdown()), ("csv", round.csv()?)] {
            let path: &Path = &directory.join(format!("{name}.{ending}"));
            let text = telemetry::secrets().redactor().owned(text);
            export::write(path, &text, true).with_context(|| format!("the report {}", path.display()))?;
        }
        Ok(())
    }

    /// Tries what is due of the messages that are not delivered.
    async fn deliver(&self) -> anyhow::Result<webhook::Failing> {
        match &self.webhook {
            Some(webhook) => Ok(webhook.deliver(&self.session.workspace).await?),
            None => Ok(webhook::Failing::default()),
        }
    }
}

/// Prints a round at once: whoever reads them waits for each.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    out.write_all(telemetry::secrets().redactor().text(text).as_bytes()).and_then(|()| out.flush()).context("stdout")
}

/// The exit code that a run of a policy gives.
fn code_of(run: &Result<PolicyRun, PolicyError>) -> u8 {
    match run {
        Err(PolicyError::Cleanup(error)) => super::code(error),
        Err(_) => ANSWERED_ERROR,
        Ok(run) if run.standstill.is_some_and(crate::policy::Standstill::is_exceeded) => ANSWERED_ERROR,
        Ok(PolicyRun { applied: Some(applied), .. }) if applied.remaining > 0 || applied.counts.unknown > 0 => {
            UNFINISHED
        }
        Ok(_) => DONE,
    }
}
