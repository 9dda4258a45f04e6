//! Every kind of misbehaviour, in code and as text.

use std::time::{Duration, Instant};

use imbrace_contacts_mcp::local_gateway::Faults;
use imbrace_contacts_mcp::local_gateway::faults::{Fault, ParseError, Rule};
use imbrace_contacts_mcp::model::Prefix;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use super::TestGateway;

/// A gateway of twelve contacts that misbehaves as the text says.
async fn desk(faults: &str) -> TestGateway {
    let desk = TestGateway::with(12).await;
    desk.gateway.set_faults(faults.parse().unwrap());
    desk
}

async fn list(desk: &TestGateway) -> reqwest::Result<Response> {
    desk.request(Method::GET, "contacts?limit=3").send().await
}

const ONE: &str = "contacts/con_66d67483-8982-43d6-acbe-139568688add";

#[tokio::test]
async fn statuses_come_with_the_bodies_they_usually_have() {
    let desk = desk("list_contacts:429,first=1,retry_after=1;list_contacts:429,after=1,first=1;list_contacts:503,after=2,first=1,body=html;list_contacts:500,after=3,first=1;list_contacts:502,after=4,first=1,body=empty").await;
    let first = list(&desk).await.unwrap();
    assert_eq!((first.status().as_u16(), &first.headers()["retry-after"]), (429, &"1".parse().unwrap()));
    assert_eq!(first.text().await.unwrap(), "Too many requests. Please try again later.");
    assert!(list(&desk).await.unwrap().headers().get("retry-after").is_none());
    assert!(list(&desk).await.unwrap().text().await.unwrap().contains("503 Service Unavailable"));
    let body = super::json(list(&desk).await.unwrap()).await;
    assert_eq!(body, json!({ "code": 99999, "message": "Service Unavailable" }));
    assert_eq!(list(&desk).await.unwrap().text().await.unwrap(), "");
    assert_eq!(list(&desk).await.unwrap().status(), StatusCode::OK, "then all is well");
    assert_eq!(desk.get(ONE).await["display_name"], "UNK#DO1695", "other operations were never hit");
}

#[tokio::test]
async fn resets_come_before_or_after_the_deed() {
    let desk = desk("update_contact:reset,first=1;update_contact:reset_after,after=1,first=1").await;
    for (text, stored) in [("first", ""), ("second", "second")] {
        let request = desk.request(Method::PUT, ONE).json(&json!({ "remark": text }));
        let error = request.send().await.unwrap_err();
        assert!(error.is_request(), "{error:?}");
        assert_eq!(desk.get(ONE).await["remark"], stored);
    }
}

#[tokio::test]
async fn bodies_break_off_or_are_something_else() {
    let desk = desk("list_contacts:truncated").await;
    let answer = list(&desk).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    answer.bytes().await.unwrap_err();
    for (faults, expected) in [
        ("list_contacts:html", "<!DOCTYPE html>"),
        ("list_contacts:root", r#"{"service":"channel-service","status":"ok"}"#),
        ("list_contacts:wrapped", r#"{"data":{"object_name":"list","data":[{"#),
        ("list_contacts:bare_array", r#"[{"object_name":"contact","#),
        ("list_contacts:items", r#"{"object_name":"list","items":[{"#),
    ] {
        desk.gateway.set_faults(faults.parse().unwrap());
        let answer = list(&desk).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let text = answer.text().await.unwrap();
        assert!(text.starts_with(expected), "{faults}: {text}");
    }
    desk.gateway.set_faults("*:text_numbers".parse().unwrap());
    let page = super::json(list(&desk).await.unwrap()).await;
    assert_eq!((&page["count"], &page["total"]), (&json!("12"), &json!("3")));
    desk.gateway.set_faults("*:wrapped".parse().unwrap());
    assert_eq!(desk.get(ONE).await["data"]["display_name"], "UNK#DO1695", "one object, as newer servers send it");
    desk.gateway.set_faults(Rule::always(Fault::json(r#"{"data":[]}"#)).on("list_contacts").into());
    assert_eq!(desk.get("contacts").await, json!({ "data": [] }), "or any text of the test's own");
}

#[tokio::test]
async fn redirects_latency_and_empty_successes() {
    let desk = desk(
        "list_contacts:redirect,to=http://elsewhere.example/x;get_contact:latency,ms=60;mark_notifications_read:empty",
    )
    .await;
    let answer = list(&desk).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["location"]),
        (StatusCode::FOUND, &"http://elsewhere.example/x".parse().unwrap())
    );
    let started = Instant::now();
    desk.get(ONE).await;
    assert!(started.elapsed() >= Duration::from_millis(60));
    let read = desk.request(Method::PUT, "notifications/read").json(&json!(["not_1"])).send().await.unwrap();
    assert_eq!((read.status(), read.text().await.unwrap()), (StatusCode::OK, String::new()));
}

#[tokio::test]
async fn fields_of_an_update_are_dropped_or_changed_in_silence() {
    let desk = desk("update_contact:ignored,field=remark;update_contact:normalized,field=email").await;
    let body = json!({ "remark": "lost", "email": " Mei@Example.COM ", "location": "here" });
    let answer = super::json(desk.request(Method::PUT, ONE).json(&body).send().await.unwrap()).await;
    assert_eq!(
        (&answer["remark"], &answer["email"], &answer["location"]),
        (&json!(""), &json!("mei@example.com"), &json!("here"))
    );
}

/// Puts these changes to the document's first contact, and answers how it then stands.
async fn put(desk: &TestGateway, body: serde_json::Value) -> serde_json::Value {
    let answer = super::json(desk.request(Method::PUT, ONE).json(&body).send().await.unwrap()).await;
    let stored = desk.get(ONE).await;
    assert_eq!(answer["remark"], stored["remark"]);
    stored
}

#[tokio::test]
async fn a_put_stores_what_the_gateway_makes_of_it() {
    let desk = desk(
        "update_contact:normalized,field=phone_number,as=digits;update_contact:normalized,field=first_name,as=trimmed;\
         update_contact:normalized,field=remark,as=5;update_contact:ignored=0.5,field=location",
    )
    .await;
    let body = json!({ "phone_number": "+84 (912) 345-678", "first_name": "  Mei   Ling ", "remark": "陳大文 Chan" });
    let stored = put(&desk, body).await;
    assert_eq!(
        (&stored["phone_number"], &stored["first_name"], &stored["remark"]),
        (&json!("84912345678"), &json!("Mei Ling"), &json!("陳大文 C"))
    );
    let mut taken = 0;
    for number in 0..40 {
        let place = format!("place {number}");
        let stored = put(&desk, json!({ "location": place })).await;
        taken += usize::from(stored["location"] == place);
    }
    assert!((8..33).contains(&taken), "a share of the updates: {taken}");
    desk.gateway.set_faults("update_contact:ignored,field=*".parse().unwrap());
    let before = desk.get(ONE).await;
    let mut after = put(&desk, json!({ "remark": "lost", "email": "lost@example.com" })).await;
    assert_ne!(after["updated_at"], before["updated_at"], "it says that it did something");
    after["updated_at"] = before["updated_at"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_put_clears_what_it_does_not_send() {
    let desk = desk("").await;
    put(&desk, json!({ "remark": "kept", "email": "mei@example.com", "location": "here" })).await;
    desk.gateway.set_faults("update_contact:clobbered,field=email,first=1".parse().unwrap());
    let stored = put(&desk, json!({ "location": "there" })).await;
    assert_eq!(
        (&stored["remark"], &stored["email"], &stored["location"]),
        (&json!("kept"), &json!(""), &json!("there"))
    );
    desk.gateway.set_faults("update_contact:clobbered".parse().unwrap());
    let stored = put(&desk, json!({ "location": "far" })).await;
    let kept = ["remark", "email", "display_name", "language"].map(|field| stored[field].as_str().unwrap().to_owned());
    assert_eq!(kept, ["", "", "", ""], "as if the object were replaced");
    assert_eq!((&stored["location"], &stored["channel_type"]), (&json!("far"), &json!("web")));
}

#[tokio::test]
async fn forms_and_prefixes_can_be_switched_off() {
    let desk = desk("").await;
    desk.gateway.set_faults(Faults::delete_bodies_lost());
    let body = json!(["not_1"]);
    let lost = desk.request(Method::DELETE, "notifications/dismiss").json(&body).send().await.unwrap();
    assert_eq!((lost.status(), lost.text().await.unwrap()), (StatusCode::BAD_REQUEST, String::new()));
    let posted = desk.request(Method::POST, "notifications/dismiss").json(&json!({ "ids": ["not_1"] }));
    assert_eq!(posted.send().await.unwrap().status(), StatusCode::OK);

    desk.gateway.set_faults(Faults::main_form_unknown("list_contact_files"));
    let singular = desk.request(Method::GET, "contact/con_1/files").send().await.unwrap();
    assert_eq!(singular.status(), StatusCode::NOT_FOUND);
    assert!(singular.text().await.unwrap().contains("Cannot GET"));
    assert_eq!(desk.get("contacts/con_1/files").await, json!([]));

    desk.gateway.set_faults(Faults::other_forms_unknown());
    let plural = desk.request(Method::GET, "contacts/con_1/files").send().await.unwrap();
    assert_eq!(plural.status(), StatusCode::NOT_FOUND);

    desk.gateway.set_faults(Faults::broken_prefix(Prefix::Backend));
    let get = |path: &'static str| desk.bare(Method::GET, path).header("x-access-token", super::ACCESS_TOKEN).send();
    let root = super::json(get("v1/backend/contacts?limit=10").await.unwrap()).await;
    assert_eq!(root, json!({ "service": "channel-service", "status": "ok" }));
    assert_eq!(get("v1/backend/contacts/con_1").await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(desk.get("contacts").await["count"], 12, "the other prefix works");
}

#[tokio::test]
async fn swallowed_bodies_end_with_a_closed_socket() {
    let desk = desk("").await;
    for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = desk.request(Method::DELETE, "notifications/dismiss").header("content-type", media_type);
        request.body(r#"["not_1"]"#).send().await.unwrap_err();
    }
    let arrived = desk.gateway.requests();
    assert_eq!(arrived.len(), 2);
    assert_eq!(arrived[0].operation, Some("dismiss_notifications"));
    assert_eq!(
        (&arrived[0].method, arrived[0].target.as_str()),
        (&Method::DELETE, "/channel-service/v1/notifications/dismiss")
    );
    assert_eq!((arrived[0].header("content-type"), &arrived[0].body[..]), (Some("text/plain"), &br#"["not_1"]"#[..]));
    desk.gateway.forget_requests();
    assert!(desk.gateway.requests().is_empty());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_slow_answers() {
    let desk = desk("*:latency,ms=60000").await;
    let waiting = tokio::spawn(desk.request(Method::GET, "contacts").send());
    while desk.gateway.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    desk.gateway.stop().await;
    assert!(started.elapsed() < Duration::from_secs(30));
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK, "it is answered early");
}

#[test]
fn a_wrong_text_says_what_is_wrong() {
    let parse = |text: &str| text.parse::<Faults>().unwrap_err();
    assert_eq!(parse("list_contacts"), ParseError::Rule("list_contacts".to_owned()));
    assert_eq!(parse("list_contact:429"), ParseError::Operation("list_contact".to_owned()));
    assert!(parse("*:explode").to_string().contains("there is no fault `explode`; there are a status such as 429"));
    assert_eq!(parse("*:429,colour=red"), ParseError::Option("colour".to_owned()));
    assert!(matches!(parse("*:normalized,as=upper"), ParseError::Value { .. }));
    assert_eq!(parse("*:429,ms=5"), ParseError::Option("ms".to_owned()), "not for this kind");
    for text in ["*:429=2", "*:429=-0.1", "*:429=NaN", "*:429=x"] {
        assert!(matches!(parse(text), ParseError::Value { .. }), "{text}");
    }
    assert_eq!("".parse::<Faults>().unwrap(), Faults::default());
    assert_eq!("seed:9;".parse::<Faults>().unwrap().seed, 9);
}
