//! The evidence for the country of a number that is written without one.

use super::super::time_zone;
use super::{Phone, Reading, Region, read};
use crate::Subject;

/// What says which country a number without a code is of: the strongest first. A code in the number or in `area_code`
/// outweighs all of it.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The number of the WhatsApp account.
    pub whatsapp: Option<Phone>,
    /// The country of the time zone.
    pub zone: Option<Region>,
    /// The country of the language.
    pub language: Option<Region>,
    /// The operator's default.
    pub default: Option<Region>,
    /// The country that the name or the other contacts of the channel hint at: enough for a proposal, not for a fact.
    pub hint: Option<Region>,
}

impl Evidence {
    /// What a contact says itself, and the operator's default.
    pub fn of(subject: &Subject<'_>, default: Option<Region>) -> Self {
        Self::beside(super::super::ids::whatsapp(&subject.whatsapp_id), subject, default)
    }

    /// As [`Evidence::of`], for a contact whose WhatsApp account has been read.
    pub(crate) fn beside(whatsapp: Option<Phone>, subject: &Subject<'_>, default: Option<Region>) -> Self {
        Self {
            whatsapp,
            zone: time_zone::region(&subject.time_zone),
            language: Region::of_language(&subject.language),
            default,
            hint: None,
        }
    }

    /// A default region and nothing else.
    pub fn default_region(region: Region) -> Self {
        Self { default: Some(region), ..Self::default() }
    }

    /// The region of the strongest evidence.
    pub fn region(&self) -> Option<Region> {
        self.regions().into_iter().flatten().next()
    }

    /// The regions in the order of their weight.
    pub(super) fn regions(&self) -> [Option<Region>; 4] {
        let whatsapp = self.whatsapp.as_ref().and_then(Phone::region);
        // A default stands in for evidence, not beside it.
        let told = whatsapp.or(self.zone).or(self.language).is_some();
        [whatsapp, self.zone, self.language, self.default.filter(|_| !told)]
    }
}

/// The number of a contact by what it says itself: the reading that audit and matcher share.
pub fn of_subject(subject: &Subject<'_>, default: Option<Region>) -> Reading {
    if subject.phone_number.trim().is_empty() {
        return Reading::Empty;
    }
    read(&subject.area_code, &subject.phone_number, &Evidence::of(subject, default))
}

/// The extension that is written behind a number, whether or not a numbering plan has the number.
pub fn extension(subject: &Subject<'_>) -> Option<String> {
    let typed = super::typed::Typed::read(&subject.phone_number).ok()?;
    super::typed::extension(&typed.after).filter(|digits| !digits.is_empty())
}

/// What is compared of a text that no numbering plan has: its digits behind the code that is written or evident. Equal digits
/// are equal, whether the plans know them or not.
pub fn unread(subject: &Subject<'_>, default: Option<Region>) -> Option<String> {
    let typed = super::typed::Typed::read(&subject.phone_number).ok()?;
    let all = typed.digits();
    let bare = all.trim_start_matches('0');
    // Shorter ones are extensions and fillers.
    if !(7..=15).contains(&bare.len()) || super::is_filler(&typed, &all) || super::runs(bare) {
        return None;
    }
    if typed.run.contains('+') || all.starts_with("00") {
        return Some(format!("+{bare}"));
    }
    // Seven digits that no plan of the country takes lack their area code, which the country does not make up for.
    if bare.len() == 7 {
        return Some(bare.to_owned());
    }
    let evident = || Evidence::of(subject, default).region().and_then(Region::country_code);
    let Some(code) = super::AreaCode::read(&subject.area_code).or_else(evident) else { return Some(bare.to_owned()) };
    let national = bare.strip_prefix(&code.to_string()).filter(|rest| rest.len() >= 8).unwrap_or(bare);
    Some(format!("+{code}{}", national.trim_start_matches('0')))
}
