//! Credentials in the gateway's order, its refusals word for word, and request ids.

use imbrace_contacts_mcp::local_gateway::{
    ACCESS_TOKEN, API_KEY, EXPIRED_ACCESS_TOKEN, JSON_WEB_TOKEN, ORGANIZATION_ID, SCOPED_API_KEY, SECOND_ACCESS_TOKEN,
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{PREFIX, TestGateway};

async fn ask(desk: &TestGateway, headers: &[(&str, &str)]) -> (u16, Value) {
    let request = desk.bare(Method::GET, &format!("{PREFIX}/contacts?limit=1"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.unwrap();
    (response.status().as_u16(), super::json(response).await)
}

#[tokio::test]
async fn every_kind_of_credential_opens() {
    let desk = TestGateway::with(10).await;
    let bearer = format!("Bearer {JSON_WEB_TOKEN}");
    let opaque = format!("Bearer {ACCESS_TOKEN}");
    for headers in [
        &[("x-access-token", ACCESS_TOKEN)][..],
        &[("X-Access-Token", SECOND_ACCESS_TOKEN), ("x-organization-id", "org_other")],
        &[("x-api-key", API_KEY)],
        &[("x-api-key", API_KEY), ("x-access-token", "acc_wrong")],
        &[("authorization", &bearer), ("x-organization-id", ORGANIZATION_ID)],
        &[("authorization", &opaque)],
    ] {
        assert_eq!(ask(&desk, headers).await.0, 200, "{headers:?}");
    }
}

#[tokio::test]
async fn refusals_are_the_gateways_own() {
    let desk = TestGateway::with(10).await;
    let message = |text: &str| json!({ "message": text });
    let jwt = ("authorization", "Bearer eyJ.eyJ.bad");
    let good_jwt = format!("Bearer {JSON_WEB_TOKEN}");
    for (headers, status, body) in [
        (&[][..], 401, message("Unauthorized - API key or Access Token required")),
        (&[("x-access-token", "acc_11111111-0000-4000-8000-000000000000")], 401, message("Unauthorized")),
        (&[("x-access-token", "login_acc_1")], 401, message("Unauthorized - Invalid token")),
        (&[("x-access-token", API_KEY)], 401, message("Unauthorized - Invalid token")),
        (&[("x-access-token", EXPIRED_ACCESS_TOKEN)], 401, json!({ "code": 40001, "message": "Token expired" })),
        (&[jwt, ("x-organization-id", ORGANIZATION_ID)], 401, message("Unauthorized - Invalid JWT")),
        (&[jwt], 401, message("Unauthorized - Invalid token")),
        (
            &[("authorization", &good_jwt), ("x-organization-id", "org_other")],
            400,
            message("Bad Request - organization_id not found in user organizations"),
        ),
    ] {
        assert_eq!(ask(&desk, headers).await, (status, body), "{headers:?}");
    }
}

#[tokio::test]
async fn key_refusals_carry_a_fresh_request_id() {
    let desk = TestGateway::with(10).await;
    let (status, body) = ask(&desk, &[("x-api-key", "api_wrong"), ("x-request-id", "mine")]).await;
    assert_eq!(status, 401);
    assert_eq!((&body["error"], &body["message"]), (&json!("Unauthorized"), &json!("Invalid API key")));
    assert_eq!(body["request_id"].as_str().unwrap().len(), 36);
    let (status, body) = ask(&desk, &[("x-api-key", SCOPED_API_KEY)]).await;
    assert_eq!((status, &body["error"]), (403, &json!("Forbidden")));
    assert!(body["message"].as_str().unwrap().starts_with("Invalid API path: /"));
}

#[tokio::test]
async fn request_ids_of_1_to_64_characters_come_back_and_others_are_minted() {
    let desk = TestGateway::with(10).await;
    let long = "x".repeat(65);
    for (sent, kept) in [("mine-1", true), (&"y".repeat(64), true), (long.as_str(), false), ("", false)] {
        let request = desk.request(Method::GET, "contacts?limit=1").header("x-request-id", sent);
        let response = request.send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(id == sent, kept, "{sent}");
        assert!(kept || id.len() == 36);
    }
}
