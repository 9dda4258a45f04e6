//! The report as one HTML file that loads nothing: tables with bars, and the score over time as a line.

use std::fmt::Write as _;

use imbrace_contacts_client::characters::escaped;

use super::{Figure, Found, Report, change, day, fix, known};
use crate::plural::counted;
use crate::render::clipped;

/// Characters of a value.
const VALUE: usize = 200;

/// Width and height of the chart, in units of its own.
const CHART: (f64, f64) = (640.0, 160.0);

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:light-dark(#1b2430,#e6eaf0);--soft:light-dark(#515d6d,#a7b1c0);--line:light-dark(#d7dce3,#363d49);\
--ground:light-dark(#fff,#14171c);--bar:light-dark(#0b5e8a,#6cc0ee);font:100%/1.5 system-ui,sans-serif}\
body{max-width:60rem;margin:0 auto;padding:1rem;background:var(--ground);color:var(--ink)}h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:start;vertical-align:top;padding:.3rem .5rem;border-bottom:1px solid var(--line);font-weight:normal}\
thead th{color:var(--soft);font-size:.9rem}.n{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}.big{font-size:2.5rem;font-weight:700;margin:0}\
svg{max-width:100%;height:auto}.bar rect{fill:var(--bar)}.line polyline{fill:none;stroke:var(--bar);stroke-width:2}.line circle{fill:var(--bar)}\
.line text{fill:var(--soft);font-size:12px}.line path{stroke:var(--line)}small{color:var(--soft)}bdi{overflow-wrap:anywhere;white-space:pre-wrap}\
@media print{body{max-width:none}}";

/// A text inside of an element: what hides is written out, and nothing in it is markup.
fn text(text: &str) -> String {
    let clipped = clipped(text, VALUE);
    escaped(&clipped).chars().fold(String::new(), |mut text, letter| {
        match letter {
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '&' => text.push_str("&amp;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            letter => text.push(letter),
        }
        text
    })
}

/// A bar beside a figure that says the same.
fn bar(count: u64, most: u64) -> String {
    let width = 100.0 * count as f64 / most.max(1) as f64;
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 8\" width=\"160\" height=\"12\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\
         <rect width=\"{width:.1}\" height=\"8\"/></svg>"
    )
}

/// The score over time as a line.
fn line(scores: &[(jiff::Timestamp, u64)]) -> String {
    let (width, height) = CHART;
    let seconds = |at: &jiff::Timestamp| at.as_second() as f64;
    let (first, last) =
        (scores.first().map_or(0.0, |(at, _)| seconds(at)), scores.last().map_or(0.0, |(at, _)| seconds(at)));
    let place = |(at, score): &(jiff::Timestamp, u64)| {
        let x = 30.0 + (width - 60.0) * (seconds(at) - first) / (last - first).max(1.0);
        (x, height - 20.0 - (height - 40.0) * (*score as f64) / 100.0)
    };
    let points: Vec<(f64, f64)> = scores.iter().map(place).collect();
    let joined: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut svg = format!(
        "<svg class=\"line\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"Score over time, as in the table\">\
         <path d=\"M30 20V{base}H{end}\" fill=\"none\"/><polyline points=\"{}\"/>",
        joined.join(" "),
        base = height - 20.0,
        end = width - 30.0,
    );
    for ((x, y), (at, score)) in points.iter().zip(scores) {
        // Writing to a String cannot fail.
        let _ =
            write!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"><title>{}: {score}</title></circle>", day(*at));
    }
    let _ = write!(svg, "<text x=\"0\" y=\"24\">100</text><text x=\"12\" y=\"{}\">0</text></svg>", height - 16.0);
    svg
}

fn figures(report: &Report, title: &str, part: &str, figures: &[Figure]) -> String {
    if figures.is_empty() {
        return String::new();
    }
    let has_before = !report.earlier.is_empty();
    let head = if has_before { "<th scope=\"col\" class=\"n\">change</th>" } else { "" };
    let rows: String = figures
        .iter()
        .map(|(name, count)| {
            let change = if has_before {
                format!("<td class=\"n\">{}</td>", change(*count, report.before(part, name)))
            } else {
                String::new()
            };
            format!("<tr><th scope=\"row\">{}</th><td class=\"n\">{count}</td>{change}</tr>", text(name))
        })
        .collect();
    format!(
        "<h2>{title}</h2><table><thead><tr><th scope=\"col\">what</th><th scope=\"col\" class=\"n\">count</th>{head}</tr></thead>\
         <tbody>{rows}</tbody></table>"
    )
}

fn found_row(report: &Report, found: &Found, most: u64) -> String {
    let name = found.kind.name();
    let change = if report.earlier.is_empty() {
        String::new()
    } else {
        format!("<td class=\"n\">{}</td>", change(found.left, report.before("finding", name)))
    };
    let examples: String = found
        .examples
        .iter()
        .map(|example| {
            let fixes = example
                .fix
                .iter()
                .map(|(_, before, after)| format!("<bdi>{}</bdi> → <bdi>{}</bdi>", text(before), text(after)));
            let fixes: Vec<String> = fixes.collect();
            let shown =
                if fixes.is_empty() { format!("<bdi>{}</bdi>", text(&example.value)) } else { fixes.join("; ") };
            format!("<br>{shown}")
        })
        .collect();
    format!(
        "<tr><th scope=\"row\">{name}<br><small>{}{examples}</small></th><td>{}</td><td class=\"n\">{}</td>{change}<td>{}</td>\
         <td class=\"n\">{}</td><td>{}</td></tr>",
        text(found.kind.meaning()),
        found.kind.severity().word(),
        found.left,
        bar(found.left, most),
        found.fixed,
        fix(found.kind),
    )
}

fn weeks(report: &Report) -> String {
    if report.weeks.is_empty() {
        return String::new();
    }
    let row = |week: &crate::cleanup::Week| {
        let cells = [
            known(week.score()),
            known(week.findings),
            week.fixed.to_string(),
            week.undone.to_string(),
            week.decided.to_string(),
        ];
        let cells: String = cells.iter().map(|cell| format!("<td class=\"n\">{cell}</td>")).collect();
        format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", text(&week.week))
    };
    let rows: String = report.weeks.iter().map(row).collect();
    let heads = ["score", "findings", "fixed", "taken back", "decided"]
        .map(|head| format!("<th scope=\"col\" class=\"n\">{head}</th>"));
    format!(
        "<h2>Week by week</h2><table><thead><tr><th scope=\"col\">week</th>{}</tr></thead><tbody>{rows}</tbody></table>",
        heads.concat()
    )
}

/// The report.
pub(super) fn page(report: &Report) -> String {
    let most = report.found.iter().map(|found| found.left).max().unwrap_or_default();
    let rows: String = report.found.iter().map(|found| found_row(report, found, most)).collect();
    let change_head = if report.earlier.is_empty() { "" } else { "<th scope=\"col\" class=\"n\">change</th>" };
    let score =
        report.score.map(|score| format!("<p class=\"big\">{score}<small> / 100</small></p>")).unwrap_or_default();
    let scores = report.scores();
    let over_time = if scores.len() > 1 {
        let rows: String = scores
            .iter()
            .map(|(at, score)| format!("<tr><th scope=\"row\">{}</th><td class=\"n\">{score}</td></tr>", day(*at)))
            .collect();
        format!(
            "<h2>Score over time</h2>{}<table><thead><tr><th scope=\"col\">day</th><th scope=\"col\" class=\"n\">score</th></tr></thead>\
             <tbody>{rows}</tbody></table>",
            line(&scores)
        )
    } else {
        String::new()
    };
    let plans: String = report
        .plans
        .iter()
        .map(|plan| {
            let made = plan.made_at.get(..10).unwrap_or_default();
            format!(
                "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td class=\"n\">{}</td></tr>",
                text(&plan.plan),
                text(made),
                plan.contacts,
                plan.written,
                plan.undone,
                plan.linked
            )
        })
        .collect();
    let plans = if plans.is_empty() {
        String::new()
    } else {
        format!(
            "<h2>Written</h2><table><thead><tr><th scope=\"col\">plan</th><th scope=\"col\">made</th><th scope=\"col\" class=\"n\">contacts</th>\
             <th scope=\"col\" class=\"n\">fields that stand</th><th scope=\"col\" class=\"n\">taken back</th>\
             <th scope=\"col\" class=\"n\">groups linked</th></tr></thead><tbody>{plans}</tbody></table>"
        )
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"content-security-policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>Contacts of {place}</title><style>{STYLE}</style></head>\
         <body><main><h1>Contacts of {place}</h1><p>As of {at}: {contacts}, {affected} of them with a finding.</p>{score}{over_time}\
         <h2>Findings</h2><table><thead><tr><th scope=\"col\">finding</th><th scope=\"col\">severity</th><th scope=\"col\" class=\"n\">left</th>\
         {change_head}<td></td><th scope=\"col\" class=\"n\">fixed</th><th scope=\"col\">correction</th></tr></thead><tbody>{rows}</tbody></table>\
         {duplicates}{decisions}{weeks}{plans}</main></body></html>\n",
        place = text(&report.place),
        at = report.at.strftime("%Y-%m-%d %H:%M UTC"),
        contacts = counted(report.contacts, "contact"),
        affected = report.affected,
        duplicates = figures(report, "Duplicates", "duplicates", &report.duplicates),
        decisions = figures(report, "Decisions", "decisions", &report.decisions),
        weeks = weeks(report),
    )
}
