//! Phone numbers: form, country, fillers, and the WhatsApp number beside them.

use super::super::Subject;
use super::super::normalize::phone::{COUNTRY_CODES, Phone, Reading, read};
use super::census::HUB;
use super::{Census, Finding, Kind};

const FIELD: &str = "phone_number";

pub(super) fn check(subject: &Subject<'_>, census: &Census, found: &mut Vec<Finding>) {
    let clear = || vec![(FIELD, String::new())];
    match read(&subject.area_code, &subject.phone_number, census.home(subject)) {
        Reading::Empty => {}
        Reading::Junk => found.push(Finding::new(Kind::PhoneJunk, FIELD, clear())),
        Reading::Invalid => found.push(Finding::new(Kind::PhoneInvalid, FIELD, Vec::new())),
        Reading::Number { phone, legacy, .. } => check_number(subject, census, &phone, legacy, found),
    }
}

fn check_number(subject: &Subject<'_>, census: &Census, phone: &Phone, legacy: bool, found: &mut Vec<Finding>) {
    let fix = || vec![("area_code", phone.country.to_owned()), (FIELD, phone.national.clone())];
    if legacy {
        found.push(Finding::new(Kind::PhoneLegacy, FIELD, fix()));
    }
    match form(subject, phone) {
        Form::Stored => {}
        Form::Whole => found.push(Finding::new(Kind::PhoneSplit, FIELD, fix())),
        Form::Other if legacy => {}
        Form::Other => found.push(Finding::new(Kind::PhoneForm, FIELD, fix())),
    }
    if census.of_phone(phone.country, &phone.national) > HUB {
        found.push(Finding::new(Kind::HubPhone, FIELD, Vec::new()));
    }
    check_whatsapp(subject, phone, found);
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
    if area == phone.country && number == phone.national {
        return Form::Stored;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole = area.is_empty() && number.strip_prefix('+').is_some_and(digits);
    let code = area.strip_prefix('+').unwrap_or(area);
    if whole || (digits(number) && COUNTRY_CODES.contains(&code)) { Form::Whole } else { Form::Other }
}

fn check_whatsapp(subject: &Subject<'_>, phone: &Phone, found: &mut Vec<Finding>) {
    let id = subject.whatsapp_id.split('@').next().unwrap_or_default().trim_start_matches('+');
    if id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    if id.strip_prefix(phone.country) != Some(phone.national.as_str()) {
        found.push(Finding::new(Kind::WhatsappPhoneMismatch, "whatsapp_id", Vec::new()));
    }
}
