//! Uploads while their file is swapped for a link to a secret: `cargo run -p stress --bin upload_race`, with `-- --quick` for 100
//! races. Goal: 0 bytes from outside the allowed directory reach the gateway.
//!
//! A race is an upload during which the name came to mean something else at least once. It goes on until there were so many
//! of them, and until as many uploads were sent: a refusal alone would prove little.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use imbrace_contacts_mcp::context::uploads::{LARGEST_UPLOAD, Uploads};
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget, Progress};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, LocalGateway, Options, Population};
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};

type Failure = Box<dyn std::error::Error>;

/// What stands in the file inside, and in the secret outside: neither holds a letter of the other.
const INSIDE: &[u8] = b"aaaaaaaaaaaaaaaa";
const OUTSIDE: &[u8] = b"ZZZZZZZZZZZZZZZZ";

#[tokio::main]
async fn main() -> Result<ExitCode, Failure> {
    let races = if std::env::args().any(|argument| argument == "--quick") { 100 } else { 1_000 };
    let whole = std::env::temp_dir().join(format!("upload-race-{}", std::process::id()));
    std::fs::create_dir_all(whole.join("allowed"))?;
    let result = race(&whole, races).await;
    std::fs::remove_dir_all(&whole)?;
    let Counted { uploads, raced, sent, outside, plain } = result?;
    let reached = outside == 0 && raced >= races && sent >= races && plain > 0;
    writeln!(
        std::io::stdout(),
        "upload races: {outside} bytes from outside (goal 0) in {raced} races (goal {races}) among {uploads} uploads, {sent} \
         of them sent (goal {races}); a plain read was led out {plain} times {}",
        if reached { "ok" } else { "MISSED" }
    )?;
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What the races came to.
#[derive(Default)]
struct Counted {
    uploads: usize,
    /// Uploads during which the name came to mean something else.
    raced: usize,
    /// Uploads that reached the gateway.
    sent: usize,
    /// Bytes of the secret that did.
    outside: usize,
    /// How often a plain read of the same path found the secret: the proof that it was to be had.
    plain: usize,
}

/// Uploads to one that is a race, at most: where nothing races, it ends all the same.
const PATIENCE: usize = 100;

async fn race(whole: &std::path::Path, races: usize) -> Result<Counted, Failure> {
    let (allowed, secret) = (whole.join("allowed"), whole.join("secret"));
    std::fs::write(&secret, OUTSIDE)?;
    std::fs::write(allowed.join("photo"), INSIDE)?;
    let people = Population { contacts: 10, ..Population::default() };
    let local = LocalGateway::start(Options { people, ..Options::default() }).await?;
    let toolbox = toolbox(&local, &allowed)?;

    let stop = Arc::new(AtomicBool::new(false));
    let swaps = Arc::new(AtomicU64::new(0));
    let swapping = std::thread::spawn({
        let (stop, swaps) = (Arc::clone(&stop), Arc::clone(&swaps));
        move || swap(&allowed, &secret, &stop, &swaps)
    });
    let mut counted = Counted::default();
    let path = whole.join("allowed/photo");
    while (counted.raced < races || counted.sent < races)
        && counted.uploads < races * PATIENCE
        && !swapping.is_finished()
    {
        counted.uploads += 1;
        let before = swaps.load(Ordering::SeqCst);
        let arguments = serde_json::from_str(r#"{"path": "photo"}"#)?;
        toolbox.call("upload_contact_file", arguments, Progress::default()).await.ok_or("no such tool")?;
        counted.raced += usize::from(swaps.load(Ordering::SeqCst) != before);
        for arrival in local.requests() {
            counted.sent += 1;
            counted.outside += arrival.body.windows(2).filter(|pair| *pair == b"ZZ").count();
        }
        local.forget_requests();
        counted.plain += usize::from(std::fs::read(&path).is_ok_and(|content| content == OUTSIDE));
    }
    stop.store(true, Ordering::Relaxed);
    let ended = swapping.join().map_err(|_| "the swapping thread panicked")?;
    local.stop().await;
    ended?;
    Ok(counted)
}

fn toolbox(local: &LocalGateway, allowed: &std::path::Path) -> Result<Toolbox, Failure> {
    let gateway = Client::new(Settings {
        base_url: local.base_url().parse()?,
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None)?,
        deadlines: Deadlines::default(),
    })?;
    let place =
        GatewayTarget { environment: Environment::Local, host: local.address().to_string(), organization: None };
    let uploads = Uploads::open(&[allowed.to_owned()], LARGEST_UPLOAD).map_err(|(_, error)| error)?;
    let context = Context::new(ContextParts { gateway, place, short_ids: ShortIds::new(IdStyle::Short), uploads });
    Ok(Toolbox::new(context, &Selection::default(), Limits::default())?)
}

/// Puts a regular file and a link to the secret into one place by turns.
#[cfg(unix)]
fn swap(
    allowed: &std::path::Path,
    secret: &std::path::Path,
    stop: &AtomicBool,
    swaps: &AtomicU64,
) -> std::io::Result<()> {
    let (target, spare) = (allowed.join("photo"), allowed.join("spare"));
    while !stop.load(Ordering::Relaxed) {
        std::fs::write(&spare, INSIDE)?;
        std::fs::rename(&spare, &target)?;
        swaps.fetch_add(1, Ordering::SeqCst);
        // Long enough for some uploads to get through, short enough for others to be caught in the middle.
        std::thread::sleep(std::time::Duration::from_micros(swaps.load(Ordering::SeqCst) % 8 * 50));
        std::os::unix::fs::symlink(secret, &spare)?;
        std::fs::rename(&spare, &target)?;
        swaps.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

/// Links need rights on other systems.
#[cfg(not(unix))]
fn swap(_: &std::path::Path, _: &std::path::Path, _: &AtomicBool, _: &AtomicU64) -> std::io::Result<()> {
    Err(std::io::Error::other("this race needs a Unix system"))
}
