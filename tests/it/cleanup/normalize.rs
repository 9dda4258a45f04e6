//! Values made comparable.

use imbrace_contacts_mcp::cleanup::normalize::email::{self, Reading};
use proptest::prelude::*;

proptest! {
    #[test]
    fn whatever_is_typed_as_an_address_is_read_the_same_again(text in typed()) {
        if let Reading::Address { address, .. } = email::read(&text) {
            let again = email::read(&address.to_string());
            prop_assert_eq!(again, Reading::Address { address: email::Address { written: address.to_string(), ..address }, beside: String::new() });
        }
    }
}

/// Addresses as people write them, and as nobody should.
fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("jane"),
        Just("@"),
        Just("＠"),
        Just("example.com"),
        Just("gmail.con"),
        Just("."),
        Just(" "),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("mailto:"),
        Just("?subject=Hi"),
        Just("(work)"),
        Just(","),
        Just("münchen.example"),
        Just("xn--mnchen-3ya"),
        Just("İ"),
        Just("Σ"),
        Just("\u{200B}"),
        Just("+tag"),
        Just("[192.0.2.1]"),
        Just("ｊａｎｅ"),
        Just("。"),
        Just("\n"),
    ];
    prop_oneof![prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()), ".{0,30}",]
}
