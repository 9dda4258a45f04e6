//! From pairs to clusters: the surest pairs first, and no cluster that holds two people.

use std::collections::HashMap;

use super::matcher::ordered;
use super::score::SURE;

/// The most that scores join: contacts, or contacts that somebody said are one.
const MOST: usize = 48;

/// Contacts that are one person, and the pairs that brought them together.
#[derive(Default)]
pub(super) struct Group {
    pub(super) members: Vec<u32>,
    pub(super) bonds: Vec<(u32, u32)>,
    /// The members, those counted once that somebody said are one.
    parts: usize,
}

/// Joins contacts by pairs, which come surest first, and what somebody said right behind what is sure. A pair that would put two people into one cluster, or more contacts
/// than a cluster holds, joins nothing. What somebody said has no such bound: the bound is against chains of likeness.
///
/// `conflict` holds for two members that no group may hold unless they share an id; `different` for two that somebody said are two
/// people.
pub(super) fn group(
    edges: &[(f32, u32, u32)],
    different: &impl Fn(u32, u32) -> bool,
    conflict: &impl Fn(u32, u32) -> bool,
) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut home: HashMap<u32, usize> = HashMap::new();
    for &(score, one, two) in edges {
        let (first, second) = (place(&mut groups, &mut home, one), place(&mut groups, &mut home, two));
        if first == second || !fits(&groups, (first, second), (score, one, two), different, conflict) {
            continue;
        }
        let joined = groups.get_mut(second).map(std::mem::take).unwrap_or_default();
        home.extend(joined.members.iter().map(|member| (*member, first)));
        if let Some(group) = groups.get_mut(first) {
            group.members.extend(joined.members);
            group.parts = if is_said(score) { 1 } else { group.parts + joined.parts };
            group.bonds.extend(joined.bonds);
            group.bonds.push(ordered(one, two));
        }
    }
    groups.retain(|group| group.members.len() > 1);
    groups
}

fn place(groups: &mut Vec<Group>, home: &mut HashMap<u32, usize>, member: u32) -> usize {
    *home.entry(member).or_insert_with(|| {
        groups.push(Group { members: vec![member], bonds: Vec::new(), parts: 1 });
        groups.len() - 1
    })
}

/// Returns true if the pair was joined by a person's decision and not by its score.
fn is_said(score: f32) -> bool {
    score > 1.0
}

fn fits(
    groups: &[Group],
    (first, second): (usize, usize),
    (score, one, two): (f32, u32, u32),
    different: &impl Fn(u32, u32) -> bool,
    conflict: &impl Fn(u32, u32) -> bool,
) -> bool {
    let members = |at: usize| groups.get(at).map(|group| group.members.as_slice()).unwrap_or_default();
    let parts = |at: usize| groups.get(at).map_or(0, |group| group.parts);
    let said = is_said(score);
    if !said && parts(first) + parts(second) > MOST {
        return false;
    }
    // A sure pair of conflicting names shares what only one person has: an id.
    let crossing = |a: u32, b: u32| (a, b) == (one, two) && score >= SURE;
    let clash = |a: u32, b: u32| different(a, b) || (!said && !crossing(a, b) && conflict(a, b));
    !members(first).iter().any(|a| members(second).iter().any(|b| clash(*a, *b)))
}
