//! What reports look like to the page. Values of contacts are strangers' words: what hides in them is written out, and long ones are cut.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use super::answer::shown;
use crate::cleanup::duplicates::{Cluster, Pair, Tier};
use crate::cleanup::{
    AuditReport, Counts, DecisionsReport, DuplicatesReport, KeptDecision, PlanReport, SharedValuesReport, Step,
    StepsReport, Week, WriteSpan,
};
use crate::model::{CONTACT_FIELDS, Contact};

/// Characters of a value in a list; the view of one contact has all of it.
pub(super) const IN_LIST: usize = 300;

/// Fields that tell nobody anything about a person, or that are told as something else.
const NOT_SHOWN: [&str; 5] = ["object_name", "id", "organization_id", "avatar_url", "additional_params"];

/// A contact: its filled fields, and what it is called and called at.
pub(super) fn contact(contact: &Contact, most: usize) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            fields.insert(name.to_owned(), shown(value, most));
        }
    };
    put("name", &contact.name().unwrap_or_default());
    put("phone", &contact.phone().unwrap_or_default());
    for field in CONTACT_FIELDS.iter().filter(|field| !NOT_SHOWN.contains(field)) {
        put(field, &contact.value(field));
    }
    Value::Object(fields)
}

fn contacts(members: &BTreeMap<String, Contact>) -> Value {
    Value::Object(members.iter().map(|(id, member)| (id.clone(), contact(member, IN_LIST))).collect())
}

const fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Auto => "sure",
        Tier::Review => "review",
    }
}

/// Findings by kind, the most severe first.
pub(super) fn audit(report: &AuditReport) -> Value {
    let kinds: Vec<Value> = report
        .by_severity()
        .iter()
        .map(|found| {
            let examples = found.examples.iter().map(|example| {
                let fix = example.fix.iter();
                let fix: Vec<Value> = fix
                    .map(|(field, before, after)| {
                        json!({ "field": field, "before": shown(before, IN_LIST), "after": shown(after, IN_LIST) })
                    })
                    .collect();
                let value = shown(&example.value, IN_LIST);
                json!({ "contact": example.contact, "field": example.field, "value": value, "fix": fix })
            });
            json!({
                "kind": found.kind.name(), "severity": found.kind.severity().word(), "count": found.count,
                "fixable": found.fixable, "fix": found.kind.fixability().word(), "meaning": found.kind.meaning(),
                "examples": examples.collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "contacts": report.contacts, "affected": report.affected,
        "score": (report.contacts > 0).then(|| report.score()), "kinds": kinds,
    })
}

/// Totals of duplicates.
pub(super) fn totals(report: &DuplicatesReport) -> Value {
    let patterns: Vec<Value> =
        report.patterns.iter().map(|found| json!({ "pattern": found.pattern, "count": found.count })).collect();
    json!({
        "contacts": report.contacts, "sure": report.clusters_auto, "review": report.clusters_review,
        "entries_sure": report.entries_auto, "entries_review": report.entries_review,
        "questions": report.questions, "patterns": patterns,
    })
}

/// Groups, each with the decisions that there are inside it.
pub(super) fn groups(report: &DuplicatesReport, decisions: &DecisionsReport) -> Value {
    let groups: Vec<Value> = report.clusters.iter().map(|cluster| group(cluster, decisions)).collect();
    json!({ "total": report.total, "groups": groups, "members": contacts(&report.members), "totals": totals(report) })
}

fn group(cluster: &Cluster, decisions: &DecisionsReport) -> Value {
    let patterns: Vec<&str> = cluster.pairs.iter().map(|pair| pair.pattern.as_str()).collect();
    json!({
        "group": cluster.id, "tier": tier(cluster.tier), "score": cluster.score, "members": cluster.members,
        "patterns": patterns, "because": cluster.because(), "keep": cluster.keep.words(),
        "seen": decided_among(cluster.members.iter(), decisions),
    })
}

/// The decisions about two of these contacts: what the page shows back as seen when it decides.
fn decided_among<'a>(ids: impl Iterator<Item = &'a String>, decisions: &DecisionsReport) -> Vec<Value> {
    let ids: HashSet<&String> = ids.collect();
    let among = decisions.decisions.iter().map(|listed| &listed.kept);
    let among = among.filter(|kept| ids.contains(&kept.pair.0) && ids.contains(&kept.pair.1));
    among.map(|kept| json!([kept.pair.0, kept.pair.1, kept.verdict.word()])).collect()
}

/// Open questions.
pub(super) fn questions(report: &DuplicatesReport) -> Value {
    let pair = |pair: &Pair| json!({ "contacts": [pair.ids.0, pair.ids.1], "score": pair.score, "pattern": pair.pattern, "because": pair.because() });
    let pairs: Vec<Value> = report.pairs.iter().map(pair).collect();
    let shown = report.pairs.iter().flat_map(|pair| [&pair.ids.0, &pair.ids.1]);
    // The report has an example of each pattern besides.
    let members = shown.filter_map(|id| Some((id.clone(), contact(report.members.get(id)?, IN_LIST))));
    let members: Map<String, Value> = members.collect();
    json!({ "total": report.total, "pairs": pairs, "members": members, "totals": totals(report) })
}

/// Phone numbers and mailboxes of different people.
pub(super) fn shared_values(report: &SharedValuesReport, decisions: &DecisionsReport) -> Value {
    let values: Vec<Value> = report
        .values
        .iter()
        .map(|value| {
            json!({
                "value": shown(&value.value, IN_LIST), "subject": value.value, "sharing": value.sharing.words(),
                "settled": value.settled.word(), "people": value.people, "entries": value.entries(),
                "seen": decided_among(value.people.iter().flatten(), decisions),
            })
        })
        .collect();
    let counts: Map<String, Value> =
        report.counts.iter().map(|(sharing, count)| (sharing.words().to_owned(), json!(count))).collect();
    let (total, questions) = (report.total, report.questions);
    json!({ "total": total, "counts": counts, "questions": questions, "values": values, "members": contacts(&report.members) })
}

/// Decisions, the newest first.
pub(super) fn decisions(report: &DecisionsReport) -> Value {
    let decisions: Vec<Value> = report.decisions.iter().map(|listed| decision(&listed.kept, &listed.because)).collect();
    let counts: Map<String, Value> =
        report.counts.iter().map(|(verdict, count)| (verdict.word().to_owned(), json!(count))).collect();
    json!({ "total": report.total, "counts": counts, "decisions": decisions, "members": contacts(&report.members) })
}

fn decision(kept: &KeptDecision, because: &str) -> Value {
    json!({
        "contacts": [kept.pair.0, kept.pair.1], "verdict": kept.verdict.word(), "at": kept.at.map(|at| at.to_string()),
        "note": shown(&kept.note, IN_LIST), "because": because,
    })
}

/// A plan.
pub(super) fn plan(report: &PlanReport) -> Value {
    let pairs = |pairs: &[(String, u64)]| -> Vec<Value> {
        pairs.iter().map(|(what, count)| json!({ "what": shown(what, IN_LIST), "count": count })).collect()
    };
    json!({
        "plan": report.id, "fingerprint": report.fingerprint, "steps": report.steps, "contacts": report.contacts,
        "links": report.links, "linked": report.linked, "fields": pairs(&report.fields), "left_out": pairs(&report.left_out),
        "protected": pairs(&report.protected), "requests": report.requests, "minutes": report.minutes(),
        "counts": counts(&report.counts), "tried": report.tried, "made_at": report.made_at,
    })
}

/// How many steps are in which state.
pub(super) fn counts(counts: &Counts) -> Value {
    let Counts { pending, applied, skipped, ignored, unknown, undone, kept } = counts;
    json!({
        "pending": pending, "applied": applied, "skipped": skipped, "ignored": ignored, "unknown": unknown,
        "undone": undone, "kept": kept,
    })
}

/// Values of a plan before and after, with the contacts that they are of.
pub(super) fn steps(report: &StepsReport, members: &[Contact]) -> Value {
    let counts: Map<String, Value> =
        report.counts.iter().map(|(status, count)| (status.word().to_owned(), json!(count))).collect();
    let steps: Vec<Value> = report.steps.iter().map(step).collect();
    let names = members.iter().filter_map(|contact| Some((contact.id()?.to_owned(), named(contact))));
    let names: Map<String, Value> = names.collect();
    json!({ "total": report.total, "contacts": report.contacts, "counts": counts, "steps": steps, "names": names })
}

/// What a contact is called.
pub(super) fn named(contact: &Contact) -> Value {
    shown(&contact.name().unwrap_or_default(), IN_LIST)
}

/// One step.
pub(super) fn step(step: &Step) -> Value {
    let status = step.state.status().word();
    json!({
        "number": step.number, "contact": step.contact, "field": step.field, "before": value(&step.before),
        "after": value(&step.after), "status": status, "why": shown(step.why(), IN_LIST), "kind": step.kind,
        "group": step.group, "link": step.is_link().then(|| step.contacts().collect::<Vec<_>>()),
    })
}

fn value(value: &Value) -> Value {
    match value {
        Value::Null => json!(""),
        Value::String(text) => shown(text, IN_LIST),
        other => shown(&other.to_string(), IN_LIST),
    }
}

/// When plans were written.
pub(super) fn spans(spans: &[WriteSpan]) -> Value {
    let span = |span: &WriteSpan| {
        json!({
            "plan": span.plan, "work": span.work.name(), "first": span.first, "last": span.last, "contacts": span.contacts,
        })
    };
    spans.iter().map(span).collect()
}

/// Weeks that the overview shows, the last ones.
const WEEKS: usize = 12;

/// The numbers of the last weeks, the newest first.
pub(super) fn weeks(weeks: &[Week]) -> Value {
    let last = weeks.iter().rev().take(WEEKS);
    last.map(|week| {
        json!({
            "week": week.week, "score": week.score(), "findings": week.findings, "fixed": week.fixed, "undone": week.undone,
            "decided": week.decided,
        })
    })
    .collect()
}
