//! E-mail addresses without what people and programs put around them, and typos of well-known domains.

use std::borrow::Cow;

/// Domains of large mail providers; also those that others are a typo away from, so that they are never taken for one.
const PROVIDERS: [&str; 74] = [
    "126.com",
    "139.com",
    "163.com",
    "189.cn",
    "aim.com",
    "aol.com",
    "att.net",
    "bigpond.com",
    "comcast.net",
    "daum.net",
    "docomo.ne.jp",
    "email.com",
    "ezweb.ne.jp",
    "fastmail.com",
    "foxmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hanmail.net",
    "hotmail.co.jp",
    "hotmail.co.th",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.com.hk",
    "hotmail.com.tw",
    "hotmail.de",
    "hotmail.es",
    "hotmail.fr",
    "hotmail.it",
    "icloud.com",
    "kimo.com",
    "laposte.net",
    "live.cn",
    "live.co.uk",
    "live.com",
    "live.com.my",
    "live.com.sg",
    "live.hk",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "netvigator.com",
    "outlook.com",
    "outlook.com.vn",
    "outlook.jp",
    "outlook.sg",
    "pchome.com.tw",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sina.com",
    "sohu.com",
    "softbank.ne.jp",
    "verizon.net",
    "web.de",
    "yahoo.ca",
    "yahoo.co.id",
    "yahoo.co.in",
    "yahoo.co.jp",
    "yahoo.co.th",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.hk",
    "yahoo.com.my",
    "yahoo.com.sg",
    "yahoo.com.tw",
    "yahoo.com.vn",
    "ymail.com",
];

/// What of them a typo is corrected to: long enough that one letter of difference is hardly another company's domain.
const CORRECTED_TO: [&str; 18] = [
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "outlook.com",
    "protonmail.com",
    "yahoo.com",
    "yahoo.com.hk",
    "yahoo.com.my",
    "yahoo.com.sg",
    "yahoo.com.tw",
    "yahoo.com.vn",
    "yahoo.co.jp",
    "yahoo.co.th",
    "yahoo.co.id",
    "yahoo.co.uk",
    "hotmail.co.uk",
    "netvigator.com",
];

const DISPOSABLE: [&str; 26] = [
    "10minutemail.com",
    "dispostable.com",
    "fakeinbox.com",
    "getairmail.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.com",
    "guerrillamail.net",
    "guerrillamail.org",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailnesia.com",
    "mailnull.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "sharklasers.com",
    "spamgourmet.com",
    "temp-mail.org",
    "tempmail.com",
    "tempr.email",
    "throwawaymail.com",
    "trashmail.com",
    "yopmail.com",
];

const ROLES: [&str; 44] = [
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "billing",
    "booking",
    "bookings",
    "careers",
    "contact",
    "contactus",
    "cs",
    "customercare",
    "customerservice",
    "enquiries",
    "enquiry",
    "feedback",
    "finance",
    "frontdesk",
    "hello",
    "help",
    "helpdesk",
    "hr",
    "info",
    "information",
    "inquiry",
    "jobs",
    "marketing",
    "no-reply",
    "noreply",
    "office",
    "order",
    "orders",
    "postmaster",
    "press",
    "reception",
    "reservation",
    "reservations",
    "sales",
    "service",
    "shop",
    "support",
    "team",
    "webmaster",
    "welcome",
];

/// Words that say "I have none" wherever they stand before the at sign.
const FILLERS: [&str; 24] = [
    "anonymous",
    "dummy",
    "email",
    "fake",
    "na",
    "nil",
    "no",
    "noemail",
    "nomail",
    "none",
    "nobody",
    "nothing",
    "notavailable",
    "notprovided",
    "null",
    "sample",
    "test",
    "testing",
    "tbc",
    "tbd",
    "unknown",
    "undefined",
    "user",
    "xxx",
];

/// Short runs from a keyboard, which may be somebody's initials at a company but not at a provider of millions.
const RUNS: [&str; 14] = [
    "123",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "abc",
    "abc123",
    "abcd",
    "asd",
    "asdf",
    "qwe",
    "qwerty",
];

/// The address inside a text: without spaces around it, angle brackets, a name before them, `mailto:`, quotes, trailing stops.
pub fn unwrap(text: &str) -> &str {
    let around = |character: char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(character, '<' | '>' | '"' | '\'' | ',' | ';' | ':' | '.' | '(' | ')' | '[' | ']')
            || matches!(character, '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '“' | '”' | '‘' | '’' | '，' | '；' | '。')
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
pub fn lower(address: &str) -> Cow<'_, str> {
    if address.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        Cow::Owned(address.to_lowercase())
    } else {
        Cow::Borrowed(address)
    }
}

/// The parts before and behind the at sign, where the address can be one.
pub fn split(address: &str) -> Option<(&str, &str)> {
    let (local, domain) = address.split_once('@')?;
    let dots = |text: &str| !text.starts_with('.') && !text.ends_with('.') && !text.contains("..");
    let local_fits = (1..=64).contains(&local.len())
        && dots(local)
        && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !"()<>[],;:\\\"@".contains(c));
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
