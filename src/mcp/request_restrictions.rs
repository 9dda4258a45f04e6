//! Bounds that a request over HTTP sets for itself in headers or in its query: fewer tools, more confirmations. Nothing in them
//! loosens anything.

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
    let [read_only, tools, confirm] = [&READ_ONLY, &TOOLS, &CONFIRM].map(|name| only(headers, name));
    let name = |header| format!("The header `{header}`");
    read((&name(READ_ONLY), read_only?), (&name(TOOLS), tools?), (&name(CONFIRM), confirm?))
}

/// The bounds in the query of a request: `read_only`, `tools` and `confirm`, with the values that the headers have.
/// `own` are parameters that the path itself reads.
///
/// # Errors
/// The fault in words. A parameter that is not known could be a bound that is misspelt. Its name is not repeated: it
/// may be a secret.
pub(crate) fn bounds_of_query(query: &str, own: &[&str]) -> Result<Bounds, String> {
    let (mut read_only, mut tools, mut confirm) = (None, None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "read_only" => &mut read_only,
            "tools" => &mut tools,
            "confirm" => &mut confirm,
            own_name if own.contains(&own_name) => continue,
            _ => {
                return Err(
                    "The query may have the parameters `read_only`, `tools`, `confirm` and, at /mcp, `ui` only."
                        .to_owned(),
                );
            }
        };
        if place.replace(value.trim().to_ascii_lowercase()).is_some() {
            return Err(format!("The parameter `{name}` may be sent once only."));
        }
    }
    let name = |parameter| format!("The parameter `{parameter}`");
    read((&name("read_only"), read_only), (&name("tools"), tools), (&name("confirm"), confirm))
}

/// A value with the name of what it came in.
type Named<'a> = (&'a str, Option<String>);

fn read(read_only: Named<'_>, tools: Named<'_>, confirm: Named<'_>) -> Result<Bounds, String> {
    let read_only = match read_only.1.as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        Some(_) => return Err(format!("{} must be true or false.", read_only.0)),
    };
    let confirm = match confirm.1.as_deref() {
        None => None,
        Some("all") => Some(Confirm::All),
        Some("destructive") => Some(Confirm::Destructive),
        Some("never") => Some(Confirm::Never),
        Some(_) => return Err(format!("{} must be all, destructive or never.", confirm.0)),
    };
    let names = tools.1.map(|text| {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::to_owned).collect::<Vec<_>>()
    });
    if names.as_ref().is_some_and(Vec::is_empty) {
        return Err(format!("{} names no tool.", tools.0));
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
