//! Fills new data with people, in one transaction.

use rusqlite::{Connection, Statement, params};

use super::contacts::Columns;
use super::{StoreError, schema};
use crate::local_gateway::people::Population;
use crate::model::Record;

const CONTACT: &str = "INSERT INTO contact \
    (id, created_at, updated_at, first_name, last_name, email, folded, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

/// Puts everyone in. A file that is closed on the way stays empty.
pub(super) fn fill(connection: &mut Connection, people: Population) -> Result<(), StoreError> {
    let transaction = connection.transaction()?;
    {
        let mut contacts = transaction.prepare(CONTACT)?;
        for document in people.documented() {
            let record: Record = serde_json::from_str(document)?;
            let columns = Columns::of(|name| record.text(name).unwrap_or_default());
            insert_contact(&mut contacts, record.id().unwrap_or_default(), &columns, document)?;
        }
        for contact in people.invented() {
            let columns = Columns::of(|name| contact.text(name));
            insert_contact(&mut contacts, contact.text("id"), &columns, &contact.document())?;
        }
    }
    schema::index(&transaction)?;
    transaction.commit()?;
    Ok(())
}

fn insert_contact(
    statement: &mut Statement<'_>,
    id: &str,
    columns: &Columns<'_>,
    document: &str,
) -> Result<(), StoreError> {
    statement.execute(params![
        id,
        columns.created_at,
        columns.updated_at,
        columns.first_name,
        columns.last_name,
        columns.email,
        columns.folded,
        document
    ])?;
    Ok(())
}
