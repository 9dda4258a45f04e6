//! Names: fillers, form, and what does not belong into them. The given and family names get the display name's corrections.

use super::super::Subject;
use super::super::normalize::email;
use super::name_forms::{
    capitals, composed, fold, mojibake, one_case, pictures, single_case, spaces, split_tag, title,
};
use super::{Finding, Kind, ValueCounts};

const FIELDS: [&str; 3] = ["display_name", "first_name", "last_name"];

/// Words that stand where nobody's name was known.
const FILLERS: [&str; 56] = [
    "anonymous",
    "asdf",
    "asdfgh",
    "qwerty",
    "abc",
    "abcd",
    "xxx",
    "client",
    "contact",
    "customer",
    "dummy",
    "facebook user",
    "guest",
    "instagram user",
    "line user",
    "messenger user",
    "n/a",
    "new contact",
    "new customer",
    "new user",
    "nil",
    "no name",
    "noname",
    "none",
    "null",
    "sample",
    "telegram user",
    "test",
    "test test",
    "test user",
    "tester",
    "testing",
    "undefined",
    "unknown",
    "unknown user",
    "unnamed",
    "user",
    "visitor",
    "web visitor",
    "wechat user",
    "whatsapp user",
    "匿名",
    "顧客",
    "顾客",
    "お客様",
    "고객",
    "客戶",
    "客户",
    "未知",
    "測試",
    "测试",
    "テスト",
    "名無し",
    "khách hàng",
    "khách",
    "ลูกค้า",
];

pub(super) fn check(subject: &Subject<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    if is_placeholder(&subject.display_name) {
        return found.push(Finding::new(Kind::PlaceholderName, "display_name", Vec::new()));
    }
    if is_filler(&subject.display_name) {
        return found.push(Finding::new(Kind::JunkName, "display_name", Vec::new()));
    }
    let mut kinds: Vec<(Kind, &'static str)> = Vec::new();
    let mut fix = Vec::new();
    let mut taken = None;
    for field in FIELDS {
        let text = subject.value(field);
        if text.is_empty() {
            continue;
        }
        let before = kinds.len();
        let clean = correct(subject, value_counts, field, &mut kinds, &mut taken);
        if kinds.len() > before && !clean.is_empty() && clean != text {
            fix.push((field, clean));
        }
    }
    if let Some(form) = taken.filter(|_| subject.title.is_empty()) {
        fix.push(("title", form));
    }
    kinds.sort_by_key(|(kind, _)| *kind);
    kinds.dedup_by_key(|(kind, _)| *kind);
    found.extend(kinds.into_iter().map(|(kind, field)| Finding::new(kind, field, fix.clone())));
    check_order(subject, found);
}

/// A text without one fault.
type Form = fn(&str) -> std::borrow::Cow<'_, str>;

/// A field's text without its faults, which are added to `kinds`; `taken` becomes the form of address that was in it.
fn correct(
    subject: &Subject<'_>,
    value_counts: &ValueCounts,
    field: &'static str,
    kinds: &mut Vec<(Kind, &'static str)>,
    taken: &mut Option<String>,
) -> String {
    let mut text = subject.value(field).to_owned();
    if let Some(read) = mojibake(&text) {
        kinds.push((Kind::NameMojibake, field));
        text = read;
    } else if text.contains('\u{FFFD}') {
        kinds.push((Kind::NameMojibake, field));
    }
    let forms: [(Kind, Form); 3] =
        [(Kind::NameSpaces, spaces), (Kind::NameDecomposed, composed), (Kind::NameEmoji, pictures)];
    for (kind, form) in forms {
        let clean = form(&text);
        if clean != text {
            kinds.push((kind, field));
            text = clean.into_owned();
        }
    }
    if field == "display_name" {
        text = without_additions(subject, value_counts, text, kinds, taken);
    }
    let whole = field == "display_name" || subject.display_name.is_empty();
    for (kind, upper) in [(Kind::NameUpper, true), (Kind::NameLower, false)] {
        let odd = if whole {
            one_case(&text, upper)
        } else {
            single_case(&text, upper) && one_case(&subject.display_name, upper)
        };
        if odd {
            kinds.push((kind, field));
            text = capitals(&text);
        }
    }
    text
}

fn without_additions(
    subject: &Subject<'_>,
    value_counts: &ValueCounts,
    mut text: String,
    kinds: &mut Vec<(Kind, &'static str)>,
    taken: &mut Option<String>,
) -> String {
    if let Some(name) = without_company(subject, value_counts, &text) {
        kinds.push((Kind::NameCompanyTag, "display_name"));
        text = name.to_owned();
    }
    while let Some((name, form)) = title(&text) {
        if kinds.last().is_none_or(|(kind, _)| *kind != Kind::NameTitle) {
            kinds.push((Kind::NameTitle, "display_name"));
        }
        taken.get_or_insert_with(|| form.to_owned());
        text = name.to_owned();
    }
    text
}

/// A tag is a company's when it is the contact's company or mail domain, or when several names end in it.
fn without_company<'a>(subject: &Subject<'_>, value_counts: &ValueCounts, text: &'a str) -> Option<&'a str> {
    let squeezed = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let Some((name, tag)) = split_tag(text) else {
        let name =
            text.strip_suffix(subject.company_name.as_ref()).filter(|_| !subject.company_name.is_empty())?.trim_end();
        return (name.len() < text.len() && name.split_whitespace().count() > 1).then_some(name);
    };
    let tagged = squeezed(tag);
    let address = email::read(&subject.email).address();
    let domain = address.map(|address| address.domain).unwrap_or_default();
    let domain = domain.split('.').next().unwrap_or_default().replace('-', "");
    let own = tagged.len() > 2 && (tagged == squeezed(&subject.company_name) || tagged == domain);
    (own || value_counts.of_tag(tag) > 2).then_some(name)
}

/// Whether a channel made the name up: letters of a country, a number sign, a code.
pub(super) fn is_placeholder(name: &str) -> bool {
    let Some((country, code)) = name.trim().split_once('#') else { return false };
    (2..=3).contains(&country.len())
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (4..=10).contains(&code.len())
        && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && code.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether the name says nothing of anybody.
pub(super) fn is_filler(name: &str) -> bool {
    if name.trim().is_empty() {
        return false;
    }
    let visible = spaces(name);
    let trimmed = visible.as_ref();
    if !trimmed.chars().any(char::is_alphabetic) {
        return pictures(trimmed).len() == trimmed.len();
    }
    if trimmed.len() > 24 {
        return email::is_address(trimmed);
    }
    FILLERS.contains(&trimmed.to_lowercase().as_str()) || email::is_address(trimmed)
}

/// The parts of the name as ASCII letters, sorted; of the given and family names where the display name is in another script.
pub(super) fn tokens(subject: &Subject<'_>) -> Vec<String> {
    let name = split_tag(&subject.display_name).map_or(subject.display_name.as_ref(), |(name, _)| name);
    let name = title(name).map_or(name, |(name, _)| name);
    let mut tokens = Vec::new();
    for text in [name, &subject.first_name, &subject.last_name] {
        if text == name && is_placeholder(text) {
            continue;
        }
        // `O'Neill` is `oneill` in addresses.
        let mut folded = fold(text);
        folded.retain(|c| !matches!(c, '\'' | '’'));
        for token in folded.split(|c: char| !c.is_alphanumeric()).filter(|token| !token.is_empty() && token.is_ascii())
        {
            if !tokens.iter().any(|known| known == token) {
                tokens.push(token.to_owned());
            }
        }
    }
    tokens.sort_unstable();
    tokens
}

/// Family names that are hardly given names.
const FAMILY: [&str; 34] = [
    "nguyễn", "trần", "phạm", "huỳnh", "đặng", "bùi", "đỗ", "ngô", "nguyen", "tran", "pham", "huynh", "陳", "陈", "黃",
    "黄", "張", "张", "李", "王", "吳", "吴", "劉", "刘", "蔡", "楊", "杨", "許", "许", "鄭", "郑", "謝", "郭", "趙",
];

fn check_order(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let (first, last) = (subject.first_name.trim(), subject.last_name.trim());
    let family = |text: &str| FAMILY.contains(&text.to_lowercase().as_str());
    let contains =
        last.split_whitespace().any(family) || last.chars().next().is_some_and(|c| family(c.encode_utf8(&mut [0; 4])));
    if !last.is_empty() && family(first) && !contains {
        let fix = vec![("first_name", last.to_owned()), ("last_name", first.to_owned())];
        found.push(Finding::new(Kind::NameSwapped, "first_name", fix));
    }
}
