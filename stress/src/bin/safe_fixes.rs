//! Makes every safe fix in random and hostile values, and checks that each keeps the law of safe fixes.
//!
//! `cargo run --release -p stress --bin safe_fixes` makes 1,000,000 values in 125,000 contacts, with `-- --quick` 16,000; `-- --contacts N
//! --seed S` another number. A safe fix loses no letter and no digit that somebody wrote, changes nothing the second time, leaves nothing
//! safe for the next audit, and reads as the same value as before by the reading that audit and matcher share.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use imbrace_contacts_client::characters::is_invisible;
use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::findings::{Finding, Fixability, ValueCounts, findings};
use imbrace_contacts_mcp::cleanup::normalize::birthday::{self, DateOrder};
use imbrace_contacts_mcp::cleanup::normalize::email;
use imbrace_contacts_mcp::cleanup::normalize::name::Name;
use imbrace_contacts_mcp::cleanup::normalize::phone::{self, Reading, Sureness};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization as _;

/// The fields that get a value, eight a contact.
const FIELDS: [&str; 8] =
    ["display_name", "first_name", "last_name", "phone_number", "email", "birthday", "gender", "time_zone"];
/// The longest field that is made, in bytes.
const LONGEST: usize = 64 << 10;

const NAMES: &[&str] = &[
    "MEI ",
    "wong",
    "Nguyễn ",
    "văn",
    "THỊ ",
    "Lê\u{323} ",
    "王",
    "大文",
    "先生",
    "ﾔﾏﾀﾞ",
    "さとう",
    "김",
    "Дмитрий ",
    "ΓΙΏΡΓΟΣ",
    "İPEK ",
    "ışık",
    "ß",
    "van der ",
    "O'NEILL",
    "McDONALD",
    "bin ",
    "A/L ",
    " Jr",
    " III",
    "Mr. ",
    "Bác sĩ ",
    "นาย",
    "สมชาย",
    "❤️",
    "👩‍👩‍👧",
    "☘",
    "🇻🇳",
    "(◕‿◕)",
    " - Example Ltd",
    "  ",
    "\u{200b}",
    "\u{202e}",
    "\u{ad}",
    "\u{3000}",
    "Ｌｉｎ",
    "𝓛",
    "7️⃣",
    "á»…",
    "UNK#AB1234",
    "test",
    "không có",
    "lan@example.com",
    "0912345670",
    "\0",
    "\u{e0041}",
    "\u{13430}",
    "ﬁ",
    "…",
    "'",
    "\"",
    "=1+1",
];
const PHONES: &[&str] = &[
    "+",
    "00",
    "0",
    "84",
    "852",
    "+84",
    "+1 ",
    "912345670",
    "0912 345 670",
    "5123 4567",
    "(415) 555-0132",
    "06 39 98 57 41",
    "0491 570 156",
    " / ",
    ", ",
    " - ",
    " ext 12",
    " (máy lẻ 5)",
    "内線12",
    "(zalo)",
    "Tel: ",
    ".0",
    "E+10",
    "'",
    "０９１２",
    "٠٩١٢",
    "\u{202d}",
    "\u{a0}",
    "l",
    "O",
    "#",
    ";ext=8",
    "n/a",
    "不明",
    "(0)",
    "011",
    "1",
    "15",
    "9",
    "abc",
    "\t",
    ".",
];
const EMAILS: &[&str] = &[
    "jane",
    "JANE.doe",
    "@",
    "＠",
    "example.com",
    "Example.ORG",
    "gmail.con",
    "münchen.example",
    "xn--mnchen-3ya.example",
    ".",
    "..",
    " ",
    "<",
    ">",
    "\"",
    "mailto:",
    "?subject=Hi",
    "(work)",
    ",",
    ";",
    "+tag",
    "[192.0.2.1]",
    "ｊａｎｅ",
    "\u{200b}",
    "none",
    "không có",
    "Mei Wong ",
    "İ",
    "ß",
    "|",
    "http://",
    "\n",
    "'",
];
const DATES: &[&str] = &[
    "1990",
    "90",
    "2530",
    "03",
    "3",
    "13",
    "31",
    "02",
    "29",
    "/",
    "-",
    ".",
    " ",
    "年",
    "月",
    "日",
    "民國79",
    "昭和55",
    "平成2",
    "H2",
    "April",
    "Feb",
    "tháng ",
    "năm ",
    "3rd ",
    "１９９０",
    "๒๕๓๓",
    "T00:00:00.000Z",
    "T17:00:00Z",
    "+07:00",
    "825552000",
    "--",
    "0000",
    "soon",
    "\u{200b}",
    ",",
];
const OTHERS: &[&str] = &[
    "m",
    "f",
    "Male",
    "nữ",
    "女",
    "男性",
    "Nam",
    "other",
    "Asia/Saigon",
    "Asia/Hong_Kong",
    "asia/tokyo",
    "GMT+8",
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "Mars/Base",
    "+0700",
    " ",
    "\u{200b}",
    "?",
];

/// A text of pieces, now and then a very long one or one of any letters.
fn text(random: &mut StdRng, pieces: &[&str]) -> String {
    if random.random_ratio(1, 20) {
        let letters = random.random_range(0..12);
        return (0..letters).filter_map(|_| char::from_u32(random.random_range(1..0x1_f000))).collect();
    }
    let count = random.random_range(0..7);
    let mut text: String = (0..count).filter_map(|_| pieces.choose(random).copied()).collect();
    if random.random_ratio(1, 20_000) && !text.is_empty() {
        text = text.repeat(LONGEST / text.len());
    }
    text
}

fn contact(random: &mut StdRng) -> Map<String, Value> {
    let mut contact = Map::new();
    contact.insert("id".to_owned(), json!("con_1"));
    for field in FIELDS {
        let pieces = match field {
            "phone_number" => PHONES,
            "email" => EMAILS,
            "birthday" => DATES,
            "gender" | "time_zone" => OTHERS,
            _ => NAMES,
        };
        contact.insert(field.to_owned(), text(random, pieces).into());
    }
    // Most contacts say where they are, and some have the code in its own field.
    if random.random_ratio(2, 3) {
        let zones = ["Asia/Saigon", "Asia/Hong_Kong", "America/New_York", "Europe/Rome", "Europe/Istanbul"];
        contact.insert("time_zone".to_owned(), json!(zones.choose(random)));
    }
    let codes = ["", "", "", "84", "+852", "1", "020", "abc"];
    contact.insert("area_code".to_owned(), json!(codes.choose(random)));
    contact.insert("remark".to_owned(), json!(["", "note"].choose(random)));
    contact
}

/// The findings of a contact that has a list of its own.
fn audited(contact: &Map<String, Value>) -> anyhow::Result<Vec<Finding>> {
    let document = Value::from(contact.clone()).to_string();
    let subject = Subject::read(&document).context("a contact that cannot be read")?;
    let mut counts = ValueCounts::default();
    counts.count(&subject);
    Ok(findings(&subject, &counts))
}

fn is_safe(finding: &Finding) -> bool {
    finding.kind.fixability() == Fixability::Safe && !finding.fix.is_empty()
}

/// Letters and digits as they are counted: one case, one width, marks apart from their letters, digits of every script as those of ASCII.
fn counted(text: &str) -> BTreeMap<char, usize> {
    let mut counts = BTreeMap::new();
    let lower: String = text.nfkc().collect::<String>().to_lowercase();
    // Characters that hide are what a safe fix takes out, whatever class Unicode gives them.
    for letter in lower.nfd().filter(|letter| letter.is_alphanumeric() && !is_invisible(*letter)) {
        let same = match letter {
            'ı' => 'i',
            'ς' => 'σ',
            letter => letter.to_digit(10).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(letter),
        };
        *counts.entry(same).or_default() += 1;
    }
    counts
}

fn value<'a>(contact: &'a Map<String, Value>, field: &str) -> &'a str {
    contact.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Letters and digits of a field that stand nowhere in the contact once it is fixed.
fn lost(before: &Map<String, Value>, after: &Map<String, Value>, field: &str) -> String {
    let whole: Vec<&str> = after.values().filter_map(Value::as_str).collect();
    let there = counted(&whole.join(" "));
    counted(value(before, field))
        .into_iter()
        .filter(|(letter, count)| there.get(letter).copied().unwrap_or_default() < *count)
        .map(|(letter, _)| letter)
        .collect()
}

fn phone_of(contact: &Map<String, Value>) -> anyhow::Result<Reading> {
    let document = Value::from(contact.clone()).to_string();
    Ok(phone::of_subject(&Subject::read(&document).context("a contact that cannot be read")?, None))
}

/// The law that a fix breaks, if any.
fn broken(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    finding: &Finding,
) -> anyhow::Result<Option<&'static str>> {
    let (old, new) = (value(before, finding.field), value(after, finding.field));
    let broken = match finding.field {
        "phone_number" | "area_code" => {
            let (Reading::Number { phone, sureness, beside, .. }, Reading::Number { phone: again, .. }) =
                (phone_of(before)?, phone_of(after)?)
            else {
                return Ok(Some("a number is read before and after"));
            };
            if phone != again {
                Some("the number is the same by the reading")
            } else if sureness != Sureness::Evident || !beside.is_empty() {
                Some("nothing is guessed, and nothing stands beside the number")
            } else {
                None
            }
        }
        "email" => match (email::read(old).address(), email::read(new).address()) {
            (Some(old), Some(new)) if old.to_string() == new.to_string() => None,
            _ => Some("the address is the same by the reading"),
        },
        "birthday" => match (birthday::read(old, DateOrder::DayFirst), birthday::read(new, DateOrder::DayFirst)) {
            (birthday::Reading::Date(old), birthday::Reading::Date(new)) if old.date == new.date => None,
            _ => Some("the day is the same by the reading"),
        },
        "display_name" | "first_name" | "last_name" => {
            let (read, again) = (Name::read(old), Name::read(new));
            let is_same = read.latin() == again.latin() && read.native() == again.native();
            if !is_same {
                Some("the name is the same by the reading")
            } else if !lost(before, after, finding.field).is_empty() {
                Some("no letter and no digit is lost")
            } else {
                None
            }
        }
        _ => None,
    };
    Ok(broken)
}

fn main() -> anyhow::Result<ExitCode> {
    let usual = if std::env::args().any(|word| word == "--quick") { 2_000 } else { 125_000 };
    let (contacts, seed) = (stress::number_argument("--contacts", usual)?, stress::number_argument("--seed", 1)?);
    let mut random = StdRng::seed_from_u64(seed);
    let (mut fixes, mut broken_laws, mut longest) = (0_u64, BTreeMap::<&str, u64>::new(), 0.0_f64);
    let mut out = std::io::stdout();
    for _ in 0..contacts {
        let before = contact(&mut random);
        let started = Instant::now();
        let found = audited(&before)?;
        longest = longest.max(started.elapsed().as_secs_f64());
        let safe: Vec<&Finding> = found.iter().filter(|finding| is_safe(finding)).collect();
        if safe.is_empty() {
            continue;
        }
        let mut after = before.clone();
        for (field, value) in safe.iter().flat_map(|finding| &finding.fix) {
            after.insert((*field).to_owned(), json!(value));
        }
        fixes += safe.len() as u64;
        let mut laws = Vec::new();
        if audited(&after)?.iter().any(is_safe) {
            laws.push("nothing safe is left for the next audit");
        }
        for finding in &safe {
            laws.extend(broken(&before, &after, finding)?);
        }
        for law in laws {
            let count = broken_laws.entry(law).or_default();
            *count += 1;
            if *count <= 3 && value(&before, "display_name").len() < 200 {
                writeln!(out, "broken: {law}: {before:?} -> {after:?} by {safe:?}")?;
            }
        }
    }
    writeln!(out, "{} values in {contacts} contacts: {fixes} safe fixes", contacts * FIELDS.len() as u64)?;
    writeln!(out, "the longest audit of a contact took {:.0} ms", longest * 1e3)?;
    let broken: u64 = broken_laws.values().sum();
    writeln!(out, "safe fixes that break the law: {broken} (goal 0)")?;
    anyhow::ensure!(fixes * 20 > contacts, "the values are not what they should be: {fixes} fixes");
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
