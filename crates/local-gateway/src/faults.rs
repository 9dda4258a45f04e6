//! Misbehaviour on request: which requests are answered wrongly, and how.
//!
//! A [`Rule`] is a fault, the requests it is meant for, and the share or the count of them that it hits. Every kind has
//! a short text form for the command line, which [`Faults`] reads with `FromStr`.

mod choose;
mod injected_fault;
mod parse;
mod rewrite;

use std::time::Duration;

use http::StatusCode;

use crate::model::Prefix;

pub(super) use choose::{Chooser, FaultRequest};
pub(super) use injected_fault::InjectedFault;
pub use parse::ParseError;

/// Whether a request took the form that an operation sends first, or another (contract, section 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The operation's own method and route.
    Main,
    /// Another method or route for the same.
    Alternative,
}

/// How the local gateway misbehaves; by default it does not.
///
/// Rules are asked in order; all that hit a request act on it, except that the first answer given instead of the real
/// one is the answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// Decides which requests a share hits; the same seed and the same requests give the same faults.
    pub seed: u64,
    /// What goes wrong.
    pub rules: Vec<Rule>,
}

/// One way to misbehave, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What is done.
    pub fault: Fault,
    /// To which operation, by its name; `None` is every one.
    pub operation: Option<String>,
    /// To which form of it; `None` is every one.
    pub form: Option<Form>,
    /// Under which prefix; `None` is both.
    pub prefix: Option<Prefix>,
    /// The share of those requests that is hit, from 0 to 1.
    pub share: f64,
    /// How many of those requests pass before the rule begins.
    pub after: u64,
    /// How many of those requests the rule looks at once it has begun; `None` is all of them.
    pub first: Option<u64>,
}

/// What is done to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is answered later.
    Latency(Duration),
    /// Another answer is given, and nothing is done.
    Answer {
        /// The status.
        status: StatusCode,
        /// The body.
        body: AnswerBody,
        /// The `Retry-After` header.
        retry_after: Option<String>,
    },
    /// 302 to this address, and nothing is done.
    Redirect(String),
    /// The socket is closed without an answer, and nothing is done.
    ResetBefore,
    /// The socket is closed without an answer, but what was asked is done.
    ResetAfter,
    /// The answer breaks off in the middle.
    Truncated,
    /// A success has no body.
    Empty,
    /// The answer is put into `{"data":…}` once more: one contact as newer servers send it, or a list doubly wrapped.
    Wrapped,
    /// A list's rows come as a bare array.
    BareArray,
    /// A list's rows come under `items`.
    Items,
    /// Every number comes as a string.
    TextNumbers,
    /// A field of an update is dropped in silence; `*` is every field.
    Ignored(String),
    /// A text field of an update is stored in another form; `*` is every field.
    Normalized {
        /// The field.
        field: String,
        /// What becomes of its text.
        form: TextForm,
    },
    /// Fields that an update does not send are cleared, as if it were the whole contact: this field, or every one that
    /// can be changed with `*`.
    Clobbered(String),
    /// An update is taken for the whole contact: what it does not send is gone, fields that nobody can change included.
    Replaced,
    /// A list is not sorted by this key but comes in the default order; `*` is every key.
    SortIgnored(String),
    /// A list that is to be sorted by this key is refused with 400; `*` is every key.
    SortRefused(String),
    /// The prefix loses the resource's path on the way, as one gateway's alias does (contract, section 1.2): lists get
    /// the root document of the service behind, everything else its 404.
    LostPath,
}

/// What a gateway makes of a text before it stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextForm {
    /// Trimmed and in lower case, as e-mail addresses are kept.
    Lower,
    /// Its decimal digits and nothing else, as phone numbers are kept.
    Digits,
    /// Trimmed, and one space where there were several, as names are kept.
    Trimmed,
    /// Only the first so many characters, as narrow columns keep them.
    Cut(usize),
}

impl TextForm {
    /// The text in this form.
    pub(super) fn of(self, text: &str) -> String {
        match self {
            Self::Lower => text.trim().to_lowercase(),
            Self::Digits => text.chars().filter(char::is_ascii_digit).collect(),
            Self::Trimmed => text.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Cut(most) => text.chars().take(most).collect(),
        }
    }
}

/// The body of an answer given instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerBody {
    /// `{"code":…,"message":…}`, or for 429 the limiter's plain text.
    Json,
    /// The page of an edge server; for 404 what Express prints.
    Html,
    /// None.
    Empty,
    /// `{"service":"channel-service","status":"ok"}`.
    Root,
    /// This text, with this media type.
    Text {
        /// The media type.
        media_type: String,
        /// The text.
        text: String,
    },
}

impl Rule {
    /// The fault on every request of every operation.
    pub fn always(fault: Fault) -> Self {
        Self { fault, operation: None, form: None, prefix: None, share: 1.0, after: 0, first: None }
    }

    /// Only for one operation.
    #[must_use]
    pub fn on(mut self, operation: &str) -> Self {
        self.operation = Some(operation.to_owned());
        self
    }

    /// Only for one form.
    #[must_use]
    pub fn form(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }

    /// Only under one prefix.
    #[must_use]
    pub fn under(mut self, prefix: Prefix) -> Self {
        self.prefix = Some(prefix);
        self
    }

    /// Only for a share of the requests.
    #[must_use]
    pub fn share(mut self, share: f64) -> Self {
        self.share = share;
        self
    }

    /// Only for the first so many requests.
    #[must_use]
    pub fn first(mut self, requests: u64) -> Self {
        self.first = Some(requests);
        self
    }

    /// Only for the request of this number, counted from 1.
    #[must_use]
    pub fn only(mut self, number: u64) -> Self {
        (self.after, self.first) = (number.saturating_sub(1), Some(1));
        self
    }
}

impl Fault {
    /// A status with the JSON body that it usually has.
    pub fn status(status: StatusCode) -> Self {
        Self::Answer { status, body: AnswerBody::Json, retry_after: None }
    }

    /// A status with an edge server's page.
    pub fn page(status: StatusCode) -> Self {
        Self::Answer { status, body: AnswerBody::Html, retry_after: None }
    }

    /// A status without a body.
    pub fn bare(status: StatusCode) -> Self {
        Self::Answer { status, body: AnswerBody::Empty, retry_after: None }
    }

    /// 200 with a JSON text of the caller's choice.
    pub fn json(text: impl Into<String>) -> Self {
        let body = AnswerBody::Text { media_type: "application/json".to_owned(), text: text.into() };
        Self::Answer { status: StatusCode::OK, body, retry_after: None }
    }

    /// 429, with `Retry-After` when given.
    pub fn too_many(retry_after: Option<&str>) -> Self {
        let retry_after = retry_after.map(str::to_owned);
        Self::Answer { status: StatusCode::TOO_MANY_REQUESTS, body: AnswerBody::Json, retry_after }
    }
}

impl Faults {
    /// One rule and nothing else.
    pub fn one(rule: Rule) -> Self {
        Self { seed: 0, rules: vec![rule] }
    }

    /// A gateway that cannot pass on a DELETE's body: dismiss answers 400 without a body (contract, test B).
    pub fn delete_bodies_lost() -> Self {
        let fault = Fault::bare(StatusCode::BAD_REQUEST);
        Self::one(Rule::always(fault).on("dismiss_notifications").form(Form::Main))
    }

    /// A gateway that does not know an operation's own form, only the others of section 8.
    pub fn main_form_unknown(operation: &str) -> Self {
        Self::one(Rule::always(Fault::page(StatusCode::NOT_FOUND)).on(operation).form(Form::Main))
    }

    /// A gateway that knows only an operation's own form.
    pub fn other_forms_unknown() -> Self {
        Self::one(Rule::always(Fault::page(StatusCode::NOT_FOUND)).form(Form::Alternative))
    }

    /// A gateway where one prefix leads nowhere (contract, section 1.2).
    pub fn broken_prefix(prefix: Prefix) -> Self {
        Self::one(Rule::always(Fault::LostPath).under(prefix))
    }

    /// The same with one more rule.
    #[must_use]
    pub fn and(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }
}

impl From<Rule> for Faults {
    fn from(rule: Rule) -> Self {
        Self::one(rule)
    }
}
