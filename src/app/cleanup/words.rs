//! What a part of a cleanup came to, for people. Customers' words in it are quoted and cleaned.

use std::fmt::Write;

use serde_json::Value;

use crate::cleanup::{
    ApplyReport, AuditReport, CleanupError, Counts, DecideReport, DuplicatesReport, PlanReport, SyncReport, UndoReport,
    Undoable,
};
use crate::plural::{agree, counted};
use crate::render::{clipped, list_age, quoted};

/// Why nothing was done, and what to do about it.
pub(super) fn refused(error: &CleanupError, again: &str) -> String {
    let hint = match error {
        CleanupError::NoSnapshot => format!("\nnext: imbrace-contacts-mcp cleanup sync{again}"),
        _ => String::new(),
    };
    format!("error: {}{hint}\n", clipped(&error.to_string(), 600))
}

/// What a sync did.
pub(super) fn synced(report: &SyncReport) -> String {
    let SyncReport { contacts, added, changed, gone, nameless, requests, unsorted, complete } = report;
    let state = if *complete { "up to date" } else { "not complete yet" };
    let mut note = String::new();
    if *unsorted {
        note.push_str("the gateway cannot list by last edit: every sync reads every contact\n");
    }
    if *nameless > 0 {
        let (rows, have, are) =
            (counted(*nameless, "row"), agree(*nameless, "has", "have"), agree(*nameless, "is", "are"));
        let _ = writeln!(note, "{rows} of the list {have} no id that can be read, and {are} left out");
    }
    let (contacts, requests) = (counted(*contacts, "contact"), counted(*requests, "request"));
    format!("{contacts}, {state}: {added} new, {changed} changed, {gone} gone; {requests}\n{note}")
}

/// Findings by kind, as a table; with a score unless only certain kinds were asked for.
pub(super) fn audited(report: &AuditReport, is_whole: bool) -> String {
    let AuditReport { contacts, affected, synced_at, .. } = report;
    let mut text = format!(
        "{affected} of {} {} a finding ({})",
        counted(*contacts, "contact"),
        agree(*affected, "has", "have"),
        list_age(*synced_at)
    );
    if is_whole {
        let _ = write!(text, "; score {} of 100", report.score());
    }
    text.push_str("\n\n");
    let width = report.kinds.iter().map(|found| found.kind.name().len()).max().unwrap_or_default().max(4);
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:<width$}  {:>7}  {:<8}  {:<4}  meaning", "kind", "count", "severity", "fix");
    for found in report.by_severity() {
        let (kind, count) = (found.kind, found.count);
        let (severity, fix) = (kind.severity().word(), kind.fixability().word());
        let _ = writeln!(text, "{:<width$}  {count:>7}  {severity:<8}  {fix:<4}  {}", kind.name(), kind.meaning());
        for example in &found.examples {
            let _ = writeln!(text, "{:<width$}  {example}", "");
        }
    }
    text
}

/// Groups and patterns of questions.
pub(super) fn duplicates(report: &DuplicatesReport, skip: usize) -> String {
    let DuplicatesReport { contacts, clusters_auto, clusters_review, questions, total, clusters, pairs, patterns } =
        report;
    let mut text = format!(
        "{}: {clusters_auto} sure {}, {clusters_review} to review, {}\n",
        counted(*contacts, "contact"),
        agree(*clusters_auto, "group", "groups"),
        counted(*questions, "question")
    );
    for cluster in clusters {
        let mut because: Vec<&str> = cluster.pairs.iter().map(|pair| pair.pattern.as_str()).collect();
        because.sort_unstable();
        because.dedup();
        let _ = writeln!(text, "\n{}  {:.2}  {}", cluster.id, cluster.score, because.join(" / "));
        for (place, member) in cluster.members.iter().enumerate() {
            let _ = writeln!(text, "  {}  {member}", if place == 0 { "keep" } else { "    " });
        }
    }
    for pair in pairs {
        let (first, second) = &pair.ids;
        let _ = writeln!(text, "{:.2}  {first}:{second}", pair.score);
    }
    let (what, shown) = if pairs.is_empty() { ("groups", clusters.len()) } else { ("questions", pairs.len()) };
    if ((skip + shown) as u64) < *total {
        let _ = writeln!(text, "\n{what} {}-{} of {total}; --skip and --limit show others", skip + 1, skip + shown);
    }
    if !patterns.is_empty() {
        let _ = writeln!(text, "\nquestions by pattern:");
        for found in patterns.iter().take(20) {
            let (first, second) = &found.example.ids;
            let _ = writeln!(text, "{:>6}  {}  ({first}:{second})", found.count, found.pattern);
        }
    }
    text
}

/// What became of answers.
pub(super) fn decided(report: &DecideReport) -> String {
    format!("{} settled, {} left\n", counted(report.settled, "pair"), counted(report.questions_left, "question"))
}

/// Every plan, a line each.
pub(super) fn plans(plans: &[PlanReport]) -> String {
    if plans.is_empty() {
        return "no plans yet\n".to_owned();
    }
    plans.iter().fold(String::new(), |mut text, plan| {
        let _ = writeln!(text, "{}  {}", plan.id, crate::cleanup::csv_export::titled(plan, &states(&plan.counts)));
        text
    })
}

/// A plan whole: totals, examples, what was left out.
pub(super) fn planned(report: &PlanReport) -> String {
    let PlanReport { id, fingerprint, steps, contacts, links, requests, .. } = report;
    let mut text =
        format!("{id}  fingerprint {fingerprint}\n{} of {}", counted(*steps, "change"), counted(*contacts, "contact"));
    if *links > 0 {
        let _ = write!(
            text,
            ", {} {}",
            counted(*links, "group"),
            if report.linked > 0 { "linked here" } else { "to link here" }
        );
    }
    let _ = writeln!(
        text,
        "; about {}, {} min at {} a second; {}",
        counted(*requests, "request"),
        report.minutes(),
        PlanReport::RATE,
        states(&report.counts)
    );
    for (field, count) in &report.fields {
        let _ = writeln!(text, "{count:>8}  {field}");
    }
    if !report.examples.is_empty() {
        let _ = writeln!(text, "for example:");
    }
    for step in &report.examples {
        let (before, after) = (shown(&step.before), shown(&step.after));
        let unseen = if before == after { " (spaces)" } else { "" };
        let _ = writeln!(text, "  {}  {}: {before} -> {after}{unseen}", step.contact, step.field);
    }
    for (reason, count) in &report.left_out {
        let _ = writeln!(text, "left out {count}: {reason}");
    }
    text
}

/// A value of a contact as a person can read it.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| quoted(&value.to_string(), 60), |text| quoted(text, 60))
}

/// What an apply did, and where.
pub(super) fn applied(report: &ApplyReport, place: &str) -> String {
    let ApplyReport { counts, written, requests, linked, remaining, stopped, .. } = report;
    let mut text = String::new();
    if counts.total() > 0 || *linked == 0 {
        let states = states(counts);
        let _ = writeln!(
            text,
            "{} written in {place} by {}; in all: {states}",
            counted(*written, "contact"),
            counted(*requests, "request")
        );
    }
    if *linked > 0 {
        let _ = writeln!(
            text,
            "{} {} linked here; the gateway knows nothing of it",
            counted(*linked, "group"),
            agree(*linked, "is", "are")
        );
    }
    if let Some(why) = stopped {
        let _ = writeln!(text, "stopped: {}", clipped(why, 400));
    }
    if *remaining > 0 {
        let _ = writeln!(text, "{} still to do", counted(*remaining, "contact"));
    }
    text
}

/// What is asked before an undo.
pub(super) fn would_undo(found: Undoable, plan: &str, place: &str) -> String {
    let Undoable { contacts, fields, links } = found;
    let links = if links > 0 { format!(" and unlink {} here", counted(links, "group")) } else { String::new() };
    format!(
        "Put back {} of {} by {plan}, unless edited since, in {place}{links}?",
        counted(fields, "field"),
        counted(contacts, "contact")
    )
}

/// What an undo did or would do.
pub(super) fn undone(report: &UndoReport, is_written: bool, place: &str) -> String {
    let UndoReport { undone, kept, would, writes, unlinked, linked, remaining, stopped, .. } = report;
    let mut text = String::new();
    // A plan that only links has no fields to speak of.
    if report.has_fields() || unlinked + linked == 0 {
        let _ = if is_written {
            writeln!(text, "{} put back in {} in {place}", counted(*undone, "field"), counted(*writes, "contact"))
        } else {
            writeln!(text, "nothing was written; {} can be put back", counted(*would, "field"))
        };
    }
    if *unlinked > 0 {
        let said = if is_written {
            agree(*unlinked, "is no longer linked here", "are no longer linked here")
        } else {
            "would no longer be linked here"
        };
        let _ = writeln!(text, "{} {said}", counted(*unlinked, "group"));
    }
    if *linked > 0 {
        let _ = writeln!(
            text,
            "{} {} linked here: only an undo of the whole plan ends that",
            counted(*linked, "group"),
            agree(*linked, "stays", "stay")
        );
    }
    if !kept.is_empty() {
        let _ =
            writeln!(text, "{} {}:", counted(kept.len() as u64, "field"), agree(kept.len() as u64, "stays", "stay"));
    }
    for step in kept.iter().take(20) {
        let _ = writeln!(text, "  {}  {}: {}", step.contact, step.field, clipped(step.why(), 120));
    }
    if let Some(why) = stopped {
        let _ = writeln!(text, "stopped: {}", clipped(why, 400));
    }
    if is_written && *remaining > 0 {
        let _ = writeln!(text, "{} still to do", counted(*remaining, "contact"));
    }
    text
}

/// The states of a plan's steps that occur.
pub(super) fn states(counts: &Counts) -> String {
    let Counts { pending, applied, skipped, ignored, unknown, undone, kept } = *counts;
    let named = [
        (pending, "to do"),
        (applied, "applied"),
        (skipped, "skipped"),
        (ignored, "ignored by the gateway"),
        (unknown, "outcome unknown"),
        (undone, "undone"),
        (kept, "kept"),
    ];
    let occurring = named.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
    let occurring: Vec<String> = occurring.collect();
    if occurring.is_empty() { "nothing to do".to_owned() } else { occurring.join(", ") }
}
