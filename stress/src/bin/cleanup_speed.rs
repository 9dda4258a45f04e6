//! How long a cleanup thinks: the first reading of an organisation, audit and match of contacts that were read, and a million.
//!
//! `cargo run --release -p stress --bin cleanup_speed -- [FILE]`: a fresh local gateway serves the contacts of FILE (JSON Lines, such as
//! `contacts.jsonl` of a labelled list), or 65,681 made-up ones, without a limit on requests. `--million` audits and matches the
//! list as often over as gives 1,000,000 contacts, each time with ids, numbers and addresses of its own, and tells the most memory
//! that took. `--quick` takes 600 contacts, and judges no times. For one core: `taskset -c 0 target/release/cleanup_speed`.

#![allow(clippy::print_stdout, clippy::indexing_slicing)]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use imbrace_contacts_mcp::cleanup::duplicates::Matcher;
use imbrace_contacts_mcp::cleanup::findings::{ValueCounts, findings};
use imbrace_contacts_mcp::cleanup::{AuditRequest, DuplicatesRequest, Subject, SyncRequest, Watch};
use imbrace_contacts_mcp::local_gateway::{LocalGateway, Options, Population};
use serde_json::Value;

/// Contacts of a large organisation.
const MANY: usize = 65_681;
/// Contacts of a very large one.
const MILLION: usize = 1_000_000;

type Failure = Box<dyn Error>;

/// What the command line asks for.
struct Wanted {
    list: Option<PathBuf>,
    is_quick: bool,
    is_million: bool,
}

fn main() -> Result<ExitCode, Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().any(|given| given == word);
    let list = words.iter().find(|word| !word.starts_with("--")).map(PathBuf::from);
    let wanted = Wanted { list, is_quick: has("--quick"), is_million: has("--million") };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let contacts = if wanted.is_quick { 600 } else { MANY };
    let people = Population { contacts, ..Population::default() };
    let list = wanted.list.clone();
    let gateway = runtime.block_on(LocalGateway::start(Options { people, list, ..Options::default() }))?;
    let reached = if wanted.is_million {
        let lines = gateway.contacts_json()?;
        drop(gateway);
        million(&lines, if wanted.is_quick { 3_000 } else { MILLION }, wanted.is_quick)?
    } else {
        runtime.block_on(engine(&gateway, wanted.is_quick))? && long_fields(wanted.is_quick)?
    };
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads, audits and matches through the engine, as tools and commands do.
async fn engine(gateway: &LocalGateway, is_quick: bool) -> Result<bool, Failure> {
    let state = tempfile::tempdir()?;
    let workspace = stress::workspace(&gateway.base_url(), state.path().join("state"))?;
    let request = SyncRequest { requests_per_second: Some(f64::INFINITY), ..SyncRequest::default() };
    let began = Instant::now();
    let synced = workspace.sync(request, &Watch::default()).await?;
    let took = began.elapsed().as_secs_f64();
    let mut reached = figure(
        &format!("first reading: {} contacts in {took:.1} s by {} requests", synced.contacts, synced.requests),
        "20 s, 700 requests",
        synced.complete && (is_quick || took <= 20.0) && synced.requests <= 700,
    );
    let (began, busy) = (Instant::now(), busy());
    let audit = workspace.audit(AuditRequest::default()).await?;
    let audited = began.elapsed().as_secs_f64();
    let found = workspace.duplicates(DuplicatesRequest { limit: 20, ..DuplicatesRequest::default() }).await?;
    let took = began.elapsed().as_secs_f64();
    let busy = match (busy, self::busy()) {
        (Some(before), Some(after)) => format!(", {:.2} s of a processor", after - before),
        _ => String::new(),
    };
    println!(
        "audit: {} of {} contacts have a finding; match: {} sure groups, {} to review, {} questions",
        audit.affected, audit.contacts, found.clusters_auto, found.clusters_review, found.questions
    );
    let text = format!("audit: {audited:.2} s");
    reached &= figure(&text, "2 s on one core", is_quick || audited <= 2.0);
    let text = format!("audit and match: {took:.2} s (match {:.2}){busy}", took - audited);
    reached &= figure(&text, "4 s on one core", is_quick || took <= 4.0);
    Ok(reached && audit.contacts == synced.contacts && found.contacts == synced.contacts)
}

/// Audits contacts whose name, address or number is 64 KiB of one piece: no reading may take quadratic time.
fn long_fields(is_quick: bool) -> Result<bool, Failure> {
    const PIECES: [&str; 12] =
        ["a", "A ", ".", "@", "0", "+1 ", "1/", "é", "\u{301}", "陳", "<a@b.example> ", "Mr & Mrs "];
    let mut slowest = (0.0, "", "");
    for piece in PIECES {
        let text = piece.repeat(65_536 / piece.len());
        for field in ["display_name", "first_name", "email", "phone_number", "birthday", "location"] {
            let json = serde_json::json!({ "id": "con_1", field: text }).to_string();
            let subject = Subject::read(&json)?;
            let began = Instant::now();
            let mut value_counts = ValueCounts::default();
            value_counts.count(&subject);
            std::hint::black_box(findings(&subject, &value_counts));
            let took = began.elapsed().as_secs_f64();
            if took > slowest.0 {
                slowest = (took, field, piece);
            }
        }
    }
    let (took, field, piece) = slowest;
    let text = format!("a field of 64 KiB: {:.0} ms at most ({field} of {piece:?})", took * 1e3);
    Ok(figure(&text, "500 ms", is_quick || took <= 0.5))
}

/// Audits and matches the list over and over, until there are so many contacts. They are read from a file, as the engine reads
/// as many from its own: twice for the audit, once for the match.
fn million(lines: &[String], contacts: usize, is_quick: bool) -> Result<bool, Failure> {
    let mut file = tempfile::tempfile()?;
    let copies = contacts.div_ceil(lines.len().max(1));
    let mut writer = BufWriter::new(&mut file);
    let numbered = (0..copies).flat_map(|copy| lines.iter().map(move |line| (copy, line)));
    for (copy, line) in numbered.take(contacts) {
        writeln!(writer, "{}", if copy == 0 { line.clone() } else { another(line, copy)? })?;
    }
    writer.flush()?;
    drop(writer);
    println!("{contacts} contacts: the list {copies} times");
    let began = Instant::now();
    let mut value_counts = ValueCounts::default();
    each(&file, |subject| value_counts.count(subject))?;
    let mut found = 0;
    each(&file, |subject| found += findings(subject, &value_counts).len())?;
    drop(value_counts);
    let audited = began.elapsed().as_secs_f64();
    let mut matcher = Matcher::default();
    each(&file, |subject| matcher.put(subject))?;
    let groups = matcher.clusters().len();
    let took = began.elapsed().as_secs_f64();
    let peak = status("VmHWM:").map_or(f64::NAN, |kilobytes| kilobytes / 1e6);
    println!("{found} findings, {groups} groups");
    let text = format!("audit and match: {took:.1} s (audit {audited:.1}, match {:.1})", took - audited);
    let mut reached = figure(&text, "90 s", is_quick || took <= 90.0);
    reached &= figure(&format!("most memory: {peak:.2} GB"), "3 GB", is_quick || peak <= 3.0);
    Ok(reached && groups > 0)
}

/// Shows every contact of a file.
fn each(mut file: &File, mut show: impl FnMut(&Subject<'_>)) -> Result<(), Failure> {
    file.rewind()?;
    let (mut reader, mut line) = (BufReader::new(file), String::new());
    while reader.read_line(&mut line)? > 0 {
        show(&Subject::read(&line)?);
        line.clear();
    }
    Ok(())
}

/// The same contact as somebody else: what would bring the two together is changed, everything else stays.
fn another(line: &str, copy: usize) -> Result<String, Failure> {
    const DIGITS: [&str; 2] = ["phone_number", "whatsapp_id"];
    const IDS: [&str; 6] = ["odooContactID", "facebook_id", "messenger_id", "wechat_id", "line_id", "instagram_id"];
    let mut contact: Value = serde_json::from_str(line)?;
    let fields = contact.as_object_mut().ok_or("a contact that is no object")?;
    for (name, value) in fields.iter_mut() {
        let Some(text) = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned) else { continue };
        let name = name.as_str();
        if name == "id" || name == "_id" {
            *value = format!("{}{copy:02x}", text.get(..text.len() - 2).unwrap_or(&text)).into();
        } else if name == "email" {
            *value = text.replacen('@', &format!("{copy}x@"), 1).into();
        } else if name == "birthday" {
            *value = moved(&text, copy).into();
        } else if DIGITS.contains(&name) {
            *value = turned(&text, copy).into();
        } else if IDS.contains(&name) {
            *value = format!("{text}{copy}").into();
        }
    }
    Ok(contact.to_string())
}

/// A number whose last four digits are others.
fn turned(text: &str, copy: usize) -> String {
    let digits: Vec<usize> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let last: Vec<usize> = digits.into_iter().rev().take(4).collect();
    let number = last.iter().rev().filter_map(|at| text.get(*at..=*at)).collect::<String>();
    // A step that has no factor in common with 10,000, so that no two copies meet.
    let mut other = (number.parse::<usize>().unwrap_or_default() + copy * 617) % 10_usize.pow(last.len() as u32);
    let mut turned: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (0..turned.len()).rev().filter(|at| turned[*at].is_ascii_digit()).take(4).collect();
    for at in places {
        turned[at] = char::from_digit((other % 10) as u32, 10).unwrap_or('0');
        other /= 10;
    }
    turned.into_iter().collect()
}

/// A day in another year, as far as the form shows one.
fn moved(text: &str, copy: usize) -> String {
    match text.find("19") {
        Some(at) => format!("{}{}{}", &text[..at], 19 + copy % 2, &text[at + 2..]),
        None => text.to_owned(),
    }
}

fn figure(text: &str, goal: &str, is_reached: bool) -> bool {
    println!("{} {text} (goal: {goal})", if is_reached { "ok" } else { "MISSED" });
    is_reached
}

/// Seconds that this process has been computing, where the system tells.
fn busy() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let (user, system): (f64, f64) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some((user + system) / 100.0)
}

/// A number of the process's own status, in kB.
fn status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
