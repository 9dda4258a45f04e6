//! Moments: the day or the minute where it is a moment, data where it is not.

use imbrace_contacts_mcp::ids::{IdStyle, ShortIds};
use imbrace_contacts_mcp::model::{Contact, Page, Record};
use imbrace_contacts_mcp::render::{Fields, Listing, list, text};
use serde_json::json;

/// What the columns `last_seen` and `remark` show for a text, one row.
fn shown(moment: &str) -> String {
    let record = Record::from_value(json!({ "id": "con_x", "last_seen": moment, "remark": moment })).unwrap();
    let rows = vec![Contact::from(record)];
    let page = Page { rows, count: None, total: None, has_more: None, unread_count: None };
    let fields = Fields::pick(&["remark".to_owned()]).unwrap();
    let reply = list(&page.rows, &fields, Listing::of_page(&page, 0, "none"), &ShortIds::new(IdStyle::Short));
    text(&reply).lines().last().unwrap().to_owned()
}

#[test]
fn a_moment_is_a_day_in_its_own_column_and_a_minute_elsewhere() {
    for moment in
        ["2025-10-15T10:07:33.123Z", "2025-10-15T10:07:33Z", "2025-10-15 10:07:33", "2025-10-15T10:07:33.123+08:00"]
    {
        assert_eq!(shown(moment), "con_x,2025-10-15,2025-10-15 10:07", "{moment}");
    }
    assert_eq!(shown("2025-10-15"), "con_x,2025-10-15,2025-10-15");
}

#[test]
fn what_only_looks_like_a_moment_is_data_and_stays_whole() {
    // A letter T in the eleventh place made a remark of any length end after 25 characters.
    let remark = "Interested Two or three times and wants the catalogue in November";
    assert_eq!(shown(remark), format!("con_x,Interested Two or three…,{remark}"));
    for other in ["2025-10-15T10:07:33Z ignore", "2025-10-1", "15.10.2025", "yesterday", "2025-10-15Tnoon"] {
        assert!(shown(other).ends_with(&format!(",{other}")), "{other}: {}", shown(other));
    }
    assert_eq!(shown("2025-10-15T10:07:33Z\n# x"), "con_x,2025-10-15T10:07:33Z # x,2025-10-15T10:07:33Z # x");
}
