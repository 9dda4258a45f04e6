//! Faults as text, for the command line: `list_contacts:429=0.1,retry_after=1;*:latency,ms=50`.

use std::str::FromStr;
use std::time::Duration;

use http::StatusCode;

use super::{AnswerBody, Fault, Faults, Form, Rule, TextForm};
use crate::gateway::operations;
use crate::model::Prefix;

/// The kinds besides the status codes, as an error lists them.
const KINDS: &str = "a status such as 429 or 503, latency, reset, reset_after, truncated, html, root, wrapped, bare_array, \
     items, text_numbers, empty, redirect, ignored, normalized, clobbered, replaced, sort_ignored, \
     sort_refused, lost_path";

/// Why a text is no faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// A rule without a colon.
    #[error("`{0}` is no rule; write OPERATION:KIND=SHARE, with * for every operation")]
    Rule(String),
    /// An operation that does not exist.
    #[error("there is no operation `{0}`")]
    Operation(String),
    /// A kind that does not exist.
    #[error("there is no fault `{0}`; there are {KINDS}")]
    Kind(String),
    /// An option that does not exist, or is not for this kind.
    #[error(
        "there is no option `{0}` here; there are ms, retry_after, body, to, field, as, first, after, form, prefix"
    )]
    Option(String),
    /// A value that the option or share does not take.
    #[error("`{value}` is no value of {name}")]
    Value {
        /// The option.
        name: String,
        /// The value.
        value: String,
    },
}

/// Reads `RULE;RULE…`, where a rule is `OPERATION:KIND[=SHARE][,OPTION=VALUE…]` and `*` stands for every operation.
///
/// Options: `ms` (latency), `retry_after` (statuses), `body` (statuses: json, html, empty, root), `to` (redirect),
/// `field` (ignored, normalized, clobbered, sort_ignored, sort_refused; `*` for every one), `as` (normalized: lower, digits,
/// trimmed, or a number of characters to keep), and for all kinds `first`, `after`, `form` (main, other), `prefix`
/// (channel-service, backend). A rule `seed:NUMBER` sets the seed.
impl FromStr for Faults {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut faults = Self::default();
        for text in text.split(';').map(str::trim).filter(|text| !text.is_empty()) {
            let (operation, clause) = text.split_once(':').ok_or_else(|| ParseError::Rule(text.to_owned()))?;
            if operation == "seed" {
                faults.seed = value("seed", clause)?;
            } else {
                faults.rules.push(rule(operation, clause)?);
            }
        }
        Ok(faults)
    }
}

fn rule(operation: &str, clause: &str) -> Result<Rule, ParseError> {
    let mut parts = clause.split(',').map(str::trim);
    let first = parts.next().unwrap_or_default();
    let (kind, share) = first.split_once('=').unwrap_or((first, "1"));
    let mut rule = Rule::always(fault(kind)?);
    rule.share = value("share", share)?;
    if !(0.0..=1.0).contains(&rule.share) {
        return Err(ParseError::Value { name: "share".to_owned(), value: share.to_owned() });
    }
    if operation != "*" {
        if !operations::catalog().iter().any(|known| known.name == operation) {
            return Err(ParseError::Operation(operation.to_owned()));
        }
        rule.operation = Some(operation.to_owned());
    }
    for option in parts {
        let (name, text) = option.split_once('=').ok_or_else(|| ParseError::Option(option.to_owned()))?;
        if !set_on_rule(&mut rule, name, text)? && !set_on_fault(&mut rule.fault, name, text)? {
            return Err(ParseError::Option(name.to_owned()));
        }
    }
    Ok(rule)
}

fn fault(kind: &str) -> Result<Fault, ParseError> {
    Ok(match kind {
        "latency" => Fault::Latency(Duration::from_millis(100)),
        "reset" => Fault::ResetBefore,
        "reset_after" => Fault::ResetAfter,
        "truncated" => Fault::Truncated,
        "html" => Fault::page(StatusCode::OK),
        "root" => Fault::Answer { status: StatusCode::OK, body: AnswerBody::Root, retry_after: None },
        "wrapped" => Fault::Wrapped,
        "bare_array" => Fault::BareArray,
        "items" => Fault::Items,
        "text_numbers" => Fault::TextNumbers,
        "empty" => Fault::Empty,
        "redirect" => Fault::Redirect("http://elsewhere.example/".to_owned()),
        "ignored" => Fault::Ignored("phone_number".to_owned()),
        "normalized" => Fault::Normalized { field: "email".to_owned(), form: TextForm::Lower },
        "clobbered" => Fault::Clobbered("*".to_owned()),
        "replaced" => Fault::Replaced,
        "sort_ignored" => Fault::SortIgnored("updated_at".to_owned()),
        "sort_refused" => Fault::SortRefused("updated_at".to_owned()),
        "lost_path" => Fault::LostPath,
        other => match other.parse::<StatusCode>() {
            Ok(status) if status.as_u16() >= 200 => Fault::status(status),
            _ => return Err(ParseError::Kind(other.to_owned())),
        },
    })
}

/// Sets an option that every kind has; `false` when it is none.
fn set_on_rule(rule: &mut Rule, name: &str, text: &str) -> Result<bool, ParseError> {
    let refused = || ParseError::Value { name: name.to_owned(), value: text.to_owned() };
    match name {
        "first" => rule.first = Some(value(name, text)?),
        "after" => rule.after = value(name, text)?,
        "form" => {
            rule.form = Some(match text {
                "main" => Form::Main,
                "other" => Form::Alternative,
                _ => return Err(refused()),
            });
        }
        "prefix" => {
            let prefixes = [("channel-service", Prefix::ChannelService), ("backend", Prefix::Backend)];
            let found = prefixes.into_iter().find(|(word, _)| *word == text);
            rule.prefix = Some(found.ok_or_else(refused)?.1);
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// Sets an option that only some kinds have; `false` when this one has it not.
fn set_on_fault(fault: &mut Fault, name: &str, text: &str) -> Result<bool, ParseError> {
    match (name, fault) {
        ("ms", Fault::Latency(time)) => *time = Duration::from_millis(value(name, text)?),
        ("retry_after", Fault::Answer { retry_after, .. }) => *retry_after = Some(text.to_owned()),
        ("body", Fault::Answer { body, .. }) => {
            *body = match text {
                "json" => AnswerBody::Json,
                "html" => AnswerBody::Html,
                "empty" => AnswerBody::Empty,
                "root" => AnswerBody::Root,
                _ => {
                    return Err(ParseError::Value { name: name.to_owned(), value: text.to_owned() });
                }
            };
        }
        ("to", Fault::Redirect(address)) => *address = text.to_owned(),
        (
            "field",
            Fault::Ignored(field)
            | Fault::Normalized { field, .. }
            | Fault::Clobbered(field)
            | Fault::SortIgnored(field)
            | Fault::SortRefused(field),
        ) => *field = text.to_owned(),
        ("as", Fault::Normalized { form, .. }) => {
            *form = match text {
                "lower" => TextForm::Lower,
                "digits" => TextForm::Digits,
                "trimmed" => TextForm::Trimmed,
                number => TextForm::Cut(value(name, number)?),
            };
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn value<T: FromStr>(name: &str, text: &str) -> Result<T, ParseError> {
    text.trim().parse().map_err(|_| ParseError::Value { name: name.to_owned(), value: text.to_owned() })
}
