//! The report as Markdown: tables that a wiki or a pull request shows.

use std::fmt::Write as _;

use imbrace_contacts_client::characters::escaped;

use super::{Figure, Report, change, day, fix, known};
use crate::cleanup::FindingExample;
use crate::plural::counted;
use crate::render::clipped;

/// Characters of a value.
const VALUE: usize = 120;

/// A stranger's text in a cell: one line, with nothing that Markdown or HTML would read.
fn cell(text: &str) -> String {
    let text = clipped(text, VALUE);
    escaped(&text).chars().fold(String::new(), |mut cell, letter| {
        match letter {
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '&' => cell.push_str("&amp;"),
            letter if letter.is_ascii_punctuation() => cell.extend(['\\', letter]),
            letter => cell.push(letter),
        }
        cell
    })
}

fn example(found: &FindingExample) -> String {
    if found.fix.is_empty() {
        return cell(&found.value);
    }
    let fixes = found.fix.iter().map(|(_, before, after)| format!("{} → {}", cell(before), cell(after)));
    fixes.collect::<Vec<_>>().join("; ")
}

/// The report.
pub(super) fn page(report: &Report) -> String {
    let mut text = format!("# Contacts of {}\n\n", cell(&report.place));
    // Writing to a String cannot fail.
    let score = report.score.map(|score| format!(" Score: **{score}** of 100.")).unwrap_or_default();
    let _ = writeln!(
        text,
        "As of {}: {}, {} of them with a finding.{score}\n",
        report.at.strftime("%Y-%m-%d %H:%M UTC"),
        counted(report.contacts, "contact"),
        report.affected
    );
    let scores = report.scores();
    if scores.len() > 1 {
        let _ = writeln!(text, "## Score over time\n\n| day | score |\n|---|---:|");
        for (at, score) in scores {
            let _ = writeln!(text, "| {} | {score} |", day(at));
        }
        text.push('\n');
    }
    let has_before = !report.earlier.is_empty();
    let change_head = if has_before { (" change |", "---:|") } else { ("", "") };
    let _ = writeln!(
        text,
        "## Findings\n\n| finding | severity | left |{} fixed | correction |\n|---|---|---:|{}---:|---|",
        change_head.0, change_head.1
    );
    for found in &report.found {
        let name = found.kind.name();
        let change = if has_before {
            format!(" {} |", change(found.left, report.before("finding", name)))
        } else {
            String::new()
        };
        let (severity, fix) = (found.kind.severity().word(), fix(found.kind));
        let _ = writeln!(text, "| `{name}` | {severity} | {} |{change} {} | {fix} |", found.left, found.fixed);
    }
    for found in report.found.iter().filter(|found| !found.examples.is_empty()) {
        let _ = writeln!(text, "\n`{}`: {}", found.kind.name(), found.kind.meaning());
        for shown in &found.examples {
            let _ = writeln!(text, "- {}", example(shown));
        }
    }
    let mut figures = |title: &str, part: &str, figures: &[Figure]| {
        if figures.is_empty() {
            return;
        }
        let _ = writeln!(text, "\n## {title}\n\n| what | count |{}\n|---|---:|{}", change_head.0, change_head.1);
        for (name, count) in figures {
            let change =
                if has_before { format!(" {} |", change(*count, report.before(part, name))) } else { String::new() };
            let _ = writeln!(text, "| {name} | {count} |{change}");
        }
    };
    figures("Duplicates", "duplicates", &report.duplicates);
    figures("Decisions", "decisions", &report.decisions);
    if !report.weeks.is_empty() {
        let _ = writeln!(
            text,
            "\n## Week by week\n\n| week | score | findings | fixed | taken back | decided |\n|---|---:|---:|---:|---:|---:|"
        );
        for week in &report.weeks {
            let (score, findings) = (known(week.score()), known(week.findings));
            let _ = writeln!(
                text,
                "| {} | {score} | {findings} | {} | {} | {} |",
                week.week, week.fixed, week.undone, week.decided
            );
        }
    }
    if !report.plans.is_empty() {
        let _ = writeln!(
            text,
            "\n## Written\n\n| plan | made | contacts | fields that stand | taken back | groups linked |\n|---|---|---:|---:|---:|---:|"
        );
        for plan in &report.plans {
            let made = plan.made_at.get(..10).unwrap_or_default();
            let _ = writeln!(
                text,
                "| {} | {made} | {} | {} | {} | {} |",
                plan.plan, plan.contacts, plan.written, plan.undone, plan.linked
            );
        }
    }
    text
}
