//! Values made comparable.

use imbrace_contacts_mcp::cleanup::normalize::email;
use imbrace_contacts_mcp::cleanup::normalize::phone::{Reading, Region, read};
use proptest::prelude::*;

fn number(area_code: &str, text: &str, home: Option<Region>) -> String {
    match read(area_code, text, home) {
        Reading::Number { phone, .. } => phone.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn one_number_however_it_is_typed() {
    let home = Some(Region::Vietnam);
    for text in [
        "0912 345 670",
        "+84 912-345-670",
        "0084912345670",
        "84912345670",
        "912345670",
        "(0912) 345.670",
        "０９１２３４５６７０",
        "0912345670 (Zalo)",
    ] {
        assert_eq!(number("", text, home), "+84912345670", "{text}");
    }
    assert_eq!(number("+84", "0912345670", None), "+84912345670", "the trunk zero stays behind the area code");
    assert_eq!(number("84", "84912345670", None), "+84912345670", "the country stands twice");
}

#[test]
fn the_home_region_decides_what_a_national_number_is() {
    assert_eq!(number("", "0912345670", Some(Region::Taiwan)), "+886912345670");
    assert_eq!(number("", "51234560", Some(Region::HongKong)), "+85251234560");
    assert_eq!(number("", "81234560", Some(Region::Singapore)), "+6581234560");
    assert_eq!(number("", "012 345 6780", Some(Region::Malaysia)), "+60123456780");
    assert_eq!(number("", "090-1234-5670", Some(Region::Japan)), "+819012345670");
    assert_eq!(number("", "(202) 555-0143", Some(Region::UnitedStates)), "+12025550143");
    assert_eq!(number("", "1 202 555 0143 ext 12", Some(Region::UnitedStates)), "+12025550143");
    assert_eq!(number("", "+44 20 7946 0018", Some(Region::Vietnam)), "+442079460018", "a plus outweighs the region");
}

#[test]
fn outside_the_tabled_regions_only_code_and_length_are_checked() {
    assert_eq!(number("", "+44 794601", None), "+44794601", "no such number, but of a length that numbers have");
    assert_eq!(number("44", "02079460018", None), "+4402079460018", "the zero is not known to be one of the trunk");
    assert_eq!(read("", "+44 79460", None), Reading::Junk, "too short for any");
    assert_eq!(read("", "+44 2079 4600 1820 79", None), Reading::Invalid, "too long for any");
    assert_eq!(read("", "+999 2079 4600", None), Reading::Invalid, "no country");
    assert_eq!(read("", "+852 1079 4600", None), Reading::Invalid, "Hong Kong has no such number, and is tabled");
}

#[test]
fn prefixes_that_vietnam_gave_up_become_those_of_today() {
    for text in ["01662345678", "+841662345678", "1662345678"] {
        assert_eq!(number("", text, Some(Region::Vietnam)), "+84362345678", "{text}");
    }
}

#[test]
fn fillers_are_no_numbers() {
    for text in ["-", "N/A", "0000000000", "123456789", "852", "+84000000000", "99999999", "987654321"] {
        assert_eq!(read("", text, Some(Region::HongKong)), Reading::Junk, "{text}");
    }
    assert_eq!(read("", "02345", None), Reading::Junk);
    assert_eq!(read("", "7215508214963", Some(Region::HongKong)), Reading::Invalid);
    assert_eq!(read("852", " ", None), Reading::Empty);
}

#[test]
fn what_surrounds_an_address_is_taken_off() {
    for text in [
        " a.b@example.com",
        "<a.b@example.com>",
        "mailto:a.b@example.com",
        "a.b@example.com.",
        "A B <a.b@example.com>",
        "\"a.b@example.com\";",
    ] {
        assert_eq!(email::unwrap(text), "a.b@example.com", "{text}");
    }
}

#[test]
fn typos_of_providers_are_told_from_other_domains() {
    for (typo, meant) in [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("yahoo.com.vm", "yahoo.com.vn"),
        ("hotmal.com", "hotmail.com"),
    ] {
        assert_eq!(email::meant_domain(typo), Some(meant), "{typo}");
    }
    for domain in ["gmail.com", "ymail.com", "mail.com", "example.com", "yahoo.co.jp", "gmx.com"] {
        assert_eq!(email::meant_domain(domain), None, "{domain}");
    }
}

#[test]
fn fillers_are_told_from_short_addresses() {
    for text in ["none@gmail.com", "a@a.com", "abc@gmail.com", "noemail@noemail.com", "n/a", "-"] {
        assert!(email::is_filler(text), "{text}");
    }
    for text in ["bob@bob.example", "abc@company.example", "a@company.example", "nina@gmail.com"] {
        assert!(!email::is_filler(text), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_can_be_read(area in ".{0,6}", text in ".{0,30}", digits in "[+0-9 ()-]{0,20}") {
        for home in Region::ALL {
            for typed in [&text, &digits] {
                if let Reading::Number { phone, .. } = read(&area, typed, Some(home)) {
                    let Reading::Number { phone: again, .. } = read(phone.country, &phone.national, None) else { panic!("{phone}") };
                    prop_assert_eq!(again, phone);
                }
            }
        }
        let unwrapped = email::unwrap(&text);
        prop_assert_eq!(email::unwrap(unwrapped), unwrapped);
        let _ = (email::split(unwrapped), email::is_filler(&text), email::one_slip(&text, &digits));
    }
}
