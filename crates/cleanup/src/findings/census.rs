//! What the whole list says of one contact: how many share a value, which addresses people of a name have.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use super::super::Subject;
use super::super::normalize::email;
use super::super::normalize::ids;
use super::super::normalize::phone::{Phone, Reading, Region, read};
use super::{name_forms, names};

/// A value that more contacts share is nobody's own.
pub(super) const HUB: u32 = 8;
/// Addresses kept of people of one name at one domain.
const NAMESAKES: usize = 8;

type Hashes<V> = HashMap<u64, V, BuildHasherDefault<Folded>>;

/// The keys are hashes already.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().fold(0, |word, byte| (word << 8) | u64::from(*byte));
            self.write_u64(word);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(26) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// How often values stand in the whole list, so that one contact's value can be seen as shared by many.
#[derive(Debug, Default)]
pub struct Census {
    phones: Hashes<u32>,
    emails: Hashes<u32>,
    ids: Hashes<u32>,
    tags: Hashes<u32>,
    words: Hashes<u32>,
    namesakes: Hashes<Vec<String>>,
    channels: Hashes<[u32; 8]>,
    latest: String,
}

impl Census {
    /// Counts one contact.
    pub fn count(&mut self, subject: &Subject<'_>) {
        for time in [&subject.created_at, &subject.last_seen, &subject.updated_at] {
            if time.as_ref() > self.latest.as_str() && time.starts_with("20") {
                self.latest = time.clone().into_owned();
            }
        }
        self.count_channel(subject);
        self.count_phones(subject);
        for id in accounts(subject) {
            *self.ids.entry(hash(&id)).or_default() += 1;
        }
        if let Some(tag) = name_forms::tag(&subject.display_name) {
            *self.tags.entry(hash(&tag.to_lowercase())).or_default() += 1;
        }
        let words = names::tokens(subject);
        for word in &words {
            *self.words.entry(hash(word.as_str())).or_default() += 1;
        }
        self.count_email(subject, &words);
    }

    /// A number and a WhatsApp account are one kind of value, and a contact whose two are one has it once.
    fn count_phones(&mut self, subject: &Subject<'_>) {
        let phone = phone(subject);
        let account = ids::whatsapp(&subject.whatsapp_id).filter(|account| phone.as_ref() != Some(account));
        for number in phone.into_iter().chain(account) {
            *self.phones.entry(hash(&(number.country, number.national))).or_default() += 1;
        }
    }

    fn count_channel(&mut self, subject: &Subject<'_>) {
        let Some(region) = home(subject).filter(|_| !subject.channel_id.is_empty()) else { return };
        let regions = self.channels.entry(hash(&subject.channel_id)).or_default();
        if let Some(count) = Region::ALL.iter().position(|one| *one == region).and_then(|at| regions.get_mut(at)) {
            *count += 1;
        }
    }

    fn count_email(&mut self, subject: &Subject<'_>, words: &[String]) {
        let address = email::lower(email::unwrap(&subject.email));
        let Some((local, domain)) = email::split(&address) else { return };
        *self.emails.entry(hash(&address)).or_default() += 1;
        let domain = email::meant_domain(domain).unwrap_or(domain);
        for key in owner_keys(subject, words, domain) {
            let kept = self.namesakes.entry(key).or_default();
            if kept.len() < NAMESAKES {
                kept.push(local.to_owned());
            }
        }
    }

    /// The ids of a contact that more contacts share than are one person, by their fields.
    pub(super) fn hub_ids(&self, subject: &Subject<'_>) -> Vec<&'static str> {
        let shared = |id: &(&'static str, String)| self.ids.get(&hash(id)).is_some_and(|count| *count > HUB);
        let mut fields: Vec<&str> = accounts(subject).filter(shared).map(|(field, _)| field).collect();
        let account = ids::whatsapp(&subject.whatsapp_id).filter(|account| phone(subject).as_ref() != Some(account));
        // Where it is the phone number as well, that is told of the number.
        if account.is_some_and(|account| self.of_phone(account.country, &account.national) > HUB) {
            fields.push("whatsapp_id");
        }
        fields
    }

    /// How many contacts have the number, as a phone number or WhatsApp account.
    pub(super) fn of_phone(&self, country: &str, national: &str) -> u32 {
        self.phones.get(&hash(&(country, national))).copied().unwrap_or_default()
    }

    /// How many contacts have the address, in lower case.
    pub(super) fn of_email(&self, address: &str) -> u32 {
        self.emails.get(&hash(&address)).copied().unwrap_or_default()
    }

    /// How many contacts have the word in their name, in lower case without marks.
    pub(super) fn of_word(&self, word: &str) -> u32 {
        self.words.get(&hash(word)).copied().unwrap_or_default()
    }

    /// How many names end in the tag.
    pub(super) fn of_tag(&self, tag: &str) -> u32 {
        self.tags.get(&hash(&tag.to_lowercase())).copied().unwrap_or_default()
    }

    /// What stands before the at sign in addresses at the domain of people who have the contact's name or number.
    pub(super) fn namesakes<'a>(
        &'a self,
        subject: &Subject<'_>,
        words: &[String],
        domain: &str,
    ) -> impl Iterator<Item = &'a str> {
        owner_keys(subject, words, domain)
            .into_iter()
            .filter_map(|key| self.namesakes.get(&key))
            .flatten()
            .map(String::as_str)
    }

    /// The newest time in the list, as near to today as a pure function knows; empty for an empty list.
    pub(super) fn latest(&self) -> &str {
        &self.latest
    }

    /// The region that a contact is in: by what it says itself, else by what most contacts of its channel say.
    pub(super) fn home(&self, subject: &Subject<'_>) -> Option<Region> {
        home(subject).or_else(|| {
            let regions = self.channels.get(&hash(&subject.channel_id))?;
            let total: u32 = regions.iter().sum();
            let (region, most) = Region::ALL.into_iter().zip(regions).max_by_key(|(_, count)| **count)?;
            (*most >= 3 && most * 10 >= total * 9).then_some(region)
        })
    }
}

fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    BuildHasherDefault::<Folded>::default().hash_one(value)
}

fn phone(subject: &Subject<'_>) -> Option<Phone> {
    match read(&subject.area_code, &subject.phone_number, home(subject)) {
        Reading::Number { phone, .. } => Some(phone),
        _ => None,
    }
}

/// The ids in Odoo and at channels, with their fields.
fn accounts<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let odoo = ids::odoo(&subject.odoo_id).map(|id| ("odooContactID", id.to_owned()));
    odoo.into_iter()
        .chain(ids::CHANNELS.into_iter().filter_map(|field| Some((field, ids::account(subject.value(field))?))))
}

fn owner_keys(subject: &Subject<'_>, words: &[String], domain: &str) -> Vec<u64> {
    let mut keys = Vec::with_capacity(2);
    if words.len() > 1 {
        keys.push(hash(&(domain, words)));
    }
    if let Reading::Number { phone, .. } = read(&subject.area_code, &subject.phone_number, home(subject)) {
        keys.push(hash(&(domain, phone.country, phone.national)));
    }
    keys
}

/// The region by the contact's time zone, placeholder, language, script of the name, country of its number, or its domain.
fn home(subject: &Subject<'_>) -> Option<Region> {
    Region::of_time_zone(&subject.time_zone)
        .or_else(|| Region::of_letters(subject.display_name.split_once('#')?.0))
        .or_else(|| Region::of_language(&subject.language))
        .or_else(|| of_whatsapp(&subject.whatsapp_id))
        .or_else(|| of_script(&subject.display_name))
        .or_else(|| of_script(&subject.last_name))
        .or_else(|| Region::of_letters(&subject.email.rsplit('.').next()?.trim().to_uppercase()))
}

fn of_whatsapp(id: &str) -> Option<Region> {
    if id.is_empty() {
        return None;
    }
    match read("", &format!("+{}", id.trim_start_matches('+')), None) {
        Reading::Number { phone, .. } => phone.region(),
        _ => None,
    }
}

fn of_script(name: &str) -> Option<Region> {
    name.chars().find_map(|character| match character {
        '\u{0E00}'..='\u{0E7F}' => Some(Region::Thailand),
        '\u{3040}'..='\u{30FF}' => Some(Region::Japan),
        'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{1EA0}'..='\u{1EF9}' => Some(Region::Vietnam),
        _ => None,
    })
}
