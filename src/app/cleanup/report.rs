//! `cleanup report`: what was found, fixed, left and decided, as a file to hand on. It holds nobody's data unless examples are asked for.

mod html;
mod markdown;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::export::{refusal, write};
use super::{CleanupSession, changes};
use crate::app::{ANSWERED_ERROR, DONE, Ending, UsageError};
use crate::cleanup::csv_import::Sheet;
use crate::cleanup::findings::{Fixability, Kind};
use crate::cleanup::{AuditRequest, DecisionsRequest, DuplicatesRequest, FindingExample, StepStatus, Week, csv_export};
use crate::cli::ReportArguments;
use crate::render::list_age;
use crate::telemetry;

/// The columns of the CSV.
const COLUMNS: [&str; 7] = ["at", "place", "part", "name", "count", "fixable", "fixed"];

/// One kind of finding: how often it is there, and what was done about it.
struct Found {
    kind: Kind,
    left: u64,
    fixable: u64,
    /// Fields that plans have written for it and that stand.
    fixed: u64,
    examples: Vec<FindingExample>,
}

/// A figure with its name.
type Figure = (String, u64);

/// A plan that has written something.
struct Written {
    plan: String,
    made_at: String,
    contacts: u64,
    written: u64,
    undone: u64,
    linked: u64,
}

/// An earlier report, as much of it as is compared.
struct Earlier {
    at: jiff::Timestamp,
    score: Option<u64>,
    figures: BTreeMap<(String, String), u64>,
}

/// What a report says.
struct Report {
    place: String,
    /// When the contacts were read.
    at: jiff::Timestamp,
    contacts: u64,
    affected: u64,
    score: Option<u64>,
    found: Vec<Found>,
    duplicates: Vec<Figure>,
    decisions: Vec<Figure>,
    plans: Vec<Written>,
    /// The numbers of each week, the oldest first.
    weeks: Vec<Week>,
    /// Earlier ones, the oldest first.
    earlier: Vec<Earlier>,
}

impl Report {
    async fn of(session: &CleanupSession, examples: usize, earlier: Vec<Earlier>) -> anyhow::Result<Self> {
        let workspace = &session.workspace;
        let audit = workspace.audit(AuditRequest { examples, ..AuditRequest::default() }).await?;
        let duplicates = workspace.duplicates(DuplicatesRequest::default()).await?;
        let decisions = workspace.decisions(DecisionsRequest { limit: 0, ..DecisionsRequest::default() }).await?;
        let (mut plans, mut fixed) = (Vec::new(), BTreeMap::<String, u64>::new());
        for plan in workspace.plans().await?.into_iter().filter(|plan| plan.tried > 0 || plan.linked > 0) {
            for step in workspace.steps(&plan.id).await? {
                if step.state.status() == StepStatus::Written {
                    *fixed.entry(step.kind).or_default() += 1;
                }
            }
            let (written, undone) = (plan.counts.applied, plan.counts.undone);
            let (contacts, linked) = (plan.tried, plan.linked);
            plans.push(Written { plan: plan.id, made_at: plan.made_at, contacts, written, undone, linked });
        }
        let score = (audit.contacts > 0).then(|| audit.score());
        let mut found: Vec<Found> = Kind::ALL
            .into_iter()
            .filter_map(|kind| {
                let now = audit.kinds.iter().find(|found| found.kind == kind);
                let fixed = fixed.get(kind.name()).copied().unwrap_or_default();
                (now.is_some() || fixed > 0).then(|| Found {
                    kind,
                    left: now.map_or(0, |now| now.count),
                    fixable: now.map_or(0, |now| now.fixable),
                    fixed,
                    examples: now.map(|now| now.examples.clone()).unwrap_or_default(),
                })
            })
            .collect();
        found.sort_by_key(|found| std::cmp::Reverse((found.kind.severity(), found.left)));
        let figure = |name: &str, count: u64| (name.to_owned(), count);
        Ok(Self {
            place: session.place.named(),
            at: audit.synced_at,
            contacts: audit.contacts,
            affected: audit.affected,
            score,
            found,
            duplicates: vec![
                figure("people in sure groups", duplicates.clusters_auto),
                figure("entries in sure groups", duplicates.entries_auto),
                figure("groups to review", duplicates.clusters_review),
                figure("open questions", duplicates.questions),
            ],
            decisions: decisions.counts.iter().map(|(verdict, count)| figure(verdict.word(), *count)).collect(),
            plans,
            weeks: workspace.weeks().await?,
            earlier,
        })
    }

    /// Score by time, this report last.
    fn scores(&self) -> Vec<(jiff::Timestamp, u64)> {
        let earlier = self.earlier.iter().filter_map(|report| Some((report.at, report.score?)));
        earlier.chain(self.score.map(|score| (self.at, score))).collect()
    }

    /// What the report before this one says of a figure.
    fn before(&self, part: &str, name: &str) -> Option<u64> {
        let last = self.earlier.last()?;
        let figure = last.figures.get(&(part.to_owned(), name.to_owned())).copied();
        // A kind that a whole report does not have did not occur.
        Some(figure.unwrap_or_default())
    }

    /// Figures in rows, which a later report is compared with.
    fn rows(&self) -> csv_export::Rows {
        let at = self.at.to_string();
        let row = |part: &str, name: &str, counts: [Option<u64>; 3]| {
            let [count, fixable, fixed] = counts.map(|count| count.map(|count| count.to_string()).unwrap_or_default());
            vec![at.clone(), self.place.clone(), part.to_owned(), name.to_owned(), count, fixable, fixed]
        };
        let one = |count: u64| [Some(count), None, None];
        let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
        rows.extend(self.score.map(|score| row("list", "score", one(score))));
        rows.push(row("list", "contacts", one(self.contacts)));
        rows.push(row("list", "contacts with a finding", one(self.affected)));
        rows.extend(self.found.iter().map(|found| {
            let counts = [found.left, found.fixable, found.fixed].map(Some);
            row("finding", found.kind.name(), counts)
        }));
        rows.extend(self.duplicates.iter().map(|(name, count)| row("duplicates", name, one(*count))));
        rows.extend(self.decisions.iter().map(|(name, count)| row("decisions", name, one(*count))));
        rows.extend(
            self.plans.iter().map(|plan| row("plan", &plan.plan, [Some(plan.contacts), None, Some(plan.written)])),
        );
        rows
    }

    fn to_json(&self) -> Value {
        let found = self.found.iter().map(|found| {
            json!({ "kind": found.kind.name(), "left": found.left, "fixable": found.fixable, "fixed": found.fixed })
        });
        let figures = |figures: &[Figure]| -> Value {
            Value::Object(figures.iter().map(|(name, count)| (name.clone(), json!(count))).collect())
        };
        let plans = self.plans.iter().map(|plan| {
            json!({
                "plan": plan.plan, "made_at": plan.made_at, "contacts": plan.contacts, "written": plan.written,
                "undone": plan.undone, "linked": plan.linked,
            })
        });
        json!({
            "at": self.at.to_string(), "place": self.place, "contacts": self.contacts, "affected": self.affected,
            "score": self.score, "findings": found.collect::<Vec<_>>(), "duplicates": figures(&self.duplicates),
            "weeks": self.weeks.iter().map(week).collect::<Vec<_>>(), "decisions": figures(&self.decisions), "plans": plans.collect::<Vec<_>>(),
            "scores": self.scores().iter().map(|(at, score)| json!([at.to_string(), score])).collect::<Vec<_>>(),
        })
    }
}

fn week(week: &Week) -> Value {
    json!({
        "week": week.week, "score": week.score(), "contacts": week.contacts, "findings": week.findings, "fixed": week.fixed,
        "undone": week.undone, "decided": week.decided,
    })
}

/// A figure of a week; a dash where nobody looked.
fn known(figure: Option<u64>) -> String {
    figure.map_or_else(|| "–".to_owned(), |figure| figure.to_string())
}

/// What may be done about a kind, in words.
const fn fix(kind: Kind) -> &'static str {
    match kind.fixability() {
        Fixability::Safe => "safe",
        Fixability::Ask => "a guess",
        Fixability::None => "by hand",
    }
}

/// `+3` or `-3` against a figure of before; nothing where there is none.
fn change(now: u64, before: Option<u64>) -> String {
    match before {
        None => String::new(),
        Some(before) if now == before => "=".to_owned(),
        Some(before) if now > before => format!("+{}", now - before),
        Some(before) => format!("-{}", before - now),
    }
}

/// A day of UTC.
fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// Writes a report to the files that are named.
///
/// # Errors
/// [`UsageError`] for an earlier report that is none or of another place; the engine's, or what keeps a file from being read or written.
pub(super) async fn report(session: &CleanupSession, given: &ReportArguments) -> anyhow::Result<Ending> {
    let place = session.place.named();
    let mut earlier = Vec::new();
    for path in &given.compare {
        let bytes = changes::bytes(path, "the earlier report")?;
        let read =
            read(&bytes, &place).map_err(|reason| UsageError { message: format!("{}: {reason}", path.display()) })?;
        earlier.push(read);
    }
    earlier.sort_by_key(|report| report.at);
    let report = Report::of(session, given.examples, earlier).await?;
    let texts = [
        (given.html.as_deref(), html::page(&report)),
        (given.md.as_deref(), markdown::page(&report)),
        (given.csv.as_deref(), format!("{}{}", csv_export::MARK, csv_export::csv(&report.rows())?)),
    ];
    let wanted: Vec<(&Path, String)> = texts.into_iter().filter_map(|(path, text)| Some((path?, text))).collect();
    let is_stdout = |path: &Path| path == Path::new("-");
    // All files can be written, or none is.
    for (path, _) in &wanted {
        if !is_stdout(path)
            && let Some(reason) = refusal(path, given.force)?
        {
            let err = format!("error: {} {reason}; --force replaces regular files\n", path.display());
            return Ok(Ending { err, code: ANSWERED_ERROR, ..Ending::default() });
        }
    }
    let (mut out, mut files) = (String::new(), Vec::new());
    for (path, text) in wanted {
        let text = telemetry::secrets().redactor().owned(text);
        if is_stdout(path) {
            out.push_str(&text);
        } else {
            write(path, &text, given.force).with_context(|| format!("the file {}", path.display()))?;
            files.push(path.display().to_string());
        }
    }
    if !out.is_empty() {
        return Ok(Ending { out, code: DONE, ..Ending::default() });
    }
    let score = report.score.map(|score| format!("score {score} of 100, ")).unwrap_or_default();
    let text = format!("{}: {score}{}\n", files.join(", "), list_age(report.at));
    let mut value = report.to_json();
    if let Value::Object(fields) = &mut value {
        fields.insert("files".to_owned(), json!(files));
    }
    Ok(session.said(text, &value, String::new(), DONE))
}

/// Reads a report that was written as CSV.
fn read(bytes: &[u8], place: &str) -> Result<Earlier, String> {
    let sheet = Sheet::read(bytes).map_err(|error| error.to_string())?;
    let none = || "this is no report that `cleanup report --csv` wrote".to_owned();
    let column = |name: &str| sheet.columns.iter().position(|column| column == name).ok_or_else(none);
    let (at, of, part, name, count) =
        (column("at")?, column("place")?, column("part")?, column("name")?, column("count")?);
    let cell = |cells: &[String], place: usize| cells.get(place).cloned().unwrap_or_default();
    let (mut moments, mut figures) = (BTreeSet::new(), BTreeMap::new());
    for (line, cells) in &sheet.rows {
        let written: jiff::Timestamp = cell(cells, at).parse().map_err(|_| format!("line {line}: `at` is no time"))?;
        moments.insert(written);
        if cell(cells, of) != place {
            return Err(format!("line {line}: it is a report of another place than {place}"));
        }
        let number: u64 = cell(cells, count).parse().map_err(|_| format!("line {line}: `count` is no number"))?;
        figures.insert((cell(cells, part), cell(cells, name)), number);
    }
    let at = moments.pop_first().filter(|_| moments.is_empty()).ok_or_else(none)?;
    let score = figures.get(&("list".to_owned(), "score".to_owned())).copied();
    Ok(Earlier { at, score, figures })
}
