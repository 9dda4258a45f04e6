//! Handles: what was shown is found again, exactly, and nothing else is.
#![no_main]

use imbrace_contacts_mcp::ids::{Handles, IdStyle};

libfuzzer_sys::fuzz_target!(|texts: Vec<&str>| {
    for style in [IdStyle::Short, IdStyle::Whole] {
        let handles = Handles::with_capacity(style, 8);
        for text in &texts {
            // A text that may be an id, one that is, and one that looks like a handle.
            let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).chain(["0".repeat(32)]).collect();
            let uuid = format!(
                "{}-{}-{}-{}-{}",
                &digits[..8],
                &digits[8..12],
                &digits[12..16],
                &digits[16..20],
                &digits[20..32]
            );
            for id in [(*text).to_owned(), format!("con_{uuid}"), format!("not_{}", &digits[..8])] {
                let shown = handles.show(&id);
                assert!(shown.len() <= id.len());
                if shown != id {
                    assert_eq!(handles.known(&shown).as_deref(), Some(id.as_str()));
                }
            }
            let _ = handles.whole(text);
        }
        assert!(handles.count() <= 8);
    }
});
