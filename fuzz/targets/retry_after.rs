//! `Retry-After`: no text and no moment makes the reading of it fail.
#![no_main]

use imbrace_contacts_mcp::gateway::retry_after;
use jiff::Timestamp;

libfuzzer_sys::fuzz_target!(|input: (i64, &str)| {
    let (second, text) = input;
    for now in [Timestamp::from_second(second).unwrap_or(Timestamp::MAX), Timestamp::MIN, Timestamp::UNIX_EPOCH] {
        if let Some(wait) = retry_after(text, now) {
            // Added to the present as the client does, with all it may be.
            let _ = std::time::Instant::now().checked_add(wait);
        }
    }
});
