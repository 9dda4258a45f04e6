//! A contact as a row, and as a card.

use super::lossless::Lossless;
use super::table::{Cell, bare};
use super::unreadable::{Expected, ExpectedField, unreadable};
use super::untrusted::clipped;
use super::view::{Column, Noun, TEXT, raw_cell};
use super::{Reply, dates};
use crate::ids::ShortIds;
use crate::model::{Contact, Record};

impl Noun for Contact {
    const PLURAL: &'static str = "contacts";
    const COLUMNS: &'static [Column<Self>] = &[
        Column { name: "id", cell: |contact, short_ids| id(contact.id(), short_ids) },
        Column { name: "name", cell: |contact, _| text(contact.name().as_deref(), 60) },
        Column { name: "channel", cell: |contact, _| text(contact.channel(), 20) },
        Column { name: "last_seen", cell: |contact, _| Cell::maybe(contact.last_seen().map(dates::day)) },
        Column { name: "phone", cell: |contact, _| Cell::maybe(contact.phone().map(|phone| clipped(&phone, 30))) },
        Column { name: "email", cell: |contact, _| text(contact.email(), 60) },
        Column { name: "company", cell: |contact, _| text(contact.record().text("company_name"), 40) },
    ];
    const EXTRA: &'static [Column<Self>] = &[Column {
        name: "created",
        cell: |contact, _| Cell::maybe(contact.record().text("created_at").map(dates::day)),
    }];
    const RAW: &'static [&'static str] = &[
        "first_name",
        "last_name",
        "gender",
        "area_code",
        "phone_number",
        "language",
        "remark",
        "time_zone",
        "title",
        "birthday",
        "location",
        "position",
        "created_at",
        "updated_at",
        "avatar_url",
        "odooContactID",
        "whatsapp_id",
        "facebook_id",
        "messenger_id",
        "wechat_id",
        "line_id",
        "instagram_id",
        "business_unit_id",
        "channel_id",
        "organization_id",
        "additional_params",
        "board_id",
        "board_item_id",
        "provider_user_id",
    ];
    const EXPECTED: &'static [ExpectedField] = &[
        ("id", Expected::Text),
        ("public_id", Expected::Text),
        ("_id", Expected::Text),
        ("display_name", Expected::Text),
        ("first_name", Expected::Text),
        ("last_name", Expected::Text),
        ("channel_type", Expected::Text),
        ("last_seen", Expected::Text),
        ("area_code", Expected::Text),
        ("phone_number", Expected::Text),
        ("email", Expected::Text),
        ("company_name", Expected::Text),
        ("created_at", Expected::Text),
    ];

    fn record(&self) -> &Record {
        self.record()
    }
}

/// One contact whole, value for value.
pub fn contact_whole(contact: &Contact) -> Reply {
    let notes = unreadable(contact.record(), <Contact as Noun>::EXPECTED).into_iter().collect();
    Reply::Lossless(Lossless { notes, ..Lossless::one(contact.record().clone()) })
}

/// Fields that a card leaves out: the same in every contact of an organisation, or said in another line.
const LEFT_OUT: [&str; 12] = [
    "object_name",
    "doc_name",
    "id",
    "_id",
    "public_id",
    "organization_id",
    "business_unit_id",
    "channel_id",
    "channel_type",
    "display_name",
    "area_code",
    "phone_number",
];

/// One contact as `key: value` lines, empty fields left out.
pub fn contact_card(contact: &Contact, short_ids: &ShortIds) -> Reply {
    let mut lines = vec![
        ("id".to_owned(), id(contact.id(), short_ids)),
        ("name".to_owned(), text(contact.name().as_deref(), TEXT)),
        ("channel".to_owned(), text(contact.channel(), 20)),
        ("phone".to_owned(), text(contact.phone().as_deref(), 40)),
    ];
    for (name, value) in contact.record().fields().filter(|(name, _)| !LEFT_OUT.contains(name)) {
        let cell = match value.as_str() {
            // The one field that people write prose into.
            Some(remark) if name == "remark" => Cell::text(clipped(remark, 1_000)),
            _ => raw_cell(Some(value), short_ids),
        };
        lines.push((bare(&clipped(name, 40)).into_owned(), cell));
    }
    let note = unreadable(contact.record(), <Contact as Noun>::EXPECTED);
    // A value says its own name.
    lines.extend(note.map(|note| ("unreadable".to_owned(), Cell::text(note.trim_start_matches("unreadable: ")))));
    lines.retain(|(_, cell)| !cell.is_empty());
    Reply::Card(lines)
}

pub(super) fn id(id: Option<&str>, short_ids: &ShortIds) -> Cell {
    Cell::maybe(id.map(|id| clipped(&short_ids.show(id), 80)))
}

pub(super) fn text(text: Option<&str>, most: usize) -> Cell {
    Cell::maybe(text.map(|text| clipped(text, most)))
}
