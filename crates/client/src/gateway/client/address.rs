//! The address of one request: base URL, prefix, route with its ids, query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::gateway::Request;
use crate::model::Prefix;

/// What is encoded in a step of a path: all but what stands for itself everywhere (RFC 3986, 2.3).
const STEP: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The addresses that every address begins with.
#[derive(Debug)]
pub(super) struct Roots {
    channel_service: String,
    backend: String,
}

impl Roots {
    pub(super) fn of(base_url: &Url) -> Self {
        // Without a user name and a password, which are no part of a request.
        let origin = base_url.origin().ascii_serialization();
        let base = base_url.path().trim_end_matches('/');
        let root = |prefix: Prefix| format!("{origin}{base}/{}", prefix.path());
        Self { channel_service: root(Prefix::ChannelService), backend: root(Prefix::Backend) }
    }

    /// Fills the route and encodes the query, each exactly once.
    ///
    /// A space becomes `%20` and a plus `%2B`, which every server reads alike; a bare `+` is read in two ways.
    pub(super) fn address(&self, prefix: Prefix, route: &str, request: &Request) -> Option<Url> {
        let root = match prefix {
            Prefix::ChannelService => &self.channel_service,
            Prefix::Backend => &self.backend,
        };
        let mut address = String::with_capacity(root.len() + 128);
        address.push_str(root);
        for step in route.split('/') {
            let name = step.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            let value = name.and_then(|name| request.path.iter().find(|(key, _)| *key == name));
            let value = value.map_or(step, |(_, value)| value.as_str());
            // These would lead to another endpoint. No id is one; this is the last guard.
            if matches!(value, "" | "." | "..") {
                return None;
            }
            address.push('/');
            address.extend(utf8_percent_encode(value, STEP));
        }
        for (index, (key, value)) in request.query.iter().enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            encode(key, &mut address);
            address.push('=');
            encode(value, &mut address);
        }
        Url::parse(&address).ok()
    }
}

/// Adds a text to a query.
fn encode(text: &str, query: &mut String) {
    // A space comes as a part of its own.
    query.extend(byte_serialize(text.as_bytes()).map(|part| if part == "+" { "%20" } else { part }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(value: &str) -> Request {
        Request { path: vec![("id", value.to_owned())], query: vec![("q", "a b+c/d".to_owned())], ..Request::default() }
    }

    #[test]
    fn what_a_value_holds_stays_one_step_of_the_path() {
        let roots = Roots::of(&"https://gateway.example.com/api/".parse().unwrap());
        let address = |value| roots.address(Prefix::Backend, "contacts/{id}/files", &request(value));
        let found = address("con_1").unwrap().to_string();
        assert_eq!(found, "https://gateway.example.com/api/v1/backend/contacts/con_1/files?q=a%20b%2Bc%2Fd");
        let found = address("../x?y#z%2F\r\né").unwrap().to_string();
        assert_eq!(
            found,
            "https://gateway.example.com/api/v1/backend/contacts/..%2Fx%3Fy%23z%252F%0D%0A%C3%A9/files?q=a%20b%2Bc%2Fd"
        );
        for climbing in ["..", ".", ""] {
            assert_eq!(address(climbing), None, "{climbing:?}");
        }
    }
}
