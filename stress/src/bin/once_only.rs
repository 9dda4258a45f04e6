//! Proof: a failed call never duplicates a side effect. Thousands of writes through the tools at a gateway that resets
//! before and after acting, fails, times out and breaks off; what was done is counted at the gateway.
//!
//! ```sh
//! cargo run --release -p stress --bin once_only            # 10,000 writes
//! cargo run -p stress --bin once_only -- --quick           # 500
//! ```

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::{StreamExt, stream};
use imbrace_contacts_mcp::context::uploads::{LARGEST_UPLOAD, Uploads};
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::operations::ListContacts;
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{
    ACCESS_TOKEN, Faults, Limits as GatewayLimits, LocalGateway, Options, Population,
};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use serde_json::{Value, json};

/// The gateway's misbehaviour: six in ten writes fail in some way, and some of the reads that settle them.
const FAULTS: &str = "seed:7;*:reset=0.12;*:reset_after=0.16;*:truncated=0.08;*:503=0.08,body=html;*:502=0.05;*:500=0.05;\
    *:504=0.04;*:429=0.03,retry_after=0;*:408=0.02;*:empty=0.04;*:html=0.03;*:latency=0.04,ms=900";
/// Writes in flight at once.
const AT_ONCE: usize = 24;
/// A client makes so many writes, then a new one takes over: one client would leave such a gateway alone, and the proof
/// would be of the breaker.
const WRITES_A_CLIENT: usize = 4;

/// The settings of the run, short so that a time-out costs little.
fn deadlines() -> Deadlines {
    let milliseconds = Duration::from_millis;
    Deadlines {
        connect: milliseconds(500),
        first_byte: milliseconds(400),
        attempt: milliseconds(600),
        call: milliseconds(2_500),
        upload: milliseconds(600),
    }
}

/// What one write is, and the mark that it is known by at the gateway, which occurs in no other write.
struct Wish {
    tool: &'static str,
    arguments: Value,
    mark: String,
}

/// The writes, in turn update, mark read, dismiss, dismiss all and upload.
fn wish_number(number: usize, contacts: &[String]) -> Wish {
    let mark = format!("w{number}w");
    let contact = contacts.get(number / 5 % contacts.len().max(1)).cloned().unwrap_or_default();
    let (tool, arguments) = match number % 5 {
        0 => ("update_contact", json!({ "contact_id": contact, "set": { "remark": mark } })),
        1 => ("mark_notifications_read", json!({ "ids": [format!("not_{mark}")] })),
        2 => ("dismiss_notifications", json!({ "ids": [format!("not_{mark}")] })),
        3 => {
            ("dismiss_all_notifications", json!({ "type": if number.is_multiple_of(2) { "teams" } else { "assigns" } }))
        }
        _ => ("upload_contact_file", json!({ "path": format!("{mark}.txt") })),
    };
    Wish { tool, arguments, mark }
}

fn client(gateway: &LocalGateway) -> anyhow::Result<Client> {
    Ok(Client::new(Settings {
        base_url: gateway.base_url().parse()?,
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: deadlines(),
    })?)
}

fn toolbox(gateway: &LocalGateway, directory: &Path) -> anyhow::Result<Toolbox> {
    let context = Context::new(ContextParts {
        gateway: client(gateway)?,
        place: GatewayTarget { environment: Environment::Local, host: String::new(), organization: None },
        short_ids: ShortIds::new(IdStyle::Whole),
        uploads: Uploads::open(&[directory.to_owned()], LARGEST_UPLOAD).map_err(|(_, error)| error)?,
    });
    Ok(Toolbox::new(context, &Selection::default(), Limits::default())?)
}

/// What a write was answered, and how often it was done.
struct Told {
    wish: Wish,
    text: String,
    is_error: bool,
}

impl Told {
    /// Whether the answer leaves open what happened.
    fn is_open(&self) -> bool {
        self.text.contains("Outcome unknown") || self.text.contains("probably done")
    }

    /// Whether the answer says something that is not so.
    fn is_wrong(&self, acts: usize) -> bool {
        match (self.is_error, self.is_open()) {
            // Dismissing everything where nothing is left is done before it begins.
            (false, _) => acts == 0 && self.wish.tool != "dismiss_all_notifications",
            (true, true) => false,
            (true, false) => acts > 0,
        }
    }
}

async fn ask(gateway: &LocalGateway, directory: &Path, wishes: Vec<Wish>) -> anyhow::Result<Vec<Told>> {
    let toolbox = toolbox(gateway, directory)?;
    let mut told = Vec::new();
    for wish in wishes {
        if wish.tool == "upload_contact_file" {
            std::fs::write(directory.join(format!("{}.txt", wish.mark)), &wish.mark)?;
        }
        let arguments = wish.arguments.as_object().cloned().unwrap_or_default();
        let answered = toolbox.call(wish.tool, arguments, Progress::default()).await.context("no such tool")?;
        told.push(Told { wish, text: answered.text, is_error: answered.is_error });
    }
    Ok(told)
}

/// The mark in a body: `w`, a number, `w`.
fn mark(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let is_mark = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    text.split('w').find(is_mark).map(|number| format!("w{number}w"))
}

/// One line a figure; an error when one misses its goal.
#[expect(clippy::disallowed_methods, reason = "a program at a shell may wait for its reader")]
fn report(gateway: &LocalGateway, told: &[Told], started: Instant) -> anyhow::Result<()> {
    let (mut by_mark, mut by_request) = (HashMap::<String, usize>::new(), HashMap::<String, usize>::new());
    for act in gateway.acts() {
        match mark(&act.body) {
            Some(mark) => *by_mark.entry(mark).or_default() += 1,
            None => *by_request.entry(act.header("x-request-id").unwrap_or_default().to_owned()).or_default() += 1,
        }
    }
    let count = |tool: &str| told.iter().filter(|told| told.wish.tool == tool).count();
    // Nothing in a request of "dismiss all" tells one call's from another's, so they are counted together, too.
    let all: usize = by_request.values().sum();
    let mut doubled = all.saturating_sub(count("dismiss_all_notifications"));
    doubled += by_request.values().filter(|acts| **acts > 1).count();
    let (mut harmless, mut wrong) = (0, 0);
    let mut endings = BTreeMap::<&str, [usize; 3]>::new();
    for told in told {
        let acts = by_mark.get(&told.wish.mark).copied().unwrap_or(0);
        match told.wish.tool {
            "mark_notifications_read" | "dismiss_notifications" => harmless += acts.saturating_sub(1),
            "dismiss_all_notifications" => {}
            _ => doubled += acts.saturating_sub(1),
        }
        let is_wrong = told.wish.tool != "dismiss_all_notifications" && told.is_wrong(acts);
        wrong += usize::from(is_wrong);
        if is_wrong {
            writeln!(std::io::stderr(), "{} was done {acts} times, and was told: {}", told.wish.tool, told.text)?;
        }
        let ending = if !told.is_error {
            0
        } else if told.is_open() {
            2
        } else {
            1
        };
        if let Some(place) = endings.entry(told.wish.tool).or_default().get_mut(ending) {
            *place += 1;
        }
    }
    let requests = gateway.requests();
    let faulted = requests.len() - gateway.acts().len();
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} writes in {:.0} s; {} requests, of which {faulted} did nothing",
        told.len(),
        started.elapsed().as_secs_f64(),
        requests.len()
    )?;
    for (tool, [done, not_done, open]) in endings {
        writeln!(out, "  {tool}: {done} told as done, {not_done} as not done, {open} as unknown")?;
    }
    writeln!(out, "side effects done twice (update, dismiss all, upload): {doubled}, goal 0")?;
    writeln!(out, "sent again where twice is once (dismiss by ids, mark read): {harmless}, no goal")?;
    writeln!(out, "answers that say what is not so: {wrong}, goal 0")?;
    ensure!(doubled == 0 && wrong == 0, "a goal is missed");
    Ok(())
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let writes = if std::env::args().any(|argument| argument == "--quick") { 500 } else { 10_000 };
    let started = Instant::now();
    let options = Options {
        people: Population { contacts: 2_000, ..Population::default() },
        limits: GatewayLimits { arrivals: 1_000_000, ..GatewayLimits::default() },
        ..Options::default()
    };
    let gateway = Arc::new(LocalGateway::start(options).await.context("the local gateway")?);
    let directory = tempfile::tempdir()?;

    // Every update gets a contact of its own, so that no other caller changes it.
    let reader = client(&gateway)?;
    let mut contacts = Vec::new();
    for skip in (0..2_000).step_by(100) {
        let page = reader.send(&ListContacts { limit: 100, skip, sort: None }).await?;
        contacts.extend(page.rows.iter().filter_map(|contact| contact.id().map(str::to_owned)));
    }
    gateway.set_faults(FAULTS.parse::<Faults>()?);
    gateway.forget_requests();

    let batches = (0..writes).step_by(WRITES_A_CLIENT).map(|first| {
        let wishes =
            (first..(first + WRITES_A_CLIENT).min(writes)).map(|number| wish_number(number, &contacts)).collect();
        ask(&gateway, directory.path(), wishes)
    });
    let told: Vec<Vec<Told>> = stream::iter(batches)
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let told: Vec<Told> = told.into_iter().flatten().collect();
    // What was still under way when its caller gave up.
    tokio::time::sleep(Duration::from_millis(500)).await;
    report(&gateway, &told, started)
}
