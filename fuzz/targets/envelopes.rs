//! The gateway's answers: any body is rows, an object or a named error, and what is read can be shown.
#![no_main]

use imbrace_contacts_mcp::gateway::{Answer, Decode};
use imbrace_contacts_mcp::model::{
    Comment, CommentedMessage, Contact, ContactConversation, ContactFile, Message, Notification, Page, UploadedFile,
};

/// What a body is read as.
const READERS: [fn(Answer); 9] = [
    |answer| drop(Page::<Contact>::decode(answer)),
    |answer| drop(Page::<ContactConversation>::decode(answer)),
    |answer| drop(Page::<Message>::decode(answer)),
    |answer| drop(Page::<Comment>::decode(answer)),
    |answer| drop(Page::<ContactFile>::decode(answer)),
    |answer| drop(Page::<Notification>::decode(answer)),
    |answer| drop(Contact::decode(answer)),
    |answer| drop(CommentedMessage::decode(answer)),
    |answer| drop(UploadedFile::decode(answer)),
];

// One of each an execution, chosen by the first byte: all at once would read every body 27 times.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((choice, body)) = bytes.split_first() else { return };
    let choice = usize::from(*choice);
    let media_type = [None, Some("text/html"), Some("application/json")][choice % 3];
    if let Ok(answer) = Answer::parse(body, media_type) {
        READERS[choice / 3 % READERS.len()](answer);
    }
});
