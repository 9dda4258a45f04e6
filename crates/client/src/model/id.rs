//! Ids: a prefix that names the kind, an underscore, and 1 to 64 letters, digits, `_` or `-`.
//!
//! Ids come from models and so, in the end, from strangers. An id is checked here before it can reach a path, which is
//! why the gateway's operations take these types and never plain strings.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// A kind of object, by the prefix of its ids (contract, section 4.3).
pub trait Kind {
    /// The prefix without the underscore, such as `con`.
    const PREFIX: &'static str;
    /// The object in words, such as `contact`.
    const NOUN: &'static str;
}

/// Declares a kind and its id type.
macro_rules! kinds {
    ($($(#[$doc:meta])* $id:ident = $kind:ident, $prefix:literal, $noun:literal;)*) => {$(
        #[doc = concat!("The kind `", $prefix, "_`: ", $noun, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $kind {}
        impl Kind for $kind {
            const PREFIX: &'static str = $prefix;
            const NOUN: &'static str = $noun;
        }
        $(#[$doc])*
        pub type $id = Id<$kind>;
    )*};
}

kinds! {
    /// The id of a contact.
    ContactId = ContactKind, "con", "contact";
    /// The id of a conversation.
    ConversationId = ConversationKind, "conv", "conversation";
    /// The id of a user's seat in a conversation, which the messages route asks for.
    TeamConversationUserId = TeamConversationUserKind, "tcu", "conversation seat";
    /// The id of a comment.
    CommentId = CommentKind, "cmc", "comment";
    /// The id of a notification.
    NotificationId = NotificationKind, "not", "notification";
}

/// A checked id of one kind.
pub struct Id<K> {
    text: Box<str>,
    kind: PhantomData<fn() -> K>,
}

/// Why a text is no id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Another prefix, or none.
    #[error("a {noun} id begins with {prefix}_")]
    Prefix {
        /// The wanted prefix.
        prefix: &'static str,
        /// The wanted object.
        noun: &'static str,
    },
    /// A character outside `A-Z a-z 0-9 _ -`, or a length outside 1 to 64 after the prefix.
    #[error("a {noun} id is {prefix}_ and 1-64 letters, digits, _ or -")]
    Alphabet {
        /// The wanted prefix.
        prefix: &'static str,
        /// The wanted object.
        noun: &'static str,
    },
}

impl<K: Kind> Id<K> {
    /// Checks a text.
    ///
    /// # Errors
    /// [`IdError`] when the prefix is another or a character may not stand in a path.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let (prefix, noun) = (K::PREFIX, K::NOUN);
        let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
        let rest = rest.ok_or(IdError::Prefix { prefix, noun })?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if rest.is_empty() || rest.len() > 64 || !rest.bytes().all(allowed) {
            return Err(IdError::Alphabet { prefix, noun });
        }
        Ok(Self { text: text.into(), kind: PhantomData })
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::parse(text)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self { text: self.text.clone(), kind: PhantomData }
    }
}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<K> Eq for Id<K> {}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
