//! Records of any columns, without labels: how often columns agree for one person and for two is learnt from the records
//! themselves (Fellegi and Sunter's model, by expectation maximisation). For lists that are not of contacts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::score::SURE;
use crate::normalize::email::one_slip;

/// Values that more records share than this bring none of them together.
const HUB: usize = 64;
/// How often the estimates are made anew.
const ROUNDS: usize = 25;
/// How many pairs taken blindly say how often columns agree by chance.
const BLIND: usize = 200_000;
/// From this similarity on (Jaro and Winkler's) two values are one misspelt.
const NEAR: f64 = 0.88;

/// How two values of a column stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Apart,
    Near,
    Equal,
}

/// The levels of a pair's columns; `None` where one is empty.
type Levels = Vec<Option<Level>>;

/// How often each level comes in each column.
type Shares = Vec<[f64; 3]>;

/// Groups records of the same columns by person. A record is its values, in lower case, empty where there is none; a group is the
/// places of its records. Records that are alone are in no group.
pub fn group(records: &[Vec<String>]) -> Vec<Vec<usize>> {
    let pairs = candidates(records);
    let compared: Vec<Levels> = pairs.iter().map(|(one, two)| compare(records, *one, *two)).collect();
    let chance = chance(records);
    let odds = learn(&compared, &chance);
    // As sure as the matcher of contacts must be to act without asking.
    let least = f64::from(SURE / (1.0 - SURE)).ln();
    let mut sure: Vec<(f64, (usize, usize))> = odds.into_iter().zip(pairs).filter(|(odds, _)| *odds >= least).collect();
    sure.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    joined(&sure)
}

/// Pairs that share the values of two columns.
fn candidates(records: &[Vec<String>]) -> Vec<(usize, usize)> {
    let mut index: HashMap<u64, Vec<usize>> = HashMap::new();
    for (place, record) in records.iter().enumerate() {
        let filled: Vec<_> = record.iter().enumerate().filter(|(_, value)| !value.is_empty()).collect();
        for (at, first) in filled.iter().enumerate() {
            for second in filled.iter().skip(at + 1) {
                index.entry(hashed((first, second))).or_default().push(place);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for sharing in index.values().filter(|sharing| sharing.len() <= HUB) {
        for (at, one) in sharing.iter().enumerate() {
            pairs.extend(sharing.iter().skip(at + 1).map(|two| (*one, *two)));
        }
    }
    pairs.into_iter().collect()
}

fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn compare(records: &[Vec<String>], one: usize, two: usize) -> Levels {
    let (one, two) = (records.get(one), records.get(two));
    let values = one.into_iter().flatten().zip(two.into_iter().flatten());
    values.map(|(one, two)| if one.is_empty() || two.is_empty() { None } else { Some(level(one, two)) }).collect()
}

fn level(one: &str, two: &str) -> Level {
    if one == two {
        Level::Equal
    } else if one_slip(one, two) || strsim::jaro_winkler(one, two) >= NEAR {
        Level::Near
    } else {
        Level::Apart
    }
}

/// How often columns agree in pairs that were taken blindly, nearly all of which are two people.
fn chance(records: &[Vec<String>]) -> Shares {
    let count = records.len().max(1);
    let blind = (0..BLIND.min(count * 40)).map(|at| (at % count, (at * 7_919 + at / count * 104_729 + 1) % count));
    let levels: Vec<Levels> =
        blind.filter(|(one, two)| one != two).map(|(one, two)| compare(records, one, two)).collect();
    shares(&levels, &vec![1.0; levels.len()])
}

/// The share of each level in each column, each pair counted by its weight.
fn shares(compared: &[Levels], weights: &[f64]) -> Shares {
    let columns = compared.first().map_or(0, Vec::len);
    let mut counts = vec![[0.5_f64; 3]; columns];
    for (levels, weight) in compared.iter().zip(weights) {
        for (count, level) in counts.iter_mut().zip(levels) {
            if let Some(slot) = level.and_then(|level| count.get_mut(level as usize)) {
                *slot += weight;
            }
        }
    }
    counts.into_iter().map(|count| count.map(|part| part / count.iter().sum::<f64>())).collect()
}

/// The log odds of each pair that it is one person.
fn learn(compared: &[Levels], chance: &Shares) -> Vec<f64> {
    let mut same: Shares = vec![[0.05, 0.15, 0.8]; chance.len()];
    let mut share = 0.1_f64;
    let mut odds = Vec::new();
    for _ in 0..ROUNDS {
        let prior = (share / (1.0 - share)).ln();
        odds = compared.iter().map(|levels| prior + evidence(levels, &same, chance)).collect();
        let weights: Vec<f64> = odds.iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect();
        share = (weights.iter().sum::<f64>() / weights.len().max(1) as f64).clamp(1e-6, 1.0 - 1e-6);
        same = shares(compared, &weights);
    }
    odds
}

fn evidence(levels: &Levels, same: &Shares, chance: &Shares) -> f64 {
    let columns = levels.iter().zip(same.iter().zip(chance));
    let one = |level: Option<Level>, same: &[f64; 3], chance: &[f64; 3]| {
        let at = level? as usize;
        Some((same.get(at)? / chance.get(at)?).ln())
    };
    columns.filter_map(|(level, (same, chance))| one(*level, same, chance)).sum()
}

/// Groups of records that pairs tie together.
fn joined(pairs: &[(f64, (usize, usize))]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut home: BTreeMap<usize, usize> = BTreeMap::new();
    for (_, (one, two)) in pairs {
        let mut of = |place: usize| {
            let group = *home.entry(place).or_insert(place);
            groups.entry(group).or_insert_with(|| vec![place]);
            group
        };
        let (first, second) = (of(*one), of(*two));
        if first != second {
            let moved = groups.remove(&second).unwrap_or_default();
            home.extend(moved.iter().map(|place| (*place, first)));
            groups.entry(first).or_default().extend(moved);
        }
    }
    groups.into_values().collect()
}
