//! A credential in a file is read again when the file changes: tokens expire, and the server need not be started anew.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::{self, Settings};
use crate::files::FollowedFile;
use crate::gateway::{Client, Credential};
use crate::telemetry;

/// The client that follows the credential's file, where the credential came from one.
pub(super) fn following(client: Client, settings: &Settings) -> Client {
    let Some(path) = settings.gateway.credential.as_ref().and_then(|secret| secret.file.clone()) else { return client };
    let organization: Option<Arc<str>> =
        settings.gateway.organization_id.as_ref().map(|given| given.text().trim().into());
    let file = Arc::new(FollowedFile::new(&path));
    let renewed: Arc<Mutex<Option<Credential>>> = Arc::default();
    client.renewed_by(move || {
        let (file, organization, renewed) = (Arc::clone(&file), organization.clone(), Arc::clone(&renewed));
        async move {
            let found = Arc::clone(&renewed);
            file.look(move |path| {
                if let Some(credential) = read(path, organization.as_deref()) {
                    *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(credential);
                }
            })
            .await;
            renewed.lock().unwrap_or_else(PoisonError::into_inner).take()
        }
    })
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
