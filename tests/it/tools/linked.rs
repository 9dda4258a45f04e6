//! Contacts that a cleanup has linked are read as one.

use imbrace_contacts_mcp::gateway::operations::GetContactConversations;
use imbrace_contacts_mcp::model::CHANNEL_TYPES;
use serde_json::{Value, json};

use super::find_duplicate_contacts::desk;
use super::{planned, short_ids};
use crate::harness::{Harness, Wishes};

/// A desk on which two contacts of one person are linked; their whole ids.
async fn linked() -> (Harness, Vec<String>) {
    let desk = desk().await;
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(2).map(|json| super::id_in(json)).collect();
    link(&desk).await;
    (desk, ids)
}

/// Links whoever is surely one person.
async fn link(desk: &Harness) {
    desk.call("audit_contacts", json!({})).await;
    let plan = planned(desk, json!({ "merge": "link" })).await;
    desk.confirmed("apply_cleanup", plan).await;
}

#[tokio::test]
async fn a_search_shows_one_of_them_and_says_how_many_belong_to_it() {
    let (desk, ids) = linked().await;
    let found = desk.call("search_contacts", json!({ "query": "wai.ling.cheung" })).await;
    assert!(found.starts_with("# contacts 1-2 of 2\n"), "{found}");
    assert_eq!(short_ids(&found).len(), 1, "{found}");
    assert!(found.contains(": +1 linked (con_") && found.contains("\n# 1 person, 2 entries\n"), "{found}");
    // Every value of every contact is what it says.
    let all = desk.call("search_contacts", json!({ "query": "wai.ling.cheung", "fields": "*" })).await;
    assert!(ids.iter().all(|id| all.contains(&id[..12])), "{all}");
}

#[tokio::test]
async fn pages_go_on_behind_rows_that_are_folded_away() {
    let (desk, _) = linked().await;
    let (mut seen, mut skip, mut pages) = (Vec::new(), 0, 0);
    loop {
        let page = desk.call("list_contacts", json!({ "limit": 7, "skip": skip })).await;
        seen.extend(short_ids(&page));
        pages += 1;
        let Some((_, next)) = page.lines().next().unwrap().split_once("next: skip=") else { break };
        skip = next.trim().parse::<u64>().unwrap();
        assert_eq!(skip, pages * 7, "{page}");
    }
    let distinct: std::collections::HashSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len());
    assert!(seen.len() >= 38, "only linked contacts are folded away: {}", seen.len());
}

#[tokio::test]
async fn conversations_of_all_of_them_are_listed_together() {
    let (desk, ids) = linked().await;
    let mut each = Vec::new();
    for id in &ids {
        each.push(short_ids(&desk.call("get_contact_conversations", json!({ "contact_id": id })).await).len());
    }
    assert!(each[0] > 0 && each[0] == each[1], "the same timeline, whichever is asked for: {each:?}");
    let answer = desk.call("get_contact_conversations", json!({ "contact_id": ids[0] })).await;
    assert!(answer.contains("with those of linked con_"), "{answer}");
}

/// A conversation's time and handle.
type Turn = (String, String);

/// The times and handles of a contact's conversations, as the gateway gives them.
async fn timeline(desk: &Harness, id: &str) -> Vec<Turn> {
    let operation = GetContactConversations {
        contact_id: id.parse().unwrap(),
        channel_types: CHANNEL_TYPES.map(str::to_owned).to_vec(),
    };
    let page = crate::cleanup::client(&desk.gateway).send(&operation).await.unwrap();
    page.rows.iter().map(|row| (row.at().unwrap().to_owned(), row.participant_id().unwrap()[..12].to_owned())).collect()
}

/// Two contacts of one business unit whose conversations took turns; their ids, and their conversations one after the other.
async fn who_took_turns(desk: &Harness) -> ([String; 2], Vec<Turn>) {
    let mut seen: Vec<(String, Value, Vec<Turn>)> = Vec::new();
    for document in desk.gateway.contacts_json().unwrap() {
        let (id, contact) = (super::id_in(&document), serde_json::from_str::<Value>(&document).unwrap());
        let (own, unit) = (timeline(desk, &id).await, contact["business_unit_id"].clone());
        for (other, _, others) in seen.iter().filter(|(_, theirs, _)| *theirs == unit) {
            let all = [own.clone(), others.clone()].concat();
            let is_mixed = |rows: &[Turn]| !rows.is_sorted_by(|one, next| one.0 > next.0);
            if is_mixed(&all) && is_mixed(&[others.clone(), own.clone()].concat()) {
                return ([id, other.clone()], all);
            }
        }
        seen.push((id, unit, own));
    }
    panic!("nobody's conversations took turns");
}

#[tokio::test]
async fn conversations_of_all_of_them_are_one_timeline() {
    let desk = Harness::with(Wishes { contacts: 120, ..Wishes::default() }).await;
    let (ids, mut rows) = who_took_turns(&desk).await;
    for id in &ids {
        let fields = json!({
            "display_name": "Wai Ling Cheung", "first_name": "", "last_name": "", "email": "wai.ling.cheung@example.com",
            "area_code": "852", "phone_number": "61234567", "birthday": "1988-02-11",
        });
        assert!(desk.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
    }
    link(&desk).await;
    rows.sort_by(|one, next| next.0.cmp(&one.0));
    let expected: Vec<&str> = rows.iter().map(|row| &*row.1).collect();
    for id in &ids {
        let answer = desk.call("get_contact_conversations", json!({ "contact_id": id })).await;
        assert_eq!(short_ids(&answer), expected, "{answer}");
        let rest = desk.call("get_contact_conversations", json!({ "contact_id": id, "skip": 1 })).await;
        assert!(rest.starts_with(&format!("# conversations 2-{0} of {0}\n", expected.len())), "{rest}");
        assert_eq!(short_ids(&rest), expected[1..], "{rest}");
    }
}

#[tokio::test]
async fn a_linked_contact_that_was_deleted_keeps_nobody_from_reading_the_other() {
    let (desk, ids) = linked().await;
    assert!(desk.gateway.delete_contact(&ids[1]).unwrap());
    let answer = desk.call("get_contact_conversations", json!({ "contact_id": ids[0] })).await;
    assert!(!short_ids(&answer).is_empty(), "{answer}");
    assert!(answer.contains(&format!("\n# no longer there: linked {}\n", &ids[1][..12])), "{answer}");
    assert!(!answer.contains("with those of"), "{answer}");
    let gone = desk.fail("get_contact_conversations", json!({ "contact_id": ids[1] })).await;
    assert!(gone.starts_with(&format!("No {} at the gateway", &ids[1][..12])), "{gone}");
}

#[tokio::test]
async fn a_linked_contact_that_the_gateway_does_not_give_out_now_leaves_no_hole() {
    let (desk, ids) = linked().await;
    desk.gateway.set_faults("get_contact_conversations:500,after=1".parse().unwrap());
    let failed = desk.fail("get_contact_conversations", json!({ "contact_id": ids[0] })).await;
    assert!(failed.contains("500"), "{failed}");
}

#[tokio::test]
async fn a_contact_names_those_who_are_the_same_person() {
    let (desk, ids) = linked().await;
    let card = desk.call("get_contact", json!({ "contact_id": ids[0] })).await;
    assert!(card.ends_with(&format!("\nlinked: {}", &ids[1][..12])), "{card}");
    let alone = super::id_in(&desk.gateway.contacts_json().unwrap()[2]);
    let card = desk.call("get_contact", json!({ "contact_id": alone })).await;
    assert!(!card.contains("linked"), "{card}");
}

#[tokio::test]
async fn an_update_says_who_else_is_the_same_person() {
    let (desk, ids) = linked().await;
    let done = desk.call("update_contact", json!({ "contact_id": ids[0], "set": { "remark": "x" } })).await;
    assert!(done.contains(&format!("linked, not changed: {}", &ids[1][..12])), "{done}");
    let other = desk.gateway.contact_json(&ids[1]).unwrap().unwrap();
    assert!(!other.contains("\"remark\":\"x\""), "{other}");
}

#[tokio::test]
async fn a_plan_that_only_links_says_what_it_linked_and_who_stays_so() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let plan = planned(&desk, json!({ "merge": "link" })).await;
    let id = plan["plan"].as_str().unwrap().to_owned();
    let done = desk.confirmed("apply_cleanup", plan).await;
    assert_eq!(done, format!("1 group linked here, nothing written\nback: undo_cleanup plan={id}"));
    let contact = super::id_in(&desk.gateway.contacts_json().unwrap()[0]);
    let partial = json!({ "plan": id, "contacts": contact, "dry_run": false });
    let said = desk.call("undo_cleanup", partial).await;
    assert_eq!(said, "1 group stays linked: name `group`, or undo the whole plan, to unlink");
    let card = desk.call("get_contact", json!({ "contact_id": contact })).await;
    assert!(card.contains("linked: con_"), "{card}");
    assert_eq!(desk.call("undo_cleanup", json!({ "plan": id })).await, "1 group would be unlinked here");
    let group = super::short_ids(&desk.call("find_duplicate_contacts", json!({})).await)[0].clone();
    let one = json!({ "plan": id, "group": group });
    assert_eq!(desk.call("undo_cleanup", one).await, "1 group would be unlinked here");
    let other = json!({ "plan": id, "group": "dup_00000000", "dry_run": false });
    let refused = desk.fail("undo_cleanup", other).await;
    assert_eq!(refused, format!("The plan {id} has no group `dup_00000000`; it has {group}."));
    let undone = desk.call("undo_cleanup", json!({ "plan": id, "dry_run": false })).await;
    assert_eq!(undone, "1 group unlinked here");
    let card = desk.call("get_contact", json!({ "contact_id": contact })).await;
    assert!(!card.contains("linked"), "{card}");
}

#[tokio::test]
async fn one_plan_links_and_fills_and_a_text_with_commas_is_a_list() {
    let desk = desk().await;
    desk.call("audit_contacts", json!({})).await;
    let ids: Vec<String> =
        desk.gateway.contacts_json().unwrap().iter().take(2).map(|text| super::id_in(text)).collect();
    let groups = desk.call("find_duplicate_contacts", json!({})).await;
    let survivor = groups[groups.find("con_").unwrap()..][..12].to_owned();
    for id in &ids {
        // The one that says most survives.
        let fields = if id.starts_with(&survivor) {
            json!({ "position": "", "title": "Ms", "location": "Kowloon", "company_name": "Example Ltd" })
        } else {
            json!({ "position": "Buyer", "title": "", "location": "", "company_name": "" })
        };
        assert!(desk.gateway.edit_contact(id, fields.as_object().unwrap()).unwrap());
    }
    desk.call("audit_contacts", json!({})).await;
    for merge in [json!(["link", "fill"]), json!("link,fill")] {
        let shown = desk.call("plan_cleanup", json!({ "merge": merge })).await;
        assert!(shown.contains("change") && shown.contains("1 group to link here"), "{shown}");
    }
    let plan = planned(&desk, json!({ "merge": ["fill", "link"] })).await;
    let id = plan["plan"].as_str().unwrap().to_owned();
    let asked = desk.call("apply_cleanup", plan.clone()).await;
    assert!(asked.contains("1 group") && asked.contains("link"), "the question counts links as well: {asked}");
    let done = desk.confirmed("apply_cleanup", plan).await;
    assert!(done.contains("1 group linked"), "{done}");
    let steps = desk.call("show_cleanup", json!({ "plan": id, "status": "written" })).await;
    assert!(steps.contains("\nposition,") && steps.contains("\nlink,"), "{steps}");
    let undone = desk.confirmed("undo_cleanup", json!({ "plan": id, "kind": "link", "dry_run": false })).await;
    assert_eq!(undone, "1 group unlinked here");
    assert!(desk.call("show_cleanup", json!({ "plan": id, "status": "written" })).await.contains("position"));
}

#[tokio::test]
async fn a_state_that_cannot_be_read_does_not_keep_anybody_from_reading() {
    let (desk, ids) = linked().await;
    let another = damaged(&desk).await;
    let found = another.call("search_contacts", json!({ "query": "wai.ling.cheung" })).await;
    assert_eq!(short_ids(&found).len(), ids.len(), "{found}");
}

/// A new desk over the same gateway's data whose state file is damaged.
async fn damaged(desk: &Harness) -> Harness {
    let fresh = super::find_duplicate_contacts::desk().await;
    for entry in std::fs::read_dir(desk.state.path().join("state")).unwrap() {
        let name = entry.unwrap().file_name();
        if name.to_string_lossy().ends_with(".sqlite") {
            let folder = fresh.state.path().join("state");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(name), "this is no database, and it is longer than a header would be, or so")
                .unwrap();
        }
    }
    fresh
}
