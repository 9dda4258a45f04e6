//! How long questions of the list take over 65,681 contacts in the snapshot: filters, orders, totals and searches, through the tools' engine.
//!
//! ```sh
//! cargo run --release -p stress --bin list_questions            # some 2 min, most of it the first reading
//! cargo run --release -p stress --bin list_questions -- --quick # 600 contacts; judges no times
//! ```

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use imbrace_contacts_mcp::cleanup::{
    CountKey, CountRequest, Filter, ListRequest, SearchQuery, SortKey, SyncRequest, Watch, Workspace,
};
use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options, Population};

/// Contacts of a large organisation.
const MANY: usize = 65_681;
/// How often each question is asked.
const ROUNDS: usize = 25;
/// What the slowest question in a hundred may take.
const GOAL: Duration = Duration::from_millis(30);
/// What the first page of any order may take.
const GOAL_OF_ORDER: Duration = Duration::from_millis(50);

const FILTERS: [&str; 8] = [
    "channel = line and created_at = 2025-09 and email is empty",
    "name ~ nguyen",
    "company ~ merlin or remark ~ \"do not contact\"",
    "phone ~ 471 605",
    "created_at > 2025-06 and (channel in (web, whatsapp) or language = vi)",
    "email !~ example.com and phone is not empty",
    "reachable = no",
    "time_zone = Asia/Hong_Kong and language != zh",
];

const ORDERS: [&str; 7] = ["-updated_at", "name", "-company", "last_seen", "phone", "-reachable", "email"];

const SEARCHES: [&str; 10] = [
    "nguyen van",
    "Nguyễn",
    "chan tai man",
    "陳大文",
    "0938 471 605",
    "+852 5555 0101",
    "mei.wong",
    "merlin",
    "con_66d67483",
    "佐藤",
];

type Failure = Box<dyn Error>;

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let people = Population { contacts: if is_quick { 600 } else { MANY }, ..Population::default() };
    let gateway = LocalGateway::start(Options { people, ..Options::default() }).await?;
    let state = tempfile::tempdir()?;
    let workspace = stress::workspace(&gateway.base_url(), state.path().join("state"))?;
    let request = SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
    let contacts = workspace.sync(request, &Watch::default()).await?.contacts;
    println!("{contacts} contacts");

    let began = Instant::now();
    listed(&workspace, "", None).await?;
    println!("first question, which reads the list: {:.0} ms", milliseconds(began.elapsed()));
    let began = Instant::now();
    workspace.search(SearchQuery::new("chan tai man")).await?;
    println!("first search, which reads the names: {:.0} ms", milliseconds(began.elapsed()));

    let (mut times, mut orders) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        for filter in FILTERS {
            times.push((listed(&workspace, filter, None).await?, filter));
        }
        for key in ["channel", "created_at:month", "company"] {
            let began = Instant::now();
            let request =
                CountRequest { filter: Filter::default(), count_by: CountKey::parse(key)?, limit: 20, skip: 0 };
            workspace.count(request).await?;
            times.push((began.elapsed(), key));
        }
        for order in ORDERS {
            orders.push((listed(&workspace, "", Some(order)).await?, order));
        }
    }
    let mut searches = Vec::new();
    for _ in 0..ROUNDS {
        for text in SEARCHES {
            let began = Instant::now();
            workspace.search(SearchQuery::new(text)).await?;
            searches.push((began.elapsed(), text));
        }
    }
    let mut reached = told("lists with a filter, and totals", times, GOAL, is_quick);
    reached &= told("first page of an order", orders, GOAL_OF_ORDER, is_quick);
    reached &= told("searches", searches, GOAL, is_quick);
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How long a page takes.
async fn listed(workspace: &Workspace, filter: &str, sort: Option<&str>) -> Result<Duration, Failure> {
    let (filter, sort) = (Filter::parse(filter)?, sort.map(SortKey::parse).transpose()?);
    let began = Instant::now();
    workspace.list(ListRequest { filter, sort, limit: 20, skip: 0 }).await?;
    Ok(began.elapsed())
}

/// Prints median, p99 and the slowest question; whether the goal is met.
fn told(what: &str, mut times: Vec<(Duration, &str)>, goal: Duration, is_quick: bool) -> bool {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).or(times.last()).copied().unwrap_or_default();
    let ((median, _), (most, slowest)) = (at(50), at(99));
    let reached = is_quick || most <= goal;
    println!(
        "{what}: median {:.1} ms, p99 {:.1} ms (`{slowest}`), goal p99 {:.0} ms {}",
        milliseconds(median),
        milliseconds(most),
        milliseconds(goal),
        if reached { "ok" } else { "MISSED" }
    );
    reached
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
