//! The preview of a call, as a model or a person reads it.

/// What a call would do, and the token that confirms it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The tool's title.
    pub(super) title: &'static str,
    /// What it would do: "dismiss 5 notifications".
    pub(super) would: String,
    /// Environment and organisation.
    pub(super) place: String,
    /// What follows the place in the sentence.
    pub(super) rest: String,
    /// Whether it was confirmed, but is no longer what was confirmed.
    pub(super) changed: bool,
    /// Confirms it, once.
    pub(super) token: String,
    /// How long the token holds.
    pub(super) seconds: u64,
}

impl Question {
    /// The same question, its words changed.
    pub(in crate::tools) fn reworded(self, reword: impl Fn(String) -> String) -> Self {
        Self { would: reword(self.would), rest: reword(self.rest), ..self }
    }

    /// The question for a person, who answers yes or no.
    pub fn for_person(&self) -> String {
        let Self { title, would, place, rest, .. } = self;
        let changed = if self.changed { "This has changed meanwhile. " } else { "" };
        format!("{changed}{title}: {would} in {place}{rest}?")
    }

    /// The token, for [`super::Consent::Agreed`].
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The preview for a model, with the token that it repeats the call with.
    pub(in crate::tools) fn for_model(&self) -> Vec<String> {
        let Self { would, place, rest, token, seconds, .. } = self;
        let changed =
            if self.changed { "Nothing was done: it has changed since the preview." } else { "Nothing was done yet." };
        vec![
            format!("{changed} This call would {would} in {place}{rest}."),
            format!("If the user agrees, repeat it within {seconds} s with confirm={token}"),
        ]
    }
}
