//! The numbers of each week: how the list was when it was last looked at, and what was fixed, taken back and decided.

use imbrace_contacts_store::sql::{Database, Row, SqlError};
use imbrace_contacts_store::values;

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
pub(crate) fn audited(db: &Database, contacts: u64, affected: u64, findings: u64) -> Result<(), CleanupError> {
    let (week, at) = this_week();
    let figures = [contacts, affected, findings].map(whole);
    let sql = "SELECT contacts, affected, findings FROM week WHERE week = ?1";
    let read = |row: &Row<'_>| Ok::<[Option<i64>; 3], SqlError>([row.get(0)?, row.get(1)?, row.get(2)?]);
    if db.query_optional(sql, values![&week], read)? == Some(figures.map(Some)) {
        return Ok(());
    }
    db.execute(
        "INSERT INTO week (week, at, contacts, affected, findings) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (week) DO UPDATE SET at = excluded.at, contacts = excluded.contacts, affected = excluded.affected,
           findings = excluded.findings",
        values![&week, &at, whole(contacts), whole(affected), whole(findings)],
    )?;
    Ok(())
}

/// Counts what was done.
pub(crate) fn add(db: &Database, deed: Deed, number: u64) -> Result<(), CleanupError> {
    if number == 0 {
        return Ok(());
    }
    let column = match deed {
        Deed::Fixed => "fixed",
        Deed::Undone => "undone",
        Deed::Decided => "decided",
    };
    let (week, at) = this_week();
    let sql = format!(
        "INSERT INTO week (week, at, {column}) VALUES (?1, ?2, ?3) \
         ON CONFLICT (week) DO UPDATE SET {column} = week.{column} + excluded.{column}"
    );
    db.execute(&sql, values![&week, &at, whole(number)])?;
    Ok(())
}

/// Every week that has numbers, the oldest first.
pub(crate) fn all(db: &Database) -> Result<Vec<Week>, CleanupError> {
    let sql = "SELECT week, contacts, affected, findings, fixed, undone, decided FROM week ORDER BY week";
    db.query(sql, &[], |row| {
        let number = |at: usize| Ok::<_, SqlError>(row.get::<Option<i64>>(at)?.map(count));
        Ok(Week {
            week: row.get(0)?,
            contacts: number(1)?,
            affected: number(2)?,
            findings: number(3)?,
            fixed: count(row.get(4)?),
            undone: count(row.get(5)?),
            decided: count(row.get(6)?),
        })
    })
}
