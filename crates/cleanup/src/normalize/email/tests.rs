//! One reading of addresses: other people's test vectors, what stands around addresses, slips.

use imbrace_contacts_client::characters::is_invisible;

use super::*;

fn told(text: &str) -> String {
    match read(text) {
        Reading::Address { address, beside } if beside.is_empty() => address.to_string(),
        Reading::Address { address, beside } => format!("{address} beside {beside}"),
        Reading::Slip(address) => format!("slip {address}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn what_surrounds_an_address_is_taken_off() {
    for text in [
        " a.b@example.com",
        "<a.b@example.com>",
        "mailto:a.b@example.com",
        "a.b@example.com.",
        "\"a.b@example.com\";",
        "'a.b@example.com'",
        "Email: a.b@example.com",
        "<a.b@example.com> !",
        "a.b＠example.com",
        "ａ.ｂ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        "A.B@EXAMPLE.COM",
        "a.b@example.com; a.b@example.com",
        "\u{FEFF}a.b@exam\u{AD}ple.com\u{3164}",
        "\n a.b@example.com\r\n",
    ] {
        assert_eq!(told(text), "a.b@example.com", "{text}");
    }
}

#[test]
fn what_says_something_is_told_apart() {
    for (text, expected) in [
        ("Jane Doe <jane@example.com>", "jane@example.com beside Jane Doe"),
        ("jane@example.com (work)", "jane@example.com beside work"),
        ("mailto:jane@example.com?subject=Hi", "jane@example.com beside mailto subject=Hi"),
        ("jane@example.com, jane2@example.org", "jane@example.com beside jane2@example.org"),
        ("jane@example.com;jane2@example.org", "jane@example.com beside jane2@example.org"),
        ("jane@example.com|jane2@example.com", "jane@example.com beside jane2@example.com"),
        ("jane@example.com / jane2@example.com", "jane@example.com beside / jane2@example.com"),
        ("http://jane@example.com", "jane@example.com beside http"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn one_name_of_other_letters_is_one_domain() {
    let domain = |text: &str| read(text).address().unwrap().comparable_domain();
    assert_eq!(domain("josé@münchen.example"), domain("info@XN--mnchen-3ya.example"));
    assert_eq!(domain("a@例え.テスト"), domain("a@xn--r8jz45g.xn--zckzah"));
    assert_eq!(told("\"john doe\"@example.com"), "\"john doe\"@example.com");
    assert_eq!(told("jane..doe.@docomo.ne.jp"), "jane..doe.@docomo.ne.jp");
}

#[test]
fn slips_are_told_with_what_was_meant() {
    for (text, expected) in [
        ("lan@gmailcom", "slip lan@gmail.com"),
        ("lan@gmail..com", "slip lan@gmail.com"),
        ("lan@gmail", "slip lan@gmail.com"),
        ("lan@@example.com", "slip lan@example.com"),
        ("lan@example,com", "slip lan@example.com"),
        ("lan @example. com", "slip lan@example.com"),
        ("lan at example dot com", "slip lan@example.com"),
        ("lantrangmail.com", "slip lantran@gmail.com"),
        ("lan@#gmail.com", "slip lan@gmail.com"),
        ("jane..doe@example.com", "Invalid"),
        ("jane@-example.com", "slip jane@example.com"),
        ("mei at example", "Invalid"),
        ("mei@white space", "Invalid"),
        ("jane", "Invalid"),
        ("mei@localhost", "NotRead"),
        ("mei@[192.0.2.1]", "NotRead"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn typos_of_providers_are_told_from_other_domains() {
    for (typo, meant) in [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gnail.con", "gmail.com"),
        ("icould.com", "icloud.com"),
        ("yahoo.com.vm", "yahoo.com.vn"),
        ("yahoo.co.vn", "yahoo.com.vn"),
        ("yahoo.comtw", "yahoo.com.tw"),
        ("hotmal.com", "hotmail.com"),
        ("aol.cmo", "aol.com"),
        ("qq.comg", "qq.com"),
    ] {
        assert_eq!(meant_domain(typo), Some(meant), "{typo}");
    }
    for domain in [
        "gmail.com",
        "ymail.com",
        "mail.com",
        "example.com",
        "yahoo.co.jp",
        "gmx.com",
        "yahoo.fr",
        "hotmail.ca",
        "outlook.cl",
        "aon.com",
        "love.com",
        "qmail.com",
        "gmail.ru",
        "gmail.com.vn",
        "never.com",
        "mymail.com",
        "live.vn",
        "msn.cn",
    ] {
        assert_eq!(meant_domain(domain), None, "{domain}");
    }
    assert_eq!(meant_ending("con-artists.con").as_deref(), Some("con-artists.com"));
    for domain in ["example.co", "example.cam", "example.org", "example.com"] {
        assert_eq!(meant_ending(domain), None, "{domain}");
    }
}

#[test]
fn fillers_are_told_from_short_addresses() {
    for text in [
        "none@gmail.com",
        "a@a.com",
        "abc@gmail.com",
        "noemail@noemail.com",
        "n/a",
        "-",
        "không có",
        "無",
        "沒有",
        "なし",
        "ไม่มี",
        "tiada",
        "tidak ada",
        "ko có",
        "chưa có",
        "khong co",
        "不明",
        "x",
        "???",
        ".",
        "0",
        "x@x.x",
        "n/a@n/a.com",
        "Không có.",
    ] {
        assert_eq!(read(text), Reading::Junk, "{text}");
    }
    for text in ["bob@bob.example", "abc@company.example", "a@company.example", "nina@gmail.com", "01@example.com"] {
        assert_eq!(told(text), text);
    }
}

#[test]
fn an_address_holds_no_invisible_character() {
    for letter in (char::MIN..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}').filter(|letter| is_invisible(*letter)) {
        let read = told(&format!("x{letter}y@example.com"));
        assert!(
            ["xy@example.com", "Invalid"].contains(&read.as_str())
                || letter.is_control()
                || matches!(letter, '\u{2028}' | '\u{2029}'),
            "{}: {read:?}",
            letter.escape_unicode()
        );
    }
}

/// `cleanup_speed` says how long that takes.
#[test]
fn in_a_field_of_64_kib_no_address_is_read() {
    for piece in [
        "a", "@", ".", "a@", "a@b.c ", "<", "\"", "(", ")", "a.", "é", "\u{200b}", " ", "xn--", "@@", "\\", ",", " at ",
    ] {
        let text = piece.repeat(65_536 / piece.len());
        for text in [text.clone(), format!("{text}@example.com"), format!("a@{text}.com")] {
            let read = read(&text);
            let is_address = matches!(read, Reading::Address { .. } | Reading::Slip(_));
            assert!(!is_address || text.trim().len() < 100, "{piece:?}: {read:?}");
        }
    }
}

#[test]
fn the_oracle_of_other_peoples_addresses() {
    let Some(path) = std::env::var_os("CONTACTS_LISTS").map(|lists| std::path::PathBuf::from(lists).join("emails.csv"))
    else {
        return println!("skipped: CONTACTS_LISTS names no folder with emails.csv");
    };
    if !path.is_file() {
        return println!("skipped: no emails.csv in CONTACTS_LISTS");
    }
    let (mut invalid, mut rejected, mut missed) = (0, 0, Vec::new());
    let (mut typos, mut suggested, mut silent) = (0, 0, Vec::new());
    let mut wrong = Vec::new();
    for row in csv::Reader::from_path(path).unwrap().records() {
        let row = row.unwrap();
        let cell = |at: usize| row.get(at).unwrap_or_default();
        let (text, class, suggestion) = (cell(0), cell(1), cell(2));
        // What is judged of a typo is the domain: `test@` is a filler here.
        let person =
            |text: &str| text.strip_prefix("test@").map_or(text.to_owned(), |domain| format!("kim.lee@{domain}"));
        let is_typo = class.starts_with("typo");
        let (text, suggestion) =
            if is_typo { (person(text), person(suggestion)) } else { (text.to_owned(), suggestion.to_owned()) };
        let text = text.as_str();
        let reading = read(text);
        // The address that a fix proposes, other than the one that is written.
        let meant = match &reading {
            Reading::Address { address, .. } => {
                let meant = meant_domain(&address.domain).map(str::to_owned).or_else(|| meant_ending(&address.domain));
                meant.map(|domain| format!("{}@{domain}", address.local))
            }
            Reading::Slip(address) => Some(address.to_string()),
            _ => None,
        };
        match class {
            "invalid" => {
                invalid += 1;
                // An address among signs is not taken for the whole text.
                let is_told = match &reading {
                    Reading::Address { address, .. } => address.written != text,
                    _ => true,
                };
                rejected += u32::from(is_told);
                missed.extend((!is_told).then(|| format!("{text:?}: {reading:?}")));
            }
            "typo" | "typo-tld" => {
                typos += 1;
                match meant {
                    Some(meant) if meant == suggestion => suggested += 1,
                    Some(meant) => wrong.push(format!("{text}: {meant} instead of {suggestion}")),
                    None => silent.push(text.to_owned()),
                }
            }
            "typo?" => wrong.extend(
                meant
                    .filter(|meant| *meant != suggestion)
                    .map(|meant| format!("{text}: {meant} instead of {suggestion}")),
            ),
            "valid" | "valid-eai" | "valid?" | "odd" | "ambiguous" | "role" | "role?" | "disposable" => {
                let tight: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                let is_corrected = meant.is_some_and(|meant| meant != tight);
                if reading == Reading::Invalid || is_corrected {
                    wrong.push(format!("{class} {text:?}: {reading:?}"));
                }
                if matches!(class, "valid" | "valid-eai" | "valid?")
                    && !matches!(reading, Reading::Address { .. } | Reading::Junk | Reading::NotRead)
                {
                    wrong.push(format!("{class} {text:?}: {reading:?}"));
                }
            }
            _ => {}
        }
    }
    let (rejected, suggested) = (f64::from(rejected) / f64::from(invalid), f64::from(suggested) / f64::from(typos));
    println!(
        "e-mail oracle: {invalid} invalid, {rejected:.4} told; {typos} typos, {suggested:.4} suggested right; {} wrong",
        wrong.len()
    );
    println!("not told: {missed:#?}\nnot suggested: {silent:?}");
    assert!(rejected >= 0.97 && suggested >= 0.85 && wrong.is_empty(), "{wrong:#?}");
}

/// What is corrected of lists of free providers, to judge them by hand: the domains of `near.txt` come from there.
#[test]
#[ignore = "prints candidates for near.txt"]
fn providers_that_are_corrected() {
    for name in std::env::var("DOMAINS").unwrap().split(' ') {
        for domain in std::fs::read_to_string(name).unwrap().split(|c: char| !(c.is_alphanumeric() || ".-".contains(c)))
        {
            if let Some(meant) = meant_domain(domain) {
                println!("{domain} {meant}");
            }
        }
    }
}
