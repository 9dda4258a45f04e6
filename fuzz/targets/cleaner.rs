//! The cleaner: one line, never longer, the same when cleaned twice; cuts keep to their limit and stay clean.
#![no_main]

use imbrace_contacts_mcp::render::untrusted::is_clean;
use imbrace_contacts_mcp::render::{clean, clipped, quoted};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let once = clean(text);
    assert_eq!(clean(&once), once);
    assert!(is_clean(&once));
    assert!(once.chars().count() <= text.chars().count());
    assert!(!once.chars().any(|letter| letter.is_control()
        || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')));
    for most in [0, 1, 12, 40] {
        let cut = clipped(text, most);
        assert!(cut.chars().count() <= most);
        assert!(!cut.contains('\n'));
        let quoted = quoted(text, most);
        assert_eq!(quoted.matches('"').count(), 2);
    }
});
