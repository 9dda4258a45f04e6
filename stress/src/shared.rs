//! Servers that share what they give out, over one state directory or one database: what `store` and `replicas` put under stress.
//!
//! A gateway answers each of 50 tenants with contacts of their own. Contact 7 of every tenant has the same short id and another whole
//! one, and its name holds the tenant's mark.

use std::io::Write;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use axum::Router;
use axum::response::IntoResponse;
use axum::serve::ListenerExt as _;
use futures::{StreamExt, stream};
use http::{HeaderMap, Uri};
use imbrace_contacts_mcp::local_gateway::{self, ACCESS_TOKEN, LocalGateway, Population};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::peer;

/// The header of each tenant's credential.
pub const HEADER: &str = "x-imbrace-access-token";
/// Servers at once.
pub const PROCESSES: usize = 3;
/// Tenants of the gateway.
pub const TENANTS: usize = 50;
/// Contacts of each tenant.
pub const CONTACTS: usize = 2_000;
/// Calls at the same time.
const AT_ONCE: usize = 12;
/// How long the gateway takes.
const LATENCY: Duration = Duration::from_millis(2);

/// Where servers keep what they share.
#[derive(Debug, Clone)]
pub enum Shared {
    /// In one state directory, as on one machine. Logs lie beside it.
    Directory(PathBuf),
    /// In a database, with a state directory for each, as on machines of their own.
    Database {
        /// Its address.
        url: String,
        /// Where directories and logs are.
        folder: PathBuf,
    },
}

/// One line of the table.
///
/// # Errors
/// If nobody reads it.
pub fn tell(what: &str, figure: &str, goal: &str, is_met: bool) -> std::io::Result<bool> {
    let end = if is_met { "ok" } else { "MISSED" };
    writeln!(std::io::stdout(), "{what}: {figure} (goal {goal}) {end}")?;
    Ok(is_met)
}

/// A server process, which can be replaced.
pub struct Server {
    child: Child,
    /// Its address.
    pub address: String,
}

impl Server {
    /// Starts the server of this number.
    ///
    /// # Errors
    /// If it does not listen.
    pub fn start(gateway: &str, shared: &Shared, number: usize, more: &[&str]) -> anyhow::Result<Self> {
        let mut command = peer::command(gateway, "", more)?;
        command.env_remove("IMBRACE_ACCESS_TOKEN").env("IMBRACE_GATEWAY_CREDENTIAL_HEADER", HEADER);
        let log = match shared {
            Shared::Directory(state) => {
                command.env("IMBRACE_STATE_DIR", state);
                state.with_extension(format!("{number}.log"))
            }
            Shared::Database { url, folder } => {
                command.env("IMBRACE_STATE_DIR", folder.join(number.to_string())).env("IMBRACE_STATE_URL", url);
                folder.join(format!("{number}.log"))
            }
        };
        let (child, address) = peer::start_http(command, &log).map_err(|error| anyhow!("{error}"))?;
        Ok(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The answer of a tool and whether it is an error; `None` where the process was killed meanwhile.
pub async fn call(
    client: &reqwest::Client,
    address: &str,
    token: &str,
    tool: &str,
    arguments: Value,
) -> Option<(String, bool)> {
    let params = json!({ "name": tool, "arguments": arguments });
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let request = client.post(format!("http://{address}/mcp")).header("accept", "application/json, text/event-stream");
    let request = request.header("content-type", "application/json").header(HEADER, token).body(body);
    let answer: Value = serde_json::from_slice(&request.send().await.ok()?.bytes().await.ok()?).ok()?;
    let text = answer.pointer("/result/content/0/text")?.as_str()?.to_owned();
    Some((text, answer.pointer("/result/isError")?.as_bool()?))
}

/// A tenant's credential.
pub fn token(tenant: usize) -> String {
    format!("acc_00000000-0000-4000-8000-{tenant:012}")
}

/// A part of the name of every contact.
pub fn mark(tenant: usize, number: usize) -> String {
    format!("Mark{tenant:02}x{number:04}End")
}

/// The first eight digits are the same for every tenant, and far from those of other contacts.
pub fn contact_id(tenant: usize, number: usize) -> String {
    let digits = (number as u32).wrapping_mul(0x9E37_79B1);
    format!("con_{digits:08x}-{tenant:04x}-4000-8000-{number:012x}")
}

/// A gateway that answers each tenant with contacts of their own.
///
/// # Errors
/// If no port is free.
pub async fn marking_gateway() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let answer = |uri: Uri, headers: HeaderMap| async move {
        tokio::time::sleep(LATENCY).await;
        let shown = headers.get("x-access-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let tenant = shown.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or(usize::MAX);
        let contact = |number: usize| json!({"object_name": "contact", "id": contact_id(tenant, number), "display_name": mark(tenant, number), "organization_id": "org_x"});
        let number = |name: &str| {
            let given = uri.query().unwrap_or_default().split('&').find_map(|part| part.strip_prefix(name));
            given
                .and_then(|text| text.strip_prefix('='))
                .and_then(|text| text.parse::<usize>().ok())
                .unwrap_or_default()
        };
        let one = uri.path().rsplit('/').next().filter(|id| id.starts_with("con_"));
        let found = match one.map(|id| id.rsplit('-').next().and_then(|number| usize::from_str_radix(number, 16).ok()))
        {
            Some(Some(number)) if one == Some(contact_id(tenant, number).as_str()) => contact(number),
            // The answer that another tenant would have got.
            Some(_) => {
                json!({"object_name": "contact", "id": one, "display_name": "crossed", "organization_id": "org_x"})
            }
            None => {
                let skip = number("skip");
                let rows: Vec<Value> = (skip..(skip + number("limit")).min(CONTACTS)).map(contact).collect();
                json!({"object_name": "list", "data": rows, "has_more": true, "count": rows.len(), "total": CONTACTS})
            }
        };
        ([("content-type", "application/json")], found.to_string()).into_response()
    };
    // Without it, each answer waits for an acknowledgement.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    Ok(base_url)
}

/// The result of a call.
#[derive(Default)]
struct Counts {
    lists: AtomicUsize,
    by_id: AtomicUsize,
    unknown: AtomicUsize,
    crossed: AtomicUsize,
    killed: AtomicUsize,
}

/// Ids that were shown: tenant, number, short id.
type Shown = Mutex<Vec<(usize, usize, String)>>;

/// Three processes, killed and started again; ids that any of them has shown, asked of any of them.
///
/// # Errors
/// If a server does not start.
pub async fn ids(shared: &Shared, (calls, restarts): (usize, usize)) -> anyhow::Result<bool> {
    let began = Instant::now();
    let gateway = marking_gateway().await?;
    let start = |number: usize| Server::start(&gateway, shared, number, &[]);
    let servers: Vec<Server> = (0..PROCESSES).map(start).collect::<anyhow::Result<_>>()?;
    let servers = Mutex::new(servers);
    let (counts, shown, client) = (Counts::default(), Shown::default(), reqwest::Client::new());
    for round in 0..=restarts {
        let each = calls / (restarts + 1);
        let work = stream::iter(0..each).for_each_concurrent(AT_ONCE, |number| {
            let (client, servers, counts, shown) = (&client, &servers, &counts, &shown);
            async move {
                // The process that answers is any but, at the last, the one that showed the id.
                let address = {
                    let servers = servers.lock().unwrap_or_else(PoisonError::into_inner);
                    servers.get(rand::random_range(0..PROCESSES)).map(|server| server.address.clone())
                };
                one_call(client, &address.unwrap_or_default(), number, counts, shown).await;
            }
        });
        let restart = async {
            if round < restarts {
                tokio::time::sleep(Duration::from_millis(30)).await;
                let place = round % PROCESSES;
                let fresh = Server::start(&gateway, shared, place, &[])?;
                let mut servers = servers.lock().unwrap_or_else(PoisonError::into_inner);
                // Dropped, the old one is killed in the middle of its calls.
                if let Some(old) = servers.get_mut(place) {
                    *old = fresh;
                }
            }
            anyhow::Ok(())
        };
        futures::join!(work, restart).1?;
    }
    let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    let figure = format!(
        "{} unknown ids and {} bytes crossed in {} lists and {} calls by id of {TENANTS} tenants at {PROCESSES} processes with \
         {restarts} restarts, {} calls lost with a killed process [{:.1} s]",
        count(&counts.unknown),
        count(&counts.crossed),
        count(&counts.lists),
        count(&counts.by_id),
        count(&counts.killed),
        began.elapsed().as_secs_f64()
    );
    let is_met = count(&counts.unknown) + count(&counts.crossed) == 0 && count(&counts.by_id) > calls / 4;
    Ok(tell("ids", &figure, "0 and 0", is_met)?)
}

async fn one_call(client: &reqwest::Client, address: &str, number: usize, counts: &Counts, shown: &Shown) {
    let known = {
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_empty() { None } else { shown.get(rand::random_range(0..shown.len())).cloned() }
    };
    let add = |counter: &AtomicUsize, more: usize| {
        counter.fetch_add(more, Ordering::Relaxed);
    };
    let foreign = |text: &str, own: usize| {
        let marks =
            text.match_indices("Mark").filter(|(place, _)| !text[*place..].starts_with(&format!("Mark{own:02}x")));
        marks.count() * "Mark00x".len() + text.matches("crossed").count() * "crossed".len()
    };
    match known.filter(|_| number % 2 == 1) {
        Some((tenant, contact, short)) => {
            match call(client, address, &token(tenant), "get_contact", json!({ "contact_id": short })).await {
                None => add(&counts.killed, 1),
                Some((text, is_error)) => {
                    add(&counts.by_id, 1);
                    add(&counts.crossed, foreign(&text, tenant));
                    add(&counts.unknown, usize::from(is_error || !text.contains(&mark(tenant, contact))));
                }
            }
        }
        None => {
            let (tenant, skip) = (rand::random_range(0..TENANTS), rand::random_range(0..CONTACTS - 20));
            match call(client, address, &token(tenant), "list_contacts", json!({ "limit": 20, "skip": skip })).await {
                None => add(&counts.killed, 1),
                Some((text, is_error)) => {
                    add(&counts.lists, 1);
                    add(&counts.crossed, foreign(&text, tenant));
                    let rows = text.lines().filter(|line| line.starts_with("con_"));
                    let ids: Vec<_> = rows.filter_map(|row| row.split(',').next()).map(str::to_owned).collect();
                    add(&counts.unknown, usize::from(is_error || ids.len() != 20));
                    let numbered = ids.into_iter().enumerate().map(|(place, id)| (tenant, skip + place, id));
                    shown.lock().unwrap_or_else(PoisonError::into_inner).extend(numbered);
                }
            }
        }
    }
}

/// Fifty uses of one confirmation, shared out among three processes.
///
/// # Errors
/// If a server does not start, or more than one use is done.
pub async fn confirmations(shared: &Shared, rounds: usize) -> anyhow::Result<bool> {
    let people = Population { contacts: 50, ..Population::default() };
    let (mut requests, mut uses) = (0, 0);
    for _ in 0..rounds {
        let local = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await?;
        let gateway = local.base_url();
        let start = |number: usize| Server::start(&gateway, shared, number, &[]);
        let servers: Vec<Server> = (0..PROCESSES).map(start).collect::<anyhow::Result<_>>()?;
        let address =
            |number: usize| servers.get(number % PROCESSES).map(|server| server.address.clone()).unwrap_or_default();
        let client = reqwest::Client::new();
        let tool = "dismiss_all_notifications";
        let preview = call(&client, &address(0), ACCESS_TOKEN, tool, json!({ "type": "all" })).await;
        let preview = preview.context("no preview")?.0;
        let confirm = preview.rsplit_once("confirm=").context("no confirmation")?.1.to_owned();
        let arguments = json!({ "type": "all", "confirm": confirm });
        let all = (0..50).map(|number| {
            let (client, address, arguments) = (client.clone(), address(number), arguments.clone());
            tokio::spawn(async move { call(&client, &address, ACCESS_TOKEN, tool, arguments).await })
        });
        let answers = futures::future::try_join_all(all).await?;
        uses += answers.iter().flatten().count();
        let done = answers.iter().flatten().filter(|(_, is_error)| !is_error).count();
        ensure!(done == 1, "{done} uses were answered as done");
        requests += local.requests().iter().filter(|request| request.method == "DELETE").count();
        local.stop().await;
    }
    let figure = format!(
        "{requests} requests at the gateway for {rounds} confirmations with {uses} uses at {PROCESSES} processes"
    );
    Ok(tell("confirmations", &figure, "1 for each", requests == rounds && uses == 50 * rounds)?)
}

/// The cost of the store: a plain call with ids that are known, and a page of ids that are new.
///
/// # Errors
/// If a server does not start, or a call fails.
pub async fn times(
    shared: &Shared,
    (calls, is_quick): (usize, bool),
    (most_times, most_more): (f64, f64),
) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let gateway = marking_gateway().await?;
    let on = Server::start(&gateway, shared, 0, &[])?;
    let none = Shared::Directory(folder.path().join("off"));
    let off = Server::start(&gateway, &none, 1, &["--state", "off"])?;
    let client = Arc::new(reqwest::Client::new());
    let time = |server: &Server, tenant: usize, arguments: Value| {
        let (client, address) = (Arc::clone(&client), server.address.clone());
        async move {
            let began = Instant::now();
            let answer = call(&client, &address, &token(tenant), "list_contacts", arguments).await;
            ensure!(answer.is_some_and(|(_, is_error)| !is_error), "a call failed");
            anyhow::Ok(began.elapsed())
        }
    };
    let (mut known, mut new): ([Vec<Duration>; 2], [Vec<Duration>; 2]) = Default::default();
    for number in 0..calls {
        for (place, server) in [&on, &off].into_iter().enumerate() {
            let took = time(server, 0, json!({ "limit": 10 })).await?;
            if number >= calls / 10 {
                known.get_mut(place).context("two")?.push(took);
            }
        }
    }
    // Each page is new once for each tenant.
    let pages = (calls / 5).min(TENANTS * CONTACTS / 100);
    for number in 0..pages {
        let (tenant, skip) = (number % TENANTS, number / TENANTS * 100);
        for (place, server) in [&on, &off].into_iter().enumerate() {
            let took = time(server, tenant, json!({ "limit": 100, "skip": skip })).await?;
            new.get_mut(place).context("two")?.push(took);
        }
    }
    let [on_known, off_known] = known.map(median);
    let [on_new, off_new] = new.map(median);
    let ratio = on_known / off_known;
    let figure =
        format!("{on_known:.2} ms, {off_known:.2} ms switched off, {ratio:.2} x, gateway {} ms", LATENCY.as_millis());
    let first =
        tell("plain call with known ids, p50", &figure, &format!("{most_times} x"), ratio <= most_times || is_quick)?;
    let more = on_new - off_new;
    let figure = format!("{on_new:.2} ms, {off_new:.2} ms switched off, {more:.2} ms more");
    Ok(tell("page of 100 new ids, p50", &figure, &format!("{most_more} ms more"), more <= most_more || is_quick)?
        && first)
}

/// In milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}
