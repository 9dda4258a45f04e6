//! What is compared of a contact: keys that may be shared, its name, its birthday.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;

use crate::Subject;
use crate::normalize::birthday;
use crate::normalize::email;
use crate::normalize::ids;
use crate::normalize::name::{Likeness, Name};
use crate::normalize::phone::{self, Line, Reading, Region};

/// What kind of key two contacts may share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// An e-mail address without one of its letters, by which addresses meet that are one slip apart.
    Slip,
    /// A birthday.
    Birthday,
    /// Name and birthday, for days that many were born on.
    NameBirthday,
    /// Name and company.
    NameCompany,
}

/// How many letters an address has whose slips are looked for: shorter ones are too much alike, longer ones too many.
const SLIPPING: std::ops::RangeInclusive<usize> = 5..=32;

/// What companies write behind their name for the law, and branches for their place.
const FORMS: [&str; 18] = [
    "co", "company", "corp", "gmbh", "hk", "inc", "jsc", "kk", "limited", "llc", "ltd", "plc", "pte", "pvt", "sdn",
    "bhd", "tnhh", "vn",
];

/// A key: its kind, and its value as a hash in which the kind is.
pub(super) type Key = (Kind, u64);

/// A personal e-mail address, folded.
pub(super) struct Mail {
    pub(super) local: Box<str>,
    pub(super) domain: Box<str>,
}

/// What is compared of one contact.
#[derive(Default)]
pub(super) struct Features {
    pub(super) keys: Vec<Key>,
    pub(super) name: Name,
    /// Year, month and day, where it can be read.
    pub(super) birthday: Option<u32>,
    pub(super) mail: Option<Mail>,
    /// The ids at channels as hashes, 0 for none.
    pub(super) channels: [u64; ids::CHANNELS.len()],
    /// The company without its legal form, as a hash.
    pub(super) company: Option<u64>,
    pub(super) female: Option<bool>,
    /// Whether the number is none that a mobile phone has.
    pub(super) fixed_line: bool,
    /// The extension behind the number of a switchboard.
    pub(super) extension: Option<Box<str>>,
    /// The numbers as they are compared: with a plus and the calling code, or bare where the country is unknown.
    pub(super) numbers: Vec<Box<str>>,
    pub(super) unit: Box<str>,
    /// When the contact was made, for the choice of the survivor.
    pub(super) created_at: String,
    /// How many fields are filled.
    pub(super) filled: u8,
    pub(super) has_odoo: bool,
}

fn hashed(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The hash of a text that goes on from the hash of what stands before it: FNV-1a with 64 bits.
fn spelled(before: u64, text: &str) -> u64 {
    text.bytes().fold(before, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3))
}

impl Features {
    /// The features of a contact.
    pub(super) fn of(subject: &Subject<'_>, today: Date, default_region: Option<Region>) -> Self {
        let mut features = Self {
            name: name(subject),
            birthday: birthday(&subject.birthday, today),
            company: company(&subject.company_name),
            female: female(&subject.gender),
            unit: subject.business_unit_id.as_ref().into(),
            created_at: subject.created_at.to_string(),
            filled: filled(subject),
            has_odoo: !subject.odoo_id.trim().is_empty(),
            keys: Vec::with_capacity(6),
            ..Self::default()
        };
        features.add_ids(subject);
        features.add_phones(subject, default_region);
        features.add_email(&subject.email);
        features.add_names();
        features.keys.sort_unstable();
        features.keys.dedup();
        features.keys.shrink_to_fit();
        features
    }

    /// Whether there is a key of a kind.
    pub(super) fn has(&self, kind: Kind) -> bool {
        self.keys.iter().any(|key| key.0 == kind)
    }

    fn add(&mut self, kind: Kind, value: impl Hash) {
        self.keys.push((kind, hashed((kind, value))));
    }

    fn add_names(&mut self) {
        if let Some(day) = self.birthday {
            self.add(Kind::Birthday, day);
        }
        let Some(key) = self.name.key() else { return };
        if let Some(day) = self.birthday {
            self.add(Kind::NameBirthday, (&key, day));
        }
        if let Some(company) = self.company {
            self.add(Kind::NameCompany, (&key, company));
        }
    }

    fn add_ids(&mut self, subject: &Subject<'_>) {
        if let Some(id) = ids::odoo(&subject.odoo_id) {
            self.add(Kind::Odoo, id);
        }
        for (channel, field) in ids::CHANNELS.into_iter().enumerate() {
            if let Some(id) = ids::account(subject.value(field)) {
                let hash = hashed((channel, &id));
                self.channels.iter_mut().skip(channel).take(1).for_each(|slot| *slot = hash);
                self.add(Kind::Channel, (channel, id));
            }
        }
    }

    fn add_phones(&mut self, subject: &Subject<'_>, default_region: Option<Region>) {
        self.extension = phone::extension(subject).map(Into::into);
        if let Reading::Number { phone, line, beside, .. } = phone::of_subject(subject, default_region) {
            self.fixed_line = line == Line::Fixed;
            for number in std::iter::once(&phone).chain(&beside.others) {
                self.add_number(number.comparable());
            }
        } else if let Some(digits) = phone::unread(subject, default_region) {
            self.add_number(digits);
        }
        if let Some(account) = ids::whatsapp_key(&subject.whatsapp_id) {
            self.add_number(account);
        }
    }

    fn add_number(&mut self, number: String) {
        self.add(Kind::Phone, &number);
        self.numbers.push(number.into());
    }

    fn add_email(&mut self, text: &str) {
        let Some(address) = email::read(text).address() else { return };
        let local = address.local.split('+').next().unwrap_or(&address.local);
        let domain = address.comparable_domain();
        let domain = email::meant_domain(&domain).unwrap_or(&domain);
        if email::is_role(local) {
            return self.add(Kind::Role, (local, domain));
        }
        let folded =
            if matches!(domain, "gmail.com" | "googlemail.com") { local.replace('.', "") } else { local.to_owned() };
        self.add(Kind::Email, (&folded, domain));
        self.add_slips(&folded, domain);
        self.mail = Some(Mail { local: folded.into(), domain: domain.into() });
    }

    /// Every address that is one slip from this one has a key with it in common: the one without the letter that slipped.
    fn add_slips(&mut self, local: &str, domain: &str) {
        if !SLIPPING.contains(&local.len()) {
            return;
        }
        let seed = hashed((Kind::Slip, domain));
        self.keys.push((Kind::Slip, spelled(seed, local)));
        // The hash of what stands before a letter goes on with what stands behind it: no text is put together.
        let mut before = seed;
        for (at, letter) in local.char_indices() {
            let (here, behind) = local.split_at(at).1.split_at(letter.len_utf8());
            self.keys.push((Kind::Slip, spelled(before, behind)));
            before = spelled(before, here);
        }
    }
}

fn name(subject: &Subject<'_>) -> Name {
    let shown = Name::read(&subject.display_name);
    let (first, last) = (subject.first_name.trim(), subject.last_name.trim());
    let parts = format!("{first} {last}");
    // Most are shown by their parts, as the gateway makes it.
    if parts.trim() == subject.display_name.trim() { shown } else { shown.or(Name::read(&parts)) }
}

fn company(text: &str) -> Option<u64> {
    let name = Name::read(text);
    let words = name.latin().iter().filter(|word| !FORMS.contains(&word.as_str()));
    let words: Vec<&String> = words.chain(name.native()).collect();
    (!words.is_empty()).then(|| hashed(words))
}

fn female(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "f" | "female" => Some(true),
        "m" | "male" => Some(false),
        _ => None,
    }
}

/// A birthday as one number, where it can be one: a day to come, or of more years ago than people live, is a filler that
/// many write alike.
fn birthday(text: &str, today: Date) -> Option<u32> {
    if text.trim().is_empty() {
        return None;
    }
    // Day first where it may be either, as seven of the eight home regions write: one reading for all, so that one text is
    // one day.
    let (day, _) = birthday::read(text.trim(), false)?;
    // The first of January 1970 is what forms fill in.
    let is_filler = (day.year(), day.month(), day.day()) == (1970, 1, 1);
    if is_filler || !birthday::is_possible(day, today) {
        return None;
    }
    let of = |part: i8| u32::from(part.unsigned_abs());
    Some(u32::try_from(day.year()).ok()? * 10_000 + of(day.month()) * 100 + of(day.day()))
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

/// Whether two contacts cannot stand in one cluster: different names or different birthdays.
pub(super) fn conflict(one: &Features, two: &Features) -> bool {
    let birthdays = matches!((one.birthday, two.birthday), (Some(one), Some(two)) if one != two);
    birthdays || one.name.likeness(&two.name) == Likeness::Conflict
}
