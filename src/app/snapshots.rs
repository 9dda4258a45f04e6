//! Where the cleanup engine keeps its snapshots, plans and journals, and the engine of each credential.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use imbrace_contacts_store::{Store, Tenant};

use super::tenants::{SHORT_IDS, State, tenant};
use crate::cleanup::normalize::phone::Region;
use crate::cleanup::{StateLocation, Workspace};
use crate::config::{self, Address, Kept, Settings};
use crate::context::GatewayTarget;
use crate::gateway::{Client, Credential};

/// Keeps digests of credentials apart from those made for anything else.
const CLEANUP: &str = "imbrace-contacts-mcp cleanup state";

/// Where snapshots are kept, and how the engine works on them.
pub(super) struct Snapshots {
    /// The directory, or the setting that keeps them from having one.
    directory: Result<PathBuf, Arc<config::Error>>,
    /// The largest file, in bytes.
    limit: Option<u64>,
    /// How long plans are kept.
    plans_kept: Option<Duration>,
    /// The country of phone numbers whose contact says nothing of it.
    default_region: Option<Region>,
    /// The time zone of dates that are asked for.
    time_zone: TimeZone,
}

impl Snapshots {
    /// As configured. Of a gateway in this process that keeps its data in memory they lie among the temporary files, under a name of
    /// their own.
    pub(super) fn of(settings: &Settings) -> Self {
        let configured = &settings.state;
        let is_in_memory = settings.gateway.address == Address::InProcess && settings.local.data.is_none();
        let directory = if is_in_memory && configured.kept == Kept::All {
            // Its people are made up, so that no directory of the user's is needed.
            Ok(std::env::temp_dir().join(format!("imbrace-contacts-mcp-{:016x}", rand::random::<u64>())))
        } else {
            configured.snapshots().map(Path::to_owned).map_err(Arc::new)
        };
        let (limit, plans_kept) = (configured.limit, configured.plans_kept);
        let time_zone = configured.time_zone.clone();
        Self { directory, limit, plans_kept, default_region: configured.default_region, time_zone }
    }

    /// The engine of one gateway, organisation and credential.
    ///
    /// # Errors
    /// Which setting keeps the state from having a place.
    pub(super) fn workspace(
        &self,
        (state, place): (&State, &GatewayTarget),
        (credential, is_tenant): (&Credential, bool),
        gateway: &Client,
    ) -> Result<Workspace, Arc<config::Error>> {
        let home = StateLocation {
            directory: self.directory.clone()?,
            place: state.place(place),
            tenant: tenant(place, credential, is_tenant, CLEANUP),
        };
        let workspace = Workspace::limited(home, gateway.clone(), self.limit);
        let workspace = workspace.with_default_region(self.default_region).with_time_zone(self.time_zone.clone());
        Ok(workspace.with_plans_kept(self.plans_kept))
    }
}

impl State {
    /// The store, and whose short ids those of the configured credential are.
    pub(super) fn shared(&self, place: &GatewayTarget, credential: &Credential) -> Option<(Arc<dyn Store>, Tenant)> {
        self.tenant(place, &tenant(place, credential, false, SHORT_IDS))
    }
}
