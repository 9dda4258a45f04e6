//! What a part of a cleanup came to, for scripts. Names are the reports' own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cleanup::duplicates::{Pair, Tier};
use crate::cleanup::{
    ApplyReport, AuditReport, Counts, DecideReport, DecisionsReport, DuplicatesReport, FindingExample, PlanReport,
    SharedValuesReport, Step, StepsReport, SyncReport, UndoReport,
};
use crate::cli::DuplicatesArguments;
use crate::model::Contact;

/// What a sync did.
pub(super) fn synced(report: &SyncReport) -> Value {
    let SyncReport { contacts, added, changed, gone, nameless, requests, unsorted, plans_removed, complete } = report;
    json!({
        "contacts": contacts, "added": added, "changed": changed, "gone": gone, "nameless": nameless, "requests": requests,
        "unsorted": unsorted, "plans_removed": plans_removed, "complete": complete,
    })
}

/// Findings by kind; the score is null where only certain kinds were asked for.
pub(super) fn audited(report: &AuditReport, is_whole: bool) -> Value {
    let kinds: Vec<Value> = report
        .by_severity()
        .iter()
        .map(|found| {
            json!({
                "kind": found.kind.name(), "severity": found.kind.severity().word(), "count": found.count,
                "fixable": found.fixable, "fix": found.kind.fixability().word(),
                "examples": found.examples.iter().map(example).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "contacts": report.contacts, "affected": report.affected, "score": (is_whole && report.contacts > 0).then(|| report.score()),
        "synced_at": report.synced_at.to_string(), "kinds": kinds,
    })
}

/// A finding with its values; what the fix sets, by field.
fn example(found: &FindingExample) -> Value {
    let fix: serde_json::Map<String, Value> =
        found.fix.iter().map(|(field, _, after)| ((*field).to_owned(), json!(after))).collect();
    json!({ "contact": found.contact, "field": found.field, "value": found.value, "fix": fix })
}

/// What tells contacts apart, by their ids.
fn members(members: &BTreeMap<String, Contact>) -> Value {
    let of = |contact: &Contact| {
        let fields = ["email", "birthday", "company_name", "channel_type", "last_seen", "updated_at"];
        let mut values: serde_json::Map<String, Value> =
            fields.iter().map(|field| ((*field).to_owned(), json!(contact.value(field)))).collect();
        values.insert("name".to_owned(), json!(contact.name().unwrap_or_default()));
        values.insert("phone".to_owned(), json!(contact.phone().unwrap_or_default()));
        Value::Object(values)
    };
    Value::Object(members.iter().map(|(id, contact)| (id.clone(), of(contact))).collect())
}

/// Phone numbers and mailboxes of different people.
pub(super) fn shared_values(report: &SharedValuesReport) -> Value {
    let values: Vec<Value> = report
        .values
        .iter()
        .map(|shared| {
            json!({
                "value": shared.value, "sharing": shared.sharing.words(), "settled": shared.settled.word(),
                "people": shared.people,
            })
        })
        .collect();
    json!({ "total": report.total, "questions": report.questions, "values": values, "contacts": members(&report.members) })
}

/// Groups and patterns.
pub(super) fn duplicates(report: &DuplicatesReport) -> Value {
    let tier = |tier: Tier| if tier == Tier::Auto { "sure" } else { "review" };
    let pair = |ids: &(String, String)| json!([ids.0, ids.1]);
    let scored = |found: &Pair| json!({ "contacts": pair(&found.ids), "score": found.score, "pattern": found.pattern });
    let clusters: Vec<Value> = report
        .clusters
        .iter()
        .map(|cluster| {
            let pairs: Vec<Value> = cluster.pairs.iter().map(scored).collect();
            json!({
                "group": cluster.id, "tier": tier(cluster.tier), "score": cluster.score, "members": cluster.members,
                "pairs": pairs, "because": cluster.because(), "keep": cluster.keep.words(),
            })
        })
        .collect();
    let patterns: Vec<Value> = report
        .patterns
        .iter()
        .map(|found| json!({ "pattern": found.pattern, "count": found.count, "example": pair(&found.example.ids) }))
        .collect();
    json!({
        "contacts": report.contacts, "sure": report.clusters_auto, "review": report.clusters_review,
        "questions": report.questions, "total": report.total, "groups": clusters, "patterns": patterns,
        "pairs": report.pairs.iter().map(scored).collect::<Vec<_>>(), "people": report.clusters_auto,
        "entries": report.entries_auto, "members": members(&report.members),
    })
}

/// A page of the questions by pattern.
pub(super) fn questions(report: &DuplicatesReport, page: &DuplicatesArguments) -> Value {
    let mut value = duplicates(report);
    if let Value::Object(fields) = &mut value {
        let total = report.patterns.len();
        let shown = fields.get("patterns").and_then(Value::as_array).into_iter().flatten();
        let shown: Vec<Value> = shown.skip(page.skip).take(page.limit).cloned().collect();
        fields.insert("patterns".to_owned(), shown.into());
        fields.insert("total".to_owned(), total.into());
    }
    value
}

/// What became of answers.
pub(super) fn decided(report: &DecideReport) -> Value {
    let DecideReport { settled, unsure, reopened, questions_left, .. } = report;
    json!({ "settled": settled, "unsure": unsure, "reopened": reopened, "questions_left": questions_left })
}

/// The decisions as JSON.
pub(super) fn decisions(report: &DecisionsReport) -> Value {
    let counts: serde_json::Map<String, Value> =
        report.counts.iter().map(|(verdict, count)| (verdict.word().to_owned(), json!(count))).collect();
    let listed = report.decisions.iter().map(|listed| {
        let kept = &listed.kept;
        json!({
            "contacts": [kept.pair.0, kept.pair.1], "verdict": kept.verdict.word(), "at": kept.at.map(|at| at.to_string()),
            "note": kept.note, "because": listed.because,
        })
    });
    let decisions: Vec<Value> = listed.collect();
    json!({ "total": report.total, "counts": counts, "decisions": decisions, "members": members(&report.members) })
}

/// A plan.
pub(super) fn planned(report: &PlanReport) -> Value {
    let fields: serde_json::Map<String, Value> =
        report.fields.iter().map(|(field, count)| (field.clone(), json!(count))).collect();
    let left_out: Vec<Value> =
        report.left_out.iter().map(|(reason, count)| json!({ "reason": reason, "count": count })).collect();
    let protected: Vec<Value> =
        report.protected.iter().map(|(what, count)| json!({ "what": what, "contacts": count })).collect();
    json!({
        "plan": report.id, "fingerprint": report.fingerprint, "steps": report.steps, "contacts": report.contacts,
        "links": report.links, "fields": fields, "examples": report.examples.iter().map(step).collect::<Vec<_>>(),
        "left_out": left_out, "requests": report.requests, "minutes": report.minutes(),
        "counts": counts(&report.counts), "protected": protected,
    })
}

/// What an apply did.
pub(super) fn applied(report: &ApplyReport) -> Value {
    let ApplyReport { plan, written, writes, requests, linked, remaining, stopped, .. } = report;
    json!({
        "plan": plan, "counts": counts(&report.counts), "written": written, "writes": writes, "linked": linked,
        "requests": requests, "remaining": remaining, "stopped": stopped,
    })
}

/// What an undo did.
pub(super) fn undone(report: &UndoReport) -> Value {
    let UndoReport { plan, undone, would, writes, remaining, stopped, .. } = report;
    let kept: Vec<Value> = report.kept.iter().map(step).collect();
    json!({
        "plan": plan, "undone": undone, "would": would, "kept": kept, "writes": writes, "remaining": remaining,
        "stopped": stopped,
    })
}

/// Values of a plan before and after.
pub(super) fn steps(report: &StepsReport) -> Value {
    let counts: serde_json::Map<String, Value> =
        report.counts.iter().map(|(status, count)| (status.word().to_owned(), json!(count))).collect();
    let steps: Vec<Value> = report.steps.iter().map(step).collect();
    json!({ "total": report.total, "contacts": report.contacts, "counts": counts, "steps": steps })
}

fn counts(counts: &Counts) -> Value {
    let Counts { pending, applied, skipped, ignored, unknown, undone, kept } = counts;
    json!({
        "pending": pending, "applied": applied, "skipped": skipped, "ignored": ignored, "unknown": unknown,
        "undone": undone, "kept": kept,
    })
}

fn step(step: &Step) -> Value {
    let (state, reason) = step.state.said();
    json!({
        "number": step.number, "contact": step.contact, "field": step.field, "before": step.before, "after": step.after,
        "state": state, "reason": reason, "kind": step.kind, "group": step.group,
    })
}
