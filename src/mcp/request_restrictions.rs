//! What a request over HTTP asks for itself in headers: fewer tools, more confirmations. Nothing in them loosens anything.

use http::{HeaderMap, HeaderName};

use super::TOOLS_HEADER;
use crate::tools::{Bounds, Confirm};

/// `true`: only tools that read.
pub(crate) const READ_ONLY: HeaderName = HeaderName::from_static("x-imbrace-read-only");
/// Names with commas between them: only these tools.
pub(crate) const TOOLS: HeaderName = HeaderName::from_static(TOOLS_HEADER);
/// `all` or `destructive`: at least these calls need a confirmation.
pub(crate) const CONFIRM: HeaderName = HeaderName::from_static("x-imbrace-confirm");

/// The bounds in the headers of a request.
///
/// # Errors
/// What is wrong with one of them: a request whose wish cannot be read must not get more than it wanted.
pub(crate) fn bounds(headers: &HeaderMap) -> Result<Bounds, String> {
    let read_only = match only(headers, &READ_ONLY)?.as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(format!("The header `{READ_ONLY}` must be true or false.")),
    };
    let confirm = match only(headers, &CONFIRM)?.as_deref() {
        None => None,
        Some("all") => Some(Confirm::All),
        Some("destructive") => Some(Confirm::Destructive),
        Some("never") => Some(Confirm::Never),
        Some(_) => return Err(format!("The header `{CONFIRM}` must be all, destructive or never.")),
    };
    let names = only(headers, &TOOLS)?.map(|text| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    if names.as_ref().is_some_and(Vec::is_empty) {
        return Err(format!("The header `{TOOLS}` names no tool."));
    }
    Ok(Bounds { read_only, names, confirm })
}

/// The one value of a header, in lower case.
fn only(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, String> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim().to_ascii_lowercase())),
            Err(_) => Err(format!("The header `{name}` holds bytes that mean nothing here.")),
        },
        (Some(_), Some(_)) => Err(format!("The header `{name}` may be sent once only.")),
    }
}
