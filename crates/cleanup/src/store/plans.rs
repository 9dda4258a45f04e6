//! Plans: frozen steps and links with their fingerprint, and what became of each.

use std::collections::{BTreeMap, HashMap};

use imbrace_contacts_store::sql::{Database, Row, SqlError, Value as Sql};
use imbrace_contacts_store::values;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::contacts::meta;
use super::{contacts, count, whole};
use crate::error::CleanupError;
use crate::model::Record;
use crate::report::{Counts, PlanReport, Step, StepState, TRIAL, Upcoming};
use crate::value::same;

/// Steps that a report shows.
const EXAMPLES: usize = 3;

/// A plan before it is filed.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) steps: Vec<Step>,
    /// Numbers of steps, and the contacts that are the reason for them.
    pub(crate) origins: Vec<(u64, Origin)>,
    pub(crate) links: Vec<Group>,
    pub(crate) left_out: Vec<(String, u64)>,
}

/// The contact that is the reason for a step, because it is the same person.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) other: String,
    /// What it holds in the step's field, where the step copies that.
    pub(crate) value: Option<Value>,
}

/// Contacts that a plan links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) cluster: String,
    pub(crate) members: Vec<String>,
}

/// A plan as it was filed.
#[derive(Debug)]
pub(crate) struct Filed {
    pub(crate) fingerprint: String,
    made_at: String,
    left_out: Vec<(String, u64)>,
}

/// Files a plan; its id.
pub(crate) fn file(db: &mut Database, draft: &Draft) -> Result<String, CleanupError> {
    let transaction = db.transaction()?;
    let id = format!("plan_{:08x}", rand::random::<u32>());
    let fingerprint = fingerprint(&transaction, &draft.steps, &draft.links)?;
    transaction.execute(
        "INSERT INTO plan (id, made_at, fingerprint, left_out) VALUES (?1, ?2, ?3, ?4)",
        values![&id, &jiff::Timestamp::now().to_string(), &fingerprint, &serde_json::to_string(&draft.left_out)?],
    )?;
    let text = |value: &Value| value.to_string();
    let origins: HashMap<u64, (&str, String)> = draft.origins.iter().map(origin).collect();
    let json: Vec<[String; 2]> = draft.steps.iter().map(|step| [text(&step.before), text(&step.after)]).collect();
    let steps = draft.steps.iter().zip(&json).map(|(step, [before, after])| {
        let Step { number, contact, field, kind, group, .. } = step;
        let (other, origin) = origins.get(number).map_or(("", ""), |(other, origin)| (other, origin));
        let [number, planned] = [whole(*number), 1].map(Sql::Integer);
        let [contact, field, before, after, other, origin, kind, group] =
            [contact, field, before, after, other, origin, kind, group].map(Sql::Text);
        [Sql::from(&id), number, planned, contact, field, before, after, other, origin, kind, group]
    });
    let columns =
        ["plan", "number", "planned", "contact", "field", "before", "after", "other", "origin", "kind", "cluster"];
    transaction.insert_many(("step", &columns), "", &steps.collect::<Vec<_>>())?;
    let members = draft.links.iter().flat_map(|group| group.members.iter().map(move |member| (&group.cluster, member)));
    let links = members.map(|(cluster, member)| [&id, cluster, member].map(Sql::from));
    transaction.insert_many(("link", &["plan", "cluster", "contact"]), "", &links.collect::<Vec<_>>())?;
    transaction.commit()?;
    Ok(id)
}

/// The number of a step, the contact that is its reason, and what is copied from it.
fn origin((number, Origin { other, value }): &(u64, Origin)) -> (u64, (&str, String)) {
    (*number, (other, value.as_ref().map(Value::to_string).unwrap_or_default()))
}

/// 16 hex digits over place, tenant, steps and links. Every text is preceded by its length, so that none runs into another.
fn fingerprint(db: &Database, steps: &[Step], links: &[Group]) -> Result<String, CleanupError> {
    let mut digest = Sha256::new();
    let mut add = |text: &str| {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text);
    };
    for name in ["place", "tenant"] {
        add(&meta(db, name)?.unwrap_or_default());
    }
    for step in steps {
        for text in [&step.contact, &step.field, &step.before.to_string(), &step.after.to_string()] {
            add(text);
        }
    }
    let mut links: Vec<(&str, &str)> =
        links.iter().flat_map(|group| group.members.iter().map(|member| (&*group.cluster, &**member))).collect();
    links.sort_unstable();
    add("links");
    for (cluster, member) in links {
        add(cluster);
        add(member);
    }
    Ok(digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// The fingerprint of what is stored now.
pub(crate) fn recomputed(db: &Database, plan: &str) -> Result<String, CleanupError> {
    let planned = select(db, "plan = ?1 AND planned = 1 ORDER BY number", values![plan])?;
    fingerprint(db, &planned, &groups(db, plan)?)
}

/// A plan by its id.
pub(crate) fn filed(db: &Database, plan: &str) -> Result<Filed, CleanupError> {
    let found =
        db.query_optional("SELECT fingerprint, left_out, made_at FROM plan WHERE id = ?1", values![plan], |row| {
            let left_out = serde_json::from_str(&row.get::<String>(1)?)?;
            Ok::<_, CleanupError>(Filed { fingerprint: row.get(0)?, left_out, made_at: row.get(2)? })
        })?;
    found.ok_or_else(|| CleanupError::UnknownPlan(plan.to_owned()))
}

/// Every plan, the newest first.
pub(crate) fn plans(db: &Database) -> Result<Vec<String>, CleanupError> {
    Ok(db.query("SELECT id FROM plan ORDER BY made_at DESC, id", &[], |row| row.get(0))?)
}

fn select(db: &Database, filter: &str, values: &[Sql<'_>]) -> Result<Vec<Step>, CleanupError> {
    let sql =
        format!("SELECT number, contact, field, before, after, state, detail, kind, cluster FROM step WHERE {filter}");
    db.query(&sql, values, step)
}

fn step(row: &Row<'_>) -> Result<Step, CleanupError> {
    let (word, detail): (String, String) = (row.get(5)?, row.get(6)?);
    Ok(Step {
        number: count(row.get(0)?),
        contact: row.get(1)?,
        field: row.get(2)?,
        before: serde_json::from_str(row.text(3))?,
        after: serde_json::from_str(row.text(4))?,
        state: match word.as_str() {
            "pending" => StepState::Pending,
            "applied" => StepState::Applied,
            "normalised" => StepState::Normalised(serde_json::from_str(&detail)?),
            "ignored" => StepState::Ignored,
            "skipped" => StepState::Skipped(detail),
            "undone" => StepState::Undone,
            "kept" => StepState::Kept(detail),
            _ => StepState::Unknown,
        },
        kind: row.get(7)?,
        group: row.get(8)?,
    })
}

fn word(state: &StepState) -> (&'static str, String) {
    match state {
        StepState::Pending => ("pending", String::new()),
        StepState::Applied => ("applied", String::new()),
        StepState::Normalised(value) => ("normalised", value.to_string()),
        StepState::Ignored => ("ignored", String::new()),
        StepState::Skipped(reason) => ("skipped", reason.clone()),
        StepState::Unknown => ("unknown", String::new()),
        StepState::Undone => ("undone", String::new()),
        StepState::Kept(reason) => ("kept", reason.clone()),
    }
}

/// Every step of a plan, in order.
pub(crate) fn steps(db: &Database, plan: &str) -> Result<Vec<Step>, CleanupError> {
    filed(db, plan)?;
    select(db, "plan = ?1 ORDER BY number", values![plan])
}

/// What a call that writes at most so many contacts would write.
pub(crate) fn upcoming(db: &Database, plan: &str, most: u64) -> Result<Upcoming, CleanupError> {
    let sql = "SELECT count(*), coalesce(CAST(sum(fields) AS BIGINT), 0) FROM (SELECT count(*) AS fields FROM step \
               WHERE plan = ?1 AND state IN ('pending', 'unknown') GROUP BY contact ORDER BY min(number) LIMIT ?2) AS next";
    let read = |row: &Row<'_>| Ok::<_, SqlError>((count(row.get(0)?), count(row.get(1)?)));
    let look =
        |most: u64| Ok::<_, SqlError>(db.query_optional(sql, values![plan, whole(most)], read)?.unwrap_or_default());
    let ((contacts, fields), (remaining, _)) = (look(most)?, look(u64::MAX)?);
    Ok(Upcoming { contacts, fields, remaining })
}

/// Remembers how many calls of a plan were agreed to: the first, and after that the rest.
pub(crate) fn set_agreed(db: &Database, plan: &str, agreed: u64) -> Result<(), CleanupError> {
    let set = "UPDATE plan SET agreed = ?2 WHERE id = ?1 AND agreed < ?2";
    db.execute(set, values![plan, whole(agreed.min(2))])?;
    Ok(())
}

/// How many calls of a plan were agreed to: 0, 1 for the first, 2 for the rest.
pub(crate) fn agreed(db: &Database, plan: &str) -> Result<u64, CleanupError> {
    let kept: i64 = db.value("SELECT agreed FROM plan WHERE id = ?1", values![plan])?;
    // A plan of an earlier version, and a call that was killed, have left only what was tried.
    Ok(match (kept, tried(db, plan)?) {
        (0, 1..=TRIAL) => 1,
        (0, tried) if tried > TRIAL => 2,
        (kept, _) => count(kept),
    })
}

/// Throws a plan away with its steps, links and journal.
pub(crate) fn discard(db: &mut Database, plan: &str, is_forced: bool) -> Result<(), CleanupError> {
    let transaction = db.transaction()?;
    filed(&transaction, plan)?;
    let kept = |reason: &str| Err(CleanupError::Kept { plan: plan.to_owned(), reason: reason.to_owned() });
    let open = "SELECT EXISTS (SELECT 1 FROM journal AS begun WHERE plan = ?1 AND intent IS NULL \
                AND NOT EXISTS (SELECT 1 FROM journal WHERE intent = begun.number))";
    if transaction.value(open, values![plan])? {
        return kept("nobody knows yet what became of one of its writes; apply or undo it first, which finds it out");
    }
    let counts = counts(&transaction, plan)?;
    if !is_forced && counts.applied + counts.unknown > 0 {
        return kept("what it wrote can still be undone, and only by it");
    }
    if !is_forced && linked_groups(&transaction, plan)? > 0 {
        return kept("groups are linked by it; undo it first");
    }
    remove(&transaction, plan)?;
    Ok(transaction.commit()?)
}

/// Removes plans, with their steps and journals, that were made and last worked on before a moment; how many. What can still matter is
/// kept: a write that nobody knows the end of, and links.
pub(crate) fn expire(db: &mut Database, before: jiff::Timestamp) -> Result<u64, CleanupError> {
    let transaction = db.transaction()?;
    let over = "SELECT id FROM plan WHERE made_at < ?1 \
                AND NOT EXISTS (SELECT 1 FROM journal WHERE journal.plan = plan.id AND at >= ?1) \
                AND NOT EXISTS (SELECT 1 FROM link WHERE link.plan = plan.id AND active <> 0) \
                AND NOT EXISTS (SELECT 1 FROM journal AS begun WHERE begun.plan = plan.id AND begun.intent IS NULL \
                  AND NOT EXISTS (SELECT 1 FROM journal WHERE intent = begun.number))";
    let over: Vec<String> = transaction.query(over, values![&before.to_string()], |row| row.get(0))?;
    for plan in &over {
        remove(&transaction, plan)?;
    }
    transaction.commit()?;
    Ok(over.len() as u64)
}

fn remove(db: &Database, plan: &str) -> Result<(), CleanupError> {
    for table in ["step", "link", "journal"] {
        db.execute(&format!("DELETE FROM {table} WHERE plan = ?1"), values![plan])?;
    }
    db.execute("DELETE FROM plan WHERE id = ?1", values![plan])?;
    Ok(())
}

/// The steps of one contact.
pub(crate) fn steps_of(db: &Database, plan: &str, contact: &str) -> Result<Vec<Step>, CleanupError> {
    select(db, "plan = ?1 AND contact = ?2 ORDER BY number", values![plan, contact])
}

/// A contact that is to do.
pub(crate) struct Next {
    pub(crate) contact: String,
    pub(crate) steps: Vec<Step>,
    /// Steps for which the reason is gone, each with why as its state.
    pub(crate) unfounded: Vec<Step>,
}

/// The pending steps of the first contact that has any.
pub(crate) fn next(db: &Database, plan: &str) -> Result<Option<Next>, CleanupError> {
    let sql = "SELECT contact FROM step WHERE plan = ?1 AND state = 'pending' ORDER BY number LIMIT 1";
    let contact: Option<String> = db.query_optional(sql, values![plan], |row| row.get(0))?;
    let Some(contact) = contact else { return Ok(None) };
    let mut steps =
        select(db, "plan = ?1 AND contact = ?2 AND state = 'pending' ORDER BY number", values![plan, &contact])?;
    for (number, reason) in unfounded(db, plan, &contact)? {
        for step in steps.iter_mut().filter(|step| step.number == number) {
            step.state = StepState::Skipped(reason.to_owned());
        }
    }
    let (steps, unfounded) = steps.into_iter().partition(|step| step.state == StepState::Pending);
    Ok(Some(Next { contact, steps, unfounded }))
}

/// Steps of a contact for which the reason is gone, by number: somebody has said since that it is another person, or what
/// is copied is there no more. The snapshot knows, so that nothing is asked of the gateway.
fn unfounded(db: &Database, plan: &str, contact: &str) -> Result<Vec<(u64, &'static str)>, CleanupError> {
    let sql = "SELECT number, field, other, origin, EXISTS (SELECT 1 FROM decision WHERE verdict <> 'same'
            AND ((first = step.contact AND second = other) OR (first = other AND second = step.contact)))
         FROM step WHERE plan = ?1 AND contact = ?2 AND state = 'pending' AND other <> ''";
    let founded = db.query(sql, values![plan, contact], |row| {
        let texts: [String; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
        Ok::<_, SqlError>((count(row.get(0)?), texts, row.get(4)?))
    })?;
    let mut unfounded = Vec::new();
    for (number, [field, other, origin], is_refuted) in founded {
        let reason = if is_refuted {
            Some("somebody has said since that these are two people, or that nobody can tell")
        } else if origin.is_empty() || copies(db, &other, &field, &origin)? {
            None
        } else {
            Some("the contact it comes from changed since the plan")
        };
        unfounded.extend(reason.map(|reason| (number, reason)));
    }
    Ok(unfounded)
}

/// Whether a contact still holds what a step copies from it.
fn copies(db: &Database, other: &str, field: &str, origin: &str) -> Result<bool, CleanupError> {
    let Some(document) = contacts::document(db, other)? else { return Ok(false) };
    let contact: Record = serde_json::from_str(&document)?;
    Ok(same(field, contact.raw(field), Some(&serde_json::from_str(origin)?)))
}

/// Contacts with a pending step.
pub(crate) fn remaining(db: &Database, plan: &str) -> Result<u64, CleanupError> {
    let sql = "SELECT count(DISTINCT contact) FROM step WHERE plan = ?1 AND state = 'pending'";
    Ok(count(db.value(sql, values![plan])?))
}

/// Remembers what became of a step.
pub(crate) fn set_state(db: &Database, plan: &str, number: u64, state: &StepState) -> Result<(), CleanupError> {
    let (word, detail) = word(state);
    let set = "UPDATE step SET state = ?3, detail = ?4 WHERE plan = ?1 AND number = ?2";
    db.execute(set, values![plan, whole(number), word, &detail])?;
    Ok(())
}

/// Adds what the gateway changed beside the plan, so that it can be taken back too.
pub(crate) fn add_derived(
    db: &Database,
    plan: &str,
    contact: &str,
    (field, before, after): &(String, Value, Value),
) -> Result<(), CleanupError> {
    db.execute(
        "INSERT INTO step (plan, number, planned, contact, field, before, after, state, kind) \
         SELECT ?1, 1 + (SELECT max(number) FROM step WHERE plan = ?1), 0, ?2, ?3, ?4, ?5, 'applied', 'derived'",
        values![plan, contact, field, &before.to_string(), &after.to_string()],
    )?;
    Ok(())
}

/// Whether it has shown that the gateway empties what it is not sent.
pub(crate) fn has_lost(db: &Database, plan: &str) -> Result<bool, CleanupError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM step WHERE plan = ?1 AND planned = 0 AND field <> 'display_name')";
    Ok(db.value(sql, values![plan])?)
}

/// Contacts to which something was sent.
pub(crate) fn tried(db: &Database, plan: &str) -> Result<u64, CleanupError> {
    let sql = "SELECT count(DISTINCT contact) FROM journal WHERE plan = ?1 AND act = 'apply' AND intent IS NULL";
    Ok(count(db.value(sql, values![plan])?))
}

/// Contacts that hold what was written, or held it until it was taken back or edited.
pub(crate) fn written(db: &Database, plan: &str) -> Result<u64, CleanupError> {
    let sql = "SELECT count(DISTINCT contact) FROM step WHERE plan = ?1 \
               AND state IN ('applied', 'normalised', 'undone', 'kept')";
    Ok(count(db.value(sql, values![plan])?))
}

/// Groups that are linked now.
pub(crate) fn linked_groups(db: &Database, plan: &str) -> Result<u64, CleanupError> {
    let sql = "SELECT count(DISTINCT cluster) FROM link WHERE plan = ?1 AND active = 1";
    Ok(count(db.value(sql, values![plan])?))
}

/// How many steps are in which state.
pub(crate) fn counts(db: &Database, plan: &str) -> Result<Counts, CleanupError> {
    let mut counts = Counts::default();
    db.each("SELECT state, count(*) FROM step WHERE plan = ?1 GROUP BY state", values![plan], |row| {
        let place = match row.text(0) {
            "pending" => &mut counts.pending,
            "applied" | "normalised" => &mut counts.applied,
            "ignored" => &mut counts.ignored,
            "skipped" => &mut counts.skipped,
            "undone" => &mut counts.undone,
            "kept" => &mut counts.kept,
            _ => &mut counts.unknown,
        };
        *place += count(row.get(1)?);
        Ok::<_, SqlError>(())
    })?;
    Ok(counts)
}

/// The groups that a plan links.
pub(crate) fn groups(db: &Database, plan: &str) -> Result<Vec<Group>, CleanupError> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    db.each("SELECT cluster, contact FROM link WHERE plan = ?1 ORDER BY cluster, contact", values![plan], |row| {
        groups.entry(row.get(0)?).or_default().push(row.get(1)?);
        Ok::<_, SqlError>(())
    })?;
    Ok(groups.into_iter().map(|(cluster, members)| Group { cluster, members }).collect())
}

/// Makes the links of a plan count, or count no more.
pub(crate) fn link(db: &Database, plan: &str, active: bool) -> Result<u64, CleanupError> {
    let changed =
        db.execute("UPDATE link SET active = ?2 WHERE plan = ?1 AND active = ?3", values![plan, active, !active])?;
    Ok(changed)
}

/// Makes the links of certain groups count no more, for good: applying the rest of the plan does not bring them back.
pub(crate) fn unlink(db: &Database, plan: &str, groups: &[String]) -> Result<(), CleanupError> {
    for group in groups {
        db.execute("UPDATE link SET active = -1 WHERE plan = ?1 AND cluster = ?2", values![plan, group])?;
    }
    Ok(())
}

/// The other contacts that are linked to one, without those of which somebody has said since that they are two people, or that nobody can tell.
pub(crate) fn linked(db: &Database, contact: &str) -> Result<Vec<String>, CleanupError> {
    let sql = "SELECT DISTINCT other.contact FROM link AS own JOIN link AS other \
         ON other.plan = own.plan AND other.cluster = own.cluster \
         WHERE own.contact = ?1 AND own.active = 1 AND other.active = 1 AND other.contact <> ?1
           AND NOT EXISTS (SELECT 1 FROM decision WHERE verdict <> 'same'
             AND ((first = own.contact AND second = other.contact) OR (first = other.contact AND second = own.contact)))
         ORDER BY other.contact";
    Ok(db.query(sql, values![contact], |row| row.get(0))?)
}

/// A plan as it stands.
pub(crate) fn report(db: &Database, plan: &str) -> Result<PlanReport, CleanupError> {
    let filed = filed(db, plan)?;
    let number = |sql: &str| db.value(sql, values![plan]).map(count);
    let contacts = number("SELECT count(DISTINCT contact) FROM step WHERE plan = ?1 AND planned = 1")?;
    let fields = "SELECT field, count(*) FROM step WHERE plan = ?1 AND planned = 1 GROUP BY field ORDER BY 2 DESC, 1";
    let fields = db.query(fields, values![plan], |row| Ok::<_, SqlError>((row.get(0)?, count(row.get(1)?))))?;
    Ok(PlanReport {
        id: plan.to_owned(),
        fingerprint: filed.fingerprint,
        steps: number("SELECT count(*) FROM step WHERE plan = ?1 AND planned = 1")?,
        contacts,
        links: groups(db, plan)?.len() as u64,
        fields,
        examples: select(
            db,
            // One of each field.
            "plan = ?1 AND planned = 1 AND number IN
                (SELECT min(number) FROM step WHERE plan = ?1 AND planned = 1 GROUP BY field)
             ORDER BY number LIMIT ?2",
            values![plan, whole(EXAMPLES as u64)],
        )?,
        left_out: filed.left_out,
        protected: Vec::new(),
        // One read and one write a contact.
        requests: contacts * 2,
        counts: counts(db, plan)?,
        tried: tried(db, plan)?,
        agreed: agreed(db, plan)?,
        made_at: filed.made_at,
        linked: linked_groups(db, plan)?,
    })
}
