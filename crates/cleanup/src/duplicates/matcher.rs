//! The matcher: an index of keys, the pairs that share one, and what changes of them when a contact does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::cluster;
use super::compare::compare;
use super::features::{Features, Kind, conflict};
use super::index::{HUB, Index};
use super::score::{self, ASKED_AT_MOST, QUESTION, REVIEW, SURE, pattern, score};
use super::signals::{Signal, Signals};
use super::{Cluster, Pair, Tier, Verdict};
use crate::Subject;
use crate::normalize::phone::Region;

/// One contact.
pub(super) struct Row {
    pub(super) id: Arc<str>,
    pub(super) features: Features,
}

/// A pair that shares a key.
struct Scored {
    score: f32,
    signals: Signals,
}

/// What somebody said of a pair, and the evidence they had; `None` is unknown.
struct Decision {
    verdict: Verdict,
    evidence: Option<String>,
}

/// Finds duplicates, and finds them again after changes at the price of what changed.
#[derive(Default)]
pub struct Matcher {
    rows: Vec<Option<Row>>,
    places: HashMap<Arc<str>, u32>,
    index: Index,
    pairs: BTreeMap<(u32, u32), Scored>,
    partners: HashMap<u32, BTreeSet<u32>>,
    dirty: BTreeSet<u32>,
    /// Pairs of a contact that could be either of two people, so that it is surely neither.
    ties: HashSet<(u32, u32)>,
    verdicts: BTreeMap<(String, String), Decision>,
    default_region: Option<Region>,
}

impl Matcher {
    /// A matcher of contacts whose numbers are of a region where they say nothing else.
    pub fn of_default_region(region: Option<Region>) -> Self {
        Self { default_region: region, ..Self::default() }
    }

    /// Adds a contact, or replaces what is known of it.
    pub fn put(&mut self, subject: &Subject<'_>) {
        let place = match self.places.get(&*subject.id) {
            Some(place) => *place,
            None => {
                let place = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                let id: Arc<str> = Arc::from(&*subject.id);
                self.rows.push(None);
                self.places.insert(id, place);
                place
            }
        };
        self.forget(place);
        let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        let features = Features::of(subject, today, self.default_region);
        for key in &features.keys {
            // Where this one made a value a hub, those that shared it are judged again.
            self.dirty.extend(self.index.add(key.1, place));
        }
        if let Some(slot) = self.rows.get_mut(place as usize) {
            *slot = Some(Row { id: Arc::from(&*subject.id), features });
        }
        self.dirty.insert(place);
    }

    /// Forgets a contact.
    pub fn remove(&mut self, id: &str) {
        if let Some(place) = self.places.remove(id) {
            self.forget(place);
        }
    }

    /// Takes a verdict of somebody who sees the contacts as they are now; it outweighs every score.
    pub fn decide(&mut self, first: &str, second: &str, verdict: Verdict) {
        let evidence = Some(self.evidence(first, second));
        self.recall(first, second, verdict, evidence);
    }

    /// Takes a verdict that was given on evidence of its time. A pair that is different stays so, and is asked about once
    /// more where there is evidence that was not there before.
    pub fn recall(&mut self, first: &str, second: &str, verdict: Verdict, evidence: Option<String>) {
        let (a, b) = if first <= second { (first, second) } else { (second, first) };
        self.verdicts.insert((a.to_owned(), b.to_owned()), Decision { verdict, evidence });
    }

    /// What speaks for two contacts being one person: which keys agree, joined by plus signs.
    pub fn evidence(&self, first: &str, second: &str) -> String {
        let place = |id: &str| self.places.get(id).copied();
        let of = |one: u32, two: u32| self.partners_of(one, self.row(one)?, |other| other == two).pop();
        let seen = place(first).zip(place(second)).and_then(|(one, two)| of(one, two));
        seen.map(|(_, scored)| score::evidence(scored.signals)).unwrap_or_default()
    }

    /// The clusters of both tiers, the surest first, ties by id.
    pub fn clusters(&mut self) -> Vec<Cluster> {
        self.grouped(REVIEW)
    }

    /// What of the clusters holds together by sure pairs and decisions alone: these are acted on. A contact that only a
    /// question ties to them is left out until the question is answered, and holds nobody else up.
    pub fn sure(&mut self) -> Vec<Cluster> {
        self.grouped(SURE)
    }

    fn grouped(&mut self, least: f32) -> Vec<Cluster> {
        self.refresh();
        let decided = self.decided();
        let open = self.pairs.iter().filter(|(pair, _)| !decided.contains_key(*pair));
        let scores = open.map(|(pair, scored)| (self.score(*pair, scored), pair.0, pair.1));
        let mut edges: Vec<(f32, u32, u32)> = scores.filter(|(score, ..)| *score >= least).collect();
        edges.extend(decided.iter().filter(|(_, same)| **same).map(|((one, two), _)| (2.0, *one, *two)));
        let id = |place: u32| self.row(place).map_or("", |row| &row.id);
        // By ids and not by places, so that the order in which contacts came changes nothing.
        let ids = |one: u32, two: u32| (id(one).min(id(two)), id(one).max(id(two)));
        edges.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| ids(a.1, a.2).cmp(&ids(b.1, b.2))));
        let different = |one: u32, two: u32| decided.get(&ordered(one, two)) == Some(&false);
        let contradict = |one: u32, two: u32| least >= SURE && self.contradict(one, two);
        let groups = cluster::group(&edges, &|place| self.row(place), &different, &contradict);
        let mut clusters: Vec<Cluster> = groups.iter().filter_map(|group| self.cluster(group, &decided)).collect();
        // Groups whose handles would be one by chance come in a fixed order, so that each keeps its own.
        clusters
            .sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| (&a.id, &a.members).cmp(&(&b.id, &b.members))));
        let mut taken: HashSet<String> = HashSet::with_capacity(clusters.len());
        for cluster in &mut clusters {
            while !taken.insert(cluster.id.clone()) {
                cluster.id = handle(&format!("{} {}", cluster.id, cluster.members.join(" ")));
            }
        }
        clusters
    }

    /// Pairs that a person should decide, the surest first: those that no rule settles.
    pub fn questions(&mut self) -> Vec<Pair> {
        self.refresh();
        let decided = self.decided();
        let asked = |pair: &(u32, u32), scored: &Scored| match decided.get(pair) {
            None => (QUESTION..SURE).contains(&self.score(*pair, scored)),
            Some(same) => !same && scored.score >= QUESTION && self.is_reopened(*pair, scored),
        };
        let open = self.pairs.iter().filter(|(pair, scored)| asked(pair, scored));
        let capped =
            |pair: &(u32, u32), scored: &Scored| Scored { score: self.score(*pair, scored), signals: scored.signals };
        let mut questions: Vec<Pair> =
            open.filter_map(|(pair, scored)| self.pair(*pair, &capped(pair, scored))).collect();
        questions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.ids.cmp(&b.ids)));
        questions
    }

    fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(place as usize)?.as_ref()
    }

    /// Takes a contact out of index and pairs.
    fn forget(&mut self, place: u32) {
        let Some(row) = self.rows.get_mut(place as usize).and_then(Option::take) else { return };
        for key in &row.features.keys {
            self.dirty.extend(self.index.remove(key.1, place));
        }
        self.drop_pairs(place);
        self.dirty.remove(&place);
    }

    fn drop_pairs(&mut self, place: u32) {
        for partner in self.partners.remove(&place).unwrap_or_default() {
            self.pairs.remove(&ordered(place, partner));
            if let Some(others) = self.partners.get_mut(&partner) {
                others.remove(&place);
            }
        }
    }

    /// Judges anew what changed.
    fn refresh(&mut self) {
        let dirty = std::mem::take(&mut self.dirty);
        dirty.iter().for_each(|place| self.drop_pairs(*place));
        for &place in &dirty {
            let Some(row) = self.row(place) else { continue };
            // A pair of two that changed is judged once, by the first of them.
            let is_open = |other: u32| other > place || !dirty.contains(&other);
            let seen = self.partners_of(place, row, is_open);
            let asked = seen.into_iter().filter(|(_, scored)| scored.score >= QUESTION);
            let judged: Vec<(u32, Scored)> = asked.collect();
            for (other, scored) in judged {
                self.pairs.insert(ordered(place, other), scored);
                self.partners.entry(place).or_default().insert(other);
                self.partners.entry(other).or_default().insert(place);
            }
        }
        if !dirty.is_empty() {
            self.find_ties();
        }
    }

    /// How likely a pair is one person; a tie is a question.
    fn score(&self, pair: (u32, u32), scored: &Scored) -> f32 {
        if self.ties.contains(&pair) { scored.score.min(ASKED_AT_MOST) } else { scored.score }
    }

    /// Reports a contradiction between two members of a group that no shared id outweighs. Compares them anew, because they may share no key.
    fn contradict(&self, one: u32, two: u32) -> bool {
        match self.pairs.get(&ordered(one, two)) {
            Some(scored) => score::contradicts(scored.signals),
            None => match (self.row(one), self.row(two)) {
                (Some(one), Some(two)) => score::contradicts(compare(&one.features, &two.features, &[])),
                _ => false,
            },
        }
    }

    /// Finds contacts that are sure to be one person with either of two who are two people.
    fn find_ties(&mut self) {
        let is_sure = |scored: &Scored| scored.score >= SURE && !score::has_id(scored.signals);
        let mut ties = HashSet::new();
        for (&place, partners) in &self.partners {
            let sure: Vec<u32> = partners
                .iter()
                .copied()
                .filter(|partner| self.pairs.get(&ordered(place, *partner)).is_some_and(is_sure))
                .collect();
            for (at, one) in sure.iter().enumerate() {
                for two in sure.iter().skip(at + 1) {
                    let (Some(first), Some(second)) = (self.row(*one), self.row(*two)) else { continue };
                    if self.contradict(*one, *two) || conflict(&first.features, &second.features) {
                        ties.extend([ordered(place, *one), ordered(place, *two)]);
                    }
                }
            }
        }
        self.ties = ties;
    }

    /// Every contact that is wanted and shares a key with this one, and what is to be said of the pair.
    fn partners_of(&self, place: u32, row: &Row, is_wanted: impl Fn(u32) -> bool) -> Vec<(u32, Scored)> {
        let mut shared: BTreeMap<u32, Vec<Kind>> = BTreeMap::new();
        for (kind, key) in &row.features.keys {
            let sharing = self.index.sharing(*key);
            if !(2..=HUB).contains(&sharing.len()) {
                continue;
            }
            for other in sharing.iter().filter(|other| **other != place && is_wanted(**other)) {
                shared.entry(*other).or_default().push(*kind);
            }
        }
        let judged = shared.into_iter().filter_map(|(other, kinds)| {
            let signals = compare(&row.features, &self.row(other)?.features, &kinds);
            Some((other, Scored { score: score(signals), signals }))
        });
        judged.collect()
    }

    /// Every pair that is compared, with the names of its signals: what weights are fitted on.
    pub fn compared(&self) -> Vec<((String, String), Vec<&'static str>)> {
        let mut pairs = Vec::new();
        for (place, row) in (0_u32..).zip(&self.rows) {
            let Some(row) = row else { continue };
            for (other, scored) in self.partners_of(place, row, |other| other > place) {
                let Some(other) = self.row(other) else { continue };
                let words = scored.signals.iter().map(Signal::word).collect();
                pairs.push(((row.id.to_string(), other.id.to_string()), words));
            }
        }
        pairs
    }

    /// The verdicts about contacts that are here: whether they are the same.
    fn decided(&self) -> BTreeMap<(u32, u32), bool> {
        let place = |id: &String| self.places.get(id.as_str()).copied();
        let known = |((one, two), decision): (&(String, String), &Decision)| {
            Some((ordered(place(one)?, place(two)?), decision.verdict == Verdict::Same))
        };
        self.verdicts.iter().filter_map(known).collect()
    }

    /// Whether there is evidence that was not there when somebody decided.
    fn is_reopened(&self, (one, two): (u32, u32), scored: &Scored) -> bool {
        let (Some(one), Some(two)) = (self.row(one), self.row(two)) else { return false };
        let ids = ((&one.id).min(&two.id).to_string(), (&one.id).max(&two.id).to_string());
        let known = self.verdicts.get(&ids).and_then(|decision| decision.evidence.as_deref());
        known.is_some_and(|known| score::is_news(&score::evidence(scored.signals), known))
    }

    fn pair(&self, (one, two): (u32, u32), scored: &Scored) -> Option<Pair> {
        let (one, two) = (self.row(one)?.id.to_string(), self.row(two)?.id.to_string());
        let ids = if one <= two { (one, two) } else { (two, one) };
        Some(Pair { ids, score: scored.score.min(1.0), tier: tier(scored.score), pattern: pattern(scored.signals) })
    }

    /// A group as a cluster: it is as sure as the weakest pair that the group needs to hang together.
    fn cluster(&self, group: &cluster::Group, decided: &BTreeMap<(u32, u32), bool>) -> Option<Cluster> {
        let mut pairs: Vec<Pair> = group
            .bonds
            .iter()
            .filter_map(|bond| {
                if decided.contains_key(bond) {
                    let said = self.pair(*bond, &Scored { score: 1.0, signals: Signals::default() })?;
                    return Some(Pair { pattern: "decided".to_owned(), ..said });
                }
                let scored = self.pairs.get(bond)?;
                self.pair(*bond, &Scored { score: self.score(*bond, scored), signals: scored.signals })
            })
            .collect();
        pairs.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.ids.cmp(&b.ids)));
        let weakest = pairs.iter().map(|pair| pair.score).min_by(f32::total_cmp)?;
        let mut rows: Vec<&Row> = group.members.iter().filter_map(|place| self.row(*place)).collect();
        let oldest = rows.iter().min_by_key(|row| (&row.features.created_at, &row.id))?;
        let id = handle(&oldest.id);
        rows.sort_by_key(|row| {
            let features = &row.features;
            (!features.has_odoo, Reverse(features.filled), &features.created_at, &row.id)
        });
        let mut others = group.members.iter().enumerate();
        let in_doubt = others.any(|(at, one)| {
            let is_open = |two: &&u32| !decided.contains_key(&ordered(*one, **two));
            group.members.iter().skip(at + 1).filter(is_open).any(|two| self.contradict(*one, *two))
        });
        let weakest = if in_doubt && !group.bonds.iter().all(|bond| decided.contains_key(bond)) {
            weakest.min(ASKED_AT_MOST)
        } else {
            weakest
        };
        let tier = tier(weakest);
        let of_rows = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).to_owned()).collect();
        let (members, units) = (of_rows(|row| &row.id), of_rows(|row| &row.features.unit));
        Some(Cluster { id, members, units, tier, score: weakest, pairs })
    }
}

fn tier(score: f32) -> Tier {
    if score >= SURE { Tier::Auto } else { Tier::Review }
}

pub(super) fn ordered(one: u32, two: u32) -> (u32, u32) {
    if one <= two { (one, two) } else { (two, one) }
}

/// The handle of a group: by FNV-1a, the same in every build, as an id must be.
pub(crate) fn handle(text: &str) -> String {
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("dup_{hash:08x}")
}
