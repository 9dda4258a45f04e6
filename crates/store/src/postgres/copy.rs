//! Everything out of the database, and into an empty one.

use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, IsolationLevel, Transaction};

use crate::StoreError;
use crate::contents::{Contents, KeptConfirmation, TenantContents};

/// Rows of one statement.
const ROWS: usize = 10_000;

/// No statement of a copy is cut off by its time.
const UNHURRIED: &str = "SET LOCAL statement_timeout TO 0; SET LOCAL idle_in_transaction_session_timeout TO 0";

/// Everything, as of one moment.
pub(super) async fn read_all(client: &mut Client) -> Result<Contents, Error> {
    let transaction = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
    let transaction = transaction.start().await?;
    transaction.batch_execute(UNHURRIED).await?;
    read(&transaction).await
}

/// Everything into an empty database, compared before anybody sees it. What is wrong with it leaves as it was.
pub(super) async fn fill(
    client: &mut Client,
    contents: &Contents,
    place: &str,
) -> Result<Result<(), StoreError>, Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(UNHURRIED).await?;
    transaction.batch_execute("LOCK TABLE tenant, day_of_use, confirmation, written, meta IN EXCLUSIVE MODE").await?;
    if let Err(refused) = read(&transaction).await?.check_is_empty(place) {
        return Ok(Err(refused));
    }
    write(&transaction, contents).await?;
    if let Err(refused) = read(&transaction).await?.check_is(contents, place) {
        return Ok(Err(refused));
    }
    transaction.commit().await?;
    Ok(Ok(()))
}

async fn read(transaction: &Transaction<'_>) -> Result<Contents, Error> {
    let swept = transaction.query_typed_opt("SELECT value FROM meta WHERE name = 'swept'", &[]).await?;
    let mut contents = Contents { swept: swept.map(|row| row.try_get(0)).transpose()?, ..Contents::default() };
    for row in transaction.query_typed("SELECT day FROM day_of_use", &[]).await? {
        contents.days.push(row.try_get(0)?);
    }
    let mut tenants: HashMap<i64, TenantContents> = HashMap::new();
    for row in transaction.query_typed("SELECT number, key, place FROM tenant", &[]).await? {
        let tenant = TenantContents { key: row.try_get(1)?, place: row.try_get(2)?, short_ids: Vec::new() };
        tenants.insert(row.try_get(0)?, tenant);
    }
    for row in transaction.query_typed("SELECT tenant, short, tail, id, shown FROM short_id", &[]).await? {
        if let Some(tenant) = tenants.get_mut(&row.try_get(0)?) {
            tenant.short_ids.push((row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, row.try_get(4)?));
        }
    }
    contents.tenants = tenants.into_values().collect();
    let select = "SELECT nonce, way, call, content, issued, expires, used_by IS NOT NULL FROM confirmation";
    for row in transaction.query_typed(select, &[]).await? {
        contents.confirmations.push(KeptConfirmation {
            nonce: row.try_get(0)?,
            way: row.try_get(1)?,
            call: row.try_get(2)?,
            content: row.try_get(3)?,
            issued: row.try_get(4)?,
            expires: row.try_get(5)?,
            is_used: row.try_get(6)?,
        });
    }
    for row in transaction.query_typed("SELECT caller, day, count FROM written", &[]).await? {
        contents.writes.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    contents.sort();
    Ok(contents)
}

async fn write(transaction: &Transaction<'_>, contents: &Contents) -> Result<(), Error> {
    // An empty store may have been in use for days.
    transaction.batch_execute("DELETE FROM day_of_use; DELETE FROM meta WHERE name = 'swept'").await?;
    if let Some(swept) = contents.swept {
        let insert = "INSERT INTO meta (name, value) VALUES ('swept', $1)";
        transaction.execute_typed(insert, &[(&swept, Type::INT8)]).await?;
    }
    let insert = "INSERT INTO day_of_use (day) SELECT * FROM unnest($1::bigint[])";
    transaction.execute_typed(insert, &[(&contents.days, Type::INT8_ARRAY)]).await?;
    for tenant in &contents.tenants {
        let insert = "INSERT INTO tenant (key, place) VALUES ($1, $2) RETURNING number";
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&tenant.key, Type::BYTEA), (&tenant.place, Type::TEXT)];
        let number: i64 = transaction.query_typed_one(insert, &parameters).await?.try_get(0)?;
        for rows in tenant.short_ids.chunks(ROWS) {
            let shorts: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
            let tails: Vec<&str> = rows.iter().map(|row| row.1.as_str()).collect();
            let ids: Vec<&[u8]> = rows.iter().map(|row| row.2.as_slice()).collect();
            let shown: Vec<i64> = rows.iter().map(|row| row.3).collect();
            let insert = "INSERT INTO short_id (tenant, short, tail, id, shown) \
                          SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bytea[], $5::bigint[])";
            let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
                (&number, Type::INT8),
                (&shorts, Type::TEXT_ARRAY),
                (&tails, Type::TEXT_ARRAY),
                (&ids, Type::BYTEA_ARRAY),
                (&shown, Type::INT8_ARRAY),
            ];
            transaction.execute_typed(insert, &parameters).await?;
        }
    }
    for kept in &contents.confirmations {
        // Nobody is the one that used it.
        let used_by = kept.is_used.then_some(Vec::<u8>::new());
        let insert = "INSERT INTO confirmation (nonce, way, call, content, issued, expires, used_by) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let parameters: [(&(dyn ToSql + Sync), Type); 7] = [
            (&kept.nonce, Type::BYTEA),
            (&kept.way, Type::INT8),
            (&kept.call, Type::BYTEA),
            (&kept.content, Type::BYTEA),
            (&kept.issued, Type::INT8),
            (&kept.expires, Type::INT8),
            (&used_by, Type::BYTEA),
        ];
        transaction.execute_typed(insert, &parameters).await?;
    }
    for (caller, day, count) in &contents.writes {
        let insert = "INSERT INTO written (caller, day, count) VALUES ($1, $2, $3)";
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(caller, Type::BYTEA), (day, Type::INT8), (count, Type::INT8)];
        transaction.execute_typed(insert, &parameters).await?;
    }
    Ok(())
}
