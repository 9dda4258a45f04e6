//! Codes, ids and whole contacts.

use jiff::civil::Date;

use super::super::Subject;
use super::super::normalize::phone::Reading;
use super::super::normalize::time_zone;
use super::facts::Facts;
use super::{Finding, Kind, ValueCounts, names};
use crate::model::codes;

/// Codes of languages with three letters that contacts have, and the vendor's word for Chinese.
const OTHER_LANGUAGES: [&str; 4] = ["cn", "cmn", "fil", "yue"];

/// Words for a gender, and the gateway's code.
const GENDERS: [(&str, &str); 24] = [
    ("男", "m"),
    ("男性", "m"),
    ("女", "f"),
    ("女性", "f"),
    ("nam", "m"),
    ("nữ", "f"),
    ("nu", "f"),
    ("ชาย", "m"),
    ("หญิง", "f"),
    ("lelaki", "m"),
    ("perempuan", "f"),
    ("man", "m"),
    ("woman", "f"),
    ("boy", "m"),
    ("girl", "f"),
    ("mr", "m"),
    ("ms", "f"),
    ("mrs", "f"),
    ("other", "n"),
    ("non-binary", "n"),
    ("nonbinary", "n"),
    ("unknown", "n"),
    ("x", "n"),
    ("neutral", "n"),
];

const IDS: [(&str, &[&str]); 5] = [
    ("whatsapp", &["whatsapp_id"]),
    ("facebook", &["facebook_id", "messenger_id"]),
    ("line", &["line_id"]),
    ("wechat", &["wechat_id"]),
    ("instagram", &["instagram_id"]),
];

pub(super) fn check(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let subject = facts.subject;
    check_gender(subject, found);
    check_time_zone(facts, value_counts, found);
    check_language(subject, found);
    check_channel(subject, found);
    let hubs = value_counts.hub_ids(facts).into_iter();
    found.extend(hubs.map(|field| Finding::new(Kind::HubId, field, Vec::new())));
    check_reachable(subject, found);
    check_age(subject, value_counts, found);
}

fn check_gender(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let gender = subject.gender.trim().to_lowercase();
    let code = match gender.as_str() {
        "" => return,
        "m" | "male" => "m",
        "f" | "female" => "f",
        "n" => "n",
        other => GENDERS.iter().find(|(word, _)| *word == other.trim_end_matches('.')).map_or("", |(_, code)| code),
    };
    // `Male` and `Female` are how the gateway reads its own codes out.
    if matches!(gender.as_str(), "m" | "f" | "n" | "male" | "female") && gender.len() == subject.gender.len() {
        return;
    }
    let fix = if code.is_empty() { Vec::new() } else { vec![("gender", code.to_owned())] };
    found.push(Finding::new(Kind::GenderCode, "gender", fix));
}

fn check_time_zone(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let zone = facts.subject.time_zone.as_ref();
    if is_zone(zone) {
        return;
    }
    let kind = if zone.trim().is_empty() { Kind::TimeZoneMissing } else { Kind::TimeZoneUnknown };
    let trimmed = Some(zone.trim()).filter(|zone| is_zone(zone));
    let region = match value_counts.reading(facts).as_ref() {
        Reading::Number { phone, .. } => phone.region(),
        _ => value_counts.home(facts),
    };
    let fix = trimmed.or_else(|| time_zone::sole(region?)).map(|zone| ("time_zone", zone.to_owned()));
    found.push(Finding::new(kind, "time_zone", fix.into_iter().collect()));
}

/// Whether the IANA database has the zone. The commonest are compared first.
fn is_zone(zone: &str) -> bool {
    const COMMON: [&str; 9] = [
        "Asia/Saigon",
        "Asia/Ho_Chi_Minh",
        "Asia/Hong_Kong",
        "Asia/Taipei",
        "Asia/Singapore",
        "Asia/Kuala_Lumpur",
        "Asia/Bangkok",
        "Asia/Tokyo",
        "America/Los_Angeles",
    ];
    !zone.is_empty() && (COMMON.contains(&zone) || time_zone::is_known(zone))
}

fn check_language(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let language = subject.language.as_ref();
    let primary = language.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    // The commonest first: the list is long.
    if matches!(primary.as_str(), "" | "en" | "zh" | "cn" | "vi" | "ja" | "th" | "ms")
        && primary.len() == language.len()
    {
        return;
    }
    let primary = primary.as_str();
    if !language.is_empty() && !codes::is_two_letter_language(primary) && !OTHER_LANGUAGES.contains(&primary) {
        found.push(Finding::new(Kind::LanguageUnknown, "language", Vec::new()));
    }
}

fn check_channel(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let Some((_, own)) = IDS.iter().find(|(channel, _)| *channel == subject.channel_type) else { return };
    let filled = |field: &&&str| !subject.value(field).is_empty();
    let others = IDS.iter().filter(|(channel, _)| *channel != subject.channel_type).flat_map(|(_, fields)| *fields);
    if let (None, Some(other)) = (own.iter().find(filled), others.into_iter().find(|field| filled(field))) {
        found.push(Finding::new(Kind::ChannelIdMismatch, other, Vec::new()));
    }
}

fn check_reachable(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let blank = |name: &str| name.trim().is_empty() || names::is_placeholder(name) || names::is_filler(name);
    let named = [&subject.display_name, &subject.first_name, &subject.last_name].into_iter().any(|name| !blank(name));
    let ids = IDS.iter().flat_map(|(_, fields)| *fields).any(|field| !subject.value(field).is_empty());
    if named || ids || !subject.odoo_id.is_empty() {
        return;
    }
    let ways = [(&subject.phone_number, Kind::PhoneJunk), (&subject.email, Kind::EmailJunk)];
    let mut left = ways.into_iter().filter(|(text, _)| !text.is_empty()).peekable();
    if left.peek().is_none() {
        found.push(Finding::new(Kind::AnonymousEmpty, "display_name", Vec::new()));
    } else if names::is_placeholder(&subject.display_name)
        && left.all(|(_, junk)| found.iter().any(|finding| finding.kind == junk))
    {
        // One thing, told once: where the fillers go, the name is told again.
        found.retain(|finding| finding.kind != Kind::PlaceholderName);
        found.push(Finding::new(Kind::AnonymousFiller, "display_name", Vec::new()));
    }
}

fn check_age(subject: &Subject<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let day = |time: &str| time.get(..10).and_then(|day| day.parse::<Date>().ok());
    // By what the contact did. An edit says nothing about that, least of all one of a cleanup.
    let seen = [&subject.last_seen, &subject.created_at].into_iter().map(AsRef::as_ref).max().and_then(day);
    if let (Some(seen), Some(latest)) = (seen, day(value_counts.latest()))
        && latest.year() * 12 + i16::from(latest.month()) - seen.year() * 12 - i16::from(seen.month()) > 24
    {
        found.push(Finding::new(Kind::Stale, "last_seen", Vec::new()));
    }
}
