//! The file of a policy, read strictly: every mistake with its line and the word that is wrong.

use std::fmt;
use std::ops::Range;

use imbrace_contacts_client::suggestion::nearest;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::{Hours, Policy, Share, digest};
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{Filter, PlanRequest};
use crate::model::codes;

/// The one version of policies.
const VERSION: i64 = 1;

/// The word for every kind whose fix changes the form and not the meaning.
const SAFE: &str = "safe";

/// Names of tables and keys, to suggest one for a misspelt one.
const WORDS: [&str; 9] =
    ["version", "fix", "report", "kinds", "protect", "share_of_list", "contacts_a_day", "hours", "time_zone"];

/// Words of plans that a policy cannot have.
const NEVER: [&str; 7] = ["link", "fill", "mark", "merge", "questions", "decide", "set"];

/// One mistake of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The word that is wrong; empty where one is missing.
    pub word: String,
    /// The mistake, and what would be right.
    pub reason: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.word.is_empty() { String::new() } else { format!("`{}` ", self.word) };
        write!(formatter, "line {}: {word}{}", self.line, self.reason)
    }
}

/// Every mistake that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Mistake::to_string).collect();
        formatter.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Mistakes {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: Spanned<i64>,
    fix: Spanned<Fix>,
    report: Option<Report>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fix {
    kinds: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    protect: Vec<Spanned<String>>,
    share_of_list: Spanned<String>,
    contacts_a_day: Spanned<i64>,
    hours: Option<Spanned<Vec<Spanned<String>>>>,
    time_zone: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    kinds: Spanned<Vec<Spanned<String>>>,
}

/// A policy being read.
struct Reader<'a> {
    text: &'a str,
    mistakes: Vec<Mistake>,
}

/// Reads a policy.
///
/// # Errors
/// [`Mistakes`].
pub(super) fn read(text: &str) -> Result<Policy, Mistakes> {
    let mut reader = Reader { text, mistakes: Vec::new() };
    let document: Document = match toml::from_str(text) {
        Ok(document) => document,
        Err(error) => return Err(Mistakes(vec![syntax(text, &error)])),
    };
    if *document.version.get_ref() != VERSION {
        let span = document.version.span();
        reader.object(span, document.version.get_ref().to_string(), "is no version of policies; write version = 1");
        return Err(Mistakes(reader.mistakes));
    }
    let fix = document.fix.into_inner();
    let time_zone = reader.time_zone(fix.time_zone.as_ref(), fix.hours.as_ref().map(Spanned::span));
    let fixed = reader.fixed(&fix.kinds);
    let reported = document.report.map(|report| reader.reported(&report.kinds, &fixed)).unwrap_or_default();
    let (protected_words, protected_filter) = reader.protected(&fix.protect, &time_zone);
    let share = reader.share(&fix.share_of_list);
    let contacts_a_day = reader.contacts_a_day(&fix.contacts_a_day);
    let hours = fix.hours.as_ref().map(|hours| reader.hours(hours)).unwrap_or_default();
    if !reader.mistakes.is_empty() {
        reader.mistakes.sort_by_key(|mistake| mistake.line);
        return Err(Mistakes(reader.mistakes));
    }
    let digest = digest(text);
    Ok(Policy { fixed, reported, protected_words, protected_filter, share, contacts_a_day, hours, time_zone, digest })
}

/// The line of a byte, from 1.
fn line(text: &str, byte: usize) -> usize {
    text.get(..byte).unwrap_or(text).matches('\n').count() + 1
}

/// What the parser says, with the word that was probably meant.
fn syntax(text: &str, error: &toml::de::Error) -> Mistake {
    let line = line(text, error.span().map_or(0, |span| span.start));
    let message = error.message().replace('\n', " ");
    let quoted = |start: &str| {
        let rest = message.strip_prefix(start)?;
        Some(rest.split('`').next().unwrap_or_default().to_owned())
    };
    if let Some(word) = quoted("unknown field `") {
        let reason = if NEVER.contains(&word.as_str()) {
            "cannot stand in a policy: it fixes safe findings and nothing else".to_owned()
        } else {
            match nearest(&word, WORDS) {
                Some(meant) => format!("is no word of a policy here; did you mean `{meant}`?"),
                None => format!("is no word of a policy here; there are {}", WORDS.join(", ")),
            }
        };
        return Mistake { line, word, reason };
    }
    if let Some(word) = quoted("missing field `") {
        return Mistake { line, word, reason: "is missing".to_owned() };
    }
    Mistake { line, word: String::new(), reason: message }
}

impl Reader<'_> {
    fn object(&mut self, span: Range<usize>, word: impl Into<String>, reason: impl Into<String>) {
        self.mistakes.push(Mistake { line: line(self.text, span.start), word: word.into(), reason: reason.into() });
    }

    /// The kinds of a list, each with where it stands.
    fn kinds(&mut self, list: &Spanned<Vec<Spanned<String>>>) -> Vec<(Range<usize>, Kind)> {
        let mut kinds = Vec::new();
        for given in list.get_ref() {
            let (word, span) = (given.get_ref().trim(), given.span());
            if word == SAFE {
                let safe = Kind::ALL.into_iter().filter(|kind| kind.fixability() == Fixability::Safe);
                kinds.extend(safe.map(|kind| (span.clone(), kind)));
            } else if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == word) {
                kinds.push((span, kind));
            } else if NEVER.contains(&word) {
                self.object(span, word, "cannot stand in a policy: it fixes safe findings and nothing else");
            } else {
                let names = Kind::ALL.iter().map(|kind| kind.name()).chain([SAFE]);
                let reason = match nearest(word, names) {
                    Some(meant) => format!("is no kind of finding; did you mean `{meant}`?"),
                    None => "is no kind of finding; docs/findings.md names them".to_owned(),
                };
                self.object(span, word, reason);
            }
        }
        if list.get_ref().is_empty() {
            self.object(list.span(), "kinds", "names nothing");
        }
        kinds
    }

    fn fixed(&mut self, list: &Spanned<Vec<Spanned<String>>>) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for (span, kind) in self.kinds(list) {
            if kind.fixability() == Fixability::Safe {
                kinds.push(kind);
            } else {
                let reason = "has no safe fix, so that a policy can only report it: name it under [report]";
                self.object(span, kind.name(), reason);
            }
        }
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn reported(&mut self, list: &Spanned<Vec<Spanned<String>>>, fixed: &[Kind]) -> Vec<Kind> {
        let mut kinds = Vec::new();
        for (span, kind) in self.kinds(list) {
            if fixed.contains(&kind) {
                let reason = "is fixed under [fix] and only reported under [report]; leave one of the two out";
                self.object(span, kind.name(), reason);
            }
            kinds.push(kind);
        }
        // What is fixed is told, too.
        kinds.extend(fixed);
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Words, and conditions joined to one filter.
    fn protected(&mut self, list: &[Spanned<String>], zone: &TimeZone) -> (Vec<String>, Filter) {
        let (mut words, mut conditions) = (Vec::new(), Vec::new());
        for given in list {
            let (text, span) = (given.get_ref().trim(), given.span());
            if text.is_empty() {
                self.object(span, "protect", "names nothing; leave it out to protect nobody");
            } else if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("con_")) && text.len() != 40 {
                self.object(span, text, "is no whole id of a contact: con_ and 36 characters");
            } else if PlanRequest::is_protected_word(text) {
                words.push(text.to_owned());
            } else {
                match Filter::parse(text) {
                    Ok(filter) if filter.needs_list() => {
                        let reason = "asks for finding, group or has_duplicates, which change while a plan is written; \
                                      protect contacts by their own fields";
                        self.object(span, text, reason);
                    }
                    Ok(_) => conditions.push(format!("({text})")),
                    Err(error) => self.object(span, "", format!("protect: {error}")),
                }
            }
        }
        let filter = Filter::parse(&conditions.join(" or ")).unwrap_or_else(|error| {
            let span = list.first().map_or(0..0, Spanned::span);
            self.object(span, "", format!("protect: {error}"));
            Filter::default()
        });
        (words, filter.in_time_zone(zone))
    }

    fn share(&mut self, given: &Spanned<String>) -> Share {
        let text = given.get_ref().trim();
        let Some(millionths) = text.strip_suffix('%').and_then(|number| millionths(number.trim())) else {
            self.object(given.span(), text, "is no share of the list; write it as \"1 %\" or \"0.5 %\"");
            return Share::WHOLE;
        };
        let share = Share::of_millionths(millionths);
        if millionths == 0 {
            self.object(given.span(), text, "of the list contradicts [fix] kinds: nothing would ever be fixed");
        } else if millionths > 1_000_000 {
            self.object(given.span(), text, "is more than the whole list");
        }
        share
    }

    fn contacts_a_day(&mut self, given: &Spanned<i64>) -> u64 {
        let number = *given.get_ref();
        if number == 0 {
            let reason = "contacts a day contradict [fix] kinds: nothing would ever be fixed";
            self.object(given.span(), "0", reason);
        }
        u64::try_from(number).unwrap_or_else(|_| {
            self.object(given.span(), number.to_string(), "is no number of contacts");
            0
        })
    }

    fn hours(&mut self, given: &Spanned<Vec<Spanned<String>>>) -> Hours {
        if given.get_ref().is_empty() {
            let reason = "contradict [fix] kinds: nothing would ever be fixed; for the whole day leave them out";
            self.object(given.span(), "hours", reason);
        }
        for span in given.get_ref() {
            if let Err(reason) = Hours::read([span.get_ref().as_str()]) {
                self.object(span.span(), span.get_ref(), reason);
            }
        }
        Hours::read(given.get_ref().iter().map(|span| span.get_ref().as_str())).unwrap_or_default()
    }

    fn time_zone(&mut self, given: Option<&Spanned<String>>, hours: Option<Range<usize>>) -> TimeZone {
        let Some(given) = given else {
            if let Some(span) = hours {
                self.object(
                    span,
                    "hours",
                    "are those of no time zone; add time_zone = \"Asia/Hong_Kong\" or another one",
                );
            }
            return TimeZone::UTC;
        };
        let name = given.get_ref().trim();
        codes::time_zone_rules(name).unwrap_or_else(|| {
            self.object(given.span(), name, "is no time zone of the IANA database, such as Asia/Hong_Kong or UTC");
            TimeZone::UTC
        })
    }
}

/// A percentage in parts of a million: at most four digits behind the point.
fn millionths(percent: &str) -> Option<u64> {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 4 || !are_digits(whole) || !are_digits(part) || percent.ends_with('.') {
        return None;
    }
    let part: u64 = format!("{part:0<4}").parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(10_000)?.checked_add(part)
}
