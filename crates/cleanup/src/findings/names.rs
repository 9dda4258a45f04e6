//! Names: fillers, form, and what does not belong into them. The given and family names get the display name's corrections.

use super::super::Subject;
use super::super::normalize::email;
use super::super::normalize::filler;
use super::super::normalize::name::{self, Name};
use super::super::normalize::phone::{self, Evidence, Reading, Sureness};
use super::facts::Facts;
use super::name_forms::{
    Locale, beside_company, capitals, composed, fold, has_address, is_company, is_vietnamese, mojibake, one_case,
    pictures, single_case, spaces, split_tag, title,
};
use super::{Finding, Fixability, Kind, ValueCounts};
use imbrace_contacts_client::characters::is_blank;

const FIELDS: [&str; 3] = ["display_name", "first_name", "last_name"];

/// Words that stand where nobody's name was known.
const FILLERS: [&str; 85] = [
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
    "new contact",
    "new customer",
    "new user",
    "no name",
    "noname",
    "sample",
    "telegram user",
    "test",
    "test test",
    "test user",
    "tester",
    "testing",
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
    "測試",
    "测试",
    "テスト",
    "名無し",
    "khách hàng",
    "khách",
    "ลูกค้า",
    "không có tên",
    "không tên",
    "chưa có tên",
    "khong ten",
    "khách lẻ",
    "khách vãng lai",
    "người dùng",
    "người dùng facebook",
    "người dùng zalo",
    "zalo user",
    "facebook",
    "無名",
    "無名氏",
    "訪客",
    "访客",
    "名前なし",
    "ゲスト",
    "お客さま",
    "不明者",
    "ไม่มีชื่อ",
    "ไม่ทราบชื่อ",
    "ไม่ระบุชื่อ",
    "ผู้ใช้",
    "tiada nama",
    "pelanggan",
    "pengguna",
    "tetamu",
    "lead",
    "new lead",
    "no name given",
    "손님",
    "방문자",
    "이름 없음",
    "клиент",
    "гость",
    "нет имени",
];

/// Fillers that are counted, as channels and counters do.
const NUMBERED: [&str; 19] = [
    "anonymous",
    "client",
    "contact",
    "customer",
    "guest",
    "lead",
    "test",
    "tester",
    "user",
    "visitor",
    "web visitor",
    "khách",
    "khách hàng",
    "ลูกค้า",
    "顧客",
    "客戶",
    "訪客",
    "pelanggan",
    "tetamu",
];

pub(super) fn check(facts: &Facts<'_>, value_counts: &ValueCounts, found: &mut Vec<Finding>) {
    let subject = facts.subject;
    if is_placeholder(&subject.display_name) {
        return found.push(Finding::new(Kind::PlaceholderName, "display_name", Vec::new()));
    }
    if is_filler(&subject.display_name) {
        return found.push(Finding::new(Kind::JunkName, "display_name", Vec::new()));
    }
    let shown = clean(&subject.display_name);
    if let Some(kind) = contact_data(&shown) {
        return found.push(Finding::new(kind, "display_name", moved(subject, shown.trim())));
    }
    let mut corrections = Corrections::default();
    for field in FIELDS {
        if (1..=LONGEST).contains(&subject.value(field).len()) {
            corrections.read(facts, value_counts, field);
        }
    }
    corrections.tell(subject, found);
    check_order(subject, found);
}

/// A longer text is no name, and nothing is corrected in it.
const LONGEST: usize = 1_000;

/// A text without what cannot be seen, and pictures.
fn clean(text: &str) -> String {
    if text.len() > LONGEST { String::new() } else { pictures(&spaces(text)).into_owned() }
}

/// A text without one fault.
type Form = fn(&str) -> std::borrow::Cow<'_, str>;

/// What is wrong with the three fields of a name, and the fields without it.
#[derive(Default)]
struct Corrections {
    kinds: Vec<(Kind, &'static str)>,
    /// The fields without faults of form.
    safe: Vec<(&'static str, String)>,
    /// The fields without what is no name either, which is a guess.
    whole: Vec<(&'static str, String)>,
    /// The form of address that was taken out.
    title: Option<String>,
    /// The company that was taken out.
    company: Option<String>,
}

impl Corrections {
    fn read(&mut self, facts: &Facts<'_>, value_counts: &ValueCounts, field: &'static str) {
        let text = facts.subject.value(field);
        if text.contains('\u{FFFD}') {
            self.kinds.push((Kind::NameMojibake, field));
        }
        let read = mojibake(text);
        let before = self.kinds.len();
        if read.is_some() {
            self.kinds.push((Kind::NameMojibake, field));
        }
        let mut form = formed(facts, value_counts, field, read.as_deref().unwrap_or(text));
        // What was read in the wrong encoding has no form of its own, and a fix that is read otherwise, or that leaves something for
        // the next audit, is a guess.
        let again = |clean: &str| formed(facts, value_counts, field, clean);
        let stays = |clean: &str| read.is_none() && Name::read(clean) == Name::read(text) && mojibake(clean).is_none();
        // Most names have nothing to correct, and stay what they are.
        let is_same = read.is_none() && form.safe == text;
        let mut is_kept = is_same || (stays(&form.safe) && again(&form.safe).safe == form.safe);
        let is_case = |kind: &Kind| matches!(kind, Kind::NameUpper | Kind::NameLower);
        if !is_kept && form.kinds.iter().any(is_case) && stays(&form.base) && again(&form.base).base == form.base {
            is_kept = true;
            form.safe.clone_from(&form.base);
            form.kinds.retain(|kind| !is_case(kind));
            form.kinds.push(Kind::NameGuess);
        }
        if !is_kept {
            let had_kinds = !form.kinds.is_empty();
            form.kinds.clear();
            form.kinds.extend((had_kinds && read.is_none()).then_some(Kind::NameGuess));
        }
        self.kinds.extend(form.kinds.iter().map(|kind| (*kind, field)));
        let whole = if field == "display_name" {
            self.without_additions(facts, value_counts, &form.whole)
        } else {
            form.whole.clone()
        };
        if self.kinds.len() == before {
            return;
        }
        let changed = |clean: &str| !clean.is_empty() && clean != text;
        if is_kept && changed(&form.safe) {
            self.safe.push((field, form.safe));
        }
        if changed(&whole) {
            self.whole.push((field, whole));
        }
    }

    fn without_additions(&mut self, facts: &Facts<'_>, value_counts: &ValueCounts, text: &str) -> String {
        let mut text = text;
        if let Some((name, company)) = without_company(facts, value_counts, text) {
            self.kinds.push((Kind::NameCompanyTag, "display_name"));
            self.company = Some(company.to_owned());
            text = name;
        } else if is_company(text) {
            self.kinds.push((Kind::NameCompany, "display_name"));
            return text.to_owned();
        }
        let mut is_titled = false;
        while let Some((name, form)) = title(text) {
            is_titled = true;
            self.title.get_or_insert_with(|| form.to_owned());
            text = name;
        }
        self.kinds.extend(is_titled.then_some((Kind::NameTitle, "display_name")));
        // What is left may be in one case where the whole was not.
        formed(facts, value_counts, "display_name", text).whole
    }

    /// The findings: first those of form, whose fixes are safe, then the guesses, whose fixes have all of it.
    fn tell(mut self, subject: &Subject<'_>, found: &mut Vec<Finding>) {
        if let Some(company) = self.company.filter(|_| subject.company_name.is_empty()) {
            self.whole.insert(0, ("company_name", company));
        }
        if let Some(form) = self.title.filter(|_| subject.title.is_empty()) {
            self.whole.push(("title", form));
        }
        let order = |kind: Kind| (kind.fixability() != Fixability::Safe, kind);
        self.kinds.sort_by_key(|(kind, _)| order(*kind));
        self.kinds.dedup_by_key(|(kind, _)| *kind);
        for (kind, field) in self.kinds {
            let fix = match kind.fixability() {
                Fixability::Safe => self.safe.clone(),
                Fixability::Ask => self.whole.clone(),
                Fixability::None => Vec::new(),
            };
            found.push(Finding::new(kind, field, fix));
        }
    }
}

/// A text without faults of form.
struct Formed {
    kinds: Vec<Kind>,
    /// Without those that are no matter of capitals.
    base: String,
    /// Without those that are sure.
    safe: String,
    /// Without all.
    whole: String,
}

fn formed(facts: &Facts<'_>, value_counts: &ValueCounts, field: &str, text: &str) -> Formed {
    let subject = facts.subject;
    let (mut kinds, mut text) = (Vec::new(), text.to_owned());
    let forms: [(Kind, Form); 3] =
        [(Kind::NameSpaces, spaces), (Kind::NameDecomposed, composed), (Kind::NameEmoji, pictures)];
    for (kind, form) in forms {
        let clean = form(&text);
        if clean != text {
            kinds.push(kind);
            text = clean.into_owned();
        }
    }
    // A name of pictures alone stays one.
    let is_plain = || !has_address(&text) && !is_company(&text);
    let whole = field == "display_name" || subject.display_name.is_empty();
    let is_odd = |upper| {
        if whole { one_case(&text, upper) } else { single_case(&text, upper) && one_case(&subject.display_name, upper) }
    };
    let odd =
        [(Kind::NameUpper, true), (Kind::NameLower, false)].into_iter().find(|(_, upper)| is_odd(*upper) && is_plain());
    let Some((kind, _)) = odd else { return Formed { kinds, base: text.clone(), safe: text.clone(), whole: text } };
    let (written, is_sure) = capitals(&text, locale(facts, value_counts, &text));
    // A name whose letters begin in a script without capitals stays in one case.
    if written == text || one_case(&written, kind == Kind::NameLower) {
        return Formed { kinds, base: text.clone(), safe: text.clone(), whole: text };
    }
    kinds.push(if is_sure { kind } else { Kind::NameGuess });
    let safe = if is_sure { written.clone() } else { text.clone() };
    Formed { kinds, base: text, safe, whole: written }
}

/// What the contact says of the language of its name.
fn locale(facts: &Facts<'_>, value_counts: &ValueCounts, text: &str) -> Locale {
    const SYLLABLES: [&str; 11] = ["VN", "HK", "TW", "SG", "MY", "TH", "JP", "CN", "KR", "MO", "KH"];
    let region = value_counts.home(facts).map(|region| region.to_string()).unwrap_or_default();
    Locale {
        is_turkish: matches!(region.as_str(), "TR" | "AZ"),
        has_syllables: SYLLABLES.contains(&region.as_str()) || is_vietnamese(text),
    }
}

/// Whether a name is an address, a number or a link.
fn contact_data(text: &str) -> Option<Kind> {
    let text = text.trim();
    let is_link = has_address(text) && !text.contains(is_blank) && !text.contains('@');
    (email::is_address(text) || is_link || is_number(text)).then_some(Kind::NameAddress)
}

fn is_number(text: &str) -> bool {
    text.chars().filter(char::is_ascii_digit).count() >= 7
        && text.chars().all(|c| c.is_ascii_digit() || is_blank(c) || "+-.()/".contains(c))
}

/// The fields that an address or a number belongs into, where they are empty.
fn moved(subject: &Subject<'_>, text: &str) -> Vec<(&'static str, String)> {
    if subject.email.is_empty() && email::is_address(text) {
        return vec![("email", text.to_owned())];
    }
    if subject.phone_number.is_empty()
        && is_number(text)
        && let Reading::Number { phone, sureness: Sureness::Evident, beside, .. } =
            phone::read(&subject.area_code, text, &Evidence::of(subject, None))
        && beside.is_empty()
    {
        return vec![("area_code", phone.country.to_string()), ("phone_number", phone.national)];
    }
    Vec::new()
}

/// A name without the company beside it, and the company. A tag is a company's if a legal form says so, if it is the contact's
/// company or mail domain, or if several names end in it.
fn without_company<'a>(facts: &Facts<'_>, value_counts: &ValueCounts, text: &'a str) -> Option<(&'a str, &'a str)> {
    let subject = facts.subject;
    let squeezed = |text: &str| fold(text).chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    if let Some(found) = beside_company(text) {
        return Some(found);
    }
    let Some((name, tag)) = split_tag(text) else {
        let company = subject.company_name.as_ref();
        let name = text.strip_suffix(company).filter(|_| !company.is_empty())?.trim_end();
        let is_name = name.len() < text.len() && name.split_whitespace().count() > 1;
        return is_name.then(|| (name, text.get(name.len()..).unwrap_or_default().trim()));
    };
    let tagged = squeezed(tag);
    let domain = match facts.email() {
        email::Reading::Address { address, .. } => address.domain.as_str(),
        _ => "",
    };
    let domain = domain.split('.').next().unwrap_or_default().replace('-', "");
    let own = tagged.len() > 2 && (tagged == squeezed(&subject.company_name) || tagged == domain);
    let by_form = is_company(tag) && !is_company(name);
    (own || by_form || value_counts.of_tag(tag) > 2).then_some((name, tag))
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
        return pictures(trimmed).len() == trimmed.len() && !is_number(trimmed);
    }
    // `Guest 123`: a number makes nobody of them.
    let bare = trimmed.trim_end_matches(|c: char| c.is_ascii_digit() || is_blank(c) || c == '#');
    if bare.len() > 48 {
        return false;
    }
    let lower = bare.to_lowercase();
    (FILLERS.contains(&lower.as_str()) || filler::says_none(&lower))
        && (bare == trimmed || NUMBERED.contains(&lower.as_str()))
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

fn check_order(subject: &Subject<'_>, found: &mut Vec<Finding>) {
    let [first, last, display] =
        [&subject.first_name, &subject.last_name, &subject.display_name].map(|text| clean(text));
    if name::are_swapped(&first, &last, &display) {
        let fix = vec![("first_name", last), ("last_name", first)];
        found.push(Finding::new(Kind::NameSwapped, "first_name", fix));
    }
}
