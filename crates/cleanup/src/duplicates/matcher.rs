//! The matcher: an index of keys, the pairs that share one, and what changes of them when a contact does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::cluster;
use super::compare::compare;
use super::features::{Features, bound, is_value};
use super::index::Index;
use super::learnt::{LEARNT, Learnt, SHARED, Trust};
use super::score::{self, ASKED_AT_MOST, QUESTION, REVIEW, SURE, Weights, pattern};
use super::signals::{Signal, Signals};
use super::{Cluster, KeepReason, Pair, Tier, Verdict};
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
    pub(super) places: HashMap<Arc<str>, u32>,
    index: Index,
    pub(super) weights: Weights,
    pub(super) learnt: Learnt,
    pub(super) trust: Trust,
    /// How many contacts changed since the list was learnt; `None` before it was.
    changed: Option<usize>,
    /// Keys that contacts had who changed or left.
    left: Vec<u64>,
    pairs: BTreeMap<(u32, u32), Scored>,
    partners: HashMap<u32, BTreeSet<u32>>,
    dirty: BTreeSet<u32>,
    /// Pairs of a contact that could be either of two people, so that it is surely neither.
    ties: HashSet<(u32, u32)>,
    verdicts: BTreeMap<(String, String), Decision>,
    pub(super) default_region: Option<Region>,
}

impl Matcher {
    /// A matcher of contacts whose numbers are of a region where they say nothing else.
    pub fn of_default_region(region: Option<Region>) -> Self {
        Self { default_region: region, ..Self::default() }
    }

    /// A matcher with other weights than those that are shipped: a signal and its weight in log odds a row, as `weights.csv`.
    pub fn with_weights(table: &str) -> Self {
        Self { weights: Weights::read(table), ..Self::default() }
    }

    /// Adds a contact, or replaces what is known of it.
    pub fn put(&mut self, subject: &Subject<'_>) {
        let id: Arc<str> = Arc::from(&*subject.id);
        if let Some(place) = self.places.get(&id) {
            self.forget(*place);
        }
        // A contact that changed gets a new place, so that the old keys in the index lead nowhere.
        let place = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
        self.rows.push(Some(Row { id: Arc::clone(&id), features: Features::of(subject, today, self.default_region) }));
        self.places.insert(id, place);
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
    /// more where there is evidence that was not there before. A pair of which nobody is sure is not joined and not asked about.
    pub fn recall(&mut self, first: &str, second: &str, verdict: Verdict, evidence: Option<String>) {
        let (a, b) = if first <= second { (first, second) } else { (second, first) };
        self.verdicts.insert((a.to_owned(), b.to_owned()), Decision { verdict, evidence });
    }

    /// Forgets every verdict, before those that are kept now are taken.
    pub(crate) fn forget_verdicts(&mut self) {
        self.verdicts.clear();
    }

    /// The pattern of two contacts as they are now; `None` where one of them is not here.
    pub(crate) fn pattern(&self, first: &str, second: &str) -> Option<String> {
        let place = |id: &str| self.places.get(id).copied();
        let (one, two) = place(first).zip(place(second))?;
        let (one, two) = ordered(one, two);
        self.compared_pair(one, two).map(pattern)
    }

    /// What speaks for two contacts being one person: which keys agree, joined by plus signs.
    pub fn evidence(&self, first: &str, second: &str) -> String {
        let place = |id: &str| self.places.get(id).copied();
        let pair = place(first).zip(place(second)).and_then(|(one, two)| {
            let (one, two) = ordered(one, two);
            self.compared_pair(one, two)
        });
        pair.map(score::evidence).unwrap_or_default()
    }

    /// Returns true if the names of two contacts are as in a family: a word in common and another not, or a word of kinship.
    pub(crate) fn are_relatives(&self, first: &str, second: &str) -> bool {
        let place = |id: &str| self.places.get(id).copied();
        let pair = place(first).zip(place(second));
        pair.is_some_and(|(one, two)| {
            self.signals(one, two).any(&[Signal::NameRelated, Signal::NameAlias, Signal::Kin])
        })
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

    fn groups(&self, least: f32, decided: &BTreeMap<(u32, u32), Verdict>) -> Vec<cluster::Group> {
        let score = |(pair, scored): (&(u32, u32), &Scored)| match decided.get(pair) {
            None => Some((self.score(*pair, scored), pair.0, pair.1)),
            // It stays to be looked at, and is never acted on.
            Some(Verdict::Unsure) => Some((self.score(*pair, scored).min(ASKED_AT_MOST), pair.0, pair.1)),
            Some(Verdict::Same | Verdict::Different) => None,
        };
        let scores = self.pairs.iter().filter_map(score);
        let mut edges: Vec<(f32, u32, u32)> = scores.filter(|(score, ..)| *score >= least).collect();
        let same = decided.iter().filter(|(_, verdict)| **verdict == Verdict::Same);
        edges.extend(same.map(|((one, two), _)| (2.0, *one, *two)));
        let id = |place: u32| self.row(place).map_or("", |row| &row.id);
        // By ids and not by places, so that the order in which contacts came changes nothing.
        let ids = |one: u32, two: u32| (id(one).min(id(two)), id(one).max(id(two)));
        // Decisions come after sure pairs, so that one joins the whole of two sure groups.
        let rank = |score: f32| if score > 1.0 { SURE - f32::EPSILON } else { score };
        edges.sort_by(|a, b| rank(b.0).total_cmp(&rank(a.0)).then_with(|| ids(a.1, a.2).cmp(&ids(b.1, b.2))));
        let different = |one: u32, two: u32| match decided.get(&ordered(one, two)) {
            Some(Verdict::Different) => true,
            Some(Verdict::Unsure) => least >= SURE,
            Some(Verdict::Same) | None => false,
        };
        let conflict = |one: u32, two: u32| {
            let signals = self.signals(one, two);
            score::conflicts(signals) || (least >= SURE && score::contradicts(signals))
        };
        cluster::group(&edges, &different, &conflict)
    }

    fn grouped(&mut self, least: f32) -> Vec<Cluster> {
        self.refresh();
        let decided = self.decided();
        let groups = self.groups(least, &decided);
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

    /// Pairs that a person should decide, the surest first: those that no rule settles. Contacts that are surely one person are asked
    /// about once: of all pairs between two sure groups, the likeliest stands for the rest.
    pub fn questions(&mut self) -> Vec<Pair> {
        self.refresh();
        let decided = self.decided();
        let groups = self.sure_groups(&decided);
        let home = |place: u32| groups.get(&place).copied().unwrap_or(place);
        let homes = |(one, two): (u32, u32)| ordered(home(one), home(two));
        // Two groups of which somebody said something are not asked about again.
        let settled: HashSet<(u32, u32)> = decided.keys().map(|pair| homes(*pair)).collect();
        let mut open: Vec<(f32, (u32, u32))> = Vec::new();
        let mut reopened: Vec<(f32, (u32, u32))> = Vec::new();
        for (pair, scored) in &self.pairs {
            let score = self.score(*pair, scored);
            match decided.get(pair) {
                None if (QUESTION..SURE).contains(&score)
                    && home(pair.0) != home(pair.1)
                    && !settled.contains(&homes(*pair)) =>
                {
                    open.push((score, *pair));
                }
                Some(Verdict::Different) if scored.score >= QUESTION && self.is_reopened(*pair, scored) => {
                    reopened.push((score, *pair))
                }
                _ => {}
            }
        }
        let id = |place: u32| self.row(place).map_or("", |row| &row.id);
        let ids = |(one, two): (u32, u32)| (id(one).min(id(two)), id(one).max(id(two)));
        let by_score =
            |a: &(f32, (u32, u32)), b: &(f32, (u32, u32))| b.0.total_cmp(&a.0).then_with(|| ids(a.1).cmp(&ids(b.1)));
        open.sort_by(by_score);
        let mut asked: HashSet<(u32, u32)> = HashSet::new();
        open.retain(|(_, pair)| asked.insert(homes(*pair)));
        self.afford(&mut open);
        open.extend(reopened);
        open.sort_by(by_score);
        let shown = |(score, pair): (f32, (u32, u32))| {
            let signals = self.pairs.get(&pair)?.signals;
            self.pair(pair, &Scored { score, signals })
        };
        open.into_iter().filter_map(shown).collect()
    }

    /// Keeps what a person can answer in a sitting: the patterns that join most contacts, and of these the likeliest pairs. The others
    /// come when these are answered.
    fn afford(&self, open: &mut Vec<(f32, (u32, u32))>) {
        const PATTERNS: usize = 10;
        const PER_THOUSAND: usize = 40;
        let pattern_of =
            |pair: &(u32, u32)| self.pairs.get(pair).map(|scored| pattern(scored.signals)).unwrap_or_default();
        let mut worth: BTreeMap<String, f32> = BTreeMap::new();
        open.iter().for_each(|(score, pair)| *worth.entry(pattern_of(pair)).or_default() += score);
        let mut patterns: Vec<(String, f32)> = worth.into_iter().collect();
        patterns.sort_by(|a, b| b.1.total_cmp(&a.1));
        let kept: HashSet<&str> = patterns.iter().take(PATTERNS).map(|(pattern, _)| pattern.as_str()).collect();
        open.retain(|(_, pair)| kept.contains(pattern_of(pair).as_str()));
        open.truncate((self.places.len() * PER_THOUSAND / 1_000).max(PER_THOUSAND));
    }

    /// The sure group of each contact that is in one, by the place of a member.
    fn sure_groups(&self, decided: &BTreeMap<(u32, u32), Verdict>) -> HashMap<u32, u32> {
        let groups = self.groups(SURE, decided);
        groups
            .iter()
            .flat_map(|group| {
                let first = group.members.iter().copied().min().unwrap_or_default();
                group.members.iter().map(move |member| (*member, first))
            })
            .collect()
    }

    pub(super) fn row(&self, place: u32) -> Option<&Row> {
        self.rows.get(place as usize)?.as_ref()
    }

    /// Takes a contact out of rows and pairs.
    fn forget(&mut self, place: u32) {
        let Some(row) = self.rows.get_mut(place as usize).and_then(Option::take) else { return };
        self.left.extend(row.features.keys);
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

    /// Judges anew what changed. What the list says of itself is learnt anew when a twentieth of it changed, and always while it
    /// is small.
    pub(super) fn refresh(&mut self) {
        const SMALL: usize = 4_000;
        if self.dirty.is_empty() && self.left.is_empty() {
            return;
        }
        let changed = self.changed.map(|changed| changed + self.dirty.len());
        match changed {
            Some(changed) if self.places.len() > SMALL && changed * 20 < self.places.len() => {
                self.changed = Some(changed);
                self.judge_changed();
            }
            _ => {
                self.changed = Some(0);
                self.judge_all();
            }
        }
        self.find_ties();
    }

    /// Learns from the whole list, and judges every pair.
    fn judge_all(&mut self) {
        self.dirty.clear();
        self.left.clear();
        self.rows.retain(Option::is_some);
        let places = self.rows.iter().flatten().zip(0_u32..).map(|(row, place)| (Arc::clone(&row.id), place));
        self.places = places.collect();
        let keys = self
            .rows
            .iter()
            .flatten()
            .zip(0_u32..)
            .flat_map(|(row, place)| row.features.keys.iter().map(move |key| (*key, place)));
        self.index = Index::of(keys.collect());
        self.learnt = Learnt::of(self.rows.iter().flatten().map(|row| &row.features));
        let mut candidates: Vec<(u32, u32)> = Vec::new();
        let mut sharing: Vec<(u32, u32, u8)> = Vec::new();
        for (key, block) in self.index.blocks() {
            if block.len() > bound(key) {
                continue;
            }
            let kind = SHARED.iter().position(|kind| kind.is_of(key));
            for (at, (_, one)) in block.iter().enumerate() {
                let others = block.iter().skip(at + 1).map(|(_, two)| (*one, *two));
                if let Some(kind) = kind.and_then(|kind| u8::try_from(kind).ok()) {
                    sharing.extend(others.clone().map(|(one, two)| (one, two, kind)));
                }
                candidates.extend(others);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        sharing.sort_unstable();
        let compared =
            candidates.into_iter().filter_map(|(one, two)| Some(((one, two), self.compared_pair(one, two)?)));
        let compared: Vec<((u32, u32), Signals)> = compared.collect();
        let mut shared = sharing.into_iter().peekable();
        for (pair, signals) in &compared {
            while let Some((one, two, kind)) = shared.next_if(|(one, two, _)| (*one, *two) <= *pair) {
                if (one, two) == *pair {
                    self.learnt.count_shared(usize::from(kind), *signals);
                }
            }
            self.learnt.count(*signals);
        }
        self.trust = self.learnt.trust();
        self.pairs.clear();
        self.partners.clear();
        for (pair, signals) in compared {
            self.judge(pair, signals);
        }
    }

    /// Judges the pairs of contacts that changed, and of those that share a value with them.
    fn judge_changed(&mut self) {
        let mut dirty = std::mem::take(&mut self.dirty);
        for place in &dirty {
            let Some(row) = self.rows.get(*place as usize).and_then(Option::as_ref) else { continue };
            row.features.keys.iter().for_each(|key| self.index.add(*key, *place));
        }
        let changed: Vec<u64> =
            dirty.iter().filter_map(|place| self.row(*place)).flat_map(|row| row.features.values()).collect();
        let left = std::mem::take(&mut self.left);
        for key in changed.into_iter().chain(left) {
            let sharing: Vec<u32> = self.sharing(key).take(bound(key) + 2).collect();
            // Whoever shares a value is judged by how many do; whoever is in a block, only when the block becomes too large or small enough.
            let is_at_bound = (bound(key)..=bound(key) + 1).contains(&sharing.len());
            if is_at_bound || (is_value(key) && sharing.len() <= bound(key)) {
                dirty.extend(sharing);
            }
        }
        for place in &dirty {
            self.drop_pairs(*place);
        }
        for &place in &dirty {
            // A pair of two that changed is judged once, by the first of them.
            let is_open = |other: u32| other > place || !dirty.contains(&other);
            for (other, signals) in self.partners_of(place, is_open) {
                self.judge(ordered(place, other), signals);
            }
        }
    }

    /// Keeps a pair that is worth a question.
    fn judge(&mut self, pair: (u32, u32), signals: Signals) {
        let score = self.weights.score(signals, &self.trust);
        if score >= QUESTION {
            self.pairs.insert(pair, Scored { score, signals });
            self.partners.entry(pair.0).or_default().insert(pair.1);
            self.partners.entry(pair.1).or_default().insert(pair.0);
        }
    }

    /// The live contacts that have a key.
    pub(super) fn sharing(&self, key: u64) -> impl Iterator<Item = u32> {
        self.index.sharing(key).filter(|place| self.row(*place).is_some())
    }

    fn compared_pair(&self, one: u32, two: u32) -> Option<Signals> {
        let (one, two) = (self.row(one)?, self.row(two)?);
        let sharing = |key: u64| self.sharing(key).take(9).count();
        Some(compare(&one.features, &two.features, &self.learnt, sharing))
    }

    /// How likely a pair is one person; a tie is a question.
    fn score(&self, pair: (u32, u32), scored: &Scored) -> f32 {
        if self.ties.contains(&pair) { scored.score.min(ASKED_AT_MOST) } else { scored.score }
    }

    /// The signals of two contacts, which may share no key.
    pub(super) fn signals(&self, one: u32, two: u32) -> Signals {
        match self.pairs.get(&ordered(one, two)) {
            Some(scored) => scored.signals,
            None => self.compared_pair(one, two).unwrap_or_default(),
        }
    }

    /// Reports a contradiction between two members of a group that no shared id outweighs.
    fn contradict(&self, one: u32, two: u32) -> bool {
        score::contradicts(self.signals(one, two))
    }

    /// Finds contacts that are sure to be one person with either of two who are two people. One who shares more values with the first of
    /// them than with the second is in doubt with the second alone.
    fn find_ties(&mut self) {
        let is_sure = |scored: &&Scored| scored.score >= SURE && !score::has_id(scored.signals);
        let mut ties = HashSet::new();
        for (&place, partners) in &self.partners {
            let sure: Vec<(u32, usize)> = partners
                .iter()
                .filter_map(|partner| {
                    let pair = self.pairs.get(&ordered(place, *partner)).filter(is_sure)?;
                    Some((*partner, score::own_values(pair.signals)))
                })
                .collect();
            for (at, (one, of_one)) in sure.iter().enumerate() {
                for (two, of_two) in sure.iter().skip(at + 1) {
                    let signals = self.signals(*one, *two);
                    if !score::contradicts(signals) && !score::are_two_names(signals) {
                        continue;
                    }
                    if of_one <= of_two {
                        ties.insert(ordered(place, *one));
                    }
                    if of_two <= of_one {
                        ties.insert(ordered(place, *two));
                    }
                }
            }
        }
        self.ties = ties;
    }

    /// Every contact that is wanted and shares a key with this one, and the signals of the pair.
    fn partners_of(&self, place: u32, is_wanted: impl Fn(u32) -> bool) -> Vec<(u32, Signals)> {
        let Some(row) = self.row(place) else { return Vec::new() };
        let mut partners: BTreeSet<u32> = BTreeSet::new();
        for key in &row.features.keys {
            let sharing: Vec<u32> = self.sharing(*key).take(bound(*key) + 1).collect();
            if sharing.len() <= bound(*key) {
                partners.extend(sharing.into_iter().filter(|other| *other != place && is_wanted(*other)));
            }
        }
        partners.into_iter().filter_map(|other| Some((other, self.compared_pair(place, other)?))).collect()
    }

    /// Every pair that is compared, with the names of its signals and the worth of values in this list: what weights are fitted on.
    pub fn compared(&mut self) -> Vec<((String, String), Vec<String>)> {
        self.refresh();
        let mut pairs = Vec::new();
        for (place, row) in (0_u32..).zip(&self.rows) {
            let Some(row) = row else { continue };
            for (other, signals) in self.partners_of(place, |other| other > place) {
                let Some(other) = self.row(other) else { continue };
                let mut words: Vec<String> = signals.iter().map(|signal| signal.word().to_owned()).collect();
                let trust = LEARNT.iter().zip(&self.trust).filter(|((signal, _), _)| signals.has(*signal));
                words.extend(trust.map(|((_, word), trust)| format!("{word}={trust:.4}")));
                pairs.push(((row.id.to_string(), other.id.to_string()), words));
            }
        }
        pairs
    }

    /// The verdicts about contacts that are here.
    fn decided(&self) -> BTreeMap<(u32, u32), Verdict> {
        let place = |id: &String| self.places.get(id.as_str()).copied();
        let known = |((one, two), decision): (&(String, String), &Decision)| {
            Some((ordered(place(one)?, place(two)?), decision.verdict))
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
    fn cluster(&self, group: &cluster::Group, decided: &BTreeMap<(u32, u32), Verdict>) -> Option<Cluster> {
        let mut pairs: Vec<Pair> = group
            .bonds
            .iter()
            .filter_map(|bond| {
                let verdict = decided.get(bond);
                if verdict.is_some_and(|verdict| *verdict != Verdict::Unsure) {
                    let said = self.pair(*bond, &Scored { score: 1.0, signals: Signals::default() })?;
                    return Some(Pair { pattern: "decided".to_owned(), ..said });
                }
                let scored = self.pairs.get(bond)?;
                let most = if verdict.is_some() { ASKED_AT_MOST } else { 1.0 };
                self.pair(*bond, &Scored { score: self.score(*bond, scored).min(most), signals: scored.signals })
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
        let keep = keep_reason(&rows);
        let pairs_with = |at: usize, one: u32| group.members.iter().skip(at + 1).map(move |two| (one, *two));
        let of_two = || group.members.iter().enumerate().flat_map(|(at, one)| pairs_with(at, *one));
        let verdict = |(one, two): (u32, u32)| decided.get(&ordered(one, two));
        let in_doubt = of_two().any(|pair| verdict(pair).is_none() && self.contradict(pair.0, pair.1));
        let is_unsure = of_two().any(|pair| verdict(pair) == Some(&Verdict::Unsure));
        let weakest = if is_unsure || (in_doubt && !group.bonds.iter().all(|bond| decided.contains_key(bond))) {
            weakest.min(ASKED_AT_MOST)
        } else {
            weakest
        };
        let tier = tier(weakest);
        let of_rows = |text: fn(&Row) -> &str| rows.iter().map(|row| text(row).to_owned()).collect();
        let (members, units) = (of_rows(|row| &row.id), of_rows(|row| &row.features.unit));
        Some(Cluster { id, members, units, tier, score: weakest, pairs, keep })
    }
}

/// Why the first of these comes before the second.
fn keep_reason(rows: &[&Row]) -> KeepReason {
    let features = |at: usize| rows.get(at).map(|row| &row.features);
    match (features(0), features(1)) {
        (Some(first), Some(second)) if first.has_odoo && !second.has_odoo => KeepReason::OdooId,
        (Some(first), Some(second)) if first.filled > second.filled => KeepReason::MostFields,
        _ => KeepReason::Oldest,
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
