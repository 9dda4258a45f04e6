//! The address of one request: base URL, prefix, route with its ids, query.

use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::gateway::Request;
use crate::model::Prefix;

/// Fills the route and encodes the query, each exactly once.
///
/// A space becomes `%20` and a plus `%2B`, which every server reads alike; a bare `+` is read in two ways.
pub(super) fn address(base_url: &Url, prefix: Prefix, route: &str, request: &Request) -> Url {
    let mut url = base_url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(prefix.path().split('/'));
        for segment in route.split('/') {
            let name = segment.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let value = name.and_then(|name| request.path.iter().find(|(key, _)| *key == name));
            segments.push(value.map_or(segment, |(_, value)| value.as_str()));
        }
    }
    let mut query = String::with_capacity(64);
    for (key, value) in &request.query {
        query.push_str(if query.is_empty() { "" } else { "&" });
        encode(key, &mut query);
        query.push('=');
        encode(value, &mut query);
    }
    url.set_query((!query.is_empty()).then_some(&*query));
    url
}

/// Adds a text to a query.
fn encode(text: &str, query: &mut String) {
    // A space comes as a part of its own.
    query.extend(byte_serialize(text.as_bytes()).map(|part| if part == "+" { "%20" } else { part }));
}
