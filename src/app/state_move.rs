//! `state move`: what processes share, copied from a state directory into a database or back.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use imbrace_contacts_store::{Portable, PostgresStore, SqliteStore};
use serde_json::json;

use super::{DONE, Ending, UsageError};
use crate::cli::MoveArguments;
use crate::config::{self, Raw};
use crate::plural::{agree, counted};
use crate::telemetry;

/// Copies everything, and says how much it was.
///
/// # Errors
/// A place that cannot be used, an empty source, a target that holds something, or a copy that is not equal: nothing is kept of it then.
pub(super) async fn run(raw: &Raw, given: MoveArguments) -> anyhow::Result<Ending> {
    let (from, to) = (place(&given.from, "FROM", raw)?, place(&given.to, "TO", raw)?);
    let (from_place, to_place) = (from.place(), to.place());
    if from_place == to_place {
        return Err(UsageError { message: format!("FROM and TO are both {from_place}") }.into());
    }
    if !from.exists() {
        return Err(UsageError { message: format!("there is nothing at {from_place}") }.into());
    }
    let copied = tokio::task::spawn_blocking(move || {
        let contents = from.read_all()?;
        to.fill(&contents)?;
        Ok::<_, imbrace_contacts_store::StoreError>((contents.count(), contents.digest()))
    });
    let (count, digest) = copied.await.context("the copy")??;
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if given.json {
        let value = json!({
            "from": from_place, "to": to_place, "tenants": count.tenants, "short_ids": count.short_ids,
            "confirmations": count.confirmations, "writes": count.writes, "sha256": digest,
        });
        return Ok(Ending { out: format!("{value:#}\n"), code: DONE, ..Ending::default() });
    }
    let out = format!(
        "copied from {from_place} to {to_place}, read again and equal: {} {} of {}, {}, {} with writes of a day (SHA-256 {digest})\n",
        count.short_ids,
        agree(count.short_ids, "short id", "short ids"),
        counted(count.tenants, "tenant"),
        counted(count.confirmations, "confirmation"),
        counted(count.writes, "caller"),
    );
    let err = format!("{from_place} is unchanged; what servers that still use it give out from now on is not copied\n");
    Ok(Ending { out, err, code: DONE })
}

/// A store by its place.
fn place(text: &str, name: &str, raw: &Raw) -> anyhow::Result<Box<dyn Portable>> {
    if !text.contains("://") {
        let directory = std::path::absolute(Path::new(text)).unwrap_or_else(|_| PathBuf::from(text));
        return Ok(Box::new(SqliteStore::new(&directory)));
    }
    let database = config::named_database(text, name, raw)?;
    telemetry::secrets().add(database.address.password());
    let authorities = config::authorities(&raw.values)?;
    Ok(Box::new(PostgresStore::new(&database.address, authorities.certificates_in_der())?))
}
