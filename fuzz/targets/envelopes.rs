//! The gateway's answers: any body is rows, an object or a named error, and what is read can be shown.
#![no_main]

use imbrace_contacts_mcp::gateway::{Answer, Decode};
use imbrace_contacts_mcp::model::{
    Comment, CommentedMessage, Contact, ContactConversation, ContactFile, Message, Notification, Page, UploadedFile,
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for media_type in [None, Some("text/html"), Some("application/json")] {
        let Ok(answer) = Answer::parse(bytes, media_type) else { continue };
        let _ = Page::<Contact>::decode(answer.clone());
        let _ = Page::<ContactConversation>::decode(answer.clone());
        let _ = Page::<Message>::decode(answer.clone());
        let _ = Page::<Comment>::decode(answer.clone());
        let _ = Page::<ContactFile>::decode(answer.clone());
        let _ = Page::<Notification>::decode(answer.clone());
        let _ = Contact::decode(answer.clone());
        let _ = CommentedMessage::decode(answer.clone());
        let _ = UploadedFile::decode(answer);
    }
});
