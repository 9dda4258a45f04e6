//! Every error body of the contract's section 7.1: its kind, its message, its field.

use http::StatusCode;
use imbrace_contacts_mcp::gateway::{GatewayError, Outcome, Refusal, RefusalKind};
use serde_json::json;

use super::samples::list_contacts;
use super::vectors::refusal;
use crate::support::scripted::{Play, Scripted, json, typed};

async fn refused(play: Play) -> Refusal {
    let server = Scripted::playing([play]).await;
    refusal(server.client().send(&list_contacts()).await.unwrap_err())
}

#[tokio::test]
async fn every_layer_has_its_message_and_kind() {
    use RefusalKind::{Auth, Forbidden, Invalid, NotFound, TooLarge, Upstream};
    let license =
        json!({ "error": "License required", "message": "Licence expired", "code": "LICENSE_INVALID" }).to_string();
    let validation = r#"{"statusCode":400,"code":"FST_ERR_VALIDATION","error":"Bad Request","message":"querystring must have required property 'q'"}"#;
    let cases = [
        (
            400,
            r#"{"message":"Bad Request - organization_id not found in user organizations"}"#,
            Invalid,
            "Bad Request - organization_id not found in user organizations",
        ),
        (
            403,
            r#"{"error":"Forbidden","message":"Write permission required for contacts","request_id":"5f"}"#,
            Forbidden,
            "Write permission required for contacts",
        ),
        (500, r#"{"message":"Internal Server Error"}"#, Upstream, "Internal Server Error"),
        (401, r#"{"message":"Unauthorized - missing x-access-token"}"#, Auth, "Unauthorized - missing x-access-token"),
        (403, license.as_str(), Forbidden, "Licence expired"),
        (402, license.as_str(), Forbidden, "Licence expired"),
        (
            403,
            r#"{"message":"Forbidden - organization mismatch","details":{"expected":"a","received":"b"}}"#,
            Forbidden,
            "Forbidden - organization mismatch",
        ),
        (400, r#"{"code":40000,"message":{"message":"Duplicate key"}}"#, Invalid, "Duplicate key"),
        (400, r#"{"code":40001,"message":"Token expired"}"#, Auth, "Token expired"),
        (400, r#"{"code":40003,"message":"Insufficient permission"}"#, Forbidden, "Insufficient permission"),
        (400, r#"{"code":40004,"message":"No such contact"}"#, NotFound, "No such contact"),
        (400, r#"{"code":"40004","message":"No such contact"}"#, NotFound, "No such contact"),
        (400, validation, Invalid, "querystring must have required property 'q'"),
        (400, r#"{"message":"Not Found"}"#, NotFound, "Not Found"),
        (404, r#"{"message":"Not Found"}"#, NotFound, "Not Found"),
        (401, r#"{"success":false,"error":{"message":"Session over","code":40001}}"#, Auth, "Session over"),
        (404, r#"{"error":"Contact not found"}"#, NotFound, "Contact not found"),
        (404, r#"{"error":"Contact has no board"}"#, NotFound, "Contact has no board"),
        (500, r#"{"error":"Failed to fetch contact","status":500}"#, Upstream, "Failed to fetch contact"),
        (401, r#"{"code":401,"message":"Missing x-organization-id"}"#, Auth, "Missing x-organization-id"),
        (404, r#"{"message":"File not found"}"#, NotFound, "File not found"),
        (422, r#"{"detail":"limit must be a number"}"#, Invalid, "limit must be a number"),
        (409, r#"{"message":["first","second"]}"#, Invalid, "first"),
        (409, "{}", Invalid, "Conflict"),
        (413, "{}", TooLarge, "Payload Too Large"),
        (400, "", Invalid, "Bad Request"),
    ];
    for (status, body, kind, message) in cases {
        let refusal = refused(json(status, body)).await;
        assert_eq!((refusal.kind, refusal.message.as_str()), (kind, message), "{status} {body}");
        assert_eq!(refusal.status, StatusCode::from_u16(status).unwrap());
    }
}

#[tokio::test]
async fn the_field_is_named_where_the_gateway_names_one() {
    let body = r#"{"code":40000,"message":"Invalid e-mail","field":"email"}"#;
    assert_eq!(refused(json(400, body)).await.field.as_deref(), Some("email"));
    assert_eq!(refused(json(400, r#"{"message":"Invalid","key":"gender"}"#)).await.field.as_deref(), Some("gender"));
    assert_eq!(refused(json(400, r#"{"message":"Invalid"}"#)).await.field, None);
}

#[tokio::test]
async fn a_page_of_the_edge_is_reduced_to_its_words() {
    let page =
        "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1>nginx</body></html>";
    let refusal = refused(typed(502, "text/html", page)).await;
    assert_eq!((refusal.kind, refusal.message.as_str()), (RefusalKind::Upstream, "502 Bad Gateway"));
}

#[tokio::test]
async fn a_message_is_one_line_of_at_most_300_characters() {
    let message = format!("first\nsecond\u{1b}[2J\u{202e} {}", "x".repeat(1000));
    let refusal = refused(json(400, &json!({ "message": message }).to_string())).await;
    assert!(refusal.message.starts_with("first second [2J xxx"));
    assert_eq!(refusal.message.chars().count(), 300);
}

#[tokio::test]
async fn an_unknown_route_in_json_is_told_from_an_unknown_object() {
    for message in ["Cannot GET /con_1", "Route GET:/con_1 not found"] {
        let body = json!({ "statusCode": 404, "error": "Not Found", "message": message }).to_string();
        assert!(refused(json(404, &body)).await.is_unknown_route(), "{message}");
    }
    let server = Scripted::playing([json(404, r#"{"message":"Contact not found"}"#)]).await;
    let error = server.client().send(&list_contacts()).await.unwrap_err();
    assert!(error.is_not_found() && !refusal(error).is_unknown_route());
}

#[tokio::test]
async fn each_failure_says_whether_the_gateway_acted() {
    let cases = [
        (json(401, "{}"), Outcome::NotDone),
        (json(404, "{}"), Outcome::NotDone),
        (json(429, ""), Outcome::NotDone),
        (json(500, "{}"), Outcome::Unknown),
        (json(408, ""), Outcome::Unknown),
        (Play::Close, Outcome::Unknown),
        (json(200, "{}"), Outcome::Done),
        (json(200, "{"), Outcome::Done),
    ];
    for (play, outcome) in cases {
        let server = Scripted::playing([play.clone()]).await;
        let error: GatewayError = server.client().send(&list_contacts()).await.unwrap_err();
        assert_eq!(error.outcome(), outcome, "{play:?}");
        assert_eq!(error.request_id(), server.seen()[0].header("x-request-id").unwrap());
    }
}
