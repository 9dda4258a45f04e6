//! What a part of a cleanup came to, for people. Customers' words in it are quoted and cleaned.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;
use unicode_width::UnicodeWidthStr;

use crate::cleanup::duplicates::Tier;
use crate::cleanup::{
    ApplyReport, AuditReport, CleanupError, Counts, DecideReport, DecisionsReport, DuplicatesReport, Filter,
    FindingExample, PatternCount, PlanReport, Settled, SharedValuesReport, Step, StepsReport, SyncReport, UndoReport,
    Undoable, Upcoming, differing, statuses,
};
use crate::cli::DuplicatesArguments;
use crate::model::Contact;
use crate::plural::{agree, counted};
use crate::render::{change, clipped, list_age, quoted};

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
    let SyncReport { contacts, added, changed, gone, nameless, requests, unsorted, plans_removed, complete } = report;
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
    if *plans_removed > 0 {
        let (plans, are) = (counted(*plans_removed, "plan"), agree(*plans_removed, "is", "are"));
        let _ = writeln!(note, "{plans} {are} older than --keep-plans and removed, with what could be undone by it");
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
    if is_whole && *contacts > 0 {
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
            let _ = writeln!(text, "{:<width$}  {}", "", example_words(example));
        }
    }
    text
}

/// A finding with its values.
fn example_words(found: &FindingExample) -> String {
    let FindingExample { contact, field, value, fix } = found;
    if fix.is_empty() {
        return format!("{contact}  {field}: {}", quoted(value, 60));
    }
    let fixes = fix.iter().map(|(field, before, after)| format!("{field}: {}", change(before, after, 60)));
    format!("{contact}  {}", fixes.collect::<Vec<_>>().join("; "))
}

/// Contacts as a table: what tells people apart, with what they do not all hold alike at the end of each row.
fn members_table(ids: &[String], members: &BTreeMap<String, Contact>, first_words: &[&str]) -> String {
    let known: Vec<&Contact> = ids.iter().filter_map(|id| members.get(id)).collect();
    let mut differing = differing(&known).into_iter();
    let row = |(place, id): (usize, &String)| {
        let first = first_words.get(place).copied().unwrap_or_default().to_owned();
        let Some(contact) = members.get(id) else { return vec![first, id.clone()] };
        let day = |field: &str| contact.value(field).chars().take(10).collect::<String>();
        let seen = Some(day("last_seen")).filter(|seen| !seen.is_empty()).unwrap_or_else(|| day("updated_at"));
        let fields = differing.next().unwrap_or_default();
        let fields = fields.iter().map(|(name, value)| format!("{name}={}", clipped(value, 24)));
        let name: String = contact.name().map(Into::into).unwrap_or_default();
        vec![
            first,
            id.clone(),
            clipped(&name, 28),
            clipped(&contact.phone().unwrap_or_default(), 20),
            clipped(&contact.value("email"), 36),
            clipped(&seen, 10),
            fields.collect::<Vec<_>>().join(" "),
        ]
    };
    aligned(&ids.iter().enumerate().map(row).collect::<Vec<_>>())
}

/// Rows in columns of equal width on a terminal.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |text: &str| text.width();
    let widest =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    rows.iter().fold(String::new(), |mut text, row| {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let cells = cells.map(|(cell, most)| format!("{cell}{}", " ".repeat(most - width(cell).min(*most))));
        let _ = writeln!(text, "  {}", cells.collect::<Vec<_>>().join("  ").trim_end());
        text
    })
}

/// Phone numbers and mailboxes of different people.
pub(super) fn shared_values(report: &SharedValuesReport, skip: usize) -> String {
    let SharedValuesReport { total, counts, questions, values, members, .. } = report;
    let counts: Vec<String> = counts.iter().map(|(how, count)| format!("{} {count}", how.words())).collect();
    let all: u64 = report.counts.values().sum();
    let counts = if counts.is_empty() { String::new() } else { format!(": {}", counts.join(", ")) };
    let mut text =
        format!("{} of different people{counts}; {questions} with an open question\n", counted(all, "value"));
    for shared in values {
        let (value, people) = (clipped(&shared.value, 60), shared.people.len());
        let _ = writeln!(
            text,
            "\n{value}  {}, {people} people behind {}, {}",
            shared.sharing.words(),
            format_args!("{} {}", shared.entries(), agree(shared.entries(), "entry", "entries")),
            match shared.settled {
                Settled::Question => "an open question",
                Settled::Rule => "kept apart by the matcher",
                Settled::Decided => "decided",
            }
        );
        let ids: Vec<String> = shared.people.iter().take(6).filter_map(|person| person.first().cloned()).collect();
        text.push_str(&members_table(&ids, members, &[]));
        if people > ids.len() {
            let _ = writeln!(text, "  and {} more", people - ids.len());
        }
    }
    if ((skip + values.len()) as u64) < *total {
        let (first, last) = (skip + 1, skip + values.len());
        let _ = writeln!(text, "\nvalues {first}-{last} of {total}; --skip and --limit show others");
    }
    text
}

/// Whose days the dates of a filter are, where it has any.
pub(super) fn dates(filter: &Filter) -> String {
    if filter.has_dates() { format!("dates in {}\n", filter.time_zone()) } else { String::new() }
}

/// A filter that means nobody.
pub(super) fn no_match(filter: &Filter, synced_at: jiff::Timestamp) -> String {
    let zone = if filter.has_dates() { format!(" (dates in {})", filter.time_zone()) } else { String::new() };
    format!("no contact matches {filter}{zone} ({})\n", list_age(synced_at))
}

/// Groups and patterns of questions.
pub(super) fn duplicates(report: &DuplicatesReport, skip: usize) -> String {
    let DuplicatesReport { contacts, clusters_auto, clusters_review, entries_auto, entries_review, .. } = report;
    let DuplicatesReport { questions, total, clusters, pairs, patterns, members, .. } = report;
    let mut text = format!(
        "{}: {clusters_auto} {} behind {entries_auto} {} in sure {}, {clusters_review} {} of {entries_review} to review, {}\n",
        counted(*contacts, "contact"),
        agree(*clusters_auto, "person", "people"),
        agree(*entries_auto, "entry", "entries"),
        agree(*clusters_auto, "group", "groups"),
        agree(*clusters_review, "group", "groups"),
        counted(*questions, "question")
    );
    for cluster in clusters {
        let sure = if cluster.tier == Tier::Auto { "sure" } else { "to review" };
        let keep = cluster.keep.words();
        let _ = writeln!(text, "\n{}  {sure} {:.2}  {}; keep {keep}", cluster.id, cluster.score, cluster.because());
        text.push_str(&members_table(&cluster.members, members, &["keep"]));
    }
    for pair in pairs {
        let (first, second) = &pair.ids;
        let _ = writeln!(text, "\n{:.2}  {first}:{second}", pair.score);
        text.push_str(&members_table(&[first.clone(), second.clone()], members, &[]));
    }
    let (what, shown) = if pairs.is_empty() { ("groups", clusters.len()) } else { ("questions", pairs.len()) };
    if ((skip + shown) as u64) < *total {
        let _ = writeln!(text, "\n{what} {}-{} of {total}; --skip and --limit show others", skip + 1, skip + shown);
    }
    if !patterns.is_empty() {
        let _ = writeln!(text, "\nquestions by pattern:");
        patterns.iter().take(20).for_each(|found| text.push_str(&pattern(found, members)));
    }
    text
}

/// A page of the questions by pattern, each with a pair as an example.
pub(super) fn questions(report: &DuplicatesReport, page: &DuplicatesArguments) -> String {
    let total = report.patterns.len();
    let mut text = format!(
        "{} of {}; list those of one by --tier questions --pattern PATTERN\n",
        counted(report.questions, "question"),
        counted(total as u64, "pattern")
    );
    let shown: Vec<&PatternCount> = report.patterns.iter().skip(page.skip).take(page.limit).collect();
    shown.iter().for_each(|found| text.push_str(&pattern(found, &report.members)));
    if total > 0 && shown.len() < total {
        let (first, last) = (page.skip + 1, page.skip + shown.len());
        let shown = if shown.is_empty() { "none".to_owned() } else { format!("{first}-{last}") };
        let _ = writeln!(text, "\npatterns {shown} of {total}; --skip and --limit show others");
    }
    text
}

fn pattern(found: &PatternCount, members: &BTreeMap<String, Contact>) -> String {
    let (first, second) = &found.example.ids;
    let table = members_table(&[first.clone(), second.clone()], members, &[]);
    format!("{:>6}  {}  ({first}:{second})\n{table}", found.count, found.pattern)
}

/// What became of answers.
pub(super) fn decided(report: &DecideReport) -> String {
    report.in_words() + "\n"
}

/// The decisions, the newest first.
pub(super) fn decisions(report: &DecisionsReport, skip: usize) -> String {
    let DecisionsReport { total, counts, decisions, members, .. } = report;
    let all: u64 = counts.values().sum();
    let of_each: Vec<String> = counts.iter().map(|(verdict, count)| format!("{} {count}", verdict.word())).collect();
    if all == 0 {
        return "no decisions yet\n".to_owned();
    }
    let mut text = format!("{}: {}\n", counted(all, "decision"), of_each.join(", "));
    if *total == 0 {
        text.push_str("none of them is of this kind\n");
    }
    for listed in decisions {
        let (first, second) = &listed.kept.pair;
        let at = listed.kept.at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
        let note = &listed.kept.note;
        let note = if note.is_empty() { String::new() } else { format!("  {}", quoted(note, 120)) };
        let _ = writeln!(text, "\n{}  {at}  {first}:{second}  {}{note}", listed.kept.verdict.word(), listed.because);
        text.push_str(&members_table(&[first.clone(), second.clone()], members, &[]));
    }
    if ((skip + decisions.len()) as u64) < *total {
        let (first, last) = (skip + 1, skip + decisions.len());
        let _ = writeln!(text, "\ndecisions {first}-{last} of {total}; --skip and --limit show others");
    }
    text
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
    for (what, count) in &report.protected {
        let _ = match count {
            0 => writeln!(text, "warning: --protect {what} matches nobody"),
            _ => writeln!(text, "protected by {what}: {}", counted(*count, "contact")),
        };
    }
    text
}

/// A value of a contact as a person can read it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => quoted("", 60),
        Value::String(text) => quoted(text, 60),
        other => quoted(&other.to_string(), 60),
    }
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

/// What is asked before a plan is applied.
pub(super) fn would_write(plan: &PlanReport, upcoming: Upcoming, place: &str) -> String {
    let Upcoming { contacts, fields, remaining } = upcoming;
    if contacts == 0 {
        return format!("Write this to {place}?");
    }
    let link = if plan.links > plan.linked {
        format!(" and link {} here", counted(plan.links, "group"))
    } else {
        String::new()
    };
    let later = match remaining - contacts {
        0 => String::new(),
        later => format!("; {later} {} for later", agree(later, "stays", "stay")),
    };
    let (contacts, fields) = (counted(contacts, "contact"), counted(fields, "field"));
    format!("Will now write {contacts} ({fields}) of {remaining} in {place}{link}{later}. Go on?")
}

/// Values of a plan before and after, a line each.
pub(super) fn steps(report: &StepsReport, skip: usize) -> String {
    let StepsReport { total, contacts, steps, counts } = report;
    let counts = statuses(counts);
    let (found, contacts) = (counted(*total, "step"), counted(*contacts, "contact"));
    let mut text = format!("{found} of {contacts}; all of the plan: {counts}\n");
    let value = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |step: &Step| {
        let (status, reason) = (step.state.status().word(), step.state.said().1);
        let status = if reason.is_empty() { status.to_owned() } else { format!("{status}: {}", clipped(&reason, 80)) };
        let change = if step.is_link() {
            format!("{} with {}", step.group, step.contacts().skip(1).collect::<Vec<_>>().join(" "))
        } else {
            change(&value(&step.before), &value(&step.after), 60)
        };
        vec![step.contact.clone(), step.field.clone(), change, step.kind.clone(), status]
    };
    text.push_str(&aligned(&steps.iter().map(row).collect::<Vec<_>>()));
    if ((skip + steps.len()) as u64) < *total {
        let (first, last) = (skip + 1, skip + steps.len());
        let _ = writeln!(text, "steps {first}-{last} of {total}; --skip and --limit show others");
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
    if let Some(nothing) = report.nothing() {
        let _ = writeln!(text, "{nothing}");
    } else if report.has_fields() {
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
            "{} {} linked here: an undo of the whole plan ends that, or one of their groups",
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
