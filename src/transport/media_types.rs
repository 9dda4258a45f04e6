//! The `Accept` header: which of the two forms of an answer a client takes. And whether a body is JSON.
//!
//! The SDK serves only clients that name both. Clients exist that name one, a wildcard or nothing.

use http::{HeaderMap, header};

pub(super) const JSON: &str = "application/json";
pub(super) const EVENT_STREAM: &str = "text/event-stream";

/// The forms that a client takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    pub(super) json: bool,
    pub(super) event_stream: bool,
}

impl Accepted {
    /// Reads the header; without one, and with `*/*`, both are taken.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut accepted = Self { json: false, event_stream: false };
        let mut is_empty = true;
        for range in headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()) {
            for range in range.split(',').map(str::trim).filter(|range| !range.is_empty()) {
                is_empty = false;
                let mut parts = range.split(';').map(str::trim);
                let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
                if parts.any(is_quality_zero) {
                    continue;
                }
                accepted.json |= matches!(kind.as_str(), JSON | "application/*" | "*/*");
                accepted.event_stream |= matches!(kind.as_str(), EVENT_STREAM | "text/*" | "*/*");
            }
        }
        if is_empty { Self { json: true, event_stream: true } } else { accepted }
    }

    pub(super) const fn is_none(self) -> bool {
        !self.json && !self.event_stream
    }
}

/// Returns true if the headers call the body JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(JSON))
}

/// Whether a parameter excludes its media type: `q=0`, also with decimals.
fn is_quality_zero(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else { return false };
    name.trim().eq_ignore_ascii_case("q") && value.trim().parse::<f32>().is_ok_and(|quality| quality <= 0.0)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn each_header_names_the_forms_that_are_taken() {
        for (text, json, event_stream) in [
            ("", true, true),
            ("*/*", true, true),
            ("application/json", true, false),
            ("text/event-stream", false, true),
            ("application/json, text/event-stream", true, true),
            ("Application/JSON;q=0.9,text/event-stream;q=0", true, false),
            ("text/html, */*;q=0.1", true, true),
            ("text/html", false, false),
            ("*/*;q=0.0", false, false),
            ("application/json; charset=utf-8", true, false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(text))]);
            assert_eq!(Accepted::of(&headers), Accepted { json, event_stream }, "{text:?}");
        }
        assert_eq!(Accepted::of(&HeaderMap::new()), Accepted { json: true, event_stream: true });
    }
}
