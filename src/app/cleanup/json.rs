//! What a part of a cleanup came to, for scripts. Names are the reports' own.

use serde_json::{Value, json};

use crate::cleanup::duplicates::{Pair, Tier};
use crate::cleanup::{
    ApplyReport, AuditReport, Counts, DecideReport, DuplicatesReport, PlanReport, Step, SyncReport, UndoReport,
};

/// What a sync did.
pub(super) fn synced(report: &SyncReport) -> Value {
    let SyncReport { contacts, added, changed, gone, nameless, requests, unsorted, complete } = report;
    json!({
        "contacts": contacts, "added": added, "changed": changed, "gone": gone, "nameless": nameless, "requests": requests,
        "unsorted": unsorted, "complete": complete,
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
                "fixable": found.fixable, "fix": found.kind.fixability().word(), "examples": found.examples,
            })
        })
        .collect();
    json!({
        "contacts": report.contacts, "affected": report.affected, "score": is_whole.then(|| report.score()),
        "synced_at": report.synced_at.to_string(), "kinds": kinds,
    })
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
                "pairs": pairs,
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
        "pairs": report.pairs.iter().map(scored).collect::<Vec<_>>(),
    })
}

/// What became of answers.
pub(super) fn decided(report: &DecideReport) -> Value {
    json!({ "settled": report.settled, "questions_left": report.questions_left })
}

/// A plan.
pub(super) fn planned(report: &PlanReport) -> Value {
    let fields: serde_json::Map<String, Value> =
        report.fields.iter().map(|(field, count)| (field.clone(), json!(count))).collect();
    let left_out: Vec<Value> =
        report.left_out.iter().map(|(reason, count)| json!({ "reason": reason, "count": count })).collect();
    json!({
        "plan": report.id, "fingerprint": report.fingerprint, "steps": report.steps, "contacts": report.contacts,
        "links": report.links, "fields": fields, "examples": report.examples.iter().map(step).collect::<Vec<_>>(),
        "left_out": left_out, "requests": report.requests, "minutes": report.minutes(),
        "counts": counts(&report.counts),
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
        "state": state, "reason": reason,
    })
}
