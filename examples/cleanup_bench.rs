//! Duplicates judged on a labelled list: precision, recall and F1 of pairs over final clusters, before and after a perfect review.
//!
//! `cargo run --release --example cleanup_bench -- DIR`, where DIR holds `contacts.jsonl` and `truth.csv` (contact, person, kind,
//! locale), or these as `.xz`. `DIR --only HK,TW` judges the contacts of some locales alone, `DIR --signals` prints the pairs that
//! weights are fitted on (`scripts/fit_weights.py`), `--febrl CSV...` groups FEBRL's records by any columns, and `--quick` runs a few made-up contacts
//! instead. `even` and `odd` stand for halves of the people: `--signals halves`, `--only odd`. A list made by one generator shows how
//! the rules do on lists of its making only.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::path::Path;
use std::time::Instant;

#[path = "support/list.rs"]
mod list;

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::duplicates::{Cluster, Matcher, Tier, Verdict, records};
use list::text;

/// What the list knows of a contact.
struct Label {
    person: String,
    kind: String,
    locale: String,
    unit: String,
}

type Labels = HashMap<String, Label>;
type Failure = Box<dyn Error>;

/// How many pairs were said, how many of them are true, and how many there are.
#[derive(Default, Clone, Copy)]
struct Score {
    said: usize,
    right: usize,
    all: usize,
}

impl Score {
    fn precision(self) -> f64 {
        ratio(self.right, self.said)
    }

    fn recall(self) -> f64 {
        ratio(self.right, self.all)
    }

    fn f1(self) -> f64 {
        ratio(2 * self.right, self.said + self.all)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn main() -> Result<(), Failure> {
    let directory = std::env::args().nth(1).ok_or("cleanup_bench DIR | --quick")?;
    if directory == "--quick" {
        return quick();
    }
    if directory == "--febrl" {
        return febrl(std::env::args().skip(2));
    }
    let directory = Path::new(&directory);
    let (lines, truth) = (text(directory, "contacts.jsonl")?, text(directory, "truth.csv")?);
    match std::env::args().nth(2).as_deref() {
        Some("--signals") => signals(&lines, &truth, std::env::args().nth(3).is_some()),
        Some("--only") => {
            let locales = std::env::args().nth(3).ok_or("--only which locales?")?;
            let (lines, truth) = only(&lines, &truth, &locales)?;
            bench(&lines, &truth).map(drop)
        }
        _ => bench(&lines, &truth).map(drop),
    }
}

/// The contacts of some locales, and their labels.
fn only(lines: &str, truth: &str, locales: &str) -> Result<(String, String), Failure> {
    let locales: HashSet<&str> = locales.split(',').collect();
    let rows = truth.lines().enumerate();
    let of = |row: &str| {
        let cell = |at: usize| row.split(',').nth(at).unwrap_or_default();
        locales.contains(cell(3)) || locales.contains(half(cell(1)))
    };
    let kept: Vec<&str> = rows.filter(|(at, row)| *at == 0 || of(row)).map(|(_, row)| row).collect();
    let ids: HashSet<&str> = kept.iter().filter_map(|row| row.split(',').next()).collect();
    let mut contacts = Vec::new();
    for line in lines.lines() {
        if ids.contains(&*Subject::read(line)?.id) {
            contacts.push(line);
        }
    }
    Ok((contacts.join("\n"), kept.join("\n")))
}

/// The half of the people that somebody is in.
fn half(person: &str) -> &'static str {
    if person.bytes().last().unwrap_or_default().is_multiple_of(2) { "even" } else { "odd" }
}

/// Prints all figures; answers the score before review.
fn bench(lines: &str, truth: &str) -> Result<Score, Failure> {
    let labels = labels(truth, lines)?;
    let beforehand = resident();
    let started = Instant::now();
    let mut matcher = Matcher::default();
    let mut count = 0_usize;
    for line in lines.lines() {
        matcher.put(&Subject::read(line)?);
        count += 1;
    }
    let put = started.elapsed().as_secs_f64();
    let clusters = matcher.clusters();
    let matched = started.elapsed().as_secs_f64() - put;
    println!("{count} contacts: read and keys {put:.2} s, match and cluster {matched:.2} s");
    println!("memory of the matcher {} MB", resident().saturating_sub(beforehand) / 1024);
    println!("peak memory {} (the list and its labels included)", peak());
    let before = score(&clusters, &labels);
    line("before review", before);
    goal("F1 before review >= .98", before.f1() >= 0.98);
    goal("F1 before review >= .95, the floor", before.f1() >= 0.95);
    tiers(&matcher.sure(), &clusters, &labels, before.all);
    units(&clusters, &labels);
    kinds(&clusters, &labels);
    changes(&mut matcher, lines, count)?;
    review(&mut matcher, &labels);
    Ok(before)
}

/// FEBRL's lists, whose ids say who is who (`rec-12-org`, `rec-12-dup-0`): groups over their columns, without labels.
fn febrl(files: impl Iterator<Item = String>) -> Result<(), Failure> {
    let (mut people, mut records): (Vec<String>, Vec<Vec<String>>) = (Vec::new(), Vec::new());
    for file in files {
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(file)?;
        for row in rows.records() {
            let row = row?;
            people.push(row.get(0).unwrap_or_default().split('-').take(2).collect::<Vec<_>>().join("-"));
            records.push(row.iter().skip(1).map(str::to_lowercase).collect());
        }
    }
    let started = Instant::now();
    let groups = records::group(&records);
    let seconds = started.elapsed().as_secs_f64();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    people.iter().for_each(|person| *sizes.entry(person).or_default() += 1);
    let mut score = Score { all: sizes.values().map(|size| size * (size - 1) / 2).sum(), ..Score::default() };
    for group in &groups {
        for (at, one) in group.iter().enumerate() {
            for two in group.iter().skip(at + 1) {
                score.said += 1;
                score.right += usize::from(people.get(*one) == people.get(*two));
            }
        }
    }
    println!("{} records in {seconds:.2} s", records.len());
    line("columns of any kind, no labels", score);
    Ok(())
}

/// Every pair that is compared, as a row: whether it is one person, the locales of both, its signals.
fn signals(lines: &str, truth: &str, by_halves: bool) -> Result<(), Failure> {
    let labels = labels(truth, lines)?;
    let mut matcher = Matcher::default();
    for line in lines.lines() {
        matcher.put(&Subject::read(line)?);
    }
    for ((one, two), signals) in matcher.compared() {
        let (Some(first), Some(second)) = (labels.get(&one), labels.get(&two)) else { continue };
        let same = u8::from(first.person == second.person);
        let part = |label: &'_ Label| if by_halves { half(&label.person).to_owned() } else { label.locale.clone() };
        println!("{one},{two},{same},{},{},{}", part(first), part(second), signals.join(" "));
    }
    Ok(())
}

fn labels(truth: &str, lines: &str) -> Result<Labels, Failure> {
    let mut units: HashMap<String, String> = HashMap::new();
    for line in lines.lines() {
        let subject = Subject::read(line)?;
        units.insert(subject.id.into_owned(), subject.business_unit_id.into_owned());
    }
    let mut labels = Labels::new();
    for row in csv::Reader::from_reader(truth.as_bytes()).records() {
        let row = row?;
        let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
        let unit = units.get(&cell(0)).cloned().unwrap_or_default();
        labels.insert(cell(0), Label { person: cell(1), kind: cell(2), locale: cell(3), unit });
    }
    Ok(labels)
}

/// Contacts by something of their label.
fn grouped<'a>(labels: &'a Labels, by: impl Fn(&'a Label) -> (&'a str, &'a str)) -> usize {
    let mut sizes: HashMap<(&str, &str), usize> = HashMap::new();
    labels.values().for_each(|label| *sizes.entry(by(label)).or_default() += 1);
    sizes.values().map(|size| size * (size - 1) / 2).sum()
}

/// Every pair of contacts that a cluster says are one person.
fn pairs<'a>(clusters: &'a [Cluster], labels: &'a Labels) -> impl Iterator<Item = (&'a Label, &'a Label)> {
    let known = |id: &String| labels.get(id);
    clusters.iter().flat_map(move |cluster| {
        let members: Vec<&Label> = cluster.members.iter().filter_map(known).collect();
        let pairs = |at: usize| members.iter().skip(at + 1).map(move |two| (at, *two));
        let pairs: Vec<_> = (0..members.len()).flat_map(pairs).collect();
        pairs.into_iter().filter_map(move |(at, two)| Some((*members.get(at)?, two))).collect::<Vec<_>>()
    })
}

fn score(clusters: &[Cluster], labels: &Labels) -> Score {
    let mut score = Score { all: grouped(labels, |label| (&label.person, "")), ..Score::default() };
    for (one, two) in pairs(clusters, labels) {
        score.said += 1;
        score.right += usize::from(one.person == two.person);
    }
    score
}

fn tiers(sure: &[Cluster], clusters: &[Cluster], labels: &Labels, all: usize) {
    let review: Vec<Cluster> = clusters.iter().filter(|cluster| cluster.tier == Tier::Review).cloned().collect();
    let score_of = |clusters: &[Cluster]| Score { all, ..score(clusters, labels) };
    let auto = score_of(sure);
    line("tier auto, what is acted on without asking", auto);
    goal("auto precision >= .999", auto.precision() >= 0.999);
    goal("auto recall >= .90", auto.recall() >= 0.90);
    line("clusters with a pair to review", score_of(&review));
}

/// What business units do to the list: pairs that cross them, and the most that a matcher can reach that never does.
fn units(clusters: &[Cluster], labels: &Labels) {
    let crossing = pairs(clusters, labels).filter(|(one, two)| one.unit != two.unit).count();
    let all = grouped(labels, |label| (&label.person, ""));
    let within = grouped(labels, |label| (&label.person, &label.unit));
    let ceiling = Score { said: within, right: within, all };
    println!("{crossing} of the pairs said cross business units");
    println!(
        "{within} of {all} true pairs lie in one unit: kept apart, recall is at most {:.4}, F1 {:.4}",
        ceiling.recall(),
        ceiling.f1()
    );
    let mut score = Score { all: within, ..Score::default() };
    for (one, two) in pairs(clusters, labels).filter(|(one, two)| one.unit == two.unit) {
        score.said += 1;
        score.right += usize::from(one.person == two.person);
    }
    line("pairs in one unit", score);
}

/// Recall by how the duplicate arose, and pairs said wrongly by what only looks like one.
fn kinds(clusters: &[Cluster], labels: &Labels) {
    let mut people: HashMap<(&str, &str), usize> = HashMap::new();
    labels.values().for_each(|label| *people.entry((&label.kind, &label.person)).or_default() += 1);
    let mut kinds: BTreeMap<&str, Score> = BTreeMap::new();
    for ((kind, _), size) in &people {
        kinds.entry(kind).or_default().all += size * (size - 1) / 2;
    }
    for (one, two) in pairs(clusters, labels) {
        let same = one.person == two.person;
        if one.kind == two.kind || !same {
            let hard = if two.kind.starts_with("hard:") { two } else { one };
            let score = kinds.entry(&hard.kind).or_default();
            score.said += 1;
            score.right += usize::from(same);
        }
    }
    for (kind, score) in &kinds {
        println!(
            "  {kind:24} found {:5} of {:5} ({:.4}), wrong {}",
            score.right,
            score.all,
            score.recall(),
            score.said - score.right
        );
    }
}

/// A hundred contacts changed: what it costs to know the clusters again.
fn changes(matcher: &mut Matcher, lines: &str, count: usize) -> Result<(), Failure> {
    let step = (count / 100).max(1);
    let edited = lines.lines().step_by(step).take(100).map(Subject::read).collect::<Result<Vec<_>, _>>()?;
    let started = Instant::now();
    let changed = edited.iter().map(|subject| matcher.put(subject)).count();
    let put = started.elapsed().as_secs_f64() * 1000.0;
    matcher.clusters();
    let all = started.elapsed().as_secs_f64() * 1000.0;
    println!("{changed} contacts put again: {put:.1} ms, with the clusters {all:.1} ms");
    goal("100 changes <= 100 ms", all <= 100.0);
    Ok(())
}

/// Answers every question by the labels, and scores again.
fn review(matcher: &mut Matcher, labels: &Labels) {
    let questions = matcher.questions();
    let patterns: HashSet<&str> = questions.iter().map(|pair| pair.pattern.as_str()).collect();
    println!("{} questions of {} patterns", questions.len(), patterns.len());
    for pair in &questions {
        let (Some(one), Some(two)) = (labels.get(&pair.ids.0), labels.get(&pair.ids.1)) else { continue };
        let verdict = if one.person == two.person { Verdict::Same } else { Verdict::Different };
        matcher.decide(&pair.ids.0, &pair.ids.1, verdict);
    }
    line("after perfect review", score(&matcher.clusters(), labels));
}

fn line(name: &str, score: Score) {
    println!(
        "{name}: P {:.4} R {:.4} F1 {:.4} ({} right of {} said, {} true)",
        score.precision(),
        score.recall(),
        score.f1(),
        score.right,
        score.said,
        score.all
    );
}

fn goal(name: &str, reached: bool) {
    println!("  {} {name}", if reached { "reached" } else { "MISSED " });
}

/// The most memory this process had, where the system tells.
fn peak() -> String {
    status("VmHWM:").map_or("unknown".to_owned(), |line| line.trim().to_owned())
}

/// The memory this process has, kB, where the system tells.
fn resident() -> u64 {
    let line = status("VmRSS:").unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn status(name: &str) -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
}

/// A list small enough to check by eye: two people with two contacts each, and two namesakes.
fn quick() -> Result<(), Failure> {
    let contact = |id: &str, name: &str, phone: &str, email: &str| {
        format!(
            r#"{{"id":"con_{id}","business_unit_id":"bu_1","display_name":"{name}","phone_number":"{phone}","email":"{email}"}}"#
        )
    };
    let lines = [
        contact("1", "Ann Example", "+85291234567", ""),
        contact("2", "Example Ann", "0085291234567", ""),
        contact("3", "Bob Sample", "", "bob.sample@gmail.com"),
        contact("4", "Bob Sample", "", "BobSample+news@gmail.com"),
        contact("5", "Cay Same", "", "cay1@mail.example"),
        contact("6", "Cay Same", "", "cay2@mail.example"),
    ];
    let truth = "contact_id,entity_id,kind\ncon_1,a,dup:phone\ncon_2,a,dup:phone\ncon_3,b,dup:email\ncon_4,b,dup:email\n\
        con_5,c,hard:same_name\ncon_6,d,hard:same_name\n";
    let score = bench(&lines.join("\n"), truth)?;
    if (score.said, score.right, score.all) == (2, 2, 2) {
        Ok(())
    } else {
        Err("the small list is matched wrongly".into())
    }
}
