//! Contexts for callers who bring their own gateway credential.

use secrecy::SecretString;
use url::Url;

use crate::context::tenants::{Limits, Tenants};
use crate::context::uploads::Uploads;
use crate::context::{Context, Parts, Place};
use crate::gateway::{self, Client, Credential};
use crate::ids::{Handles, IdStyle};

/// Where the context that belongs to nobody would send to: a name that never resolves.
const NOWHERE: &str = "https://gateway.invalid";

/// What the contexts of all credentials have in common.
pub(super) struct Template {
    /// How the gateway is reached; with a credential that stands for none.
    pub(super) settings: gateway::Settings,
    /// Which gateway it is.
    pub(super) place: Place,
    /// How ids are shown.
    pub(super) style: IdStyle,
    /// What may be uploaded.
    pub(super) uploads: Uploads,
}

impl Template {
    /// A context over this client.
    pub(super) fn context(&self, gateway: Client, organization: Option<String>) -> Context {
        let place = Place { organization, ..self.place.clone() };
        let (handles, uploads) = (Handles::new(self.style), self.uploads.clone());
        Context::new(Parts { gateway, place, handles, uploads })
    }

    /// A context of nobody's, which reaches no gateway, and the contexts of those who bring a credential.
    ///
    /// # Errors
    /// For an address that must not get a credential.
    pub(super) fn into_tenants(self) -> anyhow::Result<(Context, Tenants)> {
        let nowhere = gateway::Settings { base_url: Url::parse(NOWHERE)?, ..self.settings.clone() };
        let nobody = self.context(Client::new(nowhere)?, None);
        let connections = Client::new(self.settings.clone())?;
        let make = move |text: &SecretString, organization: Option<&str>| {
            let credential = Credential::parse(text.clone(), organization).map_err(|error| error.to_string())?;
            Ok(self.context(connections.with_credential(credential), organization.map(str::to_owned)))
        };
        Ok((nobody, Tenants::new(Limits::default(), make)))
    }
}
