//! Pages of made-up contacts as the gateway's contract has them: all 33 fields, some 720 bytes a row.

use imbrace_contacts_mcp::model::CONTACT_FIELDS;
use serde_json::json;

/// How many contacts there are; pages beyond them begin anew, so that ids come again as they do in a real day.
pub(crate) const CONTACTS: u64 = 65_680;

/// The marker that stands where a row's first eight hex digits go.
const MARK: &str = "XXXXXXXX";

/// A page of one length, of which only the ids are still to be written.
pub(crate) struct Page {
    body: Vec<u8>,
    /// Where in the body each row's digits begin.
    places: Vec<usize>,
}

impl Page {
    /// The page with this many rows.
    pub(crate) fn of(rows: u64) -> Self {
        let data: Vec<_> = (0..rows).map(row).collect();
        let data = data.join(",");
        let end = format!("\"nested\":{{}},\"has_more\":true,\"count\":{CONTACTS},\"total\":{rows}");
        let text = format!("{{\"object_name\":\"list\",\"data\":[{data}],{end}}}");
        let places = text.match_indices(MARK).map(|(place, _)| place).collect();
        Self { body: text.into_bytes(), places }
    }

    /// The body of the answer for the rows after `skip`.
    pub(crate) fn after(&self, skip: u64) -> Vec<u8> {
        let mut body = self.body.clone();
        for (row, place) in (skip..).zip(&self.places) {
            // Multiplication by an odd number spreads neighbours and keeps different ones different.
            let digits = ((row % CONTACTS) as u32).wrapping_mul(0x9E37_79B1);
            body[*place..*place + MARK.len()].copy_from_slice(format!("{digits:08x}").as_bytes());
        }
        body
    }
}

/// One contact, its fields in the gateway's order.
fn row(number: u64) -> String {
    let has = |every: u64, text: String| if number.is_multiple_of(every) { text } else { String::new() };
    let channel = ["web", "whatsapp", "line"][number as usize % 3];
    let values = json!({
        "object_name": "contact", "id": format!("con_{MARK}-8982-43d6-acbe-139568688add"),
        "organization_id": "org_example", "business_unit_id": "bu_example_support",
        "channel_id": "ch_2592e13f-c43f-48a2-a416-a7bb12a5caec",
        "channel_type": channel,
        "display_name": format!("Ann Example {number}"), "avatar_url": "", "first_name": "Ann",
        "last_name": format!("Example {number}"), "gender": "", "area_code": has(2, "852".to_owned()),
        "phone_number": has(2, format!("5550{number:04}")), "language": "en",
        "email": has(3, format!("ann.{number}@example.com")), "remark": "", "time_zone": "Asia/Saigon",
        "last_seen": format!("2025-10-15T10:07:{:02}.066Z", number % 60),
        "created_at": format!("2025-10-15T09:06:{:02}.630Z", number % 60), "updated_at": null, "odooContactID": "",
        "title": "", "birthday": "", "location": "", "company_name": has(4, "Example Trading".to_owned()),
        "position": "", "whatsapp_id": "", "facebook_id": "", "messenger_id": "", "wechat_id": "", "line_id": "",
        "instagram_id": "", "additional_params": {}
    });
    let fields = CONTACT_FIELDS.map(|name| format!("\"{name}\":{}", values[name]));
    format!("{{{}}}", fields.join(","))
}
