//! A contact's file as a row.

use super::contact::{id, text};
use super::dates;
use super::unreadable::{Expected, ExpectedField};
use super::view::{Column, Noun};
use crate::model::{ContactFile, Record};

impl Noun for ContactFile {
    const PLURAL: &'static str = "files";
    const COLUMNS: &'static [Column<Self>] = &[
        Column { name: "id", cell: |file, short_ids| id(file.id(), short_ids) },
        // The extension says more than the gateway's type, which is `image` for nearly everything (contract, 5.9).
        Column { name: "type", cell: |file, _| text(file.extension().or_else(|| file.kind()), 30) },
        Column { name: "caption", cell: |file, _| text(file.caption(), 80) },
        Column { name: "at", cell: |file, _| dates::day_cell(file.at()) },
    ];
    const EXTRA: &'static [Column<Self>] = &[
        Column { name: "url", cell: |file, _| text(file.url(), 400) },
        Column { name: "from_id", cell: |file, short_ids| id(file.sender(), short_ids) },
    ];
    const RAW: &'static [&'static str] = &["created_at", "updated_at"];
    const EXPECTED: &'static [ExpectedField] = &[
        ("_id", Expected::Text),
        ("id", Expected::Text),
        ("type", Expected::Text),
        ("created_at", Expected::Text),
        ("content", Expected::TextOrObject),
        ("content.caption", Expected::Text),
        ("content.extension", Expected::Text),
        ("content.url", Expected::Text),
        ("from", Expected::TextOrObject),
    ];

    fn record(&self) -> &Record {
        self.record()
    }
}
