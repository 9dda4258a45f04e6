//! Which POSTs may be answered without the SDK: those whose headers ask for nothing that only it knows.

use http::{HeaderMap, header};
use rmcp::model::ProtocolVersion;

/// Whether a request takes both forms of an answer, names a version with a handshake or none, and no header beside it
/// says what the body says; all else, and every refusal, is the SDK's.
pub(super) fn allows(headers: &HeaderMap) -> bool {
    let unknown = |name: &str| name.starts_with("mcp-") && !matches!(name, "mcp-protocol-version" | "mcp-session-id");
    takes(headers, "application/json")
        && takes(headers, "text/event-stream")
        && !headers.keys().any(|name| unknown(name.as_str()))
        && has_handshake(headers)
}

fn takes(headers: &HeaderMap, kind: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = values.flat_map(|value| value.split(','));
    kinds.any(|part| part.split(';').next().is_some_and(|part| part.trim().eq_ignore_ascii_case(kind)))
}

fn has_handshake(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all("mcp-protocol-version").iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => ProtocolVersion::KNOWN_VERSIONS
            .iter()
            .filter(|version| **version < ProtocolVersion::V_2026_07_28)
            .any(|version| version.as_str().as_bytes() == value.as_bytes()),
        (Some(_), Some(_)) => false,
    }
}
