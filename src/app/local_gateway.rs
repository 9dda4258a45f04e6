//! The local gateway: in this process, and as a server of its own (`local-gateway`).

use std::io::Write;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressBar;

use super::{Ending, LOG_FILTER, UsageError, signals};
use crate::cli::LocalGatewayOptions;
use crate::config::Local;
use crate::local_gateway::{
    ACCESS_TOKEN, AbovePage, ConcurrentEdits, Faults, Limits, LocalGateway, Options, Population,
};
use crate::plural::counted;
use crate::telemetry;

/// Starts it in this process, as it is configured.
///
/// # Errors
/// For faults that cannot be read, and what keeps it from starting.
pub(super) async fn start(local: &Local) -> anyhow::Result<LocalGateway> {
    let usual = Population::default();
    let faults = match &local.faults {
        None => Faults::default(),
        Some(given) => given.text().parse::<Faults>().map_err(|error| given.unusable(&error))?,
    };
    let contacts = local.contacts.and_then(|contacts| usize::try_from(contacts).ok()).unwrap_or(usual.contacts);
    let people = Population { contacts, seed: local.seed.unwrap_or(usual.seed) };
    let (list, data) = (local.people.clone(), local.data.clone());
    Ok(LocalGateway::start(Options { people, list, data, faults, ..Options::default() }).await?)
}

/// Runs until a signal comes.
///
/// # Errors
/// [`UsageError`] for faults that cannot be read, or what kept it from starting.
pub(super) async fn run(options: LocalGatewayOptions) -> anyhow::Result<Ending> {
    telemetry::start(&options.log, false)
        .map_err(|_| UsageError { message: format!("--log must be {LOG_FILTER}, not `{}`", options.log) })?;
    let stop = signals::stop_signal().context("signals")?;
    let usual = Population::default();
    let people = Population { contacts: options.contacts, seed: options.seed.unwrap_or(usual.seed) };
    let wait = waiting(&match &options.people {
        Some(file) => format!("reading the contacts in {}", file.display()),
        None => format!("making up {}", counted(people.contacts as u64, "contact")),
    });
    let faults = match options.faults.as_deref().map(str::parse::<Faults>) {
        None => Faults::default(),
        Some(Ok(faults)) => faults,
        Some(Err(error)) => return Err(UsageError { message: format!("--faults: {error}") }.into()),
    };
    let crowd = match options.crowd.as_deref().map(str::parse::<ConcurrentEdits>) {
        None => ConcurrentEdits::default(),
        Some(Ok(crowd)) => crowd,
        Some(Err(error)) => return Err(UsageError { message: format!("--crowd: {error}") }.into()),
    };
    let above_page = if options.above_limit == "refuse" { AbovePage::Refuse } else { AbovePage::Lower };
    let limits = Limits { page: options.max_limit, above_page, ..Limits::default() };
    let (listen, data, list) = (options.listen, options.data, options.people);
    let gateway =
        LocalGateway::start(Options { listen, people, list, data, faults, crowd, limits, ..Options::default() })
            .await?;
    wait.finish_and_clear();
    announce(&gateway.base_url()).context("stdout")?;
    stop.cancelled().await;
    gateway.stop().await;
    Ok(Ending::default())
}

/// Shows on a terminal that something goes on; nowhere else.
fn waiting(message: &str) -> ProgressBar {
    if !telemetry::stderr_is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(message.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// What to set to talk to it. The token is documented and opens nothing but local gateways.
fn announce(base_url: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "local gateway at {base_url}; Ctrl-C ends it. To use it:")?;
    writeln!(out, "export IMBRACE_BASE_URL={base_url} IMBRACE_ACCESS_TOKEN={ACCESS_TOKEN}")?;
    out.flush()
}
