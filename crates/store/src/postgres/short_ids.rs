//! Short ids: given out once for all processes of a tenant, and never to two ids.
//!
//! New short ids are given out while the tenant's row is locked, so that one process at a time decides. A whole page is few round trips: what may
//! look like any of its ids is read at once, and decided about here.

use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Transaction};

use crate::short_id::{any_look_alike, halves, kept, nearest_of, swapped};
use crate::{Found, Known, LongId, Tenant, TenantUsage};

/// By its short id the bytes that stand for an id, and the day on which it was last shown.
type Taken = HashMap<String, (Vec<u8>, i64)>;

/// Rows of short, id, shown.
fn taken(rows: &[Row]) -> Result<Taken, Error> {
    rows.iter().map(|row| Ok((row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?)))).collect()
}

/// The id that a short id stands for, unless it was forgotten.
fn known_by(taken: &Taken, short: &str) -> Option<Known> {
    let (bytes, shown) = taken.get(short)?;
    kept(short, bytes).map(|id| Known { short: short.to_owned(), id, shown: *shown })
}

/// The key of an id.
fn known_as(taken: &Taken, id: &LongId) -> Option<Known> {
    id.forms().iter().find_map(|form| known_by(taken, form).filter(|known| known.id == *id))
}

/// Exactly these short ids.
async fn exactly(client: &Client, tenant: &Tenant, shorts: &[String]) -> Result<Taken, Error> {
    let select = "SELECT s.short, s.id, s.shown FROM tenant t JOIN short_id s ON s.tenant = t.number \
                  WHERE t.key = $1 AND s.short = ANY($2)";
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&tenant.key.as_slice(), Type::BYTEA), (&shorts, Type::TEXT_ARRAY)];
    taken(&client.query_typed(select, &parameters).await?)
}

/// Every short id of a tenant that one of `whole` is, or that shares the first half with one of `heads`, or the second with one of `tails`.
async fn alike(
    client: &Client,
    tenant: &Tenant,
    (whole, heads, tails): (Vec<String>, Vec<String>, Vec<String>),
) -> Result<Taken, Error> {
    // No digit comes after `g`. Three parts, because each has an index of its own.
    let select = "WITH t AS MATERIALIZED (SELECT number FROM tenant WHERE key = $1) \
        SELECT short, id, shown FROM short_id WHERE tenant = (SELECT number FROM t) AND short = ANY($2) \
        UNION SELECT short, id, shown FROM unnest($3::text[]) AS head JOIN short_id \
          ON tenant = (SELECT number FROM t) AND short >= head COLLATE \"C\" AND short < (head || 'g') COLLATE \"C\" \
        UNION SELECT short, id, shown FROM short_id WHERE tenant = (SELECT number FROM t) AND tail = ANY($4)";
    let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
        (&tenant.key.as_slice(), Type::BYTEA),
        (&whole, Type::TEXT_ARRAY),
        (&heads, Type::TEXT_ARRAY),
        (&tails, Type::TEXT_ARRAY),
    ];
    taken(&client.query_typed(select, &parameters).await?)
}

/// The short ids that may be, or look like, a form of one of these ids. One slip leaves one half as it is, unless the two digits in the middle change places.
async fn alike_ids(client: &Client, tenant: &Tenant, ids: &[LongId]) -> Result<Taken, Error> {
    let (mut whole, mut heads, mut tails) = (Vec::new(), Vec::new(), Vec::new());
    for id in ids {
        let forms = id.forms();
        // The half of the shortest form begins all of them.
        heads.extend(forms.first().map(|form| halves(form).0.to_owned()));
        tails.extend(forms.iter().map(|form| halves(form).1));
        whole.extend(forms.iter().map(|form| swapped(form)));
    }
    alike(client, tenant, (whole, heads, tails)).await
}

pub(super) async fn look_up(client: &Client, tenant: &Tenant, shorts: &[String]) -> Result<Vec<Found>, Error> {
    let taken = exactly(client, tenant, shorts).await?;
    let mut found = Vec::with_capacity(shorts.len());
    for short in shorts {
        found.push(match known_by(&taken, short) {
            Some(known) => Found::Known(known),
            None => {
                let (head, tail) = halves(short);
                let alike = alike(client, tenant, (Vec::new(), vec![head.to_owned()], vec![tail])).await?;
                Found::Unknown(nearest_of(short, alike.into_keys()))
            }
        });
    }
    Ok(found)
}

/// The tenant's number, with its row locked until the transaction ends; none where nothing was given out.
async fn lock(transaction: &Transaction<'_>, tenant: &Tenant) -> Result<Option<i64>, Error> {
    let select = "SELECT number FROM tenant WHERE key = $1 FOR UPDATE";
    let row = transaction.query_typed_opt(select, &[(&tenant.key.as_slice(), Type::BYTEA)]).await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// Rows to be written, all at once at the end.
#[derive(Default)]
struct Changes {
    /// New ones: short, tail, id.
    new: (Vec<String>, Vec<String>, Vec<Vec<u8>>),
    /// Known ones that are shown today for the first time.
    shown: Vec<String>,
    /// Forgotten ones whose id came back.
    again: (Vec<String>, Vec<Vec<u8>>),
}

pub(super) async fn give_out(
    client: &mut Client,
    tenant: &Tenant,
    ids: &[LongId],
    today: i64,
) -> Result<Vec<Option<Known>>, Error> {
    // Most answers show what was shown before: that is read without holding up other writers.
    let forms: Vec<String> = ids.iter().flat_map(LongId::forms).collect();
    let before = exactly(client, tenant, &forms).await?;
    let all: Vec<Option<Known>> =
        ids.iter().map(|id| known_as(&before, id).filter(|known| known.shown >= today)).collect();
    if all.iter().all(Option::is_some) {
        return Ok(all);
    }
    let transaction = client.transaction().await?;
    let number = match lock(&transaction, tenant).await? {
        Some(number) => number,
        None => {
            let insert = "INSERT INTO tenant (key, place) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
            let parameters: [(&(dyn ToSql + Sync), Type); 2] =
                [(&tenant.key.as_slice(), Type::BYTEA), (&tenant.place, Type::TEXT)];
            transaction.execute_typed(insert, &parameters).await?;
            lock(&transaction, tenant).await?.unwrap_or_default()
        }
    };
    let mut taken = alike_ids(transaction.client(), tenant, ids).await?;
    let mut changes = Changes::default();
    let given = ids.iter().map(|id| give_one(&mut taken, &mut changes, id, today)).collect();
    write(&transaction, number, &changes, today).await?;
    transaction.commit().await?;
    Ok(given)
}

/// Decides about one id. `taken` has everything that may look like it.
fn give_one(taken: &mut Taken, changes: &mut Changes, id: &LongId, today: i64) -> Option<Known> {
    if let Some(known) = known_as(taken, id) {
        if known.shown >= today {
            return Some(known);
        }
        if let Some((_, shown)) = taken.get_mut(&known.short) {
            *shown = today;
        }
        changes.shown.push(known.short.clone());
        return Some(Known { shown: today, ..known });
    }
    let bytes = match id {
        LongId::Uuid(_, uuid) => uuid.as_bytes().to_vec(),
        LongId::Itself(_) => Vec::new(),
    };
    for form in id.forms() {
        let known = Known { short: form.clone(), id: id.clone(), shown: today };
        let is_new = match id {
            // It is shown as it is, whatever looks like it. What its text was given out for before stays what it means.
            LongId::Itself(_) => !taken.contains_key(&form),
            LongId::Uuid(..) => {
                if taken.get(&form).is_some_and(|(kept, _)| *kept == id.forgotten()) {
                    changes.again.0.push(form.clone());
                    changes.again.1.push(bytes.clone());
                    taken.insert(form, (bytes, today));
                    return Some(known);
                }
                !any_look_alike(&form, |other| taken.contains_key(other))
            }
        };
        if is_new {
            changes.new.0.push(form.clone());
            changes.new.1.push(halves(&form).1);
            changes.new.2.push(bytes.clone());
            taken.insert(form, (bytes, today));
            return Some(known);
        }
    }
    None
}

async fn write(transaction: &Transaction<'_>, tenant: i64, changes: &Changes, today: i64) -> Result<(), Error> {
    let day = "INSERT INTO day_of_use (day) VALUES ($1) ON CONFLICT DO NOTHING";
    transaction.execute_typed(day, &[(&today, Type::INT8)]).await?;
    let (shorts, tails, ids) = &changes.new;
    if !shorts.is_empty() {
        let insert = "INSERT INTO short_id (tenant, short, tail, id, shown) \
                      SELECT $1, short, tail, id, $2 FROM unnest($3::text[], $4::text[], $5::bytea[]) AS new (short, tail, id)";
        let parameters: [(&(dyn ToSql + Sync), Type); 5] = [
            (&tenant, Type::INT8),
            (&today, Type::INT8),
            (shorts, Type::TEXT_ARRAY),
            (tails, Type::TEXT_ARRAY),
            (ids, Type::BYTEA_ARRAY),
        ];
        transaction.execute_typed(insert, &parameters).await?;
    }
    if !changes.shown.is_empty() {
        let update = "UPDATE short_id SET shown = $2 WHERE tenant = $1 AND short = ANY($3)";
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(&tenant, Type::INT8), (&today, Type::INT8), (&changes.shown, Type::TEXT_ARRAY)];
        transaction.execute_typed(update, &parameters).await?;
    }
    let (shorts, ids) = &changes.again;
    if !shorts.is_empty() {
        let update = "UPDATE short_id AS s SET id = again.id, shown = $2 FROM unnest($3::text[], $4::bytea[]) AS again (short, id) \
                      WHERE s.tenant = $1 AND s.short = again.short";
        let parameters: [(&(dyn ToSql + Sync), Type); 4] =
            [(&tenant, Type::INT8), (&today, Type::INT8), (shorts, Type::TEXT_ARRAY), (ids, Type::BYTEA_ARRAY)];
        transaction.execute_typed(update, &parameters).await?;
    }
    Ok(())
}

pub(super) async fn sweep(client: &mut Client, today: i64, (days, ids): (u32, u64)) -> Result<u64, Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout TO '60s'").await?;
    // The process that writes the day removes; another one waits for it here and has nothing left to do.
    let claim = "INSERT INTO meta (name, value) VALUES ('swept', $1) \
                 ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value WHERE meta.value <> EXCLUDED.value";
    if transaction.execute_typed(claim, &[(&today, Type::INT8)]).await? == 0 {
        return Ok(0);
    }
    // The day from which on that many days of use are kept. Days of the future were a clock's mistake.
    let first = "SELECT day FROM day_of_use WHERE day <= $1 ORDER BY day DESC LIMIT 1 OFFSET $2";
    let before = i64::from(days.saturating_sub(1));
    let first = transaction.query_typed_opt(first, &[(&today, Type::INT8), (&before, Type::INT8)]).await?;
    let mut removed = 0;
    if let Some(first) = first {
        let first_kept = first.try_get::<_, i64>(0)?.min(today - i64::from(days) + 1);
        for tenant in transaction.query_typed("SELECT number FROM tenant ORDER BY number FOR UPDATE", &[]).await? {
            let tenant: i64 = tenant.try_get(0)?;
            let newest = "SELECT shown FROM short_id WHERE tenant = $1 ORDER BY shown DESC LIMIT 1 OFFSET $2";
            let before = ids.saturating_sub(1).min(i64::MAX.unsigned_abs()).cast_signed();
            let newest = transaction.query_typed_opt(newest, &[(&tenant, Type::INT8), (&before, Type::INT8)]).await?;
            let Some(newest) = newest else { continue };
            let last = first_kept.min(newest.try_get(0)?);
            let remove = "DELETE FROM short_id WHERE tenant = $1 AND shown < $2";
            removed += transaction.execute_typed(remove, &[(&tenant, Type::INT8), (&last, Type::INT8)]).await?;
        }
        let days = "DELETE FROM day_of_use WHERE day < $1";
        transaction.execute_typed(days, &[(&first_kept, Type::INT8)]).await?;
    }
    transaction.commit().await?;
    Ok(removed)
}

pub(super) async fn forget(client: &mut Client, tenant: &Tenant, id: Option<&LongId>) -> Result<u64, Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout TO '60s'").await?;
    let Some(number) = lock(&transaction, tenant).await? else { return Ok(0) };
    let known: Vec<Known> = match id {
        Some(id) => {
            let taken = exactly(transaction.client(), tenant, &id.forms()).await?;
            known_as(&taken, id).into_iter().collect()
        }
        None => {
            let select = "SELECT short, id, shown FROM short_id WHERE tenant = $1 AND length(id) <> 8";
            let taken = taken(&transaction.query_typed(select, &[(&number, Type::INT8)]).await?)?;
            taken.keys().filter_map(|short| known_by(&taken, short)).collect()
        }
    };
    let (shorts, rests): (Vec<String>, Vec<Vec<u8>>) =
        known.into_iter().map(|known| (known.short, known.id.forgotten())).unzip();
    let update = "UPDATE short_id AS s SET id = gone.id FROM unnest($2::text[], $3::bytea[]) AS gone (short, id) \
                  WHERE s.tenant = $1 AND s.short = gone.short";
    let parameters: [(&(dyn ToSql + Sync), Type); 3] =
        [(&number, Type::INT8), (&shorts, Type::TEXT_ARRAY), (&rests, Type::BYTEA_ARRAY)];
    let forgotten = transaction.execute_typed(update, &parameters).await?;
    transaction.commit().await?;
    Ok(forgotten)
}

pub(super) async fn usage(client: &Client, tenant: &Tenant) -> Result<Option<TenantUsage>, Error> {
    let sums = "SELECT count(s.short), min(s.shown), max(s.shown) FROM tenant t \
                LEFT JOIN short_id s ON s.tenant = t.number AND length(s.id) <> 8 WHERE t.key = $1 GROUP BY t.number";
    let row = client.query_typed_opt(sums, &[(&tenant.key.as_slice(), Type::BYTEA)]).await?;
    row.map(|row| {
        let (oldest, newest): (Option<i64>, Option<i64>) = (row.try_get(1)?, row.try_get(2)?);
        Ok(TenantUsage { short_ids: row.try_get::<_, i64>(0)?.cast_unsigned(), shown: oldest.zip(newest) })
    })
    .transpose()
}
