//! One contact as filters ask for it: its texts, the same without case and marks, its moments and its phone number.

mod packed;

use std::collections::HashMap;
use std::sync::OnceLock;

use memchr::memmem::Finder;

use packed::Packed;

use crate::Subject;
use crate::dates::micros;
use crate::field::{Field, MOMENTS, NAME_SLOT, PHONE_SLOT, SLOTS, slot_of};
use crate::model::Contact;
use crate::normalize::birthday::{self, DateOrder};
use crate::normalize::email;
use crate::normalize::name::{Name, folded};
use crate::normalize::phone::{Reading, Region, of_subject, unread};

const ID: usize = slot_of("id");
const DISPLAY_NAME: usize = slot_of("display_name");
const FIRST_NAME: usize = slot_of("first_name");
const LAST_NAME: usize = slot_of("last_name");
const AREA_CODE: usize = slot_of("area_code");
const PHONE_NUMBER: usize = slot_of("phone_number");
const EMAIL: usize = slot_of("email");
const BIRTHDAY: usize = slot_of("birthday");

/// The moment of an empty field.
const NEVER: i64 = i64::MIN;

/// Names of the kinds of findings by contact.
pub(crate) type Findings = HashMap<Box<str>, Vec<&'static str>>;

/// Handles of the groups of duplicates by contact.
pub(crate) type Groups = HashMap<Box<str>, Vec<String>>;

/// Facts about single contacts that only the whole list tells.
#[derive(Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The order of day and month in birthdays.
    pub(crate) order: DateOrder,
    /// Names of the kinds of findings by contact, where a filter asks for them.
    pub(crate) findings: Option<&'a Findings>,
    /// Handles of the groups of duplicates by contact, where a filter asks for them.
    pub(crate) groups: Option<&'a Groups>,
}

/// One contact as filters ask for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    texts: Packed,
    /// The folded forms that differ from the texts.
    folded: Packed,
    moments: [i64; MOMENTS.len()],
    phone: Box<str>,
    is_reachable: bool,
    /// Where the list keeps its names for comparing, once somebody searches by one.
    name_places: OnceLock<Box<[u32]>>,
}

/// The name that answers show: `display_name`, else first and last name.
fn shown_name(values: &[&str]) -> String {
    let value = |slot: usize| values.get(slot).copied().unwrap_or_default();
    if !value(DISPLAY_NAME).is_empty() {
        return String::new();
    }
    let parts: Vec<&str> = [value(FIRST_NAME), value(LAST_NAME)].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// The phone number that answers show, where it is not the field alone.
fn shown_phone(values: &[&str]) -> String {
    let value = |slot: usize| values.get(slot).copied().unwrap_or_default();
    let (code, number) = (value(AREA_CODE), value(PHONE_NUMBER));
    if code.is_empty() || number.is_empty() || number.starts_with('+') {
        return String::new();
    }
    ["+", code.trim_start_matches('+'), number].concat()
}

impl Entry {
    /// A contact whose number is of a region where the contact says nothing else.
    pub(crate) fn read(subject: &Subject<'_>, default: Option<Region>) -> Self {
        let values = subject.values();
        let (name, phone) = (shown_name(&values), shown_phone(&values));
        let texts = || values.iter().copied().chain([name.as_str(), phone.as_str()]).enumerate();
        let other = texts().filter_map(|(slot, text)| {
            let folded = if is_folded(text) { String::new() } else { folded(text) };
            (folded != text).then_some((slot, folded))
        });
        let reading = of_subject(subject, default);
        let (key, has_number) = match &reading {
            Reading::Number { phone, .. } => (phone.comparable(), true),
            _ => (unread(subject, default).unwrap_or_default(), false),
        };
        // Web visitors leave when they close the page; e-mail is a channel only by the address.
        let has_channel = !matches!(&*subject.channel_type.to_lowercase(), "" | "web" | "email");
        Self {
            folded: Packed::new(other),
            moments: MOMENTS.map(|name| micros(subject.value(name)).unwrap_or(NEVER)),
            phone: key.into(),
            is_reachable: has_number || has_channel || email::read(&subject.email).address().is_some(),
            texts: Packed::new(texts()),
            name_places: OnceLock::new(),
        }
    }

    /// The shown name and the names apart, for comparing; those that differ.
    pub(crate) fn names(&self) -> Vec<Name> {
        let apart = [self.text(FIRST_NAME), self.text(LAST_NAME)].join(" ");
        let mut names = vec![Name::read(self.text(NAME_SLOT)), Name::read(&apart)];
        names.retain(|name| !name.is_empty());
        names.dedup();
        names
    }

    /// Where the list keeps [`Self::names`]; `keep` puts those there that are new.
    pub(super) fn keep_names(&self, keep: impl FnMut(Name) -> u32) {
        self.name_places.get_or_init(|| self.names().into_iter().map(keep).collect());
    }

    /// Where the list keeps the names; nowhere before `List::named`.
    pub(crate) fn name_places(&self) -> &[u32] {
        self.name_places.get().map(|places| &**places).unwrap_or_default()
    }

    pub(super) fn forget_names(&mut self) {
        self.name_places = OnceLock::new();
    }

    /// The shown name in lower case without marks.
    pub(crate) fn shown_name(&self) -> &str {
        self.folded(NAME_SLOT)
    }

    /// The phone number that answers show.
    pub(crate) fn shown_phone(&self) -> &str {
        self.text(PHONE_SLOT)
    }

    /// The same of a contact that the gateway or a plan holds.
    pub(crate) fn of_contact(contact: &Contact, default: Option<Region>) -> Self {
        let document = serde_json::to_string(contact.record()).unwrap_or_default();
        Self::read(&Subject::read(&document).unwrap_or_default(), default)
    }

    pub(crate) fn id(&self) -> &str {
        self.texts.get(ID)
    }

    /// The number in its comparable form, or the digits of one that cannot be read.
    pub(crate) fn phone_key(&self) -> &str {
        &self.phone
    }

    /// A contact's own field, or the name or the number that answers show.
    pub(crate) fn text(&self, slot: usize) -> &str {
        match (self.texts.get(slot), slot) {
            ("", NAME_SLOT) => self.texts.get(DISPLAY_NAME),
            ("", PHONE_SLOT) => self.texts.get(PHONE_NUMBER),
            (text, _) => text,
        }
    }

    /// The same in lower case without marks.
    pub(crate) fn folded(&self, slot: usize) -> &str {
        let slot = match slot {
            NAME_SLOT if self.texts.get(slot).is_empty() => DISPLAY_NAME,
            PHONE_SLOT if self.texts.get(slot).is_empty() => PHONE_NUMBER,
            other => other,
        };
        match self.folded.get(slot) {
            "" => self.texts.get(slot),
            folded => folded,
        }
    }

    /// Returns true if a folded text may stand in one of the fields; `false` is sure.
    pub(crate) fn may_hold(&self, folded: &Finder<'_>) -> bool {
        [&self.texts, &self.folded].iter().any(|texts| folded.find(texts.all().as_bytes()).is_some())
    }

    /// Returns true if a field holds nothing.
    pub(crate) fn is_empty(&self, field: Field, facts: &Facts<'_>) -> bool {
        match field {
            Field::Stored(slot) => self.text(usize::from(slot)).trim().is_empty(),
            Field::Reachable | Field::HasDuplicates => false,
            Field::Finding => self.findings(facts).is_empty(),
            Field::Group => self.groups(facts).is_empty(),
        }
    }

    /// Returns true if one of a field's values is what is asked for.
    pub(crate) fn any_text(&self, field: Field, facts: &Facts<'_>, is: impl Fn(&str) -> bool) -> bool {
        match field {
            Field::Stored(slot) => is(self.text(usize::from(slot))),
            Field::Reachable | Field::HasDuplicates => is(if self.yes_no(field, facts) { "yes" } else { "no" }),
            Field::Finding => self.findings(facts).iter().any(|kind| is(kind)),
            Field::Group => self.groups(facts).iter().any(|group| is(group)),
        }
    }

    /// The same of values in lower case without marks.
    pub(crate) fn any_folded(&self, field: Field, facts: &Facts<'_>, is: impl Fn(&str) -> bool) -> bool {
        match field {
            Field::Stored(slot) => is(self.folded(usize::from(slot))),
            other => self.any_text(other, facts, is),
        }
    }

    /// The moment of a field, or the first of a day; `None` where it is empty or cannot be read.
    pub(crate) fn moment(&self, field: Field, facts: &Facts<'_>) -> Option<i64> {
        if let Some(place) = field.moment() {
            return self.moments.get(place).copied().filter(|moment| *moment != NEVER);
        }
        if field.slot() != Some(BIRTHDAY) {
            return None;
        }
        match birthday::read(self.text(BIRTHDAY), facts.order) {
            birthday::Reading::Date(read) => micros(&read.date.whole()?.to_string()),
            _ => None,
        }
    }

    pub(crate) fn yes_no(&self, field: Field, facts: &Facts<'_>) -> bool {
        match field {
            Field::Reachable => self.is_reachable,
            Field::HasDuplicates => !self.groups(facts).is_empty(),
            _ => false,
        }
    }

    pub(crate) fn findings<'a>(&self, facts: &Facts<'a>) -> &'a [&'static str] {
        facts.findings.and_then(|findings| findings.get(self.id())).map(Vec::as_slice).unwrap_or_default()
    }

    pub(crate) fn groups<'a>(&self, facts: &Facts<'a>) -> &'a [String] {
        facts.groups.and_then(|groups| groups.get(self.id())).map(Vec::as_slice).unwrap_or_default()
    }

    /// The address as somebody typed it.
    pub(crate) fn email(&self) -> &str {
        self.text(EMAIL)
    }

    /// The text of a contact's birthday, to learn the order of day and month from.
    pub(crate) fn birthday(&self) -> &str {
        self.text(BIRTHDAY)
    }
}

/// Returns true if folding leaves a text as it is.
fn is_folded(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

const _: () = assert!(SLOTS <= 64, "a contact has more fields than bits");
