//! Values made comparable.

use imbrace_contacts_client::characters::is_invisible;
use imbrace_contacts_mcp::cleanup::normalize::email;
use proptest::prelude::*;

#[test]
fn what_surrounds_an_address_is_taken_off() {
    for text in [
        " a.b@example.com",
        "<a.b@example.com>",
        "mailto:a.b@example.com",
        "a.b@example.com.",
        "A B <a.b@example.com>",
        "\"a.b@example.com\";",
        "\u{FEFF}a.b@exam\u{AD}ple.com\u{3164}",
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

#[test]
fn an_address_holds_no_invisible_character() {
    for letter in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}').filter(|letter| is_invisible(*letter)) {
        let text = format!("x{letter}y@example.com");
        let address = email::lower(email::unwrap(&text));
        assert!(
            address == "xy@example.com" || email::split(&address).is_none(),
            "{}: {address:?}",
            letter.escape_unicode()
        );
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_can_be_read(text in ".{0,30}", other in "[a-z0-9.@-]{0,20}") {
        let unwrapped = email::unwrap(&text);
        prop_assert_eq!(email::unwrap(&unwrapped), unwrapped.as_ref());
        let _ = (email::split(&unwrapped), email::is_filler(&text), email::one_slip(&text, &other));
    }
}
