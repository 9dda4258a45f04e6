//! Countries as phone numbers know them, by ISO 3166 code, language and calling code.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region as Known};

/// A country or territory with numbers of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region(pub(super) Known);

/// The countries that a language without a country is mostly spoken in. Languages of several countries (English, Chinese,
/// Spanish, German, Arabic, …) are evidence of none.
const LANGUAGES: [(&str, Known); 36] = [
    ("vi", Known::VN),
    ("th", Known::TH),
    ("ja", Known::JP),
    ("ms", Known::MY),
    ("yue", Known::HK),
    ("ko", Known::KR),
    ("id", Known::ID),
    ("fil", Known::PH),
    ("tl", Known::PH),
    ("km", Known::KH),
    ("lo", Known::LA),
    ("my", Known::MM),
    ("ne", Known::NP),
    ("si", Known::LK),
    ("mn", Known::MN),
    ("he", Known::IL),
    ("tr", Known::TR),
    ("pl", Known::PL),
    ("cs", Known::CZ),
    ("sk", Known::SK),
    ("hu", Known::HU),
    ("fi", Known::FI),
    ("da", Known::DK),
    ("nb", Known::NO),
    ("no", Known::NO),
    ("sv", Known::SE),
    ("is", Known::IS),
    ("bg", Known::BG),
    ("uk", Known::UA),
    ("ka", Known::GE),
    ("hy", Known::AM),
    ("et", Known::EE),
    ("lv", Known::LV),
    ("lt", Known::LT),
    ("sl", Known::SI),
    ("hr", Known::HR),
];

/// ISO 3166 codes of three letters, as channels write them into the names that they make up.
const THREE: [(&str, Known); 16] = [
    ("VNM", Known::VN),
    ("HKG", Known::HK),
    ("TWN", Known::TW),
    ("SGP", Known::SG),
    ("MYS", Known::MY),
    ("THA", Known::TH),
    ("JPN", Known::JP),
    ("USA", Known::US),
    ("CHN", Known::CN),
    ("IDN", Known::ID),
    ("PHL", Known::PH),
    ("KOR", Known::KR),
    ("IND", Known::IN),
    ("KHM", Known::KH),
    ("AUS", Known::AU),
    ("GBR", Known::GB),
];

impl Region {
    /// Vietnam, which renumbered in 2017 and 2018.
    pub const VIETNAM: Self = Self(Known::VN);
    /// Thailand.
    pub const THAILAND: Self = Self(Known::TH);
    /// Japan.
    pub const JAPAN: Self = Self(Known::JP);
    /// Taiwan.
    pub const TAIWAN: Self = Self(Known::TW);
    /// The United States, which share their calling code with Canada and others.
    pub const UNITED_STATES: Self = Self(Known::US);

    /// Every region that has numbers, in the order of their codes.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = PHONE_NUMBER_UTIL.get_supported_regions().map(Self).collect();
        all.sort_unstable();
        all
    }

    /// The region of an ISO 3166 code of two or three letters.
    pub fn of_letters(letters: &str) -> Option<Self> {
        if let Some((_, known)) = THREE.iter().find(|(three, _)| *three == letters) {
            return Some(Self(*known));
        }
        let capitals = letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
        let region = capitals.then(|| Known::from_code(letters).ok()).flatten()?;
        // Only what has numbers: the domain `.UK` is no code of a country, and nobody lives in `XX`.
        PHONE_NUMBER_UTIL.get_country_code_for_region(region).map(|_| Self(region))
    }

    /// The region that a language tag names, or that its language is mostly spoken in.
    pub fn of_language(tag: &str) -> Option<Self> {
        let mut parts = tag.split(['-', '_']);
        let language = parts.next()?.to_ascii_lowercase();
        let region = parts.find(|part| part.len() == 2).and_then(|part| Self::of_letters(&part.to_ascii_uppercase()));
        region.or_else(|| LANGUAGES.iter().find(|(known, _)| *known == language).map(|(_, region)| Self(*region)))
    }

    /// The main region of a calling code.
    pub fn of_country_code(code: u16) -> Option<Self> {
        PHONE_NUMBER_UTIL.get_region_for_country_code(i32::from(code)).map(Self)
    }

    /// The calling code.
    pub fn country_code(self) -> Option<u16> {
        PHONE_NUMBER_UTIL.get_country_code_for_region(self.0).and_then(|code| u16::try_from(code).ok())
    }
}

/// The ISO 3166 code of two letters.
impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
