//! The credential appears in nothing that can be printed, even when the gateway sends it back.

use imbrace_contacts_mcp::gateway::{Client, Credential, Settings};
use serde_json::json;

use super::samples::{list_contacts, update};
use crate::support::scripted::{Play, Scripted, json, typed};

/// Credentials of every form, with a tail that is easy to look for.
const CANARIES: [&str; 4] = [
    "acc_00000000-0000-4000-8000-canary000001",
    "api_00000000-0000-4000-8000-canary000002",
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.canary000003",
    "acc_unusual.~canary000004",
];

fn settings(server: &Scripted, canary: &str) -> Settings {
    let credential = Credential::parse(canary.into(), Some("org_demo")).unwrap();
    Settings { credential, ..server.settings() }
}

#[tokio::test]
async fn no_settings_client_or_error_shows_the_credential() {
    for canary in CANARIES {
        let echoes = [
            json(401, &json!({ "message": format!("bad token {canary}, sorry"), "field": canary }).to_string()),
            json(400, &json!({ "error": { "message": format!("x={canary}") } }).to_string()),
            typed(502, "text/html", &format!("<title>{canary}</title>")),
            typed(200, "text/html", &format!("<title>token {canary}</title>")),
            typed(200, "text/plain", canary),
            json(200, &json!({ canary: canary }).to_string()),
            json(200, &format!("{{\"{canary}\":1,\"{canary}\":2}}")),
            Play::Bytes(format!("{canary}\r\n\r\n").into_bytes()),
            Play::Close,
        ];
        for echo in echoes {
            let server = Scripted::playing([echo]).await;
            let client = Client::new(settings(&server, canary)).unwrap();
            let errors = [
                client.send(&list_contacts()).await.unwrap_err(),
                client.send(&update(json!({ "remark": "x" }))).await.unwrap_err(),
            ];
            let tail = canary.rsplit('-').next().unwrap().rsplit('.').next().unwrap().trim_start_matches('~');
            for error in &errors {
                let shown = format!("{error} {error:?} {error:#?}");
                assert!(!shown.contains(tail), "{shown}");
            }
            let shown =
                format!("{client:?} {:?} {:#?}", settings(&server, canary), settings(&server, canary).credential);
            assert!(!shown.contains(tail), "{shown}");
        }
    }
}

#[tokio::test]
async fn settings_do_not_show_a_password_in_an_address() {
    let server = Scripted::playing([json(200, "[]")]).await;
    let base_url = "https://ann:canary000005@gateway.example.com/?key=canary000006".parse().unwrap();
    let settings = Settings { base_url, ..server.settings() };
    assert!(!format!("{settings:?}").contains("canary"));
    let error = Client::new(settings).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"));
}

#[tokio::test]
async fn the_credential_goes_out_once_and_in_no_address() {
    let server = Scripted::playing([json(200, "[]")]).await;
    Client::new(settings(&server, CANARIES[0])).unwrap().send(&list_contacts()).await.unwrap();
    let request = &server.seen()[0];
    assert!(!request.target.contains("canary"));
    assert_eq!(request.headers.iter().filter(|(_, value)| value.contains("canary")).count(), 1);
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_lowest_log_level_does_not_show_the_credential() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::trace!("the log works");
    for canary in CANARIES {
        let server = Scripted::playing([json(401, &json!({ "message": canary }).to_string())]).await;
        let client = Client::new(settings(&server, canary)).unwrap();
        tracing::error!(?client, error = %client.send(&list_contacts()).await.unwrap_err(), "refused");
    }
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("the log works") && text.contains("refused"));
    assert!(!text.contains("canary"), "{text}");
}
