//! Questions of the list, answered from the snapshot: which contacts, in which order, and how many by a field.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;
use jiff::tz::TimeZone;

use super::dates;
use super::entry::{Entry, Facts};
use super::error::CleanupError;
use super::filter::{Expression, Field, FieldKind, Filter, FilterError, Precision, Test};
use super::known::Known;
use super::list::Needs;
use super::selection::groups_of;
use super::store::{Store, contacts};
use crate::model::Contact;

/// The order of a list: a field, and whether the greatest comes first. Contacts whose field is empty come last in either order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    field: Field,
    is_descending: bool,
}

/// The field by which contacts are counted; of a date its years, months or days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountKey {
    field: Field,
    precision: Option<Precision>,
}

/// The words behind a date that is counted by.
const PRECISIONS: [(&str, Precision); 3] =
    [("year", Precision::Year), ("month", Precision::Month), ("day", Precision::Day)];

impl SortKey {
    /// A field of any name that a filter knows, with `-` before it for the greatest first.
    ///
    /// # Errors
    /// [`FilterError`] for an unknown field, and for one without an order.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let name = text.trim();
        let bare = name.strip_prefix(['-', '+']).unwrap_or(name).trim();
        let field = named(bare)?;
        match field.kind() {
            FieldKind::Findings | FieldKind::Groups => Err(FilterError::NoOrder(field.name())),
            _ => Ok(Self { field, is_descending: name.starts_with('-') }),
        }
    }
}

impl CountKey {
    /// A field of any name that a filter knows; a date with `:year`, `:month` or `:day`, of which the month is the default.
    ///
    /// # Errors
    /// [`FilterError`] for an unknown field, and for a part of a date where there is none.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let (name, part) = text.split_once(':').map_or((text, None), |(name, part)| (name, Some(part.trim())));
        let field = named(name.trim())?;
        let is_date = field.kind() == FieldKind::Moment;
        let precision = match part {
            None => is_date.then_some(Precision::Month),
            Some(part) => {
                let known = PRECISIONS.iter().find(|(word, _)| word.eq_ignore_ascii_case(part)).filter(|_| is_date);
                let meant =
                    if is_date { "count by :year, :month or :day" } else { "only dates have parts to count by" };
                let no = || FilterError::NoSuchValue {
                    field: field.name(),
                    value: part.chars().take(40).collect(),
                    meant: Some(meant.to_owned()),
                };
                Some(known.ok_or_else(no)?.1)
            }
        };
        Ok(Self { field, precision })
    }

    /// Returns true if a contact may count several times, once for each of its values.
    pub const fn is_multiple(&self) -> bool {
        matches!(self.field, Field::Finding | Field::Group)
    }

    /// The key as it is written: `created_at:month`.
    pub fn name(&self) -> String {
        let word = self.precision.and_then(|own| PRECISIONS.iter().find(|(_, precision)| *precision == own));
        word.map_or_else(|| self.field.name().to_owned(), |(word, _)| format!("{}:{word}", self.field.name()))
    }

    /// The name of the field.
    pub fn field(&self) -> &'static str {
        self.field.name()
    }

    /// Returns true if it counts by parts of a date.
    pub const fn is_date(&self) -> bool {
        self.precision.is_some()
    }
}

fn named(name: &str) -> Result<Field, FilterError> {
    Field::named(name)
        .ok_or_else(|| FilterError::NoField { name: name.chars().take(60).collect(), meant: Field::nearest(name) })
}

/// Which contacts are asked for.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// Only these.
    pub filter: Filter,
    /// In this order; without one the newest come first.
    pub sort: Option<SortKey>,
    /// At most so many.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

/// Contacts of the snapshot.
#[derive(Debug)]
pub struct ListReport {
    /// How many there are in all.
    pub contacts: u64,
    /// How many the filter means.
    pub matched: u64,
    /// Those asked for.
    pub rows: Vec<Contact>,
    /// Where the filter means nobody: the part of it that alone means nobody.
    pub reason: Option<NoMatch>,
    /// When the snapshot was complete last.
    pub synced_at: jiff::Timestamp,
}

/// A part of a filter that means nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoMatch {
    /// The part.
    pub part: String,
    /// The field of a single condition, with its values where there are few.
    pub values: Option<(&'static str, Vec<String>)>,
}

/// How contacts are counted.
#[derive(Debug, Clone)]
pub struct CountRequest {
    /// Only these.
    pub filter: Filter,
    /// By what.
    pub count_by: CountKey,
    /// At most so many values.
    pub limit: usize,
    /// Passing over so many.
    pub skip: usize,
}

/// Totals by a field.
#[derive(Debug)]
pub struct CountReport {
    /// How many contacts there are in all.
    pub contacts: u64,
    /// How many the filter means.
    pub matched: u64,
    /// How many values there are.
    pub total: u64,
    /// Values and their counts: dates in their order, else the most frequent first. An empty value is an empty field.
    pub values: Vec<(String, u64)>,
    /// Where the filter means nobody: the part of it that alone means nobody.
    pub reason: Option<NoMatch>,
    /// When the snapshot was complete last.
    pub synced_at: jiff::Timestamp,
}

/// Values of a field that are listed where a filter means nobody, at most.
const FEW: usize = 12;

/// Lists contacts.
pub(super) async fn list(store: &Store, known: &Arc<Known>, request: ListRequest) -> Result<ListReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let synced_at = contacts::synced_at(db)?;
            let ListRequest { filter, sort, limit, skip } = request;
            let sort = sort.unwrap_or(SortKey { field: Field::CREATED, is_descending: true });
            let needs = Needs::of(&filter).and(Some(sort.field));
            let groups = groups_of(db, &known, needs)?;
            known.with_list(db, |list| {
                let (entries, facts) = list.facts(db, known.default_region(), needs, groups.as_ref())?;
                let meant = entries.iter().filter(|entry| filter.holds(entry, &facts));
                let mut meant: Vec<Keyed<'_>> = meant.map(|entry| Keyed::new(entry, sort.field, &facts)).collect();
                let matched = meant.len() as u64;
                first(&mut meant, sort, skip.saturating_add(limit));
                let rows = documents(db, meant.iter().skip(skip).map(|keyed| keyed.entry.id()))?;
                let reason = if matched == 0 { reason(&filter, entries, &facts) } else { None };
                Ok(ListReport { contacts: entries.len() as u64, matched, rows, reason, synced_at })
            })
        })
        .await
}

/// A contact with what most comparisons of an order need, so that they do not look into its texts.
#[derive(Debug, Clone, Copy)]
struct Keyed<'a> {
    is_empty: bool,
    /// The moment, yes or no, or the first eight bytes of the text.
    head: u64,
    created: Option<i64>,
    entry: &'a Entry,
}

impl<'a> Keyed<'a> {
    fn new(entry: &'a Entry, field: Field, facts: &Facts<'_>) -> Self {
        let (is_empty, head) = match field.kind() {
            FieldKind::Moment | FieldKind::Birthday => {
                let moment = entry.moment(field, facts);
                // With its sign turned a number of 64 bits keeps its order as one without a sign.
                (moment.is_none(), moment.unwrap_or_default().cast_unsigned() ^ (1 << 63))
            }
            FieldKind::YesNo => (false, u64::from(entry.yes_no(field, facts))),
            _ => {
                let text = text(entry, field);
                let mut bytes = [0; 8];
                bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
                (text.is_empty(), u64::from_be_bytes(bytes))
            }
        };
        Self { is_empty, head, created: entry.moment(Field::CREATED, facts), entry }
    }
}

/// The text that a contact is sorted by; empty for a field that has another value.
fn text(entry: &Entry, field: Field) -> &str {
    field.slot().map(|slot| entry.folded(slot).trim()).unwrap_or_default()
}

/// Brings the first of a list into order and leaves the rest out.
fn first(entries: &mut Vec<Keyed<'_>>, sort: SortKey, most: usize) {
    let is_text = !matches!(sort.field.kind(), FieldKind::Moment | FieldKind::Birthday | FieldKind::YesNo);
    let by = |one: &Keyed<'_>, other: &Keyed<'_>| order(one, other, sort, is_text);
    if most == 0 {
        entries.clear();
    } else if most < entries.len() {
        entries.select_nth_unstable_by(most - 1, by);
        entries.truncate(most);
    }
    entries.sort_unstable_by(by);
}

/// The order of two contacts: by the field, then the newest first, then by id.
fn order(one: &Keyed<'_>, other: &Keyed<'_>, sort: SortKey, is_text: bool) -> Ordering {
    let directed = |order: Ordering| if sort.is_descending { order.reverse() } else { order };
    let found = if one.is_empty || other.is_empty {
        one.is_empty.cmp(&other.is_empty)
    } else {
        let rest = || match is_text {
            true => text(one.entry, sort.field).cmp(text(other.entry, sort.field)),
            false => Ordering::Equal,
        };
        directed(one.head.cmp(&other.head).then_with(rest))
    };
    found.then_with(|| other.created.cmp(&one.created)).then_with(|| one.entry.id().cmp(other.entry.id()))
}

/// Counts contacts by a field.
pub(super) async fn count(
    store: &Store,
    known: &Arc<Known>,
    request: CountRequest,
    zone: TimeZone,
) -> Result<CountReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let synced_at = contacts::synced_at(db)?;
            let CountRequest { filter, count_by, limit, skip } = request;
            let needs = Needs::of(&filter).and(Some(count_by.field));
            let groups = groups_of(db, &known, needs)?;
            known.with_list(db, |list| {
                let (entries, facts) = list.facts(db, known.default_region(), needs, groups.as_ref())?;
                let (mut matched, mut counts) = (0, HashMap::new());
                // Offsets of time zones are whole quarters of an hour.
                let mut quarters: HashMap<Option<i64>, u64> = HashMap::new();
                for entry in entries.iter().filter(|entry| filter.holds(entry, &facts)) {
                    matched += 1;
                    if count_by.is_date() {
                        let moment = entry.moment(count_by.field, &facts);
                        *quarters.entry(moment.map(|moment| moment.div_euclid(QUARTER))).or_default() += 1;
                    } else {
                        tally(entry, count_by.field, &facts, &mut counts);
                    }
                }
                if let Some(precision) = count_by.precision {
                    for (quarter, count) in quarters {
                        let moment = quarter.map(|quarter| quarter.saturating_mul(QUARTER));
                        *counts.entry(dates::part(moment, precision, &zone)).or_default() += count;
                    }
                }
                let mut values: Vec<(String, u64)> = counts.into_iter().collect();
                if count_by.is_date() {
                    // Those without a date come last, as in a sorted list.
                    values
                        .sort_unstable_by(|one, other| (one.0.is_empty(), &one.0).cmp(&(other.0.is_empty(), &other.0)));
                } else {
                    values.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
                }
                let reason = if matched == 0 { reason(&filter, entries, &facts) } else { None };
                let total = values.len() as u64;
                let values = values.into_iter().skip(skip).take(limit).collect();
                Ok(CountReport { contacts: entries.len() as u64, matched, total, values, reason, synced_at })
            })
        })
        .await
}

/// Microseconds of a quarter of an hour.
const QUARTER: i64 = 900_000_000;

/// Counts what a contact holds in a field that is no date; an empty one as an empty text.
fn tally(entry: &Entry, field: Field, facts: &Facts<'_>, counts: &mut HashMap<String, u64>) {
    let mut add = |value: &str| match counts.get_mut(value) {
        Some(count) => *count += 1,
        None => {
            counts.insert(value.to_owned(), 1);
        }
    };
    match field {
        Field::Finding if !entry.findings(facts).is_empty() => entry.findings(facts).iter().for_each(|kind| add(kind)),
        Field::Group if !entry.groups(facts).is_empty() => entry.groups(facts).iter().for_each(|group| add(group)),
        Field::Finding | Field::Group => add(""),
        Field::Reachable | Field::HasDuplicates => add(if entry.yes_no(field, facts) { "yes" } else { "no" }),
        Field::Stored(slot) => add(entry.text(usize::from(slot)).trim()),
    }
}

/// The part of a filter that alone means nobody, where there is one beside others; of a single condition also what there is.
fn reason(filter: &Filter, entries: &[Entry], facts: &Facts<'_>) -> Option<NoMatch> {
    let is_nobody = |part: &&Expression| !entries.iter().any(|entry| part.holds(entry, facts));
    let (part, is_whole) = match filter.expression()? {
        Expression::All(parts) => (parts.iter().find(is_nobody)?, false),
        whole => (whole, true),
    };
    let values = match part {
        Expression::One(condition) => match (&condition.test, condition.field) {
            (Test::OneOf(_), Field::Stored(slot)) => {
                few(entries, usize::from(slot)).map(|values| (condition.field.name(), values))
            }
            _ => None,
        },
        _ => None,
    };
    (!is_whole || values.is_some()).then(|| NoMatch { part: part.to_string(), values })
}

/// The values of a field, where they are few.
fn few(entries: &[Entry], slot: usize) -> Option<Vec<String>> {
    let mut values = std::collections::BTreeSet::new();
    for entry in entries {
        values.insert(entry.text(slot).trim());
        if values.len() > FEW {
            return None;
        }
    }
    let values: Vec<String> = values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
    (!values.is_empty()).then_some(values)
}

/// Contacts by their ids, in that order; those that the snapshot does not have are left out.
pub(super) fn documents<'a>(db: &Database, ids: impl Iterator<Item = &'a str>) -> Result<Vec<Contact>, CleanupError> {
    let mut rows = Vec::new();
    for id in ids {
        if let Some(document) = contacts::document(db, id)? {
            rows.push(contacts::read(&document)?);
        }
    }
    Ok(rows)
}
