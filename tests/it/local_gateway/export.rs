//! The export: every contact as CSV, by hand and through the typed operation.

use imbrace_contacts_mcp::gateway::operations::ExportContacts;
use imbrace_contacts_mcp::gateway::{Client, Credential, Deadlines, GatewayError, Settings};
use imbrace_contacts_mcp::model::{ContactId, Prefix, PrefixChoice};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::{ACCESS_TOKEN, TestGateway, ids};

fn client(desk: &TestGateway) -> Client {
    Client::new(Settings {
        base_url: desk.gateway.base_url().parse().unwrap(),
        prefix: PrefixChoice::Fixed(Prefix::ChannelService),
        credential: Credential::parse(ACCESS_TOKEN.into(), None).unwrap(),
        deadlines: Deadlines::default(),
    })
    .unwrap()
}

#[tokio::test]
async fn an_export_holds_every_field_of_every_contact_in_order() {
    let desk = TestGateway::with(1_300).await;
    let remark = "line\r\n\"two\", and more";
    let odd: Map<String, Value> =
        Map::from_iter([("remark".to_owned(), json!(remark)), ("email".to_owned(), Value::Null)]);
    let id = desk.gateway.insert_contact(&odd).unwrap();
    let export = client(&desk).send(&ExportContacts { sort: Some("created_at".into()) }).await.unwrap();
    let columns = export.columns();
    let rows: Vec<Vec<String>> = export.rows().collect();
    assert_eq!((columns.len(), columns[1].as_str(), rows.len()), (33, "id", 1_301));
    assert_eq!(rows[1_300][1], id, "the newest comes last");
    for row in [&rows[0], &rows[700], &rows[1_300]] {
        ContactId::parse(&row[1]).unwrap();
        let contact = desk.get(&format!("contacts/{}", row[1])).await;
        for (column, value) in columns.iter().zip(row) {
            let field = &contact[column];
            let expected = field
                .as_str()
                .map_or_else(|| if field.is_null() { String::new() } else { field.to_string() }, str::to_owned);
            assert_eq!(*value, expected, "{column}");
        }
    }
    let sorted = export.rows().map(|row| row[18].clone()).collect::<Vec<_>>();
    assert_eq!(columns[18], "created_at");
    assert!(sorted.is_sorted());
}

#[tokio::test]
async fn an_export_is_a_named_csv_file_newest_first() {
    let desk = TestGateway::with(10).await;
    let answer = desk.request(Method::GET, "contacts/_export_csv").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8");
    assert_eq!(answer.headers()["content-disposition"], "attachment; filename=\"contacts.csv\"");
    let text = answer.text().await.unwrap();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert!(lines[0].starts_with("object_name,id,organization_id,business_unit_id,channel_id,"), "{}", lines[0]);
    let expected = ids(&desk.get("contacts").await);
    let found: Vec<&str> = lines[1..].iter().map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_export_that_is_something_else_is_an_error() {
    let desk = TestGateway::with(2_000).await;
    for (faults, expected) in [
        ("export_contacts:root", "WrongShape"),
        ("export_contacts:html", "Unreadable"),
        ("export_contacts:truncated", "NoAnswer"),
        ("export_contacts:403", "Refused"),
    ] {
        desk.gateway.set_faults(faults.parse().unwrap());
        let error: GatewayError = client(&desk).send(&ExportContacts::default()).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{faults}: {error:?}");
    }
}
