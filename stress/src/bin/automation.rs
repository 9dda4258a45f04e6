//! A list that stays clean by itself: what is new is told in time and in few words, policies hold, imports repeat, watches do not meet.
//!
//! `cargo run --release -p stress --bin automation -- [--contacts 65681] [--policies 1000] [--quick]`. `--quick` takes 2,000 contacts and
//! 40 policies, and judges no times.

#![allow(clippy::print_stdout, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures::future::BoxFuture;
use imbrace_contacts_mcp::cleanup::{
    ApplyRequest, CleanupError, Gate, ImportRequest, ImportRow, OpenGate, Permit, PlanRequest, SyncRequest, Watch,
    Workspace, Write, WriteRefused,
};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use imbrace_contacts_mcp::policy::{Policy, PolicyError, PolicyRunner};
use imbrace_contacts_mcp::{app, cli};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use stress::number_argument;
use stress::peer::figure;

type Failure = Box<dyn Error>;

fn main() -> Result<ExitCode, Failure> {
    if std::env::args().nth(1).as_deref() == Some("cleanup") {
        return command();
    }
    let is_quick = std::env::args().any(|word| word == "--quick");
    let contacts = number_argument("--contacts", if is_quick { 2_000 } else { 65_681 })?;
    let policies = number_argument("--policies", if is_quick { 40 } else { 1_000 })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut reached = runtime.block_on(hold(policies))?;
    reached &= runtime.block_on(import(usize::try_from(contacts)?.min(2_000)))?;
    reached &= runtime.block_on(watches())?;
    reached &= runtime.block_on(news(usize::try_from(contacts)?, is_quick))?;
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs a command of the program, when this process was started for that, and prints what it says.
fn command() -> Result<ExitCode, Failure> {
    let arguments = cli::parse(std::env::args_os()).map_err(|stop| stop.text(false))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ending = runtime.block_on(app::run(arguments))?;
    print!("{}", ending.out);
    Ok(ExitCode::from(ending.code))
}

/// A round of a watch at a shell: what it prints, and how long it took.
fn round(list: &List) -> Result<(String, f64), Failure> {
    let state = list.state.path().join("shell");
    let mut command = std::process::Command::new(std::env::current_exe()?);
    command.args(["cleanup", "watch", "--once", "--rate", "100000", "--state-dir"]).arg(&state);
    command.env_clear().env("HOME", list.state.path()).env("NO_PROXY", "*");
    command.env("IMBRACE_BASE_URL", list.gateway.base_url()).env("IMBRACE_ACCESS_TOKEN", ACCESS_TOKEN);
    let began = Instant::now();
    let done = command.output()?;
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned().into());
    }
    Ok((String::from_utf8(done.stdout)?, began.elapsed().as_secs_f64()))
}

/// A list and its engine.
struct List {
    gateway: LocalGateway,
    state: tempfile::TempDir,
    workspace: Workspace,
}

impl List {
    async fn of(contacts: usize) -> Result<Self, Failure> {
        let people = Population { contacts, ..Population::default() };
        let gateway = LocalGateway::start(Options { people, ..Options::default() }).await?;
        let state = tempfile::tempdir()?;
        let workspace = engine(&gateway, &state)?;
        Ok(Self { gateway, state, workspace })
    }

    /// The engine of another process.
    fn another(&self) -> Result<Workspace, Failure> {
        engine(&self.gateway, &self.state)
    }

    async fn sync(&self, full: bool) -> Result<(), Failure> {
        let request = SyncRequest { full, requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
        self.workspace.sync(request, &Watch::default()).await?;
        Ok(())
    }

    /// Every contact by its id.
    fn contacts(&self) -> Result<BTreeMap<String, Map<String, Value>>, Failure> {
        let mut contacts = BTreeMap::new();
        for document in self.gateway.contacts_json()? {
            let contact: Map<String, Value> = serde_json::from_str(&document)?;
            let id = contact["id"].as_str().unwrap_or_default().to_owned();
            contacts.insert(id, contact);
        }
        Ok(contacts)
    }

    fn edit(&self, id: &str, fields: &Value) -> Result<(), Failure> {
        self.gateway.edit_contact(id, fields.as_object().unwrap_or(&Map::new()))?;
        Ok(())
    }
}

fn engine(gateway: &LocalGateway, state: &tempfile::TempDir) -> Result<Workspace, Failure> {
    Ok(stress::workspace(&gateway.base_url(), state.path().join("state"))?)
}

/// Eight hours east of UTC, as Hong Kong has been since 1979.
const EAST: i64 = 8 * 3600;

/// A clock that jumps after each write, and what was written when.
struct Jumping {
    clock: Arc<AtomicI64>,
    random: Mutex<StdRng>,
    writes: Mutex<Vec<(i64, String)>>,
}

impl Gate for Jumping {
    fn requests_per_second(&self) -> Option<f64> {
        Some(f64::INFINITY)
    }

    fn check(&self) -> Result<(), WriteRefused> {
        Ok(())
    }

    fn begin(&self, write: Write) -> BoxFuture<'_, Result<Permit, WriteRefused>> {
        let now = self.clock.load(Ordering::SeqCst);
        self.writes.lock().unwrap_or_else(PoisonError::into_inner).push((now, write.contact));
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        // Mostly on, at times over the hours, at times back.
        let jump = match random.random_range(0..10) {
            0 => random.random_range(-20 * 3600..30 * 3600),
            1 => random.random_range(0..4 * 3600),
            _ => random.random_range(0..300),
        };
        self.clock.fetch_add(jump, Ordering::SeqCst);
        Box::pin(async {
            let permit: Permit = Box::new(|_| Box::pin(std::future::ready(())));
            Ok(permit)
        })
    }
}

/// What a random policy allows, beside its text.
struct Limits {
    text: String,
    hundredths: u64,
    a_day: u64,
    /// Minutes of the day; none is the whole day.
    hours: Option<(i64, i64)>,
    company: bool,
    domain: bool,
}

fn limits(random: &mut StdRng) -> Limits {
    let hundredths = random.random_range(1..=10_000_u64);
    let a_day = random.random_range(1..=30_u64);
    let hours = random.random_bool(0.7).then(|| {
        let from = random.random_range(0..1_440_i64);
        (from, (from + random.random_range(1..1_439_i64)) % 1_440)
    });
    let (company, domain) = (random.random_bool(0.5), random.random_bool(0.5));
    let time = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let hours_text = hours.map(|(from, to)| format!("hours = [\"{}-{}\"]\n", time(from), time(to))).unwrap_or_default();
    let protect: Vec<&str> = [(company, "\"company ~ bank\""), (domain, "\"@protected.example\"")]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, word)| *word)
        .collect();
    let text = format!(
        "version = 1\n[fix]\nkinds = [\"safe\"]\nprotect = [{}]\nshare_of_list = \"{}.{:02} %\"\ncontacts_a_day = {a_day}\n{hours_text}time_zone = \"Asia/Hong_Kong\"\n",
        protect.join(", "),
        hundredths / 100,
        hundredths % 100
    );
    Limits { text, hundredths, a_day, hours, company, domain }
}

/// Random policies over random lists, with a clock that jumps: nothing beyond a limit, outside the hours or on who is protected.
async fn hold(policies: u64) -> Result<bool, Failure> {
    let (mut runs, mut writes, mut beyond, mut outside, mut protected) = (0_u64, 0_u64, 0_u64, 0_u64, 0_u64);
    let began = Instant::now();
    for seed in 0..policies {
        let mut random = StdRng::seed_from_u64(seed);
        let list = List::of(random.random_range(12..60)).await?;
        let Limits { text, hundredths, a_day, hours, company, domain } = limits(&mut random);
        let policy = Policy::read(&text).map_err(|mistakes| format!("{mistakes}\n{text}"))?;
        let clock = Arc::new(AtomicI64::new(1_767_600_000 + random.random_range(0..86_400)));
        let now = Arc::clone(&clock);
        let moment = move || Timestamp::from_second(now.load(Ordering::SeqCst)).unwrap_or_default();
        let gate = Jumping {
            clock: Arc::clone(&clock),
            random: Mutex::new(StdRng::seed_from_u64(seed + 1_000_000)),
            writes: Mutex::default(),
        };
        list.sync(true).await?;
        list.workspace.confirm_policy(policy.digest()).await?;
        for run in 0..4 {
            let ids: Vec<String> = list.contacts()?.into_keys().collect();
            for (number, id) in ids.iter().enumerate().filter(|_| random.random_bool(0.3)).collect::<Vec<_>>() {
                let guarded = random.random_range(0..4);
                let mut fields = json!({ "email": format!("Mei.{run}.{number}@Example.COM"), "display_name": format!("  Mei  {number}") });
                if guarded == 0 {
                    fields["company_name"] = json!("Example Bank");
                } else if guarded == 1 {
                    fields["email"] = json!(format!("Mei.{run}.{number}@Protected.example"));
                }
                list.edit(id, &fields)?;
            }
            list.sync(false).await?;
            // Some become protected after the list was read.
            for id in ids.iter().filter(|_| random.random_bool(0.05)) {
                list.edit(id, &json!({ "company_name": "Late Bank" }))?;
            }
            let before = list.contacts()?;
            let workspace = if run % 2 == 0 { list.workspace.clone() } else { list.another()? };
            let runner = PolicyRunner { workspace, policy: policy.clone(), clock: Arc::new(moment.clone()) };
            let written_before = gate.writes.lock().unwrap_or_else(PoisonError::into_inner).len();
            match runner.run(true, &gate, &Watch::default()).await {
                Ok(_) => {}
                Err(PolicyError::Cleanup(CleanupError::Refused(_))) => {}
                Err(error) => return Err(format!("seed {seed}: {error}").into()),
            }
            runs += 1;
            let all = gate.writes.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let written = (all.len() - written_before) as u64;
            writes += written;
            let most = before.len() as u64 * hundredths / 10_000;
            beyond += written.saturating_sub(most);
            for (id, contact) in list.contacts()? {
                let was = &before[&id];
                let holds = |field: &str, part: &str| {
                    was.get(field).and_then(Value::as_str).is_some_and(|text| text.to_lowercase().contains(part))
                };
                let is_protected =
                    (company && holds("company_name", "bank")) || (domain && holds("email", "@protected.example"));
                protected += u64::from(is_protected && contact != *was);
            }
            clock.fetch_add(random.random_range(0..12 * 3600), Ordering::SeqCst);
        }
        let all = gate.writes.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut days: BTreeMap<i64, u64> = BTreeMap::new();
        for (at, _) in &all {
            *days.entry((at + EAST).div_euclid(86_400)).or_default() += 1;
            let minute = (at + EAST).rem_euclid(86_400) / 60;
            let is_open =
                hours.is_none_or(
                    |(from, to)| {
                        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
                    },
                );
            outside += u64::from(!is_open);
        }
        beyond += days.values().map(|written| written.saturating_sub(a_day)).sum::<u64>();
    }
    let took = began.elapsed().as_secs_f64();
    println!("policies: {policies} random ones on as many lists, {runs} runs, {writes} contacts written, {took:.0} s");
    let mut reached = figure(&format!("beyond a limit: {beyond} writes"), "0", beyond == 0);
    reached &= figure(&format!("outside the hours: {outside} writes"), "0", outside == 0);
    reached &= figure(&format!("on a protected contact: {protected} writes"), "0", protected == 0);
    Ok(reached && writes > runs / 10)
}

/// The same import three times.
async fn import(contacts: usize) -> Result<bool, Failure> {
    let list = List::of(contacts).await?;
    list.sync(true).await?;
    let mut random = StdRng::seed_from_u64(7);
    let mut rows = Vec::new();
    for (line, (id, contact)) in (2_u64..).zip(list.contacts()?) {
        let text = |field: &str| contact.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let key = match random.random_range(0..3) {
            0 => vec![("id".to_owned(), id)],
            1 => vec![("email".to_owned(), text("email").to_uppercase())],
            _ => vec![("area_code".to_owned(), text("area_code")), ("phone_number".to_owned(), text("phone_number"))],
        };
        let more = [
            ("company_name", format!("Company {}", random.random_range(0..50))),
            ("birthday", format!("{} April 19{}", random.random_range(13..29), random.random_range(50..99))),
            ("remark", format!("imported {}", random.random_range(0..9))),
            ("gender", ["Male", "f", "FEMALE"][random.random_range(0..3)].to_owned()),
        ];
        let more = more.into_iter().map(|(field, value)| (field.to_owned(), value));
        rows.push(ImportRow {
            line,
            values: key.into_iter().chain(more).filter(|(_, value)| !value.is_empty()).collect(),
        });
    }
    let mut changes = Vec::new();
    for _ in 0..3 {
        let request = ImportRequest { rows: rows.clone(), ..ImportRequest::default() };
        let report = list.workspace.import(request).await?;
        changes.push((report.changes.len(), report.matched));
        if !report.changes.is_empty() {
            let plan = list.workspace.plan(PlanRequest { changes: report.changes, ..PlanRequest::default() }).await?;
            let request = ApplyRequest {
                plan: plan.id,
                fingerprint: plan.fingerprint,
                max_writes: Some(u64::MAX),
                max_seconds: Some(3_600),
            };
            list.workspace.apply(request, &OpenGate::UNPACED, &Watch::default()).await?;
        }
        list.sync(false).await?;
    }
    let [(first, matched), (second, _), (third, _)] = changes[..] else { return Ok(false) };
    let text = format!(
        "import of {} rows, {matched} of them of contacts that are here: {first} changes, then {second}, then {third}",
        rows.len()
    );
    Ok(figure(&text, "0 the second and third time", first > 0 && second == 0 && third == 0))
}

/// Watches that begin at the same moment.
async fn watches() -> Result<bool, Failure> {
    let list = List::of(12).await?;
    let (mut both, mut none) = (0_u64, 0_u64);
    for _ in 0..50 {
        let (one, other) = (list.another()?, list.another()?);
        let (one, other) = tokio::join!(one.watch_lock(), other.watch_lock());
        match (one?.is_some(), other?.is_some()) {
            (true, true) => both += 1,
            (false, false) => none += 1,
            _ => {}
        }
    }
    let text = format!(
        "two watches, 50 times at once: {} times one ran, {both} times both, {none} times none",
        50 - both - none
    );
    Ok(figure(&text, "one each time", both == 0 && none == 0))
}

/// A hundred contacts that changed among many: how long it takes to know what is new, and how many tokens it takes to tell.
async fn news(contacts: usize, is_quick: bool) -> Result<bool, Failure> {
    let list = List::of(contacts).await?;
    let began = Instant::now();
    list.sync(true).await?;
    println!("first reading of {contacts} contacts: {:.1} s", began.elapsed().as_secs_f64());
    let first = list.workspace.news(Vec::new()).await?;
    list.workspace.told(&first, None).await?;
    tokio::task::block_in_place(|| round(&list))?;
    let ids: Vec<String> = list.contacts()?.into_keys().take(100).collect();
    for (number, id) in ids.iter().enumerate() {
        let fields = match number % 5 {
            0 => json!({ "email": format!("mei.{number}@gmial.com") }),
            1 => json!({ "display_name": format!("  MEI  {number}"), "email": format!("Mei.{number}@Example.com") }),
            2 => json!({ "birthday": "31/02/1990", "phone_number": "12" }),
            3 => json!({ "gender": "Fem.", "language": "xx-yy-zz" }),
            _ => {
                json!({ "display_name": "Mei Ling Example", "email": format!("mei.ling.{}@example.com", number / 10), "birthday": "1990-04-03" })
            }
        };
        list.edit(id, &fields)?;
    }
    list.sync(false).await?;
    let began = Instant::now();
    let running = list.workspace.news(Vec::new()).await?;
    let kept = began.elapsed().as_secs_f64();
    // As a timer does: a process that has read nothing yet.
    let started = list.another()?;
    let began = Instant::now();
    let found = started.news(Vec::new()).await?;
    let took = began.elapsed().as_secs_f64();
    let same = running.new_findings == found.new_findings && running.new_groups == found.new_groups;
    let text = format!(
        "100 changed among {contacts}: {} new findings and {} new groups known {kept:.2} s after the sync by a watch that runs, {took:.2} s by one that starts",
        found.new_findings.len(),
        found.new_groups.len()
    );
    let mut reached = figure(&text, "2 s", same && (is_quick || kept <= 2.0));
    let (text, took) = tokio::task::block_in_place(|| round(&list))?;
    println!("a round at a shell, from its start to its end: {took:.2} s\n{text}");
    let tokens = tiktoken_rs::o200k_base()?.encode_with_special_tokens(&text).len();
    reached &= text.starts_with("new in ");
    reached &= figure(&format!("told in {tokens} tokens"), "120", tokens <= 120);
    Ok(reached)
}
