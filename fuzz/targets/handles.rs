//! Handles: what was shown is found again, exactly, and nothing else is.
#![no_main]

use imbrace_contacts_mcp::ids::{ShortIds, IdStyle};

/// Texts an execution: twice as many as there is room for.
const MOST: usize = 16;

/// The first bytes of a text as the 32 digits of an id.
fn digits(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let halves = text.bytes().take(16).flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = halves.map(|half| char::from(DIGITS[usize::from(half)]));
    digits.chain(std::iter::repeat('0')).take(32).collect()
}

libfuzzer_sys::fuzz_target!(|texts: Vec<&str>| {
    for style in [IdStyle::Short, IdStyle::Whole] {
        let short_ids = ShortIds::with_capacity(style, 8);
        for text in texts.iter().take(MOST) {
            // A text that may be an id, one that is, and one that looks like a handle.
            let digits = digits(text);
            let uuid = format!(
                "{}-{}-{}-{}-{}",
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..32]
            );
            for id in [(*text).to_owned(), format!("con_{uuid}"), format!("not_{}", &digits[..8])] {
                let shown = short_ids.show(&id);
                assert!(shown.len() <= id.len());
                if shown != id {
                    assert_eq!(short_ids.known(&shown).as_deref(), Some(id.as_str()));
                }
            }
            let _ = short_ids.whole(text);
        }
        assert!(short_ids.count() <= 8);
    }
});
