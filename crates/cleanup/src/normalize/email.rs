//! E-mail addresses without what people and programs put around them, and typos of well-known domains.

use std::borrow::Cow;

use imbrace_contacts_client::characters::{is_blank, is_invisible};

mod known;

use known::{CORRECTED_TO, DISPOSABLE, FILLERS, PROVIDERS, ROLES, RUNS};

/// The address inside a text: without spaces around it, angle brackets, a name before them, `mailto:`, quotes, trailing stops, and
/// without invisible characters. A control or a line break inside stays, because it may part two addresses.
pub fn unwrap(text: &str) -> Cow<'_, str> {
    let hides = |character: char| is_invisible(character) && !character.is_control() && !is_blank(character);
    if text.contains(hides) { Cow::Owned(bare(&text.replace(hides, "")).to_owned()) } else { Cow::Borrowed(bare(text)) }
}

fn bare(text: &str) -> &str {
    let around = |character: char| {
        is_blank(character)
            || character.is_control()
            || matches!(character, '<' | '>' | '"' | '\'' | ',' | ';' | ':' | '.' | '(' | ')' | '[' | ']')
            || matches!(character, '“' | '”' | '‘' | '’' | '，' | '；' | '。')
    };
    let mut inner = text;
    if let (Some(open), Some(close)) = (text.rfind('<'), text.rfind('>'))
        && let Some(between) = text.get(open + 1..close).filter(|between| between.contains('@'))
    {
        inner = between;
    }
    loop {
        let trimmed = inner.trim_matches(around);
        match trimmed.split_at_checked("mailto:".len()) {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => inner = rest,
            _ => return trimmed,
        }
    }
}

/// An unwrapped address in lower case.
pub fn lower<'a>(address: impl Into<Cow<'a, str>>) -> Cow<'a, str> {
    let address = address.into();
    if address.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(address.to_lowercase())
    } else {
        address
    }
}

/// The parts before and behind the at sign, where the address can be one.
pub fn split(address: &str) -> Option<(&str, &str)> {
    let (local, domain) = address.split_once('@').filter(|_| !address.contains(|c| is_blank(c) || is_invisible(c)))?;
    let dots = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    let local_fits =
        (1..=64).contains(&local.len()) && dots(local) && local.chars().all(|c| !"()<>[],;:\\\"@".contains(c));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let domain_fits = domain.contains('.')
        && domain.len() <= 253
        && domain.split('.').all(label)
        && domain
            .rsplit('.')
            .next()
            .is_some_and(|top| top.chars().count() >= 2 && top.chars().any(char::is_alphabetic));
    (local_fits && domain_fits && address.len() <= 254).then_some((local, domain))
}

/// Whether a domain is a large provider's, where an address says nothing of a company.
pub fn is_provider(domain: &str) -> bool {
    PROVIDERS.contains(&domain)
}

/// The domain that was meant by one that is one slip away from a large provider's.
pub fn meant_domain(domain: &str) -> Option<&'static str> {
    if is_provider(domain) {
        return None;
    }
    CORRECTED_TO.into_iter().find(|target| one_slip(domain, target))
}

/// Whether the two texts differ by one letter more, less, other, or by two neighbours changed about.
pub fn one_slip(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    if long.len() - short.len() > 1 || long == short {
        return false;
    }
    let (long, short) = (long.as_bytes(), short.as_bytes());
    let same = long.iter().zip(short).take_while(|(a, b)| a == b).count();
    let (Some(long), Some(short)) = (long.get(same..), short.get(same..)) else { return false };
    match (long, short) {
        ([_, rest @ ..], short) if rest == short => true,
        ([_, rest @ ..], [_, short @ ..]) if rest == short => true,
        ([a, b, rest @ ..], [c, d, short @ ..]) => a == d && b == c && rest == short,
        _ => false,
    }
}

/// Whether a text stands where an address was asked for and there was none.
pub fn is_filler(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        return !address.chars().any(char::is_alphanumeric)
            || FILLERS.contains(&address)
            || matches!(address, "n/a" | "n.a");
    };
    let label = domain.split('.').next().unwrap_or_default();
    let one_letter = |text: &str| text.bytes().all(|byte| Some(&byte) == text.as_bytes().first());
    FILLERS.contains(&local)
        || (one_letter(local) && (local == label || local.len() > 2 || is_provider(domain)))
        || (RUNS.contains(&local) && (is_provider(domain) || local == label || FILLERS.contains(&label)))
}

/// Whether the address is of a function in a company and not of a person.
pub fn is_role(local: &str) -> bool {
    ROLES.contains(&local)
}

/// Whether the domain's addresses live for minutes.
pub fn is_disposable(domain: &str) -> bool {
    DISPOSABLE.contains(&domain)
}
