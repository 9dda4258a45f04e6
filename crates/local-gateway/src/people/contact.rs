//! One invented contact: a person, seen through one channel, as messily as real lists see people.

use serde_json::{Map, Value};

use super::habits::Habit;
use super::person::Person;
use super::{BUSINESS_UNIT_ID, ORGANIZATION_ID, SeededRng, noise, time};
use crate::json::Object;
use crate::model::CONTACT_FIELDS;

/// A contact before it is written down: only the fields that are set.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contact {
    fields: Vec<(&'static str, String)>,
}

impl Contact {
    /// Sets a field.
    pub(crate) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        match self.fields.iter_mut().find(|(field, _)| *field == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name, value)),
        }
    }

    /// A field's text; empty when it is not set.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| *field == name).map_or("", |(_, value)| value)
    }

    /// Nobody known yet, who came by the web site at this moment.
    pub(crate) fn just_come() -> Self {
        let mut contact = Self::default();
        contact.set("id", format!("con_{}", uuid::Uuid::new_v4()));
        contact.set("channel_type", "web");
        contact.set("created_at", time::text(jiff::Timestamp::now().as_millisecond()));
        contact
    }

    /// Its id and its document with these fields instead of its own; fields that are no contact's come last.
    pub(crate) fn with(&self, fields: &Map<String, Value>) -> (String, String) {
        let mut document: Map<String, Value> = serde_json::from_str(&self.document()).unwrap_or_default();
        document.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        let id = document.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let known = CONTACT_FIELDS.iter().filter_map(|name| document.remove_entry(*name)).collect::<Vec<_>>();
        let written = known.iter().fold(Object::new(), |object, (name, value)| object.with(name, value));
        (id, document.iter().fold(written, |object, (name, value)| object.with(name, value)).end())
    }

    /// The contact as the gateway writes it: every field, in the document's order.
    pub(crate) fn document(&self) -> String {
        let document = CONTACT_FIELDS.iter().fold(Object::new(), |document, name| match *name {
            "object_name" => document.text(name, "contact"),
            "organization_id" => document.text(name, ORGANIZATION_ID),
            "business_unit_id" => document.text(name, BUSINESS_UNIT_ID),
            "updated_at" => document.with(name, &Some(self.text(name)).filter(|text| !text.is_empty())),
            "additional_params" => document.raw(name, "{}"),
            _ => document.text(name, self.text(name)),
        });
        document.end()
    }
}

/// Makes the contact of a number. Numbers count back in time.
pub(super) fn invent(seed: u64, index: u64) -> Contact {
    let mut seeded_rng = SeededRng::of(seed, index);
    let mut person = Person::behind(seed, index);
    let mut habit = Habit::of(seed, index);
    if let Some((habit, throws)) = &mut habit {
        habit.change_person(throws, seed, index, &mut person);
    }
    let channel = seeded_rng.pick(&person.country.channels);
    let mut contact = Contact::default();
    contact.set("id", seeded_rng.id("con"));
    contact.set("channel_type", channel);
    contact.set("channel_id", channel_id(&mut seeded_rng, channel));
    contact.set("language", seeded_rng.pick(&person.country.languages));
    contact.set("time_zone", person.zone);
    moments(&mut contact, &mut seeded_rng, index);
    // Web visitors mostly never say who they are; with them about a third of the list is anonymous.
    let anonymous = channel == "web" && seeded_rng.percent(90) || seeded_rng.percent(6);
    if anonymous {
        let code = if seeded_rng.percent(70) { "UNK" } else { person.country.code };
        contact.set("display_name", format!("{code}#{}{}", seeded_rng.capitals(2), seeded_rng.digits(4)));
    } else {
        name(&mut contact, &mut seeded_rng, &person);
        reach(&mut contact, &mut seeded_rng, &person);
        details(&mut contact, &mut seeded_rng, &person);
        if let Some((habit, throws)) = &mut habit {
            habit.change_contact(throws, index, &person, &mut contact);
        }
    }
    account(&mut contact, &person);
    contact
}

/// When it came, when it was last seen, and when it was changed, if ever.
fn moments(contact: &mut Contact, seeded_rng: &mut SeededRng, index: u64) {
    let spacing = 20 * time::MINUTE;
    let created = time::BEFORE_DOCUMENT - index.cast_signed() * spacing - seeded_rng.between(0, spacing - 1);
    let stay = if seeded_rng.percent(70) { 90 * time::MINUTE } else { 200 * time::DAY };
    let seen = (created + seeded_rng.between(1_000, stay)).min(time::NOW);
    contact.set("created_at", time::text(created));
    contact.set("last_seen", if seeded_rng.percent(4) { String::new() } else { time::text(seen) });
    if seeded_rng.percent(18) {
        contact.set("updated_at", time::text(seeded_rng.between(created, time::NOW)));
    }
}

/// The names, in the fields for them and as shown.
fn name(contact: &mut Contact, seeded_rng: &mut SeededRng, person: &Person) {
    if seeded_rng.percent(4) {
        let placeholder = noise::placeholder(seeded_rng);
        contact.set("display_name", placeholder);
        contact.set("first_name", placeholder);
        return;
    }
    let (first, last) = noise::names(seeded_rng, person);
    let handle = contact.text("channel_type") == "instagram" && seeded_rng.percent(50);
    let shown = if handle {
        person.email.split('@').next().unwrap_or_default().to_owned()
    } else if person.country.family_first && first.is_ascii() == last.is_ascii() {
        // Scripts without spaces between words have none between names.
        let separator = if first.chars().all(|letter| ('\u{3040}'..'\u{a000}').contains(&letter)) { "" } else { " " };
        format!("{last}{separator}{first}")
    } else {
        format!("{first} {last}")
    };
    contact.set("display_name", shown);
    if seeded_rng.percent(92) {
        contact.set("first_name", first);
        contact.set("last_name", last);
    }
}

/// Number and address; each channel brings one of them or none, forms and colleagues add the rest.
fn reach(contact: &mut Contact, seeded_rng: &mut SeededRng, person: &Person) {
    let (phone, email) = match contact.text("channel_type") {
        "whatsapp" => (97, 20),
        "email" => (25, 99),
        "web" => (55, 75),
        _ => (30, 25),
    };
    if seeded_rng.percent(phone) {
        let (code, number) = noise::phone(seeded_rng, person);
        contact.set("area_code", code);
        contact.set("phone_number", number);
    }
    if seeded_rng.percent(email) {
        contact.set("email", noise::email(seeded_rng, person));
    }
}

/// What colleagues and forms add now and then.
fn details(contact: &mut Contact, seeded_rng: &mut SeededRng, person: &Person) {
    if seeded_rng.percent(35) {
        let gender = if seeded_rng.percent(4) {
            "Neutral"
        } else if person.female {
            "Female"
        } else {
            "Male"
        };
        contact.set("gender", gender);
    }
    if seeded_rng.percent(12) {
        contact.set("remark", noise::remark(seeded_rng));
    }
    if seeded_rng.percent(8) {
        contact.set("title", if person.female { "Ms" } else { "Mr" });
    }
    if seeded_rng.percent(12) {
        contact.set("birthday", noise::birthday(seeded_rng, person));
    }
    if seeded_rng.percent(30) {
        contact.set("location", person.city);
    }
    if seeded_rng.percent(18) {
        contact.set("company_name", person.company);
        contact.set("position", if seeded_rng.percent(60) { person.position } else { "" });
    }
    if seeded_rng.percent(10) {
        contact.set("avatar_url", format!("https://files.example/avatar/{}.png", person.account));
    }
}

/// The account that the channel knows the person by; the same person has the same account every time.
fn account(contact: &mut Contact, person: &Person) {
    let account = person.account.as_str();
    match contact.text("channel_type") {
        "whatsapp" => contact.set("whatsapp_id", format!("{}{}", person.country.area_code, person.number)),
        "facebook" => {
            contact.set("facebook_id", format!("10{account}"));
            contact.set("messenger_id", format!("2{account}"));
        }
        "wechat" => contact.set("wechat_id", format!("wxid_{account}")),
        "line" => contact.set("line_id", format!("U{account:0>32}")),
        "instagram" => contact.set("instagram_id", format!("178{account}")),
        _ => {}
    }
}

/// Three channels of a type; the document's own for the web.
fn channel_id(seeded_rng: &mut SeededRng, channel: &str) -> String {
    if channel == "web" {
        return seeded_rng.pick(&WEB_CHANNELS).to_owned();
    }
    format!("ch_imbrace_{channel}_{}", 1 + seeded_rng.below(2))
}

/// The channels of the document's contacts.
const WEB_CHANNELS: [&str; 4] = [
    "ch_2592e13f-c43f-48a2-a416-a7bb12a5caec",
    "ch_7eddc925-f8c0-409f-96b7-b88c0c013f6a",
    "ch_3c172ef8-d417-4467-8c2c-4d98aeff9eed",
    "ch_06d9eb49-acde-4d3e-b457-d7cb73b277b4",
];
