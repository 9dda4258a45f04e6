//! A round of a watch in words, as Markdown, as CSV and as JSON: ids and counts, nobody's names or addresses.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cleanup::{News, csv_export};
use crate::plural::{agree, counted};
use crate::policy::{PolicyError, PolicyRun};
use crate::render::clipped;

/// Kinds that a short text names.
const KINDS: usize = 4;
/// Groups that it names.
const GROUPS: usize = 2;
/// Findings and groups of a message that names each.
const NAMED: usize = 100;
/// Characters of a place in a short text.
const PLACE: usize = 48;

/// One round.
pub(super) struct Round {
    pub(super) place: String,
    /// Flags that lead another command to the same state.
    pub(super) again: String,
    pub(super) at: Timestamp,
    pub(super) news: News,
    pub(super) run: Option<Result<PolicyRun, PolicyError>>,
}

impl Round {
    /// Returns true if there is something to report: news, or a policy that had something to do or could not.
    pub(super) fn is_news(&self) -> bool {
        !self.news.is_empty()
            || match &self.run {
                None => false,
                Some(Ok(run)) => run.plan.is_some(),
                Some(Err(_)) => true,
            }
    }

    /// The name of its report, of the moment that it was made.
    pub(super) fn file_name(&self) -> String {
        self.at.strftime("%Y-%m-%dT%H%M%SZ").to_string()
    }

    fn score(&self) -> String {
        let News { contacts, .. } = self.news;
        if contacts == 0 { "no contacts".to_owned() } else { format!("score {} of 100", self.news.score()) }
    }

    /// At most 120 tokens.
    pub(super) fn text(&self) -> String {
        let (news, place) = (&self.news, clipped(&self.place, PLACE));
        let mut text = match &news.since {
            None => format!(
                "first round of {place}: {}, {} and {} of duplicates noted, {}; from now on what is new is told\n",
                counted(news.contacts, "contact"),
                counted(news.findings, "finding"),
                counted(news.groups, "group"),
                self.score()
            ),
            Some(since) if news.is_empty() => format!("nothing new in {place} since {since}; {}\n", self.score()),
            Some(since) => format!(
                "new in {place} since {since}: {}, {} of duplicates; {}\n",
                counted(news.new_findings.len() as u64, "finding"),
                counted(news.new_groups.len() as u64, "group"),
                self.score()
            ),
        };
        let kinds = news.kinds();
        if !kinds.is_empty() {
            let named: Vec<String> =
                kinds.iter().take(KINDS).map(|(kind, count)| format!("{} {count}", kind.name())).collect();
            let rest: u64 = kinds.iter().skip(KINDS).map(|(_, count)| count).sum();
            let rest = if rest > 0 { format!(", others {rest}") } else { String::new() };
            let _ = writeln!(text, "{}{rest}", named.join(", "));
        }
        if !news.new_groups.is_empty() {
            let sure = news.new_groups.iter().filter(|group| group.is_sure).count();
            let named: Vec<&str> = news.new_groups.iter().take(GROUPS).map(|group| group.id.as_str()).collect();
            let more = if news.new_groups.len() > GROUPS { ", …" } else { "" };
            let review = news.new_groups.len() - sure;
            let _ = writeln!(text, "{sure} sure, {review} to review: {}{more}", named.join(", "));
        }
        if let Some(run) = self.policy() {
            let _ = writeln!(text, "policy: {run}");
        }
        text
    }

    /// The policy's outcome in one line.
    fn policy(&self) -> Option<String> {
        Some(match self.run.as_ref()? {
            Err(error) => clipped(&error.to_string(), 200),
            Ok(PolicyRun { plan: None, .. }) => "nothing to fix".to_owned(),
            Ok(PolicyRun { plan: Some(plan), standstill: Some(standstill), .. }) => {
                format!("{standstill}; {} has {}", plan.id, counted(plan.contacts, "contact"))
            }
            Ok(PolicyRun { plan: Some(plan), applied, .. }) => {
                let written = applied.as_ref().map_or(0, |applied| applied.written);
                let stopped = applied.as_ref().and_then(|applied| applied.stopped.as_deref());
                let stopped = stopped.map(|why| format!("; stopped: {}", clipped(why, 120))).unwrap_or_default();
                format!("{} written by {}{stopped}", counted(written, "contact"), plan.id)
            }
        })
    }

    fn plan(&self) -> Option<&str> {
        let run = self.run.as_ref()?.as_ref().ok()?;
        Some(run.plan.as_ref()?.id.as_str())
    }

    /// The report to keep.
    pub(super) fn markdown(&self) -> String {
        let (news, at) = (&self.news, self.at.strftime("%Y-%m-%d %H:%M UTC"));
        let place: String = clipped(&self.place, 120).chars().filter(|letter| !"<>[]`|*_".contains(*letter)).collect();
        let mut text = format!("# What is new in {place}\n\n");
        // Writing to a String cannot fail.
        let since =
            news.since.as_deref().map_or_else(|| "The first round.".to_owned(), |since| format!("Since {since}."));
        let _ = writeln!(
            text,
            "Round of {at}. {since} {}, {} of them with a finding, {}, {}.\n",
            counted(news.contacts, "contact"),
            news.affected,
            format_args!("{} of duplicates", counted(news.groups, "group")),
            self.score()
        );
        if !news.new_findings.is_empty() {
            let _ = writeln!(text, "## New findings\n\n| kind | new |\n|---|---:|");
            for (kind, count) in news.kinds() {
                let _ = writeln!(text, "| {} | {count} |", kind.name());
            }
            let _ = writeln!(text, "\n| contact | kind | field |\n|---|---|---|");
            for found in news.new_findings.iter().take(NAMED) {
                let _ = writeln!(text, "| {} | {} | {} |", id(&found.contact), found.kind.name(), found.field);
            }
            more(&mut text, news.new_findings.len());
        }
        if !news.new_groups.is_empty() {
            let _ = writeln!(text, "## New duplicates\n\n| group | sure | members | why |\n|---|---|---|---|");
            for group in news.new_groups.iter().take(NAMED) {
                let members: Vec<String> = group.members.iter().map(|member| id(member)).collect();
                let sure = if group.is_sure { "yes" } else { "to review" };
                let _ = writeln!(text, "| {} | {sure} | {} | {} |", group.id, members.join(" "), group.because);
            }
            more(&mut text, news.new_groups.len());
        }
        if let Some(run) = self.policy() {
            let _ = writeln!(text, "## Policy\n\n{run}.\n");
        }
        if let Some(plan) = self.plan() {
            let again = &self.again;
            let _ = writeln!(
                text,
                "```\nimbrace-contacts-mcp cleanup plan {plan} --steps all{again}\n\
                 imbrace-contacts-mcp cleanup export journal {plan} --csv journal.csv{again}\n\
                 imbrace-contacts-mcp cleanup undo {plan} --write{again}\n```"
            );
        }
        text
    }

    /// The same as rows: part, what, how many or who, and why.
    pub(super) fn csv(&self) -> anyhow::Result<String> {
        let at = self.at.to_string();
        let row = |part: &str, name: &str, contact: &str, detail: &str| {
            [&at, part, name, contact, detail].map(str::to_owned).to_vec()
        };
        let mut rows = vec![["at", "part", "name", "contact", "detail"].map(str::to_owned).to_vec()];
        rows.extend(
            self.news.new_findings.iter().map(|found| row("finding", found.kind.name(), &found.contact, found.field)),
        );
        for group in &self.news.new_groups {
            let part = if group.is_sure { "duplicate" } else { "duplicate to review" };
            rows.extend(group.members.iter().map(|member| row(part, &group.id, member, &group.because)));
        }
        if let Some(run) = self.policy() {
            rows.push(row("policy", self.plan().unwrap_or_default(), "", &run));
        }
        Ok(csv_export::csv(&rows)?)
    }

    /// The same for programs; also what a webhook is sent.
    pub(super) fn json(&self) -> Value {
        let news = &self.news;
        let kinds: serde_json::Map<String, Value> =
            news.kinds().into_iter().map(|(kind, count)| (kind.name().to_owned(), json!(count))).collect();
        let findings: Vec<Value> = news
            .new_findings
            .iter()
            .take(NAMED)
            .map(|found| json!({ "contact": found.contact, "kind": found.kind.name(), "field": found.field }))
            .collect();
        let groups: Vec<Value> = news
            .new_groups
            .iter()
            .take(NAMED)
            .map(|group| {
                let sure = group.is_sure;
                json!({ "group": group.id, "sure": sure, "because": group.because, "members": group.members })
            })
            .collect();
        let run = self.run.as_ref().map(|run| match run {
            Err(error) => json!({ "error": error.to_string() }),
            Ok(run) => json!({
                "plan": run.plan.as_ref().map(|plan| &plan.id),
                "contacts": run.plan.as_ref().map_or(0, |plan| plan.contacts),
                "written": run.applied.as_ref().map_or(0, |applied| applied.written),
                "remaining": run.applied.as_ref().map(|applied| applied.remaining),
                "stopped": run.applied.as_ref().and_then(|applied| applied.stopped.clone()),
                "nothing_written_because": run.standstill.map(|standstill| standstill.to_string()),
                "limit_exceeded": run.standstill.is_some_and(crate::policy::Standstill::is_exceeded),
            }),
        });
        json!({
            "type": "contacts.news", "at": self.at.to_string(), "place": self.place, "since": news.since,
            "contacts": news.contacts, "score": (news.contacts > 0).then(|| news.score()),
            "new_findings": news.new_findings.len(), "kinds": kinds, "findings": findings,
            "new_groups": news.new_groups.len(), "groups": groups, "policy": run,
        })
    }
}

/// An id in a table: what a gateway calls an id may be any text.
fn id(text: &str) -> String {
    text.chars().filter(|letter| letter.is_ascii_alphanumeric() || "_-".contains(*letter)).take(80).collect()
}

fn more(text: &mut String, all: usize) {
    if all > NAMED {
        let left = (all - NAMED) as u64;
        let _ = writeln!(text, "\n{left} more {} in the CSV.", agree(left, "is", "are"));
    }
    text.push('\n');
}
