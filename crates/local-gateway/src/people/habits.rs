//! Habits of real lists that one person and one form would not make: families on one number, switchboards, two numbers in a field,
//! numbers of other countries, slips, several numbers a person, foreign scripts, other eras, fillers.
//!
//! About one named contact in eight has one of these. They come from a stream of throws of their own, so that everybody else stays as
//! they were.

use super::SeededRng;
use super::contact::Contact;
use super::country::Name;
use super::person::Person;

/// Keeps the throws of habits apart from those of persons and contacts.
const HABITS: u64 = 0x4841_4249_5453_2121;
/// Households are looked for among so many neighbouring contacts.
const NEIGHBOURS: u64 = 8;

/// People whose numbers are written as at home, in blocks that their regulators set aside for stories: zone and numbers.
const ABROAD: [(&str, &[&str]); 4] = [
    ("Europe/Paris", &["06 39 98 ## ##", "01 99 00 ## ##"]),
    ("Australia/Sydney", &["0491 570 ###", "(02) 5550 ####"]),
    ("Europe/Stockholm", &["070-174 06 ##", "08-465 004 ##"]),
    ("Europe/London", &["07700 900###", "020 7946 0###"]),
];
/// An extension, as each language writes it.
const EXTENSIONS: [&str; 7] = ["ext. ##", "x##", "(máy lẻ ##)", "内線##", "ต่อ ##", "分機 ##", "samb. ##"];
/// Names in scripts that no country file has.
const SCRIPTS: [Name; 12] = [
    Name { native: "Анна Морозова", latin: "Anna Morozova" },
    Name { native: "Дмитрий Орлов", latin: "Dmitry Orlov" },
    Name { native: "Ελένη Παππά", latin: "Eleni Pappa" },
    Name { native: "Νίκος Δήμας", latin: "Nikos Dimas" },
    Name { native: "김민지", latin: "Kim Min-ji" },
    Name { native: "박서준", latin: "Park Seo-jun" },
    Name { native: "ليلى حداد", latin: "Layla Haddad" },
    Name { native: "عمر ناصر", latin: "Omar Nasser" },
    Name { native: "דנה לוי", latin: "Dana Levi" },
    Name { native: "יוסי כהן", latin: "Yossi Cohen" },
    Name { native: "प्रिया शर्मा", latin: "Priya Sharma" },
    Name { native: "राहुल वर्मा", latin: "Rahul Verma" },
];
/// Words for "none" that people write where a form asks.
const FILLERS: [&str; 12] =
    ["không có", "ko có", "khong co", "無", "沒有", "なし", "不明", "ไม่มี", "ไม่ระบุ", "tiada", "tak ada", "none"];
/// A relative's name for a contact, with the name in the middle.
const RELATIVES: [(&str, &str); 6] = [("Mẹ ", ""), ("Bố ", ""), ("", "'s mum"), ("", "太太"), ("", "の母"), ("แม่", "")];

/// One habit of a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Lives with a neighbour of the list: one number, one family name, sometimes one mailbox.
    Household,
    /// Is called after a relative.
    Relative,
    /// Is reached by a company's switchboard and an extension.
    Switchboard,
    /// Gave two numbers in one field.
    TwoNumbers,
    /// Has a number of a country that no list is at home in, written without its code.
    Abroad,
    /// Has a slip in number or address.
    Slip,
    /// Gave another of their numbers.
    OtherNumber,
    /// Writes in another script.
    Script,
    /// Writes a birthday in another era.
    Era,
    /// Filled a field with a word for "none".
    Filler,
}

impl Habit {
    /// The habit of the contact of a number, if it has one, and its throws.
    pub(super) fn of(seed: u64, index: u64) -> Option<(Self, SeededRng)> {
        let mut throws = SeededRng::of(seed ^ HABITS, index);
        // A household lives next to each other in the list.
        let together = SeededRng::of(seed ^ HABITS, u64::MAX - index / NEIGHBOURS).percent(10);
        if together && index % NEIGHBOURS < 3 {
            return Some((Self::Household, throws));
        }
        let habit = match throws.below(100) {
            0 => Self::Relative,
            1 => Self::Switchboard,
            2 => Self::TwoNumbers,
            3 => Self::Abroad,
            4 => Self::Slip,
            5 => Self::OtherNumber,
            6 => Self::Script,
            7 => Self::Era,
            8 => Self::Filler,
            _ => return None,
        };
        Some((habit, throws))
    }

    /// Changes the person, before anything is written down.
    pub(super) fn change_person(self, throws: &mut SeededRng, seed: u64, index: u64, person: &mut Person) {
        match self {
            Self::Household => {
                let head = Person::behind(seed, index - index % NEIGHBOURS);
                let given = if person.female { &head.country.female } else { &head.country.male };
                person.given = throws.pick(given);
                if throws.percent(40) {
                    person.email.clone_from(&head.email);
                }
                person.family = head.family;
                person.number = head.number;
                (person.country, person.zone, person.city) = (head.country, head.zone, head.city);
            }
            Self::OtherNumber => person.use_other_number(),
            _ => {}
        }
    }

    /// Changes the contact, once it is written down.
    pub(super) fn change_contact(self, throws: &mut SeededRng, index: u64, person: &Person, contact: &mut Contact) {
        match self {
            Self::Relative => {
                let (before, behind) = throws.pick(&RELATIVES);
                let name = contact.text("display_name").to_owned();
                contact.set("display_name", format!("{before}{name}{behind}"));
            }
            Self::Switchboard => {
                let extension = throws.pick(&EXTENSIONS);
                let extension = digits(throws, extension);
                let company = person.company.bytes().map(u64::from).sum();
                let office = Person::number_of(person.country, company);
                contact.set("company_name", person.company);
                contact.set("area_code", "");
                contact.set("phone_number", format!("{}{office} {extension}", person.country.trunk));
            }
            Self::TwoNumbers => {
                let second = Person::number_of(person.country, index + 50_021);
                let trunk = person.country.trunk;
                let between = throws.pick(&[" / ", ", ", "; ", " - "]);
                contact.set("area_code", "");
                contact.set("phone_number", format!("{trunk}{}{between}{trunk}{second}", person.number));
            }
            Self::Abroad => {
                let at = usize::try_from(throws.below(ABROAD.len() as u64)).unwrap_or(0);
                let Some((zone, forms)) = ABROAD.get(at) else { return };
                contact.set("time_zone", *zone);
                contact.set("area_code", "");
                let form = throws.pick(forms);
                contact.set("phone_number", digits(throws, form));
            }
            Self::Slip => {
                let number = slip(throws, contact.text("phone_number"));
                contact.set("phone_number", number);
                // The domain stays one that is set aside for examples.
                if let Some((mailbox, domain)) = contact.text("email").split_once('@') {
                    let address = format!("{}@{domain}", slip(throws, mailbox));
                    contact.set("email", address);
                }
            }
            Self::Script => {
                let name = throws.pick(&SCRIPTS);
                contact.set("display_name", if throws.percent(60) { name.native } else { name.latin });
                contact.set("first_name", "");
                contact.set("last_name", "");
            }
            Self::Era => {
                let (year, month, day) = person.born;
                contact.set(
                    "birthday",
                    match throws.below(4) {
                        0 => format!("{day}/{month}/{}", year + 543),
                        1 => format!("民國{}年{month}月{day}日", year - 1911),
                        2 if year < 1989 => format!("昭和{}年{month}月{day}日", year - 1925),
                        2 => format!("平成{}年{month}月{day}日", year - 1988),
                        _ => format!("{day} tháng {month} năm {year}"),
                    },
                );
            }
            Self::Filler => {
                let field = throws.pick(&["email", "phone_number", "display_name"]);
                contact.set(field, throws.pick(&FILLERS));
                if field == "phone_number" {
                    contact.set("area_code", "");
                }
            }
            Self::Household | Self::OtherNumber => {}
        }
    }
}

/// A form with digits for its marks.
fn digits(throws: &mut SeededRng, form: &str) -> String {
    form.chars()
        .map(|sign| if sign == '#' { char::from(b'0' + u8::try_from(throws.below(10)).unwrap_or(0)) } else { sign })
        .collect()
}

/// Two neighbouring letters or digits swapped, or one left out.
fn slip(throws: &mut SeededRng, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let places: Vec<usize> = (1..letters.len())
        .filter(|at| [at - 1, *at].iter().all(|at| letters.get(*at).is_some_and(char::is_ascii_alphanumeric)))
        .collect();
    let at = throws.pick(&places);
    if at > 0 && throws.percent(70) {
        letters.swap(at - 1, at);
    } else if at > 0 {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Habit;

    #[test]
    fn every_habit_occurs_and_most_people_have_none() {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for index in 0..5_000 {
            *counts.entry(format!("{:?}", Habit::of(1, index).map(|(habit, _)| habit))).or_default() += 1;
        }
        assert_eq!(counts.len(), 11, "{counts:?}");
        assert!(counts.values().all(|count| *count > 20), "{counts:?}");
        assert!((80..92).contains(&(counts["None"] / 50)), "{counts:?}");
    }
}
