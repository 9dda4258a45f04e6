//! Where people are from: names, numbers and habits of nine places, read from one small text file each.

use std::sync::LazyLock;

use super::SeededRng;

/// One place.
#[derive(Debug, Default)]
pub(super) struct Country {
    /// Three letters, as anonymous visitors' names begin with.
    pub(super) code: &'static str,
    /// The telephone country code without `+`.
    pub(super) area_code: &'static str,
    /// Forms of numbers, `#` for an invented digit. Where a country sets numbers aside for stories (555-01xx in North
    /// America, Ofcom's ranges in Britain) they are from there; elsewhere the blocks hold 55.
    pub(super) numbers: Vec<&'static str>,
    /// What is dialled before a number inside the country; often left in by mistake.
    pub(super) trunk: &'static str,
    /// How digits are grouped when written down.
    pub(super) grouping: Vec<usize>,
    /// Whether the family name comes first in the name that is shown.
    pub(super) family_first: bool,
    /// Time zones.
    pub(super) zones: Vec<&'static str>,
    /// Languages that channels report.
    pub(super) languages: Vec<&'static str>,
    /// Channel types, repeated as often as they are common.
    pub(super) channels: Vec<&'static str>,
    /// Family names.
    pub(super) family: Vec<Name>,
    /// Given names of men.
    pub(super) male: Vec<Name>,
    /// Given names of women.
    pub(super) female: Vec<Name>,
    /// Towns, as people write them.
    pub(super) cities: Vec<&'static str>,
    /// Invented employers.
    pub(super) companies: Vec<&'static str>,
}

/// A name in its own script and in Latin letters; the same twice where the script is Latin, native empty where the
/// name has only a Latin form.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Name {
    /// In its own script.
    pub(super) native: &'static str,
    /// In Latin letters.
    pub(super) latin: &'static str,
}

/// The files, each as often as its people are common.
const FILES: [&str; 9] = [
    include_str!("countries/vietnam.txt"),
    include_str!("countries/hong_kong.txt"),
    include_str!("countries/taiwan.txt"),
    include_str!("countries/singapore.txt"),
    include_str!("countries/malaysia.txt"),
    include_str!("countries/thailand.txt"),
    include_str!("countries/japan.txt"),
    include_str!("countries/america.txt"),
    include_str!("countries/europe.txt"),
];

/// How many of a hundred people are from each place.
const SHARES: [u64; 9] = [24, 22, 12, 9, 9, 8, 5, 6, 5];

static COUNTRIES: LazyLock<Vec<Country>> = LazyLock::new(|| FILES.iter().map(|text| Country::read(text)).collect());
/// Stands in where a list could be empty, so that nothing here can fail.
static NOWHERE: LazyLock<Country> = LazyLock::new(Country::default);

impl Country {
    /// Someone's country.
    pub(super) fn of(seeded_rng: &mut SeededRng) -> &'static Self {
        let mut throw = seeded_rng.below(SHARES.iter().sum());
        for (country, share) in COUNTRIES.iter().zip(SHARES) {
            if throw < share {
                return country;
            }
            throw -= share;
        }
        &NOWHERE
    }

    fn read(text: &'static str) -> Self {
        let mut country = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            let list = || value.split(", ").map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>();
            let names = || list().into_iter().map(Name::read).collect();
            match key {
                "code" => country.code = value,
                "area_code" => country.area_code = value,
                "numbers" => country.numbers = list(),
                "trunk" => country.trunk = value,
                "grouping" => country.grouping = value.split(' ').filter_map(|size| size.parse().ok()).collect(),
                "order" => country.family_first = value == "family",
                "zones" => country.zones = list(),
                "languages" => country.languages = list(),
                "channels" => country.channels = value.split(' ').collect(),
                "family" => country.family = names(),
                "male" => country.male = names(),
                "female" => country.female = names(),
                "cities" => country.cities = list(),
                "companies" => country.companies = list(),
                _ => {}
            }
        }
        country
    }
}

impl Name {
    fn read(text: &'static str) -> Self {
        text.split_once('=').map_or(Self { native: text, latin: text }, |(native, latin)| Self { native, latin })
    }
}

#[cfg(test)]
mod tests {
    use super::COUNTRIES;
    use crate::model::channel_type_is_known;

    #[test]
    fn every_file_is_whole() {
        for country in COUNTRIES.iter() {
            assert_eq!(country.code.len(), 3);
            assert!(!country.family.is_empty() && !country.male.is_empty() && !country.female.is_empty());
            assert!(!country.numbers.is_empty() && !country.zones.is_empty() && !country.cities.is_empty());
            assert!(country.channels.iter().all(|channel| channel_type_is_known(channel)), "{}", country.code);
        }
    }
}
