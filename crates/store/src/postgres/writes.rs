//! Writes of a day: one row a caller and day, counted by one statement, so that processes never count beyond the limit together.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use crate::Digest;

/// Counts one more; how many there are with it, or `None` where there were `limit` already.
pub(super) async fn count(client: &Client, caller: &Digest, limit: u64, day: i64) -> Result<Option<u64>, Error> {
    // A day that is over is of no use. One is kept besides, for processes whose clocks disagree about midnight. Rows that another process
    // removes are left to it.
    let count = "WITH over AS (DELETE FROM written WHERE (caller, day) IN \
            (SELECT caller, day FROM written WHERE day < $4 FOR UPDATE SKIP LOCKED)) \
        INSERT INTO written (caller, day, count) VALUES ($1, $2, 1) \
        ON CONFLICT (caller, day) DO UPDATE SET count = written.count + 1 WHERE written.count < $3 RETURNING count";
    let (limit, before) = (limit.min(i64::MAX.unsigned_abs()).cast_signed(), day.saturating_sub(1));
    let parameters: [(&(dyn ToSql + Sync), Type); 4] =
        [(&caller.as_slice(), Type::BYTEA), (&day, Type::INT8), (&limit, Type::INT8), (&before, Type::INT8)];
    let counted = client.query_typed_opt(count, &parameters).await?;
    counted.map(|row| row.try_get::<_, i64>(0).map(i64::unsigned_abs)).transpose()
}

/// Takes one back.
pub(super) async fn uncount(client: &Client, caller: &Digest, day: i64) -> Result<(), Error> {
    let less = "UPDATE written SET count = count - 1 WHERE caller = $1 AND day = $2 AND count > 0";
    client.execute_typed(less, &[(&caller.as_slice(), Type::BYTEA), (&day, Type::INT8)]).await.map(drop)
}
