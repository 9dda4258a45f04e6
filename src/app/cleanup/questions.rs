//! Open questions at the terminal: two contacts side by side, a key for each answer, and one that takes the last answer back.

use std::collections::VecDeque;
use std::fmt::Write as _;

use imbrace_contacts_client::characters::escaped_lines;
use unicode_width::UnicodeWidthStr as _;

use crate::app::UsageError;
use crate::app::terminal;
use crate::cleanup::duplicates::{Pair, Verdict};
use crate::cleanup::{
    Answer, CleanupError, DecideReport, Decided, DuplicatesReport, DuplicatesRequest, PatternCount, Workspace,
};
use crate::model::Contact;
use crate::plural::counted;
use crate::render::clipped;
use crate::telemetry;

/// Two contacts that a person decides about.
#[derive(Debug, Clone)]
struct Question {
    pair: Pair,
    /// The two as the snapshot has them; `None` for one that left it.
    contacts: [Option<Contact>; 2],
    /// Its place among the questions of its pattern, and how many these are.
    place: (usize, usize),
}

/// The questions of one answer, so that it can be taken back.
struct Answered {
    questions: Vec<Question>,
    /// The outcome; `None` where the questions were passed over.
    kept: Option<DecideReport>,
}

struct Session<'a> {
    workspace: &'a Workspace,
    patterns: VecDeque<PatternCount>,
    /// Questions of the pattern at hand, and those that came back before them.
    open: VecDeque<Question>,
    history: Vec<Answered>,
    sum: DecideReport,
    in_colour: bool,
}

/// Asks every open question, a pattern after the other. Each answer is kept at once, so that the end of input and Ctrl-C leave only
/// the rest open, and the next `decide` goes on there.
///
/// # Errors
/// [`UsageError`] where there is no terminal to ask at; else the engine's or the terminal's.
pub(super) async fn ask(workspace: &Workspace) -> anyhow::Result<DecideReport> {
    if !terminal::is_there() {
        let message =
            "without a terminal say what is one person: --same or --different, with a group, a pair or a pattern";
        return Err(UsageError { message: message.to_owned() }.into());
    }
    let report = workspace.duplicates(DuplicatesRequest::default()).await?;
    let mut sum = DecideReport::default();
    sum.questions_left = report.questions;
    let mut session = Session {
        workspace,
        patterns: report.patterns.into(),
        open: VecDeque::new(),
        history: Vec::new(),
        sum,
        in_colour: telemetry::shows_colours(),
    };
    session.run().await?;
    Ok(session.sum)
}

impl Session<'_> {
    async fn run(&mut self) -> anyhow::Result<()> {
        loop {
            if self.open.is_empty() && !self.next_pattern().await? {
                return Ok(());
            }
            let Some(question) = self.open.front() else { continue };
            telemetry::tell(&self.shown(question))?;
            loop {
                let left = counted(self.sum.questions_left, "question");
                let keys = format!(
                    "{left} open. [s]ame person, [d]ifferent people, [u]nsure, [b]ack, Enter to skip, [a]ll of the pattern, \
                     [n]ext pattern, [q]uit: "
                );
                match terminal::line(&keys)?.as_deref() {
                    Some("b" | "back") => self.back().await?,
                    Some("a" | "all") => self.all().await?,
                    Some("n" | "next") => self.pass_pattern(),
                    Some("") => self.pass(1),
                    None | Some("q" | "quit") => return Ok(()),
                    Some(word) => match verdict(word) {
                        Some(verdict) => self.decide(1, verdict).await?,
                        None => continue,
                    },
                }
                break;
            }
        }
    }

    /// Takes up the questions of the next pattern; false after the last one.
    async fn next_pattern(&mut self) -> anyhow::Result<bool> {
        let Some(found) = self.patterns.pop_front() else { return Ok(false) };
        let request = DuplicatesRequest {
            pattern: Some(found.pattern.clone()),
            questions: true,
            limit: usize::MAX,
            ..DuplicatesRequest::default()
        };
        let DuplicatesReport { pairs, members, .. } = self.workspace.duplicates(request).await?;
        let all = pairs.len();
        if all > 0 {
            // What was answered meanwhile may have settled some of them.
            let (pairs, because) = (counted(all, "pair"), found.example.because());
            let words = format!("\n{pairs} of the pattern `{}`: {because}\n", found.pattern);
            telemetry::tell(&escaped_lines(&words))?;
        }
        for (at, pair) in pairs.into_iter().enumerate() {
            let contacts = [&pair.ids.0, &pair.ids.1].map(|id| members.get(id).cloned());
            self.open.push_back(Question { pair, contacts, place: (at + 1, all) });
        }
        Ok(true)
    }

    /// The number of questions from the first on that are of its pattern.
    fn of_pattern(&self) -> usize {
        let first = self.open.front().map(|question| question.pair.pattern.clone());
        self.open.iter().take_while(|question| Some(&question.pair.pattern) == first.as_ref()).count()
    }

    fn take(&mut self, count: usize) -> Vec<Question> {
        self.open.drain(..count.min(self.open.len())).collect()
    }

    /// Leaves questions open for another day.
    fn pass(&mut self, count: usize) {
        let questions = self.take(count);
        self.history.push(Answered { questions, kept: None });
    }

    fn pass_pattern(&mut self) {
        self.pass(self.of_pattern());
    }

    /// Keeps one answer to the first questions. What is there no more is told and passed over.
    async fn decide(&mut self, count: usize, verdict: Verdict) -> anyhow::Result<()> {
        let asked = self.open.iter().take(count);
        let answers: Vec<Answer> = asked.map(|question| Answer::new(question.decided(), verdict)).collect();
        match self.workspace.decide(answers).await {
            Ok(kept) => {
                self.sum.settled += kept.settled;
                self.sum.unsure += kept.unsure;
                self.sum.questions_left = kept.questions_left;
                let questions = self.take(count);
                self.history.push(Answered { questions, kept: Some(kept) });
            }
            Err(error @ CleanupError::NoSuchDuplicate(_)) => {
                telemetry::tell(&escaped_lines(&format!("Passed over: {error}.\n")))?;
                self.pass(count);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Shows the rest of the pattern, and takes one answer for all of it.
    async fn all(&mut self) -> anyhow::Result<()> {
        let count = self.of_pattern();
        for question in self.open.iter().take(count).skip(1) {
            telemetry::tell(&self.shown(question))?;
        }
        let pairs = counted(count, "pair");
        let answer =
            terminal::line(&format!("All {pairs}: [s]ame person, [d]ifferent people, [u]nsure, Enter for none: "))?;
        match answer.as_deref().and_then(verdict) {
            Some(verdict) => self.decide(count, verdict).await,
            None => Ok(()),
        }
    }

    /// Takes the last answer back, and asks it again.
    async fn back(&mut self) -> anyhow::Result<()> {
        let Some(Answered { questions, kept }) = self.history.pop() else {
            telemetry::tell("Nothing was answered yet.\n")?;
            return Ok(());
        };
        if let Some(kept) = kept {
            let answers = questions.iter().map(|question| Answer::reopen(question.decided())).collect();
            self.sum.questions_left = self.workspace.decide(answers).await?.questions_left;
            self.sum.settled = self.sum.settled.saturating_sub(kept.settled);
            self.sum.unsure = self.sum.unsure.saturating_sub(kept.unsure);
        }
        questions.into_iter().rev().for_each(|question| self.open.push_front(question));
        Ok(())
    }

    fn shown(&self, question: &Question) -> String {
        let (at, of) = question.place;
        let head = format!("\n{at} of {of}: chance of one person {:.2}\n", question.pair.score);
        head + &beside(&question.pair, &question.contacts, self.in_colour)
    }
}

impl Question {
    fn decided(&self) -> Decided {
        Decided::Pair(self.pair.ids.0.clone(), self.pair.ids.1.clone())
    }
}

fn verdict(word: &str) -> Option<Verdict> {
    match word {
        "s" | "same" => Some(Verdict::Same),
        "d" | "different" => Some(Verdict::Different),
        "u" | "unsure" => Some(Verdict::Unsure),
        _ => None,
    }
}

/// Fields that tell people apart, by the names that answers show.
const FIELDS: [&str; 11] = [
    "name",
    "phone",
    "email",
    "birthday",
    "company",
    "position",
    "location",
    "language",
    "channel",
    "created",
    "last seen",
];

/// Two contacts side by side, a row a field that one of them has. A row that differs begins with `*`, and is yellow where colours are
/// shown; `=` stands for the same value. The values are a stranger's words: nothing in them reaches the terminal as a command.
fn beside(pair: &Pair, contacts: &[Option<Contact>; 2], in_colour: bool) -> String {
    let value = |contact: &Contact, field: &str| match field {
        "name" => contact.name().map(Into::into).unwrap_or_default(),
        "phone" => contact.phone().unwrap_or_default(),
        "company" => contact.value("company_name"),
        "channel" => contact.value("channel_type"),
        "created" => contact.value("created_at").chars().take(10).collect(),
        "last seen" => contact.value("last_seen").chars().take(10).collect(),
        field => contact.value(field),
    };
    let shown = |contact: &Option<Contact>, field: &str| -> String {
        let value = contact.as_ref().map(|contact| value(contact, field)).unwrap_or_default();
        escaped_lines(&clipped(&value, 40)).into_owned()
    };
    let [one, other] = contacts;
    let rows: Vec<(&str, String, String)> = FIELDS
        .iter()
        .map(|field| (*field, shown(one, field), shown(other, field)))
        .filter(|(_, left, right)| !(left.is_empty() && right.is_empty()))
        .collect();
    let widest = rows.iter().map(|(_, left, _)| left.width()).max().unwrap_or_default();
    let width = widest.max(pair.ids.0.width());
    // Writing to a String cannot fail.
    let mut text = format!("  {:<10}{:<width$}  {}\n", "", pair.ids.0, pair.ids.1);
    for (field, left, right) in rows {
        let differs = left != right;
        let (mark, right) = if differs { ("*", right.as_str()) } else { (" ", "=") };
        let gap = " ".repeat(width - left.width());
        let line = format!("{mark} {field:<10}{left}{gap}  {right}");
        let line = line.trim_end();
        let _ =
            if differs && in_colour { writeln!(text, "\u{1b}[33m{line}\u{1b}[0m") } else { writeln!(text, "{line}") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Pair, beside};
    use crate::cleanup::duplicates::Tier;
    use crate::model::{Contact, Record};

    fn contact(json: &str) -> Option<Contact> {
        Some(Contact::from(Record::from_value(serde_json::from_str(json).unwrap()).unwrap()))
    }

    #[test]
    fn what_differs_is_marked_and_a_hostile_name_steers_nothing() {
        let ids = ("con_1".to_owned(), "con_2".to_owned());
        let pair = Pair { ids, score: 0.9, tier: Tier::Review, pattern: "phone".to_owned() };
        let one =
            contact(r#"{"id":"con_1","display_name":"Mei\u001b[2J Chan","email":"mei@example.com","company_name":""}"#);
        let two = contact(r#"{"id":"con_2","display_name":"陳美","email":"mei@example.com"}"#);
        let plain = beside(&pair, &[one.clone(), two.clone()], false);
        assert!(!plain.contains('\u{1b}'), "{plain:?}");
        let rows: Vec<&str> = plain.lines().collect();
        assert!(rows[1].starts_with("* name") && rows[1].ends_with("陳美"), "{plain}");
        assert!(rows[2].starts_with("  email     mei@example.com") && rows[2].ends_with('='), "{plain}");
        assert_eq!(rows.len(), 3, "{plain}");
        let coloured = beside(&pair, &[one, two], true);
        assert_eq!(coloured.matches("\u{1b}[33m").count(), 1, "{coloured:?}");
        assert_eq!(coloured.matches('\u{1b}').count(), 2, "{coloured:?}");
    }

    #[test]
    fn a_contact_that_left_the_list_is_an_empty_column() {
        let ids = ("con_1".to_owned(), "con_2".to_owned());
        let pair = Pair { ids, score: 0.9, tier: Tier::Review, pattern: "phone".to_owned() };
        let one = contact(r#"{"id":"con_1","display_name":"Mei"}"#);
        assert!(beside(&pair, &[one, None], false).contains("\n* name      Mei\n"));
    }
}
