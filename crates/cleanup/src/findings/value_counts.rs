//! What the whole list says of one contact: how many share a value, which addresses people of a name have.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use unicode_normalization::UnicodeNormalization as _;

use super::super::Subject;
use super::super::normalize::birthday::{DateOrder, DateOrderCounts};
use super::super::normalize::email::{self, Address};
use super::super::normalize::ids;
use super::super::normalize::phone::{self, Evidence, Phone, Reading, Region};
use super::super::normalize::time_zone;
use super::facts::Facts;
use super::name_forms;

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
pub struct ValueCounts {
    phones: Hashes<u32>,
    emails: Hashes<u32>,
    ids: Hashes<u32>,
    tags: Hashes<u32>,
    words: Hashes<u32>,
    namesakes: Hashes<Vec<String>>,
    channels: Hashes<Vec<(Region, u32)>>,
    dates: DateOrderCounts,
    american_dates: DateOrderCounts,
    latest: String,
    default_region: Option<Region>,
}

impl ValueCounts {
    /// A census of contacts whose numbers are of a region where they say nothing else.
    pub fn of_default_region(region: Option<Region>) -> Self {
        Self { default_region: region, ..Self::default() }
    }

    /// Counts one contact.
    pub fn count(&mut self, subject: &Subject<'_>) {
        let facts = self.facts(subject);
        for time in [&subject.created_at, &subject.last_seen] {
            if time.as_ref() > self.latest.as_str() && time.starts_with("20") {
                self.latest = time.clone().into_owned();
            }
        }
        self.count_channel(&facts);
        let is_american = time_zone::region(&subject.time_zone) == Some(Region::UNITED_STATES);
        if is_american { &mut self.american_dates } else { &mut self.dates }.count(&subject.birthday);
        self.count_phones(&facts);
        for id in accounts(subject) {
            *self.ids.entry(hash(&id)).or_default() += 1;
        }
        if let Some(tag) = name_forms::tag(&subject.display_name) {
            *self.tags.entry(hash(&tag.to_lowercase())).or_default() += 1;
        }
        for word in facts.name_words() {
            *self.words.entry(hash(word.as_str())).or_default() += 1;
        }
        self.count_email(&facts);
    }

    /// A contact, to be counted or checked.
    pub(super) fn facts<'a>(&self, subject: &'a Subject<'a>) -> Facts<'a> {
        Facts::of(subject, self.default_region)
    }

    /// A number and a WhatsApp account are one kind of value, and a contact whose two are one has it once.
    fn count_phones(&mut self, facts: &Facts<'_>) {
        for number in facts.phone().into_iter().chain(other_account(facts)) {
            *self.phones.entry(hash(number)).or_default() += 1;
        }
    }

    fn count_channel(&mut self, facts: &Facts<'_>) {
        let channel = &facts.subject.channel_id;
        let Some(region) = home(facts).filter(|_| !channel.is_empty()) else { return };
        let regions = self.channels.entry(hash(channel)).or_default();
        match regions.iter_mut().find(|(counted, _)| *counted == region) {
            Some((_, count)) => *count += 1,
            None => regions.push((region, 1)),
        }
    }

    fn count_email(&mut self, facts: &Facts<'_>) {
        let email::Reading::Address { address, .. } = facts.email() else { return };
        *self.emails.entry(address_hash(address)).or_default() += 1;
        let local = address.local.as_str();
        let domain = email::meant_domain(&address.domain).unwrap_or(&address.domain);
        for key in owner_keys(facts, domain) {
            let kept = self.namesakes.entry(key).or_default();
            if kept.len() < NAMESAKES {
                kept.push(local.to_owned());
            }
        }
    }

    /// The ids of a contact that more contacts share than are one person, by their fields.
    pub(super) fn hub_ids(&self, facts: &Facts<'_>) -> Vec<&'static str> {
        let shared = |id: &(&'static str, String)| self.ids.get(&hash(id)).is_some_and(|count| *count > HUB);
        let mut fields: Vec<&str> = accounts(facts.subject).filter(shared).map(|(field, _)| field).collect();
        // Where it is the phone number as well, that is told of the number.
        if other_account(facts).is_some_and(|account| self.of_phone(account) > HUB) {
            fields.push("whatsapp_id");
        }
        fields
    }

    /// How many contacts have the number, as a phone number or WhatsApp account.
    pub(super) fn of_phone(&self, phone: &Phone) -> u32 {
        self.phones.get(&hash(phone)).copied().unwrap_or_default()
    }

    /// How many contacts have the address.
    pub(super) fn of_email(&self, address: &Address) -> u32 {
        self.emails.get(&address_hash(address)).copied().unwrap_or_default()
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
    pub(super) fn namesakes<'a>(&'a self, facts: &Facts<'_>, domain: &str) -> impl Iterator<Item = &'a str> {
        owner_keys(facts, domain).into_iter().filter_map(|key| self.namesakes.get(&key)).flatten().map(String::as_str)
    }

    /// When a contact of the list was last seen or came in, as near to today as a pure function knows; empty for an empty list. Edits do
    /// not count: a cleanup makes them, too.
    pub(super) fn latest(&self) -> &str {
        &self.latest
    }

    /// The order of day and month in a contact's dates: as most of the list's dates from its part of the world are written, else as
    /// is usual there.
    pub(super) fn date_order(&self, facts: &Facts<'_>) -> DateOrder {
        let is_american = self.home(facts) == Some(Region::UNITED_STATES);
        let (counts, usual) =
            if is_american { (self.american_dates, DateOrder::MonthFirst) } else { (self.dates, DateOrder::DayFirst) };
        counts.learnt().unwrap_or(usual)
    }

    /// The region that a contact is in: by what it says itself, else by what most contacts of its channel say.
    pub(super) fn home(&self, facts: &Facts<'_>) -> Option<Region> {
        home(facts).or(self.default_region).or_else(|| {
            let regions = self.channels.get(&hash(&facts.subject.channel_id))?;
            let total: u32 = regions.iter().map(|(_, count)| count).sum();
            let (region, most) = regions.iter().max_by_key(|(_, count)| *count)?;
            (*most >= 3 && most * 10 >= total * 9).then_some(*region)
        })
    }

    /// The contact's number; where nothing says its country, by a hint, which makes it a guess.
    pub(super) fn reading<'a>(&self, facts: &'a Facts<'_>) -> Cow<'a, Reading> {
        match facts.phone_reading() {
            Reading::CountryUnknown => {
                let evidence = Evidence { hint: self.home(facts), ..facts.evidence() };
                Cow::Owned(phone::read(&facts.subject.area_code, &facts.subject.phone_number, &evidence))
            }
            reading => Cow::Borrowed(reading),
        }
    }
}

/// The number of a WhatsApp account that is not the contact's phone number as well.
fn other_account<'a>(facts: &'a Facts<'_>) -> Option<&'a Phone> {
    facts.whatsapp().filter(|account| facts.phone() != Some(account))
}

/// Keys of the people who may own an address at a domain: by their name, by their number.
fn owner_keys(facts: &Facts<'_>, domain: &str) -> Vec<u64> {
    let mut keys = Vec::with_capacity(2);
    let words = facts.name_words();
    if words.len() > 1 {
        keys.push(hash(&(domain, words)));
    }
    keys.extend(facts.phone().map(|phone| hash(&(domain, phone))));
    keys
}

fn address_hash(address: &Address) -> u64 {
    hash(&(address.local.as_str(), address.comparable_domain()))
}

fn hash<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    BuildHasherDefault::<Folded>::default().hash_one(value)
}

/// The ids in Odoo and at channels, with their fields.
fn accounts<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (&'static str, String)> + 'a {
    let odoo = ids::odoo(&subject.odoo_id).map(|id| ("odooContactID", id.to_owned()));
    odoo.into_iter()
        .chain(ids::CHANNELS.into_iter().filter_map(|field| Some((field, ids::account(subject.value(field))?))))
}

/// The region by the contact's time zone, placeholder, language, WhatsApp account, script of the name, or domain.
fn home(facts: &Facts<'_>) -> Option<Region> {
    let subject = facts.subject;
    time_zone::region(&subject.time_zone)
        .or_else(|| Region::of_letters(subject.display_name.split_once('#')?.0))
        .or_else(|| Region::of_language(&subject.language))
        .or_else(|| facts.whatsapp()?.region())
        .or_else(|| of_script(&subject.display_name))
        .or_else(|| of_script(&subject.last_name))
        .or_else(|| of_domain(&subject.email))
}

/// The country of a domain that people of other countries do not use (`.io`, `.co`, `.me` are used everywhere).
fn of_domain(address: &str) -> Option<Region> {
    const OWN: [&str; 8] = ["VN", "HK", "TW", "SG", "MY", "TH", "JP", "US"];
    let (_, last) = address.trim().rsplit_once('.')?;
    let letters = Some(last).filter(|last| last.len() == 2)?.to_ascii_uppercase();
    OWN.contains(&letters.as_str()).then(|| Region::of_letters(&letters)).flatten()
}

fn of_script(name: &str) -> Option<Region> {
    name.nfc().find_map(|character| match character {
        '\u{0E00}'..='\u{0E7F}' => Some(Region::THAILAND),
        '\u{3040}'..='\u{30FF}' => Some(Region::JAPAN),
        'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư' | '\u{1EA0}'..='\u{1EF9}' => Some(Region::VIETNAM),
        _ => None,
    })
}
