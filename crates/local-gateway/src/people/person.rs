//! A person: what is true of somebody, before channels and colleagues write it down.

use super::SeededRng;
use super::country::{Country, Name};
use crate::fold::fold;

/// Positions in a company.
const POSITIONS: [&str; 10] =
    ["Manager", "Sales", "CEO", "Engineer", "經理", "Giám đốc", "Owner", "Purchasing", "Accountant", "店長"];
/// Domains set aside for examples (RFC 2606).
const DOMAINS: [&str; 7] =
    ["example.com", "example.com", "example.com", "example.net", "example.org", "mail.example.org", "shop.example.com"];

/// Somebody.
#[derive(Debug)]
pub(super) struct Person {
    /// Where they are from.
    pub(super) country: &'static Country,
    /// Family name.
    pub(super) family: Name,
    /// Given name.
    pub(super) given: Name,
    /// Whether a woman's given name was drawn.
    pub(super) female: bool,
    /// The number without country code and trunk digit.
    pub(super) number: String,
    /// The address, in its plain form.
    pub(super) email: String,
    /// Town.
    pub(super) city: &'static str,
    /// Employer.
    pub(super) company: &'static str,
    /// What they do there.
    pub(super) position: &'static str,
    /// Year, month and day of birth.
    pub(super) born: (i64, i64, i64),
    /// Their time zone.
    pub(super) zone: &'static str,
    /// Digits that their accounts on channels are made of.
    pub(super) account: String,
}

impl Person {
    /// The person behind the contact of a number. About one contact in eleven is a person who wrote in before on
    /// another channel or under another spelling.
    pub(super) fn behind(seed: u64, index: u64) -> Self {
        let mut number = index;
        // A chain of repeats is followed to its beginning; each step goes to a smaller number, so it ends.
        loop {
            let mut seeded_rng = SeededRng::of(seed ^ REPEATS, number);
            if number < 3 || !seeded_rng.percent(9) {
                return Self::new(&mut SeededRng::of(seed ^ PERSONS, number), number);
            }
            number -= 1 + seeded_rng.below(number.min(400));
        }
    }

    fn new(seeded_rng: &mut SeededRng, index: u64) -> Self {
        let country = Country::of(seeded_rng);
        let female = seeded_rng.percent(50);
        let family = seeded_rng.pick(&country.family);
        let given = seeded_rng.pick(if female { &country.female } else { &country.male });
        // One in forty shares a number with a neighbour, as families and shops do.
        let owner = if seeded_rng.percent(3) { index & !15 } else { index };
        Self {
            number: number(&country.numbers, owner),
            email: format!("{}@{}", local_part(seeded_rng, family, given, index), seeded_rng.pick(&DOMAINS)),
            city: seeded_rng.pick(&country.cities),
            company: seeded_rng.pick(&country.companies),
            position: seeded_rng.pick(&POSITIONS),
            born: (seeded_rng.between(1950, 2006), seeded_rng.between(1, 12), seeded_rng.between(1, 28)),
            zone: seeded_rng.pick(&country.zones),
            account: seeded_rng.digits(15),
            country,
            family,
            given,
            female,
        }
    }
}

impl Person {
    /// A number of a country, by its owner.
    pub(super) fn number_of(country: &Country, owner: u64) -> String {
        number(&country.numbers, owner)
    }

    /// Takes another of their numbers: the same one for every contact of theirs that does.
    pub(super) fn use_other_number(&mut self) {
        let owner = self.account.bytes().fold(7_919, |sum: u64, digit| sum * 10 % 99_991 + u64::from(digit));
        self.number = number(&self.country.numbers, owner);
    }
}

/// The telephone number of an owner. Where the forms leave five digits it is different for every owner below 100,000;
/// where few numbers are set aside for stories, owners far apart may meet.
fn number(forms: &[&str], owner: u64) -> String {
    // A permutation of the owners, so that neighbours get numbers that do not look alike.
    let spread = (owner * 61_803 + 12_345) % 100_000;
    let form = forms.get(usize::try_from(spread).unwrap_or(0) % forms.len().max(1)).copied().unwrap_or("555#####");
    let places = u32::try_from(form.matches('#').count()).unwrap_or(0);
    // Few places: the part of the spread that has not chosen the form already.
    let free = if places < 5 { spread / forms.len().max(1) as u64 } else { spread };
    let digits = format!("{:0width$}", free % 10_u64.pow(places), width = places as usize);
    let mut digits = digits.chars();
    form.chars().map(|sign| if sign == '#' { digits.next().unwrap_or('0') } else { sign }).collect()
}

/// Keep the streams of persons and repeats apart from those of contacts.
const PERSONS: u64 = 0x5045_5253_4f4e_5321;
const REPEATS: u64 = 0x5245_5045_4154_5321;

/// A local part such as `an.nguyen83`; the number keeps addresses of namesakes apart.
fn local_part(seeded_rng: &mut SeededRng, family: Name, given: Name, index: u64) -> String {
    let plain = |name: &str| fold(name).chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let (family, given) = (plain(family.latin), plain(given.latin));
    let number = index % 10_000 + 10;
    match seeded_rng.below(4) {
        0 => format!("{given}.{family}{number}"),
        1 => format!("{family}{given}{number}"),
        2 => format!("{}{family}.{number}", given.chars().take(1).collect::<String>()),
        _ => format!("{given}_{number}"),
    }
}
