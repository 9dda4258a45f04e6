//! The journal: a row before each write, with the contact as it was, and a row when its outcome is known.

use imbrace_contacts_store::sql::{Database, Transaction};
use imbrace_contacts_store::values;
use serde_json::{Map, Value};

use super::{contacts, count, plans, weeks, whole};
use crate::error::CleanupError;
use crate::model::Contact;
use crate::report::{StepState, Work, WriteSpan};

/// What a write is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Apply,
    Undo,
}

/// A write that was begun.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) number: u64,
    pub(crate) plan: String,
    pub(crate) contact: String,
    pub(crate) act: Act,
    /// The contact as it was read before.
    pub(crate) document: String,
    /// What was sent.
    pub(crate) body: Map<String, Value>,
}

/// What became of a contact's steps.
#[derive(Debug, Default)]
pub(crate) struct StepOutcomes {
    /// Steps by number.
    pub(crate) states: Vec<(u64, StepState)>,
    /// What the gateway changed besides: field, before, after.
    pub(crate) derived: Vec<(String, Value, Value)>,
    /// The contact as it is now, when it is known whole.
    pub(crate) now: Option<Contact>,
}

/// Remembers that a write begins; its steps are of unknown outcome from now on. On the disk when this returns.
pub(crate) fn begin(
    db: &mut Database,
    (plan, contact, act): (&str, &str, Act),
    (document, body): (&str, &Map<String, Value>),
    steps: &[u64],
) -> Result<u64, CleanupError> {
    let transaction = db.transaction()?;
    let act_word = if act == Act::Apply { "apply" } else { "undo" };
    let (at, body) = (jiff::Timestamp::now().to_string(), Value::Object(body.clone()).to_string());
    let intent = count(transaction.value(
        "INSERT INTO journal (at, plan, contact, act, document, body, outcome) VALUES (?1, ?2, ?3, ?4, ?5, ?6, '') \
         RETURNING number",
        values![&at, plan, contact, act_word, document, &body],
    )?);
    if act == Act::Apply {
        for number in steps {
            plans::set_state(&transaction, plan, *number, &StepState::Unknown)?;
        }
    }
    transaction.commit()?;
    Ok(intent)
}

/// Remembers how a write ended, and what became of its steps, at once.
pub(crate) fn end(
    db: &mut Database,
    intent: Option<u64>,
    (plan, contact): (&str, &str),
    outcome: &str,
    settled: &StepOutcomes,
) -> Result<(), CleanupError> {
    let transaction = db.transaction()?;
    if let Some(intent) = intent {
        let at = jiff::Timestamp::now().to_string();
        transaction.execute(
            "INSERT INTO journal (intent, at, plan, contact, act, document, body, outcome) \
             SELECT number, ?2, plan, contact, act, '', '', ?3 FROM journal WHERE number = ?1",
            values![whole(intent), &at, outcome],
        )?;
        let of = |is: fn(&StepState) -> bool| settled.states.iter().filter(|(_, state)| is(state)).count() as u64;
        let fixed = of(|state| matches!(state, StepState::Applied | StepState::Normalised(_)));
        weeks::add(&transaction, weeks::Deed::Fixed, fixed)?;
        weeks::add(&transaction, weeks::Deed::Undone, of(|state| *state == StepState::Undone))?;
    }
    record(&transaction, plan, contact, settled)?;
    Ok(transaction.commit()?)
}

fn record(db: &Transaction<'_>, plan: &str, contact: &str, settled: &StepOutcomes) -> Result<(), CleanupError> {
    for (number, state) in &settled.states {
        plans::set_state(db, plan, *number, state)?;
    }
    for derived in &settled.derived {
        plans::add_derived(db, plan, contact, derived)?;
    }
    if let Some(now) = &settled.now {
        contacts::take(db, std::slice::from_ref(now), false)?;
    }
    Ok(())
}

/// Writes that were begun and of which nobody knows the end, oldest first.
pub(crate) fn open(db: &Database) -> Result<Vec<Intent>, CleanupError> {
    let sql = "SELECT number, plan, contact, act, document, body FROM journal AS begun WHERE intent IS NULL \
               AND NOT EXISTS (SELECT 1 FROM journal WHERE intent = begun.number) ORDER BY number";
    db.query(sql, &[], |row| {
        let (act, body): (String, String) = (row.get(3)?, row.get(5)?);
        Ok(Intent {
            number: count(row.get(0)?),
            plan: row.get(1)?,
            contact: row.get(2)?,
            act: if act == "undo" { Act::Undo } else { Act::Apply },
            document: row.get(4)?,
            body: serde_json::from_str(&body)?,
        })
    })
}

/// When plans were written and taken back, the latest first.
pub(crate) fn spans(db: &Database) -> Result<Vec<WriteSpan>, CleanupError> {
    let sql = "SELECT plan, act, MIN(at), MAX(at), COUNT(DISTINCT contact) FROM journal WHERE intent IS NULL \
               GROUP BY plan, act ORDER BY MAX(at) DESC, plan";
    db.query(sql, &[], |row| {
        let act: String = row.get(1)?;
        let work = if act == "undo" { Work::Undo } else { Work::Apply };
        let (first, last) = (row.get(2)?, row.get(3)?);
        Ok(WriteSpan { plan: row.get(0)?, work, first, last, contacts: count(row.get(4)?) })
    })
}
