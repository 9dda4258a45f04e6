//! Proof: the local gateway counts what it searches rightly, and answers in time. For each size it makes up the contacts, then asks
//! `_search` over real HTTP for texts of several kinds, and reads deep pages of the list.
//!
//! ```sh
//! cargo run --release -p stress --bin local_search              # 10, 1,000, 65,681 and 1,000,000 contacts; about two minutes, 4 GB
//! cargo run -p stress --bin local_search -- --quick             # 10 and 3,000 contacts: counts are checked, times have no goal
//! cargo run --release -p stress --bin local_search -- --data people.db    # the data on disk instead of in memory
//! ```
//!
//! Up to 65,681 contacts every count is checked against one by hand over all of them. In its quick form nothing but the
//! counts can fail.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, Limits, LocalGateway, Options, Population};
use serde_json::Value;

/// The longest that one search in a hundred may take, up to [`CHECKED`] contacts; beyond them times are printed without a goal.
const GOAL: Duration = Duration::from_millis(500);
/// The longest that a page at nine tenths of the list may take in the median.
const DEEP_GOAL: Duration = Duration::from_millis(50);

/// The most contacts whose counts are checked by hand: it takes all of their JSON at once.
const CHECKED: usize = 65_681;

/// Kinds of text that people search for, each with some texts.
const KINDS: [(&str, &[&str]); 7] = [
    ("a name that many have", &["nguyen", "tran", "wong", "Nguyễn", "tanaka"]),
    ("a full name", &["nguyen thi", "le van", "wong mei", "chan ka", "佐藤 美咲"]),
    ("two letters", &["an", "ng", "le", "zz", "w1"]),
    ("Chinese characters", &["陳", "美玲", "佐藤", "鷲", "田中"]),
    ("part of an e-mail address", &["example.com", "@example", "nguyen.", ".chan@", "mail"]),
    ("digits of a phone number", &["0912", "5550", "8490", "65", "91234567"]),
    ("a text that few or none have", &["UNK#DO1695", "zqxjkv", "no such person", "vnm#h", "unk#aa00"]),
];

/// One figure with its goal.
struct Figure {
    line: String,
    is_met: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let quick = words.iter().any(|word| word == "--quick");
    let data = words.iter().position(|word| word == "--data").and_then(|place| words.get(place + 1)).map(PathBuf::from);
    let (sizes, rounds): (&[usize], usize) =
        if quick { (&[10, 3_000], 2) } else { (&[10, 1_000, 65_681, 1_000_000], 40) };
    let mut all_met = true;
    for size in sizes {
        for figure in at(*size, rounds, data.as_deref(), quick).await? {
            all_met &= figure.is_met || quick;
            writeln!(std::io::stdout(), "{}", figure.line)?;
        }
    }
    ensure!(all_met, "a goal is missed");
    Ok(())
}

/// Everything at one size.
async fn at(size: usize, rounds: usize, data: Option<&std::path::Path>, quick: bool) -> anyhow::Result<Vec<Figure>> {
    let people = Population { contacts: size, ..Population::default() };
    let data = data.map(|path| path.with_extension(format!("{size}.db")));
    let limits = Limits { arrivals: 10, ..Limits::default() };
    let started = Instant::now();
    let gateway =
        LocalGateway::start(Options { people, data, limits, ..Options::default() }).await.context("the data")?;
    let seconds = started.elapsed().as_secs_f64();
    let mut figures = vec![Figure { line: format!("{size} contacts: there in {seconds:.2} s"), is_met: true }];
    // An error says that a provider is there already, by an earlier size.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let asked = FaultRequest { client, base_url: format!("{}/channel-service/v1/contacts", gateway.base_url()) };
    if size <= CHECKED {
        check_counts(&gateway, &asked).await?;
    }
    let mut everything = Vec::new();
    for (kind, texts) in KINDS {
        let mut times = Vec::new();
        for _ in 0..rounds {
            for text in texts {
                times.push(asked.search(text).await?.1);
            }
        }
        everything.extend_from_slice(&times);
        figures.push(Figure { line: format!("  {kind}: {}", percentiles(&mut times)), is_met: true });
    }
    let line = percentiles(&mut everything);
    let worst = at_share(&everything, 99);
    let line = format!("  all of them: {line}, goal p99 {} ms up to {CHECKED} contacts", GOAL.as_millis());
    figures.push(judged(line, worst <= GOAL || size > CHECKED, quick));
    let mut times = Vec::new();
    for turn in 0..rounds {
        let started = Instant::now();
        asked.get(&format!("?limit=100&sort=created_at&skip={}", size * 9 / 10 + turn % 50)).await?;
        times.push(started.elapsed());
    }
    let line = percentiles(&mut times);
    let middle = at_share(&times, 50);
    let line = format!("  a page of 100 at nine tenths of the list: {line}, goal p50 {} ms", DEEP_GOAL.as_millis());
    figures.push(judged(line, middle <= DEEP_GOAL, quick));
    gateway.stop().await;
    Ok(figures)
}

fn judged(line: String, is_met: bool, quick: bool) -> Figure {
    let sign = if quick {
        "  (no goal in the quick form)"
    } else if is_met {
        ""
    } else {
        "  MISSED"
    };
    Figure { line: line + sign, is_met }
}

/// A client of the list and the search.
struct FaultRequest {
    client: reqwest::Client,
    base_url: String,
}

impl FaultRequest {
    async fn get(&self, rest: &str) -> anyhow::Result<Value> {
        let request = self.client.get(format!("{}{rest}", self.base_url)).header("x-access-token", ACCESS_TOKEN);
        Ok(serde_json::from_slice(&request.send().await?.error_for_status()?.bytes().await?)?)
    }

    /// How many contacts contain a text, and how long the answer took.
    async fn search(&self, text: &str) -> anyhow::Result<(u64, Duration)> {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", text).finish();
        let started = Instant::now();
        let page = self.get(&format!("/_search?type=text&limit=10&{query}&sort=-created_at")).await?;
        let time = started.elapsed();
        Ok((page.get("count").and_then(Value::as_u64).context("no count")?, time))
    }
}

/// Compares counts with those by hand. By hand there is no folding: what has marks, capitals or full-width digits is found
/// beyond those, so that only Chinese characters must be as many.
async fn check_counts(gateway: &LocalGateway, asked: &FaultRequest) -> anyhow::Result<()> {
    let texts: Vec<&str> = KINDS.iter().flat_map(|(_, texts)| *texts).copied().collect();
    let mut counts = vec![0_u64; texts.len()];
    for contact in gateway.contacts_json()? {
        let contact: Value = serde_json::from_str(&contact)?;
        let field = |name: &str| contact.get(name).and_then(Value::as_str).unwrap_or_default();
        let fields = [
            field("display_name").to_owned(),
            format!("{} {}", field("first_name"), field("last_name")),
            field("email").to_owned(),
            format!("{}{}", field("area_code"), field("phone_number")),
            field("remark").to_owned(),
        ];
        for (text, count) in texts.iter().zip(&mut counts) {
            *count += u64::from(fields.iter().any(|field| field.contains(text)));
        }
    }
    for (text, by_hand) in texts.iter().zip(counts) {
        let (count, _) = asked.search(text).await?;
        let is_right = if is_plain(text) { count == by_hand } else { count >= by_hand };
        ensure!(is_right, "`{text}`: {count} found, {by_hand} by hand");
    }
    Ok(())
}

/// Whether the search folds nothing of a text nor of what it finds: Chinese characters.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| ('\u{4e00}'..'\u{a000}').contains(&letter))
}

fn percentiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let milliseconds = |share| at_share(times, share).as_secs_f64() * 1e3;
    format!("p50 {:.2} ms, p99 {:.2} ms", milliseconds(50), milliseconds(99))
}

/// The time that so many of a hundred keep, of sorted times.
fn at_share(times: &[Duration], share: usize) -> Duration {
    let place = (times.len() * share).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}
