//! What is compared of a contact: keys that may be shared, its name, its birthday.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::cleanup::Subject;
use crate::cleanup::normalize::email;
use crate::cleanup::normalize::name::Name;
use crate::cleanup::normalize::phone::{self, Reading, Region};

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
    /// Name and birthday.
    NameBirthday,
    /// Name and company.
    NameCompany,
}

/// A key: its kind, and its value as a hash.
pub(super) type Key = (Kind, u64);

/// What is compared of one contact.
#[derive(Default)]
pub(super) struct Features {
    pub(super) keys: Vec<Key>,
    pub(super) name: Name,
    /// Year, month and day, where it can be read.
    pub(super) birthday: Option<u32>,
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

impl Features {
    /// The features of a contact.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let mut features = Self {
            name: name(subject),
            birthday: birthday(&subject.birthday),
            created_at: subject.created_at.to_string(),
            filled: filled(subject),
            has_odoo: !subject.odoo_id.trim().is_empty(),
            keys: Vec::with_capacity(6),
        };
        features.add_ids(subject);
        features.add_phones(subject);
        features.add_email(&subject.email);
        if let Some(key) = features.name.key() {
            if let Some(day) = features.birthday {
                features.keys.push((Kind::NameBirthday, hashed((&key, day))));
            }
            let company = Name::read(&subject.company_name).key();
            features.keys.extend(company.map(|company| (Kind::NameCompany, hashed((&key, company)))));
        }
        features.keys.sort_unstable();
        features.keys.dedup();
        features
    }

    fn add_ids(&mut self, subject: &Subject<'_>) {
        let odoo = subject.odoo_id.trim();
        if !odoo.is_empty() && odoo != "0" {
            self.keys.push((Kind::Odoo, hashed(odoo)));
        }
        let ids: [(&str, &str); 5] = [
            ("facebook", &subject.facebook_id),
            ("messenger", &subject.messenger_id),
            ("wechat", &subject.wechat_id),
            ("line", &subject.line_id),
            ("instagram", &subject.instagram_id),
        ];
        for (channel, id) in ids {
            let id = id.trim().trim_start_matches('@').to_lowercase();
            if id.chars().count() >= 3 {
                self.keys.push((Kind::Channel, hashed((channel, id))));
            }
        }
    }

    fn add_phones(&mut self, subject: &Subject<'_>) {
        let home = Region::of_time_zone(&subject.time_zone).or_else(|| Region::of_language(&subject.language));
        if let Reading::Number { phone, .. } = phone::read(&subject.area_code, &subject.phone_number, home) {
            self.keys.push((Kind::Phone, hashed(phone.to_string())));
        }
        let account = subject.whatsapp_id.split('@').next().unwrap_or_default().trim_start_matches('+');
        if account.len() >= 8
            && let Reading::Number { phone, .. } = phone::read("", &format!("+{account}"), None)
        {
            self.keys.push((Kind::Phone, hashed(phone.to_string())));
        }
    }

    fn add_email(&mut self, text: &str) {
        let lower = email::lower(email::unwrap(text)).into_owned();
        let Some((local, domain)) = email::split(&lower).filter(|_| !email::is_filler(&lower)) else { return };
        let local = local.split('+').next().unwrap_or(local);
        let domain = email::meant_domain(domain).unwrap_or(domain);
        if email::is_role(local) {
            return self.keys.push((Kind::Role, hashed((local, domain))));
        }
        let folded =
            if matches!(domain, "gmail.com" | "googlemail.com") { local.replace('.', "") } else { local.to_owned() };
        self.keys.push((Kind::Email, hashed((folded, domain))));
    }
}

fn name(subject: &Subject<'_>) -> Name {
    let shown = Name::read(&subject.display_name);
    if shown.is_empty() { Name::read(&format!("{} {}", subject.first_name, subject.last_name)) } else { shown }
}

/// A birthday as one number, where year, month and day can be told apart.
fn birthday(text: &str) -> Option<u32> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let numbers: Vec<u32> = parts.iter().take(3).filter_map(|part| part.parse().ok()).collect();
    let (year, month, day) = match (parts.as_slice(), numbers.as_slice()) {
        ([whole], [_]) if whole.len() == 8 => {
            (whole.get(..4)?.parse().ok()?, whole.get(4..6)?.parse().ok()?, whole.get(6..)?.parse().ok()?)
        }
        ([first, ..], [year, month, day]) if first.len() == 4 => (*year, *month, *day),
        // Day first, as seven of the eight home regions write; where that cannot be, month first.
        ([_, _, last, ..], [day, month, year]) if last.len() == 4 && *month <= 12 => (*year, *month, *day),
        ([_, _, last, ..], [month, day, year]) if last.len() == 4 => (*year, *month, *day),
        _ => return None,
    };
    let real = (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // The first of January 1970 and 1900 are what forms fill in.
    (real && !matches!((year, month, day), (1900 | 1970, 1, 1))).then_some(year * 10_000 + month * 100 + day)
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
