//! E-mail addresses: one reading of what somebody typed, with what people and programs put around an address told apart.

use std::fmt;

use imbrace_contacts_client::characters::{is_blank, is_invisible};

mod known;
mod slips;
mod syntax;
mod typed;

use known::{DISPOSABLE, FILLERS, NO_ADDRESS, PROVIDERS, ROLES, RUNS};
pub use slips::{meant_domain, meant_ending, one_slip};
use syntax::Parsed;

use super::filler;

/// A longer text is no address and holds none that anybody meant; it is not taken apart.
const LONGEST: usize = 2_000;

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As somebody wrote it, without what stood around it and in plain letters instead of full width.
    pub written: String,
    /// The part before the at sign, in lower case.
    pub local: String,
    /// The part behind it, in lower case.
    pub domain: String,
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{}", self.local, self.domain)
    }
}

impl Address {
    fn new(local: &str, domain: &str) -> Self {
        Self { written: format!("{local}@{domain}"), local: lower(local), domain: lower(domain) }
    }

    /// The domain as it is compared: a name of other letters is one in Unicode and in Punycode.
    pub fn comparable_domain(&self) -> String {
        syntax::to_ascii(&self.domain).unwrap_or_else(|| self.domain.clone())
    }
}

/// What a text that should be an e-mail address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// Nothing was typed.
    Empty,
    /// A filler: `-`, `n/a`, `none@gmail.com`, `không có`.
    Junk,
    /// No address.
    Invalid,
    /// What may be an address and is none that providers hand out: an IP address or no dot behind the at sign, a comment, a part
    /// that is too long. Or a text too long to be taken apart.
    NotRead,
    /// No address, but for a blank, a comma, a sign twice or a missing dot; this is probably meant.
    Slip(Address),
    /// An address.
    Address {
        /// It.
        address: Address,
        /// What stood beside it and says something: a name, a note, a second address.
        beside: String,
    },
}

impl Reading {
    /// The address, where there is one.
    pub fn address(self) -> Option<Address> {
        match self {
            Self::Address { address, .. } => Some(address),
            _ => None,
        }
    }
}

/// Reads an e-mail address.
pub fn read(text: &str) -> Reading {
    if text.is_empty() {
        return Reading::Empty;
    }
    let trimmed = text.trim_matches(|c: char| is_blank(c) || is_invisible(c));
    if trimmed.is_empty() {
        return Reading::Junk;
    }
    if trimmed.len() > LONGEST {
        return Reading::NotRead;
    }
    let clean = typed::folded(trimmed);
    let bare = typed::bare(&clean);
    if bare.is_empty() || is_filler(&lower(bare)) || is_filler(&lower(&clean)) {
        return Reading::Junk;
    }
    let alone = |(local, domain)| Reading::Address { address: Address::new(local, domain), beside: String::new() };
    // Quotes belong to some addresses, so they are tried before what stands around is taken off.
    for text in [clean.as_str(), bare] {
        match syntax::parse(text) {
            Parsed::Address(local, domain) => return alone((local, domain)),
            Parsed::Odd => return undone(bare).unwrap_or(Reading::NotRead),
            Parsed::None => {}
        }
    }
    if let Some((address, beside)) = typed::among_words(&clean) {
        return Reading::Address { address, beside };
    }
    undone(bare).unwrap_or(Reading::Invalid)
}

fn undone(text: &str) -> Option<Reading> {
    let address = slips::undone(text)?;
    Some(if is_filler(&address.to_string()) { Reading::Junk } else { Reading::Slip(address) })
}

/// A text in lower case, letter by letter: the same wherever in a word a letter stands.
fn lower(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Whether a whole text is one address and nothing else.
pub fn is_address(text: &str) -> bool {
    matches!(syntax::parse(text), Parsed::Address(..))
}

/// Whether a domain is a large provider's, where an address says nothing of a company.
pub fn is_provider(domain: &str) -> bool {
    PROVIDERS.contains(&domain)
}

/// Whether a text in lower case stands where an address was asked for and there was none.
pub fn is_filler(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        let words = address.trim_matches(|c: char| !c.is_alphanumeric() && c.is_ascii());
        return !address.chars().any(char::is_alphanumeric)
            || FILLERS.contains(&words)
            || NO_ADDRESS.contains(&words)
            || filler::says_none(words)
            || filler::says_none(address)
            || is_one_letter(words);
    };
    let label = domain.split('.').next().unwrap_or_default();
    FILLERS.contains(&local)
        || (is_one_letter(local) && (local == label || local.len() > 2 || is_provider(domain)))
        || (RUNS.contains(&local) && (is_provider(domain) || local == label || FILLERS.contains(&label)))
}

fn is_one_letter(text: &str) -> bool {
    text.len() < 8 && text.bytes().all(|byte| Some(&byte) == text.as_bytes().first())
}

/// Whether the address is of a function in a company and not of a person.
pub fn is_role(local: &str) -> bool {
    ROLES.contains(&local)
}

/// Whether the domain's addresses live for minutes.
pub fn is_disposable(domain: &str) -> bool {
    DISPOSABLE.contains(&domain)
}

#[cfg(test)]
mod tests;
