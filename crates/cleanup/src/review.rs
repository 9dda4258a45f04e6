//! Reads the snapshot before anything is planned: findings and duplicates.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;
use rayon::prelude::*;

use super::Subject;
use super::duplicates::{Cluster, Pair, Tier, groups};
use super::error::CleanupError;
use super::findings::{Finding, Kind, ValueCounts, findings};
use super::known::Known;
use super::normalize::phone::Region;
use super::report::{
    AuditReport, AuditRequest, DuplicatesReport, DuplicatesRequest, FindingExample, KindCount, PatternCount,
};
use super::selection::Selection;
use super::store::{Store, contacts, weeks};

/// Looks for what is wrong with single contacts.
pub(super) async fn audit(
    store: &Store,
    known: &Arc<Known>,
    request: AuditRequest,
) -> Result<AuditReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            contacts::synced_at(db)?;
            let meant = Selection::of(db, &known, &request.filter)?;
            let report = audited(db, &request, &meant, known.default_region(), KEPT)?;
            if request.kinds.is_empty() && request.filter.is_empty() {
                let findings = report.kinds.iter().map(|found| found.count).sum();
                weeks::audited(db, report.contacts, report.affected, findings)?;
            }
            Ok(report)
        })
        .await
}

/// Contacts that are looked at twice are kept in between, up to so many bytes; more are read twice.
pub(super) const KEPT: u64 = 256 << 20;

fn audited(
    db: &Database,
    request: &AuditRequest,
    meant: &Selection,
    region: Option<Region>,
    most: u64,
) -> Result<AuditReport, CleanupError> {
    let synced_at = contacts::synced_at(db)?;
    let mut tally = Tally { request, contacts: 0, affected: 0, kinds: BTreeMap::new() };
    each_with_findings(db, (region, most), &|subject| meant.covers(&subject.id), |subject, found| {
        tally.add(subject, found)
    })?;
    let Tally { contacts, affected, mut kinds, .. } = tally;
    let kinds = Kind::ALL.iter().filter_map(|kind| kinds.remove(kind)).collect();
    Ok(AuditReport { contacts, affected, kinds, synced_at })
}

/// Gives every contact that is meant with its findings, in the order of the snapshot. Up to so many bytes of contacts are kept between the
/// two looks at them, and looked at by all processors; a larger list is read twice, contact by contact.
pub(super) fn each_with_findings(
    db: &Database,
    (region, most): (Option<Region>, u64),
    is_meant: &(dyn Fn(&Subject<'_>) -> bool + Sync),
    mut take: impl FnMut(&Subject<'_>, Vec<Finding>),
) -> Result<(), CleanupError> {
    let mut value_counts = ValueCounts::of_default_region(region);
    if contacts::size(db)? > most {
        contacts::each(db, |subject| value_counts.count(subject))?;
        return contacts::each(db, |subject| {
            if is_meant(subject) {
                take(subject, findings(subject, &value_counts));
            }
        });
    }
    let (text, ends) = kept(db)?;
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let documents: Vec<&str> = starts.zip(&ends).filter_map(|(start, end)| text.get(start..*end)).collect();
    let subjects: Vec<Subject<'_>> = documents.par_iter().filter_map(|document| Subject::read(document).ok()).collect();
    let unreadable = (documents.len() - subjects.len()) as u64;
    if unreadable > 0 {
        return Err(CleanupError::Unreadable { count: unreadable });
    }
    subjects.iter().for_each(|subject| value_counts.count(subject));
    let found = |subject: &Subject<'_>| is_meant(subject).then(|| findings(subject, &value_counts));
    let found: Vec<Option<Vec<Finding>>> = subjects.par_iter().map(found).collect();
    subjects.iter().zip(found).for_each(|(subject, found)| {
        if let Some(found) = found {
            take(subject, found);
        }
    });
    Ok(())
}

/// Every contact's JSON in one text, and where each ends: so many small ones take longer to make than to look at.
fn kept(db: &Database) -> Result<(String, Vec<usize>), CleanupError> {
    let (mut text, mut ends) = (String::new(), Vec::new());
    contacts::since(db, 0, |document| {
        text.push_str(document);
        ends.push(text.len());
        true
    })?;
    Ok((text, ends))
}

/// An audit under way.
struct Tally<'a> {
    request: &'a AuditRequest,
    contacts: u64,
    affected: u64,
    kinds: BTreeMap<Kind, KindCount>,
}

impl Tally<'_> {
    fn add(&mut self, subject: &Subject<'_>, mut found: Vec<Finding>) {
        let request = self.request;
        self.contacts += 1;
        found.retain(|finding| request.kinds.is_empty() || request.kinds.contains(&finding.kind));
        self.affected += u64::from(!found.is_empty());
        for finding in found {
            let empty = || KindCount { kind: finding.kind, count: 0, fixable: 0, examples: Vec::new() };
            let entry = self.kinds.entry(finding.kind).or_insert_with(empty);
            entry.count += 1;
            entry.fixable += u64::from(!finding.fix.is_empty());
            keep_least(&mut entry.examples, subject, &finding, request.examples);
        }
    }
}

/// Adds a finding to those of the least ids, at most so many: the order in which contacts are read changes nothing.
fn keep_least(kept: &mut Vec<FindingExample>, subject: &Subject<'_>, finding: &Finding, most: usize) {
    let Err(place) = kept.binary_search_by(|known| known.contact.as_str().cmp(&subject.id)) else { return };
    if place < most {
        kept.truncate(most - 1);
        let fix = finding.fix.iter().map(|(field, after)| (*field, subject.value(field).to_owned(), after.clone()));
        let (contact, value) = (subject.id.to_string(), subject.value(finding.field).to_owned());
        kept.insert(place, FindingExample { contact, field: finding.field, value, fix: fix.collect() });
    }
}

/// Looks for contacts that are one person.
pub(super) async fn duplicates(
    store: &Store,
    known: &Arc<Known>,
    request: DuplicatesRequest,
) -> Result<DuplicatesReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            contacts::synced_at(db)?;
            contacts::check_is_there(db, request.contact.as_ref())?;
            let meant = Selection::of(db, &known, &request.filter)?;
            let (mut clusters, mut questions) = known.with(db, |matcher| (groups(matcher), matcher.questions()))?;
            clusters.retain(|cluster| cluster.members.iter().any(|member| meant.covers(member)));
            questions.retain(|pair| meant.covers(&pair.ids.0) || meant.covers(&pair.ids.1));
            let of_tier = |tier| clusters.iter().filter(|cluster| cluster.tier == tier).count() as u64;
            let (clusters_auto, clusters_review) = (of_tier(Tier::Auto), of_tier(Tier::Review));
            let entries = |tier| {
                let of_tier = clusters.iter().filter(|cluster| cluster.tier == tier);
                of_tier.map(|cluster| cluster.members.len() as u64).sum()
            };
            let (entries_auto, entries_review) = (entries(Tier::Auto), entries(Tier::Review));
            let is_asked = |pair: &&Pair| {
                let of_contact = |contact: &String| *contact == pair.ids.0 || *contact == pair.ids.1;
                let of_pattern = |pattern: &String| *pattern == pair.pattern;
                (request.questions || request.pattern.is_some())
                    && request.pattern.as_ref().is_none_or(of_pattern)
                    && request.contact.as_ref().is_none_or(of_contact)
            };
            let pairs: Vec<Pair> = questions.iter().filter(is_asked).cloned().collect();
            let wanted = |cluster: &Cluster| pairs.is_empty() && is_wanted(&request, cluster);
            let selected: Vec<Cluster> = clusters.into_iter().filter(wanted).collect();
            let total = (selected.len() + pairs.len()) as u64;
            let clusters: Vec<Cluster> = selected.into_iter().skip(request.skip).take(request.limit).collect();
            let pairs: Vec<Pair> = pairs.into_iter().skip(request.skip).take(request.limit).collect();
            let (asked, patterns) = (questions.len() as u64, patterns(questions));
            let shown = pairs.iter().chain(patterns.iter().map(|pattern| &pattern.example));
            let shown = shown.flat_map(|pair| [&pair.ids.0, &pair.ids.1]);
            let members = contacts::members(db, clusters.iter().flat_map(|cluster| &cluster.members).chain(shown))?;
            Ok(DuplicatesReport {
                contacts: meant.count().map_or_else(|| contacts::contacts(db), Ok)?,
                clusters_auto,
                clusters_review,
                entries_auto,
                entries_review,
                questions: asked,
                total,
                clusters,
                pairs,
                patterns,
                members,
            })
        })
        .await
}

fn is_wanted(request: &DuplicatesRequest, cluster: &Cluster) -> bool {
    request.tier.is_none_or(|tier| cluster.tier == tier)
        && request.contact.as_ref().is_none_or(|contact| cluster.members.contains(contact))
        && request.pattern.as_ref().is_none_or(|pattern| cluster.pairs.iter().any(|pair| pair.pattern == *pattern))
}

/// The patterns of questions, the most frequent first.
fn patterns(questions: Vec<Pair>) -> Vec<PatternCount> {
    let mut counts: BTreeMap<String, PatternCount> = BTreeMap::new();
    for pair in questions {
        let empty = || PatternCount { pattern: pair.pattern.clone(), count: 0, example: pair.clone() };
        counts.entry(pair.pattern.clone()).or_insert_with(empty).count += 1;
    }
    let mut patterns: Vec<PatternCount> = counts.into_values().collect();
    patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.count));
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::location::StateLocation;
    use crate::model::{Contact, Record};

    #[tokio::test]
    async fn contacts_that_are_too_many_to_keep_are_audited_alike() {
        let place = tempfile::tempdir().unwrap();
        let home =
            StateLocation { directory: place.path().to_owned(), place: "local".to_owned(), tenant: String::new() };
        let contact = |number: usize| {
            let name = ["UNK#AB1234", "MEI WONG", "Mei Wong", "?"][number % 4];
            // The census has to know of these before any of them is judged: a number of many is a hub, not a person's.
            let phone = if number.is_multiple_of(3) { "+85255500101" } else { "5550 0101" };
            let fields =
                serde_json::json!({"id": format!("con_{number}"), "display_name": name, "phone_number": phone});
            Contact::from(Record::from_value(fields).unwrap())
        };
        let audits = Store::new(home, None)
            .run(move |db| {
                let rows: Vec<Contact> = (0..200).map(contact).collect();
                let transaction = db.transaction()?;
                contacts::take(&transaction, &rows, false)?;
                contacts::set_meta(&transaction, "synced_at", Some("2026-01-02T03:04:05Z"))?;
                transaction.commit()?;
                let request = AuditRequest { examples: 3, ..AuditRequest::default() };
                Ok([KEPT, 0].map(|most| audited(db, &request, &Selection::default(), None, most).unwrap()))
            })
            .await;
        let [kept, read_twice] = audits.unwrap();
        assert_eq!((kept.contacts, kept.kinds.is_empty()), (200, false));
        assert_eq!(format!("{kept:?}"), format!("{read_twice:?}"));
    }
}
