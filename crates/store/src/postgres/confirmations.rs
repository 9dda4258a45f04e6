//! Confirmations: one row each, used by one UPDATE, so that one of any number of concurrent uses succeeds.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};
use uuid::Uuid;

use crate::confirmation::{KEPT_AFTER_END, digest, refusal};
use crate::{Confirmation, Digest, Milliseconds, SpendError, Way};

pub(super) async fn issue(
    client: &Client,
    (nonce, confirmation): (&str, &Confirmation),
    kept: u64,
) -> Result<(), Error> {
    let Confirmation { way, call, content, issued, expires } = confirmation;
    // One statement. What is over goes, and so do the oldest of too many; rows that another process removes are left to it. One of the future
    // was given out before the clock was turned back, and holds again only if it is turned on.
    let insert = "WITH over AS (DELETE FROM confirmation WHERE nonce IN (SELECT nonce FROM confirmation \
            WHERE expires < $7 OR issued < (SELECT issued FROM confirmation ORDER BY issued DESC LIMIT 1 OFFSET $8) \
            FOR UPDATE SKIP LOCKED)) \
        INSERT INTO confirmation (nonce, way, call, content, issued, expires) VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (nonce) DO NOTHING";
    let (nonce, over) = (digest(nonce), issued.saturating_sub(KEPT_AFTER_END));
    // With the new one there are `kept`.
    let newest_kept = kept.saturating_sub(2).min(i64::MAX.unsigned_abs()).cast_signed();
    let parameters: [(&(dyn ToSql + Sync), Type); 8] = [
        (&nonce.as_slice(), Type::BYTEA),
        (&way.number(), Type::INT8),
        (&call.as_slice(), Type::BYTEA),
        (&content.as_slice(), Type::BYTEA),
        (issued, Type::INT8),
        (expires, Type::INT8),
        (&over, Type::INT8),
        (&newest_kept, Type::INT8),
    ];
    client.execute_typed(insert, &parameters).await.map(drop)
}

pub(super) async fn spend(
    client: &Client,
    (nonce, user): (&str, Uuid),
    (way, call): (Way, &Digest),
    now: Milliseconds,
) -> Result<Result<Digest, SpendError>, Error> {
    let nonce = digest(nonce);
    let use_up = "UPDATE confirmation SET used_by = $2 WHERE nonce = $1 AND (used_by IS NULL OR used_by = $2) \
                  AND way = $3 AND call = $4 AND issued <= $5 AND expires > $5 RETURNING content";
    let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
        (&nonce.as_slice(), Type::BYTEA),
        (&user.as_bytes().as_slice(), Type::BYTEA),
        (&way.number(), Type::INT8),
        (&call.as_slice(), Type::BYTEA),
        (&now, Type::INT8),
    ];
    if let Some(row) = client.query_typed_opt(use_up, &parameters).await? {
        return Ok(row.try_get::<_, Vec<u8>>(0)?.try_into().map_err(|_| SpendError::Unknown));
    }
    let why = "SELECT way, call, issued, expires FROM confirmation WHERE nonce = $1";
    let Some(row) = client.query_typed_opt(why, &[(&nonce.as_slice(), Type::BYTEA)]).await? else {
        return Ok(Err(SpendError::Unknown));
    };
    let kept_call: Vec<u8> = row.try_get(1)?;
    let time = (row.try_get(2)?, row.try_get(3)?);
    Ok(Err(refusal((row.try_get(0)?, &kept_call), time, (way, call), now)))
}
