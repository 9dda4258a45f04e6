//! `cleanup review`: the page in the browser, until Ctrl-C.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::CleanupSession;
use crate::app::{Ending, signals};
use crate::cli::ReviewArguments;
use crate::review::{Link, Review};
use crate::transport::review::serve;

/// Serves the page until a signal comes.
///
/// # Errors
/// When the port cannot be had, or signals or stdout cannot.
pub(super) async fn review(session: &CleanupSession, given: &ReviewArguments) -> anyhow::Result<Ending> {
    let stop = signals::stop_signal().context("signals")?;
    let wanted = (Ipv4Addr::LOCALHOST, given.port);
    let listener =
        TcpListener::bind(wanted).await.with_context(|| format!("cannot listen at 127.0.0.1:{}", given.port))?;
    let link = Link::new();
    let address = link.address(listener.local_addr()?.port());
    announce(&address, &session.place.named()).context("stdout")?;
    // Removed when the page has ended.
    let _way = if given.no_open { None } else { Redirect::open(&address) };
    let review = Review {
        workspace: session.workspace.clone(),
        gateway: session.gateway.clone(),
        gate: session.gate(given.rate),
        place: session.place.named(),
        read_only: session.read_only,
        requests_per_second: session.rate(given.rate),
        tools: None,
    };
    serve(listener, review, link, stop).await.context("the page")?;
    Ok(Ending::default())
}

fn announce(address: &str, place: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "The review page of {place}, for this machine only; Ctrl-C ends it. The link can be opened once, within an hour:"
    )?;
    writeln!(out, "{address}")?;
    out.flush()
}

/// A file, its owner's alone, that leads a browser to the link: other users of the machine see the words of commands.
struct Redirect {
    file: PathBuf,
}

impl Redirect {
    /// Opens the link in the usual browser; without one, the link on the terminal is there.
    fn open(address: &str) -> Option<Self> {
        let file = std::env::temp_dir().join(format!("imbrace-contacts-review-{:016x}.html", rand::random::<u64>()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let page =
            format!("<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\"><title>Review</title>");
        let written = options.open(&file).and_then(|mut opened| opened.write_all(page.as_bytes()));
        let way = Self { file };
        if let Err(error) = written.and_then(|()| browse(&way.file)) {
            tracing::warn!(%error, "no browser was opened; open the link yourself");
        }
        Some(way)
    }
}

impl Drop for Redirect {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Opens a file in the usual browser.
fn browse(file: &Path) -> std::io::Result<()> {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(windows) {
        Command::new("explorer")
    } else {
        Command::new("xdg-open")
    };
    command.arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(drop)
}
