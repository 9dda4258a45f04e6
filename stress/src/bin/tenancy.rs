//! Shows that tenants never meet: callers with credentials of their own, one server, equal request ids, equal arguments.
//!
//! ```sh
//! cargo run -p stress --bin tenancy             # 10,000 interleaved calls
//! cargo run -p stress --bin tenancy -- --quick  # 1,000
//! ```
//!
//! Two gateways are asked. A marking one answers each credential with records that hold its mark and nothing else to tell
//! them apart: the same ids, the same shapes. The local gateway has two users with notifications of their own; their answers
//! are compared with those they got when they were alone.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::response::IntoResponse;
use axum::serve::ListenerExt as _;
use futures::{StreamExt, stream};
use http::{HeaderMap, Uri};
use imbrace_contacts_mcp::context::tenants::{self, Tenants};
use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{self, ACCESS_TOKEN, LocalGateway, Population, SECOND_ACCESS_TOKEN};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{Limits, Selection, Toolbox};
use imbrace_contacts_mcp::transport::http::{self as door, Options};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const HEADER: &str = "x-imbrace-access-token";

/// Credentials at the marking gateway; more than one, fewer than a call's neighbours.
const TENANTS: usize = 24;

/// Calls at the same time.
const AT_ONCE: usize = 32;

/// The one contact that everybody has, in their own version.
const CONTACT: &str = "con_00000000-0000-4000-8000-000000000001";

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let calls = if std::env::args().any(|argument| argument == "--quick") { 1_000 } else { 10_000 };
    let began = Instant::now();
    let marking = serve(&marking_gateway().await?).await?;
    let crossed = AtomicUsize::new(0);
    let wrong = AtomicUsize::new(0);
    // An error says that a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();
    let all = stream::iter(0..calls).for_each_concurrent(AT_ONCE, |number| {
        let (client, marking, crossed, wrong) = (&client, &marking, &crossed, &wrong);
        async move {
            let own = number % TENANTS;
            match call(client, marking, &token(own), marked_call(number / TENANTS)).await {
                Ok(text) => {
                    crossed.fetch_add(foreign_bytes(&text, own), Ordering::Relaxed);
                    if !text.contains(&mark(own)) {
                        wrong.fetch_add(1, Ordering::Relaxed);
                    }
                }
                Err(_) => drop(wrong.fetch_add(1, Ordering::Relaxed)),
            }
        }
    });
    all.await;
    let people = Population { contacts: 50, ..Population::default() };
    let local = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await?;
    let (users_crossed, users_wrong) = users(&client, &serve(&local.base_url()).await?, calls / 10).await?;
    let crossed = crossed.into_inner() + users_crossed;
    let wrong = wrong.into_inner() + users_wrong;
    let met = crossed == 0 && wrong == 0;
    writeln!(
        std::io::stdout(),
        "tenancy: {crossed} bytes crossed, {wrong} wrong answers in {} interleaved calls of {} tenants with equal ids and \
         arguments (goal 0 and 0) {} [{:.1} s]",
        calls + calls / 10,
        TENANTS + 2,
        if met { "ok" } else { "MISSED" },
        began.elapsed().as_secs_f64(),
    )?;
    Ok(if met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Two users of the local gateway, whose notifications are their own.
async fn users(client: &reqwest::Client, server: &str, calls: usize) -> anyhow::Result<(usize, usize)> {
    let ask = || json!({"name": "list_notifications", "arguments": {"limit": 20}});
    let first = call(client, server, ACCESS_TOKEN, ask()).await?;
    let second = call(client, server, SECOND_ACCESS_TOKEN, ask()).await?;
    ensure!(first != second, "the two users see the same notifications, so nothing could be told from them");
    let differing = stream::iter(0..calls).map(|number| {
        let (first, second) = (&first, &second);
        async move {
            let (token, own, foreign) =
                if number % 2 == 0 { (ACCESS_TOKEN, first, second) } else { (SECOND_ACCESS_TOKEN, second, first) };
            match call(client, server, token, ask()).await {
                Ok(text) if text == *own => (0, 0),
                Ok(text) if text == *foreign => (text.len(), 1),
                _ => (0, 1),
            }
        }
    });
    let differing: Vec<(usize, usize)> = differing.buffer_unordered(AT_ONCE).collect().await;
    Ok(differing.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)))
}

fn token(tenant: usize) -> String {
    format!("acc_00000000-0000-4000-8000-{tenant:012}")
}

fn mark(tenant: usize) -> String {
    format!("Marked{tenant:03}End")
}

fn foreign_bytes(text: &str, own: usize) -> usize {
    let count = |tenant: usize| text.matches(&mark(tenant)).count() * mark(tenant).len();
    (0..TENANTS).filter(|tenant| *tenant != own).map(count).sum()
}

/// The same calls for everybody; the handle in one of them was shown to all, each time for another version.
fn marked_call(round: usize) -> Value {
    match round % 3 {
        0 => json!({"name": "list_contacts", "arguments": {"limit": 5}}),
        1 => json!({"name": "search_contacts", "arguments": {"query": "marked"}}),
        _ => json!({"name": "get_contact", "arguments": {"contact_id": CONTACT}}),
    }
}

/// Calls a tool with the request id that everybody uses.
async fn call(client: &reqwest::Client, server: &str, token: &str, params: Value) -> anyhow::Result<String> {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    let request = client.post(server).header("accept", "application/json, text/event-stream");
    let request = request.header("content-type", "application/json").header(HEADER, token);
    let answer = request.body(body).send().await?.bytes().await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let field = |path: &str| answer.pointer(path).with_context(|| format!("no {path} in {answer}"));
    ensure!(field("/id")? == 1 && field("/result/isError")? == false, "{answer}");
    Ok(field("/result/content/0/text")?.as_str().context("an answer without text")?.to_owned())
}

/// A server for tenants of this gateway; its endpoint.
async fn serve(base_url: &str) -> anyhow::Result<String> {
    let nobody = context("http://127.0.0.1:9", Credential::parse(ACCESS_TOKEN.into(), None)?)?;
    let toolbox = Toolbox::new(nobody, &Selection::default(), Limits::default())?;
    let base_url = base_url.to_owned();
    let tenants = Tenants::new(tenants::Limits::default(), move |credential, organization| {
        let credential = Credential::parse(credential.clone(), organization).map_err(|error| error.to_string())?;
        context(&base_url, credential).map_err(|error| error.to_string())
    });
    let options = Options { gateway_credential_header: Some(HEADER.parse()?), ..Options::default() };
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}/mcp", listener.local_addr()?);
    let server = Server::new(toolbox).for_tenants(tenants);
    tokio::spawn(door::serve(listener, server, options, CancellationToken::new()));
    Ok(endpoint)
}

fn context(base_url: &str, credential: Credential) -> anyhow::Result<Context> {
    let (prefix, deadlines) = (PrefixChoice::Fixed(Prefix::ChannelService), Deadlines::default());
    let gateway = Client::new(Settings { base_url: base_url.parse()?, prefix, credential, deadlines })?;
    let place = GatewayTarget { environment: Environment::Local, host: "127.0.0.1".to_owned(), organization: None };
    Ok(Context::new(ContextParts {
        gateway,
        place,
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::default(),
    }))
}

/// A gateway whose every record holds the mark of the credential that asked for it.
async fn marking_gateway() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let marks: Arc<Vec<(String, String)>> =
        Arc::new((0..TENANTS).map(|tenant| (token(tenant), mark(tenant))).collect());
    let answer = move |uri: Uri, headers: HeaderMap| {
        let shown = headers.get("x-access-token").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mark = marks.iter().find(|(token, _)| *token == shown).map(|(_, mark)| mark.clone()).unwrap_or_default();
        async move {
            // Answers overtake each other, as they do on a real network.
            tokio::time::sleep(std::time::Duration::from_micros(rand::random_range(0..2_000))).await;
            let contact =
                json!({"object_name": "contact", "id": CONTACT, "display_name": mark, "organization_id": "org_x"});
            let one = uri.path().contains(CONTACT);
            let list =
                json!({"object_name": "list", "data": [contact.clone()], "has_more": false, "count": 1, "total": 1});
            ([("content-type", "application/json")], if one { contact } else { list }.to_string()).into_response()
        }
    };
    // Without it, each answer waits for an acknowledgement.
    let listener = listener.tap_io(|socket| drop(socket.set_nodelay(true)));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    Ok(base_url)
}
