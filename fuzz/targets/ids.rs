//! Ids in paths: what is accepted as an id fills exactly one segment of a path and leaves all others as they were.
#![no_main]

use imbrace_contacts_mcp::model::{CommentId, ContactId, NotificationId, TeamConversationUserId};
use url::Url;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let accepted = [
        ContactId::parse(text).map(|id| id.to_string()),
        CommentId::parse(text).map(|id| id.to_string()),
        NotificationId::parse(text).map(|id| id.to_string()),
        TeamConversationUserId::parse(text).map(|id| id.to_string()),
        // Most texts have another prefix: what is behind one gets further.
        ContactId::parse(&format!("con_{text}")).map(|id| id.to_string()),
    ];
    for id in accepted.into_iter().flatten() {
        let url = Url::parse("https://gateway.test/channel-service/v1/contact/").expect("an address");
        let url = url.join(&format!("{id}/files?limit=1")).expect("an address");
        assert_eq!(url.path(), format!("/channel-service/v1/contact/{id}/files"));
        assert_eq!((url.host_str(), url.query()), (Some("gateway.test"), Some("limit=1")));
    }
});
