//! Phone numbers: form, country, fillers, and the WhatsApp number beside them.

use super::super::Subject;
use super::super::normalize::phone::{Evidence, Phone, Reading, Region, Sureness, read};
use super::facts::Facts;
use super::value_counts::HUB;
use super::{Finding, Kind, ValueCounts, noted};

const FIELD: &str = "phone_number";

pub(super) fn check(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let subject = facts.subject;
    let mut say = |kind, fix| found.push(Finding::new(kind, FIELD, fix));
    match value_counts.reading(facts).as_ref() {
        Reading::Empty => {}
        Reading::Junk => say(Kind::PhoneJunk, vec![(FIELD, String::new())]),
        Reading::Invalid => say(Kind::PhoneInvalid, Vec::new()),
        Reading::NotRead => say(Kind::PhoneNotRead, Vec::new()),
        Reading::CountryUnknown => say(Kind::PhoneCountryUnknown, Vec::new()),
        Reading::Number { phone, legacy, sureness, beside, .. } => {
            if let Some(finding) = check_form(subject, phone, *legacy, *sureness, beside.is_empty()) {
                found.push(finding);
            }
            if value_counts.of_phone(phone) > HUB {
                found.push(Finding::new(Kind::HubPhone, FIELD, Vec::new()));
            }
            check_whatsapp(facts, phone, found);
        }
    }
}

fn check_form(
    subject: &Subject<'_>,
    phone: &Phone,
    legacy: bool,
    sureness: Sureness,
    is_alone: bool,
) -> Option<Finding> {
    let form = form(subject, phone);
    if matches!(form, Form::Stored) {
        return None;
    }
    let mut fix = vec![("area_code", phone.country.to_string()), (FIELD, phone.national.clone())];
    if !is_alone {
        let typed = format!("{} {}", subject.area_code.trim(), subject.phone_number.trim());
        fix.splice(0..0, noted(subject, "Phone", &typed));
        return Some(Finding::new(Kind::PhoneExtra, FIELD, fix));
    }
    // The next audit must read the written value as the same number.
    let again = read(&phone.country.to_string(), &phone.national, &Evidence::default());
    let is_kept = matches!(again, Reading::Number { phone: again, legacy: false, .. } if again == *phone);
    let kind = match form {
        _ if sureness == Sureness::Guess || !is_kept => Kind::PhoneGuess,
        _ if legacy => Kind::PhoneLegacy,
        Form::Whole => Kind::PhoneSplit,
        _ => Kind::PhoneForm,
    };
    Some(Finding::new(kind, FIELD, fix))
}

enum Form {
    /// The country code in its field, the digits in theirs.
    Stored,
    /// A whole number that any program can read, its parts in the wrong fields.
    Whole,
    /// Anything else.
    Other,
}

fn form(subject: &Subject<'_>, phone: &Phone) -> Form {
    let (area, number) = (subject.area_code.as_ref(), subject.phone_number.as_ref());
    if area == phone.country.to_string() && number == phone.national {
        return Form::Stored;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = area.is_empty() && number.strip_prefix('+').is_some_and(digits);
    let code = area.strip_prefix('+').unwrap_or(area);
    let is_code = || code.parse().ok().and_then(Region::of_country_code).is_some();
    if whole || (digits(number) && is_code()) { Form::Whole } else { Form::Other }
}

fn check_whatsapp(facts: &Facts<'_>, phone: &Phone, found: &mut Vec<Finding>) {
    if facts.whatsapp().is_some_and(|account| account.comparable() != phone.comparable()) {
        found.push(Finding::new(Kind::WhatsappPhoneMismatch, "whatsapp_id", Vec::new()));
    }
}
