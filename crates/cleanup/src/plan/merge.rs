//! What is done with contacts that are one person, at a gateway that cannot merge: link, fill, mark.

use std::collections::HashMap;

use imbrace_contacts_store::sql::Database;

use super::draft::Drafter;
use super::fill::Filler;
use super::read;
use crate::duplicates::groups;
use crate::duplicates::{Cluster, Tier, Verdict};
use crate::error::CleanupError;
use crate::known::Known;
use crate::model::Contact;
use crate::report::Merge;
use crate::store::{Origin, contacts, decisions};
use crate::value::text;

/// Adds what merging all sure clusters means, in one way or several, inside each business unit: a unit's contacts are its own.
pub(super) fn merge(
    drafter: &mut Drafter,
    db: &mut Database,
    known: &Known,
    how: &[Merge],
    filler: &mut Filler<'_>,
) -> Result<(), CleanupError> {
    let (sure, review): (Vec<Cluster>, Vec<Cluster>) =
        known.with(db, groups)?.into_iter().partition(|cluster| cluster.tier == Tier::Auto);
    let decided = decisions::verdicts(db)?;
    let open = review.iter().filter(|cluster| !is_decided(cluster, &decided)).count();
    (0..open).for_each(|_| drafter.leave_out("duplicates that nobody has decided"));
    for cluster in sure {
        let parts = cluster.within_units();
        let acted: usize = parts.iter().map(|part| part.members.len()).sum();
        (acted..cluster.members.len()).for_each(|_| drafter.leave_out("duplicates in another business unit"));
        for part in &parts {
            one(drafter, db, how, part, filler)?;
        }
    }
    Ok(())
}

/// Whether somebody said of every pair that holds a cluster together that it is one person.
fn is_decided(cluster: &Cluster, decided: &HashMap<(String, String), Verdict>) -> bool {
    !cluster.pairs.is_empty() && cluster.pairs.iter().all(|pair| decided.get(&pair.ids) == Some(&Verdict::Same))
}

fn one(
    drafter: &mut Drafter,
    db: &Database,
    how: &[Merge],
    cluster: &Cluster,
    filler: &mut Filler<'_>,
) -> Result<(), CleanupError> {
    let mut members = Vec::new();
    for id in &cluster.members {
        if let Some(document) = contacts::document(db, id)? {
            members.push((id.as_str(), read(&document)?));
        }
    }
    if !drafter.means(&members) {
        return Ok(());
    }
    if how.contains(&Merge::Link) {
        drafter.link(&cluster.id, &members);
    }
    let Some(((survivor, kept), others)) = members.split_first() else { return Ok(()) };
    if how.contains(&Merge::Fill) {
        drafter.begin("fill", &cluster.id);
        let has_remark = keep_refusals(drafter, (survivor, kept), others);
        filler.fill(drafter, (survivor, kept), others, has_remark);
    }
    if how.contains(&Merge::Mark) {
        drafter.begin("mark", &cluster.id);
        // A marked contact is passed over from now on, and so is its refusal of contact.
        if !how.contains(&Merge::Fill) {
            keep_refusals(drafter, (survivor, kept), others);
        }
        others.iter().for_each(|(id, contact)| mark(drafter, survivor, id, contact));
    }
    Ok(())
}

/// Words of somebody who does not want to be written to, in the languages of the home regions. What holds one of them
/// outlives every merge: a survivor without it would be written to again.
const REFUSALS: [&str; 24] = [
    "do not contact",
    "don't contact",
    "do not call",
    "do not email",
    "do not message",
    "no marketing",
    "opt out",
    "opt-out",
    "opted out",
    "unsubscribe",
    "stop messaging",
    "không liên hệ",
    "không gọi",
    "ngừng nhận tin",
    "请勿联系",
    "請勿聯絡",
    "請勿聯繫",
    "退订",
    "退訂",
    "拒收",
    "連絡不要",
    "配信停止",
    "ห้ามติดต่อ",
    "jangan hubungi",
];

/// Whether a remark says that somebody does not want to be written to.
fn refuses(remark: &str) -> bool {
    let remark = remark.to_lowercase();
    REFUSALS.iter().any(|words| remark.contains(words))
}

/// Adds to the survivor's remark what others' say of consent; whether there is any.
fn keep_refusals(drafter: &mut Drafter, (id, survivor): (&str, &Contact), others: &[(&str, Contact)]) -> bool {
    let own = text(survivor.record().raw("remark"));
    let mut remark = own.clone();
    for (_, other) in others {
        let said = text(other.record().raw("remark"));
        if refuses(&said) && !remark.contains(&said) {
            remark = if remark.is_empty() { said } else { format!("{remark}\n{said}") };
        }
    }
    let is_kept = remark != own;
    if is_kept {
        drafter.propose(id, survivor, "remark", remark.into());
    }
    is_kept
}

/// Adds a line to a contact's remark that says whose duplicate it is; what stands there stays.
fn mark(drafter: &mut Drafter, survivor: &str, id: &str, contact: &Contact) {
    let line = format!("[duplicate of {survivor}]");
    let remark = text(contact.record().raw("remark"));
    if remark.contains(&line) {
        drafter.leave_out("marked already");
        return;
    }
    let remark = if remark.is_empty() { line } else { format!("{remark}\n{line}") };
    let origin = Origin { other: survivor.to_owned(), value: None };
    drafter.propose_of((id, contact), "remark", remark.into(), origin);
}
