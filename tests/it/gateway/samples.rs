//! Ids and operations that the tests use.

use imbrace_contacts_mcp::gateway::UploadBody;
use imbrace_contacts_mcp::gateway::operations::{
    DismissNotifications, GetContactComment, GetContactConversations, ListContacts, UpdateContact, UploadContactFile,
};
use imbrace_contacts_mcp::model::ContactId;
use serde_json::{Value, json};

pub(crate) fn contact_id() -> ContactId {
    "con_11111111-2222-4333-8444-555555555501".parse().unwrap()
}

pub(crate) fn list_contacts() -> ListContacts {
    ListContacts { limit: 10, skip: 0, sort: None }
}

pub(crate) fn conversations(channels: &[&str]) -> GetContactConversations {
    let channel_types = channels.iter().map(ToString::to_string).collect();
    GetContactConversations { contact_id: contact_id(), channel_types }
}

pub(crate) fn comment() -> GetContactComment {
    let comment_id = "cmc_11111111-2222-4333-8444-555555555901".parse().unwrap();
    GetContactComment { contact_id: contact_id(), comment_id }
}

pub(crate) fn update(changes: Value) -> UpdateContact {
    UpdateContact { contact_id: contact_id(), changes: changes.as_object().unwrap().clone() }
}

pub(crate) fn dismiss(ids: &[&str]) -> DismissNotifications {
    DismissNotifications { ids: ids.iter().map(|id| id.parse().unwrap()).collect() }
}

pub(crate) fn upload(file_name: &str) -> UploadContactFile {
    let content = bytes::Bytes::from_static(b"\x89PNG synthetic");
    UploadContactFile {
        file: UploadBody {
            file_name: file_name.to_owned(),
            media_type: "image/png".to_owned(),
            content,
            watcher: None,
        },
    }
}

/// A contact as section 5.1 of the contract has it.
pub(crate) fn contact(number: usize) -> Value {
    json!({
        "object_name": "contact", "id": format!("con_11111111-2222-4333-8444-5555555555{number:02}"),
        "channel_type": "whatsapp", "display_name": "Mei Chan", "first_name": "Mei", "last_name": "Chan",
        "area_code": "852", "phone_number": "55500101", "email": "mei@example.com", "remark": "",
        "last_seen": "", "created_at": "2026-01-01T00:00:00.000Z", "updated_at": null, "additional_params": {}
    })
}

/// Ten of them.
pub(crate) fn ten_contacts() -> Vec<Value> {
    (1..=10).map(contact).collect()
}

/// The page of the first ten of twenty-five.
pub(crate) fn page() -> Value {
    json!({ "object_name": "list", "data": ten_contacts(), "nested": {}, "has_more": true, "count": 25, "total": 10 })
}
