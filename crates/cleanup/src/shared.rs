//! Phone numbers and mailboxes that different people share: families, switchboards, mailboxes of roles.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use imbrace_contacts_client::plural::counted;
use imbrace_contacts_store::sql::Database;

use super::Subject;
use super::duplicates::features::{mailbox, numbers};
use super::duplicates::{Cluster, Tier, Verdict, groups};
use super::error::CleanupError;
use super::known::Known;
use super::normalize::phone;
use super::report::{Settled, SharedValue, SharedValuesReport, SharedValuesRequest, Sharing};
use super::selection::Selection;
use super::store::{Store, contacts, decisions};

/// A value of more people than this is of a house or a company, as the matcher has it.
const FAMILY_AT_MOST: usize = 8;

/// Contacts of one person that a report has with their values.
const SHOWN_OF_PERSON: usize = 2;
/// People of one value that a report has with their values.
const SHOWN_PEOPLE: usize = 6;

/// Looks for values that different people share.
pub(super) async fn shared(
    store: &Store,
    known: &Arc<Known>,
    request: SharedValuesRequest,
) -> Result<SharedValuesReport, CleanupError> {
    let known = Arc::clone(known);
    store.run(move |db| report(db, &known, &request)).await
}

fn report(db: &Database, known: &Known, request: &SharedValuesRequest) -> Result<SharedValuesReport, CleanupError> {
    contacts::synced_at(db)?;
    contacts::check_is_there(db, request.contact.as_ref())?;
    let meant = Selection::of(db, known, &request.filter)?;
    let mut values = values(db, known)?;
    values.retain(|value| value.people.iter().flatten().any(|id| meant.covers(id)));
    let mut counts = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(value.sharing).or_default() += 1);
    let questions = values.iter().filter(|value| value.settled == Settled::Question).count() as u64;
    let of_contact = |value: &SharedValue| {
        request.contact.as_ref().is_none_or(|contact| value.people.iter().flatten().any(|id| id == contact))
    };
    values.retain(|value| request.sharing.is_none_or(|sharing| value.sharing == sharing) && of_contact(value));
    let total = values.len() as u64;
    let values: Vec<SharedValue> = values.into_iter().skip(request.skip).take(request.limit).collect();
    let shown = values.iter().flat_map(|value| value.people.iter().take(SHOWN_PEOPLE));
    let shown = shown.flat_map(|person| person.iter().take(SHOWN_OF_PERSON));
    let members = contacts::members(db, shown)?;
    let contacts = meant.count().map_or_else(|| contacts::contacts(db), Ok)?;
    Ok(SharedValuesReport { contacts, total, counts, questions, values, members })
}

/// Who has a value.
#[derive(Default)]
struct Sharers {
    ids: Vec<String>,
    is_role: bool,
    has_extensions: bool,
}

/// Every value that contacts of different people have: open questions first, then those of the fewest people.
pub(super) fn values(db: &Database, known: &Known) -> Result<Vec<SharedValue>, CleanupError> {
    contacts::synced_at(db)?;
    let mut sharers: HashMap<String, Sharers> = HashMap::new();
    contacts::each(db, |subject| add(&mut sharers, subject, known.default_region()))?;
    sharers.retain(|_, sharers| sharers.ids.len() > 1);
    let decided = decisions::verdicts(db)?;
    known.with(db, |matcher| {
        let sure = groups(matcher);
        let group_of = group_of(&sure);
        let questions: HashSet<(String, String)> =
            matcher.questions().into_iter().map(|question| question.ids).collect();
        let mut values: Vec<SharedValue> = Vec::new();
        for (value, found) in sharers {
            let people = people(&found.ids, &group_of);
            if people.len() < 2 {
                continue;
            }
            let first_of = |at: usize| people.get(at).and_then(|person| person.first()).map_or("", String::as_str);
            let mut pairs = (0..people.len()).flat_map(|one| (one + 1..people.len()).map(move |two| (one, two)));
            let sharing = if found.is_role {
                Sharing::Role
            } else if found.has_extensions || people.len() > FAMILY_AT_MOST {
                Sharing::Switchboard
            } else if pairs.any(|(one, two)| matcher.are_relatives(first_of(one), first_of(two))) {
                Sharing::Family
            } else {
                Sharing::People
            };
            let settled = settled(&people, &questions, &decided);
            values.push(SharedValue { value, sharing, settled, people });
        }
        values.sort_by(|one, other| {
            let rank = |value: &SharedValue| (value.settled, value.people.len());
            rank(one).cmp(&rank(other)).then_with(|| one.value.cmp(&other.value))
        });
        values
    })
}

fn add(sharers: &mut HashMap<String, Sharers>, subject: &Subject<'_>, region: Option<phone::Region>) {
    let has_extensions = phone::extension(subject).is_some();
    for number in numbers(subject, region).0 {
        let found = sharers.entry(number).or_default();
        found.ids.push(subject.id.to_string());
        found.has_extensions |= has_extensions;
    }
    if let Some(mailbox) = mailbox(&subject.email) {
        let found = sharers.entry(format!("{}@{}", mailbox.folded, mailbox.domain)).or_default();
        found.ids.push(subject.id.to_string());
        found.is_role = mailbox.is_role;
    }
}

/// The place of the sure group of each contact that is in one.
fn group_of(clusters: &[Cluster]) -> HashMap<&str, usize> {
    let sure = clusters.iter().enumerate().filter(|(_, cluster)| cluster.tier == Tier::Auto);
    sure.flat_map(|(at, cluster)| cluster.members.iter().map(move |member| (member.as_str(), at))).collect()
}

/// Contacts by person, in the order of their ids.
fn people(ids: &[String], group_of: &HashMap<&str, usize>) -> Vec<Vec<String>> {
    let mut ids: Vec<&String> = ids.iter().collect();
    ids.sort_unstable();
    let mut people: Vec<Vec<String>> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for id in ids {
        let place = match group_of.get(id.as_str()) {
            Some(group) => *places.entry(*group).or_insert(people.len()),
            None => people.len(),
        };
        match people.get_mut(place) {
            Some(person) => person.push(id.clone()),
            None => people.push(vec![id.clone()]),
        }
    }
    people
}

fn settled(
    people: &[Vec<String>],
    questions: &HashSet<(String, String)>,
    decided: &HashMap<(String, String), Verdict>,
) -> Settled {
    // Nobody decides about so many at once, and the matcher asks nothing of them.
    if people.len() as u64 > MOST_SHARING {
        return Settled::Rule;
    }
    let mut all_decided = true;
    for (at, one) in people.iter().enumerate() {
        for two in people.iter().skip(at + 1) {
            let mut pairs = one.iter().flat_map(|one| two.iter().map(move |two| ordered(one, two)));
            if pairs.clone().any(|pair| questions.contains(&pair)) {
                return Settled::Question;
            }
            all_decided &= pairs.any(|pair| decided.get(&pair) == Some(&Verdict::Different));
        }
    }
    if all_decided { Settled::Decided } else { Settled::Rule }
}

fn ordered(one: &str, two: &str) -> (String, String) {
    if one <= two { (one.to_owned(), two.to_owned()) } else { (two.to_owned(), one.to_owned()) }
}

/// The pairs of different people who share a value: of every two people each contact with each.
pub(super) fn pairs_of(db: &Database, known: &Known, value: &str) -> Result<Vec<(String, String)>, CleanupError> {
    let none = || CleanupError::NoSuchDuplicate(format!("shared phone number or mailbox {value}"));
    let wanted = match mailbox(value) {
        Some(mailbox) => format!("{}@{}", mailbox.folded, mailbox.domain),
        None => value.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect(),
    };
    let found = values(db, known)?.into_iter().find(|shared| shared.value == wanted).ok_or_else(none)?;
    if found.entries() > MOST_SHARING {
        let reason =
            format!("value: {value} is shared by {}, more than {MOST_SHARING}", counted(found.entries(), "contact"));
        return Err(CleanupError::NoSuchDuplicate(reason));
    }
    let mut pairs = Vec::new();
    for (at, one) in found.people.iter().enumerate() {
        let others = || found.people.iter().skip(at + 1).flatten();
        pairs.extend(one.iter().flat_map(|one| others().map(move |two| ordered(one, two))));
    }
    Ok(pairs)
}

/// Contacts that may share a value of which somebody decides at once.
const MOST_SHARING: u64 = 48;
