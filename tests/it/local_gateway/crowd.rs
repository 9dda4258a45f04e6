//! People at work: contacts come, change and go while a client reads, in step with its requests or by a test's hand.

use std::collections::HashSet;

use imbrace_contacts_mcp::local_gateway::{ConcurrentEdits, ConcurrentEditsError, Options, Population, Tallies};
use reqwest::Method;
use serde_json::{Value, json};

use super::{TestGateway, few, ids};

fn fields(value: Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[tokio::test]
async fn rows_move_during_a_crawl_and_the_counts_stay_honest() {
    let desk = TestGateway::with(200).await;
    desk.gateway.set_crowd("insert=3,delete=2,edit=4,every=2,on=list_contacts".parse().unwrap());
    let before: HashSet<String> = desk.gateway.contacts_json().unwrap().into_iter().collect();
    let mut counts = Vec::new();
    for page in 0..10 {
        let list = desk.get(&format!("contacts?limit=20&skip={}&sort=created_at", page * 20)).await;
        counts.push(list["count"].as_u64().unwrap());
        assert_eq!(list["total"], list["data"].as_array().unwrap().len());
    }
    assert_eq!(counts, [200, 201, 201, 202, 202, 203, 203, 204, 204, 205], "every second request, before its answer");
    let after = desk.gateway.contacts_json().unwrap();
    assert_eq!(after.len(), 205);
    let changed = after.iter().filter(|contact| !before.contains(*contact)).count();
    assert!((15..=35).contains(&changed), "15 came, 20 were edited, some of them twice or gone: {changed}");
    desk.get("contacts/con_nobody").await;
    assert_eq!(desk.gateway.contacts_json().unwrap(), after, "other operations do not count");
}

#[tokio::test]
async fn the_same_crowd_does_the_same() {
    let mut ends = Vec::new();
    for _ in 0..2 {
        let crowd = "insert=2,edit=3,delete=2,times=5,seed=9".parse().unwrap();
        let people = few().people;
        let desk = TestGateway::start(Options { crowd, people: Population { contacts: 40, ..people }, ..few() }).await;
        for _ in 0..8 {
            desk.get("contacts").await;
        }
        let contacts = desk.gateway.contacts_json().unwrap();
        let seen: Vec<Value> = contacts.iter().map(|contact| serde_json::from_str(contact).unwrap()).collect();
        // Moments are the clock's; everything else repeats.
        let strip = |row: &Value| format!("{}{}{}{}", row["id"], row["remark"], row["email"], row["location"]);
        ends.push(seen.iter().map(strip).collect::<Vec<_>>());
    }
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0].len(), 40, "as many came as went, five times and no more");
}

#[tokio::test]
async fn newcomers_are_created_now_and_never_edited() {
    let desk = TestGateway::with(12).await;
    let new = desk.gateway.insert_contacts(3).unwrap();
    let page = desk.get("contacts?limit=3&sort=-created_at").await;
    assert_eq!(ids(&page).into_iter().collect::<HashSet<_>>(), new.iter().cloned().collect());
    for row in page["data"].as_array().unwrap() {
        assert!(row["updated_at"].is_null());
        assert_eq!(row.as_object().unwrap().len(), 33);
    }
    let own = json!({ "id": "con_own", "display_name": "Đặng Ánh", "email": null, "extra": [1] });
    assert_eq!(desk.gateway.insert_contact(&fields(own)).unwrap(), "con_own");
    let row = desk.get("contacts/con_own").await;
    assert_eq!((&row["email"], &row["extra"], &row["channel_type"]), (&Value::Null, &json!([1]), &json!("web")));
    assert_eq!(ids(&desk.get("contacts/_search?q=dang%20anh&type=text").await), ["con_own"]);
    assert_eq!(desk.get("contacts").await["count"], 16);
    desk.gateway.insert_contact(&fields(json!({ "id": "con_own" }))).unwrap_err();
    assert_eq!(desk.get("contacts").await["count"], 16, "nothing of it stays");
}

#[tokio::test]
async fn edits_and_deletions_by_hand_are_like_those_of_clients() {
    let desk = TestGateway::with(30).await;
    let id = ids(&desk.get("contacts?limit=1&skip=20").await).remove(0);
    assert!(desk.gateway.edit_contact(&id, &fields(json!({ "remark": "called back", "id": "con_other" }))).unwrap());
    assert!(!desk.gateway.edit_contact("con_nobody", &fields(json!({ "remark": "x" }))).unwrap());
    let newest = desk.get("contacts?limit=1&sort=-updated_at").await;
    assert_eq!(ids(&newest), std::slice::from_ref(&id), "an edit sets updated_at");
    assert_eq!(newest["data"][0]["remark"], "called back");
    let bytes = desk.request(Method::GET, &format!("contacts/{id}")).send().await.unwrap().text().await.unwrap();
    assert_eq!(desk.gateway.contact_json(&id).unwrap(), Some(bytes));
    assert!(desk.gateway.delete_contact(&id).unwrap());
    assert!(!desk.gateway.delete_contact(&id).unwrap());
    assert_eq!(desk.request(Method::GET, &format!("contacts/{id}")).send().await.unwrap().status(), 404);
    assert_eq!(desk.get("contacts/_search?q=called%20back&type=text").await["count"], 0, "search forgets it");
    assert_eq!(desk.get("contacts").await["count"], 29);
}

#[tokio::test]
async fn requests_and_writes_are_counted_without_a_bound() {
    let desk = TestGateway::with(12).await;
    let route = "contacts/con_66d67483-8982-43d6-acbe-139568688add";
    for number in 0..3 {
        desk.request(Method::PUT, route).json(&json!({ "remark": number.to_string() })).send().await.unwrap();
        desk.get("contacts").await;
    }
    desk.request(Method::PUT, "contacts/con_nobody").json(&json!({ "remark": "x" })).send().await.unwrap();
    let tallies = desk.gateway.tallies();
    assert_eq!((tallies.requests_of("list_contacts"), tallies.requests_of("update_contact")), (3, 4));
    assert_eq!(tallies.writes_to("con_66d67483-8982-43d6-acbe-139568688add"), 3);
    assert_eq!(tallies.writes.len(), 1, "what found nobody wrote nothing");
    desk.gateway.forget_requests();
    assert_eq!(desk.gateway.tallies(), Tallies::default());
}

#[tokio::test]
async fn newcomers_of_a_file_keep_their_numbers_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options { data: Some(folder.path().join("people.db")), ..few() };
    let desk = TestGateway::start(options()).await;
    let first = desk.gateway.insert_contacts(2).unwrap();
    desk.gateway.delete_contact(&first[1]).unwrap();
    desk.gateway.stop().await;
    let desk = TestGateway::start(options()).await;
    let second = desk.gateway.insert_contacts(2).unwrap();
    assert!(second.iter().all(|id| !first.contains(id)), "an id never comes again");
    assert_eq!(desk.get("contacts").await["count"], 13);
}

#[test]
fn a_crowd_as_text_says_what_is_wrong_with_it() {
    let crowd: ConcurrentEdits = "insert=1, edit=2,delete=3,every=4,on=get_contact,times=5,seed=6".parse().unwrap();
    assert_eq!((crowd.insert, crowd.edit, crowd.delete, crowd.every, crowd.times), (1, 2, 3, 4, Some(5)));
    assert_eq!("".parse::<ConcurrentEdits>().unwrap(), ConcurrentEdits::default());
    let parse = |text: &str| text.parse::<ConcurrentEdits>().unwrap_err();
    assert_eq!(parse("inserts=1"), ConcurrentEditsError::Option("inserts".to_owned()));
    assert_eq!(parse("insert"), ConcurrentEditsError::Option("insert".to_owned()));
    for text in ["insert=-1", "every=0", "on=everything", "times=x"] {
        assert!(matches!(parse(text), ConcurrentEditsError::Value { .. }), "{text}");
    }
}
