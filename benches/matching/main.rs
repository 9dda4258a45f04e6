//! Duplicates judged on labelled lists: precision, recall and F1 of pairs over final groups, before and after a perfect review.
//!
//! `cargo bench --bench matching -- DIR...`, where a DIR holds `contacts.jsonl` (a gateway contact a line) and `truth.csv` (contact,
//! person, kind, locale), or these as `.xz`. Several lists end in a table. Options, before the lists:
//!
//! - `--only HK,TW` judges the contacts of some locales alone; `even` and `odd` stand for halves of the people
//! - `--weights FILE` takes other weights than those that are shipped: weights that never saw a list (`scripts/fit_weights.py --without`)
//! - `--signals` prints the pairs that weights are fitted on instead (`scripts/fit_weights.py`)
//! - `--splink` runs Splink and recordlinkage on each list as well (`scripts/baselines.py`, which needs Python packages)
//! - `--febrl CSV...` groups FEBRL's records by any columns
//! - `--quick`, and no list: six made-up contacts
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

#[path = "../../examples/support/list.rs"]
mod list;

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::duplicates::{Cluster, Matcher, Tier, Verdict, records};
use list::text;

/// The label of a contact.
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

/// The options of the command line.
#[derive(Default)]
struct Options {
    only: Option<String>,
    weights: Option<String>,
    signals: bool,
    splink: bool,
    lists: Vec<String>,
}

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench` to the arguments of a bench.
    let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut options = Options::default();
    while let Some(argument) = given.next() {
        let mut value = || given.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--quick" => return quick(),
            "--febrl" => return febrl(given),
            "--only" => options.only = Some(value()?),
            "--weights" => options.weights = Some(std::fs::read_to_string(value()?)?),
            "--signals" => options.signals = true,
            "--splink" => options.splink = true,
            option if option.starts_with("--") => return Err(format!("no option {option}").into()),
            _ => options.lists.push(argument),
        }
    }
    if options.lists.is_empty() {
        eprintln!(
            "matching: no list was given, so six made-up contacts are matched; `cargo bench --bench matching -- DIR...`"
        );
        return quick();
    }
    let mut table = Vec::new();
    for list in &options.lists {
        let directory = Path::new(list);
        let (mut lines, mut truth) = (text(directory, "contacts.jsonl")?, text(directory, "truth.csv")?);
        if let Some(locales) = &options.only {
            (lines, truth) = only(&lines, &truth, locales)?;
        }
        let matcher = options.weights.as_deref().map_or_else(Matcher::default, Matcher::with_weights);
        if options.signals {
            signals(matcher, &lines, &truth)?;
            continue;
        }
        let name = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("== {name}");
        table.push((name, bench(matcher, &lines, &truth)?));
        if options.splink {
            let ran = Command::new("python3").arg("scripts/baselines.py").arg(list).status()?;
            if !ran.success() {
                return Err("scripts/baselines.py failed; it needs pandas, recordlinkage and splink".into());
            }
        }
    }
    if table.len() > 1 {
        print_table(&table);
    }
    Ok(())
}

/// One line a list.
fn print_table(table: &[(String, Judged)]) {
    println!(
        "\n| list | contacts | candidates' recall | F1 before review | sure P | sure R | F1 after | questions a 1,000 | s |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (name, judged) in table {
        let per_thousand = judged.questions as f64 * 1000.0 / judged.contacts.max(1) as f64;
        println!(
            "| {name} | {} | {:.4} | {:.4} | {:.4} | {:.4} | {:.4} | {per_thousand:.0} | {:.1} |",
            judged.contacts,
            judged.candidates.recall(),
            judged.before.f1(),
            judged.sure.precision(),
            judged.sure.recall(),
            judged.after.f1(),
            judged.seconds,
        );
    }
}

/// The figures of one list.
struct Judged {
    contacts: usize,
    candidates: Score,
    before: Score,
    sure: Score,
    after: Score,
    questions: usize,
    seconds: f64,
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

/// Prints all figures of a list.
fn bench(mut matcher: Matcher, lines: &str, truth: &str) -> Result<Judged, Failure> {
    let labels = labels(truth, lines)?;
    let beforehand = resident();
    let started = Instant::now();
    let mut contacts = 0_usize;
    for line in lines.lines() {
        matcher.put(&Subject::read(line)?);
        contacts += 1;
    }
    let put = started.elapsed().as_secs_f64();
    let clusters = matcher.clusters();
    let seconds = started.elapsed().as_secs_f64();
    println!("{contacts} contacts: read and keys {put:.2} s, match and cluster {:.2} s", seconds - put);
    println!("memory of the matcher {} MB", resident().saturating_sub(beforehand) / 1024);
    println!("peak memory {} (the list and its labels included)", peak());
    let before = score(&clusters, &labels);
    let all = before.all;
    let mut candidates = Score { all, ..Score::default() };
    for ((one, two), _) in matcher.compared() {
        let (Some(one), Some(two)) = (labels.get(&one), labels.get(&two)) else { continue };
        candidates.said += 1;
        candidates.right += usize::from(one.person == two.person);
    }
    println!(
        "candidates: {} pairs, {:.2} a contact, recall {:.4}",
        candidates.said,
        candidates.said as f64 / contacts.max(1) as f64,
        candidates.recall()
    );
    line("before review", before);
    let sure = matcher.sure();
    let auto = Score { all, ..score(&sure, &labels) };
    line("tier auto (sure), what is acted on without asking", auto);
    let review: Vec<Cluster> = clusters.iter().filter(|cluster| cluster.tier == Tier::Review).cloned().collect();
    line("clusters with a pair to review", Score { all, ..score(&review, &labels) });
    if contacts < FEW {
        intervals("before review", &clusters, &labels);
        intervals("tier auto (sure)", &sure, &labels);
    }
    units(&clusters, &labels);
    kinds(&clusters, &labels);
    changes(&mut matcher, lines, contacts)?;
    let (questions, after) = review_all(&mut matcher, &labels);
    Ok(Judged { contacts, candidates, before, sure: auto, after, questions, seconds })
}

/// Below so many contacts, figures come with an interval.
const FEW: usize = 5_000;

/// Prints where 95 of 100 lists of people drawn from these would lie: the people are drawn anew, with replacement.
fn intervals(name: &str, clusters: &[Cluster], labels: &Labels) {
    const DRAWS: usize = 1_000;
    let mut people: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    let mut sizes: HashMap<&str, usize> = HashMap::new();
    labels.values().for_each(|label| *sizes.entry(&label.person).or_default() += 1);
    for (person, size) in sizes {
        people.entry(person).or_default().2 = (size * (size - 1) / 2) as f64;
    }
    // A wrong pair counts half for each of its two people.
    for (one, two) in pairs(clusters, labels) {
        let is_right = one.person == two.person;
        for person in [&one.person, &two.person] {
            let counts = people.entry(person).or_default();
            counts.0 += 0.5;
            counts.1 += if is_right { 0.5 } else { 0.0 };
        }
    }
    let people: Vec<(f64, f64, f64)> = people.into_values().collect();
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut draw = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut figures: [Vec<f64>; 3] = Default::default();
    for _ in 0..DRAWS {
        let drawn = (0..people.len()).filter_map(|_| people.get((draw() % people.len().max(1) as u64) as usize));
        let (said, right, all) = drawn.fold((0.0, 0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
        let share = |part: f64, whole: f64| if whole == 0.0 { 1.0 } else { part / whole };
        for (figure, value) in
            figures.iter_mut().zip([share(right, said), share(right, all), share(2.0 * right, said + all)])
        {
            figure.push(value);
        }
    }
    let bounds = figures.map(|mut values| {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or_default();
        format!("{:.4}-{:.4}", at(0.025), at(0.975))
    });
    println!("  {name}, 95 % interval: P {} R {} F1 {}", bounds[0], bounds[1], bounds[2]);
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

/// Every pair that is compared, as a row: whether it is one person, the locale and half of the people of both, its signals.
fn signals(mut matcher: Matcher, lines: &str, truth: &str) -> Result<(), Failure> {
    let labels = labels(truth, lines)?;
    for line in lines.lines() {
        matcher.put(&Subject::read(line)?);
    }
    for ((one, two), signals) in matcher.compared() {
        let (Some(first), Some(second)) = (labels.get(&one), labels.get(&two)) else { continue };
        let same = u8::from(first.person == second.person);
        let part = |label: &Label| format!("{}/{}", label.locale, half(&label.person));
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
    Ok(())
}

/// Answers every question by the labels, and scores again: after the first sitting, and after as many as it takes.
fn review_all(matcher: &mut Matcher, labels: &Labels) -> (usize, Score) {
    const SITTINGS: usize = 100;
    let (mut first, mut all, mut sittings) = (0, 0, 0);
    while sittings < SITTINGS {
        let questions = matcher.questions();
        if questions.is_empty() {
            break;
        }
        for pair in &questions {
            let (Some(one), Some(two)) = (labels.get(&pair.ids.0), labels.get(&pair.ids.1)) else { continue };
            let verdict = if one.person == two.person { Verdict::Same } else { Verdict::Different };
            matcher.decide(&pair.ids.0, &pair.ids.1, verdict);
        }
        sittings += 1;
        all += questions.len();
        if sittings == 1 {
            first = questions.len();
            let patterns: BTreeMap<&str, usize> = questions.iter().fold(BTreeMap::new(), |mut counts, pair| {
                *counts.entry(pair.pattern.as_str()).or_default() += 1;
                counts
            });
            println!("{first} questions of {} patterns in the first sitting: {patterns:?}", patterns.len());
            line("after the first sitting", score(&matcher.clusters(), labels));
        }
    }
    println!("{all} questions in {sittings} sittings");
    let after = score(&matcher.clusters(), labels);
    line("after perfect review", after);
    (first, after)
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
    let score = bench(Matcher::default(), &lines.join("\n"), truth)?.before;
    if (score.said, score.right, score.all) == (2, 2, 2) {
        Ok(())
    } else {
        Err("the small list is matched wrongly".into())
    }
}
