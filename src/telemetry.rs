//! Logging: on stderr only, because stdout belongs to the protocol, one line an event, and without secrets or personal
//! data.
//!
//! All that the process says on stderr goes through one queue, so that no full pipe, slow terminal or full disk can hold up
//! what the process is there for. Nothing else may write to stderr, not even through [`std::io::stderr`]'s lock.

use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::Timestamp;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::redact::Secrets;
use one_line::OneLine;
use queue::Queue;

mod one_line;
mod queue;

static SECRETS: LazyLock<Secrets> = LazyLock::new(Secrets::default);

/// How long a text that must be seen may take to be written, such as the error line at the end.
const MUST_BE_SEEN: Duration = Duration::from_secs(1);

#[expect(clippy::disallowed_methods, reason = "the one writer to stderr")]
static STDERR: LazyLock<Arc<Queue>> = LazyLock::new(|| Queue::start(io::stderr()));

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
pub fn start(filter: &str, json: bool) -> Result<(), FilterError> {
    if !is_filter(filter) {
        return Err(FilterError);
    }
    let filter: Targets = quieted(filter).parse().map_err(|_| FilterError)?;
    let colours = !json && shows_colours();
    // Complaining on stderr that stderr is closed would panic; a client may close it and go on.
    STDERR.tell_dropped_by(if json { dropped_as_json } else { dropped_as_text });
    let lines = fmt::layer::<Registry>().with_writer(OneLine { colours }).log_internal_errors(false);
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.with_ansi(colours).boxed() };
    // The only failure is that a subscriber is there already.
    let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    std::panic::set_hook(Box::new(report_panic));
    Ok(())
}

/// The secrets of this process, which it says nowhere: what knows one adds it here, and what speaks asks for its redactor.
pub fn secrets() -> &'static Secrets {
    &SECRETS
}

/// Returns true if stderr is a terminal with colours and the user did not ask for none (`NO_COLOR`, <https://no-color.org>).
pub fn shows_colours() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    stderr_is_terminal() && !is_dumb && !is_set("NO_COLOR")
}

/// Whether stderr is a terminal.
#[expect(clippy::disallowed_methods, reason = "looks and does not write")]
pub fn stderr_is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// How many lines were dropped since the start, because stderr took no more.
pub fn dropped_lines() -> u64 {
    STDERR.dropped_ever()
}

/// Says a line that may be missed, such as progress. It never waits.
pub fn mention(line: &str) {
    STDERR.put(SECRETS.redactor().text(line).as_bytes());
}

/// Says a text that must be seen: a question, or the error at the end. It waits until everything is written, at most a second.
///
/// # Errors
/// When it is not known to be written.
pub fn tell(text: &str) -> io::Result<()> {
    STDERR.put_and_wait(SECRETS.redactor().text(text).as_bytes(), MUST_BE_SEEN)
}

/// The line that tells of dropped ones, beside lines for people.
fn dropped_as_text(count: u64) -> String {
    format!("{:.6}  WARN {}: {}\n", Timestamp::now(), module_path!(), dropped(count))
}

/// The same beside lines for log collectors.
fn dropped_as_json(count: u64) -> String {
    let (now, message) = (format!("{:.6}", Timestamp::now()), dropped(count));
    let line = serde_json::json!({"timestamp": now, "level": "WARN", "message": message, "target": module_path!()});
    format!("{line}\n")
}

fn dropped(count: u64) -> String {
    let lines = if count == 1 { "line was" } else { "lines were" };
    format!("{count} log {lines} dropped, because stderr took no more")
}

/// Whether a text is levels and levels by crate. To the library a word that is no level is a crate, to be logged at trace: a
/// misspelt level would silence everything else.
fn is_filter(filter: &str) -> bool {
    let mut parts = filter.split(',').map(str::trim).filter(|part| !part.is_empty()).peekable();
    let is_level = |text: &str| !text.trim().is_empty() && text.trim().parse::<LevelFilter>().is_ok();
    let is_path = |text: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | ':'))
    };
    parts.peek().is_some()
        && parts.all(|part| match part.split_once('=') {
            Some((target, level)) => is_path(target.trim()) && is_level(level),
            None => is_level(part),
        })
}

/// A log filter that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no level, and no levels by crate")]
pub struct FilterError;

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
    use super::{is_filter, quieted};

    #[test]
    fn a_filter_is_levels_and_levels_by_crate() {
        for filter in
            ["warn", "INFO", "off", "info,rmcp=debug", " warn , imbrace_contacts_mcp = info", "3", "a::b=trace,"]
        {
            assert!(is_filter(filter), "{filter}");
        }
        for other in
            ["", " ", ",", "loud", "inof", "a=b=c", "=info", "rmcp=", "rmcp=loud", "info,rmcp", "info;rmcp=debug"]
        {
            assert!(!is_filter(other), "{other}");
        }
    }

    #[test]
    fn a_crate_that_writes_contents_is_louder_only_when_it_is_named() {
        assert!(quieted("debug").contains(",rmcp=warn"));
        let named = quieted("info,rmcp=debug");
        assert_eq!(quieted("off"), "off");
        assert!(named.contains("rmcp=debug") && !named.contains("rmcp=warn") && named.contains("hyper=warn"));
    }
}
