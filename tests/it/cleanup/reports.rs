//! Faults that others reported of programs like this one: the contacts of each report, with what the audit says of every value and
//! which contacts the matcher joins.
//!
//! Each snapshot was read against the verdict in the report. A line is a contact's fields; below it stand the findings with their
//! fixes, then the groups that are sure, the groups for review and the questions.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use imbrace_contacts_mcp::cleanup::Subject;
use imbrace_contacts_mcp::cleanup::duplicates::{Cluster, Matcher, Tier};
use imbrace_contacts_mcp::cleanup::findings::{Fixability, ValueCounts, findings};
use serde_json::{Value, json};

/// Fields that every contact of the reports has and that say nothing.
const SAID_BY_ALL: [&str; 4] = ["id", "created_at", "last_seen", "channel_type"];

/// The contacts of a report: a JSON object a line, with the fields that matter.
fn contacts(report: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/fixtures/reports/{report}.jsonl"));
    let lines = std::fs::read_to_string(path).unwrap();
    let contact = |(at, line): (usize, &str)| {
        let mut contact = json!({
            "id": format!("con_{at:03}"), "created_at": format!("2025-01-01T00:{at:02}:00.000Z"),
            "last_seen": "2025-10-01T10:00:00.000Z", "channel_type": "web",
        });
        contact
            .as_object_mut()
            .unwrap()
            .extend(serde_json::from_str::<Value>(line).unwrap().as_object().unwrap().clone());
        contact
    };
    lines.lines().enumerate().map(contact).collect()
}

/// A value in one line, with the characters that cannot be seen spelled out.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars()
        .map(|letter| match letter {
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{ad}'
            | '\u{fe0f}'
            | '\u{feff}' => {
                format!("<{:04X}>", letter as u32)
            }
            letter if letter.is_control() => format!("<{:04X}>", letter as u32),
            letter => letter.to_string(),
        })
        .collect()
}

fn fields(contact: &Value) -> String {
    let said = contact.as_object().unwrap().iter().filter(|(name, _)| !SAID_BY_ALL.contains(&name.as_str()));
    said.map(|(name, value)| format!("{name}={}", shown(value))).collect::<Vec<_>>().join(" | ")
}

/// All that is said of a report's contacts.
fn read(report: &str) -> String {
    let contacts = contacts(report);
    let texts: Vec<String> = contacts.iter().map(Value::to_string).collect();
    let subjects: Vec<Subject<'_>> = texts.iter().map(|text| Subject::read(text).unwrap()).collect();
    let (mut counts, mut matcher) = (ValueCounts::default(), Matcher::default());
    for subject in &subjects {
        counts.count(subject);
        matcher.put(subject);
    }
    let mut said = String::new();
    for (contact, subject) in contacts.iter().zip(&subjects) {
        writeln!(said, "{}", fields(contact)).unwrap();
        for finding in findings(subject, &counts) {
            let fix: Vec<_> =
                finding.fix.iter().map(|(field, value)| format!("{field} `{}`", shown(&json!(value)))).collect();
            let how = match finding.kind.fixability() {
                _ if fix.is_empty() => "told".to_owned(),
                Fixability::Safe => format!("safe: {}", fix.join(", ")),
                Fixability::Ask | Fixability::None => format!("asks: {}", fix.join(", ")),
            };
            writeln!(said, "    {} {}", finding.kind.name(), how).unwrap();
        }
    }
    let names: HashMap<String, String> = contacts
        .iter()
        .map(|contact| {
            let name = |field: &str| contact.get(field).map(shown).unwrap_or_default();
            let whole = [name("display_name"), format!("{} {}", name("first_name"), name("last_name"))];
            let name = whole.iter().map(|name| name.trim()).find(|name| !name.is_empty()).unwrap_or("(no name)");
            (contact["id"].as_str().unwrap().to_owned(), name.to_owned())
        })
        .collect();
    let group = |cluster: &Cluster| cluster.members.iter().map(|id| names[id].as_str()).collect::<Vec<_>>().join(" = ");
    let sure: Vec<_> = matcher.sure().iter().map(group).collect();
    let review: Vec<_> = matcher.clusters().iter().filter(|cluster| cluster.tier == Tier::Review).map(group).collect();
    let questions = matcher.questions().into_iter();
    let questions: Vec<_> =
        questions.map(|pair| format!("{} ? {} ({})", names[&pair.ids.0], names[&pair.ids.1], pair.pattern)).collect();
    for (tier, lines) in [("sure", sure), ("review", review), ("question", questions)] {
        for line in lines {
            writeln!(said, "{tier}: {line}").unwrap();
        }
    }
    said
}

macro_rules! reports {
    ($($test:ident: $report:literal;)*) => {
        /// The reports that have a test.
        const TESTED: &[&str] = &[$($report),*];
        $(
            #[test]
            fn $test() {
                insta::assert_snapshot!($report, read($report));
            }
        )*
    };
}

reports! {
    a_brazilian_mobile_number_with_and_without_its_ninth_digit_is_asked_about: "brazil";
    a_number_of_another_country_without_a_plus_is_read_by_its_zone: "nohome_noplus";
    a_foreign_national_number_is_never_rewritten_as_one_of_a_home_country: "foreign_national";
    an_extension_is_never_dropped: "extensions";
    a_second_number_is_never_lost_and_is_compared: "switchboard";
    numbers_of_before_a_renumbering_are_read: "renumbering";
    family_names_first_and_last: "vietnamese_order";
    capitals_follow_the_language: "capitals";
    titles_of_two_words_and_glued_titles: "titles";
    kana_and_full_width_letters_are_one_name: "kana_width";
    names_of_hong_kong_in_their_readings: "hongkong";
    a_family_at_one_number_is_no_one_person: "family";
    a_word_of_kinship_makes_another_person: "kin";
    tone_marks_that_differ_are_two_names: "tones";
    birthdays_and_genders_that_differ_are_two_people: "birthdays";
    relatives_fill_nothing_into_each_other: "fill";
    no_mail_in_every_language: "no_mail";
    fillers_of_the_home_languages: "fillers";
    no_real_provider_is_corrected: "domain_typo";
    addresses_of_other_scripts_and_what_stands_around_them: "intl_mail";
    a_day_without_a_year_is_possible: "leap";
    dates_of_every_writing: "dates";
    dates_of_a_list_with_the_month_first: "us_dates";
    what_a_spreadsheet_does_to_a_number: "excel";
    a_blank_where_an_emoji_parted_two_words: "emoji";
    a_legal_form_says_that_it_is_a_company: "company";
    what_a_switchboard_and_a_mailbox_of_many_say: "shared_info";
    a_company_that_the_list_knows: "company_known";
}

#[test]
fn every_report_has_its_test() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixtures/reports");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(TESTED.contains(&name.trim_end_matches(".jsonl")), "{name} has no test");
    }
}
