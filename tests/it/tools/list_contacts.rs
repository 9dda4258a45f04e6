//! Tool `list_contacts`.

use insta::assert_snapshot;
use serde_json::json;

use super::{short_ids, with_an_expired_token, with_faults};
use crate::harness::{Harness, Wishes};

#[tokio::test]
async fn the_documents_ten_come_back_as_a_short_table() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 10 })).await);
}

#[tokio::test]
async fn a_mixed_page_shows_the_fullest_columns_first() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 25, "skip": 10 })).await);
}

#[tokio::test]
async fn added_columns_stand_behind_the_default_ones() {
    let desk = Harness::new().await;
    let answer = desk.call("list_contacts", json!({ "limit": 5, "skip": 10, "fields": ["remark", "created"] })).await;
    assert_snapshot!(answer);
}

#[tokio::test]
async fn the_star_shows_every_field() {
    let desk = Harness::new().await;
    assert_snapshot!(desk.call("list_contacts", json!({ "limit": 4, "skip": 10, "fields": "*" })).await);
}

#[tokio::test]
async fn sorting_reaches_the_gateway_and_newest_first_is_the_default() {
    let desk = Harness::new().await;
    desk.call("list_contacts", json!({})).await;
    desk.call("list_contacts", json!({ "sort": "email", "limit": "5" })).await;
    let targets: Vec<String> = desk.arrivals().iter().map(|arrival| arrival.target.clone()).collect();
    assert_eq!(
        targets,
        [
            "/channel-service/v1/contacts?limit=20&skip=0&sort=-created_at",
            "/channel-service/v1/contacts?limit=5&skip=0&sort=email",
        ]
    );
}

#[tokio::test]
async fn following_next_reaches_every_contact_once() {
    let desk = Harness::with(Wishes { contacts: 137, ..Wishes::default() }).await;
    let (mut seen, mut skip) = (Vec::new(), 0);
    loop {
        let page = desk.call("list_contacts", json!({ "limit": 50, "skip": skip })).await;
        seen.extend(short_ids(&page));
        match page.lines().next().and_then(|head| head.split("skip=").nth(1)) {
            Some(next) => skip = next.parse().unwrap(),
            None => break,
        }
    }
    let mut distinct = seen.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!((seen.len(), distinct.len()), (137, 137));
}

#[tokio::test]
async fn past_the_end_the_answer_says_so() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    assert_snapshot!(desk.call("list_contacts", json!({ "skip": 500 })).await, @"# contacts: none at skip=500 of 12");
}

#[tokio::test]
async fn bad_arguments_are_refused_before_anything_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let mut said = Vec::new();
    for arguments in [
        json!({ "limit": 0 }),
        json!({ "limit": -1 }),
        json!({ "limit": 1_000_000_000 }),
        json!({ "limit": "many" }),
        json!({ "skip": -5 }),
        json!({ "limti": 5 }),
        json!({ "sort": "phnoe_number" }),
        json!({ "sort": "finding" }),
        json!({ "filter": "created_at = yesterday" }),
        json!({ "filter": "id = con_00000000" }),
        json!({ "count_by": "created_at:week" }),
        json!({ "count_by": "company:month" }),
        json!({ "fields": "phnoe_number" }),
    ] {
        said.push(format!("{arguments}\n  {}", desk.fail("list_contacts", arguments.clone()).await));
    }
    assert_snapshot!(said.join("\n"));
    assert!(desk.arrivals().is_empty());
}

#[tokio::test]
async fn a_refusal_reads_well() {
    assert_snapshot!(with_an_expired_token("list_contacts", json!({})).await);
}

#[tokio::test]
async fn every_failure_of_the_gateway_has_its_own_words() {
    let mut said = Vec::new();
    for fault in ["*:500", "*:429,retry_after=30", "*:reset", "*:html", "*:root", "*:truncated", "*:redirect", "*:403"]
    {
        said.push(format!("{fault}\n  {}", with_faults(fault, "list_contacts", json!({})).await));
    }
    assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn a_stopped_gateway_reads_well() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let address = desk.gateway.address().to_string();
    let toolbox = desk.toolbox.clone();
    desk.gateway.stop().await;
    let answer = toolbox.call("list_contacts", serde_json::Map::new(), Default::default()).await.unwrap();
    assert!(answer.is_error);
    assert_snapshot!(answer.text.replace(&address, "ADDRESS"));
}

/// Contacts of whom four are told apart by what the list is asked for.
async fn asked_of() -> Harness {
    let desk = Harness::with(Wishes { contacts: 60, ..Wishes::default() }).await;
    let ids: Vec<String> = desk.gateway.contacts_json().unwrap().iter().map(|json| super::id_in(json)).collect();
    for (place, company) in [(0, "Merlin Labs"), (1, "MERLIN labs Ltd"), (2, "Mérlin"), (3, "Another")] {
        let edit = json!({ "company_name": company, "display_name": format!("Person {place}") });
        assert!(desk.gateway.edit_contact(&ids[place], edit.as_object().unwrap()).unwrap());
    }
    desk
}

#[tokio::test]
async fn who_works_somewhere_in_any_spelling_is_one_call() {
    let desk = asked_of().await;
    let answer = desk.call("list_contacts", json!({ "filter": "company ~ merlin", "sort": "name" })).await;
    assert_snapshot!(answer);
}

#[tokio::test]
async fn the_ten_edited_last_come_first_and_pages_reach_every_contact_once() {
    let desk = asked_of().await;
    let answer = desk.call("list_contacts", json!({ "sort": "-updated_at", "limit": 4 })).await;
    let rows = answer.lines().filter(|line| line.starts_with("con_"));
    let mut names: Vec<&str> = rows.filter_map(|line| line.split(',').nth(1)).collect();
    names.sort_unstable();
    assert_eq!(names, ["Person 0", "Person 1", "Person 2", "Person 3"], "{answer}");
    for sort in ["-updated_at", "company", "-name", "last_seen", "reachable"] {
        let (mut seen, mut skip) = (Vec::new(), Some(0));
        while let Some(from) = skip {
            let page = desk.call("list_contacts", json!({ "sort": sort, "limit": 17, "skip": from })).await;
            seen.extend(short_ids(&page));
            skip = page.lines().next().and_then(|head| head.split("skip=").nth(1)).map(|next| next.parse().unwrap());
        }
        let distinct: std::collections::HashSet<&String> = seen.iter().collect();
        assert_eq!((seen.len(), distinct.len()), (60, 60), "{sort}");
    }
}

#[tokio::test]
async fn totals_by_a_field_take_one_call_and_no_rows() {
    let desk = asked_of().await;
    let mut said = Vec::new();
    for arguments in [
        json!({ "count_by": "channel" }),
        json!({ "count_by": "created_at:year", "filter": "channel = web" }),
        json!({ "count_by": "company", "filter": "company is not empty and company ~ merlin" }),
        json!({ "count_by": "finding", "limit": 3 }),
        json!({ "count_by": "has_duplicates" }),
    ] {
        said.push(format!("{arguments}\n{}", desk.call("list_contacts", arguments.clone()).await));
    }
    assert_snapshot!(said.join("\n\n"));
    // The totals are those of the list.
    let all = desk.gateway.contacts_json().unwrap();
    let of_web = all.iter().filter(|json| json.contains("\"channel_type\":\"web\"")).count();
    assert!(said[0].contains(&format!("web,{of_web}")), "{}", said[0]);
}

#[tokio::test]
async fn a_filter_that_means_nobody_says_why_in_words() {
    let desk = asked_of().await;
    let mut said = Vec::new();
    for filter in [
        "company ~ gandalf",
        "channel = lin",
        "company ~ merlin and channel = lin",
        "company ~ merlin and remark ~ gandalf",
        "created_at = 1999-09",
    ] {
        said.push(desk.call("list_contacts", json!({ "filter": filter })).await);
        said.push(desk.call("list_contacts", json!({ "filter": filter, "count_by": "name" })).await);
        let audit = desk.call("audit_contacts", json!({ "filter": filter })).await;
        assert!(audit.contains("no contact matches") && !audit.contains("score"), "{audit}");
        let groups = desk.call("find_duplicate_contacts", json!({ "filter": filter })).await;
        assert!(groups.contains("no contact matches"), "{groups}");
        let plan = desk.fail("plan_cleanup", json!({ "fix": "safe", "filter": filter })).await;
        assert!(plan.starts_with("No contact of 60 matches"), "{plan}");
    }
    assert_snapshot!(said.join("\n"));
    let empty = Harness::with(Wishes { contacts: 0, ..Wishes::default() }).await;
    let nobody = empty.call("list_contacts", json!({ "filter": "channel = web" })).await;
    assert_eq!(nobody, "# contacts: the organisation has none\n# list as of NOW, just now");
}

#[tokio::test]
async fn the_gateway_is_asked_for_what_it_knows_and_the_snapshot_is_read_once() {
    let desk = asked_of().await;
    desk.gateway.forget_requests();
    desk.call("list_contacts", json!({ "sort": "-email" })).await;
    assert_eq!(desk.arrivals().len(), 1);
    desk.call("list_contacts", json!({ "filter": "channel = web" })).await;
    assert!(desk.arrivals().len() > 1, "the first question reads the list");
    desk.gateway.forget_requests();
    desk.call("list_contacts", json!({ "filter": "channel = line" })).await;
    desk.call("list_contacts", json!({ "count_by": "channel" })).await;
    assert!(desk.arrivals().is_empty(), "a list of a minute is new enough");
}

#[tokio::test]
async fn what_this_server_wrote_is_in_the_next_list() {
    let desk = asked_of().await;
    desk.call("list_contacts", json!({ "filter": "remark ~ seen" })).await;
    desk.call("update_contact", json!({ "contact_id": super::MEI, "set": { "remark": "seen today" } })).await;
    let answer = desk.call("list_contacts", json!({ "filter": "remark ~ seen today" })).await;
    assert_eq!(short_ids(&answer), ["con_66d67483"], "{answer}");
}

#[tokio::test]
async fn an_unknown_short_id_in_a_filter_is_an_error_and_a_known_one_is_its_contact() {
    let desk = asked_of().await;
    let shown = short_ids(&desk.call("list_contacts", json!({ "limit": 2 })).await);
    let filter = format!("id in ({})", shown.join(", "));
    let mut found = short_ids(&desk.call("list_contacts", json!({ "filter": filter })).await);
    found.sort();
    let mut shown = shown;
    shown.sort();
    assert_eq!(found, shown);
}

#[tokio::test]
async fn without_a_place_for_the_snapshot_the_answer_says_what_is_off() {
    let desk = asked_of().await;
    let context = desk.context.clone().without_cleanup("`state = off`".to_owned());
    let toolbox = imbrace_contacts_mcp::tools::Toolbox::builder(context).build().unwrap();
    let call = async |arguments: serde_json::Value| {
        toolbox.call("list_contacts", arguments.as_object().cloned().unwrap(), Default::default()).await.unwrap()
    };
    assert!(!call(json!({})).await.is_error);
    for arguments in
        [json!({ "filter": "channel = web" }), json!({ "sort": "phone" }), json!({ "count_by": "channel" })]
    {
        let answer = call(arguments).await;
        assert!(answer.is_error && answer.text.contains("`state = off`"), "{}", answer.text);
    }
}

/// Makes the snapshot of a desk older.
fn age(desk: &Harness, minutes: i64) {
    let folder = std::fs::read_dir(desk.state.path().join("state")).unwrap();
    let files = folder.map(|entry| entry.unwrap().path());
    let state = files.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "sqlite")).unwrap();
    let then = jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() - minutes * 60).unwrap();
    let db = rusqlite::Connection::open(state).unwrap();
    let changed = db.execute("UPDATE meta SET value = ?1 WHERE name = 'synced_at'", [then.to_string()]).unwrap();
    assert_eq!(changed, 1);
}

#[tokio::test]
async fn a_list_of_eleven_minutes_is_read_before_the_answer_and_one_of_five_behind_it() {
    let desk = asked_of().await;
    let list = async || desk.call("list_contacts", json!({ "filter": "name ~ newcomer" })).await;
    let rename = |name: &str| {
        let edit = json!({ "display_name": name });
        assert!(desk.gateway.edit_contact(super::MEI, edit.as_object().unwrap()).unwrap());
    };
    list().await;
    rename("Newcomer One");
    age(&desk, 11);
    let answer = list().await;
    assert!(answer.contains("Newcomer One") && answer.contains("just now"), "{answer}");
    rename("Newcomer Two");
    age(&desk, 5);
    // Whether the reading behind it is quicker than the answer is nobody's promise.
    let answer = list().await;
    assert!(answer.contains("Newcomer"), "{answer}");
    let mut seen = String::new();
    for _ in 0..500 {
        seen = list().await;
        // Rows are kept as they come, and the list is new when all have come.
        if seen.contains("Newcomer Two") && seen.contains("just now") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(seen.contains("Newcomer Two") && seen.contains("just now"), "{seen}");
}
