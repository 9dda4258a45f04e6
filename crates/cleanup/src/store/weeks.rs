//! The numbers of each week: how the list was when it was last looked at, and what was fixed, taken back and decided.

use rusqlite::{Connection, OptionalExtension, params};

use super::{count, whole};
use crate::error::CleanupError;
use crate::report::Week;

/// An event that is counted by week.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Deed {
    /// Fields that plans have written.
    Fixed,
    /// Fields that were taken back.
    Undone,
    /// Pairs of which somebody said what they are.
    Decided,
}

/// The week of now: `2026-W01`, by ISO 8601 in UTC.
fn this_week() -> (String, String) {
    let now = jiff::Timestamp::now();
    let week = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date().iso_week_date();
    (format!("{:04}-W{:02}", week.year(), week.week()), format!("{now:.0}"))
}

/// Keeps how the list is.
pub(crate) fn audited(db: &Connection, contacts: u64, affected: u64, findings: u64) -> Result<(), CleanupError> {
    let (week, at) = this_week();
    let figures = [contacts, affected, findings].map(whole);
    let known = db
        .prepare_cached("SELECT contacts, affected, findings FROM week WHERE week = ?1")?
        .query_row([&week], |row| Ok([row.get::<_, Option<i64>>(0)?, row.get(1)?, row.get(2)?]))
        .optional()?;
    if known == Some(figures.map(Some)) {
        return Ok(());
    }
    db.prepare_cached(
        "INSERT INTO week (week, at, contacts, affected, findings) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (week) DO UPDATE SET at = excluded.at, contacts = excluded.contacts, affected = excluded.affected,
           findings = excluded.findings",
    )?
    .execute(params![week, at, whole(contacts), whole(affected), whole(findings)])?;
    Ok(())
}

/// Counts what was done.
pub(crate) fn add(db: &Connection, deed: Deed, number: u64) -> Result<(), CleanupError> {
    if number == 0 {
        return Ok(());
    }
    let column = match deed {
        Deed::Fixed => "fixed",
        Deed::Undone => "undone",
        Deed::Decided => "decided",
    };
    let (week, at) = this_week();
    db.prepare_cached(&format!(
        "INSERT INTO week (week, at, {column}) VALUES (?1, ?2, ?3) \
         ON CONFLICT (week) DO UPDATE SET {column} = {column} + excluded.{column}"
    ))?
    .execute(params![week, at, whole(number)])?;
    Ok(())
}

/// Every week that has numbers, the oldest first.
pub(crate) fn all(db: &Connection) -> Result<Vec<Week>, CleanupError> {
    let mut select =
        db.prepare_cached("SELECT week, contacts, affected, findings, fixed, undone, decided FROM week ORDER BY week")?;
    let weeks = select.query_map([], |row| {
        let number = |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(count));
        Ok(Week {
            week: row.get(0)?,
            contacts: number(1)?,
            affected: number(2)?,
            findings: number(3)?,
            fixed: count(row.get(4)?),
            undone: count(row.get(5)?),
            decided: count(row.get(6)?),
        })
    })?;
    Ok(weeks.collect::<Result<_, _>>()?)
}
