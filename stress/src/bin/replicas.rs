//! Shows that servers of several machines over one PostgreSQL database are one: short ids and confirmations of any hold at every other, also
//! while the database is stopped and started at random moments.
//!
//! ```sh
//! cargo run --release -p stress --bin replicas       # 10,000 calls, 20 restarts of servers, 20 of the database
//! cargo run -p stress --bin replicas -- --quick      # 600 calls, 3 restarts, 3 of the database; times of calls are printed and not judged
//! ```
//!
//! Starts a PostgreSQL of its own (`scripts/postgres`), and three servers, each with a state directory of its own.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use imbrace_contacts_mcp::local_gateway::{self, ACCESS_TOKEN, LocalGateway, Population};
use serde_json::json;
use stress::peer;
use stress::shared::{
    CONTACTS, PROCESSES, Server, Shared, TENANTS, call, confirmations, contact_id, ids, mark, marking_gateway, tell,
    times, token,
};

fn main() -> anyhow::Result<ExitCode> {
    if let Some(ended) = peer::serve_if_asked() {
        return Ok(ended);
    }
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    // An error says that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let postgres = Postgres::start(folder.path())?;
    let good = runtime.block_on(async {
        let shared = |name: &str| {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder)?;
            std::io::Result::Ok(Shared::Database { url: postgres.url.clone(), folder })
        };
        let ids = ids(&shared("ids")?, if is_quick { (600, 3) } else { (10_000, 20) }).await?;
        let once = confirmations(&shared("confirmations")?, if is_quick { 2 } else { 10 }).await?;
        let outages = outages(&shared("outages")?, &postgres, if is_quick { 3 } else { 20 }).await?;
        let times = times(&shared("times")?, (if is_quick { 40 } else { 1_000 }, is_quick), (1.3, 15.0)).await?;
        anyhow::Ok(ids && once && outages && times)
    })?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Somebody whom the local gateway always has.
const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// A server of Debian's packages, which ends with this.
struct Postgres {
    directory: PathBuf,
    url: String,
}

impl Postgres {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        // A user of its own must get to it.
        #[cfg(unix)]
        std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o711))?;
        let directory = folder.join("postgres");
        let url = Self::told(&["start"], &directory, &[])?;
        Ok(Self { directory, url })
    }

    /// The address that the script prints.
    fn told(before: &[&str], directory: &Path, after: &[&str]) -> anyhow::Result<String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/postgres");
        let output = Command::new(script).args(before).arg(directory).args(after).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Stops it, every second time as a crash does.
    fn stop(&self, number: usize) -> anyhow::Result<()> {
        let mode = if number.is_multiple_of(2) { "immediate" } else { "fast" };
        Self::told(&["stop"], &self.directory, &[mode]).map(drop)
    }

    fn start_again(&self) -> anyhow::Result<()> {
        Self::told(&["start"], &self.directory, &[]).map(drop)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.stop(0);
    }
}

/// Results of the outages of the database.
#[derive(Default)]
struct Found {
    /// Answers, and of them those with whole ids or a refusal that says why.
    answers: AtomicUsize,
    degraded: AtomicUsize,
    /// Answers that were wrong: another contact, or an id that was shown and is unknown.
    wrong: AtomicUsize,
    /// Confirmations that were given, and uses that were answered as done.
    confirmations: AtomicUsize,
    done: AtomicUsize,
    /// Confirmations of which more than one use was answered as done.
    doubled: AtomicUsize,
    /// Ids that were shown: tenant, number, id.
    shown: Mutex<HashSet<(usize, usize, String)>>,
}

impl Found {
    fn add(counter: &AtomicUsize, more: bool) {
        counter.fetch_add(usize::from(more), Ordering::Relaxed);
    }

    fn some(&self) -> Option<(usize, usize, String)> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_empty() { None } else { shown.iter().nth(rand::random_range(0..shown.len())).cloned() }
    }

    /// A page of some tenant: the right contacts, under short ids or whole ones.
    async fn list(&self, client: &reqwest::Client, address: &str) {
        let (tenant, skip) = (rand::random_range(0..TENANTS), rand::random_range(0..CONTACTS - 20));
        let answer = call(client, address, &token(tenant), "list_contacts", json!({ "limit": 20, "skip": skip })).await;
        let Some((text, is_error)) = answer else { return Self::add(&self.wrong, true) };
        Self::add(&self.answers, true);
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("con_")).collect();
        let mut is_right = !is_error && rows.len() == 20;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, row) in rows.iter().enumerate() {
            let id = row.split(',').next().unwrap_or_default();
            is_right &= contact_id(tenant, skip + place).starts_with(id) && row.contains(&mark(tenant, skip + place));
            shown.insert((tenant, skip + place, id.to_owned()));
        }
        Self::add(&self.degraded, rows.iter().any(|row| row.split(',').next().is_some_and(|id| id.len() == 40)));
        Self::add(&self.wrong, !is_right);
    }

    /// A contact by an id that any answer of any server has shown.
    async fn get(&self, client: &reqwest::Client, address: &str, (tenant, number, id): (usize, usize, String)) {
        let answer = call(client, address, &token(tenant), "get_contact", json!({ "contact_id": id })).await;
        let Some((text, is_error)) = answer else { return Self::add(&self.wrong, true) };
        Self::add(&self.answers, true);
        let is_away = is_error && text.contains("cannot be looked up at the moment");
        Self::add(&self.degraded, is_away);
        Self::add(&self.wrong, !is_away && (is_error || !text.contains(&mark(tenant, number))));
    }

    /// One confirmation, used at two servers at once.
    async fn confirm(&self, client: &reqwest::Client, addresses: [&str; 3]) {
        let (tool, note) = ("update_contact", format!("note {}", rand::random::<u32>()));
        let mut arguments = json!({ "contact_id": CONTACT, "set": [{ "field": "remark", "value": note }] });
        let preview = call(client, addresses[0], ACCESS_TOKEN, tool, arguments.clone()).await;
        let Some((preview, _)) = preview else { return Self::add(&self.wrong, true) };
        Self::add(&self.answers, true);
        let Some((_, confirm)) = preview.rsplit_once("confirm=") else {
            Self::add(&self.degraded, true);
            return Self::add(&self.wrong, !preview.contains("Nothing was done"));
        };
        let confirm: String = confirm.chars().take_while(|letter| !letter.is_whitespace()).collect();
        Self::add(&self.confirmations, true);
        if let Some(arguments) = arguments.as_object_mut() {
            arguments.insert("confirm".to_owned(), confirm.into());
        }
        let uses =
            [addresses[1], addresses[2]].map(|address| call(client, address, ACCESS_TOKEN, tool, arguments.clone()));
        let mut done = 0;
        for answer in futures::future::join_all(uses).await {
            let Some((text, is_error)) = answer else { return Self::add(&self.wrong, true) };
            Self::add(&self.answers, true);
            done += usize::from(!is_error);
            let is_said = text.contains("Nothing was done") || text.contains("nothing was done");
            Self::add(&self.wrong, is_error && !is_said);
            Self::add(&self.degraded, is_error && text.contains("state database"));
        }
        self.done.fetch_add(done, Ordering::Relaxed);
        Self::add(&self.doubled, done > 1);
    }
}

/// Lists, ids and confirmations at three servers while the database is stopped and started.
async fn outages(shared: &Shared, postgres: &Postgres, outages: usize) -> anyhow::Result<bool> {
    let began = Instant::now();
    let gateway = marking_gateway().await?;
    let people = Population { contacts: 50, ..Population::default() };
    let local = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await?;
    let base_url = local.base_url();
    let start = |number: usize| Server::start(&gateway, shared, number, &[]);
    let readers: Vec<Server> = (0..PROCESSES).map(start).collect::<anyhow::Result<_>>()?;
    let start = |number: usize| Server::start(&base_url, shared, PROCESSES + number, &["--confirm", "all"]);
    let writers: Vec<Server> = (0..PROCESSES).map(start).collect::<anyhow::Result<_>>()?;
    let addresses = |servers: &[Server]| -> anyhow::Result<[String; PROCESSES]> {
        let all: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
        all.try_into().ok().context("three servers")
    };
    let (reading, writing) = (addresses(&readers)?, addresses(&writers)?);
    let (found, client, is_over) = (Found::default(), reqwest::Client::new(), AtomicBool::new(false));
    let reads = async |mut number: usize| {
        while !is_over.load(Ordering::Relaxed) {
            number += 1;
            let address = reading.get(rand::random_range(0..PROCESSES)).map(String::as_str).unwrap_or_default();
            match found.some().filter(|_| number % 2 == 1) {
                Some(shown) => found.get(&client, address, shown).await,
                None => found.list(&client, address).await,
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let writes = async {
        let [one, two, three] = &writing;
        while !is_over.load(Ordering::Relaxed) {
            found.confirm(&client, [one, two, three]).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let comes_and_goes = async {
        let done = async {
            for number in 0..outages {
                tokio::time::sleep(Duration::from_millis(rand::random_range(200..2_000))).await;
                tokio::task::block_in_place(|| postgres.stop(number))?;
                tokio::time::sleep(Duration::from_millis(rand::random_range(0..1_500))).await;
                tokio::task::block_in_place(|| postgres.start_again())?;
            }
            // It is there again, and so are they.
            tokio::time::sleep(Duration::from_secs(2)).await;
            anyhow::Ok(())
        };
        let done = done.await;
        is_over.store(true, Ordering::Relaxed);
        done
    };
    futures::join!(reads(0), reads(1), reads(2), writes, comes_and_goes).4?;
    // Every id that was ever shown is asked of a server that may not have shown it.
    let shown: Vec<_> = found.shown.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
    let (before, count) = (found.wrong.load(Ordering::Relaxed), shown.len());
    let lost_before = found.degraded.load(Ordering::Relaxed);
    for (at, one) in shown.into_iter().enumerate() {
        let address = reading.get(at % PROCESSES).map(String::as_str).unwrap_or_default();
        found.get(&client, address, one).await;
    }
    let number = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let lost = number(&found.wrong) - before + number(&found.degraded) - lost_before;
    let requests = local.requests().iter().filter(|request| request.method != "GET").count();
    let (done, doubled) = (number(&found.done), number(&found.doubled));
    local.stop().await;
    let figure = format!(
        "{lost} of {count} ids lost, {doubled} of {} confirmations doubled ({done} uses done, {requests} requests at the gateway), {before} \
         answers wrong of {}, {lost_before} of them with whole ids or a refusal, while the database was away {outages} times [{:.1} s]",
        number(&found.confirmations),
        number(&found.answers),
        began.elapsed().as_secs_f64()
    );
    let is_met = lost == 0 && doubled == 0 && before == 0 && requests == done && done > 0 && count > 100;
    Ok(tell("PostgreSQL stopped and started", &figure, "0, 0 and 0", is_met)?)
}
