//! How far a part of a cleanup is: a bar on a terminal, a line now and then elsewhere. Always on stderr.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use tokio_util::sync::CancellationToken;

use crate::cleanup::Watch;
use crate::telemetry;

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// What is shown while something runs.
pub(super) struct Shown {
    bar: Option<ProgressBar>,
}

impl Shown {
    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Something to be told of progress, and what shows it. `stop` ends it between two requests.
pub(super) fn watch(stop: CancellationToken, units: &'static str) -> (Watch, Shown) {
    let bar = telemetry::stderr_is_terminal().then(|| bar(units));
    let shown = Shown { bar: bar.clone() };
    let last = Arc::new(Mutex::new(Instant::now()));
    let progress = move |done: u64, total: Option<u64>, what: &str| match &bar {
        Some(bar) => {
            if let Some(total) = total {
                bar.set_length(total);
            }
            bar.set_position(done);
            bar.set_message(what.to_owned());
        }
        None => line(&last, done, total, what),
    };
    (Watch { progress: Box::new(progress), cancel: stop }, shown)
}

fn bar(units: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0);
    let template = format!("{{bar:30}} {{pos}}/{{len}} {units}, {{eta}} left: {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

fn line(last: &Mutex<Instant>, done: u64, total: Option<u64>, what: &str) {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    if last.elapsed() >= EVERY {
        *last = Instant::now();
        let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
        telemetry::mention(&format!("{done}{of}: {what}\n"));
    }
}

/// Makes a directory that is its owner's alone.
///
/// # Errors
/// When it cannot be made.
pub(super) fn make_directory(path: &Path) -> anyhow::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("the state directory {}", path.display()))
}
