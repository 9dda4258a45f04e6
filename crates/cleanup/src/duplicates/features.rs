//! The fields of a contact in the form in which they are compared, and its blocking keys.

use std::hash::{DefaultHasher, Hash, Hasher};

use any_ascii::any_ascii;
use jiff::civil::Date;

use super::index::{BLOCK, HUB};
use crate::Subject;
use crate::normalize::birthday::{self, Birthday, PartialDate};
use crate::normalize::email;
use crate::normalize::ids;
use crate::normalize::name::Name;
use crate::normalize::phone::{self, Line, Phone, Reading, Region};
use crate::normalize::time_zone;

/// The kinds of blocking keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    /// The id in Odoo.
    Odoo,
    /// The id at a channel: Messenger, WeChat, LINE, …
    Channel,
    /// A phone number or WhatsApp account, in E.164.
    Phone,
    /// An e-mail address, folded.
    Email,
    /// A mailbox of a role, such as `info@`: it belongs to no one person.
    Role,
    /// A birthday.
    Birthday,
    /// A place as it is written.
    Place,
    /// The last seven digits of a number.
    Tail,
    /// An e-mail address without one of its letters, by which addresses meet that are one slip apart.
    Slip,
    /// The mailbox name of an address, whatever its domain.
    User,
    /// The letters of the name, or of the mailbox.
    Letters,
    /// A whole name.
    Name,
    /// Name and company.
    NameCompany,
    /// Name and birthday, for days that many were born on.
    NameBirthday,
    /// The sounds of two words of a name.
    NamePair,
    /// The beginning or end of a number, and the sound of a word of the name.
    NearPhone,
    /// Two of the three parts of a birthday, and the sound of a word of the name.
    NearBirthday,
    /// The number of a house or a whole place, and the sound of a word of the name.
    NearPlace,
    /// A company or its domain, and the sound of a word of the name.
    NearCompany,
    /// An address, and the sound of a word of the name: for mailboxes that many share.
    NearEmail,
}

/// The low bits of a key are its kind.
const KIND_BITS: u64 = 31;

impl Kind {
    /// Returns true if a key is of this kind.
    pub(super) const fn is_of(self, key: u64) -> bool {
        key & KIND_BITS == self as u64
    }
}

/// Returns true for the key of a value that identifies a person, false for a block of contacts that resemble each other.
pub(super) const fn is_value(key: u64) -> bool {
    key & KIND_BITS <= Kind::Role as u64
}

/// How many contacts may share a key that brings them together.
pub(super) const fn bound(key: u64) -> usize {
    if key & KIND_BITS >= Kind::NameCompany as u64 { BLOCK } else { HUB }
}

/// How many letters an address has whose slips are looked for: shorter ones are too much alike, longer ones too many.
const SLIPPING: std::ops::RangeInclusive<usize> = 5..=32;
/// How many words of a name bring contacts together by their sound.
const SOUNDS: usize = 3;

/// Legal forms and countries behind company names, which are left out.
const FORMS: [&str; 18] = [
    "co", "company", "corp", "gmbh", "hk", "inc", "jsc", "kk", "limited", "llc", "ltd", "plc", "pte", "pvt", "sdn",
    "bhd", "tnhh", "vn",
];

/// A personal e-mail address, folded.
pub(super) struct Mail {
    pub(super) local: Box<str>,
    pub(super) domain: Box<str>,
}

/// The words of a place as hashes, sorted, and its first number.
#[derive(Default)]
pub(super) struct Place {
    pub(super) words: Box<[u32]>,
    pub(super) number: Option<u32>,
}

/// A birthday that a person can have, as it was typed.
#[derive(Clone, Copy)]
pub(super) struct Born {
    pub(super) read: Birthday,
    /// True if the contact's time zone is of the United States, where the month is written first.
    pub(super) is_american: bool,
}

/// The fields of one contact in the form in which they are compared.
#[derive(Default)]
pub(super) struct Features {
    pub(super) keys: Box<[u64]>,
    pub(super) name: Name,
    pub(super) born: Option<Born>,
    pub(super) mail: Option<Mail>,
    /// The mailbox of a role as a hash.
    pub(super) role: Option<u64>,
    pub(super) odoo: Option<u64>,
    /// The ids at channels as hashes, 0 for none.
    pub(super) channels: [u64; ids::CHANNELS.len()],
    /// The company without its legal form, as a hash.
    pub(super) company: Option<u64>,
    pub(super) female: Option<bool>,
    /// True if the number is a landline's.
    pub(super) fixed_line: bool,
    /// The extension behind the number of a switchboard.
    pub(super) extension: Option<Box<str>>,
    /// The numbers as they are compared: with a plus and the calling code, or bare where the country is unknown.
    pub(super) numbers: Vec<Box<str>>,
    pub(super) place: Place,
    pub(super) unit: Box<str>,
    /// When the contact was made, for the choice of the survivor.
    pub(super) created_at: Box<str>,
    /// How many fields are filled.
    pub(super) filled: u8,
    pub(super) has_odoo: bool,
}

pub(super) fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The hash of a text that goes on from the hash of what stands before it: FNV-1a with 64 bits.
fn spelled(before: u64, text: &str) -> u64 {
    text.bytes().fold(before, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

fn of_kind(kind: Kind, hash: u64) -> u64 {
    (hash & !KIND_BITS) | kind as u64
}

/// The key of a value.
pub(super) fn key(kind: Kind, value: impl Hash) -> u64 {
    of_kind(kind, hashed((kind, value)))
}

/// The keys of a contact while they are collected.
#[derive(Default)]
struct Keys {
    keys: Vec<u64>,
    sounds: Vec<u64>,
}

impl Keys {
    fn add(&mut self, kind: Kind, value: impl Hash) {
        self.keys.push(key(kind, value));
    }

    /// A key for each word of the name, by its sound.
    fn near(&mut self, kind: Kind, value: impl Hash) {
        let value = hashed(value);
        self.keys.extend(self.sounds.iter().map(|sound| key(kind, (value, sound))));
    }
}

impl Features {
    /// The features of a contact.
    pub(super) fn of(subject: &Subject<'_>, today: Date, default_region: Option<Region>) -> Self {
        let name = name(subject);
        let mut keys = Keys { keys: Vec::with_capacity(48), sounds: sounds(&name) };
        let mut features = Self {
            born: born(subject, today),
            company: company(&subject.company_name),
            female: female(&subject.gender),
            place: place(&subject.location),
            unit: subject.business_unit_id.as_ref().into(),
            created_at: subject.created_at.as_ref().into(),
            filled: filled(subject),
            has_odoo: !subject.odoo_id.trim().is_empty(),
            name,
            ..Self::default()
        };
        features.add_ids(subject, &mut keys);
        features.add_phones(subject, default_region, &mut keys);
        features.add_email(&subject.email, &mut keys);
        features.add_birthday(&mut keys);
        features.add_name(&mut keys);
        features.add_place(&mut keys);
        keys.keys.sort_unstable();
        keys.keys.dedup();
        features.keys = keys.keys.into_boxed_slice();
        features
    }

    /// The keys that are values of one person.
    pub(super) fn values(&self) -> impl Iterator<Item = u64> {
        self.keys.iter().copied().filter(|key| is_value(*key))
    }

    fn add_ids(&mut self, subject: &Subject<'_>, keys: &mut Keys) {
        if let Some(id) = ids::odoo(&subject.odoo_id) {
            keys.add(Kind::Odoo, id);
            self.odoo = Some(hashed(id));
        }
        for (channel, field) in ids::CHANNELS.into_iter().enumerate() {
            if let Some(id) = ids::account(subject.value(field)) {
                let hash = hashed((channel, &id));
                self.channels.iter_mut().skip(channel).take(1).for_each(|slot| *slot = hash);
                keys.add(Kind::Channel, (channel, id));
            }
        }
    }

    fn add_phones(&mut self, subject: &Subject<'_>, default_region: Option<Region>, keys: &mut Keys) {
        self.extension = phone::extension(subject).map(Into::into);
        let (numbers, fixed_line) = numbers(subject, default_region);
        self.fixed_line = fixed_line;
        self.numbers = numbers.into_iter().map(Into::into).collect();
        for number in &self.numbers {
            keys.add(Kind::Phone, number);
            let digits = number.trim_start_matches('+');
            let tail = |length: usize| digits.get(digits.len().saturating_sub(length)..);
            keys.add(Kind::Tail, tail(7));
            keys.near(Kind::NearPhone, (true, digits.get(..7)));
            keys.near(Kind::NearPhone, (false, tail(5)));
        }
    }

    fn add_email(&mut self, text: &str, keys: &mut Keys) {
        let Some(Mailbox { local, folded, domain, is_role }) = mailbox(text) else { return };
        let (local, domain) = (local.as_str(), domain.as_str());
        keys.near(Kind::NearEmail, (local, domain));
        if is_role {
            self.role = Some(hashed((local, domain)));
            return keys.add(Kind::Role, (local, domain));
        }
        keys.add(Kind::Email, (&folded, domain));
        add_slips(&folded, domain, &mut keys.keys);
        if folded.len() >= 5 {
            keys.add(Kind::User, &folded);
        }
        let letters = letters(folded.chars());
        if letters.len() >= 6 {
            keys.add(Kind::Letters, &letters);
        }
        if !email::is_provider(domain) {
            keys.near(Kind::NearCompany, domain);
        }
        self.mail = Some(Mail { local: folded.into(), domain: domain.into() });
    }

    fn add_birthday(&self, keys: &mut Keys) {
        let Some(PartialDate { year: Some(year), month: Some(month), day: Some(day) }) =
            self.born.map(|born| born.read.date)
        else {
            return;
        };
        // Day and month are keys in whatever order they stand.
        let (less, more) = (month.min(day), month.max(day));
        keys.add(Kind::Birthday, (year, less, more));
        keys.near(Kind::NearBirthday, (year, less));
        keys.near(Kind::NearBirthday, (year, more));
        keys.near(Kind::NearBirthday, (less, more));
        if let Some(name) = self.name.key() {
            keys.add(Kind::NameBirthday, (name, year, less, more));
        }
    }

    fn add_name(&self, keys: &mut Keys) {
        if let Some(company) = self.company {
            keys.near(Kind::NearCompany, company);
        }
        let letters = letters(self.name.latin().iter().flat_map(|word| word.chars()));
        if letters.len() >= 6 && self.name.latin().len() >= 2 {
            keys.add(Kind::Letters, &letters);
        }
        for (at, one) in keys.sounds.clone().into_iter().enumerate() {
            for two in keys.sounds.clone().into_iter().skip(at + 1) {
                keys.add(Kind::NamePair, (one, two));
            }
        }
        let Some(name) = self.name.key() else { return };
        keys.add(Kind::Name, &name);
        if let Some(company) = self.company {
            keys.add(Kind::NameCompany, (&name, company));
        }
    }

    fn add_place(&self, keys: &mut Keys) {
        if self.place.words.is_empty() {
            return;
        }
        keys.add(Kind::Place, &self.place.words);
        keys.near(Kind::NearPlace, &self.place.words);
        if let Some(number) = self.place.number {
            keys.near(Kind::NearPlace, number);
        }
    }
}

/// The numbers of a contact in the form in which they are compared, typed and of the WhatsApp account, and whether the typed one is a
/// landline.
pub(crate) fn numbers(subject: &Subject<'_>, default_region: Option<Region>) -> (Vec<String>, bool) {
    let (mut numbers, mut fixed_line) = (Vec::new(), false);
    if let Reading::Number { phone, line, beside, .. } = phone::of_subject(subject, default_region) {
        fixed_line = line == Line::Fixed;
        numbers.extend(std::iter::once(&phone).chain(&beside.others).map(Phone::comparable));
    } else {
        numbers.extend(phone::unread(subject, default_region));
    }
    numbers.extend(ids::whatsapp_key(&subject.whatsapp_id));
    numbers.sort_unstable();
    numbers.dedup();
    (numbers, fixed_line)
}

/// A mailbox as it is compared.
pub(crate) struct Mailbox {
    /// The part before the at sign, without what stands behind a plus sign.
    local: String,
    /// The same without what its provider passes over.
    pub(crate) folded: String,
    /// The domain that is meant.
    pub(crate) domain: String,
    /// True if it is of a role and nobody's own.
    pub(crate) is_role: bool,
}

/// The mailbox of an address.
pub(crate) fn mailbox(text: &str) -> Option<Mailbox> {
    let address = email::read(text).address()?;
    let local = address.local.split('+').next().unwrap_or(&address.local).to_owned();
    let domain = address.comparable_domain();
    let domain = email::meant_domain(&domain).unwrap_or(&domain).to_owned();
    let is_gmail = matches!(&*domain, "gmail.com" | "googlemail.com");
    let folded = if is_gmail { local.replace('.', "") } else { local.clone() };
    let is_role = email::is_role(&local);
    Some(Mailbox { local, folded, domain, is_role })
}

/// Every address that is one slip from this one has a key with it in common: the one without the letter that slipped.
fn add_slips(local: &str, domain: &str, keys: &mut Vec<u64>) {
    if !SLIPPING.contains(&local.len()) {
        return;
    }
    let seed = hashed((Kind::Slip, domain));
    keys.push(of_kind(Kind::Slip, spelled(seed, local).rotate_left(8)));
    // The hash of what stands before a letter goes on with what stands behind it: no text is put together.
    let mut before = seed;
    for (at, letter) in local.char_indices() {
        let (here, behind) = local.split_at(at).1.split_at(letter.len_utf8());
        keys.push(of_kind(Kind::Slip, spelled(before, behind).rotate_left(8)));
        before = spelled(before, here);
    }
}

/// The ASCII letters of a text, sorted.
fn letters(text: impl Iterator<Item = char>) -> String {
    let mut letters: Vec<char> = text.filter(char::is_ascii_alphabetic).take(64).collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

fn name(subject: &Subject<'_>) -> Name {
    let shown = Name::read(&subject.display_name);
    let (first, last) = (subject.first_name.trim(), subject.last_name.trim());
    let parts = format!("{first} {last}");
    // Most are shown by their parts, as the gateway makes it.
    if parts.trim() == subject.display_name.trim() { shown } else { shown.or(Name::read(&parts)) }
}

/// The sounds of the longest words of a name, as hashes.
fn sounds(name: &Name) -> Vec<u64> {
    let mut words: Vec<&str> = name.latin().iter().map(String::as_str).filter(|word| word.len() > 1).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let latin = words.into_iter().take(SOUNDS).map(|word| hashed(sound(word)));
    // A Chinese or Korean name is one word: its first letter is the family's.
    let native = name.native().iter().take(2).flat_map(|word| [hashed(word), hashed(word.chars().next())]);
    let mut sounds: Vec<u64> = latin.chain(native).collect();
    sounds.sort_unstable();
    sounds.dedup();
    sounds
}

/// A word by its sound: its consonants in classes, the first letter as it is spoken. Words that sound alike have one.
fn sound(word: &str) -> String {
    let mut sound = String::with_capacity(4);
    let word = word.strip_prefix("kn").map_or_else(|| word.to_owned(), |rest| format!("n{rest}")).replace("ph", "f");
    for (at, letter) in word.bytes().enumerate() {
        let class = match letter {
            b'b' | b'p' => 'p',
            b'd' | b't' => 't',
            b'c' | b'g' | b'k' | b'q' | b'x' => 'k',
            b'f' | b'v' => 'f',
            b'j' => 'j',
            b'l' => 'l',
            b'm' | b'n' => 'n',
            b'r' => 'r',
            b's' | b'z' => 's',
            _ if at == 0 => 'a',
            _ => continue,
        };
        if !sound.ends_with(class) {
            sound.push(class);
        }
        if sound.len() == 4 {
            break;
        }
    }
    sound
}

fn company(text: &str) -> Option<u64> {
    let name = Name::read(text);
    let words = name.latin().iter().filter(|word| !FORMS.contains(&word.as_str()));
    let words: Vec<&String> = words.chain(name.native()).collect();
    (!words.is_empty()).then(|| hashed(words))
}

/// The words of a place. Short forms of street words are left out, for they are written in too many ways.
fn place(text: &str) -> Place {
    const STREETS: [&str; 28] = [
        "street",
        "st",
        "avenue",
        "ave",
        "av",
        "road",
        "rd",
        "drive",
        "dr",
        "lane",
        "ln",
        "court",
        "ct",
        "place",
        "pl",
        "boulevard",
        "blvd",
        "north",
        "n",
        "south",
        "s",
        "east",
        "e",
        "west",
        "w",
        "apt",
        "unit",
        "no",
    ];
    const MOST: usize = 16;
    if text.trim().is_empty() {
        return Place::default();
    }
    let plain = if text.is_ascii() { text.to_owned() } else { any_ascii(text) }.to_lowercase();
    let words =
        plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty() && !STREETS.contains(word));
    let words: Vec<&str> = words.take(MOST).collect();
    let short = |word: &str| u32::try_from(hashed(word) >> 32).unwrap_or_default();
    let number = words.iter().find(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(|word| short(word));
    let mut hashes: Vec<u32> = words.into_iter().map(short).collect();
    hashes.sort_unstable();
    hashes.dedup();
    Place { words: hashes.into(), number }
}

fn female(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "f" | "female" => Some(true),
        "m" | "male" => Some(false),
        _ => None,
    }
}

/// A birthday where it can be one: a day to come, or of more years ago than people live, is a filler that many write alike.
fn born(subject: &Subject<'_>, today: Date) -> Option<Born> {
    let birthday::Reading::Date(read) = birthday::read(&subject.birthday, birthday::DateOrder::DayFirst) else {
        return None;
    };
    let date = read.date;
    // The first of January 1970 and of 1900 is what forms fill in.
    let is_filler = matches!(date.year, Some(1970 | 1900)) && (date.month, date.day) == (Some(1), Some(1));
    let can_be = date.year.is_none_or(|year| year <= today.year() && today.year() - year <= 120)
        && date.whole().is_none_or(|day| birthday::is_possible(day, today));
    let is_american = time_zone::region(&subject.time_zone) == Some(Region::UNITED_STATES);
    (can_be && !is_filler).then_some(Born { read, is_american })
}

fn filled(subject: &Subject<'_>) -> u8 {
    let texts = [
        &subject.display_name,
        &subject.first_name,
        &subject.last_name,
        &subject.gender,
        &subject.phone_number,
        &subject.email,
        &subject.remark,
        &subject.birthday,
        &subject.location,
        &subject.company_name,
        &subject.position,
        &subject.odoo_id,
    ];
    u8::try_from(texts.into_iter().filter(|text| !text.trim().is_empty()).count()).unwrap_or(u8::MAX)
}
