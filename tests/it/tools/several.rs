//! Questions about several contacts in one call.

use serde_json::{Value, json};

use super::{MEI, NOBODY, short_ids, somebody_with};
use crate::harness::{Harness, Wishes};

/// The reading tools that take several contacts, and a contact for whom each has rows.
const TOOLS: [&str; 3] = ["get_contact_conversations", "list_contact_files", "list_contact_comments"];

#[tokio::test]
async fn rows_say_whose_they_are_and_are_those_of_single_calls() {
    let desk = Harness::new().await;
    for tool in TOOLS {
        let (contact, alone) = somebody_with(&desk, tool, 2).await;
        let both = desk.call(tool, json!({ "contact_id": format!("{contact}, {MEI} {contact}") })).await;
        let head = both.lines().find(|line| line.starts_with("contact,") || line.starts_with("id,")).unwrap();
        let of_one = both.contains(&format!("every row: contact={contact}"));
        assert!(head.starts_with("contact,") || of_one, "{tool}: {both}");
        for id in short_ids(&alone) {
            assert!(both.contains(&id), "{tool}: {id} is missing in {both}");
        }
    }
    let both = desk.call("get_contact", json!({ "contact_id": [MEI, &short_ids(&desk.call("list_contacts", json!({ "skip": 20, "limit": 1 })).await)[0]] })).await;
    assert!(both.starts_with("# contacts 1-2 of 2\n") && both.contains("con_66d67483"), "{both}");
}

#[tokio::test]
async fn who_is_unknown_is_named_and_costs_nobody_else() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    for tool in ["get_contact", "get_contact_conversations"] {
        let answer = desk.call(tool, json!({ "contact_id": format!("{NOBODY},{MEI}") })).await;
        assert!(answer.contains("# no such contact: con_00000000"), "{tool}: {answer}");
        let other = NOBODY.replace("con_0", "con_1");
        let refused = desk.fail(tool, json!({ "contact_id": format!("{NOBODY},{other}") })).await;
        assert!(refused.contains("con_"), "{tool}: {refused}");
    }
}

#[tokio::test]
async fn what_goes_with_one_contact_only_is_refused_before_anything_is_sent() {
    let desk = Harness::with(Wishes { contacts: 12, ..Wishes::default() }).await;
    let many: Vec<String> = (0..21).map(|number| NOBODY.replace("con_00", &format!("con_{number:02}"))).collect();
    let two = format!("{MEI},{NOBODY}");
    let cases: [(&str, Value, &str); 4] = [
        ("get_contact", json!({ "contact_id": many.join(",") }), "one call takes 20 at most"),
        ("list_contact_comments", json!({ "contact_id": two, "skip": 20 }), "`skip` goes with one contact"),
        ("get_contact", json!({ "contact_id": "" }), "contact_id"),
        ("get_contact_conversations", json!({ "contact_id": format!("{MEI} ann") }), "ann"),
    ];
    for (tool, arguments, words) in cases {
        let refused = desk.fail(tool, arguments).await;
        assert!(refused.contains(words), "{tool}: {refused}");
    }
    assert!(desk.arrivals().is_empty());
    let refused = desk.fail("list_contact_files", json!({ "contact_id": two, "fields": "*" })).await;
    assert!(refused.contains("`fields=*` goes with one contact"), "{refused}");
}

#[tokio::test]
async fn a_group_of_duplicates_is_read_as_its_members() {
    let desk = Harness::new().await;
    let found = desk.call("find_duplicate_contacts", json!({ "limit": 1 })).await;
    let at = found.find("dup_").expect("a group");
    let group = &found[at..at + 12];
    let members = desk.call("list_contacts", json!({ "filter": format!("group = {group}") })).await;
    let read = desk.call("get_contact", json!({ "contact_id": group })).await;
    let (mut wanted, mut shown) = (short_ids(&members), short_ids(&read));
    wanted.sort();
    shown.sort();
    assert!(wanted.len() > 1 && shown == wanted, "{members}\n{read}");
    let refused = desk.fail("get_contact", json!({ "contact_id": "dup_00000000" })).await;
    assert!(refused.contains("no group"), "{refused}");
}

/// The gateway answers an empty list in all three cases.
#[tokio::test]
async fn no_files_no_conversations_and_no_contact_read_differently() {
    let desk = Harness::new().await;
    let files = async |contact: &str| desk.call("list_contact_files", json!({ "contact_id": contact })).await;
    let (mut without, mut unseen) = (None, None);
    for skip in (10..290).step_by(40) {
        for contact in short_ids(&desk.call("list_contacts", json!({ "limit": 40, "skip": skip })).await) {
            let answer = files(&contact).await;
            if answer.contains("none in the ") {
                without = Some(answer);
            } else if answer.contains("none visible: ") {
                unseen = Some(answer);
            }
        }
        if without.is_some() && unseen.is_some() {
            break;
        }
    }
    let without = without.expect("somebody has conversations without files");
    assert!(without.contains("conversation") && without.ends_with("that this credential sees"), "{without}");
    assert!(unseen.expect("somebody has no conversation").contains("this credential sees no conversation"));
    let refused = desk.fail("list_contact_files", json!({ "contact_id": NOBODY })).await;
    assert!(refused.contains("con_00000000"), "{refused}");
}
