//! Gateway keys as bearer tokens: the gateway accepts a key before anything is answered, and keys share nothing.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use imbrace_contacts_mcp::context::tenants::{Limits, NotAccepted};
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, Settings};
use imbrace_contacts_mcp::local_gateway::{
    self, ACCESS_TOKEN, API_KEY, EXPIRED_ACCESS_TOKEN, JSON_WEB_TOKEN, LocalGateway, ORGANIZATION_ID, Population,
    SECOND_ACCESS_TOKEN,
};
use imbrace_contacts_mcp::mcp::Server;
use imbrace_contacts_mcp::metrics::Metrics;
use imbrace_contacts_mcp::model::{Prefix, PrefixChoice};
use imbrace_contacts_mcp::tools::{self, Toolbox};
use imbrace_contacts_mcp::transport::http::{self, Options};
use reqwest::header::{AUTHORIZATION, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::desk::{self, NOWHERE, call, text};
use super::server::{self, TestServer};
use super::tenants::{context, tenants};

/// A text in the form of a key that no gateway accepts.
const CANARY: &str = "acc_00000000-0000-4000-8000-00000000cafe";

fn options() -> Options {
    Options { sse: true, gateway_keys: true, ..Options::default() }
}

/// The client that asks about keys. Its own credential is nobody's.
fn checker(base_url: &str) -> Client {
    let (prefix, deadlines) = (PrefixChoice::Fixed(Prefix::ChannelService), Deadlines::default());
    let credential = Credential::parse(CANARY.into(), None).unwrap();
    Client::new(Settings { base_url: base_url.parse().unwrap(), prefix, credential, deadlines }).unwrap()
}

fn server(base_url: &str, limits: Limits) -> Server {
    let nobody = context(NOWHERE, Credential::parse(CANARY.into(), None).unwrap());
    let toolbox = Toolbox::new(nobody, &tools::Selection::default(), tools::Limits::default()).unwrap();
    Server::new(toolbox).for_tenants(tenants(base_url.to_owned(), limits).checked_by(checker(base_url)))
}

async fn gateway() -> LocalGateway {
    let people = Population { contacts: 40, ..Population::default() };
    LocalGateway::start(local_gateway::Options { people, ..Default::default() }).await.unwrap()
}

async fn open(limits: Limits) -> (LocalGateway, TestServer) {
    let gateway = gateway().await;
    let server = TestServer::of(server(&gateway.base_url(), limits), options()).await;
    (gateway, server)
}

fn with_key(request: RequestBuilder, key: &str) -> RequestBuilder {
    request.header(AUTHORIZATION, format!("Bearer {key}"))
}

async fn send(server: &TestServer, key: &str, message: &Value) -> Response {
    with_key(server.post(message.to_string()), key).send().await.unwrap()
}

async fn ask(server: &TestServer, key: &str, message: &Value) -> Value {
    let response = send(server, key, message).await;
    assert_eq!(response.status(), 200, "{message}");
    server::json(response).await
}

fn list() -> Value {
    call(1, "list_notifications", json!({"limit": 1}))
}

/// Requests at the gateway that ask about a key, and all others.
fn arrived(gateway: &LocalGateway) -> (usize, usize) {
    let all = gateway.requests();
    let asking =
        all.iter().filter(|arrival| arrival.operation == Some("list_contacts") && arrival.method == "GET").count();
    (asking, all.len() - asking)
}

#[tokio::test]
async fn each_form_of_key_is_the_authentication_and_what_its_calls_go_out_with() {
    let (gateway, server) = open(Limits::default()).await;
    for (key, organization) in
        [(ACCESS_TOKEN, None), (SECOND_ACCESS_TOKEN, None), (API_KEY, None), (JSON_WEB_TOKEN, Some(ORGANIZATION_ID))]
    {
        gateway.forget_requests();
        let post = |message: &Value| {
            let post = with_key(server.post(message.to_string()), key);
            organization.into_iter().fold(post, |post, organization| post.header("x-organization-id", organization))
        };
        let answer = server::json(post(&list()).send().await.unwrap()).await;
        assert_eq!(answer["result"]["isError"], false, "{key}: {answer}");
        let listed = server::json(post(&desk::initialize("2025-06-18")).send().await.unwrap()).await;
        assert_eq!(listed["result"]["protocolVersion"], "2025-06-18");
        let sent = gateway.requests();
        assert_eq!(sent.len(), 2, "one question about the key, one call");
        for arrival in sent {
            let headers = format!("{:?}", arrival.headers);
            let others = [ACCESS_TOKEN, SECOND_ACCESS_TOKEN, API_KEY, JSON_WEB_TOKEN, CANARY];
            assert!(headers.contains(key), "{headers}");
            assert!(!others.iter().any(|other| *other != key && headers.contains(other)), "{headers}");
        }
    }
}

#[tokio::test]
async fn without_a_key_that_the_gateway_accepts_nothing_is_answered() {
    let (gateway, server) = open(Limits::default()).await;
    let client = server::client();
    let doors = || {
        [
            server.post(desk::initialize("2025-06-18").to_string()),
            server.post(json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).to_string()),
            server.post(list().to_string()),
            server.post(json!([list()]).to_string()),
            server.get("/mcp"),
            server.get("/sse"),
            client.post(server.url("/messages?sessionId=1")),
            server.get("/openapi.json"),
            client.post(server.url("/tools/list_notifications")),
        ]
    };
    for request in doors() {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "Bearer");
        assert!(server::json(response).await["error"]["message"].as_str().unwrap().contains("api_"));
    }
    assert!(gateway.requests().is_empty(), "a request without a key reached the gateway");
    for key in ["hunter2", "", "login_acc_1", "acc_", JSON_WEB_TOKEN, "a b", "\u{e9}"] {
        for scheme in ["Bearer ", "bearer "] {
            let response = server.get("/openapi.json").header(AUTHORIZATION, format!("{scheme}{key}"));
            assert_eq!(response.send().await.unwrap().status(), 401, "{key}");
        }
    }
    assert!(gateway.requests().is_empty(), "what is no key reached the gateway");
    // The first ten wrong ones are answered at once, and some were sent above: each door is tried with its own server.
    for (index, _) in doors().into_iter().enumerate() {
        let (gateway, own) = open(Limits::default()).await;
        let request = doors().into_iter().nth(index).unwrap().build().unwrap();
        let url = own.url(&format!("{}?{}", request.url().path(), request.url().query().unwrap_or_default()));
        let mut again = client.request(request.method().clone(), url).headers(request.headers().clone());
        if let Some(body) = request.body().and_then(|body| body.as_bytes()) {
            again = again.body(body.to_vec());
        }
        let response = with_key(again, EXPIRED_ACCESS_TOKEN).send().await.unwrap();
        assert_eq!(response.status(), 401, "{index}");
        assert_eq!(arrived(&gateway), (1, 0), "{index}: only the question about the key");
    }
    let server = TestServer::of(self::server(&gateway.base_url(), Limits::default()), options()).await;
    let basic = server.get("/openapi.json").header(AUTHORIZATION, format!("Basic {ACCESS_TOKEN}"));
    assert_eq!(basic.send().await.unwrap().status(), 401);
    let twice = with_key(with_key(server.get("/openapi.json"), ACCESS_TOKEN), SECOND_ACCESS_TOKEN);
    assert_eq!(twice.send().await.unwrap().status(), 400);
    // The header of the other mode means nothing in this one.
    let other = server.get("/openapi.json").header("x-imbrace-access-token", ACCESS_TOKEN);
    assert_eq!(other.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_gateway_is_asked_once_a_minute_however_many_call() {
    let (gateway, server) = open(Limits::default()).await;
    let offered = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let all = join_all((0..20).map(|_| send(&server, ACCESS_TOKEN, &offered))).await;
    assert!(all.iter().all(|response| response.status() == 200));
    assert_eq!(arrived(&gateway), (1, 0));
    assert_eq!(Limits::default().accepted, Duration::from_secs(60));
}

#[tokio::test]
async fn a_key_that_stops_being_accepted_in_the_middle_is_refused_and_let_in_again_later() {
    let (gateway, server) = open(Limits { accepted: Duration::from_millis(300), ..Limits::default() }).await;
    assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 200);
    gateway.set_faults("*:401".parse().unwrap());
    tokio::time::sleep(Duration::from_millis(350)).await;
    let offered = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(send(&server, ACCESS_TOKEN, &offered).await.status(), 401);
    gateway.set_faults(local_gateway::Faults::default());
    assert_eq!(ask(&server, ACCESS_TOKEN, &offered).await["id"], 1);
}

#[tokio::test]
async fn a_call_that_meets_a_401_ends_the_acceptance_at_once() {
    for status in ["401", "403"] {
        let (gateway, server) = open(Limits::default()).await;
        assert_eq!(ask(&server, ACCESS_TOKEN, &list()).await["result"]["isError"], false);
        gateway.set_faults("*:401".parse().unwrap());
        // This one was let in by what was known; the gateway has refused it.
        assert_eq!(ask(&server, ACCESS_TOKEN, &list()).await["result"]["isError"], true);
        gateway.set_faults(format!("*:{status}").parse().unwrap());
        assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 401, "{status}");
    }
}

#[tokio::test]
async fn a_gateway_that_does_not_say_lets_nobody_in_and_condemns_nobody() {
    for fault in ["*:503", "*:500", "*:reset", "*:html"] {
        let (gateway, server) = open(Limits { accepted: Duration::ZERO, ..Limits::default() }).await;
        assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 200);
        gateway.set_faults(fault.parse().unwrap());
        let response = send(&server, ACCESS_TOKEN, &list()).await;
        assert_eq!(response.status(), 503, "{fault}");
        assert!(response.headers().contains_key(RETRY_AFTER), "{fault}");
        server::json(response).await;
    }
}

#[tokio::test]
async fn wrong_keys_are_limited_by_address_and_further_ones_are_not_passed_on() {
    let (gateway, server) = open(Limits::default()).await;
    assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 200);
    gateway.forget_requests();
    let wrong = |number: usize| format!("acc_00000000-0000-4000-8000-{number:012}");
    let server = Arc::new(server);
    let guessed = join_all((1000..1040).map(|number| {
        let server = Arc::clone(&server);
        async move { send(&server, &wrong(number), &list()).await.status() }
    }));
    let guessed = guessed.await;
    assert!(guessed.iter().all(|status| *status == 401 || *status == 429), "{guessed:?}");
    assert_eq!(guessed.iter().filter(|status| **status == 401).count(), 30, "{guessed:?}");
    gateway.forget_requests();
    assert_eq!(send(&server, &wrong(2000), &list()).await.status(), 429);
    assert_eq!(send(&server, SECOND_ACCESS_TOKEN, &list()).await.status(), 429);
    assert!(gateway.requests().is_empty(), "a guess was passed on");
    // Whom the gateway has accepted goes on: a proxy gives all clients one address.
    assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 200);
}

/// Keys that arrive together are held to the limit as those that come one after the other, and nobody's accepted key waits for them.
#[tokio::test]
async fn a_flood_of_wrong_keys_reaches_the_gateway_no_more_often_and_keeps_nobody_waiting() {
    let (gateway, server) = open(Limits { accepted: Duration::ZERO, ..Limits::default() }).await;
    assert_eq!(send(&server, ACCESS_TOKEN, &list()).await.status(), 200);
    gateway.set_faults("*:latency,ms=50".parse().unwrap());
    gateway.forget_requests();
    let server = Arc::new(server);
    let flood = join_all((1000..1300).map(|number| {
        let server = Arc::clone(&server);
        async move { send(&server, &format!("acc_00000000-0000-4000-8000-{number:012}"), &list()).await.status() }
    }));
    let accepted = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        send(&server, ACCESS_TOKEN, &list()).await.status()
    };
    let (flood, accepted) = futures::future::join(flood, accepted).await;
    assert_eq!(accepted, 200);
    assert!(flood.iter().all(|status| *status == 401 || *status == 429), "{flood:?}");
    let arrived = gateway.requests().len();
    // The limit, those that were asked about when it was reached, as many that took their places meanwhile, and the accepted key's two.
    assert!(arrived <= 30 + 2 * 8 + 2, "{arrived} requests");
}

/// A client that takes its key for the name of a tool finds it neither in the answer nor, so made, in the log.
#[tokio::test]
async fn a_key_as_the_name_of_a_tool_is_not_repeated() {
    let (_gateway, server) = open(Limits::default()).await;
    for answer in [
        ask(&server, SECOND_ACCESS_TOKEN, &call(1, SECOND_ACCESS_TOKEN, json!({}))).await.to_string(),
        with_key(server::client().post(server.url(&format!("/tools/{SECOND_ACCESS_TOKEN}"))), SECOND_ACCESS_TOKEN)
            .json(&json!({}))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap(),
    ] {
        assert!(answer.contains("No tool is named") && !answer.contains(SECOND_ACCESS_TOKEN), "{answer}");
    }
}

#[tokio::test]
async fn a_key_that_was_not_accepted_takes_nobodys_place() {
    let gateway = gateway().await;
    let limits = Limits { tenants: 2, ..Limits::default() };
    let tenants = tenants(gateway.base_url(), limits).checked_by(checker(&gateway.base_url()));
    let (first, second) = (ACCESS_TOKEN.into(), SECOND_ACCESS_TOKEN.into());
    tenants.accept(&first, None).await.unwrap();
    tenants.accept(&second, None).await.unwrap();
    for number in 0..5 {
        let wrong = format!("acc_00000000-0000-4000-8000-{:012}", 5000 + number).into();
        assert_eq!(tenants.accept(&wrong, None).await, Err(NotAccepted::Refused));
        assert!(!tenants.was_accepted(&wrong, None));
    }
    assert_eq!(tenants.count(), 2);
    assert!(tenants.was_accepted(&first, None) && tenants.was_accepted(&second, None));
    // Whoever gives way is asked about again.
    tenants.accept(&API_KEY.into(), None).await.unwrap();
    assert!(!tenants.was_accepted(&first, None));
    // The same key for another organisation is another tenant.
    tenants.accept(&JSON_WEB_TOKEN.into(), Some(ORGANIZATION_ID)).await.unwrap();
    assert!(!tenants.was_accepted(&JSON_WEB_TOKEN.into(), Some("org_other")));
    // An organisation that the key does not belong to: the gateway answers 400.
    assert_eq!(tenants.accept(&JSON_WEB_TOKEN.into(), Some("org_other")).await, Err(NotAccepted::Refused));
    let alone = super::tenants::tenants(gateway.base_url(), Limits::default());
    assert_eq!(alone.accept(&first, None).await, Err(NotAccepted::Unknown), "nobody can be asked");
}

#[tokio::test]
async fn keys_are_tenants_that_share_nothing() {
    let (_gateway, server) = open(Limits::default()).await;
    let shown = ask(&server, ACCESS_TOKEN, &call(1, "list_contacts", json!({"limit": 1}))).await;
    let handle = text(&shown).split([',', '\n', ' ', '=']).find(|word| word.starts_with("con_")).unwrap().to_owned();
    let get = call(2, "get_contact", json!({"contact_id": handle}));
    assert_eq!(ask(&server, ACCESS_TOKEN, &get).await["result"]["isError"], false);
    assert_eq!(ask(&server, SECOND_ACCESS_TOKEN, &get).await["result"]["isError"], true);

    let mut stream = with_key(server.get("/sse"), ACCESS_TOKEN).send().await.unwrap();
    let greeting = stream.chunk().await.unwrap().unwrap();
    let greeting = std::str::from_utf8(&greeting).unwrap();
    let endpoint = server.url(greeting.lines().find_map(|line| line.strip_prefix("data: ")).unwrap());
    for (key, status) in [(SECOND_ACCESS_TOKEN, 403), (ACCESS_TOKEN, 202)] {
        let post = server::client().post(&endpoint).header("content-type", "application/json");
        assert_eq!(with_key(post, key).body(list().to_string()).send().await.unwrap().status(), status);
    }
    let event = stream.chunk().await.unwrap().unwrap();
    assert!(std::str::from_utf8(&event).unwrap().contains("# notifications 1-1"), "{event:?}");
}

/// An access token has an organisation of its own: another one beside it must not make a caller or a tenant of it.
#[tokio::test]
async fn an_organisation_beside_a_key_that_has_its_own_makes_no_second_tenant() {
    let (gateway, server) = open(Limits::default()).await;
    for organization in ["org_a", "org_b", "../c"] {
        let request = with_key(server.post(list().to_string()), ACCESS_TOKEN).header("x-organization-id", organization);
        assert_eq!(server::json(request.send().await.unwrap()).await["result"]["isError"], false);
    }
    assert_eq!(arrived(&gateway), (1, 3), "one question about one key");
}

/// A confirmation that the request alone asks for is bound to its caller like one that the operator asks for.
#[tokio::test]
async fn a_confirmation_by_query_is_good_for_the_key_that_got_it_only() {
    let (gateway, server) = open(Limits::default()).await;
    let contact: Value = serde_json::from_str(&gateway.contacts_json().unwrap()[0]).unwrap();
    let update = async |key: &str, confirm: &str| {
        let mut arguments = json!({ "contact_id": contact["id"], "set": { "remark": "called" } });
        if !confirm.is_empty() {
            arguments["confirm"] = json!(confirm);
        }
        let post = server::client().post(server.url("/tools/update_contact?confirm=all")).json(&arguments);
        let answer = server::json(with_key(post, key).send().await.unwrap()).await;
        answer["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let writes = || gateway.tallies().writes.len();
    let token = async || {
        let preview = update(ACCESS_TOKEN, "").await;
        preview.rsplit_once("confirm=").unwrap_or_else(|| panic!("{preview}")).1.to_owned()
    };
    let stolen = update(SECOND_ACCESS_TOKEN, &token().await).await;
    assert_eq!(writes(), 0, "{stolen}");
    // A token is spent by whoever shows it.
    let done = update(ACCESS_TOKEN, &token().await).await;
    assert_eq!(writes(), 1, "{done}");
}

#[tokio::test]
async fn the_tools_over_openapi_take_the_key_too() {
    let (_gateway, server) = open(Limits::default()).await;
    let document = server::json(with_key(server.get("/openapi.json"), ACCESS_TOKEN).send().await.unwrap()).await;
    assert_eq!(document["security"], json!([{"bearer": []}]));
    // A JWT goes with the organisation beside it.
    for (path, item) in document["paths"].as_object().unwrap() {
        let parameter = document.pointer(item["parameters"][0]["$ref"].as_str().unwrap().trim_start_matches('#'));
        let parameter = parameter.unwrap_or_else(|| panic!("{path}: a reference to nothing"));
        assert_eq!((&parameter["in"], &parameter["name"]), (&json!("header"), &json!("x-organization-id")), "{path}");
    }
    let post = server::client().post(server.url("/tools/list_notifications")).json(&json!({"limit": 1}));
    let answer = with_key(post, ACCESS_TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(server::json(answer).await["text"].as_str().unwrap().contains("# notifications 1-1"));
}

#[tokio::test]
async fn a_query_narrows_and_what_it_cannot_mean_is_refused() {
    let (gateway, server) = open(Limits::default()).await;
    let client = server::client();
    let post = |query: &str, message: &Value| {
        let post = client.post(server.url(&format!("/mcp{query}"))).header("content-type", "application/json");
        with_key(post, ACCESS_TOKEN).body(message.to_string()).send()
    };
    let offered = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let names = async |query: &str| {
        let listed = server::json(post(query, &offered).await.unwrap()).await;
        let tools = listed["result"]["tools"].as_array().unwrap().clone();
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let whole = names("").await;
    assert_eq!(names("?read_only=false").await, whole);
    assert!(names("?read_only=true").await.len() < whole.len());
    assert_eq!(names("?read_only=true&tools=get_contact,update_contact").await, ["get_contact"]);
    assert_eq!(names("?tools=get_contact%2Csearch_contacts").await.len(), 2);
    let before = gateway.acts().len();
    let mark = call(1, "mark_notifications_read", json!({"ids": ["not_1"]}));
    let refused = server::json(post("?read_only=1", &mark).await.unwrap()).await;
    assert!(text(&refused).contains("asks for tools that only read"), "{refused}");
    assert_eq!(gateway.acts().len(), before);
    for query in [
        "?read_only=maybe",
        "?read_only",
        "?tools=",
        "?tools=nothing_known",
        "?confirm=sometimes",
        "?read_only=true&read_only=false",
        "?tools=get_contact&tools=update_contact",
        "?readonly=true",
        "?token=acc_00000000-0000-4000-8000-00000000cafe",
        "?acc_00000000-0000-4000-8000-00000000cafe",
        "?sessionId=1",
    ] {
        let response = post(query, &offered).await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
        let message = server::json(response).await["error"]["message"].as_str().unwrap().to_owned();
        assert!(!message.contains(CANARY), "{message}");
    }
    // What headers and query ask for holds together.
    let both = client.post(server.url("/mcp?tools=get_contact")).header("content-type", "application/json");
    let both = with_key(both, ACCESS_TOKEN).header("x-imbrace-tools", "search_contacts").body(offered.to_string());
    let both = server::json(both.send().await.unwrap()).await;
    assert_eq!(both["result"]["tools"], json!([]));
}

#[tokio::test]
async fn pages_may_send_key_and_organisation() {
    let (_gateway, server) = open(Limits::default()).await;
    for path in ["/mcp", "/openapi.json", "/tools/list_contacts", "/sse", "/messages"] {
        let request = server::client().request(Method::OPTIONS, server.url(path)).header(ORIGIN, "http://localhost:1");
        let answer = request.header("access-control-request-method", "POST").send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap().to_owned();
        assert!(allowed.contains("authorization") && allowed.contains("x-organization-id"), "{path}: {allowed}");
    }
}

#[tokio::test]
async fn keys_go_off_this_machine_and_with_no_other_authentication() {
    let serve = async |server: Server, options: Options| {
        let (listener, stop) = (TcpListener::bind("0.0.0.0:0").await.unwrap(), CancellationToken::new());
        stop.cancel();
        http::serve(listener, server, options, stop).await
    };
    let checked = || server(NOWHERE, Limits::default());
    serve(checked(), options()).await.unwrap();
    let tokens = Options { identity: server::asking_for("correct-horse-battery"), ..options() };
    let header = Options { gateway_credential_header: Some("x-token".parse().unwrap()), ..options() };
    for wrong in [serve(checked(), tokens), serve(checked(), header), serve(desk::server(NOWHERE), options())] {
        assert_eq!(wrong.await.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
    }
}

/// The numbers are those of all callers together, and each of them is somebody else.
#[tokio::test]
async fn whoever_brings_a_gateway_key_reads_no_metrics() {
    let gateway = gateway().await;
    let metrics = Metrics::recording();
    let options = Options { metrics: metrics.clone(), ..options() };
    let server = TestServer::of(server(&gateway.base_url(), Limits::default()), options).await;
    let answer = with_key(server.get("/metrics"), ACCESS_TOKEN).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(metrics.text().await.unwrap().contains("imbrace_build_info"));
}
