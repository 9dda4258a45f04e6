//! Logging: on stderr only, because stdout belongs to the protocol, one line an event, and without secrets or personal
//! data.

use std::io::IsTerminal;
use std::panic::PanicHookInfo;

use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use one_line::OneLine;

mod one_line;

/// Crates that write whole requests, headers or contents at their lower levels. They stay at `warn` unless the filter
/// names them.
const TALKATIVE: [&str; 8] = ["h2", "hyper", "hyper_rustls", "hyper_util", "rmcp", "rustls", "tower", "axum"];

/// Starts logging. A second start in one process changes nothing.
///
/// The filter is a level, or levels by crate (`info,rmcp=debug`). Filters by span or field would bring a library for
/// regular expressions into every start.
///
/// # Errors
/// When the filter cannot be read.
pub fn start(filter: &str, json: bool) -> Result<(), ParseError> {
    let filter: Targets = quieted(filter).parse()?;
    let colours = !json && std::io::stderr().is_terminal();
    // Complaining on stderr that stderr is closed would panic; a client may close it and go on.
    let lines = fmt::layer::<Registry>().with_writer(OneLine { colours }).log_internal_errors(false);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.with_ansi(colours).boxed() };
    // The only failure is that a subscriber is there already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    std::panic::set_hook(Box::new(report_panic));
    Ok(())
}

/// The filter with the talkative crates held at `warn`.
fn quieted(filter: &str) -> String {
    let named = |name: &str| {
        filter.split(',').any(|part| part.trim().split(['=', ':', '[']).next().is_some_and(|target| target == name))
    };
    if named("off") || named("error") {
        return filter.to_owned();
    }
    let quiet = TALKATIVE.iter().filter(|name| !named(name)).map(|name| format!(",{name}=warn"));
    filter.trim_end_matches(',').to_owned() + &quiet.collect::<String>()
}

/// Logs where a panic happened and never its text, which may quote a customer.
fn report_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    tracing::error!(place, "a bug: a call failed inside the server and was contained");
}

#[cfg(test)]
mod tests {
    use super::quieted;

    #[test]
    fn a_crate_that_writes_contents_is_louder_only_when_it_is_named() {
        assert!(quieted("debug").contains(",rmcp=warn"));
        let named = quieted("info,rmcp=debug");
        assert_eq!(quieted("off"), "off");
        assert!(named.contains("rmcp=debug") && !named.contains("rmcp=warn") && named.contains("hyper=warn"));
    }
}
