//! Decisions about duplicates: answers are kept for the pairs that they mean, listed with their evidence, and taken back.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;

use super::duplicates::{Cluster, Matcher, Pair, Verdict, groups, handle, in_words};
use super::error::CleanupError;
use super::known::Known;
use super::report::{
    Answer, DecideReport, Decided, DecidedPairs, DecisionsReport, DecisionsRequest, KeptDecision, ListedDecision,
};
use super::selection::Selection;
use super::shared;
use super::store::decisions::{self, NewDecision, SeenVerdicts};
use super::store::{Store, contacts};

/// Two contacts, the lesser id first.
type Ids = (String, String);

/// Answers as what they mean: verdicts with their notes by pair, and the pairs of which a decision is taken back.
#[derive(Default)]
struct Meant {
    verdicts: BTreeMap<Ids, (Verdict, String)>,
    taken_back: BTreeSet<Ids>,
}

/// How many pairs answers are about; nothing is kept.
pub(super) async fn pairs_of(
    store: &Store,
    known: &Arc<Known>,
    answers: Vec<Answer>,
) -> Result<DecidedPairs, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let meant = meant(db, &known, &answers)?;
            let of = |wanted: Verdict| meant.verdicts.values().filter(|(verdict, _)| *verdict == wanted).count() as u64;
            let reopened = meant.taken_back.len() as u64;
            let (same, different, unsure) = (of(Verdict::Same), of(Verdict::Different), of(Verdict::Unsure));
            Ok(DecidedPairs { same, different, unsure, reopened })
        })
        .await
}

/// Keeps what somebody decided; all answers, or none. Where it is said which verdicts were seen, none whose pair has another one.
pub(super) async fn decide(
    store: &Store,
    known: &Arc<Known>,
    answers: Vec<Answer>,
    seen: Option<SeenVerdicts>,
) -> Result<DecideReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let Meant { verdicts, taken_back } = meant(db, &known, &answers)?;
            let unsure = verdicts.values().filter(|(verdict, _)| *verdict == Verdict::Unsure).count() as u64;
            let settled = verdicts.len() as u64 - unsure;
            let new = known.with(db, |matcher| {
                let new = verdicts.into_iter().map(|(pair, (verdict, note))| {
                    let evidence = matcher.evidence(&pair.0, &pair.1);
                    NewDecision { pair, verdict, evidence, note }
                });
                new.collect::<Vec<_>>()
            })?;
            let taken_back: Vec<Ids> = taken_back.into_iter().collect();
            decisions::decide(db, &new, &taken_back, seen.as_ref())?;
            let questions_left = known.with(db, |matcher| matcher.questions().len() as u64)?;
            Ok(DecideReport { settled, unsure, reopened: taken_back.len() as u64, questions_left })
        })
        .await
}

/// Lists decisions, the newest first.
pub(super) async fn listed(
    store: &Store,
    known: &Arc<Known>,
    request: DecisionsRequest,
) -> Result<DecisionsReport, CleanupError> {
    let known = Arc::clone(known);
    store
        .run(move |db| {
            let meant = Selection::of(db, &known, &request.filter)?;
            let mut kept = decisions::kept(db)?;
            let mut counts = BTreeMap::new();
            kept.iter().for_each(|kept| *counts.entry(kept.verdict).or_default() += 1);
            kept.retain(|KeptDecision { pair: (first, second), verdict, .. }| {
                request.verdict.is_none_or(|wanted| wanted == *verdict)
                    && request.contact.as_ref().is_none_or(|contact| contact == first || contact == second)
                    && (request.filter.is_empty() || meant.covers(first) || meant.covers(second))
            });
            kept.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.pair.cmp(&other.pair)));
            let total = kept.len() as u64;
            let kept: Vec<KeptDecision> = kept.into_iter().skip(request.skip).take(request.limit).collect();
            let decisions = known.with(db, |matcher| {
                let because = |kept: &KeptDecision| matcher.pattern(&kept.pair.0, &kept.pair.1);
                let listed = kept.into_iter().map(|kept| ListedDecision {
                    because: because(&kept).map(|pattern| in_words(&pattern)).unwrap_or_default(),
                    kept,
                });
                listed.collect::<Vec<_>>()
            })?;
            let ids = decisions.iter().flat_map(|listed| [&listed.kept.pair.0, &listed.kept.pair.1]);
            let members = contacts::members(db, ids)?;
            Ok(DecisionsReport { total, counts, decisions, members })
        })
        .await
}

/// The pairs that answers are about, with what is said of each.
///
/// # Errors
/// [`CleanupError::NoSuchDuplicate`] for an answer about nothing, [`CleanupError::Contradiction`] where two answers say different
/// things of one pair.
fn meant(db: &Database, known: &Known, answers: &[Answer]) -> Result<Meant, CleanupError> {
    contacts::synced_at(db)?;
    let (clusters, questions) = known.with(db, |matcher| (groups(matcher), matcher.questions()))?;
    let kept = decisions::kept(db)?;
    let mut meant = Meant::default();
    for answer in answers {
        let Some(verdict) = answer.verdict else {
            meant.taken_back.extend(taken_back((db, known), &answer.what, &clusters, &kept)?);
            continue;
        };
        for (first, second) in pairs((db, known), &answer.what, &clusters, &questions)? {
            let pair = if first <= second { (first, second) } else { (second, first) };
            match meant.verdicts.get(&pair) {
                Some((other, _)) if *other != verdict => return Err(contradiction(pair)),
                // A note of the one answer is not lost to the other, which has none.
                Some((_, note)) if answer.note.is_empty() && !note.is_empty() => {}
                _ => drop(meant.verdicts.insert(pair, (verdict, answer.note.clone()))),
            }
        }
    }
    match meant.verdicts.keys().find(|pair| meant.taken_back.contains(*pair)) {
        Some(pair) => Err(contradiction(pair.clone())),
        None => Ok(meant),
    }
}

fn contradiction((first, second): Ids) -> CleanupError {
    CleanupError::Contradiction { first, second }
}

/// The pairs that a verdict is about.
fn pairs(
    (db, known): (&Database, &Known),
    what: &Decided,
    clusters: &[Cluster],
    questions: &[Pair],
) -> Result<Vec<Ids>, CleanupError> {
    let none = |what: String| CleanupError::NoSuchDuplicate(what);
    match what {
        Decided::Pair(first, second) => {
            let is_there = |id: &str| Ok::<_, CleanupError>(contacts::document(db, id)?.is_some());
            if first == second || !is_there(first)? || !is_there(second)? {
                return Err(none(format!("pair {first} and {second}")));
            }
            Ok(vec![(first.clone(), second.clone())])
        }
        Decided::Cluster(id) => {
            let cluster = clusters.iter().find(|cluster| cluster.id == *id);
            let cluster = cluster.ok_or_else(|| none(format!("group {id}")))?;
            let members = cluster.members.iter().enumerate();
            let others = |(place, first): (usize, &String)| {
                let rest = cluster.members.iter().skip(place + 1);
                rest.map(|second| (first.clone(), second.clone())).collect::<Vec<_>>()
            };
            Ok(members.flat_map(others).collect())
        }
        Decided::Pattern(pattern) => {
            let pairs = questions.iter().filter(|pair| pair.pattern == *pattern).map(|pair| pair.ids.clone());
            let pairs: Vec<_> = pairs.collect();
            if pairs.is_empty() { Err(none(format!("question of the pattern {pattern}"))) } else { Ok(pairs) }
        }
        Decided::Shared(value) => shared::pairs_of(db, known, value),
        Decided::Contact(id) => Err(none(format!("second contact beside {id}"))),
        Decided::Verdict(verdict) => Err(none(format!("question called {}", verdict.word()))),
    }
}

/// The pairs of which a decision is to be taken back.
fn taken_back(
    (db, known): (&Database, &Known),
    what: &Decided,
    clusters: &[Cluster],
    kept: &[KeptDecision],
) -> Result<Vec<Ids>, CleanupError> {
    let of = |is_meant: &dyn Fn(&KeptDecision) -> bool| -> Vec<Ids> {
        kept.iter().filter(|kept| is_meant(kept)).map(|kept| kept.pair.clone()).collect()
    };
    let (found, said) = match what {
        Decided::Pair(first, second) => {
            let pair = if first <= second { (first, second) } else { (second, first) };
            (of(&|kept| (&kept.pair.0, &kept.pair.1) == pair), format!("decision about {first} and {second}"))
        }
        Decided::Contact(id) => (of(&|kept| kept.pair.0 == *id || kept.pair.1 == *id), format!("decision about {id}")),
        Decided::Cluster(id) => {
            let of_group = in_group(id, clusters, kept);
            let is_inside = |kept: &KeptDecision| of_group.contains(&*kept.pair.0) && of_group.contains(&*kept.pair.1);
            (of(&is_inside), format!("decision inside group {id}"))
        }
        Decided::Verdict(verdict) => (of(&|kept| kept.verdict == *verdict), format!("decision \"{}\"", verdict.word())),
        Decided::Pattern(pattern) => {
            let is_meant = |matcher: &mut Matcher| {
                of(&|kept| matcher.pattern(&kept.pair.0, &kept.pair.1).is_some_and(|found| found == *pattern))
            };
            (known.with(db, is_meant)?, format!("decision about the pattern {pattern}"))
        }
        Decided::Shared(value) => {
            let pairs: HashSet<Ids> = shared::pairs_of(db, known, value)?.into_iter().collect();
            (of(&|kept| pairs.contains(&kept.pair)), format!("decision about those who share {value}"))
        }
    };
    if found.is_empty() { Err(CleanupError::NoSuchDecision(said)) } else { Ok(found) }
}

/// The contacts of a group: its members, or where it was decided that they are several people, those of the decisions about the
/// contact whose handle the group had.
fn in_group<'a>(id: &str, clusters: &'a [Cluster], kept: &'a [KeptDecision]) -> HashSet<&'a str> {
    if let Some(cluster) = clusters.iter().find(|cluster| cluster.id == id) {
        return cluster.members.iter().map(String::as_str).collect();
    }
    let pairs = kept.iter().map(|kept| (kept.pair.0.as_str(), kept.pair.1.as_str()));
    let of_oldest = pairs.filter(|(first, second)| handle(first) == id || handle(second) == id);
    of_oldest.flat_map(|(first, second)| [first, second]).collect()
}
