//! Callers who bring their own gateway credential, and what they share: nothing.

use std::sync::Arc;

use imbrace_contacts_mcp::context::tenants::{Limits, Tenants};
use imbrace_contacts_mcp::context::uploads::Uploads;
use imbrace_contacts_mcp::context::{Context, ContextParts, GatewayTarget};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::local_gateway::{
    self, ACCESS_TOKEN, JSON_WEB_TOKEN, LocalGateway, ORGANIZATION_ID, Population, SECOND_ACCESS_TOKEN,
};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::model::{Environment, Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{self, Toolbox};
use imbrace_contacts_mcp::transport::http::Options;
use insta::assert_snapshot;
use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::{Value, json};

use super::desk::{NOWHERE, call, text};
use super::server::{self, TestServer};

const HEADER: &str = "x-imbrace-access-token";

pub(super) fn context(base_url: &str, credential: Credential) -> Context {
    let (prefix, deadlines) = (PrefixChoice::Fixed(Prefix::ChannelService), Deadlines::default());
    let settings = Settings { base_url: base_url.parse().unwrap(), prefix, credential, deadlines };
    Context::new(ContextParts {
        gateway: Client::new(settings).unwrap(),
        place: GatewayTarget { environment: Environment::Local, host: "gateway.test".to_owned(), organization: None },
        short_ids: ShortIds::new(IdStyle::Short),
        uploads: Uploads::default(),
    })
}

pub(super) fn tenants(base_url: String, limits: Limits) -> Tenants {
    Tenants::new(limits, move |credential, organization| {
        let credential = Credential::parse(credential.clone(), organization).map_err(|error| error.to_string())?;
        Ok(context(&base_url, credential))
    })
}

fn options() -> Options {
    Options { sse: true, gateway_credential_header: Some(HEADER.parse().unwrap()), ..Options::default() }
}

/// A server whose own context reaches nothing.
async fn open(options: Options) -> (LocalGateway, TestServer) {
    let people = Population { contacts: 40, ..Population::default() };
    let gateway = LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await.unwrap();
    let nobody = context(NOWHERE, Credential::parse(ACCESS_TOKEN.into(), None).unwrap());
    let toolbox = Toolbox::new(nobody, &tools::Selection::default(), tools::Limits::default()).unwrap();
    let server = Server::new(toolbox).for_tenants(tenants(gateway.base_url(), Limits::default()));
    let server = TestServer::of(server, options).await;
    (gateway, server)
}

async fn ask(server: &TestServer, headers: &[(&str, &str)], message: &Value) -> Value {
    let request =
        headers.iter().fold(server.post(message.to_string()), |request, (name, value)| request.header(*name, *value));
    server::json(request.send().await.unwrap()).await
}

#[tokio::test]
async fn each_call_goes_out_with_the_credential_it_brought() {
    let (gateway, server) = open(options()).await;
    let list = call(1, "list_notifications", json!({"limit": 1}));
    let first = ask(&server, &[(HEADER, ACCESS_TOKEN)], &list).await;
    let second = ask(&server, &[(HEADER, SECOND_ACCESS_TOKEN)], &list).await;
    assert_ne!(text(&first), text(&second), "two users with the same notifications");
    let sent: Vec<String> = gateway.requests().iter().map(|arrival| format!("{:?}", arrival.headers)).collect();
    assert!(sent[0].contains(ACCESS_TOKEN) && !sent[0].contains(SECOND_ACCESS_TOKEN), "{}", sent[0]);
    assert!(sent[1].contains(SECOND_ACCESS_TOKEN) && !sent[1].contains(ACCESS_TOKEN), "{}", sent[1]);
    let organization = [(HEADER, JSON_WEB_TOKEN), ("x-organization-id", ORGANIZATION_ID)];
    let third = ask(&server, &organization, &list).await;
    assert_eq!(third["result"]["isError"], json!(false), "{third}");
}

#[tokio::test]
async fn without_a_usable_credential_nothing_is_sent() {
    let (gateway, server) = open(options()).await;
    let list = call(1, "list_contacts", json!({}));
    assert_snapshot!(text(&ask(&server, &[], &list).await), @"No gateway credential came with the request, so nothing was sent. Each request must carry one; ask the operator which header.");
    assert_snapshot!(text(&ask(&server, &[(HEADER, "hunter2 canary")], &list).await), @"The gateway credential of the request is unusable, so nothing was sent: the credential holds a character that cannot stand in a header, such as a line break.");
    assert_snapshot!(text(&ask(&server, &[(HEADER, "login_acc_canary")], &list).await), @"The gateway credential of the request is unusable, so nothing was sent: this is a login token (login_acc_…): exchange it for an access token (acc_…) of one organisation first.");
    assert_snapshot!(text(&ask(&server, &[(HEADER, JSON_WEB_TOKEN)], &list).await), @"The gateway credential of the request is unusable, so nothing was sent: a JWT needs the organisation id beside it.");
    // What a server offers is no tenant's.
    let offered = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert!(ask(&server, &[], &offered).await["result"]["tools"].is_array());
    let twice = server.post(list.to_string()).header(HEADER, ACCESS_TOKEN).header(HEADER, SECOND_ACCESS_TOKEN);
    assert_eq!(twice.send().await.unwrap().status(), 400);
    assert!(gateway.requests().is_empty());
}

#[tokio::test]
async fn without_the_setting_the_header_means_nothing() {
    let server = TestServer::with(NOWHERE, Options::default()).await;
    let answer = ask(&server, &[(HEADER, "whatever")], &call(1, "echo", json!({"text": "hello"}))).await;
    assert_eq!(text(&answer), "hello");
}

#[tokio::test]
async fn a_handle_shown_to_one_tenant_opens_nothing_for_another() {
    let (_gateway, server) = open(options()).await;
    let first = [(HEADER, ACCESS_TOKEN)];
    let shown = ask(&server, &first, &call(1, "list_contacts", json!({"limit": 1}))).await;
    let handle = text(&shown).split([',', '\n', ' ', '=']).find(|word| word.starts_with("con_")).unwrap().to_owned();
    let get = call(2, "get_contact", json!({"contact_id": handle}));
    assert_eq!(ask(&server, &first, &get).await["result"]["isError"], json!(false));
    let other = ask(&server, &[(HEADER, SECOND_ACCESS_TOKEN)], &get).await;
    assert_eq!(other["result"]["isError"], json!(true), "{other}");
}

#[tokio::test]
async fn what_one_tenant_asks_less_of_binds_no_other_and_makes_it_no_other_caller() {
    let (gateway, server) = open(options()).await;
    let (first, second) = ((HEADER, ACCESS_TOKEN), (HEADER, SECOND_ACCESS_TOKEN));
    let narrow = ("x-imbrace-read-only", "true");
    let all = call(1, "mark_notifications_read", json!({"ids": ["not_1"]}));
    let refused = ask(&server, &[first, narrow], &all).await;
    assert_snapshot!(text(&refused), @"Nothing was done: `mark_notifications_read` is not offered, because the request asks for tools that only read.");
    assert!(gateway.requests().is_empty(), "a refused call reached the gateway");
    for wider in [vec![first], vec![second]] {
        let before = gateway.requests().len();
        ask(&server, &wider, &all).await;
        assert!(gateway.requests().len() > before, "{wider:?} was bound by the other's request");
    }
    // A handle that a narrowed request has shown is its tenant's, and nobody else's.
    let shown = ask(&server, &[first, narrow], &call(2, "list_contacts", json!({"limit": 1}))).await;
    let handle = text(&shown).split([',', '\n', ' ', '=']).find(|word| word.starts_with("con_")).unwrap().to_owned();
    let get = call(3, "get_contact", json!({"contact_id": handle}));
    assert_eq!(ask(&server, &[first], &get).await["result"]["isError"], json!(false));
    assert_eq!(ask(&server, &[second, narrow], &get).await["result"]["isError"], json!(true));
}

#[tokio::test]
async fn an_event_stream_belongs_to_the_credential_that_opened_it() {
    let (_gateway, server) = open(options()).await;
    let mut stream = server.get("/sse").header(HEADER, ACCESS_TOKEN).send().await.unwrap();
    let greeting = stream.chunk().await.unwrap().unwrap();
    let greeting = std::str::from_utf8(&greeting).unwrap();
    let endpoint = server.url(greeting.lines().find_map(|line| line.strip_prefix("data: ")).unwrap());
    let post = |headers: &[(&str, &str)]| {
        let request = server::client().post(&endpoint).header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(call(1, "list_notifications", json!({"limit": 1})).to_string()).send()
    };
    for wrong in [vec![], vec![(HEADER, SECOND_ACCESS_TOKEN)]] {
        assert_eq!(post(&wrong).await.unwrap().status(), 403, "{wrong:?}");
    }
    // A token has its own organisation: one named beside it makes no other caller of it.
    assert_eq!(post(&[(HEADER, ACCESS_TOKEN), ("x-organization-id", "org_x")]).await.unwrap().status(), 202);
    let event = stream.chunk().await.unwrap().unwrap();
    assert!(std::str::from_utf8(&event).unwrap().contains("# notifications 1-1"), "{event:?}");
}

#[tokio::test]
async fn pages_may_send_the_header_only_where_it_is_read() {
    let (_gateway, own) = open(options()).await;
    let shared = TestServer::with(NOWHERE, Options::default()).await;
    for (server, expected) in [(own, true), (shared, false)] {
        let request =
            server::client().request(Method::OPTIONS, server.url("/mcp")).header(ORIGIN, "http://localhost:1");
        let answer = request.header("access-control-request-method", "POST").send().await.unwrap();
        let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_owned();
        assert_eq!(allowed.contains(HEADER) && allowed.contains("x-organization-id"), expected, "{allowed}");
    }
}

#[tokio::test]
async fn tenants_are_forgotten_one_by_one_the_longest_unused_first() {
    let tenants = tenants(NOWHERE.to_owned(), Limits { tenants: 3, ..Limits::default() });
    let short_ids = |number: usize| {
        let credential = format!("acc_00000000-0000-4000-8000-{number:012}").into();
        std::ptr::from_ref(tenants.context(&credential, None).unwrap().gateway()).addr()
    };
    let first = short_ids(1);
    let second = short_ids(2);
    assert_ne!(first, second);
    short_ids(3);
    assert_eq!(short_ids(1), first);
    short_ids(4);
    assert_eq!((tenants.count(), short_ids(1)), (3, first));
}

#[tokio::test]
async fn tenants_at_rest_are_forgotten() {
    let limits = Limits { tenants: 10, idle: std::time::Duration::ZERO, ..Limits::default() };
    let tenants = Arc::new(tenants(NOWHERE.to_owned(), limits));
    for number in 0..5 {
        tenants.context(&format!("acc_00000000-0000-4000-8000-{number:012}").into(), None).unwrap();
    }
    assert_eq!(tenants.count(), 1);
    assert!(!format!("{tenants:?}").contains("acc_"));
}
