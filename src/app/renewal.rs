//! A credential in a file is read again when the file changes: tokens expire, and the server need not be started anew.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::config::{self, Settings};
use crate::gateway::{Client, Credential};
use crate::telemetry;

/// Between two looks at the file.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The client that follows the credential's file, where the credential came from one.
pub(super) fn following(client: Client, settings: &Settings) -> Client {
    let Some(path) = settings.gateway.credential.as_ref().and_then(|secret| secret.file.clone()) else { return client };
    let organization = settings.gateway.organization_id.as_ref().map(|given| given.text().trim().to_owned());
    let seen = Mutex::new(Seen { looked: Instant::now(), stamp: stamp(&path) });
    client.renewed_by(move || {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.changed(&path).then(|| read(&path, organization.as_deref())).flatten()
    })
}

/// When the file was last looked at, and what it looked like.
struct Seen {
    looked: Instant,
    stamp: Option<Stamp>,
}

type Stamp = (Option<SystemTime>, u64);

impl Seen {
    fn changed(&mut self, path: &Path) -> bool {
        if self.looked.elapsed() < LOOK_EVERY {
            return false;
        }
        self.looked = Instant::now();
        // Gone for a moment while it is replaced: what holds is what was read last.
        let Some(stamp) = stamp(path) else { return false };
        self.stamp.replace(stamp) != Some(stamp)
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok(), metadata.len()))
}

fn read(path: &Path, organization: Option<&str>) -> Option<Credential> {
    let text = config::secret_in(path);
    let credential = text.and_then(|text| Credential::parse(text, organization).map_err(|error| error.to_string()));
    match credential {
        Ok(credential) => {
            credential.add_to(telemetry::secrets());
            tracing::info!(form = credential.form(), "the credential was read again");
            Some(credential)
        }
        Err(reason) => {
            tracing::warn!(reason, "the credential stays as it was: its file is unusable");
            None
        }
    }
}
