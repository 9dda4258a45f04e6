//! Findings and groups of duplicates that are new in a list since a watch told them last.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use imbrace_contacts_store::sql::Database;

use super::duplicates::{Cluster, Tier, groups};
use super::error::CleanupError;
use super::findings::Kind;
use super::known::Known;
use super::report::{NewFinding, NewGroup, News};
use super::review::{KEPT, each_with_findings};
use super::store::{Store, contacts, watch_news, weeks};

/// Looks for what is new; nothing is kept as told.
pub(super) async fn news(store: &Store, known: &Arc<Known>, kinds: Vec<Kind>) -> Result<News, CleanupError> {
    let known = Arc::clone(known);
    store.run(move |db| look(db, &known, &kinds)).await
}

/// A key of what is told: FNV-1a over the parts, each of which ends with a byte that no text has.
fn key(parts: &[&str]) -> i64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0xFF]));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash.cast_signed()
}

/// The pairs of a group's members. A group that lost a member has no new one, and one that gained a member has.
fn pairs(cluster: &Cluster) -> Vec<i64> {
    let mut members: Vec<&str> = cluster.members.iter().map(String::as_str).collect();
    members.sort_unstable();
    let after = |at: usize| members.iter().skip(at + 1);
    members.iter().enumerate().flat_map(|(at, one)| after(at).map(move |other| key(&["pair", one, other]))).collect()
}

fn look(db: &mut Database, known: &Known, kinds: &[Kind]) -> Result<News, CleanupError> {
    let synced_at = contacts::synced_at(db)?;
    let (since, told) = (watch_news::since(db)?, watch_news::keys(db)?);
    let (mut keys, mut news): (HashSet<i64>, News) = (HashSet::new(), News::at(synced_at, since));
    each_with_findings(db, (known.default_region(), KEPT), &|_| true, |subject, found| {
        news.contacts += 1;
        news.affected += u64::from(!found.is_empty());
        for finding in found {
            news.findings += 1;
            let key = key(&[finding.kind.name(), &subject.id, subject.value(finding.field)]);
            keys.insert(key);
            if !told.contains(&key) && (kinds.is_empty() || kinds.contains(&finding.kind)) {
                let contact = subject.id.to_string();
                news.new_findings.push(NewFinding { contact, kind: finding.kind, field: finding.field });
            }
        }
    })?;
    for cluster in known.with(db, groups)? {
        news.groups += 1;
        let pairs = pairs(&cluster);
        let is_new = pairs.iter().any(|pair| !told.contains(pair));
        keys.extend(pairs);
        if is_new {
            let (because, is_sure) = (cluster.because(), cluster.tier == Tier::Auto);
            news.new_groups.push(NewGroup { id: cluster.id, is_sure, because, members: cluster.members });
        }
    }
    if news.since.is_none() {
        // There is no round to be new since.
        news.new_findings.clear();
        news.new_groups.clear();
    }
    news.new_findings.sort_unstable_by(|one, other| (one.kind, &one.contact).cmp(&(other.kind, &other.contact)));
    news.new_groups.sort_unstable_by(|one, other| (!one.is_sure, &one.id).cmp(&(!other.is_sure, &other.id)));
    news.added = keys.difference(&told).copied().collect();
    news.gone = told.difference(&keys).copied().collect();
    weeks::audited(db, news.contacts, news.affected, news.findings)?;
    Ok(news)
}

impl News {
    fn at(synced_at: jiff::Timestamp, since: Option<String>) -> Self {
        Self {
            synced_at,
            since,
            contacts: 0,
            affected: 0,
            findings: 0,
            groups: 0,
            new_findings: Vec::new(),
            new_groups: Vec::new(),
            added: Vec::new(),
            gone: Vec::new(),
        }
    }

    /// Returns true if no finding and no group is new.
    pub fn is_empty(&self) -> bool {
        self.new_findings.is_empty() && self.new_groups.is_empty()
    }

    /// New findings by kind: the most severe kinds first, then the most frequent.
    pub fn kinds(&self) -> Vec<(Kind, u64)> {
        let mut counts: BTreeMap<Kind, u64> = BTreeMap::new();
        self.new_findings.iter().for_each(|found| *counts.entry(found.kind).or_default() += 1);
        let mut counts: Vec<(Kind, u64)> = counts.into_iter().collect();
        counts.sort_by_key(|(kind, count)| std::cmp::Reverse((kind.severity(), *count)));
        counts
    }

    /// Contacts without a finding, in percent and rounded down.
    pub fn score(&self) -> u64 {
        let clean = self.contacts.saturating_sub(self.affected);
        clean.saturating_mul(100).checked_div(self.contacts).unwrap_or(100)
    }
}
