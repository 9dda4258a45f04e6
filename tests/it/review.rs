//! The review page's server: who may use it, and that what it does is what the engine does.

use std::time::Duration;

use imbrace_contacts_mcp::review::{Link, Review};
use imbrace_contacts_mcp::transport::review::serve;
use imbrace_contacts_mcp::write_gate::{WriteGate, WriteRules};
use reqwest::header::{CONTENT_SECURITY_POLICY, COOKIE, HOST, ORIGIN, SET_COOKIE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cleanup::{TestWorkspace, client, remarks};
use crate::transport::server;

/// A page's server over a workspace, and what a page that opened the link knows.
struct TestPage {
    bench: TestWorkspace,
    http: reqwest::Client,
    origin: String,
    token: String,
    cookie: String,
    key: String,
    stop: CancellationToken,
    serving: JoinHandle<std::io::Result<()>>,
}

impl TestPage {
    /// A server whose link was not opened yet.
    async fn closed(bench: TestWorkspace, link: Link, read_only: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let address = link.address(port);
        let token = address.split_once("#open=").unwrap().1.to_owned();
        let rules = WriteRules { read_only, requests_per_second: Some(f64::INFINITY), ..WriteRules::default() };
        let review = Review {
            workspace: bench.another(),
            gateway: client(&bench.gateway),
            gate: WriteGate::new(rules, "shell", "local"),
            place: "local".to_owned(),
            read_only,
            requests_per_second: Some(f64::INFINITY),
            tools: None,
        };
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(listener, review, link, stop.clone()));
        let (cookie, key) = Default::default();
        let origin = format!("http://127.0.0.1:{port}");
        Self { bench, http: server::client(), origin, token, cookie, key, stop, serving }
    }

    async fn opened(bench: TestWorkspace, read_only: bool) -> Self {
        let mut page = Self::closed(bench, Link::new(), read_only).await;
        let answer = page.open(&page.token).await;
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly; SameSite=Strict; Path=/api/"), "{cookie}");
        cookie.split(';').next().unwrap().clone_into(&mut page.cookie);
        body(answer).await["key"].as_str().unwrap().clone_into(&mut page.key);
        page
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.origin)).header(ORIGIN, &self.origin);
        request.header(COOKIE, &self.cookie).header("x-review-key", &self.key)
    }

    async fn open(&self, token: &str) -> Response {
        let open = self.http.post(format!("{}/api/open", self.origin)).header(ORIGIN, &self.origin);
        open.header("content-type", "application/json")
            .body(json!({ "token": token }).to_string())
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.request(Method::GET, path).send().await.unwrap();
        let status = answer.status();
        let body = body(answer).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn post(&self, path: &str, value: Value) -> (StatusCode, Value) {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        let answer = request.body(value.to_string()).send().await.unwrap();
        (answer.status(), body(answer).await)
    }

    /// Waits for the end of what is under way.
    async fn job(&self) -> Value {
        loop {
            let job = self.get("/api/job").await["job"].clone();
            if job["over"] == true {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn end(self) -> TestWorkspace {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        self.bench
    }
}

async fn body(answer: Response) -> Value {
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

fn code(value: &Value) -> &str {
    value["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_link_is_good_once_for_an_hour_and_for_nobody_who_guesses() {
    let page = TestPage::opened(TestWorkspace::with(20).await, false).await;
    let again = page.open(&page.token).await;
    assert_eq!((again.status(), again.headers().get(SET_COOKIE)), (StatusCode::FORBIDDEN, None));
    let again = body(again).await;
    assert_eq!(code(&again), "link_used");
    assert!(again["error"]["message"].as_str().unwrap().contains("has been opened already"), "{again}");
    assert_eq!(code(&body(page.open("guessed").await).await), "link_wrong");
    let late = TestPage::closed(page.end().await, Link::good_for(Duration::ZERO), false).await;
    let old = late.open(&late.token).await;
    assert_eq!(old.status(), 403);
    assert_eq!(code(&body(old).await), "link_old");
    late.end().await;
}

#[tokio::test]
async fn only_the_page_that_opened_the_link_is_let_in() {
    let page = TestPage::opened(TestWorkspace::with(20).await, false).await;
    let state = || page.http.get(format!("{}/api/state", page.origin));
    let other = |key: &str| key.chars().rev().collect::<String>();
    for (request, expected) in [
        (state().header(COOKIE, &page.cookie).header("x-review-key", &page.key), 200),
        (state(), 401),
        (state().header(COOKIE, &page.cookie), 401),
        (state().header("x-review-key", &page.key), 401),
        (state().header(COOKIE, &page.cookie).header("x-review-key", other(&page.key)), 401),
        (state().header(COOKIE, other(&page.cookie)).header("x-review-key", &page.key), 401),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), expected);
        assert_eq!(code(&body(answer).await), if expected == 401 { "session" } else { "" });
    }
    page.end().await;
}

#[tokio::test]
async fn other_hosts_and_pages_are_refused_and_every_answer_keeps_browsers_in_bounds() {
    let bench = TestWorkspace::with(20).await;
    bench.sync(true).await;
    let page = TestPage::opened(bench, false).await;
    let port = page.origin.rsplit(':').next().unwrap();
    let known = |method: Method, path: &str| {
        let request = page.http.request(method, format!("{}{path}", page.origin));
        request.header(COOKIE, &page.cookie).header("x-review-key", &page.key)
    };
    let read = || known(Method::GET, "/api/state");
    let decide =
        || known(Method::POST, "/api/decide").header("content-type", "application/json").body("{\"answers\":[]}");
    let evil = format!("127.0.0.1.evil.example:{port}");
    for (what, request, expected) in [
        ("the page", known(Method::GET, "/"), 200),
        ("a read of the page's", read(), 200),
        ("the same by the other name", read().header(HOST, format!("localhost:{port}")), 200),
        ("an answer of the page's", decide().header(ORIGIN, &page.origin), 200),
        ("an answer without an origin", decide(), 403),
        ("another page", decide().header(ORIGIN, "https://evil.example"), 403),
        ("a page of another port", decide().header(ORIGIN, "http://127.0.0.1:1"), 403),
        ("a page in a sandbox", decide().header(ORIGIN, "null"), 403),
        ("a read by another page", read().header(ORIGIN, "http://localhost:1"), 403),
        ("a read from another site", read().header("sec-fetch-site", "cross-site"), 403),
        ("a read from another port", read().header("sec-fetch-site", "same-site"), 403),
        ("another name", read().header(HOST, &evil), 403),
        ("another port", read().header(HOST, "127.0.0.1:1"), 403),
        ("the page by another name", known(Method::GET, "/").header(HOST, &evil), 403),
        ("another address", known(Method::GET, "/elsewhere"), 404),
        ("another method", known(Method::DELETE, "/api/state").header(ORIGIN, &page.origin), 404),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), expected, "{what}");
        let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in [
            "default-src 'none'",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        ] {
            assert!(policy.contains(part), "{what}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        for (name, value) in
            [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")]
        {
            assert_eq!(answer.headers()[name], value, "{what}");
        }
    }
    page.end().await;
}

#[tokio::test]
async fn every_view_answers_and_says_so_before_the_contacts_were_read() {
    let bench = TestWorkspace::with(400).await;
    let page = TestPage::opened(bench, false).await;
    let early = page.request(Method::GET, "/api/overview").send().await.unwrap();
    assert_eq!(code(&body(early).await), "no_snapshot");
    let (status, job) = page.post("/api/sync", json!({})).await;
    assert_eq!((status, job["kind"].as_str()), (StatusCode::OK, Some("sync")));
    assert_eq!(page.job().await["report"]["contacts"], 400);
    let overview = page.get("/api/overview").await;
    assert!(overview["audit"]["score"].is_u64() && overview["audit"]["kinds"].as_array().unwrap().len() > 10);
    let week = &overview["weeks"][0];
    assert_eq!(week["score"], overview["audit"]["score"], "the audit is the week's: {week}");
    let channels: u64 = overview["channels"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert_eq!(channels, 400);
    let groups = page.get("/api/duplicates?tier=sure&limit=5").await;
    let group = &groups["groups"][0];
    let member = group["members"][0].as_str().unwrap();
    assert!(groups["members"][member]["name"].is_string(), "{groups}");
    let questions = page.get("/api/questions?limit=500").await;
    assert_eq!(questions["pairs"].as_array().unwrap().len() as u64, questions["total"].as_u64().unwrap());
    assert!(page.get("/api/shared").await["total"].is_u64());
    let contact = page.get(&format!("/api/contacts/{member}")).await;
    assert_eq!(contact["id"], member);
    for part in ["conversations", "comments", "files"] {
        assert!(page.get(&format!("/api/contacts/{member}/{part}")).await["rows"].is_array());
    }
    assert!(page.get(&format!("/api/contacts?query={member}")).await["contacts"][0]["id"] == member);
    let nobody = page.request(Method::GET, "/api/contacts/con_0").send().await.unwrap();
    assert_eq!(nobody.status(), 404);
    for wrong in
        ["/api/duplicates?tier=most", "/api/questions?limit=x", "/api/shared?sharing=all", "/api/decisions?verdict=no"]
    {
        assert_eq!(page.request(Method::GET, wrong).send().await.unwrap().status(), 400, "{wrong}");
    }
    page.end().await;
}

#[tokio::test]
async fn an_answer_is_kept_only_over_what_was_shown() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(true).await;
    let page = TestPage::opened(bench, false).await;
    let questions = page.get("/api/questions?limit=10").await;
    let pair: Vec<&str> =
        questions["pairs"][0]["contacts"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let subject = pair.join(":");
    let said =
        |verdict: Value, seen: Value| json!({ "answers": [{ "subject": subject, "verdict": verdict }], "seen": seen });
    let (status, kept) = page.post("/api/decide", said(json!("different"), json!([]))).await;
    assert_eq!((status, kept["settled"].as_u64()), (StatusCode::OK, Some(1)));
    // Once more is no harm; the answer may have been lost.
    assert_eq!(page.post("/api/decide", said(json!("different"), json!([]))).await.0, 200);
    // Somebody who saw an open question does not overwrite it, nor take it back.
    for verdict in [json!("same"), json!("unsure"), Value::Null] {
        let (status, refused) = page.post("/api/decide", said(verdict.clone(), json!([]))).await;
        assert_eq!((status, code(&refused)), (StatusCode::CONFLICT, "decided"), "{verdict}");
        assert!(
            refused["error"]["message"].as_str().unwrap().contains("somebody has decided \"different\""),
            "{refused}"
        );
    }
    let decisions = page.get("/api/decisions").await;
    assert_eq!(
        (decisions["total"].as_u64(), decisions["decisions"][0]["verdict"].as_str()),
        (Some(1), Some("different"))
    );
    // Who saw it may, in whatever order the two are named.
    let (status, _) = page.post("/api/decide", said(json!("same"), json!([[pair[1], pair[0], "different"]]))).await;
    assert_eq!(status, 200);
    let (status, back) = page.post("/api/decide", said(Value::Null, json!([[pair[0], pair[1], "same"]]))).await;
    assert_eq!((status, back["reopened"].as_u64()), (StatusCode::OK, Some(1)));
    for wrong in [json!({ "subject": "", "verdict": "same" }), json!({ "subject": subject, "verdict": "perhaps" })] {
        assert_eq!(page.post("/api/decide", json!({ "answers": [wrong] })).await.0, 400);
    }
    assert_eq!(page.get("/api/decisions").await["total"], 0);
    page.end().await;
}

#[tokio::test]
async fn what_is_written_is_what_was_shown_and_comes_back() {
    let bench = TestWorkspace::with(100).await;
    bench.sync(true).await;
    let ids = bench.ids(30);
    let plan = bench.plan(&remarks(&ids)).await;
    let before = bench.contacts();
    let page = TestPage::opened(bench, false).await;
    let path = |end: &str| format!("/api/plans/{}{end}", plan.id);
    let shown = page.get(&path("?max_writes=5")).await;
    assert_eq!(shown["upcoming"], json!({ "contacts": 5, "fields": 5, "remaining": 30 }));
    let apply = |fingerprint: &str, contacts: u64| json!({ "fingerprint": fingerprint, "max_writes": 5, "contacts": contacts, "fields": contacts });
    let (status, moved) = page.post(&path("/apply"), apply(&plan.fingerprint, 6)).await;
    assert_eq!((status, code(&moved)), (StatusCode::CONFLICT, "plan_moved"));
    assert_eq!(page.post(&path("/apply"), apply("0123456789abcdef", 5)).await.0, 200);
    assert_eq!(page.job().await["error"]["error"]["code"], "plan_changed");
    assert_eq!(
        page.bench.contacts(),
        before,
        "nothing was written without the numbers and the fingerprint that were shown"
    );

    assert_eq!(page.post(&path("/apply"), apply(&plan.fingerprint, 5)).await.0, 200);
    let job = page.job().await;
    assert_eq!((job["report"]["written"].as_u64(), job["report"]["remaining"].as_u64()), (Some(5), Some(25)), "{job}");
    let steps = page.get(&path("/steps?status=written")).await;
    assert_eq!((steps["total"].as_u64(), steps["steps"][0]["after"].as_str()), (Some(5), Some("cleaned 0")));
    let history = page.get("/api/history").await;
    assert_eq!((&history["spans"][0]["plan"], &history["spans"][0]["contacts"]), (&json!(plan.id), &json!(5)));
    assert_eq!(history["spans"][0]["work"], "apply");

    let part = json!({ "contacts": [ids[0]] });
    let (_, found) = page.post(&path("/undoable"), part.clone()).await;
    assert_eq!(found, json!({ "contacts": 1, "fields": 1, "links": 0 }));
    let undo = |meant: &Value, count: u64| json!({ "fingerprint": plan.fingerprint, "meant": meant, "contacts": count, "fields": count, "links": 0 });
    assert_eq!(code(&page.post(&path("/undo"), undo(&part, 5)).await.1), "plan_moved");
    assert_eq!(page.post(&path("/undo"), undo(&part, 1)).await.0, 200);
    assert_eq!(page.job().await["report"]["undone"], 1);
    assert_eq!(page.post(&path("/undo"), undo(&json!({}), 4)).await.0, 200);
    assert_eq!(page.job().await["report"]["undone"], 4);
    assert_eq!(page.bench.contacts(), before);
    assert_eq!(page.get("/api/history").await["spans"][0]["work"], "undo");
    page.end().await;
}

#[tokio::test]
async fn a_plan_without_some_contacts_and_fields_takes_the_place_of_the_first() {
    let bench = TestWorkspace::with(50).await;
    bench.sync(true).await;
    let ids = bench.ids(3);
    let mut changes = remarks(&ids);
    changes.push((&ids[0], "position", json!("buyer")));
    let plan = bench.plan(&changes).await;
    let page = TestPage::opened(bench, false).await;
    let path = format!("/api/plans/{}/without", plan.id);
    let nothing = json!({ "contacts": ids });
    assert_eq!(code(&page.post(&path, nothing).await.1), "nothing_to_do");
    let (status, rest) = page.post(&path, json!({ "contacts": [ids[2]], "fields": ["position"] })).await;
    assert_eq!(
        (status, rest["steps"].as_u64(), rest["contacts"].as_u64()),
        (StatusCode::OK, Some(2), Some(2)),
        "{rest}"
    );
    let plans = page.get("/api/plans").await;
    let named: Vec<&Value> = plans["plans"].as_array().unwrap().iter().map(|plan| &plan["plan"]).collect();
    assert_eq!(named, [&rest["plan"]]);
    page.end().await;
}

#[tokio::test]
async fn where_no_writes_are_wanted_none_begins_and_decisions_are_kept() {
    let bench = TestWorkspace::with(400).await;
    bench.sync(true).await;
    let ids = bench.ids(3);
    let plan = bench.plan(&remarks(&ids)).await;
    let page = TestPage::opened(bench, true).await;
    assert_eq!(page.get("/api/state").await["read_only"], true);
    let body = json!({ "fingerprint": plan.fingerprint, "contacts": 3, "fields": 3 });
    let (status, refused) = page.post(&format!("/api/plans/{}/apply", plan.id), body).await;
    assert_eq!((status, code(&refused)), (StatusCode::FORBIDDEN, "refused"));
    let questions = page.get("/api/questions?limit=1").await;
    let pair = questions["pairs"][0]["contacts"].as_array().unwrap().iter().map(|id| id.as_str().unwrap());
    let subject = pair.collect::<Vec<_>>().join(":");
    assert_eq!(
        page.post("/api/decide", json!({ "answers": [{ "subject": subject, "verdict": "unsure" }] })).await.0,
        200
    );
    page.end().await;
}

#[tokio::test]
async fn an_end_stops_what_is_written_before_its_next_contact() {
    let bench = TestWorkspace::with(60).await;
    bench.sync(true).await;
    let ids = bench.ids(50);
    let plan = bench.plan(&remarks(&ids)).await;
    bench.gateway.set_faults("update_contact:latency,ms=40".parse().unwrap());
    let page = TestPage::opened(bench, false).await;
    let body = json!({ "fingerprint": plan.fingerprint, "max_writes": 50, "contacts": 50, "fields": 50 });
    assert_eq!(page.post(&format!("/api/plans/{}/apply", plan.id), body).await.0, 200);
    let second = page.post("/api/sync", json!({})).await;
    assert_eq!((second.0, code(&second.1)), (StatusCode::CONFLICT, "busy"), "two at once");
    while page.get("/api/job").await["job"]["done"].as_u64().unwrap() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let bench = page.end().await;
    let counts = bench.another().show(&plan.id).await.unwrap().counts;
    assert_eq!(counts.unknown, 0, "{counts:?}");
    assert!(counts.applied >= 2 && counts.pending > 0, "{counts:?}");
    bench.gateway.set_faults(Default::default());
    bench.apply_all(&plan).await;
    assert_eq!(bench.another().show(&plan.id).await.unwrap().counts.applied, 50, "the same plan goes on");
}

#[tokio::test]
async fn what_hides_or_reorders_in_a_value_is_written_out() {
    let bench = TestWorkspace::with(20).await;
    let id = bench.ids(1)[0].clone();
    let remark = "x".repeat(64 * 1024);
    bench.edit(&id, json!({ "display_name": "\u{202E}Mei<b>\u{0}", "remark": remark }));
    bench.sync(true).await;
    let page = TestPage::opened(bench, false).await;
    let found = page.get(&format!("/api/contacts?query={id}")).await;
    let contact = &found["contacts"][0]["contact"];
    assert_eq!(contact["name"], "\\u{202e}Mei<b>\\u{0}");
    assert_eq!(contact["remark"]["more"], 64 * 1024 - 300);
    let whole = page.get(&format!("/api/contacts/{id}")).await;
    assert_eq!(whole["contact"]["remark"], remark);
    page.end().await;
}
