//! Looks for credentials wherever the server writes: answers, logs at trace of every crate, audit file, data, metrics, spans.
//!
//! `cargo run --release -p stress --bin canary` calls every tool under every fault over stdio and HTTP, with logs as text and as
//! JSON; with `-- --quick` over fewer faults. The gateway's contacts hold the credentials in every spelling, and its answers
//! repeat them where a fault can. Searched for are the access tokens and the bearer token, as they are and in upper case,
//! without prefix, percent-encoded, in Base64 and in hexadecimal digits. In metrics and spans no name, number, address or id of a contact may
//! stand either. Spans are looked at in a build with `--features otel`, where the servers send them to a collector of this program.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use imbrace_contacts_mcp::local_gateway::faults::{AnswerBody, Fault, Rule};
use imbrace_contacts_mcp::local_gateway::{ACCESS_TOKEN, EXPIRED_ACCESS_TOKEN, Faults, LocalGateway, Options};
use imbrace_contacts_mcp::tools;
use serde_json::{Value, json};
use stress::peer::{self, Failure, Peer, call, command, figure};

/// A contact that is in the list.
const CONTACT: &str = "con_66d67483-8982-43d6-acbe-139568688add";

/// What HTTP clients must send.
const BEARER: &str = "bearer-00000000000040008000canary";

/// Every crate at its loudest.
const LOUD: &str =
    "trace,h2=trace,hyper=trace,hyper_util=trace,hyper_rustls=trace,rmcp=trace,rustls=trace,tower=trace,axum=trace";

/// Faults in their text form.
const FAULTS: [&str; 18] = [
    "",
    "*:400",
    "*:401",
    "*:403",
    "*:404",
    "*:409",
    "*:413",
    "*:422",
    "*:429,retry_after=1",
    "*:500",
    "*:503",
    "*:reset",
    "*:reset_after",
    "*:truncated",
    "*:html",
    "*:empty",
    "*:redirect",
    "*:root",
];

/// True if spans are among the places.
const HAS_SPANS: bool = cfg!(feature = "otel");

/// Texts that no metric or span may hold: parts of the contacts, of their ids and of what callers made up.
const PEOPLE: [&str; 6] = ["Mei ", "55500101", "example.com", "66d67483", "+12025550123", "11111111-2222"];

/// Metrics and spans.
const IS_WATCHED: fn(&str) -> bool = |place| matches!(place, "metrics" | "spans");

fn main() -> Result<ExitCode, Failure> {
    if let Some(code) = peer::serve_if_asked() {
        return Ok(code);
    }
    let quick = std::env::args().any(|word| word == "--quick");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let list = folder.path().join("people.secret");
    std::fs::write(&list, people())?;
    let gateway = runtime.block_on(LocalGateway::start(Options { list: Some(list), ..Options::default() }))?;
    std::fs::write(folder.path().join("bearer.secret"), BEARER)?;
    let (mut calls, mut answers) = (0, Answers::default());
    let collector = Collector::start()?;
    for (token, format) in [(ACCESS_TOKEN, "text"), (EXPIRED_ACCESS_TOKEN, "json")] {
        let mut desk = Desk::open(&gateway.base_url(), (token, &collector.address), format, folder.path())?;
        for (index, faults) in misdeeds(token)?.into_iter().enumerate() {
            if !quick || index % 4 == 0 {
                gateway.set_faults(faults);
                calls += desk.call_all(&mut answers)?;
            }
        }
        calls += desk.call_by_wrong_names(token, &mut answers)?;
        answers.metrics.push_str(&desk.metrics()?);
        desk.close()?;
    }
    let spans = collector.said()?;
    let mut places = vec![
        ("answers over stdio".to_owned(), answers.over_stdio),
        ("answers over HTTP".to_owned(), answers.over_http),
        ("metrics".to_owned(), answers.metrics),
    ];
    if HAS_SPANS {
        places.push(("spans".to_owned(), spans));
    }
    let watched = places.iter().filter(|(place, text)| IS_WATCHED(place) && text.contains("list_contacts")).count();
    let wanted = 1 + usize::from(HAS_SPANS);
    let are_watched =
        figure(&format!("places that calls are watched at: {watched}"), &wanted.to_string(), watched == wanted);
    for entry in std::fs::read_dir(folder.path())? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "secret") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            places.push((name, String::from_utf8_lossy(&std::fs::read(&path)?).into_owned()));
        }
    }
    let bytes: usize = places.iter().map(|(_, text)| text.len()).sum();
    let mut hits = 0;
    for (place, text) in &places {
        let people = PEOPLE.into_iter().filter(|_| IS_WATCHED(place)).map(str::to_owned);
        for needle in needles(!place.contains("stdio")).into_iter().chain(people) {
            // A UUID behind the prefix of another id is that id.
            let is_hit = |at: usize| {
                if PEOPLE.contains(&needle.as_str()) {
                    return true;
                }
                let before = text.get(..at).unwrap_or_default();
                needle.contains('_') || !before.ends_with('_') || before.ends_with("acc_")
            };
            let count = text.match_indices(&needle).filter(|(at, _)| is_hit(*at)).count();
            hits += count;
            if count > 0 {
                figure(&format!("{place}: {count} hits of {needle}"), "0", false);
            }
        }
    }
    let text = format!("canary: {hits} hits in {bytes} bytes of {} places after {calls} calls", places.len());
    let reached = figure(&text, "0 hits", hits == 0 && bytes > 100_000) && are_watched;
    Ok(if reached { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Contacts whose fields hold every secret in every spelling, one contact of the gateway a line.
fn people() -> String {
    let mut lines = String::new();
    // The secrets of the server whose answers hold contacts; the expired token is another's.
    let spelled = [ACCESS_TOKEN, BEARER].into_iter().flat_map(spellings);
    for (number, spelling) in spelled.enumerate() {
        let id = if number == 0 { CONTACT.to_owned() } else { format!("con_11111111-2222-4333-8444-{number:012}") };
        let contact = json!({
            "object_name": "contact", "id": id, "channel_type": "whatsapp", "display_name": format!("Mei {spelling}"),
            "first_name": spelling, "last_name": "Chan", "area_code": "852", "phone_number": "55500101",
            "email": format!("{spelling}@example.com"), "remark": format!("key={spelling}; {spelling}"),
            "company_name": spelling, "position": spelling, "title": spelling, "location": format!("{}{spelling}", "x".repeat(25)),
            "whatsapp_id": spelling, "line_id": spelling, "avatar_url": format!("https://example.com/{spelling}"),
            "last_seen": "", "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "",
            "additional_params": { "note": spelling, spelling.as_str(): "x" }
        });
        lines.push_str(&format!("{contact}\n"));
    }
    lines
}

/// A secret in the ways in which a gateway's data may hold it.
fn spellings(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let mut all = vec![secret.to_owned(), secret.to_uppercase(), percent, hex.to_uppercase(), hex];
    for before in ["abc", "ab", "a"] {
        let text = format!("{before}{secret}yz");
        all.push(base64(text.as_bytes().get(..text.len() / 3 * 3).unwrap_or_default()));
    }
    all.extend(secret.strip_prefix("acc_").map(str::to_owned));
    all
}

/// All faults, and answers that repeat the credential in their words, their page and their JSON.
fn misdeeds(token: &str) -> Result<Vec<Faults>, Failure> {
    let mut all: Vec<Faults> = FAULTS.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    for (status, media_type, text) in [
        (StatusCode::BAD_REQUEST, "application/json", format!(r#"{{"code":400,"message":"bad token {token}"}}"#)),
        (StatusCode::INTERNAL_SERVER_ERROR, "text/plain", format!("x-access-token: {token}")),
        (StatusCode::OK, "text/html", format!("<html><title>{token}</title></html>")),
        (StatusCode::FORBIDDEN, "application/json", format!(r#"{{"message":["{token}"],"error":"{token}"}}"#)),
    ] {
        let body = AnswerBody::Text { media_type: media_type.to_owned(), text };
        all.push(Faults::one(Rule::always(Fault::Answer { status, body, retry_after: None })));
    }
    all.push(Faults::one(Rule::always(Fault::Redirect(format!("http://127.0.0.1:9/?token={token}")))));
    Ok(all)
}

/// What the servers answered.
#[derive(Default)]
struct Answers {
    over_stdio: String,
    over_http: String,
    metrics: String,
}

/// A collector of OpenTelemetry that keeps what it is sent.
struct Collector {
    address: String,
    kept: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let kept = Arc::<Mutex<Vec<u8>>>::default();
        let keeps = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let keeps = Arc::clone(&keeps);
                std::thread::spawn(move || Self::keep(stream, &keeps));
            }
        });
        Ok(Self { address, kept })
    }

    /// Keeps each request of a connection, head and body, and answers it.
    fn keep(mut stream: TcpStream, kept: &Mutex<Vec<u8>>) {
        let Ok(reading) = stream.try_clone() else { return };
        let mut reader = BufReader::new(reading);
        loop {
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                if reader.read_line(&mut line).is_err() || line.is_empty() {
                    return;
                }
                if let Some((name, value)) = line.split_once(':')
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap_or(0);
                }
                head.push_str(&line);
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                return;
            }
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(head.into_bytes());
            kept.extend(body);
            drop(kept);
            if stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").is_err() {
                return;
            }
        }
    }

    /// All of it; texts stand in the messages as they are.
    fn said(&self) -> Result<String, Failure> {
        let kept = self.kept.lock().map_err(|_| "a thread panicked")?;
        Ok(String::from_utf8_lossy(&kept).into_owned())
    }
}

/// One server over stdio and one over HTTP.
struct Desk {
    stdio: Peer,
    http: std::process::Child,
    address: String,
    next: u64,
}

impl Desk {
    fn open(base_url: &str, (token, collector): (&str, &str), format: &str, folder: &Path) -> Result<Self, Failure> {
        let audit = |name: &str| folder.join(format!("{name}-{format}.audit")).to_string_lossy().into_owned();
        let words = ["--log", LOUD, "--log-format", format, "--audit"];
        let mut stdio = command(base_url, token, &words)?;
        stdio.arg(audit("stdio")).stderr(File::create(folder.join(format!("stdio-{format}.log")))?);
        let mut http = command(base_url, token, &words)?;
        http.arg(audit("http"));
        if HAS_SPANS {
            stdio.args(["--otlp-endpoint", collector, "--send-traceparent"]);
            http.args(["--otlp-endpoint", collector]);
        }
        let bearer = folder.join("bearer.secret");
        http.arg("--sse").arg("--http-token-file").arg(bearer);
        let (http, address) = peer::start_http(http, &folder.join(format!("http-{format}.log")))?;
        Ok(Self { stdio: Peer::start(stdio)?, http, address, next: 0 })
    }

    /// Calls every tool over both transports at once; answers are kept.
    fn call_all(&mut self, answers: &mut Answers) -> Result<u64, Failure> {
        let calls: Vec<Value> = tools::catalog()
            .iter()
            .map(|entry| {
                self.next += 1;
                call(self.next, entry.name, &arguments(entry.name))
            })
            .collect();
        for message in &calls {
            self.stdio.say(message)?;
        }
        let address = &self.address;
        let over_http = std::thread::scope(|scope| {
            let posts = calls.iter().map(|message| scope.spawn(move || peer::post(address, Some(BEARER), message)));
            let posts: Vec<_> = posts.collect();
            posts
                .into_iter()
                .map(|post| post.join().map_err(|_| Failure::from("a thread panicked")).flatten())
                .collect()
        });
        let over_http: Vec<Result<String, Failure>> = over_http;
        for answer in over_http {
            answers.over_http.push_str(&answer?);
        }
        for _ in &calls {
            answers.over_stdio.push_str(&self.stdio.said.recv_timeout(peer::PATIENCE)?.to_string());
        }
        // Without the bearer, too: the refusal must not tell what would have been right.
        answers.over_http.push_str(&peer::post(address, Some("wrong"), &peer::initialize())?);
        Ok(2 * calls.len() as u64)
    }

    /// Calls tools that do not exist, by names and with a trace that no metric and no span may hold.
    fn call_by_wrong_names(&mut self, token: &str, answers: &mut Answers) -> Result<u64, Failure> {
        let names = [token, BEARER, "mei@example.com", "+12025550123", CONTACT];
        for name in names {
            self.next += 1;
            let state = format!("canary={token}");
            let message = json!({"jsonrpc": "2.0", "id": self.next, "method": "tools/call", "params": {
                "name": name, "arguments": {"contact_id": CONTACT},
                "_meta": {"traceparent": name, "tracestate": state, "baggage": state}}});
            // The name comes back to the one who sent it, cleaned of the server's own secrets only.
            self.stdio.say(&message)?;
            self.stdio.said.recv_timeout(peer::PATIENCE)?;
            answers.over_http.push_str(&peer::post(&self.address, Some(BEARER), &message)?);
        }
        Ok(2 * names.len() as u64)
    }

    /// The text of a scrape.
    fn metrics(&self) -> Result<String, Failure> {
        let address = &self.address;
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(peer::PATIENCE))?;
        write!(
            stream,
            "GET /metrics HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {BEARER}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Ends both as a service manager does, so that the last spans are sent.
    fn close(mut self) -> Result<(), Failure> {
        self.stdio.end()?;
        let process = self.http.id().to_string();
        let is_told = std::process::Command::new("kill").args(["-TERM", &process]).status();
        if !is_told.is_ok_and(|status| status.success()) {
            self.http.kill()?;
        }
        self.http.wait()?;
        Ok(())
    }
}

/// Arguments with which a tool asks the gateway.
fn arguments(tool: &str) -> Value {
    let contact = CONTACT;
    match tool {
        "list_contacts" => json!({"fields": "*"}),
        "list_notifications" | "find_duplicate_contacts" => json!({}),
        "audit_contacts" => json!({"refresh": true}),
        "plan_cleanup" => json!({"changes": {contact: {"company_name": "Example", "title": "x"}}}),
        "get_contact" => json!({"contact_id": contact, "fields": "*"}),
        "search_contacts" => json!({"query": "a", "fields": "*"}),
        "update_contact" => json!({"contact_id": contact, "set": {"remark": "x"}}),
        "get_conversation_messages" => json!({"conversation_id": "tcu_00000000-0000-4000-8000-000000000001"}),
        "get_contact_comment" => {
            json!({"contact_id": contact, "comment_id": "cmc_00000000-0000-4000-8000-000000000001"})
        }
        "mark_notifications_read" | "dismiss_notifications" => {
            json!({"ids": ["not_00000000-0000-4000-8000-000000000001"]})
        }
        "dismiss_all_notifications" => json!({"type": "all"}),
        "upload_contact_file" => json!({"contact_id": contact, "path": "/etc/hostname"}),
        _ => json!({"contact_id": contact}),
    }
}

/// What must not be found. The bearer token is a secret of the server over HTTP, and only data to the one over stdio.
fn needles(over_http: bool) -> Vec<String> {
    let mut needles = Vec::new();
    let secrets = [ACCESS_TOKEN, EXPIRED_ACCESS_TOKEN].into_iter().chain(over_http.then_some(BEARER));
    for secret in secrets {
        needles.extend([secret.to_owned(), secret.to_uppercase()]);
        needles.extend(secret.strip_prefix("acc_").map(str::to_owned));
        needles.push(secret.bytes().map(|byte| format!("%{byte:02X}")).collect());
        needles.push(secret.bytes().map(|byte| format!("{byte:02x}")).collect());
        // Wherever in a longer text it stood: three bytes are four letters, so one of three cuts fits.
        needles.extend((0..3).map(|cut| base64(secret.as_bytes().get(cut..cut + 27).unwrap_or_default())));
    }
    needles
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks_exact(3) {
        let number = three.iter().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
        for place in (0..4).rev() {
            text.push(LETTERS.get(number >> (6 * place) & 63).copied().map_or('?', char::from));
        }
    }
    text
}
