//! Settings that need a feature of the build: a setting that nothing would read is an error.

use super::error::Error;
use super::source::Layer;

/// True if the local gateway is built in.
pub(super) const HAS_LOCAL: bool = cfg!(feature = "local");
/// True if ids and confirmations can be kept on this machine.
pub(super) const HAS_STORE: bool = cfg!(feature = "store");

/// Each feature, whether it is built in, and the settings that need it.
const FEATURES: [(&str, bool, &[&str]); 7] = [
    (
        "http",
        cfg!(feature = "http"),
        &[
            "http",
            "sse",
            "http_token_file",
            "oauth_issuer",
            "oauth_audience",
            "oauth_jwks",
            "oauth_scopes",
            "gateway_credential_header",
            "auth",
            "calls_per_minute",
            "allow_host",
            "allow_origin",
        ],
    ),
    ("store", HAS_STORE, &["state_dir", "state", "state_limit"]),
    ("postgres", cfg!(feature = "postgres"), &["state_url", "state_password", "state_password_file"]),
    ("cleanup", cfg!(feature = "cleanup"), &["default_region", "time_zone", "keep_plans"]),
    ("metrics", cfg!(feature = "metrics"), &["metrics_address"]),
    ("otel", cfg!(feature = "otel"), &["otlp_endpoint", "send_traceparent"]),
    ("local", HAS_LOCAL, &["local_contacts", "local_seed", "local_people", "local_data", "local_faults"]),
];

/// Refuses settings whose feature is not built in.
///
/// # Errors
/// [`Error::FeatureMissing`] for the first of them.
pub(super) fn check(values: &Layer) -> Result<(), Error> {
    for (feature, _, names) in FEATURES.into_iter().filter(|(_, is_built_in, _)| !is_built_in) {
        let mut given = names.iter().filter_map(|name| Some((*name, values.get(name)?)));
        // `state = off` is how such a build works.
        if let Some((_, given)) = given.find(|(name, given)| *name != "state" || given.text().trim() != "off") {
            return Err(Error::FeatureMissing { place: given.source.clone(), feature });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Key;

    #[test]
    fn every_setting_that_needs_a_feature_is_a_setting() {
        for name in FEATURES.iter().flat_map(|(_, _, names)| *names) {
            assert!(Key::named(name).is_some(), "{name}");
        }
    }
}
